"""API: statements of account and their rows."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.api.describing import Asked, Description, Given, Taken, described
from app.auth import actor
from app.wiring import services, transaction
from evidence.money import bookings, layouts
from evidence.money.bookings import Wanted
from evidence.money.showing import Account, Booking
from evidence.money.statements import Question

routes = Blueprint("money", __name__)
_PURPOSE = {"X-Purpose": "for what purpose you read, when none was chosen at sign-in"}
Text = Annotated[str, Field(max_length=200)]


class StatementGiven(Given):
    """One statement, its figures, and the word that must stand beside them."""

    id: UUID
    file_id: UUID
    number: int
    format: str
    account: str
    holder: str
    currency: str
    opening: str | None
    closing: str | None
    computed: str | None
    difference: str | None
    result: str
    word: str
    because: str
    broken: int | None
    rows: int
    state: str


class TotalGiven(Given):
    """Money in and out in one currency, with its word."""

    currency: str
    incoming: str
    outgoing: str
    rows: int
    left_out: int
    word: str
    because: list[str]


class StatementList(Given):
    """The statements of a case and their totals."""

    statements: list[StatementGiven]
    totals: list[TotalGiven]


class RowGiven(Given):
    """One transaction: as read, beside the words as written, with its place."""

    id: UUID
    statement_id: UUID
    file_id: UUID
    number: int
    day: date | None
    booked: date | None
    value_date: date | None
    amount: str | None
    currency: str
    direction: str
    status: str
    balance: str | None
    counterparty: str
    counterparty_account: str
    purpose: str
    as_written: dict[str, str]
    pinpoint: str
    word: str
    broken: bool


class RowPage(Given):
    """Some transactions; ``after`` asks for those that follow."""

    rows: list[RowGiven]
    after: UUID | None


class RowQuery(Asked):
    """Which transactions, in which order."""

    statement: UUID | None = None
    file: UUID | None = None
    since: date | None = None
    until: date | None = None
    currency: Annotated[str, Field(max_length=10)] = ""
    direction: Literal["", "credit", "debit", "unknown"] = ""
    text: Text = ""
    sort: Literal["number", "day", "amount"] = "number"
    descending: bool = False
    after: UUID | None = None
    size: Annotated[int, Field(ge=1, le=500)] = bookings.PAGE


class Answers(Taken):
    """Answers to the open questions of a layout."""

    answers: Annotated[dict[str, Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=30)]


class QuestionGiven(Given):
    """Something about a layout that only a person may settle; without options the answer is free text."""

    field: str
    ask: str
    options: list[str]
    because: str


class LayoutGiven(Given):
    """How a table is read: what is settled, and what is still asked."""

    state: str
    questions: list[QuestionGiven]


@routes.get("/cases/<uuid:case_id>/statements")
@described(
    Description(
        "The statements of a case, whether each adds up, and totals with their word",
        gives=StatementList,
        headers=_PURPOSE,
    )
)
def listed(case_id: UUID) -> StatementList:
    """List the statements."""
    with transaction() as session:
        accounts = bookings.statements(session, actor(), services().keyring, case_id)
        sums = bookings.totals(session, actor(), case_id)
    totals = [
        TotalGiven(currency=one.currency, incoming=str(one.incoming), outgoing=str(one.outgoing), rows=one.rows,
                   left_out=one.left_out,
                   word=one.word, because=list(one.because)) for one in sums
    ]  # fmt: skip
    return StatementList(statements=[_statement(one) for one in accounts], totals=totals)


@routes.get("/cases/<uuid:case_id>/transactions")
@described(Description("The rows of a case's statements", asks=RowQuery, gives=RowPage, headers=_PURPOSE))
def rows(case_id: UUID, asked: RowQuery) -> RowPage:
    """Give transactions."""
    told = asked.model_dump(exclude={"after", "size"})
    with transaction() as session:
        page = bookings.transactions(
            session, actor(), services().keyring, case_id, Wanted(**told), after=asked.after, size=asked.size
        )
    return RowPage(rows=[_row(one) for one in page.rows], after=page.after)


@routes.get("/files/<uuid:file_id>/layout")
@described(Description("How a table is read, and what is still asked about it", gives=LayoutGiven, headers=_PURPOSE))
def layout(file_id: UUID) -> LayoutGiven:
    """Give the layout."""
    with transaction() as session:
        found, state = layouts.shown(session, actor(), services().keyring, file_id)
    return LayoutGiven(state=state, questions=[_question(one) for one in found.questions])


@routes.post("/files/<uuid:file_id>/layout/answers")
@described(
    Description(
        "Answer what is asked about a layout; the table is read again",
        takes=Answers,
        gives=LayoutGiven,
        headers=_PURPOSE,
    )
)
def answered(file_id: UUID, taken: Answers) -> LayoutGiven:
    """Answer the layout's questions."""
    with transaction() as session:
        found = layouts.answer(session, actor(), services().keyring, file_id, taken.answers)
    return LayoutGiven(state=layouts.ANSWERED, questions=[_question(one) for one in found.questions])


@routes.post("/files/<uuid:file_id>/layout/confirmation")
@described(Description("Confirm that a table is read as shown", gives=LayoutGiven, headers=_PURPOSE))
def confirmed(file_id: UUID) -> LayoutGiven:
    """Confirm the layout."""
    with transaction() as session:
        layouts.confirm_layout(session, actor(), services().keyring, file_id)
    return LayoutGiven(state=layouts.CONFIRMED, questions=[])


def _question(one: Question) -> QuestionGiven:
    return QuestionGiven(field=one.field, ask=one.ask, options=list(one.options), because=one.because)


def _statement(one: Account) -> StatementGiven:
    told = {name: getattr(one, name) for name in StatementGiven.model_fields}
    return StatementGiven(
        **told | {name: _text(told[name]) for name in ("opening", "closing", "computed", "difference")}
    )


def _row(one: Booking) -> RowGiven:
    told = {name: getattr(one, name) for name in RowGiven.model_fields if name != "pinpoint"}
    return RowGiven(
        **told | {"amount": _text(one.amount), "balance": _text(one.balance)}, pinpoint=one.pinpoint.words()
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")
