"""Restrictions set and lifted so that a restore cannot undo them: each leaves a line in the file beside the database.

The line is made in the transaction of the restriction and written out by the worker afterwards; nothing of it says why
(decision 0057).
"""

from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app.wiring import services
from cases.people import Person
from core import clock, jobs
from core.accounts import WORKER, Actor
from evidence.ending import restrictions, tombstones
from evidence.ending.restrictions import Of, Restriction
from evidence.ending.tombstones import Gone, Stone
from evidence.exhibits import Exhibit
from evidence.files import File

JOB: Final = "tombstones"
SET: Final = "restriction"
LIFTED: Final = "restriction lifted"
_NO_ORDER: Final = UUID(int=0)
_AFTER: Final = "replayed after a restore; why stood in what was lost"
_ROWS: Final[dict[str, Any]] = {Of.EXHIBIT: Exhibit, Of.FILE: File, Of.PERSON: Person}


def restrict(
    session: Session, actor: Actor, case_id: UUID, kind: Of, subject: UUID, *, order_number: str, reason: str
) -> Restriction:
    """Restrict something and promise its line; raises as `restrictions.restrict` does."""
    row = restrictions.restrict(session, actor, case_id, kind, subject, order_number=order_number, reason=reason)
    note(session, row)
    return row


def decide(session: Session, actor: Actor, proposal_id: UUID, *, grants: bool, reason: str) -> Restriction:
    """Decide on the end of a restriction and promise its line; raises as `restrictions.decide` does."""
    row = restrictions.decide(session, actor, proposal_id, grants=grants, reason=reason)
    if row.lifted is not None:
        note(session, row)
    return row


def note(session: Session, row: Restriction) -> None:
    """Write down, for after a restore, that a restriction was set, or that it was lifted."""
    lifted = row.lifted is not None
    told = {"restriction": str(row.id), "what": row.kind, "subject": str(row.subject)}
    thing = Gone(uuid5(row.id, LIFTED) if lifted else row.id, LIFTED if lifted else SET, row.case_id, told)
    at = row.lifted or row.since
    tombstones.set_up(session, WORKER, services().keyring, thing, order=_NO_ORDER, number=row.order_number, at=at)
    jobs.enqueue(session, JOB, row.id)


def again(session: Session, stone: Stone) -> bool:
    """Set or lift once more what a line tells and the restored database does not have; says whether it did."""
    told = stone.destroyed
    kind, subject = Of(told["what"]), UUID(told["subject"])
    row = session.get(Restriction, UUID(told["restriction"]))
    if stone.kind == LIFTED:
        if row is None or row.lifted is not None:
            return False
        restrictions.release(session, WORKER, row, because=_AFTER)
        return True
    if row is not None or session.get(_ROWS[kind], subject) is None or restrictions.current(session, subject):
        return False
    known = UUID(told["restriction"]), clock.parse(stone.at)
    restrictions.impose(
        session, WORKER, stone.case, kind, subject, order_number=stone.order, reason=_AFTER, known=known
    )
    return True
