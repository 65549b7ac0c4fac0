"""Everything with a deadline that somebody may know of, in one list, whichever page it is done on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from cases import access
from core import clock
from core.accounts import Actor
from evidence.audits import findings
from evidence.audits.rows import ShelfAudit
from evidence.continuity import overdue
from evidence.data_orders import orders as data_orders
from evidence.ending import retention
from evidence.exhibits import Exhibit
from evidence.kits import kits

KIT: Final = "kit to return"
FINDING: Final = "finding of an audit"
RETENTION: Final = "retention to decide"
DATA: Final = "order for data"


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something to be done by an instant: its sort, in words, the thing it is about, and the case if there is one."""

    kind: str
    words: str
    due: datetime
    subject: UUID
    case_id: UUID | None = None

    @property
    def overdue(self) -> bool:
        """Whether the instant has passed."""
        return self.due < clock.now()


def mine(session: Session, actor: Actor) -> list[Obligation]:
    """What has a deadline among what the person may know of, the most urgent first."""
    return sorted(_all(session, actor), key=lambda one: (one.due, one.kind, one.words))


def _all(session: Session, actor: Actor) -> Iterator[Obligation]:
    for case in session.scalars(access.visible(actor)):
        for one in overdue.of_case(session, actor, case.id):
            yield Obligation(one.kind, one.words, one.due, one.exhibit_id, case.id)
    for order in data_orders.waiting(session, actor):
        if order.due is not None:
            told = f"{order.called}, {order.asked_for}, {order.state}: {order.due_because}"
            yield Obligation(DATA, told, order.due, order.id, order.case_id)
    for kit in kits.overdue(session, actor):
        words = f"kit {kit.code}, with {kit.issued_to}: {kit.purpose}"
        yield Obligation(KIT, words, kit.due, kit.id)
    for found in findings.waiting(session, actor):
        audit = session.get_one(ShelfAudit, found.audit_id)
        told = f"{findings.number(audit, found)}: {found.kind}, {found.state}, with {found.assigned or 'nobody yet'}"
        yield Obligation(FINDING, told, found.deadline, found.id)
    for due in retention.queue(session, actor):
        words = f"{session.get_one(Exhibit, due.exhibit_id).reference}: {due.proposal}? {due.because}"
        yield Obligation(RETENTION, words, datetime.combine(due.due, time(), UTC), due.exhibit_id, due.case_id)
