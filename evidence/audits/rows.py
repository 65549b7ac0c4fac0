"""The tables of shelf audits: the draw, each thing drawn and what was found of it, and the findings."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Moment


class AuditState(StrEnum):
    """Where an audit stands."""

    OPEN = "open"
    CLOSED = "closed"


class Result(StrEnum):
    """What was found of a thing on the shelf."""

    UNCHECKED = "unchecked"
    PRESENT = "present"
    DISCREPANCY = "discrepancy"
    MISSING = "missing"


class FindingKind(StrEnum):
    """What does not fit between the record and the shelf."""

    MISSING = "missing"
    ELSEWHERE = "at another place"
    SEAL = "another seal"
    NO_RECORD = "found without record"
    NO_LABEL = "found without label"
    OTHER = "other"


class FindingState(StrEnum):
    """How far a finding has come."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class ShelfAudit(Base):
    """One audit: its seed, among what it was drawn, and how many of each sample."""

    __tablename__ = "shelf_audits"
    __table_args__ = (UniqueConstraint("year", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    year: Mapped[int]
    ordinal: Mapped[int]
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"))
    scope: Mapped[str]
    seed: Mapped[str]
    random_size: Mapped[int]
    risk_size: Mapped[int]
    # Every thing among which it was drawn, with its weight: one line each, sorted.
    population: Mapped[str] = mapped_column(Text)
    population_size: Mapped[int]
    population_sha256: Mapped[str]
    drawn: Mapped[datetime] = mapped_column(Moment)
    auditor: Mapped[str]
    auditor_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str]
    closed: Mapped[datetime | None] = mapped_column(Moment)
    summary: Mapped[str] = mapped_column(default="")

    @property
    def number(self) -> str:
        """How it is called."""
        return f"A-{self.year}-{self.ordinal:03d}"


class AuditItem(Base):
    """One thing that was drawn: what the record said then, and what was found."""

    __tablename__ = "audit_items"
    __table_args__ = (UniqueConstraint("audit_id", "exhibit_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    audit_id: Mapped[UUID] = mapped_column(ForeignKey("shelf_audits.id"), index=True)
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"), index=True)
    ordinal: Mapped[int]
    sample: Mapped[str]
    risks: Mapped[list[str]] = mapped_column(JSON)
    reference: Mapped[str]
    place: Mapped[str]
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"))
    seal: Mapped[str]
    custody: Mapped[str]
    custodian: Mapped[str]
    result: Mapped[str]
    found_place: Mapped[str] = mapped_column(default="")
    found_seal: Mapped[str] = mapped_column(default="")
    checked: Mapped[datetime | None] = mapped_column(Moment)
    checked_by: Mapped[str] = mapped_column(default="")


class Finding(Base):
    """Something that does not fit: it has a deadline and somebody who must answer; only an auditor closes it."""

    __tablename__ = "audit_findings"
    __table_args__ = (
        UniqueConstraint("audit_id", "ordinal"),
        Index(None, "state", "deadline"),
        Index(None, "kind", "exhibit_id"),
        Index(None, "kind", "place_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    audit_id: Mapped[UUID] = mapped_column(ForeignKey("shelf_audits.id"))
    ordinal: Mapped[int]
    kind: Mapped[str]
    exhibit_id: Mapped[UUID | None] = mapped_column(ForeignKey("exhibits.id"))
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"))
    words: Mapped[str]
    made: Mapped[datetime] = mapped_column(Moment)
    deadline: Mapped[datetime] = mapped_column(Moment)
    assigned: Mapped[str]
    assigned_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    state: Mapped[str]
    answer: Mapped[str] = mapped_column(default="")
    answered: Mapped[datetime | None] = mapped_column(Moment)
    answered_by: Mapped[str] = mapped_column(default="")
    decision: Mapped[str] = mapped_column(default="")
    closed: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[str] = mapped_column(default="")
    repeats: Mapped[UUID | None] = mapped_column(ForeignKey("audit_findings.id"))
    # How often the same was found before; more than nothing makes it a matter of supervisors.
    times: Mapped[int] = mapped_column(default=0)
