"""Statements and transactions as rows, each citing its file and place: as read in the clear, as written under seal.

A reading is never changed: a new one supersedes the old, which stays (R-FIN-01).  In the clear stand what must be
sorted, filtered and summed: accounts, days, amounts, currencies, and marks; names, purposes and the words as written
are sealed by the case's key.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import BigInteger, Date, Dialect, ForeignKey, Index, String, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from core import cipher, clock
from core.accounts import Actor
from core.db import Base, Moment
from core.ledger import entries as ledger
from evidence.files import File
from evidence.money.statements import Result, Row, Statement, Statements, gaps, reconcile
from evidence.names import AsGiven

WAITING, CONFIRMED, SUPERSEDED = "waiting", "confirmed", "superseded"
_BATCH: Final = 1_000
_SCALE: Final = 10_000
_MOST: Final = 9 * 10**18


class Exact(TypeDecorator[Decimal]):
    """A column of exact decimals, kept as text so that no database rounds them."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the interface
        """Write the decimal as its digits."""
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 - the interface
        """Read the digits back."""
        return None if value is None else Decimal(value)


class StatementRecord(Base):
    """One statement of one account as one reading of its file gave it."""

    __tablename__ = "statements"
    __table_args__ = (Index(None, "case_id", "state"), Index(None, "file_id", "state"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id"))
    number: Mapped[int]
    format: Mapped[str]
    # The digest of the whole reading: the same file read in the same way gives the same, and is not taken twice.
    reading: Mapped[str]
    account: Mapped[str] = mapped_column(AsGiven)
    currency: Mapped[str] = mapped_column(AsGiven)
    opening: Mapped[Decimal | None] = mapped_column(Exact)
    closing: Mapped[Decimal | None] = mapped_column(Exact)
    computed: Mapped[Decimal | None] = mapped_column(Exact)
    difference: Mapped[Decimal | None] = mapped_column(Exact)
    result: Mapped[str]
    because: Mapped[str] = mapped_column(AsGiven)
    broken: Mapped[int | None]
    rows: Mapped[int]
    pinpoint: Mapped[str] = mapped_column(AsGiven)
    state: Mapped[str]
    taken: Mapped[datetime] = mapped_column(Moment)
    taken_by: Mapped[str]
    confirmed: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by: Mapped[str] = mapped_column(default="")
    sealed: Mapped[bytes]


class TransactionRecord(Base):
    """One row of a statement: its figures in the clear, its words under seal, its place in the file."""

    __tablename__ = "transactions"
    __table_args__ = (
        Index(None, "statement_id", "number"),
        Index(None, "case_id", "day"),
        Index(None, "case_id", "counterparty_account"),
        Index(None, "case_id", "counterparty_mark"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    statement_id: Mapped[UUID] = mapped_column(ForeignKey("statements.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id"), index=True)
    number: Mapped[int]
    booked: Mapped[date | None] = mapped_column(Date)
    value_date: Mapped[date | None] = mapped_column(Date)
    day: Mapped[date | None] = mapped_column(Date)
    amount: Mapped[Decimal | None] = mapped_column(Exact)
    # Ten-thousandths, to sort and filter by; sums are made from the exact amount.
    amount_order: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(AsGiven)
    direction: Mapped[str]
    status: Mapped[str]
    counts: Mapped[bool]
    reversal: Mapped[bool]
    part_of: Mapped[int | None]
    balance: Mapped[Decimal | None] = mapped_column(Exact)
    counterparty_account: Mapped[str] = mapped_column(AsGiven)
    # A keyed mark of the folded name, the same for the same name within a case and meaningless outside it.
    counterparty_mark: Mapped[str]
    pinpoint: Mapped[str] = mapped_column(AsGiven)
    sealed: Mapped[bytes]


def take(session: Session, actor: Actor, file: File, found: Statements, *, key: bytes) -> list[StatementRecord]:
    """Keep a reading of a file in place of any earlier one, which stays as superseded, and enter that in the case.

    Needs the case's key as `evidence.text.key_of` gives it; the caller has fetched the file or is the worker.  A table
    waits for a person's confirmation unless *found* says that its layout was confirmed.  May run twice: the same
    reading is taken once.
    """
    digest = hashlib.sha256(found.to_json().encode()).hexdigest()
    current = of_file(session, file.id)
    if current and all(one.reading == digest for one in current):
        return current
    supersede(session, file.id)
    missing: dict[int, list[str]] = {}
    for gap in gaps(found.statements):
        missing.setdefault(gap.number, []).append(gap.because)
    state = CONFIRMED if found.confirmed else WAITING
    kept = [
        _keep(session, actor, file, found, one, digest, key=key, state=state, missing=missing.get(one.number, ()))
        for one in found.statements
    ]
    if not kept and not current:
        return []
    told: dict[str, Any] = {
        "file": str(file.id),
        "format": found.format,
        "reading": digest,
        "statements": len(kept),
        "rows": sum(one.rows for one in kept),
        "results": [one.result for one in kept][:_BATCH],
        "supersedes": sorted({one.reading for one in current}),
    }
    ledger.append(session, f"case/{file.case_id}", actor, "statement read", case=file.case_id, subject=file.id, **told)
    return kept


def of_file(session: Session, file_id: UUID) -> list[StatementRecord]:
    """The statements of the present reading of a file, in order; the caller has fetched the file."""
    query = select(StatementRecord).where(StatementRecord.file_id == file_id, StatementRecord.state != SUPERSEDED)
    return list(session.scalars(query.order_by(StatementRecord.number)))


def supersede(session: Session, file_id: UUID) -> None:
    """Put the present reading of a file aside; its rows stay."""
    present = (StatementRecord.file_id == file_id, StatementRecord.state != SUPERSEDED)
    session.execute(update(StatementRecord).where(*present).values(state=SUPERSEDED))


def words(key: bytes, record: StatementRecord | TransactionRecord) -> dict[str, Any]:
    """What is sealed in a record: names, purposes, words as written; raises SealBroken when it was changed or moved."""
    file_id = record.file_id
    return dict(json.loads(cipher.unseal_note(_own(key, file_id), record.sealed, context=_context(record.id))))


def mark(key: bytes, name: str) -> str:
    """The keyed mark of a name within a case, so that rows of one counterparty are found without their names."""
    folded = " ".join(name.casefold().split())
    return (
        hashlib.blake2b(folded.encode(), key=cipher.derive(key, "counterparty")[:32], digest_size=16).hexdigest()
        if folded
        else ""
    )


def _keep(
    session: Session,
    actor: Actor,
    file: File,
    found: Statements,
    statement: Statement,
    digest: str,
    *,
    key: bytes,
    state: str,
    missing: Sequence[str],
) -> StatementRecord:
    checked = reconcile(statement)
    record = StatementRecord(
        id=uuid5(file.id, f"{digest}/{clock.stamp(clock.now())}/{statement.number}"),
        case_id=file.case_id,
        file_id=file.id,
        number=statement.number,
        format=found.format,
        reading=digest,
        account=statement.account,
        currency=statement.currency,
        opening=checked.opening,
        closing=checked.closing,
        computed=checked.computed,
        difference=checked.difference,
        result=checked.result.value,
        because=checked.because,
        broken=checked.broken,
        rows=len(statement.rows),
        pinpoint=statement.pinpoint.to_json(),
        state=state,
        taken=clock.now(),
        taken_by=actor.signature,
        confirmed_by="",
    )
    own = _own(key, file.id)
    record.sealed = _sealed(own, record.id, _statement_words(found, statement, checked, missing))
    session.add(record)
    session.flush()
    rows = _rows(record, statement.rows, own, key)
    while batch := list(islice(rows, _BATCH)):
        session.execute(insert(TransactionRecord), batch)
    return record


def _statement_words(
    found: Statements, statement: Statement, checked: Result, missing: Sequence[str]
) -> dict[str, Any]:
    sides = {name: side for name, side in (("opening", statement.opening), ("closing", statement.closing)) if side}
    return {
        "holder": statement.holder,
        "sequence": statement.sequence,
        "reference": statement.reference,
        "basis": checked.basis,
        "remarks": [
            *found.remarks,
            *statement.remarks,
            *missing,
        ],
        "others": list(statement.others),
        "written": {name: side.as_written for name, side in sides.items()},
        "places": {name: side.pinpoint.to_json() for name, side in sides.items()},
        "days": {name: side.day.isoformat() if side.day else "" for name, side in sides.items()},
    }


def _rows(record: StatementRecord, rows: Iterable[Row], own: bytes, key: bytes) -> Iterator[dict[str, Any]]:
    for row in rows:
        row_id = uuid5(record.id, str(row.number))
        yield {
            "id": row_id,
            "statement_id": record.id,
            "case_id": record.case_id,
            "file_id": record.file_id,
            "number": row.number,
            "booked": row.booked,
            "value_date": row.value_date,
            "day": row.day,
            "amount": row.amount,
            "amount_order": order(row.amount),
            "currency": row.currency,
            "direction": row.direction.value,
            "status": row.status.value,
            "counts": row.counts,
            "reversal": row.reversal,
            "part_of": row.part_of,
            "balance": row.balance,
            "counterparty_account": "".join(row.counterparty_account.split()),
            "counterparty_mark": mark(key, row.counterparty),
            "pinpoint": row.pinpoint.to_json(),
            "sealed": _sealed(own, row_id, _row_words(row)),
        }


def order(amount: Decimal | None) -> int | None:
    """An amount in ten-thousandths to sort and filter by, held within what a database's whole numbers carry."""
    return None if amount is None else max(-_MOST, min(_MOST, int(amount * _SCALE)))


def _row_words(row: Row) -> dict[str, Any]:
    return {
        "counterparty": row.counterparty,
        "counterparty_account": row.counterparty_account,
        "purpose": row.purpose,
        "references": list(row.references),
        "as_written": dict(row.as_written),
        "verbatim": row.verbatim,
        "remarks": list(row.remarks),
    }


def _sealed(own: bytes, record_id: UUID, told: Mapping[str, Any]) -> bytes:
    return cipher.seal_note(own, json.dumps(told, ensure_ascii=True).encode(), context=_context(record_id))


def _own(key: bytes, file_id: UUID) -> bytes:
    return cipher.derive(key, f"money/{file_id}")


def _context(record_id: UUID) -> bytes:
    return f"probanda/money/v1/{record_id}".encode()
