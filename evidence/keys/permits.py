"""Who may turn, destroy or bring back keys: an administrator proposes, another administrator or a supervisor grants."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from core import approvals
from core.accounts import Actor, Role
from core.approvals import Proposal, Wish
from core.errors import Forbidden, Invalid

CHAIN: Final = "house/keys"
# What is done to the master key and to the shares is about no case; the approvals name it by this.
HOUSE: Final = UUID("00000000-0000-5000-8000-6b6579730000")
MASTER, CASE, SPLIT = "turn master key", "turn case key", "split master key"
KINDS: Final = (MASTER, CASE, SPLIT)


class NotForKeys(Forbidden):
    """Keys are looked after by administrators, and the second person is an administrator or a supervisor."""


class NoSuchKind(Invalid):
    """Nothing of this name is done to keys."""


def propose(
    session: Session, actor: Actor, kind: str, reason: str, *, case_id: UUID | None = None, **words: Any
) -> Proposal:
    """Propose something about keys; another person has to grant it.  Raises NotForKeys, or NoSuchKind."""
    administrator(actor)
    if kind not in KINDS:
        raise NoSuchKind(f"«{kind}» is none of: {', '.join(KINDS)}")
    if not reason.strip():
        raise NoSuchKind("say why: the second person and the ledger need the reason", fields={"reason": "is empty"})
    return approvals.propose(session, actor, Wish(kind, case_id or HOUSE, None, words), reason)


def decide(session: Session, actor: Actor, proposal_id: UUID, *, grants: bool, reason: str) -> Proposal:
    """Grant or refuse what somebody else proposed about keys."""
    if not (actor.holds(Role.ADMINISTRATOR) or actor.holds(Role.SUPERVISOR)):
        raise NotForKeys("the second person for keys is an administrator or a supervisor")
    proposal = approvals.fetch(session, proposal_id)
    if proposal.kind not in KINDS:
        raise approvals.NoSuchProposal("there is no such proposal about keys")
    return approvals.decide(session, actor, proposal, grants=grants, reason=reason)


def use(session: Session, actor: Actor, kind: str, *, case_id: UUID | None = None) -> Proposal:
    """Use up the granted proposal; raises NotApproved when there is none."""
    administrator(actor)
    return approvals.use(session, actor, kind, case_id or HOUSE)


def administrator(actor: Actor) -> None:
    """Raise NotForKeys unless this is an administrator."""
    if not actor.holds(Role.ADMINISTRATOR):
        raise NotForKeys("keys are looked after by administrators")
