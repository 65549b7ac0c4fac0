"""Look through the ledgers: entries by person, case, exhibit, act, outcome and time, newest first, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from core.ledger.entries import Entry

MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are looked for; what is empty does not narrow, and times are as `core.clock.stamp` writes them."""

    chain: str = ""
    actor: str = ""
    case: str = ""
    subject: str = ""
    act: str = ""
    outcome: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page ended, so that the next begins right after it."""

    at: str
    chain: str
    position: int

    def __str__(self) -> str:
        """Write it for an address."""
        return f"{self.at}~{self.position}~{self.chain}"

    @classmethod
    def read(cls, text: str) -> "Mark | None":
        """Read what an address says; nothing when it says nothing that can be one."""
        parts = text.split("~", 2)
        if len(parts) < 3 or not parts[1].isdecimal():
            return None
        return cls(parts[0], parts[2], int(parts[1]))


def look(
    session: Session, wanted: Filter, *, after: Mark | None = None, size: int = 50
) -> tuple[Sequence[Entry], Mark | None]:
    """One page of the entries that fit, newest first, and the mark of its end if more follow.

    Whoever calls has made sure that the person may look: an auditor at all, others at their own and their cases'.
    """
    query = _narrowed(wanted).order_by(Entry.at.desc(), Entry.chain.desc(), Entry.position.desc())
    if after is not None:
        same = and_(
            Entry.at == after.at,
            or_(Entry.chain < after.chain, and_(Entry.chain == after.chain, Entry.position < after.position)),
        )
        query = query.where(or_(Entry.at < after.at, same))
    found = session.scalars(query.limit(min(size, MOST) + 1)).all()
    page = found[: min(size, MOST)]
    more = len(found) > len(page)
    return page, Mark(page[-1].at, page[-1].chain, page[-1].position) if more else None


def _narrowed(wanted: Filter) -> Select[Entry]:
    query = select(Entry)
    for column, value in (
        (Entry.case, wanted.case),
        (Entry.subject, wanted.subject),
        (Entry.act, wanted.act),
        (Entry.outcome, wanted.outcome),
    ):
        if value:
            query = query.where(column == value)
    if wanted.chain:
        query = query.where(Entry.chain.startswith(wanted.chain, autoescape=True))
    if wanted.actor:
        query = query.where(
            or_(Entry.actor == wanted.actor, Entry.actor.startswith(f"{wanted.actor}:", autoescape=True))
        )
    if wanted.since:
        query = query.where(Entry.at >= wanted.since)
    return query.where(Entry.at < wanted.until) if wanted.until else query
