"""The rows of digital objects: what they are, in which state, and what was stated about their hashes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Moment
from core.errors import Conflict
from evidence.names import AsGiven, committed, new_salt, shown
from evidence.vault import BlobContext, Receipt

COMPUTED_BY: Final = "this system, from the bytes as they came in"
UNKNOWN_TYPE: Final = "application/octet-stream"


class State(StrEnum):
    """Whether the bytes are what they should be."""

    STORED = "stored"
    QUARANTINED = "quarantined"
    FROZEN = "frozen"
    EXPUNGED = "expunged"


class Reading(StrEnum):
    """How far the content of a file has been read."""

    WAITING = "waiting"
    READ = "read"
    EMPTY = "empty"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_ALLOWED = "not_allowed"


class Target(StrEnum):
    """What a digest is a digest of; several are right at once (domain.md 2.2)."""

    SOURCE_DATA = "source_data"
    CONTAINER_FILE = "container_file"
    LOGICAL_FILE = "logical_file"
    TRANSFER = "transfer"
    WORKING_COPY = "working_copy"
    RENDITION = "rendition"


class Frozen(Conflict):
    """The stored bytes of this file did not hold when they were last read, so it is not opened."""


class Expunged(Conflict):
    """This file was destroyed by order; only its number, the order and the day are left."""


class File(Base):
    """One digital object of an exhibit, or one derived from another; its bytes never change."""

    __tablename__ = "files"
    __table_args__ = (Index(None, "case_id", "received"), Index(None, "exhibit_id", "received"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("files.id"), index=True)
    # Any name, with its folders as a label; it never becomes a path on a disk of ours.
    name: Mapped[str] = mapped_column(AsGiven)
    # With this the ledger speaks of the name without saying it; it goes when the name has to.
    name_salt: Mapped[bytes] = mapped_column(default=new_salt)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(index=True)
    sha512: Mapped[str]
    # Of the sealed bytes as they lie on disk (ENC-10), so that they can be looked over without any key; empty in rows
    # from before it was computed, until the first full check fills it in.
    sealed_sha256: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str] = mapped_column(default=UNKNOWN_TYPE)
    blob: Mapped[str] = mapped_column(unique=True)
    wrapped_key: Mapped[bytes]
    key_version: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    method: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sensitivity: Mapped[int]
    # Kept for a court alone: no search, no list, no analysis (decision 0057).
    restricted: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default=State.STORED.value)
    state_because: Mapped[str] = mapped_column(default="")
    reading: Mapped[str] = mapped_column(default=Reading.WAITING.value)
    reading_because: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    dated: Mapped[datetime | None] = mapped_column(Moment)
    sealed_facts: Mapped[bytes | None]
    received: Mapped[datetime] = mapped_column(Moment)
    received_by: Mapped[str]
    # Where in the exhibit's custody chain its arrival stands; 0 for what was derived here.
    position: Mapped[int] = mapped_column(default=0)

    @property
    def shown_name(self) -> str:
        """The name as it can be shown without harm."""
        return shown(self.name)

    @property
    def commitment(self) -> str:
        """What the ledger says instead of the name."""
        return committed(self.shown_name, self.name_salt)

    @property
    def context(self) -> BlobContext:
        """To what the sealed bytes are bound."""
        return BlobContext(self.case_id, self.exhibit_id, self.id, self.version)


class Digest(Base):
    """One hash value, of which it is said what it is a hash of and who says so (R-INT-01)."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("file_id", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id"), index=True)
    ordinal: Mapped[int]
    algorithm: Mapped[str]
    value: Mapped[str] = mapped_column(index=True)
    target: Mapped[str]
    stated_by: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)
    # Whether it is what was computed here; nothing when that cannot be compared.
    agrees: Mapped[bool | None]
    # Why it may rightly be another value, in the words of whoever stated it.
    because: Mapped[str] = mapped_column(default="")


@dataclass(frozen=True, slots=True)
class Stated:
    """A hash value that somebody states; `stated_by` names the person, program or paper."""

    algorithm: str
    value: str
    target: Target = Target.TRANSFER
    stated_by: str = "the sender"


@dataclass(frozen=True, slots=True)
class Derived:
    """Something made from a file: its name, its sealed bytes, and the method (name, tool, version, parameters)."""

    name: str
    receipt: Receipt
    method: dict[str, Any]
    target: Target = Target.LOGICAL_FILE
