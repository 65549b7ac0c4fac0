"""The network identity under which something was collected online: who may see it, and whether a dossier says it.

It may be an undercover account, on which somebody's safety hangs.  It is for members of the case who lead, supervise or
prosecute it and are cleared for protected persons; each look is an entry.  Others learn whether one is recorded, since
courts ask for that, and never which.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import access
from cases.access import Act, Duty, Membership
from cases.docket import Case
from cases.handling import Sensitivity
from core import cipher, clock
from core.accounts import Actor
from core.errors import Forbidden, Missing
from core.ledger import entries as ledger
from evidence import custody, exhibits
from evidence.exhibits import Exhibit
from evidence.keyring import Keyring
from evidence.online.items import LABEL, LONGEST, BadOnlineItem, fetch
from evidence.online.rows import OnlineItem

CLASS: Final = Sensitivity.C3
DUTIES: Final = (Duty.LEAD, Duty.SUPERVISE, Duty.PROSECUTE)


class NoSuchIdentity(Missing):
    """No network identity is recorded, or none that this person may know."""


class NotForYouToDecide(Forbidden):
    """Whether a dossier names a network identity is not for this person to decide."""


def may_see(session: Session, actor: Actor, exhibit: Exhibit) -> bool:
    """Whether the person has the duty and the clearance for network identities in the case of an exhibit."""
    at = clock.now()
    mine = (Membership.case_id == exhibit.case_id, Membership.user_id == actor.id, Membership.since <= at)
    running = Membership.until.is_(None) | (Membership.until > at)
    member = session.scalar(select(Membership).where(*mine, running))
    case = session.get_one(Case, exhibit.case_id)
    reads = Act.READ in access.acts(session, actor, case)
    return member is not None and reads and member.duty in DUTIES and member.clearance >= CLASS


def identity(session: Session, actor: Actor, keyring: Keyring, item_id: UUID) -> str:
    """The network identity of an online item, for a stated purpose; that it was looked at is an entry.

    Raises NoSuchIdentity alike for who may not know of it and where there is none, and as `exhibits.fetch` does.
    """
    exhibit, item = fetch(session, actor, item_id, to=Act.SEE)
    _allow(session, actor, exhibit, item)
    exhibits.fetch(session, actor, exhibit.id, to=Act.READ)
    told = {"item": str(item.id), "exhibit": str(exhibit.id)}
    chain, case = f"access/{exhibit.case_id}", exhibit.case_id
    ledger.append(session, chain, actor, "network identity opened", told, case=case, subject=item.id)
    return opened(session, keyring, exhibit, item)


def decide(session: Session, actor: Actor, item_id: UUID, because: str, *, discloses: bool) -> OnlineItem:
    """Decide whether dossiers of the case name the network identity of an item; by itself none does."""
    exhibit, item = fetch(session, actor, item_id, to=Act.SEE)
    _allow(session, actor, exhibit, item)
    case = session.get_one(Case, exhibit.case_id)
    if Act.EXPORT not in access.acts(session, actor, case):
        raise NotForYouToDecide("whether a dossier names it is for a prosecutor or supervisor of the case")
    if not because.strip() or exhibits.faults([("because", because, LONGEST)]):
        raise BadOnlineItem("say in a few words why", fields={"because": "say why"})
    ledger.hold(session, exhibit.chain)
    session.refresh(item)
    item.disclosed = discloses
    session.flush()
    act = "network identity to be named" if discloses else "network identity not to be named"
    custody.note_files(session, actor, exhibit, act, {"item": str(item.id), "because": because.strip()})
    return item


def opened(session: Session, keyring: Keyring, exhibit: Exhibit, item: OnlineItem) -> str:
    """The network identity of an item; the caller has asked who may know it."""
    key = cipher.derive(keyring.case_key(session, exhibit.case_id), LABEL)
    return cipher.unseal_note(key, item.sealed, context=item.id.bytes).decode()


def _allow(session: Session, actor: Actor, exhibit: Exhibit, item: OnlineItem) -> None:
    if not item.sealed or not may_see(session, actor, exhibit):
        raise NoSuchIdentity("no network identity is recorded here, or none that you may know")
