"""How much longer it takes to verify a long ledger than to read and hash the same bytes."""

import hashlib
import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, select

from app.bench.measuring import Figure, peak_mib
from core import clock, db
from core.accounts import HOUSE
from core.db import Base
from core.ledger import entries as ledger
from core.ledger.entries import Entry, Head

_PER_CHAIN: Final = 1_000
_BATCH: Final = 10_000


def measure(folder: Path, count: int) -> Iterator[Figure]:
    """Write so many entries, then verify them beside the baseline, each in a process of its own."""
    url = f"sqlite:///{folder / 'ledger.db'}"
    write(url, count)
    theirs, _ = apart(baseline, url)
    ours, peak = apart(_verify, url)
    told = f"ledger: verify {count:,} entries"
    yield Figure(told, "SHA-256 of the same bytes in a loop + reading the rows", ours, theirs, "s", 2)
    yield Figure("the most memory it takes meanwhile", "300 MiB", peak, 300, "MiB", 1)


def write(url: str, count: int) -> None:
    """Write so many entries, in chains of a thousand, straight into the tables."""
    engine = db.connect(url)
    Base.metadata.create_all(engine)
    rows: list[dict[str, Any]] = []
    with engine.begin() as link:
        for first in range(0, count, _PER_CHAIN):
            chain, previous = f"custody/{first:012}", ledger.NOTHING_BEFORE
            for position in range(1, min(_PER_CHAIN, count - first) + 1):
                row = _row(chain, position, previous)
                previous = row["digest"]
                rows.append(row)
            link.execute(insert(Head).values(chain=chain, position=position, digest=previous))
            if len(rows) >= _BATCH:
                link.execute(insert(Entry), rows)
                rows = []
        if rows:
            link.execute(insert(Entry), rows)
    engine.dispose()


def _row(chain: str, position: int, previous: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "chain": chain, "position": position, "previous": previous, "act": "move", "actor": HOUSE.signature,
        "at": clock.stamp(clock.now()), "case": chain[8:], "door": "cli", "outcome": "done", "purpose": "", "role": "",
        "subject": chain[8:],
    }  # fmt: skip
    words = {
        "from": "ana",
        "to": "ben",
        "place": "store 3, shelf 14",
        "seal_in": "A 123456",
        "note": "moved for the count",
    }
    row["body"] = ledger.body_of(row, words)
    row["digest"] = hashlib.sha256(row["body"].encode()).hexdigest()
    return row


def apart(run: Any, url: str) -> tuple[float, float]:
    """Run a measure in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        seconds, peak = pool.apply(run, (url,))
    return seconds, peak


def _verify(url: str) -> tuple[float, float]:
    engine = db.connect(url)
    began = time.perf_counter()
    with db.sessions(engine).begin() as session:
        found = sum(1 for _ in ledger.breaks(session))
    taken = time.perf_counter() - began
    if found:
        raise RuntimeError(f"{found} breaks in a ledger that was just written")
    return taken, peak_mib()


def baseline(url: str) -> tuple[float, float]:
    """The seconds that reading and hashing all entries takes, and the most memory it took."""
    engine = db.connect(url)
    began = time.perf_counter()
    with db.sessions(engine).begin() as session:
        query = select(Entry.__table__).order_by(Entry.chain, Entry.position).execution_options(yield_per=_BATCH // 5)
        for part in session.execute(query).partitions():
            for row in part:
                hashlib.sha256(row.body.encode()).hexdigest()
    return time.perf_counter() - began, peak_mib()
