"""How much longer it takes to verify a long ledger than to read and hash the same bytes."""

import hashlib
import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from app.bench.measuring import Figure, peak_mib
from core import clock, db
from core.accounts import HOUSE
from core.db import Base
from core.ledger import entries as ledger
from core.ledger.entries import Entry, Head

_PER_CHAIN: Final = 1_000
_WORDS: Final[dict[str, Any]] = {
    "from": "ana", "to": "ben", "place": "store 3, shelf 14", "seal_in": "A 123456", "note": "moved for the count",
}  # fmt: skip
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
    """Write so many entries, in chains of a thousand, straight into the tables, by the driver's fastest way."""
    engine = db.connect(url)
    Base.metadata.create_all(engine)
    with engine.begin() as link:
        for first in range(0, count, _BATCH):
            heads: list[dict[str, Any]] = []
            rows: list[tuple[Any, ...]] = []
            for begun in range(first, min(first + _BATCH, count), _PER_CHAIN):
                made = list(_chain(f"custody/{begun:012}", min(_PER_CHAIN, count - begun)))
                chain, position, _previous, digest = made[-1][:4]
                heads.append({"chain": chain, "position": position, "digest": digest})
                rows += made
            link.execute(insert(Head), heads)
            _load(link, rows)
    engine.dispose()


def _load(link: Connection, rows: list[tuple[Any, ...]]) -> None:
    if link.dialect.name == "sqlite":
        link.exec_driver_sql(f"INSERT INTO ledger_entries VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608 # only question marks are put in
        return
    driver: Any = link.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy("COPY ledger_entries FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _chain(chain: str, count: int) -> Iterator[tuple[Any, ...]]:
    """The rows of one chain, in the order of the table's columns; their text differs in position and digest alone."""
    told = ("move", HOUSE.signature, clock.stamp(clock.now()), chain[8:], "cli", "done", "", "", chain[8:])
    columns = dict(
        zip(("act", "actor", "at", "case", "door", "outcome", "purpose", "role", "subject"), told, strict=True)
    )
    sample = ledger.body_of({"chain": chain, "position": 0, "previous": "-", **columns}, _WORDS)
    left, right = sample.split('0,"previous":"-"', 1)
    previous = ledger.NOTHING_BEFORE
    for position in range(1, count + 1):
        body = f'{left}{position},"previous":"{previous}"{right}'
        digest = hashlib.sha256(body.encode()).hexdigest()
        yield (chain, position, previous, digest, body, *told)
        previous = digest


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
