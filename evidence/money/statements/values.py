"""What a statement of account says: rows, balances and statements as frozen values with their places in the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import TypeAdapter, ValidationError

from core.errors import Invalid
from evidence.money.statements.sheets.layout import Layout
from evidence.pinpoints import Pinpoint


class NotAStatement(Invalid):
    """The file is no statement of account that can be read here; it stays as it is."""


class BrokenStatement(Invalid):
    """The file claims to be a statement of account but does not keep to its own form."""


class BadReading(Invalid):
    """What came back from reading a statement does not have the shape of a reading."""


class Direction(StrEnum):
    """Which way the money went, seen from the account."""

    CREDIT = "credit"
    DEBIT = "debit"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """What the statement says became of a row; only completed rows change the balance."""

    COMPLETED = "completed"
    PENDING = "pending"
    FAILED = "failed"
    INFORMATION = "information"
    UNREAD = "unread"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """One transaction as read, with its words as written and its place in the file (R-FIN-01, R-FIN-02).

    *amount* is signed (what leaves the account is below zero) and None when it could not be read without guessing.
    *part_of* is the number of the row that this one is a part of: a part explains a batch and is never counted.
    *as_written* holds the fields verbatim, *verbatim* the whole row; *remarks* say what is doubtful about the reading.
    """

    number: int
    pinpoint: Pinpoint
    amount: Decimal | None
    currency: str
    direction: Direction = Direction.UNKNOWN
    status: Status = Status.COMPLETED
    booked: date | None = None
    value_date: date | None = None
    counterparty: str = ""
    counterparty_account: str = ""
    purpose: str = ""
    references: tuple[str, ...] = ()
    balance: Decimal | None = None
    reversal: bool = False
    part_of: int | None = None
    as_written: Mapping[str, str] = field(default_factory=dict)
    verbatim: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether the row changes the balance: it is no part of another and was not left open or refused."""
        return self.part_of is None and self.status in {Status.COMPLETED, Status.UNREAD}

    @property
    def day(self) -> date | None:
        """The day to sort by: booked where the statement says so, otherwise the value date."""
        return self.booked or self.value_date


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance that the statement states; *amount* is None when it could not be read without guessing."""

    amount: Decimal | None
    currency: str
    day: date | None
    pinpoint: Pinpoint
    as_written: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """How many entries and what sums the statement itself claims to hold; None where it claims nothing."""

    entries: int | None = None
    credits: int | None = None
    credit_sum: Decimal | None = None
    debits: int | None = None
    debit_sum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one account in one currency: balances, rows, and what was remarkable about reading it.

    *sequence* is the number of the statement and its page as written, *others* are lines that were not read as rows.
    """

    number: int
    account: str
    currency: str
    pinpoint: Pinpoint
    holder: str = ""
    sequence: str = ""
    reference: str = ""
    opening: Balance | None = None
    closing: Balance | None = None
    rows: tuple[Row, ...] = ()
    declared: Declared = Declared()
    others: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statements:
    """Everything that one file says: its format, its statements, and the layout where one had to be detected."""

    format: str
    statements: tuple[Statement, ...] = ()
    layout: Layout | None = None
    confirmed: bool = True
    remarks: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Write the reading as JSON; amounts are decimal texts, so nothing passes through binary fractions."""
        return _ADAPTER.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Take back what `to_json` wrote, checking every type; raises BadReading for anything else."""
        try:
            found = _ADAPTER.validate_json(text)
        except ValidationError as fault:
            message = "the reading of this statement came back damaged; the file itself is untouched, read it again"
            raise BadReading(message) from fault
        return cls(found.format, found.statements, found.layout, found.confirmed, found.remarks)


_ADAPTER = TypeAdapter(Statements)
