"""How the tree is kept: which entry stands where, and its hashes in tiles of 256, so that any proof reads a few rows.

Rows are only ever added.  A run says that consecutive entries of one chain stand at consecutive places of the tree,
with their leaf hashes.  A tile of level 0 holds 256 leaf hashes, one of level 1 the roots of 256 tiles of level 0, and
so on (as in tlog-tiles); it is written once, when it is full.  What is not full yet is read from the level below.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
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
_SIZE: Final = select(_RUNS.first + _RUNS.length).order_by(_RUNS.first.desc()).limit(1)
_PLACE: Final = (
    select(_RUNS.first, _RUNS.position, _RUNS.length)
    .where(_RUNS.chain == bindparam("of"), _RUNS.position <= bindparam("at"))
    .order_by(_RUNS.position.desc())
    .limit(1)
)


# Level and number of a tile.
_Place = tuple[int, int]
# By these keys come the runs at the edge and the size of the tree; the others are places in the list of what is wanted.
_LEAVES: Final = -1
_END: Final = -2
_NOWHERE: Final = (0, -1)
# Everything that a proof needs is one question: full tiles with their hashes, of what was begun the roots of the tiles
# below, the runs at the right edge, and at last how large the tree is.
_ROWS: Final = {
    "sqlite": text(
        "SELECT w.key, t.number, CASE WHEN json_extract(w.value, '$[1]') = json_extract(w.value, '$[2]') "
        "THEN t.hashes ELSE t.root END FROM json_each(:wanted) AS w CROSS JOIN tree_tiles AS t "
        "ON t.level = json_extract(w.value, '$[0]') AND t.number "
        "BETWEEN json_extract(w.value, '$[1]') AND json_extract(w.value, '$[2]') "
        "UNION ALL SELECT -1, first, hashes FROM tree_runs WHERE first BETWEEN "
        "(SELECT MAX(first) FROM tree_runs WHERE first <= :low) AND :high "
        "UNION ALL SELECT -2, COALESCE(MAX(first + length), 0), NULL FROM tree_runs "
        "WHERE first = (SELECT MAX(first) FROM tree_runs)"
    ),
    # The join is a lateral one that cannot be flattened, so that each stretch is looked up by its key.
    "postgresql": text(
        "SELECT w.key - 1, t.number, t.found FROM unnest(CAST(:levels AS integer[]), CAST(:lows AS bigint[]), "
        "CAST(:highs AS bigint[])) WITH ORDINALITY AS w(level, low, high, key) CROSS JOIN LATERAL "
        "(SELECT number, CASE WHEN w.low = w.high THEN hashes ELSE root END AS found FROM tree_tiles "
        "WHERE level = w.level AND number BETWEEN w.low AND w.high OFFSET 0) AS t "
        "UNION ALL SELECT -1, first, hashes FROM tree_runs WHERE first BETWEEN "
        "(SELECT MAX(first) FROM tree_runs WHERE first <= :low) AND :high "
        "UNION ALL SELECT -2, COALESCE(MAX(first + length), 0), NULL FROM tree_runs "
        "WHERE first = (SELECT MAX(first) FROM tree_runs)"
    ),
}


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
    """The hashes of the stored tree, or of what it was at some size; made anew for each question."""

    def __init__(self, session: Session, size: int) -> None:
        self._session = session
        self._known: dict[_Place, bytes] = {}
        self._asked: dict[_Place, None] | None = None
        self.size = size
        # The one tile of leaves that may not be full.
        self._edge: _Place = (0, size >> HEIGHT)

    def ahead(self, make: Callable[[merkle.Span], object]) -> int:
        """Read at once every row that making this will ask for; gives how many entries are in the stored tree."""
        asked: dict[_Place, None] = {}
        self._asked = asked
        try:
            make(self.span)
        finally:
            self._asked = None
        return self._read(list(asked))

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
        if (level, number) not in self._known:
            self._read([(level, number)])
        return self._known[level, number]

    def _whole(self, height: int, first: int) -> bytes:
        level, rest = divmod(height, HEIGHT)
        number, offset = divmod(first >> HEIGHT * level, WIDTH)
        if self._asked is not None:
            self._asked[level, number] = None
            return merkle.EMPTY
        part = self.row(level, number)[offset * HASH : (offset + (1 << rest)) * HASH]
        if len(part) != HASH << rest:
            raise TreeWrong(f"the stored tree lacks hashes of level {level} in tile {number}; run `ledger verify`")
        return merkle.root(cut(part))

    def _read(self, places: Sequence[_Place]) -> int:
        """Read what stands in these tiles; gives how many entries are in the stored tree."""
        found: defaultdict[int, list[tuple[int, bytes]]] = defaultdict(list)
        dialect = self._session.get_bind().dialect.name
        for key, number, hashes in self._session.execute(_ROWS[dialect], self._wanted(places, dialect)).all():
            found[key].append((number, hashes))
        for key, place in enumerate(places):
            if place == self._edge:
                joined = _from(self._edge[1] * WIDTH, sorted(found[_LEAVES]))
            else:
                joined = b"".join(hashes for _number, hashes in sorted(found[key]))
            self._known[place] = joined
        return found[_END][0][0]

    def _wanted(self, places: Sequence[_Place], dialect: str) -> dict[str, Any]:
        """The stretches of stored tiles in which these places are found; the edge is among the runs instead."""
        stretches = [self._stretch(*place) for place in places]
        # Of the runs that begin before the edge only the last can reach into it.
        edge = (self._edge[1] * WIDTH, self.size - 1) if self._edge in places else _NOWHERE
        values: dict[str, Any] = dict(zip(("low", "high"), edge, strict=True))
        if dialect == "sqlite":
            return values | {"wanted": json.dumps(stretches)}
        columns = [[one[at] for one in stretches] for at in range(3)]
        return values | dict(zip(("levels", "lows", "highs"), columns, strict=True))

    def _stretch(self, level: int, number: int) -> tuple[int, int, int]:
        if (number + 1) << HEIGHT * (level + 1) <= self.size:
            return level, number, number
        return (level - 1, number * WIDTH, number * WIDTH + WIDTH - 1) if level else (0, *_NOWHERE)


def _from(start: int, runs: Sequence[tuple[int, bytes]]) -> bytes:
    """The leaf hashes that runs hold from a place on, as many as a tile has at most."""
    return b"".join(hashes[max(start - first, 0) * HASH :] for first, hashes in runs)[: WIDTH * HASH]


def cut(hashes: bytes) -> list[bytes]:
    """Hashes that stand one after the other, each by itself."""
    return [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]
