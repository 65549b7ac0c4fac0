"""The statements of account in a dossier: each row as read beside the row as written, with its place (R-FIN-01)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.files import File
from evidence.keyring import Keyring
from evidence.money import bookings, records
from evidence.money.records import StatementRecord
from evidence.money.showing import Account, Booking
from exports.contents import MoneyRow, MoneySchedule

Numbered = Sequence[tuple[File, str]]


def gather(session: Session, keyring: Keyring, of: Numbered) -> tuple[tuple[MoneySchedule, ...], tuple[str, ...]]:
    """Give a schedule for each confirmed statement in these numbered files, and a sentence for each one left out.

    A statement waits until somebody has confirmed how its columns are to be read; until then its rows are no figures.
    """
    numbers = {file.id: number for file, number in of}
    cases = {file.case_id for file, _number in of}
    present = select(StatementRecord.file_id).where(
        StatementRecord.case_id.in_(cases), StatementRecord.state != records.SUPERSEDED
    )
    held = set(session.scalars(present))
    made: list[MoneySchedule] = []
    left_out: list[str] = []
    for account, rows in bookings.schedules(session, keyring, [file for file, _number in of if file.id in held]):
        if account.state == records.WAITING:
            named = account.account or "an unnamed account"
            left_out.append(
                f"{numbers[account.file_id]}: {account.rows} rows of a statement of {named} are left out, "
                "since nobody has confirmed how its columns are to be read"
            )
        else:
            made.append(_schedule(account, rows, numbers))
    return tuple(made), tuple(left_out)


def _schedule(account: Account, rows: Sequence[Booking], numbers: Mapping[UUID, str]) -> MoneySchedule:
    number = numbers[account.file_id]
    return MoneySchedule(
        account=account.account,
        holder=account.holder,
        file=number,
        opening=_amount(account.opening),
        closing=_amount(account.closing),
        computed=_amount(account.computed),
        currency=account.currency,
        result=account.result,
        difference=_amount(account.difference),
        rows=tuple(_row(row, number) for row in rows),
    )


def _row(row: Booking, number: str) -> MoneyRow:
    return MoneyRow(
        number=row.number,
        booked=_day(row.booked),
        value_date=_day(row.value_date),
        amount=_amount(row.amount),
        currency=row.currency,
        direction=row.direction,
        counterparty=" ".join(part for part in (row.counterparty, row.counterparty_account) if part),
        purpose_text=row.purpose,
        as_written=row.verbatim or "; ".join(f"{name}: {value}" for name, value in row.as_written.items()),
        pinpoint=row.pinpoint.words(),
        file=number,
        status="; ".join(_status(row)),
    )


def _status(row: Booking) -> Iterator[str]:
    yield row.status
    if row.broken:
        yield "from here on the running balance does not follow"
    if row.reversal:
        yield "reversal"
    if row.part_of is not None:
        yield f"part of row {row.part_of}, not counted by itself"
    elif not row.counts:
        yield "not counted"
    yield from row.remarks


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else format(amount, "f")


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
