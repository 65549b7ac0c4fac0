"""What about possession waits too long: offers, laboratories, things that are out, orders past the time for appeals."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from cases import access
from cases.access import Act
from core import clock
from core.accounts import Actor
from evidence import exhibits
from evidence.exhibits import Exhibit, State
from evidence.obligations import Due
from evidence.possession.orders import CustodyOrder
from evidence.possession.verbs import AWAY, LASTING, ORDERS, Verb

SETTING: Final = "offer_hours"
OFFER: Final = "offer unanswered"
LABORATORY: Final = "laboratory"
OUT: Final = "out of the house"
APPEAL: Final = "order to carry out"
_USUAL: Final = 48
_MONTH: Final = timedelta(days=30)
_KINDS: Final = {State.LABORATORY.value: LABORATORY, State.COURT.value: OUT, State.OUT.value: OUT}


def of_case(session: Session, actor: Actor, case_id: UUID) -> list[Due]:
    """What waits in a case, of the exhibits that the person may know of, the earliest first; also what is not due yet.

    Raises as `access.fetch` does.
    """
    access.fetch(session, actor, case_id, to=Act.SEE)
    known = exhibits.seen(session, actor, case_id)
    states = [State.OFFERED.value, *(one.value for one in AWAY)]
    found = [due for one in session.scalars(known.where(Exhibit.state.in_(states))) for due in _waiting(session, one)]
    found += _orders(session, known)
    return sorted(found, key=lambda one: (one.due, one.words))


def overdue(session: Session, actor: Actor, case_id: UUID) -> list[Due]:
    """What in a case should have been done by now."""
    now = clock.now()
    return [one for one in of_case(session, actor, case_id) if one.due <= now]


def answer_by(session: Session, exhibit: Exhibit) -> datetime:
    """Until when an offer is to be answered, by the settings of the house."""
    hours = int(session.info.get(SETTING) or _USUAL)
    return (exhibit.since or exhibit.registered) + timedelta(hours=hours)


def _waiting(session: Session, one: Exhibit) -> Iterator[Due]:
    if one.state == State.OFFERED:
        words = f"{one.reference}: offered to {one.offered_to} by {one.custodian} and not answered"
        yield Due(OFFER, one.id, answer_by(session, one), words)
        return
    since = one.since or one.registered
    if one.due is not None:
        yield Due(_KINDS[one.state], one.id, one.due, f"{one.reference}: {one.custodian} is to give it back")
    elif one.state in _KINDS:
        yield Due(_KINDS[one.state], one.id, since + _MONTH, f"{one.reference}: with {one.custodian} for 30 days")


def _orders(session: Session, known: Select[Exhibit]) -> Iterator[Due]:
    query = select(CustodyOrder, Exhibit).join(Exhibit, Exhibit.id == CustodyOrder.exhibit_id)
    query = query.where(CustodyOrder.ended.is_(None), CustodyOrder.kind.in_([one.value for one in ORDERS]))
    query = query.where(Exhibit.id.in_(known.with_only_columns(Exhibit.id)))
    query = query.where(Exhibit.state.in_([one.value for one in LASTING]))
    for order, one in session.execute(query):
        if order.appeal_ends is not None:
            said = Verb(order.kind).value.removeprefix("order_")
            words = f"{one.reference}: order {order.number} to {said} can be carried out after the time for appeals"
            yield Due(APPEAL, one.id, order.appeal_ends, words)
