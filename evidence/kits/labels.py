"""The tables of kits: the kit, its labels, the files that came back and each of their lines."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Moment


class KitState(StrEnum):
    """Where a kit stands."""

    OPEN = "open"
    RETURNED = "returned"
    VOID = "void"


class LabelSort(StrEnum):
    """What a label is for."""

    EXHIBIT = "exhibit"
    WRISTBAND = "wristband"


class LabelState(StrEnum):
    """What became of a label."""

    UNUSED = "unused"
    USED = "used"
    VOID = "void"


class LineState(StrEnum):
    """In which one state each line of a file that came back ends."""

    TAKEN = "taken in"
    AGAIN = "taken in before"
    CONFLICT = "conflict"
    REFUSED = "refused"


class Kit(Base):
    """Numbers that were reserved together for somebody who goes where there is no network."""

    __tablename__ = "kits"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    purpose: Mapped[str]
    issued_to: Mapped[str]
    issued_to_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    made: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[str]
    made_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    due: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str]
    ended: Mapped[datetime | None] = mapped_column(Moment)
    because: Mapped[str] = mapped_column(default="")
    seal_series_id: Mapped[UUID | None] = mapped_column(ForeignKey("seal_series.id"))
    seal_first: Mapped[int] = mapped_column(default=0)
    seal_count: Mapped[int] = mapped_column(default=0)


class KitLabel(Base):
    """One number of a kit; it is printed, stuck on a thing, and never changed."""

    __tablename__ = "kit_labels"
    __table_args__ = (UniqueConstraint("kit_id", "sort", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kit_id: Mapped[UUID] = mapped_column(ForeignKey("kits.id"), index=True)
    sort: Mapped[str]
    ordinal: Mapped[int]
    number: Mapped[str] = mapped_column(unique=True)
    # The number without its dash, as it stands in the QR code.
    code: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    exhibit_id: Mapped[UUID | None] = mapped_column(ForeignKey("exhibits.id"), index=True)


class KitReturn(Base):
    """One file of entries that came back from a kit; the same bytes come in once."""

    __tablename__ = "kit_returns"
    __table_args__ = (UniqueConstraint("kit_id", "sha256"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kit_id: Mapped[UUID] = mapped_column(ForeignKey("kits.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    sha256: Mapped[str]
    device: Mapped[str]
    # By how many seconds the device's clock was ahead, as its user compared it with another; nothing when nobody did.
    clock_ahead: Mapped[int | None]
    lines: Mapped[int]
    received: Mapped[datetime] = mapped_column(Moment)
    received_by: Mapped[str]


class KitEntry(Base):
    """One line of such a file: sealed as it came, and in exactly one state."""

    __tablename__ = "kit_entries"
    __table_args__ = (Index(None, "kit_id", "uid"), UniqueConstraint("return_id", "line"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    return_id: Mapped[UUID] = mapped_column(ForeignKey("kit_returns.id"), index=True)
    kit_id: Mapped[UUID] = mapped_column(ForeignKey("kits.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    line: Mapped[int]
    uid: Mapped[str]
    kind: Mapped[str]
    label: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    code: Mapped[str] = mapped_column(default="")
    because: Mapped[str] = mapped_column(default="")
    exhibit_id: Mapped[UUID | None] = mapped_column(ForeignKey("exhibits.id"), index=True)
    sha256: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    resolved: Mapped[datetime | None] = mapped_column(Moment)
    resolved_by: Mapped[str] = mapped_column(default="")
    resolution: Mapped[str] = mapped_column(default="")
