"""The statements of account in a dossier: each row as read beside the row as written, with its place (R-FIN-01)."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence import text
from evidence.files import File
from evidence.keyring import Keyring
from evidence.money import records
from evidence.money.records import StatementRecord, TransactionRecord
from evidence.pinpoints import Pinpoint
from exports.contents import MoneyRow, MoneySchedule

Numbered = Sequence[tuple[File, str]]


def gather(session: Session, keyring: Keyring, of: Numbered) -> tuple[MoneySchedule, ...]:
    """Give a schedule for each confirmed statement in these files, given with their numbers, in their order."""
    return tuple(
        _schedule(session, text.key_of(session, keyring, file), number, record)
        for file, number in of
        for record in records.of_file(session, file.id)
        if record.state == records.CONFIRMED
    )


def waiting(session: Session, of: Numbered) -> Iterator[str]:
    """Yield a sentence for each statement that is left out because nobody has confirmed how it was read."""
    for file, number in of:
        for record in records.of_file(session, file.id):
            if record.state == records.WAITING:
                yield (
                    f"{number}: {record.rows} rows of a statement of {record.account or 'an unnamed account'} are left "
                    "out of the schedules, since nobody has confirmed how its columns are to be read"
                )


def _schedule(session: Session, key: bytes, number: str, record: StatementRecord) -> MoneySchedule:
    query = select(TransactionRecord).where(TransactionRecord.statement_id == record.id)
    rows = session.scalars(query.order_by(TransactionRecord.number))
    return MoneySchedule(
        account=record.account,
        holder=str(records.words(key, record)["holder"]),
        file=number,
        opening=_amount(record.opening),
        closing=_amount(record.closing),
        computed=_amount(record.computed),
        currency=record.currency,
        result=record.result,
        difference=_amount(record.difference),
        rows=tuple(_row(row, records.words(key, row), number) for row in rows),
    )


def _row(row: TransactionRecord, words: dict[str, Any], number: str) -> MoneyRow:
    return MoneyRow(
        number=row.number,
        booked=_day(row.booked),
        value_date=_day(row.value_date),
        amount=_amount(row.amount),
        currency=row.currency,
        direction=row.direction,
        counterparty=" ".join(part for part in (words["counterparty"], words["counterparty_account"]) if part),
        purpose_text=words["purpose"],
        as_written=words["verbatim"] or "; ".join(f"{name}: {value}" for name, value in words["as_written"].items()),
        pinpoint=Pinpoint.from_json(row.pinpoint).words(),
        file=number,
        status="; ".join(_status(row, words)),
    )


def _status(row: TransactionRecord, words: dict[str, Any]) -> Iterator[str]:
    yield row.status
    if row.reversal:
        yield "reversal"
    if row.part_of is not None:
        yield f"part of row {row.part_of}, not counted by itself"
    elif not row.counts:
        yield "not counted"
    yield from words["remarks"]


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else format(amount, "f")


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
