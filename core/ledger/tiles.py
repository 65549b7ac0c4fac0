"""How the tree is kept: which entry stands where, and its hashes in tiles of 256, so that any proof reads a few rows.

Rows are only ever added.  A run says that consecutive entries of one chain stand at consecutive places of the tree,
with their leaf hashes.  A tile of level 0 holds 256 leaf hashes, one of level 1 the roots of 256 tiles of level 0, and
so on (as in tlog-tiles); it is written once, when it is full.  What is not full yet is read from the level below.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import BigInteger, LargeBinary, Table, UniqueConstraint, bindparam, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base
from core.errors import Tampered
from core.ledger import guards, merkle
from core.ledger.merkle import HASH

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT


class TreeWrong(Tampered):
    """The stored tree lacks rows that it must have; `ledger verify` names the first."""


class Run(Base):
    """Consecutive entries of one chain at consecutive places of the tree, with the hashes of their leaves."""

    __tablename__ = "tree_runs"
    __table_args__ = (UniqueConstraint("chain", "position"), {"sqlite_with_rowid": False})

    # No foreign key to the entries: checking one would take a lock on rows that belong to the writers.
    first: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chain: Mapped[str]
    position: Mapped[int]
    length: Mapped[int]
    hashes: Mapped[bytes] = mapped_column(LargeBinary)


class Tile(Base):
    """A full tile: 256 hashes of its level, and the root over them, which is one hash of the level above."""

    __tablename__ = "tree_tiles"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)


class End(Base):
    """How far a chain is in the tree: a bookmark that only the sequencer moves; it proves nothing and is checked."""

    __tablename__ = "tree_ends"

    chain: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]


for _kept in (Run, Tile):
    guards.keep(cast("Table", _kept.__table__), "rows of the tree are only ever added")


class Stretch(NamedTuple):
    """Entries of a chain from one position to another, both included."""

    chain: str
    low: int
    high: int


class Text(NamedTuple):
    """The exact text of an entry, and when it was recorded."""

    chain: str
    position: int
    body: str
    at: str


# A list of stretches is one parameter, so the text stays the same and each stretch is looked up by its key.
_BODIES: Final = {
    "sqlite": text(
        "SELECT e.chain, e.position, e.body, e.at FROM json_each(:wanted) AS w CROSS JOIN ledger_entries AS e "
        "ON e.chain = json_extract(w.value, '$[0]') AND e.position "
        "BETWEEN json_extract(w.value, '$[1]') AND json_extract(w.value, '$[2]')"
    ),
    "postgresql": text(
        "SELECT e.chain, e.position, e.body, e.at FROM unnest(CAST(:chains AS varchar[]), CAST(:lows AS integer[]), "
        "CAST(:highs AS integer[])) AS w(chain, low, high) JOIN ledger_entries AS e "
        "ON e.chain = w.chain AND e.position BETWEEN w.low AND w.high"
    ),
}


def bodies(session: Session, wanted: Sequence[Stretch]) -> Iterator[Text]:
    """Yield chain, position, exact text and time of the entries of these stretches, in no order."""
    dialect = session.get_bind().dialect.name
    if dialect == "sqlite":
        values: dict[str, Any] = {"wanted": json.dumps(wanted)}
    else:
        values = dict(zip(("chains", "lows", "highs"), map(list, zip(*wanted, strict=True)), strict=True))
    yield from map(Text._make, session.execute(_BODIES[dialect], values))


# Made once and asked of the tables themselves: a proof is a handful of questions, and building and mapping each anew
# would take longer than answering it.
_RUNS: Final = cast("Table", Run.__table__).c
_TILES: Final = cast("Table", Tile.__table__).c
_SIZE: Final = select(_RUNS.first + _RUNS.length).order_by(_RUNS.first.desc()).limit(1)
_FULL: Final = select(_TILES.hashes).where(_TILES.level == bindparam("level"), _TILES.number == bindparam("number"))
_BELOW: Final = (
    select(_TILES.root)
    .where(_TILES.level == bindparam("level"), _TILES.number.between(bindparam("low"), bindparam("high")))
    .order_by(_TILES.number)
)
_LEAVES: Final = (
    select(_RUNS.first, _RUNS.hashes)
    .where(_RUNS.first.between(bindparam("low"), bindparam("high")))
    .order_by(_RUNS.first)
)
_PLACE: Final = (
    select(_RUNS.first, _RUNS.position, _RUNS.length)
    .where(_RUNS.chain == bindparam("of"), _RUNS.position <= bindparam("at"))
    .order_by(_RUNS.position.desc())
    .limit(1)
)


def size(session: Session) -> int:
    """How many entries are in the tree."""
    return session.scalar(_SIZE) or 0


def index_of(session: Session, chain: str, position: int) -> int | None:
    """Where an entry stands in the tree; nothing while it waits to be taken in."""
    found = session.execute(_PLACE, {"of": chain, "at": position}).first()
    if found is None or position >= found.position + found.length:
        return None
    return int(found.first + position - found.position)


class Stored:
    """The hashes of the stored tree, each row read once at most; made anew for each question."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[int, int], bytes] = {}
        self.size = size(session)

    def span(self, first: int, end: int) -> bytes:
        """The hash of the tree over these leaves."""
        if first == end:
            return merkle.EMPTY
        count = end - first
        if not count & (count - 1) and not first % count:
            return self._whole(count.bit_length() - 1, first)
        middle = first + merkle.split(count)
        return merkle.node(self.span(first, middle), self.span(middle, end))

    def row(self, level: int, number: int) -> bytes:
        """The hashes that a tile holds so far, one after the other."""
        found = self._known.get((level, number))
        if found is None:
            full = (number + 1) << HEIGHT * (level + 1) <= self.size
            found = self._full(level, number) if full else self._begun(level, number)
            self._known[level, number] = found
        return found

    def _whole(self, height: int, first: int) -> bytes:
        level, rest = divmod(height, HEIGHT)
        number, offset = divmod(first >> HEIGHT * level, WIDTH)
        part = self.row(level, number)[offset * HASH : (offset + (1 << rest)) * HASH]
        if len(part) != HASH << rest:
            raise TreeWrong(f"the stored tree lacks hashes of level {level} in tile {number}; run `ledger verify`")
        return merkle.root(cut(part))

    def _full(self, level: int, number: int) -> bytes:
        return self._session.scalar(_FULL, {"level": level, "number": number}) or b""

    def _begun(self, level: int, number: int) -> bytes:
        start = number * WIDTH
        if level:
            asked = {"level": level - 1, "low": start, "high": start + WIDTH - 1}
            return b"".join(self._session.scalars(_BELOW, asked))
        # A run has at most as many leaves as a tile, so none that begins earlier reaches into this one.
        runs = self._session.execute(_LEAVES, {"low": start - WIDTH + 1, "high": start + WIDTH - 1})
        return b"".join(hashes[max(start - first, 0) * HASH :] for first, hashes in runs)[: WIDTH * HASH]


def cut(hashes: bytes) -> list[bytes]:
    """Hashes that stand one after the other, each by itself."""
    return [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]
