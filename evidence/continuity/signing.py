"""A supervisor's word on an entry that was written late: a new entry that names it, by another person (R-CUS-03)."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cases.access import Act
from core import approvals
from core.accounts import Actor, Role
from core.approvals import Proposal
from core.errors import Forbidden
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence import exhibits
from evidence.continuity.weaknesses import NOT_SIGNED, SIGNED
from evidence.exhibits import Exhibit
from evidence.possession import late


class NotYoursToSign(Forbidden):
    """A late entry is signed by a supervisor of the case."""


def may_sign(session: Session, actor: Actor, proposal: Proposal) -> None:
    """Raise why this person may not sign a late entry; nothing if allowed."""
    exhibits.entitled(session, actor, proposal.subject, Act.AMEND)
    if not actor.holds(Role.SUPERVISOR):
        raise NotYoursToSign("a late entry is signed by a supervisor of the case")


def decide(session: Session, actor: Actor, proposal: Proposal, *, grants: bool, reason: str) -> Entry:
    """Sign a late entry or say why not; either is a new entry in the custody, and the late one stays as it is.

    The caller has asked `may_sign`.  Raises as `approvals.decide` does: nobody signs an own entry.
    """
    exhibit = session.get_one(Exhibit, proposal.subject)
    ledger.hold(session, exhibit.chain)
    approvals.decide(session, actor, proposal, grants=grants, reason=reason)
    late_one = proposal.words
    of = {"position": late_one["position"], "digest": late_one["digest"], "act": late_one["late_act"]}
    words: dict[str, Any] = {"of": of, "reason": reason.strip(), "proposal": str(proposal.id)}
    act = SIGNED if grants else NOT_SIGNED
    return ledger.append(session, exhibit.chain, actor, act, case=exhibit.case_id, subject=exhibit.id, **words)


def unsigned(session: Session, case_id: UUID) -> list[Proposal]:
    """The late entries of a case that wait for a supervisor, the oldest first."""
    return list(approvals.open_ones(session, kind=late.LATE, case_id=case_id))
