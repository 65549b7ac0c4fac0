"""Build the whole tree again from the stored entries and say where what is stored, or was signed, is another one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.ledger import merkle, tiles
from core.ledger.merkle import HASH
from core.ledger.tiles import HEIGHT, WIDTH, End, Run, Stretch, Tile

_RUNS: Final = 500
_ENTRIES: Final = 2_000


class Signed(NamedTuple):
    """A size and a root that were given out, and who says so."""

    size: int
    root: bytes
    by: str


class _Kept(NamedTuple):
    """A run as it is kept."""

    first: int
    chain: str
    position: int
    length: int
    hashes: bytes


@dataclass(frozen=True, slots=True)
class TreeBreak:
    """A place where the tree does not hold: the index, the entry that stands there if any does, and why."""

    index: int
    chain: str
    position: int
    because: str

    def __str__(self) -> str:
        """Say it as a sentence to a person."""
        entry = f" ({self.chain}, entry {self.position})" if self.chain else ""
        return f"tree, index {self.index}{entry}: {self.because}"


def entry_at(session: Session, index: int) -> tuple[str, int] | None:
    """The chain and position of the entry that stands there in the tree."""
    query = select(Run.chain, Run.position, Run.first, Run.length).where(Run.first <= index)
    found = session.execute(query.order_by(Run.first.desc()).limit(1)).first()
    if found is None or index >= found.first + found.length:
        return None
    return found.chain, int(found.position + index - found.first)


def breaks(session: Session, signed: Iterable[Signed]) -> Iterator[TreeBreak]:
    """Yield every place where the tree does not hold, by rising index as far as the index can be known."""
    grown = _Grown(session, iter(signed))
    yield from grown.passed()
    for page in _pages(session, tiles.size(session)):
        wanted = [Stretch(run.chain, run.position, run.position + run.length - 1) for run in page]
        found = {(chain, position): body for chain, position, body, _at in tiles.bodies(session, wanted)}
        for run in page:
            yield from grown.took(run, found)
    yield from grown.ended()


def _pages(session: Session, size: int) -> Iterator[list[_Kept]]:
    """The runs in their order, in pages that hold a bounded number of entries."""
    query = select(Run.first, Run.chain, Run.position, Run.length, Run.hashes).order_by(Run.first).limit(_RUNS)
    after, room = -1, _ENTRIES
    page: list[_Kept] = []
    while rows := session.execute(query.where(Run.first > after, Run.first < size)).all():
        after = rows[-1].first
        for row in map(_Kept._make, rows):
            page.append(row)
            room -= row.length
            if room <= 0:
                yield page
                page, room = [], _ENTRIES
    if page:
        yield page


@dataclass
class _Grown:
    """The tree as far as it was replayed."""

    session: Session
    signed: Iterator[Signed]
    size: int = 0
    # Whether the rows so far were all there: behind a hole no tile and no root can be right, and one is enough to say.
    whole: bool = True
    rows: list[bytearray] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)
    due: Signed | None = None
    held: int = 0

    def __post_init__(self) -> None:
        self.due = next(self.signed, None)

    def took(self, run: _Kept, bodies: dict[tuple[str, int], str]) -> Iterator[TreeBreak]:
        """Add a run, and say what is wrong with it."""
        if run.first != self.size:
            yield TreeBreak(self.size, run.chain, run.position, f"the tree's rows go on at {run.first}")
            self.size, self.whole = run.first, False
        if (last := self.ends.get(run.chain, 0)) != run.position - 1:
            yield TreeBreak(
                run.first, run.chain, run.position, f"it does not follow entry {last}, the chain's last one in the tree"
            )
        self.ends[run.chain] = run.position + run.length - 1
        if len(run.hashes) != run.length * HASH:
            yield TreeBreak(run.first, run.chain, run.position, "the tree's row does not have a hash for each entry")
            self.whole = False
        for at in range(run.length):
            hash_ = run.hashes[at * HASH : (at + 1) * HASH]
            body = bodies.get((run.chain, run.position + at))
            if body is None:
                yield TreeBreak(run.first + at, run.chain, run.position + at, "the entry is missing")
            elif merkle.leaf(body.encode()) != hash_:
                because = "the entry's bytes are not those that the tree was built from"
                yield TreeBreak(run.first + at, run.chain, run.position + at, because)
            self.size += 1
            if self.whole:
                yield from self._pushed(0, hash_)
                yield from self.passed()

    def passed(self) -> Iterator[TreeBreak]:
        """Compare the tree with everything that was signed over just this size."""
        while self.due is not None and self.due.size <= self.size:
            signed, self.due = self.due, next(self.signed, None)
            if signed.size == self.size and signed.root == self._root():
                self.held = self.size
            else:
                because = f"{signed.by} is over another tree: one of the entries from here to {signed.size - 1} changed"
                yield TreeBreak(self.held, *(entry_at(self.session, self.held) or ("", 0)), because)

    def ended(self) -> Iterator[TreeBreak]:
        """Say what is missing behind the last run, and what is there without one."""
        while self.due is not None:
            signed, self.due = self.due, next(self.signed, None)
            if self.whole:
                lost = f"the tree ends here, but {signed.by} is over {signed.size} entries"
                yield TreeBreak(self.size, "", 0, lost)
        query = select(Tile.level, func.min(Tile.number), func.max(Tile.number), func.count()).group_by(Tile.level)
        for level, first, last, count in self.session.execute(query.order_by(Tile.level)):
            due = self.size >> HEIGHT * (level + 1)
            if self.whole and (first < 0 or last >= due or count > due):
                yield TreeBreak(self.size, "", 0, f"level {level} has {count} full tiles, and {due} can be full")
        for chain, position in self.session.execute(select(End.chain, End.position).order_by(End.chain)):
            if (held := self.ends.pop(chain, 0)) != position:
                because = f"the bookmark of this chain is at {position}, and the tree holds {held} of its entries"
                yield TreeBreak(self.size, chain, held + 1, because)
        for chain, held in self.ends.items():
            yield TreeBreak(self.size, chain, held + 1, "the bookmark of this chain is missing")

    def _pushed(self, level: int, hash_: bytes) -> Iterator[TreeBreak]:
        if level == len(self.rows):
            self.rows.append(bytearray())
        row = self.rows[level]
        row += hash_
        if len(row) < WIDTH * HASH:
            return
        made = merkle.root(tiles.cut(bytes(row)))
        number = (self.size >> HEIGHT * (level + 1)) - 1
        if at := self._differs(level, number, bytes(row), made):
            index = (number * WIDTH + at - 1) << HEIGHT * level
            because = f"tile {number} of level {level} does not hold what the entries give"
            yield TreeBreak(index, *(entry_at(self.session, index) or ("", 0)), because)
        row.clear()
        yield from self._pushed(level + 1, made)

    def _differs(self, level: int, number: int, hashes: bytes, root: bytes) -> int:
        """The place, counted from 1, of the first hash of a stored tile that is not this one; 0 when all are."""
        query = select(Tile.hashes, Tile.root).where(Tile.level == level, Tile.number == number)
        stored = self.session.execute(query).first()
        if stored is None:
            return 1
        if stored.hashes == hashes:
            return 0 if stored.root == root else 1
        pairs = zip([*tiles.cut(stored.hashes), b""], tiles.cut(hashes), strict=False)
        return next((at for at, (one, other) in enumerate(pairs, 1) if one != other), 1)

    def _root(self) -> bytes:
        """The root of what was replayed: what is right of the full tiles counts as one leaf of the level above."""
        rest: list[bytes] = []
        for row in self.rows:
            if row or rest:
                rest = [merkle.root([*tiles.cut(bytes(row)), *rest])]
        return rest[0] if rest else merkle.EMPTY


def named(found: Sequence[TreeBreak]) -> list[TreeBreak]:
    """The breaks with the first bad index first."""
    return sorted(found, key=lambda one: one.index)
