"""Look at statements and transactions by rights, sorted and filtered, and at totals that say what they are worth."""

from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from cases import access
from cases.access import Act
from cases.docket import NoSuchCase
from core.accounts import Actor
from core.errors import Invalid
from core.ledger import entries as ledger
from evidence.files import File
from evidence.keyring import Keyring
from evidence.money import records
from evidence.money.records import StatementRecord, TransactionRecord
from evidence.money.showing import Account, Booking, Lens, word_of

PAGE: Final = 50
MOST: Final = 5_000
_BATCH: Final = 500


class BadQuestion(Invalid):
    """Transactions cannot be sorted or filtered like this."""


class NotReconciled(Invalid):
    """A total was asked for that must be reconciled, and a part of it is not."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which transactions, in which order; amounts are signed, days inclusive, *sort* is one of day, amount, number.

    *text* is looked for in the words of each row (as shown, so a protected name is not found by it).
    """

    statement: UUID | None = None
    file: UUID | None = None
    since: date | None = None
    until: date | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    direction: str = ""
    currency: str = ""
    account: str = ""
    counterparty: str = ""
    status: str = ""
    text: str = ""
    parts: bool = True
    sort: str = "number"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some transactions and where the next page begins (None at the end)."""

    rows: tuple[Booking, ...]
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """Money in, out and between in one currency, with the word that must stand beside it (R-FIN-04)."""

    currency: str
    incoming: Decimal
    outgoing: Decimal
    rows: int
    left_out: int
    word: str
    because: tuple[str, ...] = field(default=())

    @property
    def net(self) -> Decimal:
        """What came in less what went out."""
        return self.incoming - self.outgoing

    def words(self) -> str:
        """The total as a sentence that cannot be quoted without its word."""
        return f"{self.currency} {self.incoming} in, {self.outgoing} out, {self.net} net: {self.word}"


def statements(session: Session, actor: Actor, keyring: Keyring, case_id: UUID) -> list[Account]:
    """The present statements of a case that the person may read, by account and order in their files.

    Raises as `access.fetch` does for `Act.MONEY`; what is above the person's clearance is not among them.  Enters the
    reading in the access ledger.
    """
    found = _found(session, actor, case_id)
    lens = Lens(session, keyring, case_id)
    told = {"statements": len(found), "way": "list"}
    _enter(session, actor, case_id, "statements read", told)
    return [lens.account(record, file) for record, file in found]


def transactions(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    case_id: UUID,
    wanted: Wanted | None = None,
    *,
    after: UUID | None = None,
    size: int = PAGE,
) -> Page:
    """A page of the transactions of a case that the person may read, with their words, in a stable order.

    *after* is the id of the last row seen.  Protected names appear as pseudonyms.  Raises BadQuestion, and as
    `access.fetch` does; enters the reading in the access ledger.
    """
    wanted = wanted or Wanted()
    found = {record.id: (record, file) for record, file in _found(session, actor, case_id)}
    lens = Lens(session, keyring, case_id)
    size = max(1, min(size, MOST))
    with closing(_page(session, lens, found, wanted, after)) as page:
        rows = list(islice(page, size + 1))
    more = len(rows) > size
    told = {"rows": len(rows[:size]), "statement": str(wanted.statement or ""), "way": "rows"}
    _enter(session, actor, case_id, "transactions read", told)
    return Page(tuple(rows[:size]), rows[size - 1].id if more else None)


def totals(
    session: Session,
    actor: Actor,
    case_id: UUID,
    chosen: Collection[UUID] | None = None,
    *,
    reconciled_only: bool = False,
) -> list[Total]:
    """Money in and out by currency over statements (all of the case, or those chosen), each with its word.

    Only completed rows count; parts of batches never do.  The word is "unreconciled" as soon as one statement is not
    reconciled or waits for confirmation; with *reconciled_only* that raises NotReconciled instead (R-FIN-04).
    """
    found = [record for record, _ in _found(session, actor, case_id) if chosen is None or record.id in chosen]
    if chosen is not None and len(found) < len(set(chosen)):
        raise NoSuchCase
    _enter(session, actor, case_id, "statements read", {"statements": len(found), "way": "totals"})
    by_currency: dict[str, list[StatementRecord]] = {}
    for record in found:
        by_currency.setdefault(record.currency, []).append(record)
    results = [_total(session, currency, parts) for currency, parts in sorted(by_currency.items())]
    doubtful = [reason for total in results if total.word != "reconciled" for reason in total.because]
    if reconciled_only and doubtful:
        raise NotReconciled("a total of unreconciled figures is not given: " + "; ".join(doubtful[:5]))
    return results


def schedules(session: Session, keyring: Keyring, chosen: Collection[File]) -> Iterator[tuple[Account, list[Booking]]]:
    """Yield each confirmed or waiting statement of these files with all its rows, for a dossier.

    The caller has fetched the files for what it does with them, and enters that itself.
    """
    for file in chosen:
        lens = Lens(session, keyring, file.case_id)
        for record in records.of_file(session, file.id):
            query = select(TransactionRecord).where(TransactionRecord.statement_id == record.id)
            rows = session.scalars(query.order_by(TransactionRecord.number))
            yield lens.account(record, file), [lens.booking(row, record, file) for row in rows]


def _found(session: Session, actor: Actor, case_id: UUID) -> list[tuple[StatementRecord, File]]:
    """The present statements that the person may read, each with its file."""
    access.fetch(session, actor, case_id, to=Act.MONEY)
    ceiling = access.clearance_of(session, actor, case_id)
    query = (
        select(StatementRecord, File)
        .join(File, File.id == StatementRecord.file_id)
        .where(StatementRecord.case_id == case_id, StatementRecord.state != records.SUPERSEDED)
        .where(File.sensitivity <= int(ceiling), File.restricted.is_(False))
        .order_by(StatementRecord.account, File.received, File.id, StatementRecord.number)
    )
    return [(record, file) for record, file in session.execute(query)]


_SORTS: Final[dict[str, tuple[InstrumentedAttribute[Any], ...]]] = {
    "day": (TransactionRecord.day,),
    "amount": (TransactionRecord.amount_order,),
    "number": (),
}


def _page(
    session: Session,
    lens: Lens,
    found: dict[UUID, tuple[StatementRecord, File]],
    wanted: Wanted,
    after: UUID | None,
) -> Generator[Booking, None, None]:
    """Yield the wanted transactions from behind the row *after*."""
    if wanted.sort not in _SORTS:
        raise BadQuestion("sort by one of: " + ", ".join(_SORTS), fields={"sort": "unknown"})
    chosen = {
        one: file
        for one, (_, file) in found.items()
        if wanted.statement in {None, one} and wanted.file in {None, file.id}
    }
    if (wanted.statement or wanted.file) and not chosen:
        raise NoSuchCase
    query = select(TransactionRecord).where(TransactionRecord.statement_id.in_(chosen), *_conditions(wanted))
    if wanted.counterparty:
        marks = {records.mark(lens.key(file), wanted.counterparty) for file in chosen.values()}
        query = query.where(TransactionRecord.counterparty_mark.in_(marks))
    last = session.get(TransactionRecord, after) if after else None
    if after and (last is None or last.statement_id not in chosen):
        raise BadQuestion("the page that was asked for does not follow from this list", fields={"after": "unknown"})
    ordered = _sorted(query, wanted, last).execution_options(yield_per=_BATCH)
    with session.scalars(ordered) as taken:
        for row in taken:
            booking = lens.booking(row, *found[row.statement_id])
            if _says(booking, wanted.text):
                yield booking


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    row = TransactionRecord
    pairs: tuple[tuple[object, Callable[[Any], ColumnElement[bool]]], ...] = (
        (wanted.since, row.day.__ge__),
        (wanted.until, row.day.__le__),
        (records.order(wanted.least), row.amount_order.__ge__),
        (records.order(wanted.most), row.amount_order.__le__),
        (wanted.direction, row.direction.__eq__),
        (wanted.currency, row.currency.__eq__),
        (wanted.status, row.status.__eq__),
        ("".join(wanted.account.split()), row.counterparty_account.__eq__),
    )
    for given, compare in pairs:
        if given not in {None, ""}:
            yield compare(given)
    if not wanted.parts:
        yield row.part_of.is_(None)


def _sorted(
    query: Select[TransactionRecord], wanted: Wanted, last: TransactionRecord | None
) -> Select[TransactionRecord]:
    """The query in its order and from behind a row; rows without a day or an amount come last."""
    row = TransactionRecord
    columns = _SORTS[wanted.sort]
    down = wanted.descending
    tie = [row.statement_id.desc() if down else row.statement_id, row.number.desc() if down else row.number]
    ordered = query.order_by(
        *(one for column in columns for one in (column.is_(None), column.desc() if down else column)), *tie
    )
    if last is None:
        return ordered
    behind = _behind(row.statement_id, last.statement_id, down=down)
    same = and_(row.statement_id == last.statement_id, _behind(row.number, last.number, down=down))
    following: ColumnElement[bool] = or_(behind, same)
    for column in columns:
        value = getattr(last, column.key)
        if value is None:
            following = and_(column.is_(None), following)
        else:
            following = or_(column.is_(None), _behind(column, value, down=down), and_(column == value, following))
    return ordered.where(following)


def _behind(column: InstrumentedAttribute[Any], value: object, *, down: bool) -> ColumnElement[bool]:
    return column < value if down else column > value


def _says(booking: Booking, wanted: str) -> bool:
    if not wanted:
        return True
    folded = wanted.casefold()
    words = (booking.counterparty, booking.counterparty_account, booking.purpose, booking.verbatim, *booking.references)
    return any(folded in one.casefold() for one in words)


def _total(session: Session, currency: str, parts: list[StatementRecord]) -> Total:
    accounts = {part.id: part.account or str(part.id) for part in parts}
    row = TransactionRecord
    query = select(row.statement_id, row.amount, row.counts, row.day, row.balance, row.counterparty_mark)
    query = query.where(row.statement_id.in_(accounts), row.part_of.is_(None))
    incoming = outgoing = Decimal(0)
    rows = left_out = 0
    # A row that stands in two statements of one account would be summed twice (R-FIN-06).
    seen: dict[tuple[object, ...], UUID] = {}
    twice: dict[str, int] = {}
    for statement, amount, counts, day, balance, marked in session.execute(query.execution_options(yield_per=2_000)):
        if not counts or amount is None:
            left_out += 1
            continue
        rows += 1
        incoming += max(amount, Decimal(0))
        outgoing -= min(amount, Decimal(0))
        if seen.setdefault((accounts[statement], day, amount, balance, marked), statement) != statement:
            twice[accounts[statement]] = twice.get(accounts[statement], 0) + 1
    because = _reasons(parts) + tuple(
        f"{account}: {count} rows stand in more than one statement and are counted each time"
        for account, count in sorted(twice.items())
    )
    return Total(currency, incoming, outgoing, rows, left_out, "unreconciled" if because else "reconciled", because)


def _reasons(parts: list[StatementRecord]) -> tuple[str, ...]:
    doubtful = [part for part in parts if word_of(part.result, part.state) != "reconciled"]
    return tuple(f"{part.account or 'an account without a number'}: {part.because}" for part in doubtful)


def _enter(session: Session, actor: Actor, case_id: UUID, act: str, told: dict[str, Any]) -> None:
    ledger.append(session, f"access/{case_id}", actor, act, case=case_id, subject=case_id, **told)
