"""By which order for data an exhibit came, in the words of a dossier; other orders of the case are not told (COC-16).

An order that nobody outside knows of yet would be given away by a dossier that lists it, so that only those are in it
that brought one of its exhibits.  Whose data it is stays sealed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from evidence.data_orders import answers
from evidence.data_orders.rows import DataAnswer, DataOrder
from evidence.data_orders.rules import OUTCOME_WORDS, Outcome
from evidence.exhibits import Exhibit


def of_exhibit(session: Session, exhibit: Exhibit) -> Iterator[tuple[str, str]]:
    """Yield a labelled sentence for each order whose answer brought an exhibit."""
    for order, answer in answers.of_exhibit(session, exhibit):
        yield "order for data", "; ".join(_said(order, answer))


def weak(session: Session, exhibit: Exhibit, number: str) -> Iterator[str]:
    """Yield what is weak in how an exhibit came by an order: in part, late, or by an answer that was struck."""
    for order, answer in answers.of_exhibit(session, exhibit):
        if answer.struck_because:
            yield f"{number}: that {order.called} brought it was struck: {answer.struck_because}"
            continue
        if answer.outcome == Outcome.PART:
            yield f"{number}: {order.called} was answered in part with it"
        if answers.late(order, answer):
            yield f"{number}: {order.called} was answered after its deadline ({order.due_because})"
        if order.received is None:
            yield f"{number}: when {order.called} was received is not recorded"


def _said(order: DataOrder, answer: DataAnswer) -> Iterator[str]:
    yield f"{order.number}, {order.kind} under {order.basis}"
    yield f"issued by {order.authority} {_when(order.issued)}"
    if order.validated_by:
        yield f"validated by {order.validated_by}"
    by = f", represented by {order.representative}" if order.representative else ""
    yield f"to {order.addressee}{by}, for {order.asked_for}"
    yield f"received {_when(order.received)}" if order.received else "its receipt is not recorded"
    if order.confirmed:
        yield f"receipt confirmed {_when(order.confirmed)}, {order.confirmation}"
    if order.emergency:
        yield f"emergency: {order.emergency}"
    if order.due:
        yield f"due {_when(order.due)} ({order.due_because})"
    late = ", after the deadline" if answers.late(order, answer) else ""
    yield f"answered {_when(answer.answered)}{late}: {OUTCOME_WORDS[Outcome(answer.outcome)]}"
    if answer.struck_because:
        yield f"STRUCK: {answer.struck_because}"


def _when(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else ""
