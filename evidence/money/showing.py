"""Statements and transactions as they are shown: unsealed, with protected names hidden, each with its word."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from cases import people
from cases.masks import Masks, named
from evidence import text
from evidence.files import File
from evidence.keyring import Keyring
from evidence.money import records
from evidence.money.records import StatementRecord, TransactionRecord
from evidence.money.statements import Outcome
from evidence.pinpoints import Pinpoint

_WORDS: Final = {
    Outcome.RECONCILED.value: "reconciled",
    Outcome.UNRECONCILED.value: "unreconciled",
    Outcome.NOT_RECONCILABLE.value: "unreconciled (cannot be checked)",
}


@dataclass(frozen=True, slots=True)
class Account:
    """One statement as it is shown: figures, the result of the check, and the words of the bank."""

    id: UUID
    case_id: UUID
    file_id: UUID
    number: int
    format: str
    account: str
    holder: str
    currency: str
    sequence: str
    opening: Decimal | None
    closing: Decimal | None
    computed: Decimal | None
    difference: Decimal | None
    result: str
    because: str
    broken: int | None
    rows: int
    state: str
    pinpoint: Pinpoint
    written: dict[str, str]
    remarks: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def word(self) -> str:
        """The word that goes with every figure of this statement."""
        return word_of(self.result, self.state)


@dataclass(frozen=True, slots=True)
class Booking:
    """One transaction as it is shown: as read, beside the words as written, with its place in the file."""

    id: UUID
    statement_id: UUID
    case_id: UUID
    file_id: UUID
    number: int
    booked: date | None
    value_date: date | None
    day: date | None
    amount: Decimal | None
    currency: str
    direction: str
    status: str
    counts: bool
    reversal: bool
    part_of: int | None
    balance: Decimal | None
    counterparty: str
    counterparty_account: str
    purpose: str
    references: tuple[str, ...]
    as_written: dict[str, str]
    verbatim: str
    remarks: tuple[str, ...]
    pinpoint: Pinpoint
    word: str
    broken: bool


class Lens:
    """Opens the sealed words of one case's records and hides the names of the protected."""

    def __init__(self, session: Session, keyring: Keyring, case_id: UUID) -> None:
        self.session = session
        self.keyring = keyring
        self.masks: Masks = people.masks(session, case_id, key=keyring.reading_key(session, case_id))
        self.keys: dict[UUID, bytes] = {}

    def hide(self, written: str) -> str:
        """A text of the bank with protected names hidden; where the bank's own form cuts a name up, all is withheld."""
        if not self.masks:
            return written
        shown = self.masks.apply(written)
        left = named(self.masks, shown)
        return f"[withheld, because it names {', '.join(sorted(left))}]" if left else shown

    def key(self, file: File) -> bytes:
        """The key under which the records of a file are sealed."""
        if file.id not in self.keys:
            self.keys[file.id] = text.key_of(self.session, self.keyring, file)
        return self.keys[file.id]

    def account(self, record: StatementRecord, file: File) -> Account:
        """One statement as it is shown."""
        told = records.words(self.key(file), record)
        return Account(
            record.id,
            record.case_id,
            record.file_id,
            record.number,
            record.format,
            self.hide(record.account),
            self.hide(str(told["holder"])),
            record.currency,
            str(told["sequence"]),
            record.opening,
            record.closing,
            record.computed,
            record.difference,
            record.result,
            record.because,
            record.broken,
            record.rows,
            record.state,
            Pinpoint.from_json(record.pinpoint),
            {name: self.hide(written) for name, written in told["written"].items()},
            tuple(self.hide(one) for one in told["remarks"]),
            tuple(self.hide(one) for one in told["others"]),
        )

    def booking(self, row: TransactionRecord, record: StatementRecord, file: File) -> Booking:
        """One transaction as it is shown."""
        told = records.words(self.key(file), row)
        return Booking(
            row.id,
            row.statement_id,
            row.case_id,
            row.file_id,
            row.number,
            row.booked,
            row.value_date,
            row.day,
            row.amount,
            row.currency,
            row.direction,
            row.status,
            row.counts,
            row.reversal,
            row.part_of,
            row.balance,
            self.hide(told["counterparty"]),
            self.hide(told["counterparty_account"]),
            self.hide(told["purpose"]),
            tuple(self.hide(one) for one in told["references"]),
            {name: self.hide(cell) for name, cell in told["as_written"].items()},
            self.hide(told["verbatim"]),
            tuple(self.hide(one) for one in told["remarks"]),
            Pinpoint.from_json(row.pinpoint),
            word_of(record.result, record.state),
            record.broken == row.number,
        )


def word_of(result: str, state: str) -> str:
    """The word that must stand beside every figure of a statement."""
    if state == records.WAITING:
        return "unreconciled (layout not confirmed)"
    return _WORDS[result]
