"""Read a bank's table by a settled layout: each record is a row, a balance, or a line that is said to be neither."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from evidence.money.statements import amounts, dates, text
from evidence.money.statements.sheets import words
from evidence.money.statements.sheets.layout import Layout
from evidence.money.statements.sheets.table import Record, records
from evidence.money.statements.values import (
    Balance,
    BrokenStatement,
    Direction,
    NotAStatement,
    Row,
    Statement,
    Statements,
    Status,
)
from evidence.pinpoints import Pinpoint

_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_SHOWN: Final = 300
_MOST_OTHERS: Final = 1_000


@dataclass(slots=True)
class _Account:
    """The rows of one account in one currency while the table is being read."""

    account: str
    currency: str
    line: int
    holder: str = ""
    opening: Balance | None = None
    closing: Balance | None = None
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class _Sheet:
    """What has been read of a table so far."""

    layout: Layout
    accounts: dict[tuple[str, str], _Account] = field(default_factory=dict)
    opening: Balance | None = None
    closing: Balance | None = None
    account: str = ""
    others: list[str] = field(default_factory=list)
    unlisted: int = 0

    def leave(self, record: Record) -> None:
        """Keep a line that is no row, so that nothing of the file goes unseen."""
        if len(self.others) < _MOST_OTHERS:
            self.others.append(f"line {record.line}: {record.verbatim[:_SHOWN]}")
        else:
            self.unlisted += 1


def read(data: bytes, layout: Layout) -> Statements:
    """Every statement of a table under a layout, one for each account and currency, rows pinpointed by line.

    Raises LayoutOpen while the layout has open questions, NotAStatement when no row comes out of it.
    """
    layout.settled()
    sheet = _Sheet(layout, account=layout.account)
    for record in records(_decoded(data, layout.encoding), layout.delimiter):
        if record.line != layout.header:
            _take(sheet, record)
    if not sheet.accounts:
        raise NotAStatement("under this layout no line of the file is a row with a day or an amount")
    statements = tuple(_statement(number, one, sheet) for number, one in enumerate(sheet.accounts.values(), start=1))
    remarks = (f"{sheet.unlisted} further lines are no rows",) if sheet.unlisted else ()
    return Statements("csv", statements, layout, confirmed=False, remarks=(*layout.doubts, *remarks))


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return text.bounded(data).decode(encoding)
    except UnicodeDecodeError:
        # Single bytes that the encoding does not know are marked in the text; figures and days are plain ASCII.
        return data.decode(encoding, errors="replace")
    except LookupError as fault:
        raise BrokenStatement(f"there is no encoding called «{encoding[:40]}»") from fault


def _statement(number: int, one: _Account, sheet: _Sheet) -> Statement:
    alone = len(sheet.accounts) == 1
    remarks = (
        []
        if amounts.known(one.currency)
        else [f"«{one.currency[:12]}» is not a currency of ISO 4217" if one.currency else "the currency is not known"]
    )
    if not one.account:
        remarks.append("no account is named")
    return Statement(
        number,
        one.account,
        one.currency,
        Pinpoint(row=one.line),
        holder=one.holder,
        opening=_with_currency(one.opening or (sheet.opening if alone else None), one.currency),
        closing=_with_currency(one.closing or (sheet.closing if alone else None), one.currency),
        rows=tuple(one.rows),
        others=tuple(sheet.others) if number == 1 else (),
        remarks=tuple(remarks),
    )


def _with_currency(balance: Balance | None, currency: str) -> Balance | None:
    return replace(balance, currency=balance.currency or currency) if balance else None


def _take(sheet: _Sheet, record: Record) -> None:
    """Put one record where it belongs."""
    cells = _Cells(sheet.layout, record)
    day, valued = cells.day("booked"), cells.day("value_date")
    money = _money(cells)
    if record.line < sheet.layout.header or not (day or valued or (cells.has("booked") and money.written)):
        _aside(sheet, record, cells)
        return
    dated = dates.looks_like_a_day(cells.one("booked")) or dates.looks_like_a_day(cells.one("value_date"))
    if not (money.written and dated) and _is_balance(sheet, record, cells, day):
        return
    remarks = [*money.remarks]
    if cells.has("booked") and day is None:
        remarks.append(f"the day «{cells.one('booked')[:30]}» could not be read")
    currency = (cells.one("currency").upper() or money.currency or sheet.layout.currency).strip()
    account = cells.one("account").strip("\"' ") or sheet.account
    one = sheet.accounts.setdefault((account, currency), _Account(account, currency, record.line, cells.one("holder")))
    row = Row(len(one.rows) + 1, Pinpoint(row=record.line), money.amount, currency, booked=day, value_date=valued)
    row = _filled(row, cells, money, remarks)
    # A line such as "Total" has an amount but no day: whether it is a row is for a person to say.
    one.rows.append(row if dated else replace(row, status=Status.UNKNOWN))


@dataclass(frozen=True, slots=True)
class _Money:
    """The amount of a record: whether anything is written, the signed amount, and what is doubtful."""

    amount: Decimal | None = None
    currency: str = ""
    remarks: tuple[str, ...] = ()
    written: bool = True


_NOTHING: Final = _Money(written=False)


class _Cells:
    """The cells of one record by their roles."""

    def __init__(self, layout: Layout, record: Record) -> None:
        self.layout = layout
        self.record = record

    def all(self, role: str) -> list[str]:
        """The cells of a role that are not empty, without the space around them."""
        cells = self.record.cells
        return [
            cells[place].strip()
            for place in self.layout.columns.get(role, ())
            if place < len(cells) and cells[place].strip()
        ]

    def one(self, role: str) -> str:
        """The first cell of a role, or ""."""
        return next(iter(self.all(role)), "")

    def has(self, role: str) -> bool:
        """Whether anything is written in a role."""
        return bool(self.all(role))

    def day(self, role: str) -> date | None:
        """The day in a role under the order of the layout."""
        return dates.read(self.one(role), self.layout.dates)

    def figure(self, role: str) -> tuple[Decimal | None, str, str]:
        """Amount, currency and cell of a role; the amount is None where the cell is not written as the layout says."""
        cell = self.one(role)
        found = amounts.take(cell) if cell else None
        return (amounts.value(found, self.layout.decimal), found.currency, cell) if found else (None, "", cell)


def _money(cells: _Cells) -> _Money:
    return _MONEY[cells.layout.sign](cells)


def _unreadable(cell: str) -> str:
    return f"the amount «{cell[:40]}» could not be read under this layout"


def _signed(cells: _Cells) -> _Money:
    amount, currency, cell = cells.figure("amount")
    if not cell:
        return _NOTHING
    if amount is None:
        return _Money(None, currency, (_unreadable(cell),))
    factor = {"reversed": -1, "out": -1}.get(cells.layout.sign, 1)
    return _Money(amount * factor, currency, _sides_agree(cells, amount * factor))


def _sides_agree(cells: _Cells, amount: Decimal) -> tuple[str, ...]:
    """A remark when separate credit and debit columns stand beside the amount and say something else."""
    if not (cells.has("credit") or cells.has("debit")):
        return ()
    beside = _columns(cells)
    if beside.amount == amount or not beside.written:
        return ()
    return (f"the amount column says {amount}, the credit and debit columns say {beside.amount}",)


def _directed(cells: _Cells) -> _Money:
    amount, currency, cell = cells.figure("amount")
    if not cell:
        return _NOTHING
    if amount is None:
        return _Money(None, currency, (_unreadable(cell),))
    said = cells.one("direction")
    if said in cells.layout.credit_words:
        return _Money(amount, currency)
    if said in cells.layout.debit_words:
        return _Money(-amount, currency)
    return _Money(None, currency, (f"the word «{said[:20]}» does not say whether money came in or went out",))


def _columns(cells: _Cells) -> _Money:
    incoming, first, credit = cells.figure("credit")
    outgoing, second, debit = cells.figure("debit")
    bad = [
        _unreadable(cell)
        for amount, cell in ((incoming, credit), (outgoing, debit))
        if cell and amount is None and cell not in {"-", "–", "—"}
    ]
    if bad:
        return _Money(None, first or second, tuple(bad))
    if incoming is None and outgoing is None:
        return _NOTHING
    if incoming and outgoing:
        return _Money(None, first or second, ("the row has an amount in both the credit and the debit column",))
    if outgoing:
        return _Money(outgoing if cells.layout.debits == "minus" else -outgoing, second)
    return _Money(incoming or Decimal(0), first)


_MONEY: Final[Mapping[str, Callable[[_Cells], _Money]]] = {
    "signed": _signed,
    "reversed": _signed,
    "out": _signed,
    "in": _signed,
    "direction": _directed,
    "columns": _columns,
}


def _filled(row: Row, cells: _Cells, money: _Money, remarks: list[str]) -> Row:
    """The row with everything but its amount and days, which it has."""
    balance, _, cell = cells.figure("balance")
    if cell and balance is None:
        remarks.append(f"the balance «{cell[:40]}» could not be read under this layout")
    status, doubt = _status(cells.one("status"))
    if money.amount is None:
        status = Status.UNREAD if status is Status.COMPLETED else status
        if not money.written:
            remarks.append("no amount is written in this row")
    return replace(
        row,
        direction=_direction(money.amount),
        status=status,
        counterparty=cells.one("counterparty"),
        counterparty_account=cells.one("counterparty_account"),
        purpose=" ".join(" ".join(cells.all("purpose")).split()),
        references=tuple(dict.fromkeys(cells.all("reference"))),
        balance=balance,
        as_written=_written(cells.layout, cells.record),
        verbatim=cells.record.verbatim,
        remarks=(*remarks, *doubt),
    )


def _direction(amount: Decimal | None) -> Direction:
    if not amount:
        return Direction.UNKNOWN
    return Direction.CREDIT if amount > 0 else Direction.DEBIT


def _status(said: str) -> tuple[Status, tuple[str, ...]]:
    folded = words.fold(said)
    if not said or folded in words.COMPLETED:
        return Status.COMPLETED, ()
    if folded in words.FAILED:
        return Status.FAILED, ()
    if folded in words.PENDING:
        return Status.PENDING, ()
    return Status.UNKNOWN, (f"the status «{said[:30]}» is unknown here; whether the row counts is open",)


def _written(layout: Layout, record: Record) -> dict[str, str]:
    names = [*layout.names, *(f"column {place + 1}" for place in range(len(layout.names), len(record.cells)))]
    return {name: cell for name, cell in zip(names, record.cells, strict=False) if cell}


def _aside(sheet: _Sheet, record: Record, cells: _Cells) -> None:
    """A record that is no row: perhaps a balance, perhaps the account, and in any case kept."""
    if not _is_balance(sheet, record, cells, None):
        found = _IBAN.search(record.verbatim)
        if found and not sheet.account and record.line < sheet.layout.header:
            sheet.account = found[0].replace(" ", "")
        sheet.leave(record)


def _is_balance(sheet: _Sheet, record: Record, cells: _Cells, day: date | None) -> bool:
    """Take a record as the opening or closing balance when it is called that and holds one figure."""
    folded = {words.fold(cell.rstrip(": ")) for cell in record.cells if cell.strip()}
    kind = "opening" if folded & words.OPENING else "closing" if folded & words.CLOSING else ""
    if not kind:
        return False
    written = [cell.strip() for cell in record.cells if not dates.looks_like_a_day(cell.strip())]
    figures = [figure for cell in written if (figure := amounts.take(cell))]
    if len(figures) != 1:
        return False
    amount = amounts.value(figures[0], cells.layout.decimal)
    when = day or next(
        (found for cell in record.cells if (found := dates.read(cell.strip(), cells.layout.dates))), None
    )
    balance = Balance(amount, figures[0].currency, when, Pinpoint(row=record.line), record.verbatim, kind)
    if kind == "opening":
        sheet.opening = sheet.opening or balance
    else:
        sheet.closing = balance
    return True
