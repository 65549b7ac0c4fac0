"""When each blob was last looked at and how, and which are due: everything within a set number of days, evenly.

Two levels.  A *scrub* reads the sealed bytes and compares their hash; it needs no key.  A *full* look opens them as
well and compares plaintext hashes, row and ledger.  What is due is scrubbed one time and looked at in full the next.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Index, and_, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.db import Base, Moment

# Everything is meant to be through in this share of the days, so that a pause or an outage leaves room.
_SHARE: Final = 0.8
_LATE: Final = 0.9
_RESTED: Final = 0.1
# What to open one more file costs, in bytes that could be read meanwhile.
_EACH: Final = 16 << 10
# However little is stored, a slice takes at least so much; what is late may take more at once than what is not.
_LEAST: Final = 16 << 20
_CATCHING_UP: Final = 16
_AGAIN: Final = timedelta(hours=1)
_MOST: Final = 500


class Level(StrEnum):
    """How a blob was looked at."""

    SCRUB = "scrub"
    FULL = "full"


class Kind(StrEnum):
    """To what a blob belongs."""

    FILE = "file"
    DOSSIER = "dossier"


class BlobCheck(Base):
    """One blob and when it was last looked at; it is no evidence, and can be made again by looking again."""

    __tablename__ = "blob_checks"
    __table_args__ = (Index(None, "last", "blob"),)

    blob: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[UUID] = mapped_column(index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    # When it was last known to be right: looked at, or written.
    last: Mapped[datetime] = mapped_column(Moment)
    scrubbed: Mapped[datetime | None] = mapped_column(Moment)
    opened: Mapped[datetime | None] = mapped_column(Moment)
    # Since when its bytes do not hold; such a blob is looked at again with the others, and stays a finding.
    damaged: Mapped[datetime | None] = mapped_column(Moment)
    # When the disk last did not give it, and why: that says nothing about the bytes and is tried again.
    troubled: Mapped[datetime | None] = mapped_column(Moment)
    trouble: Mapped[str] = mapped_column(default="")


_WEIGHT: Final = func.sum(BlobCheck.size + _EACH)


@dataclass(frozen=True, slots=True)
class Known:
    """A blob that belongs on the list: to what it belongs, how large it is, since when it is there."""

    blob: str
    kind: Kind
    subject: UUID
    size: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A blob whose turn it is, and how it is to be looked at."""

    blob: str
    kind: Kind
    subject: UUID
    size: int
    level: Level


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of everything was looked at within the days, and what is the longest ago."""

    days: int
    blobs: int
    size: int
    late: int
    oldest: datetime | None
    scrubbed: int
    opened: int
    never: int
    damaged: int
    troubled: int
    trouble: str

    @property
    def whole(self) -> bool:
        """Whether everything was looked at within the days and all of it held."""
        return not (self.late or self.damaged or self.troubled)

    def __str__(self) -> str:
        """Say it as a sentence to a person."""
        if not self.blobs:
            return "nothing is stored yet"
        told = f"{self.blobs - self.late} of {self.blobs} were looked at, or written, within the last {self.days} days"
        if not self.late:
            told = (
                f"everything ({self.blobs} stored things) was looked at, or written, within the last {self.days} days"
            )
        oldest = f"; the longest ago is {clock.stamp(self.oldest)[:16].replace('T', ' ')} UTC" if self.oldest else ""
        damaged = f"; {self.damaged} did not hold" if self.damaged else ""
        troubled = f"; {self.troubled} could not be read and are tried again: {self.trouble}" if self.troubled else ""
        return told + oldest + damaged + troubled


def enrol(session: Session, known: Iterable[Known]) -> int:
    """Put blobs on the list that are not on it yet; gives how many."""
    rows = [
        {"blob": one.blob, "kind": one.kind.value, "subject": one.subject, "size": one.size, "last": one.since,
         "trouble": ""}
        for one in known
    ]  # fmt: skip
    if rows:
        # Two may put the same blob on the list at once.
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(make(BlobCheck).on_conflict_do_nothing(), rows)
    return len(rows)


def due(session: Session, *, days: int, every: timedelta) -> list[Due]:
    """The blobs of the next slice, the longest unseen first; none while enough was read of late.

    A slice comes every *every*.  What is spread evenly is the bytes: no day and no hour takes more than its share,
    except one blob that is larger than that, after which the others wait, and what is late, which does not wait.
    """
    at = clock.now()
    span = timedelta(days=days)
    late = _taken(session, BlobCheck.last <= at - span * _LATE, at, _slice(session, span, every) * _CATCHING_UP)
    if late:
        return [_due(one, at, span) for one in late]
    allowed = _slice(session, span, every)
    for window in (timedelta(hours=1), timedelta(days=1)):
        share = max(_slice(session, span, window), _LEAST)
        done = int(session.scalar(select(_WEIGHT).where(_seen_since(at - window))) or 0)
        allowed = min(allowed, share - done)
    if allowed <= 0:
        return []
    # What was seen a moment ago is not seen again, however little there is.
    ripe = BlobCheck.last <= at - span * _RESTED
    return [_due(one, at, span) for one in _taken(session, ripe, at, allowed)]


def seen(session: Session, blob: str, level: Level) -> None:
    """Write down that a blob held."""
    at = clock.now()
    row = session.get_one(BlobCheck, blob)
    row.last = row.scrubbed = at
    if level is Level.FULL:
        row.opened = at
    row.damaged, row.troubled, row.trouble = None, None, ""
    session.flush()


def broken(session: Session, blob: str) -> None:
    """Write down that a blob did not hold."""
    row = session.get_one(BlobCheck, blob)
    row.last = clock.now()
    row.damaged = row.damaged or row.last
    row.troubled, row.trouble = None, ""
    session.flush()


def troubled(session: Session, blob: str, because: str) -> None:
    """Write down that the disk did not give a blob; its turn stays what it is, and it is tried again in an hour."""
    row = session.get_one(BlobCheck, blob)
    row.troubled, row.trouble = clock.now(), because
    session.flush()


def forget(session: Session, blob: str) -> None:
    """Take a blob off the list that is no longer meant to be there."""
    row = session.get(BlobCheck, blob)
    if row is not None:
        session.delete(row)
        session.flush()


def of(session: Session, blob: str) -> BlobCheck | None:
    """When a blob was last looked at, or nothing when it never was."""
    return session.get(BlobCheck, blob)


def everything(session: Session) -> list[BlobCheck]:
    """All blobs on the list, the longest unseen first."""
    return list(session.scalars(select(BlobCheck).order_by(BlobCheck.last, BlobCheck.blob)))


def coverage(session: Session, *, days: int) -> Coverage:
    """How much was looked at within the days; what is not on the list yet is put on it first by the caller."""
    since = clock.now() - timedelta(days=days)
    counted = (
        BlobCheck.last < since, BlobCheck.scrubbed >= since, BlobCheck.opened >= since, BlobCheck.scrubbed.is_(None),
        BlobCheck.damaged.is_not(None), BlobCheck.troubled.is_not(None),
    )  # fmt: skip
    blobs, size, oldest, trouble = session.execute(
        select(func.count(), func.sum(BlobCheck.size), func.min(BlobCheck.last), func.max(BlobCheck.trouble))
    ).one()
    each = session.execute(select(*(func.count().filter(one) for one in counted)).select_from(BlobCheck)).one()
    late, scrubbed, opened, never, damaged, troubled = (int(one) for one in each)
    return Coverage(
        days, blobs, int(size or 0), late, oldest, scrubbed, opened, never, damaged, troubled, trouble or ""
    )  # fmt: skip


def _slice(session: Session, span: timedelta, window: timedelta) -> int:
    total = int(session.scalar(select(_WEIGHT)) or 0)
    return max(int(total * (window / (span * _SHARE))), 1)


def _seen_since(at: datetime) -> ColumnElement[bool]:
    return or_(BlobCheck.scrubbed > at, and_(BlobCheck.damaged.is_not(None), BlobCheck.last > at))


def _taken(session: Session, ripe: ColumnElement[bool], at: datetime, most: int) -> Sequence[BlobCheck]:
    rested = or_(BlobCheck.troubled.is_(None), BlobCheck.troubled <= at - _AGAIN)
    query = select(BlobCheck).where(ripe, rested).order_by(BlobCheck.last, BlobCheck.blob).limit(_MOST)
    taken, size = [], 0
    for one in session.scalars(query):
        taken.append(one)
        size += one.size + _EACH
        if size >= most:
            break
    return taken


def _due(one: BlobCheck, at: datetime, span: timedelta) -> Due:
    fresh = one.opened is not None and one.opened > at - span
    level = Level.SCRUB if fresh else Level.FULL
    return Due(one.blob, Kind(one.kind), one.subject, one.size, level)
