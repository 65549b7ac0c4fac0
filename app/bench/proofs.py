"""How long a proof out of a long tree takes beside hashing a MiB, and how fast entries are taken into the tree."""

import hashlib
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.bench import appending, ledgers
from app.bench.measuring import MIB, Figure, peak_mib
from core import cipher, db
from core.accounts import HOUSE
from core.ledger import checkpoints, proofs, tree
from core.ledger import entries as ledger
from core.ledger.checkpoints import Signer
from core.ledger.memory import Memory

_AT_ONCE: Final = 20_000
_TAIL: Final = 250
_PROOFS: Final = 300
_SEED: Final = bytes(range(32))


def measure(folder: Path, count: int, postgres: str) -> Iterator[Figure]:
    """Take so many entries into a tree on each database that is there, then make and check proofs of any of them."""
    yield from _on("SQLite", f"sqlite:///{folder / 'tree.db'}", folder, count)
    if postgres:
        with appending.database(postgres) as url:
            yield from _on("PostgreSQL", url, folder, count)


def _on(name: str, url: str, folder: Path, count: int) -> Iterator[Figure]:
    ledgers.write(url, count - _TAIL)
    engine = db.connect(url)
    maker = db.sessions(engine)
    taken = _take_in(maker, _AT_ONCE)
    _tail(maker)
    signer = Signer("bench.probanda/0", cipher.public_key(_SEED), lambda message: cipher.sign(_SEED, message))
    begin = maker.begin
    with begin() as session:
        size = checkpoints.sign(session, signer, Memory(folder / f"{name}.memory")).size
    mib, made, spent, hashed = bytes(MIB), [], [], []
    for index in random.Random(2026).sample(range(size), _PROOFS):
        taken, own = _prove(maker, signer, index)
        made.append(taken)
        spent.append(own)
        hashed.append(_milliseconds(lambda: hashlib.sha256(mib).digest())[0])
    hashing = statistics.median(hashed)
    told = f"proof for any of {size:,} entries on {name}: read, written, parsed, signature and path checked"
    worst = (
        f"slowest of {_PROOFS}: {max(made) / hashing:.1f} times; "
        f"time of our processor: {statistics.median(spent) / hashing:.1f} times"
    )
    yield Figure(told, "SHA-256 of one MiB", statistics.median(made), hashing, "ms", 20, worst)
    engine.dispose()
    theirs, _ = ledgers.apart(ledgers.baseline, url)
    yield Figure(f"taking {size:,} entries into the tree on {name}", "reading and hashing their bytes", taken, theirs,
                 "s", 20, f"{(count - _TAIL) / taken:,.0f} entries/s")  # fmt: skip
    ours, peak = ledgers.apart(_replay, url)
    yield Figure(f"replay of that tree on {name}", "reading and hashing their bytes", ours, theirs, "s", 5)
    yield Figure("the most memory it takes meanwhile", "300 MiB", peak, 300, "MiB", 1)


def _take_in(maker: sessionmaker[Session], most: int) -> float:
    begin, began = maker.begin, time.perf_counter()
    while True:
        with begin() as session:
            if tree.sequence(session, most) < most:
                return time.perf_counter() - began


def _tail(maker: sessionmaker[Session]) -> None:
    """Entries of many chains at the end, each a row of its own: what a proof at the edge has to read most of."""
    begin = maker.begin
    with begin() as session:
        for number in range(_TAIL):
            ledger.append(session, f"custody/tail-{number}", HOUSE, "move")
    _take_in(maker, _AT_ONCE)


def _prove(maker: sessionmaker[Session], signer: Signer, index: int) -> tuple[float, float]:
    begin = maker.begin
    with begin() as session:
        place = tree.entry_at(session, index)
        if place is None:
            raise LookupError(index)
        entry = session.scalar(select(ledger.Entry.body).filter_by(chain=place[0], position=place[1]))
    body = str(entry).encode()

    def run() -> None:
        with begin() as session:
            text = checkpoints.proof_text(session, *place)
        proofs.check(text, body, signer.keys)

    return _milliseconds(run)


def _milliseconds(run: Callable[[], object]) -> tuple[float, float]:
    """How long it takes by the clock, and how much of that this process was computing."""
    began, spent = time.perf_counter(), time.process_time()
    run()
    return (time.perf_counter() - began) * 1000, (time.process_time() - spent) * 1000


def _replay(url: str) -> tuple[float, float]:
    engine = db.connect(url)
    begin = db.sessions(engine).begin
    began = time.perf_counter()
    with begin() as session:
        found: list[Any] = list(tree.breaks(session))
    taken = time.perf_counter() - began
    engine.dispose()
    if found:
        raise RuntimeError(f"the tree of the bench does not hold: {found[0]}")
    return taken, peak_mib()
