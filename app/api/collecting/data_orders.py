"""API: orders for data that somebody else holds, their deadlines, and what was answered."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import AwareDatetime, Field

from app.api.describing import Description, Given, Taken, described
from app.auth import actor
from app.wiring import services, transaction
from evidence.data_orders import answers, orders, showing
from evidence.data_orders.answers import Reply
from evidence.data_orders.orders import Wanted
from evidence.data_orders.rows import DataOrder
from evidence.data_orders.rules import Category, Kind, Law, Outcome
from evidence.data_orders.showing import Shown

routes = Blueprint("data_orders", __name__)
Word = Annotated[str, Field(max_length=4_000)]
Name = Annotated[str, Field(max_length=300)]
Needed = Annotated[str, Field(min_length=1, max_length=4_000)]
_CATEGORY = Literal["subscriber", "identifying", "traffic", "content"]


class NewDataOrder(Taken):
    """An order for data: under EU law its deadline follows from receipt; another law brings its own, with a reason."""

    number: Name
    kind: Literal["production", "preservation"]
    authority: Name
    addressee: Name
    category: _CATEGORY
    issued: AwareDatetime
    law: Literal["eu", "other"] = "eu"
    basis: Name = ""
    validated_by: Name = ""
    representative: Name = ""
    emergency: Word = ""
    received: AwareDatetime | None = None
    own_deadline: AwareDatetime | None = None
    own_because: Word = ""
    follows: UUID | None = None
    target: Word = ""


class ReceiptTaken(Taken):
    """When the addressee received the order."""

    received: AwareDatetime


class ConfirmationTaken(Taken):
    """By what and when the addressee confirmed the receipt."""

    confirmed: AwareDatetime
    confirmation: Name


class Why(Taken):
    """Why."""

    because: Needed


class DeadlineTaken(Taken):
    """A deadline of its own, and why."""

    deadline: AwareDatetime
    because: Needed


class CorrectionTaken(Taken):
    """What is to be another value, and why; what is left out stays as it is."""

    because: Needed
    number: Name | None = None
    authority: Name | None = None
    validated_by: Name | None = None
    addressee: Name | None = None
    representative: Name | None = None
    category: _CATEGORY | None = None
    basis: Name | None = None
    emergency: Word | None = None
    issued: AwareDatetime | None = None
    received: AwareDatetime | None = None
    target: Word | None = None


class AnswerTaken(Taken):
    """How the addressee answered; what came is sealed, a ground of refusal stands in the entry."""

    outcome: Literal["data", "part", "preserved", "refused", "nothing held"]
    answered: AwareDatetime
    came: Word = ""
    ground: Word = ""
    exhibits: Annotated[list[UUID], Field(max_length=200)] = []


class ExhibitsTaken(Taken):
    """Which exhibits of the same case the answer brought."""

    exhibits: Annotated[list[UUID], Field(min_length=1, max_length=200)]


class AnswerGiven(Given):
    """One answer; exhibits are those of which the reader may know."""

    id: UUID
    outcome: str
    ground: str
    came: str
    answered: datetime
    late: bool
    struck_because: str
    recorded_by: str
    exhibits: list[UUID]


class HappenedGiven(Given):
    """One entry about the order, in the chain of its case."""

    position: int
    act: str
    at: str
    by: str
    words: list[tuple[str, str]]


class DataOrderGiven(Given):
    """An order for data; ``sealed`` says that whose data it is and what came is not for this reader."""

    id: UUID
    case_id: UUID
    number: str
    kind: str
    law: str
    basis: str
    authority: str
    validated_by: str
    addressee: str
    representative: str
    category: str
    emergency: str
    issued: datetime
    follows: UUID | None
    received: datetime | None
    confirmed: datetime | None
    confirmation: str
    extended: str
    due: datetime | None
    due_because: str
    overdue: bool
    state: str
    ended_because: str
    target: str = ""
    sealed: bool = True
    answers: list[AnswerGiven] = []
    history: list[HappenedGiven] = []


class DataOrderList(Given):
    """The orders for data of a case, the newest first, without what is sealed."""

    orders: list[DataOrderGiven]


@routes.get("/cases/<uuid:case_id>/data-orders")
@described(Description("The orders for data of a case", gives=DataOrderList))
def listed(case_id: UUID) -> DataOrderList:
    """List the orders for data."""
    with transaction() as session:
        return DataOrderList(orders=[_plain(one) for one in orders.of_case(session, actor(), case_id)])


@routes.post("/cases/<uuid:case_id>/data-orders")
@described(Description("Record an order for data", takes=NewDataOrder, gives=DataOrderGiven, status=201))
def recorded(case_id: UUID, taken: NewDataOrder) -> DataOrderGiven:
    """Record an order for data."""
    told: dict[str, Any] = {name: getattr(taken, name) for name in Wanted.__dataclass_fields__}
    told |= {"kind": Kind(taken.kind), "law": Law(taken.law), "category": Category(taken.category)}
    with transaction() as session:
        return _plain(orders.record(session, actor(), services().keyring, case_id, Wanted(**told)))


@routes.get("/data-orders/<uuid:data_order_id>")
@described(Description("One order for data, its answers and its history", gives=DataOrderGiven))
def one_order(data_order_id: UUID) -> DataOrderGiven:
    """Give an order for data."""
    with transaction() as session:
        return _whole(showing.shown(session, actor(), services().keyring, data_order_id))


@routes.post("/data-orders/<uuid:data_order_id>/receipt")
@described(Description("Record when the addressee received it", takes=ReceiptTaken, gives=DataOrderGiven))
def received(data_order_id: UUID, taken: ReceiptTaken) -> DataOrderGiven:
    """Record the receipt."""
    with transaction() as session:
        return _plain(orders.receive(session, actor(), data_order_id, taken.received))


@routes.post("/data-orders/<uuid:data_order_id>/confirmation")
@described(Description("Record that its receipt was confirmed", takes=ConfirmationTaken, gives=DataOrderGiven))
def confirmed(data_order_id: UUID, taken: ConfirmationTaken) -> DataOrderGiven:
    """Record the confirmation."""
    with transaction() as session:
        return _plain(orders.confirm(session, actor(), data_order_id, taken.confirmed, taken.confirmation))


@routes.post("/data-orders/<uuid:data_order_id>/extension")
@described(Description("Extend an EU preservation by 30 days", takes=Why, gives=DataOrderGiven))
def extended(data_order_id: UUID, taken: Why) -> DataOrderGiven:
    """Extend a preservation."""
    with transaction() as session:
        return _plain(orders.extend(session, actor(), data_order_id, taken.because))


@routes.post("/data-orders/<uuid:data_order_id>/deadline")
@described(Description("Set a deadline of its own, with the reason", takes=DeadlineTaken, gives=DataOrderGiven))
def deadline_set(data_order_id: UUID, taken: DeadlineTaken) -> DataOrderGiven:
    """Set a deadline."""
    with transaction() as session:
        return _plain(orders.set_deadline(session, actor(), data_order_id, taken.deadline, taken.because))


@routes.post("/data-orders/<uuid:data_order_id>/corrections")
@described(Description("Correct what was recorded; old values stay", takes=CorrectionTaken, gives=DataOrderGiven))
def corrected(data_order_id: UUID, taken: CorrectionTaken) -> DataOrderGiven:
    """Correct an order."""
    changes: dict[str, Any] = {
        name: told for name in orders.CORRECTABLE if (told := getattr(taken, name)) is not None
    }  # fmt: skip
    if taken.category is not None:
        changes["category"] = Category(taken.category)
    with transaction() as session:
        return _plain(orders.correct(session, actor(), services().keyring, data_order_id, changes, taken.because))


@routes.post("/data-orders/<uuid:data_order_id>/end")
@described(Description("End an order that was withdrawn or is needed no more", takes=Why, gives=DataOrderGiven))
def ended(data_order_id: UUID, taken: Why) -> DataOrderGiven:
    """End an order."""
    with transaction() as session:
        return _plain(orders.end(session, actor(), data_order_id, taken.because))


@routes.post("/data-orders/<uuid:data_order_id>/answers")
@described(Description("Record what the addressee answered", takes=AnswerTaken, gives=DataOrderGiven, status=201))
def answered(data_order_id: UUID, taken: AnswerTaken) -> DataOrderGiven:
    """Record an answer."""
    reply = Reply(Outcome(taken.outcome), taken.answered, taken.came, taken.ground, tuple(taken.exhibits))
    with transaction() as session:
        answers.answer(session, actor(), services().keyring, data_order_id, reply)
        return _whole(showing.shown(session, actor(), services().keyring, data_order_id))


@routes.post("/data-orders/<uuid:data_order_id>/answers/<uuid:answer_id>/exhibits")
@described(Description("Say which exhibits an answer brought", takes=ExhibitsTaken, gives=DataOrderGiven, status=201))
def brought(data_order_id: UUID, answer_id: UUID, taken: ExhibitsTaken) -> DataOrderGiven:
    """Link exhibits to an answer."""
    with transaction() as session:
        answers.bring(session, actor(), data_order_id, answer_id, taken.exhibits)
        return _whole(showing.shown(session, actor(), services().keyring, data_order_id))


@routes.post("/data-orders/<uuid:data_order_id>/answers/<uuid:answer_id>/strike")
@described(Description("Strike an answer that was recorded wrongly", takes=Why, gives=DataOrderGiven))
def struck(data_order_id: UUID, answer_id: UUID, taken: Why) -> DataOrderGiven:
    """Strike an answer."""
    with transaction() as session:
        answers.strike(session, actor(), data_order_id, answer_id, taken.because)
        return _whole(showing.shown(session, actor(), services().keyring, data_order_id))


def _plain(row: DataOrder, **more: Any) -> DataOrderGiven:
    left_out = {"follows", "target", "sealed", "answers", "history"}
    told = {name: getattr(row, name) for name in DataOrderGiven.model_fields.keys() - left_out}
    return DataOrderGiven(**told, follows=row.follows_id, **more)


def _whole(told: Shown) -> DataOrderGiven:
    given = [
        AnswerGiven(
            id=one.row.id, outcome=one.row.outcome, ground=one.row.ground, came=one.came, answered=one.row.answered,
            late=one.late, struck_because=one.row.struck_because, recorded_by=one.row.recorded_by.partition(":")[0],
            exhibits=[each.id for each in one.exhibits],
        )
        for one in told.answers
    ]  # fmt: skip
    history = [HappenedGiven.model_validate(one) for one in told.history]
    return _plain(told.row, target=told.target, sealed=told.sealed, answers=given, history=history)
