"""How much longer concurrent writers take to append to chains than to insert rows, with the sequencer beside."""

import multiprocessing
import secrets
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.bench.measuring import Figure
from core import db
from core.accounts import HOUSE
from core.db import Base
from core.ledger import entries as ledger
from core.ledger import tree
from core.ledger.entries import Entry

_WRITERS: Final = 8
_ROUNDS: Final = 5
_WORDS: Final[dict[str, Any]] = {
    "from": "ana", "to": "ben", "place": "store 3, shelf 14", "seal_in": "A 123456", "note": "moved for the count",
}  # fmt: skip
_CASE: Final = "8b0d1f0e-7a55-4c0e-9a44-3a2f6a0f4c11"
_PAUSE: Final = 0.5


def measure(url: str, commits: int) -> Iterator[Figure]:
    """Let eight writers append to chains of their own, one commit each, beside inserts into a plain table."""
    told = f"{_WRITERS} writers append to {_WRITERS} chains on PostgreSQL, sequencer beside, {commits:,} commits each"
    same = "the same rows into a plain table by the same sessions"
    if not url:
        yield Figure(told, same, 0, 0, "s", 1.25, "not measured: no PostgreSQL is named")
        return
    with database(url) as own:
        engine = db.connect(own)
        Base.metadata.create_all(engine)
        maker = db.sessions(engine)
        plain = _plain(engine)
        row = _row(maker)
        runs: dict[str, Callable[[str], None]] = {
            "raw": lambda chain: _raw(engine, plain, row, chain, commits),
            "plain": lambda chain: _insert(maker, plain, row, chain, commits),
            "ours": lambda chain: _append(maker, chain, commits),
        }
        taken: dict[str, list[float]] = {name: [] for name in runs}
        with _sequencer(own):
            for number in range(_ROUNDS):
                for name, run in runs.items():
                    taken[name].append(_together(run, number))
        engine.dispose()
    ours, theirs, raw = (statistics.median(taken[name]) for name in ("ours", "plain", "raw"))
    rate = f"{_WRITERS * commits / ours:,.0f} entries/s"
    yield Figure(told, same, ours, theirs, "s", 1.25, rate)
    yield Figure("the same", "the same rows without sessions, on bare connections", ours, raw, "s", 1.25)


@contextmanager
def database(url: str) -> Iterator[str]:
    """The address of a database of its own on this server, dropped afterwards."""
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"bench_{secrets.token_hex(4)}"
    with server.connect() as link:
        link.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        yield server.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as link:
            link.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def _plain(engine: Engine) -> sa.Table:
    """A table with the same columns and the same primary key, and nothing else."""
    columns = [sa.Column(one.name, one.type, primary_key=one.primary_key) for one in Entry.__table__.c]
    table = sa.Table("plain", sa.MetaData(), *columns)
    table.create(engine)
    return table


def _row(maker: sessionmaker[Session]) -> dict[str, Any]:
    session = maker()
    entry = ledger.append(session, "custody/sample", HOUSE, "move", case=_CASE, subject=_CASE, **_WORDS)
    row = {column.name: getattr(entry, column.name) for column in Entry.__table__.c}
    session.close()
    return row


def _raw(engine: Engine, plain: sa.Table, row: dict[str, Any], chain: str, commits: int) -> None:
    add = sa.insert(plain)
    for position in range(commits):
        with engine.begin() as link:
            link.execute(add, [{**row, "chain": f"{chain}/raw", "position": position}])


def _insert(maker: sessionmaker[Session], plain: sa.Table, row: dict[str, Any], chain: str, commits: int) -> None:
    add, begin = sa.insert(plain), maker.begin
    for position in range(commits):
        with begin() as session:
            session.execute(add, [{**row, "chain": chain, "position": position}])


def _append(maker: sessionmaker[Session], chain: str, commits: int) -> None:
    begin = maker.begin
    for _ in range(commits):
        with begin() as session:
            ledger.append(session, chain, HOUSE, "move", case=_CASE, subject=_CASE, **_WORDS)


def _together(run: Callable[[str], None], number: int) -> float:
    threads = [threading.Thread(target=run, args=(f"custody/{number:032}-{own}",)) for own in range(_WRITERS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


@contextmanager
def _sequencer(url: str) -> Iterator[None]:
    """A sequencer in a process of its own, as in a worker, while the block runs."""
    context = multiprocessing.get_context("spawn")
    over = context.Event()
    process = context.Process(target=_sequence, args=(url, over))
    process.start()
    try:
        yield
    finally:
        over.set()
        process.join()


def _sequence(url: str, over: Event) -> None:
    engine = db.connect(url)
    begin = db.sessions(engine).begin
    while not over.wait(_PAUSE):
        with begin() as session:
            tree.sequence(session)
    engine.dispose()
