"""Statements of account as their pages show them: what adds up, and each row as read beside the row as written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.pages.shapes.movements import Field
from app.pages.views.tables import Cell, Column, Place, Row, Table
from app.pages.views.words import Tag, amount, state
from evidence.money import layouts
from evidence.money.bookings import Total
from evidence.money.records import WAITING
from evidence.money.showing import Account, Booking
from evidence.money.statements import Layout

ROW_COLUMNS: Final = (
    Column("Row", "number", number=True),
    Column("Day", "day", tight=True),
    Column("Amount", "amount", number=True),
    Column("Balance", number=True),
    Column("Other side"),
    Column("For what"),
    Column("As written"),
    Column("Where"),
)
LAYOUTS: Final = {
    layouts.PROPOSED: state("unconfirmed"),
    layouts.ANSWERED: Tag("being read again", "blue", "◐"),
    layouts.CONFIRMED: state("confirmed"),
}
_STATEMENTS: Final = (
    Column("Account"),
    Column("Holder"),
    Column("Rows", number=True),
    Column("Opening", number=True),
    Column("Closing", number=True),
    Column("Does it add up?"),
    Column("Layout"),
)


@dataclass(frozen=True, slots=True)
class StatementView:
    """What a page says of one statement."""

    id: UUID
    file_id: UUID
    account: str
    file: str
    file_href: str
    state: Tag
    opening: str
    moved: str
    computed: str
    closing: str
    result: Tag
    result_words: str
    layout_href: str = ""


@dataclass(frozen=True, slots=True)
class LayoutView:
    """How a table is read, as a person confirms it."""

    file_id: UUID
    file: str
    state: Tag
    facts: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]
    doubts: tuple[str, ...]
    waits: bool


@dataclass(frozen=True, slots=True)
class TotalView:
    """Money in and out in one currency, never without its word."""

    currency: str
    credit: str
    debit: str
    tag: Tag
    because: str


def statement_view(one: Account, file: str) -> StatementView:
    """Shape a statement; one whose layout waits leads to it."""
    moved = one.computed - one.opening if one.computed is not None and one.opening is not None else None
    return StatementView(
        id=one.id,
        file_id=one.file_id,
        account=one.account or "an unnamed account",
        file=file,
        file_href=f"/files/{one.file_id}",
        state=_layout_state(one),
        opening=_sum(one.opening, one.currency),
        moved=_sum(moved, one.currency),
        computed=_sum(one.computed, one.currency),
        closing=_sum(one.closing, one.currency),
        result=state(one.result),
        result_words=_result(one),
        layout_href=f"/layouts/{one.file_id}" if one.state == WAITING else "",
    )


def layout_view(file_id: UUID, file: str, layout: Layout, now: str) -> LayoutView:
    """Shape a layout with what is still asked about it."""
    return LayoutView(
        file_id=file_id,
        file=file,
        state=LAYOUTS[now],
        facts=_layout(layout),
        fields=tuple(_field(layout)),
        doubts=layout.doubts,
        waits=now == layouts.ANSWERED,
    )


def layouts_table(found: Iterable[tuple[UUID, str, str, bool]], here: Place) -> Table:
    """The tables whose layout waits for a person: file, name, state, and whether anything is asked."""
    rows = []
    for file_id, name, now, asked in found:
        tag = Tag("asks something", "orange", "?") if asked else LAYOUTS[now]
        rows.append(Row((Cell(name, href=f"/layouts/{file_id}"), Cell(tag=tag))))
    columns = (Column("File"), Column("State"))
    return Table("Tables whose layout waits for you", columns, tuple(rows), here, total=len(rows), csv=False)


def statements_table(found: Iterable[Account], here: Place) -> Table:
    """The statements of a case."""
    rows = tuple(_statement(one) for one in found)
    empty = "No statement has been read yet. Bank files are recognised when the worker reads them."
    return Table("Statements", _STATEMENTS, rows, here, empty=empty, total=len(rows))


def rows_table(rows: Sequence[Booking], here: Place, *, sort: str, more: str) -> Table:
    """One page of the rows of a statement; the row at which the balance breaks is marked and says so."""
    return Table(
        "Rows, as read beside as written",
        ROW_COLUMNS,
        tuple(_row(one) for one in rows),
        here,
        sort=sort,
        next=more,
        empty="This statement has no row.",
    )


def total_view(one: Total) -> TotalView:
    """Shape a total."""
    tag = state("reconciled") if one.word == "reconciled" else Tag(one.word, "red", "≠")
    return TotalView(one.currency, amount(one.incoming), amount(one.outgoing), tag, "; ".join(one.because))


def _row(one: Booking) -> Row:
    broken = Tag("balance breaks here", "red", "≠") if one.broken else None
    note = "; ".join((*one.remarks, *(() if one.counts else (f"not counted: {one.status}",))))
    cells = (
        Cell(str(one.number), tag=broken),
        Cell(one.day.isoformat() if one.day else "not read"),
        Cell(_sum(one.amount, one.currency), note=note),
        Cell(_sum(one.balance, "")),
        Cell(one.counterparty, own=True, note=one.counterparty_account),
        Cell(one.purpose, own=True),
        Cell(one.verbatim, lines=True),
        Cell(one.pinpoint.words(), href=f"/files/{one.file_id}"),
    )
    return Row(cells, tone="red" if one.broken else "")


def _statement(one: Account) -> Row:
    cells = (
        Cell(one.account or "an unnamed account", href=f"/statements/{one.id}", note=one.format),
        Cell(one.holder, own=True),
        Cell(f"{one.rows:,}"),
        Cell(_sum(one.opening, one.currency)),
        Cell(_sum(one.closing, one.currency)),
        Cell(tag=state(one.result), note=one.because),
        Cell(tag=_layout_state(one)),
    )
    return Row(cells, tone="" if one.word == "reconciled" else "orange")


def _layout_state(one: Account) -> Tag:
    return state("unconfirmed") if one.state == WAITING else Tag("reading stands", "green", "✓")


def _result(one: Account) -> str:
    told = [f"{one.because[:1].upper()}{one.because[1:]}."] if one.because else []
    if one.difference:
        told.append(f"The difference is {amount(one.difference, one.currency)}.")
    if one.broken is not None:
        told.append(f"The running balance breaks first at row {one.broken}.")
    if one.state == WAITING:
        told.append("The layout has not been confirmed, so no figure stands yet.")
    return " ".join(told) or "Opening, rows and closing agree."


def _sum(value: Decimal | None, currency: str) -> str:
    return "not stated" if value is None and currency else "" if value is None else amount(value, currency)


def _layout(layout: Layout) -> tuple[tuple[str, str], ...]:
    columns = [
        (role.replace("_", " ").capitalize(), ", ".join(_column(layout, place) for place in places))
        for role, places in layout.columns.items()
    ]
    told = [
        ("Encoding", layout.encoding),
        ("Columns are apart by", "tab" if layout.delimiter == "\t" else layout.delimiter),
        ("Decimal sign", layout.decimal),
        ("Dates are written", layout.dates),
        ("In and out", layout.sign),
        ("Currency", layout.currency),
    ]
    return (*told, *columns)


def _column(layout: Layout, place: int) -> str:
    named = layout.names[place] if place < len(layout.names) else ""
    return f"column {place + 1} ({named})" if named else f"column {place + 1}"


def _field(layout: Layout) -> Iterable[Field]:
    for one in layout.questions:
        yield Field(one.field, one.ask, one.because, options=tuple((option, option) for option in one.options))
