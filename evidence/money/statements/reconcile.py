"""Whether a statement adds up: opening and rows against closing, row by row where balances run (R-FIN-04, EXC-7)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from evidence.money.statements.values import Balance, Row, Statement, Status

_SANE: Final = 10


class Outcome(StrEnum):
    """What came of checking a statement."""

    RECONCILED = "reconciled"
    UNRECONCILED = "unreconciled"
    NOT_RECONCILABLE = "not_reconcilable"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of checking one statement, and why.

    *difference* is the closing balance less what opening and rows come to; *broken* is the number of the first row
    whose running balance does not follow from the one before.  *basis* names the balances that were used: "stated",
    "running", or "" when there were none.
    """

    result: Outcome
    because: str
    opening: Decimal | None = None
    closing: Decimal | None = None
    computed: Decimal | None = None
    difference: Decimal | None = None
    currency: str = ""
    broken: int | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A place between two statements of one account where something is missing or does not follow.

    *after* and *before* name the statements around it as written; *number* is that of the later one in its file.
    """

    account: str
    after: str
    before: str
    because: str
    number: int = 0


def reconcile(statement: Statement) -> Result:
    """Check opening + rows = closing, each running balance, and the counts the statement claims for itself.

    Only completed rows count and parts of a batch never do.  What cannot be checked is said to be not reconcilable,
    with the reason, and is never taken for reconciled.
    """
    rows = [row for row in statement.rows if row.counts]
    unread = next((row for row in rows if row.amount is None), None)
    if unread is not None:
        return _cannot(f"row {unread.number} has no amount that could be read", statement)
    unknown = next((row for row in statement.rows if row.status is Status.UNKNOWN), None)
    if unknown is not None:
        return _cannot(f"it is not known whether row {unknown.number} counts", statement)
    currencies = sorted({row.currency for row in rows} | _currencies(statement))
    if len(currencies) > 1 or "" in currencies:
        return _cannot(_mixed(currencies, statement), statement)
    ordered, running, broken = _in_order(rows)
    total = sum((row.amount for row in rows if row.amount is not None), Decimal(0))
    opening, closing, basis = _ends(statement, ordered)
    if opening is None or closing is None:
        return _cannot(_missing(opening, closing, running=running), statement, total=total)
    computed = opening + total
    difference = closing - computed
    because = _fault(statement, difference, broken)
    outcome = Outcome.UNRECONCILED if because else Outcome.RECONCILED
    because = because or f"opening and {len(rows)} rows come to the closing balance"
    currency = currencies[0] if currencies else ""
    return Result(outcome, because, opening, closing, computed, difference, currency, broken, basis)


def gaps(statements: Iterable[Statement]) -> Iterator[Gap]:
    """Yield each place where the statements of an account do not follow one another: numbers skipped, balances apart.

    Statements are taken in the order in which they stand in the file.
    """
    last: dict[tuple[str, str], Statement] = {}
    for statement in statements:
        key = (statement.account, statement.currency)
        before = last.get(key)
        if before is not None:
            yield from _between(before, statement)
        last[key] = statement


def _between(before: Statement, after: Statement) -> Iterator[Gap]:
    first, second = before.sequence or str(before.number), after.sequence or str(after.number)
    closing = before.closing.amount if before.closing else None
    opening = after.opening.amount if after.opening else None
    if closing is not None and opening is not None and closing != opening:
        because = f"statement {first} closes at {closing}, statement {second} opens at {opening}"
        yield Gap(after.account, first, second, because, after.number)
    numbers = [_number(before.sequence), _number(after.sequence)]
    if numbers[0] is not None and numbers[1] is not None and numbers[1] - numbers[0] > 1:
        because = f"no statement between number {numbers[0]} and number {numbers[1]}"
        yield Gap(after.account, first, second, because, after.number)


def _number(sequence: str) -> int | None:
    head = sequence.partition("/")[0].strip()
    return int(head) if head.isascii() and head.isdigit() and len(head) < _SANE else None


def _currencies(statement: Statement) -> set[str]:
    return {side.currency for side in (statement.opening, statement.closing) if side is not None}


def _mixed(currencies: Sequence[str], statement: Statement) -> str:
    if "" in currencies:
        bare = [name for name, side in _sides(statement) if side is not None and not side.currency]
        return f"the {bare[0]} balance names no currency" if bare else "the currency is not known"
    return "amounts and balances stand in different currencies: " + ", ".join(currencies)


def _sides(statement: Statement) -> tuple[tuple[str, Balance | None], ...]:
    return ("opening", statement.opening), ("closing", statement.closing)


def _missing(opening: Decimal | None, closing: Decimal | None, *, running: bool) -> str:
    if running:
        return "the running balances do not say from where they start"
    names = [name for name, side in (("opening", opening), ("closing", closing)) if side is None]
    return f"the statement gives no {' and no '.join(names)} balance that could be read"


def _cannot(because: str, statement: Statement, total: Decimal | None = None) -> Result:
    opening = statement.opening.amount if statement.opening else None
    closing = statement.closing.amount if statement.closing else None
    computed = None if opening is None or total is None else opening + total
    return Result(Outcome.NOT_RECONCILABLE, because, opening, closing, computed, currency=statement.currency)


def _in_order(rows: list[Row]) -> tuple[list[Row], bool, int | None]:
    """The rows from oldest to newest as their running balances say, whether they run, and the first that breaks."""
    if not any(row.balance is not None for row in rows):
        return rows, False, None
    forward, backward = list(_breaks(rows)), list(_breaks(rows[::-1]))
    if len(backward) < len(forward):
        return rows[::-1], True, backward[0] if backward else None
    return rows, True, forward[0] if forward else None


def _breaks(rows: Iterable[Row]) -> Iterator[int]:
    """Yield the numbers of rows whose running balance does not follow from the last one before it."""
    known: Decimal | None = None
    for row in rows:
        if known is not None and row.amount is not None:
            known += row.amount
        if row.balance is None:
            continue
        if known is not None and known != row.balance:
            yield row.number
        known = row.balance


def _ends(statement: Statement, ordered: list[Row]) -> tuple[Decimal | None, Decimal | None, str]:
    """Opening and closing: as stated, or for want of that from the running balances."""
    opening = statement.opening.amount if statement.opening else None
    closing = statement.closing.amount if statement.closing else None
    if opening is not None and closing is not None:
        return opening, closing, "stated"
    balances = [(place, row.balance) for place, row in enumerate(ordered) if row.balance is not None]
    # One running balance alone proves nothing: it would be checked against itself.
    if len(balances) > (0 if opening is not None or closing is not None else 1):
        (first, start), (last, end) = balances[0], balances[-1]
        before = sum((row.amount for row in ordered[: first + 1] if row.amount is not None), Decimal(0))
        after = sum((row.amount for row in ordered[last + 1 :] if row.amount is not None), Decimal(0))
        return (
            start - before if opening is None else opening,
            end + after if closing is None else closing,
            "running",
        )
    return opening, closing, ""


def _fault(statement: Statement, difference: Decimal, broken: int | None) -> str:
    """Why the statement does not add up, or "" when it does."""
    if difference:
        where = f"; the running balance first breaks at row {broken}" if broken is not None else ""
        return f"opening and rows miss the closing balance by {difference}{where}"
    if broken is not None:
        return f"the running balance breaks at row {broken}, although the total agrees"
    return _claim(statement)


def _claim(statement: Statement) -> str:
    """Where the statement's own counts and sums are not those of its rows."""
    whole = [row for row in statement.rows if row.part_of is None]
    amounts = [row.amount for row in whole if row.amount is not None]
    incoming = [amount for amount in amounts if amount > 0]
    outgoing = [-amount for amount in amounts if amount < 0]
    said = statement.declared
    pairs: tuple[tuple[str, Decimal | int | None, Decimal | int], ...] = (
        ("entries", said.entries, len(whole)),
        ("credits", said.credits, len(incoming)),
        ("debits", said.debits, len(outgoing)),
        ("in credits", said.credit_sum, sum(incoming, Decimal(0))),
        ("in debits", said.debit_sum, sum(outgoing, Decimal(0))),
    )
    wrong = [f"{claim} {name}, {found} found" for name, claim, found in pairs if claim is not None and claim != found]
    return "the statement itself claims " + "; ".join(wrong) if wrong else ""
