"""What was searched for: kept so that a search can be run again and compared, its words sealed.

A query names people, so the ledger holds only that somebody searched, when, why, over how much and with which
result; the words are sealed here and shown to who typed them, and to a supervisor who may read every case that
the search ran over.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases import access
from cases.access import Act
from cases.handling import Sensitivity
from core import cipher, clock
from core.accounts import Actor, Role
from core.db import Base, Moment
from core.errors import Missing
from core.ledger import entries as ledger
from evidence.keyring import Keyring

_KEY: Final = "words of searches"


class NoSuchSearch(Missing):
    """There is no such search, or none that this person may look into."""


class Search(Base):
    """One search: who, when, over how much, in which state of the index, with which result; its words sealed."""

    __tablename__ = "searches"
    __table_args__ = (Index(None, "user_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    purpose: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    cases: Mapped[int]
    rights: Mapped[str]
    complete_to: Mapped[datetime] = mapped_column(Moment)
    pending: Mapped[int]
    failed: Mapped[int]
    total: Mapped[int]
    found: Mapped[str]
    hits: Mapped[str]
    shown: Mapped[str]


@dataclass(frozen=True, slots=True)
class Words:
    """What was asked, as typed and chosen, over which cases up to which class."""

    text: str
    rights: Mapping[UUID, Sensitivity]
    case: UUID | None = None
    exhibit: UUID | None = None
    narrowing: Mapping[str, str] | None = None
    cursor: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: how many hits, and digests that come out the same when the same is found again.

    *found* covers the number of hits in every file, always; *hits* every hit in its order, and is empty where they
    are too many to be listed at once; *shown* those on the page.
    """

    total: int
    found: str
    hits: str
    shown: str
    complete_to: datetime
    pending: int
    failed: int


def digest(lines: Iterable[str]) -> str:
    """The SHA-256 of these lines, each ended by a line feed."""
    whole = sha256()
    for line in lines:
        whole.update(f"{line}\n".encode())
    return whole.hexdigest()


def rights_digest(rights: Mapping[UUID, Sensitivity]) -> str:
    """A digest of which cases may be read up to which class."""
    return digest(f"{case} {rights[case].name}" for case in sorted(rights))


def enter(session: Session, actor: Actor, keyring: Keyring, words: Words, outcome: Outcome) -> Search:
    """Keep a search and write in the ledger of its author that it was made."""
    search_id = uuid4()
    sealed = cipher.seal_note(keyring.house_key(_KEY), _packed(words), context=search_id.bytes)
    search = Search(
        id=search_id,
        user_id=actor.id,
        at=clock.now(),
        purpose=actor.purpose,
        sealed=sealed,
        cases=len(words.rights),
        rights=rights_digest(words.rights),
        complete_to=outcome.complete_to,
        pending=outcome.pending,
        failed=outcome.failed,
        total=outcome.total,
        found=outcome.found,
        hits=outcome.hits,
        shown=outcome.shown,
    )
    session.add(search)
    session.flush()
    ledger.append(
        session,
        f"access/user/{actor.id}",
        actor,
        "search",
        case=words.case or "",
        subject=search.id,
        at=search.at,
        # The sealed words, not the words: a short query could be guessed from its own digest.
        words=sha256(sealed).hexdigest(),
        cases=search.cases,
        rights=search.rights,
        index={"complete_to": clock.stamp(search.complete_to), "pending": search.pending, "failed": search.failed},
        total=search.total,
        found=search.found,
        hits=search.hits,
        shown=search.shown,
    )
    return search


def fetch(session: Session, actor: Actor, keyring: Keyring, search_id: UUID) -> tuple[Search, Words]:
    """A search and its words, for who made it and for a supervisor who may read every case it ran over.

    Raises `NoSuchSearch` alike for others and for what never was.
    """
    search = session.get(Search, search_id)
    if search is None or not search.sealed:
        raise _none()
    words = _unpacked(cipher.unseal_note(keyring.house_key(_KEY), search.sealed, context=search.id.bytes))
    if search.user_id != actor.id:
        if not actor.holds(Role.SUPERVISOR):
            raise _none()
        held = access.readable(session, actor, to=Act.SEARCH)
        if any(held.get(case, -1) < level for case, level in words.rights.items()):
            raise _none()
    return search, words


def every(session: Session, keyring: Keyring) -> Iterator[tuple[Search, Words]]:
    """Every search that still has its words, opened; for the ending of data, which has to find those that must go."""
    for search in session.scalars(select(Search).order_by(Search.at, Search.id)):
        if search.sealed:
            key = keyring.house_key(_KEY)
            yield search, _unpacked(cipher.unseal_note(key, search.sealed, context=search.id.bytes))


def empty(session: Session, search_id: UUID) -> None:
    """Destroy the words of a search; that it was made, and its digests, stay."""
    search = session.get(Search, search_id)
    if search is not None:
        search.sealed = b""
        session.flush()


def of_user(session: Session, user_id: UUID, *, limit: int = 50) -> list[Search]:
    """The latest searches of a person, newest first, without their words."""
    query = select(Search).where(Search.user_id == user_id).order_by(Search.at.desc(), Search.id)
    return list(session.scalars(query.limit(limit)))


def _none() -> NoSuchSearch:
    return NoSuchSearch("there is no such search, or none that you may look into")


def _packed(words: Words) -> bytes:
    told: dict[str, Any] = {
        "text": words.text,
        "rights": {str(case): int(words.rights[case]) for case in sorted(words.rights)},
        "case": str(words.case or ""),
        "exhibit": str(words.exhibit or ""),
        "narrowing": dict(words.narrowing or {}),
        "cursor": words.cursor,
        "size": words.size,
    }
    return json.dumps(told, sort_keys=True).encode()


def _unpacked(packed: bytes) -> Words:
    told = json.loads(packed)
    return Words(
        text=told["text"],
        rights={UUID(case): Sensitivity(level) for case, level in told["rights"].items()},
        case=UUID(told["case"]) if told["case"] else None,
        exhibit=UUID(told["exhibit"]) if told["exhibit"] else None,
        narrowing=told["narrowing"],
        cursor=told["cursor"],
        size=told["size"],
    )
