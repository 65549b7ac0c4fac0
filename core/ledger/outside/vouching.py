"""The last word of each who vouches for the log from outside, and of the log itself: well, away, or a contradiction."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.db import Base, Moment

LOG, WITNESS, AUTHORITY = "log", "witness", "authority"
WELL, AWAY, REFUSED, FORK = "well", "away", "refused", "fork"
ITSELF: Final = "the log itself"


class Word(Base):
    """What one of them said last, since when it has been so, and the largest tree that it ever vouched for."""

    __tablename__ = "outside_words"

    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    because: Mapped[str] = mapped_column(default="")
    since: Mapped[datetime] = mapped_column(Moment)
    at: Mapped[datetime] = mapped_column(Moment)


def say(session: Session, kind: str, name: str, state: str, because: str = "", size: int | None = None) -> bool:
    """Write down the last word of somebody; says whether it is another one than before."""
    row, now = _held(session, kind, name), clock.now()
    if row is None:
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        told = {"kind": kind, "name": name, "state": state, "because": because, "size": size or 0}
        first = make(Word).values(**told, since=now, at=now).on_conflict_do_nothing().returning(Word.kind)
        if session.execute(first).first() is not None:
            return True
        row = _held(session, kind, name)
    if row is None:
        message = f"the last word of {kind} {name} was taken away while it was written"
        raise LookupError(message)
    changed = row.state != state
    if changed:
        row.since = now
    row.state, row.because, row.at = state, because, now
    row.size = max(row.size, size or 0)
    session.flush()
    return changed


def _held(session: Session, kind: str, name: str) -> Word | None:
    return session.get(Word, (kind, name), with_for_update=True, populate_existing=True)


def words(session: Session, kind: str | None = None) -> list[Word]:
    """The last words, by kind and name."""
    query = select(Word) if kind is None else select(Word).where(Word.kind == kind)
    return list(session.scalars(query.order_by(Word.kind, Word.name)))


def weaknesses(session: Session) -> Iterator[str]:
    """Who does not vouch for the log now, and why, each as a sentence."""
    for one in words(session):
        if one.state != WELL:
            yield f"{one.kind} {one.name}: {one.because} (since {clock.stamp(one.since)[:16].replace('T', ' ')} UTC)"
