"""All chains in one tree (RFC 6962 over the stored bytes), built beside the writers and never in their way.

A writer locks only its own chain.  The sequencer comes later, sees what is committed, and takes in of each chain what
follows the last entry that it took: positions have no gaps, so nothing can be missed, in whatever order transactions
commit.  It touches no row that a writer needs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, func, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.errors import Missing
from core.ledger import merkle, replay, tiles
from core.ledger.entries import Head
from core.ledger.merkle import HASH
from core.ledger.replay import Signed, TreeBreak
from core.ledger.tiles import HEIGHT, WIDTH, End, Run, Stored, Stretch, Tile

# Small enough that on SQLite, where there is one writer at a time, a person does not notice.
_AT_ONCE: Final = 1_000
# Any number will do, as long as every process that works on this tree asks for the same one.
_LOCK: Final = 0x50_52_4F_54
_Made = TypeVar("_Made")
_GREW: Final = "the tree grew in this transaction"


class NoSuchTree(Missing):
    """The tree does not have that many entries."""


@dataclass(frozen=True, slots=True)
class _New:
    """Entries of one chain that follow what the tree holds of it."""

    chain: str
    position: int
    at: str
    hashes: list[bytes]


def sequence(session: Session, most: int = _AT_ONCE) -> int:
    """Take committed entries that are not in the tree into it, so many at most; gives how many it were.

    Call it until it gives less than *most*, each time in a transaction of its own.  Two at once wait for each other.
    """
    alone(session)
    session.info[_GREW] = session.get_transaction()
    new = _taken(session, _news(session, most))
    if new:
        _grow(session, tiles.size(session), new)
    return sum(len(one.hashes) for one in new)


def grew_here(session: Session) -> bool:
    """Whether the tree grew in the very transaction that is open, so that what it holds may still be taken back."""
    return session.info.get(_GREW) is session.get_transaction() is not None


def alone(session: Session) -> None:
    """Keep every other sequencer and signer waiting until the transaction ends; writers do not ask for this lock."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def size(session: Session) -> int:
    """How many entries are in the tree."""
    return tiles.size(session)


def waiting(session: Session) -> int:
    """How many entries are not in the tree yet."""
    return session.scalar(select(func.sum(Head.position - _DONE)).outerjoin(End, End.chain == Head.chain)) or 0


def root(session: Session, size: int | None = None) -> bytes:
    """The root of the tree, or of what it was when it had this size; raises `NoSuchTree` if it never had."""
    wanted = tiles.size(session) if size is None else size
    return _made(session, wanted, lambda span: span(0, wanted))


def index_of(session: Session, chain: str, position: int) -> int | None:
    """Where an entry stands in the tree; nothing while it waits to be taken in."""
    return tiles.index_of(session, chain, position)


def last_of(session: Session, chain: str, size: int) -> int | None:
    """The position of the last entry of a chain in the tree of this size; nothing when it has none there."""
    query = select(Run.first, Run.position, Run.length).where(Run.chain == chain, Run.first < size)
    found = session.execute(query.order_by(Run.position.desc()).limit(1)).first()
    return None if found is None else int(found.position + min(found.length, size - found.first) - 1)


def entry_at(session: Session, index: int) -> tuple[str, int] | None:
    """The chain and position of the entry that stands there in the tree."""
    return replay.entry_at(session, index)


def inclusion_proof(session: Session, index: int, size: int) -> list[bytes]:
    """The proof that the entry at this index is in the tree of this size."""
    return _made(session, size, lambda span: merkle.inclusion(span, index, size))


def consistency_proof(session: Session, old: int, new: int) -> list[bytes]:
    """The proof that the tree of the new size begins with that of the old size."""
    return _made(session, new, lambda span: merkle.consistency(span, old, new))


def breaks(session: Session, signed: Iterable[Signed] = ()) -> Iterator[TreeBreak]:
    """Replay the whole tree from the stored entries and yield every place where it does not hold.

    *signed* are sizes and roots that were given out, by rising size; the replayed tree must pass through each.
    """
    yield from replay.breaks(session, signed)


def _made(session: Session, size: int, make: Callable[[merkle.Span], _Made]) -> _Made:
    """What this makes of the tree as it was at this size; all that it needs is read in one question."""
    stored = Stored(session, size)
    held = stored.ahead(make) if size >= 0 else tiles.size(session)
    if not 0 <= size <= held:
        raise NoSuchTree(f"the tree has {held} entries, not {size}; look again when more were taken in")
    return make(stored.span)


_DONE: Final[ColumnElement[int]] = func.coalesce(End.position, 0)


def _news(session: Session, most: int) -> list[Stretch]:
    """What stands in the chains behind the bookmarks: one comparison of two tables, however many chains there are."""
    query = select(Head.chain, _DONE, Head.position).outerjoin(End, End.chain == Head.chain)
    found: list[Stretch] = []
    room = most
    for chain, done, last in session.execute(query.where(Head.position > _DONE).limit(most)):
        count = min(last - done, room)
        if count:
            found.append(Stretch(chain, done + 1, done + count))
        room -= count
    return found


def _taken(session: Session, news: Sequence[Stretch]) -> list[_New]:
    """The new entries of each chain, in the order in which the first of each was recorded."""
    if not news:
        return []
    due = {one.chain: one.low for one in news}
    new: dict[str, _New] = {}
    for chain, position, body, at in sorted(tiles.bodies(session, news), key=lambda row: (row[0], row[1])):
        one = new.setdefault(chain, _New(chain, due[chain], at, []))
        # A chain that lacks an entry is broken and stays where it is; `ledger verify` says so, the others go on.
        if position == one.position + len(one.hashes):
            one.hashes.append(merkle.leaf(body.encode()))
    return sorted((one for one in new.values() if one.hashes), key=lambda one: (one.at, one.chain))


def _grow(session: Session, size: int, new: Sequence[_New]) -> None:
    rows: list[dict[str, Any]] = []
    first = size
    for one in new:
        for at in range(0, len(one.hashes), WIDTH):
            part = one.hashes[at : at + WIDTH]
            rows.append({"first": first, "chain": one.chain, "position": one.position + at, "length": len(part),
                         "hashes": b"".join(part)})  # fmt: skip
            first += len(part)
    full = _full_tiles(session, size, b"".join(row["hashes"] for row in rows))
    session.execute(insert(Run), rows)
    if full:
        session.execute(insert(Tile), full)
    _bookmark(session, {one.chain: one.position + len(one.hashes) - 1 for one in new})


def _full_tiles(session: Session, size: int, added: bytes) -> list[dict[str, Any]]:
    """The tiles that become full when these leaf hashes are added behind a tree of this size."""
    stored, level = Stored(session, size), 0
    full: list[dict[str, Any]] = []
    while added:
        number, begun = divmod(size >> HEIGHT * level, WIDTH)
        # The tiles of one level are written in one statement with those below, so what is new is handed up in memory.
        row = (stored.row(level, number) if begun else b"") + added
        added = b""
        for at in range(0, len(row) - WIDTH * HASH + 1, WIDTH * HASH):
            hashes = row[at : at + WIDTH * HASH]
            made = merkle.root(tiles.cut(hashes))
            full.append({"level": level, "number": number + at // (WIDTH * HASH), "root": made, "hashes": hashes})
            added += made
        level += 1
    return full


def _bookmark(session: Session, ends: Mapping[str, int]) -> None:
    maker = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = maker(End)
    moved = statement.on_conflict_do_update(index_elements=[End.chain], set_={"position": statement.excluded.position})
    session.execute(moved, [{"chain": chain, "position": position} for chain, position in ends.items()])
