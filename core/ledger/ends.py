"""Where every chain ends at one moment, committed to in one entry: so that nobody can leave out the last entries.

A proof that an entry is in the tree does not show that nothing came after it in its chain.  So the ends of all chains,
sorted by name, are made into a tree of their own (RFC 6962), and its root is entered in a chain that is itself in the
log.  The proof of one end shows hashes of others and no name.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.accounts import Actor
from core.ledger import entries, merkle
from core.ledger.entries import Entry, Head
from core.ledger.merkle import ProofWrong

CHAIN: Final = "house/log"
ACT: Final = "chain ends"
_BATCH: Final = 5_000


@dataclass(frozen=True, slots=True)
class End:
    """The last entry of a chain, its place among the ends of all chains, and its neighbours up to their root."""

    chain: str
    position: int
    digest: str
    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Ends:
    """The entry that commits to the ends of so many chains, and the ends that were asked for."""

    entry: Entry
    count: int
    root: bytes
    ends: dict[str, End]


def line(chain: str, position: int, digest: str) -> bytes:
    """The exact bytes that stand for the end of one chain: its name, its last position, that entry's digest."""
    return f"{chain}\n{position}\n{digest}\n".encode()


def enter(session: Session, actor: Actor, chains: Collection[str]) -> Ends:
    """Enter where all chains end now, and give the proof of that for some of them.

    A chain among *chains* that has no entry is left out of the answer.  Chains that begin or go on in the same
    transaction stand as they are in it; the entry itself is not among the ends that it tells.
    """
    entries.hold(session, CHAIN)
    wanted, hashes, found = set(chains), [], {}
    for index, (chain, position, digest) in enumerate(_all(session)):
        hashes.append(merkle.leaf(line(chain, position, digest)))
        if chain in wanted:
            found[chain] = (index, position, digest)
    root, count = merkle.root(hashes), len(hashes)
    levels = _levels(hashes)
    ends = {
        chain: End(chain, position, digest, index, tuple(_path(levels, index)))
        for chain, (index, position, digest) in found.items()
    }
    entry = entries.append(session, CHAIN, actor, ACT, root=root.hex(), chains=count)
    return Ends(entry, count, root, ends)


def check(chain: str, position: int, digest: str, index: int, count: int, path: Collection[bytes], root: bytes) -> None:
    """Raise `ProofWrong` unless the proof shows that the chain ends there."""
    try:
        merkle.check_inclusion(merkle.leaf(line(chain, position, digest)), index, count, list(path), root)
    except ProofWrong as wrong:
        raise ProofWrong(f"{chain} does not end at entry {position}, or the proof is another's") from wrong


def _all(session: Session) -> Iterator[tuple[str, int, str]]:
    query = select(Head.chain, Head.position, Head.digest).where(Head.position > 0)
    rows = session.execute(query.execution_options(yield_per=_BATCH))
    # Sorted here and not by the database, whose order of letters depends on how it was set up.
    yield from sorted((chain, position, digest) for chain, position, digest in rows)


def _levels(hashes: list[bytes]) -> list[list[bytes]]:
    """All rows of the tree from the leaves up; a last one without a neighbour goes up as it is."""
    levels = [hashes]
    while len(levels[-1]) > 1:
        row = levels[-1]
        above = [merkle.node(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        levels.append(above + row[len(row) - len(row) % 2 :])
    return levels


def _path(levels: list[list[bytes]], index: int) -> Iterator[bytes]:
    for row in levels[:-1]:
        beside = index ^ 1
        if beside < len(row):
            yield row[beside]
        index >>= 1
