"""The default engine: SQLite's full-text index in one file for each tier, beside the database.

The index is contentless: it holds terms and places, no text.  A dropped document leaves postings that no question
reaches; `purge` reads them back out of the index and takes them out.
"""

import json
import os
import sqlite3
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from search.asking import Question
from search.engines.clauses import clause
from search.engines.protocol import OUT_OF_REACH, TIERS, Condition, Hit, IndexOutOfReach, Kept, Scope, file_id
from search.passages import Document

_WAIT_SECONDS: Final = 30
_BATCH: Final = 1_000

# The ascii tokeniser parts words at ASCII signs alone and folds ASCII letters alone; folded terms hold neither
# signs nor capitals, so what it indexes is exactly what `search.folding` made.
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, file TEXT NOT NULL, exhibit TEXT NOT NULL,
    case_id TEXT NOT NULL, ordinal INTEGER NOT NULL, kind TEXT NOT NULL, language TEXT NOT NULL, day TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS documents_in_order ON documents (file, ordinal);
CREATE TABLE IF NOT EXISTS dropped (number INTEGER PRIMARY KEY);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (terms, joined, name, content = '', tokenize = 'ascii');
CREATE VIRTUAL TABLE IF NOT EXISTS places USING fts5vocab (words, instance);
"""
_PRAGMAS: Final = ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON", "temp_store = MEMORY")
_TAKE: Final = (
    "INSERT INTO documents (id, file, exhibit, case_id, ordinal, kind, language, day) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_TAKE_WORDS: Final = "INSERT INTO words (rowid, terms, joined, name) VALUES (?, ?, ?, ?)"
_PLACE: Final = "row_number() OVER (PARTITION BY file ORDER BY ordinal) AS place"
_WIPE_WORDS: Final = "INSERT INTO words (words, rowid, terms, joined, name) VALUES ('delete', ?, ?, ?, ?)"


@dataclass(slots=True)
class Embedded:
    """An index in a folder; any number of threads and processes may use it at once."""

    folder: Path
    _idle: dict[tuple[int, str], deque[sqlite3.Connection]] = field(default_factory=dict, repr=False)

    def put(self, documents: Iterable[Document]) -> int:
        """Take documents in, each in place of one with the same id."""
        count = 0
        for tier, run in groupby(documents, attrgetter("tier")):
            while batch := list(islice(run, _BATCH)):
                with self._writing(tier) as connection:
                    _replace(connection, batch)
                count += len(batch)
        return count

    def drop(self, file: UUID, *, keep: Collection[UUID] = (), tier: str = "") -> int:
        """Let go of the documents of a file, save those to keep in one tier."""
        count = 0
        for each in TIERS:
            kept = json.dumps([str(one) for one in keep] if each == tier else [])
            with self._writing(each) as connection:
                count += _forget(
                    connection, "file = ? AND id NOT IN (SELECT value FROM json_each(?))", (str(file), kept)
                )
        return count

    def ask(
        self,
        question: Question,
        scope: Scope,
        *,
        files: Collection[UUID] | None = None,
        each: int | None = None,
        after: tuple[UUID, int] | None = None,
    ) -> Iterator[Hit]:
        """Yield every hit by file and place."""
        sql, parameters = _selection(question)
        if files is not None:
            sql += " AND file IN (SELECT value FROM json_each(?))"
            parameters += (json.dumps([str(one) for one in files]),)
        if after is not None:
            sql += f" AND (file, ordinal) > (?, {int(after[1])})"
            parameters += (str(after[0]),)
        if each is not None:
            sql = f"FROM (SELECT *, {_PLACE} {sql}) WHERE place <= {int(each)}"
        sql = f"SELECT file, ordinal, day {sql} ORDER BY file, ordinal"
        rows = merge(*(self._rows(tier, sql, cases, parameters) for tier, cases in scope.items()))
        return (Hit(file_id(file), ordinal, day) for file, ordinal, day in rows)

    def tally(self, question: Question, scope: Scope) -> dict[tuple[UUID, str], int]:
        """Count the hits of each file and month."""
        sql, parameters = _selection(question)
        sql = f"SELECT file, substr(day, 1, 7), count(*) {sql} GROUP BY 1, 2"
        tallies = (self._rows(tier, sql, cases, parameters) for tier, cases in scope.items())
        return {(file_id(file), month): count for tally in tallies for file, month, count in tally}

    def census(self) -> Iterator[Kept]:
        """Yield what is held, file by file."""
        for tier in TIERS:
            with self._reading(tier) as connection:
                rows = connection.execute(
                    "SELECT file, case_id, count(*) FROM documents GROUP BY file, case_id"
                ).fetchall()
            yield from (Kept(tier, UUID(file), UUID(case), count) for file, case, count in rows)

    def ready(self) -> Condition:
        """Make the folder and its files, and count what they hold."""
        held = dropped = 0
        for tier in TIERS:
            with self._reading(tier) as connection:
                held += connection.execute("SELECT count(*) FROM documents").fetchone()[0]
                dropped += connection.execute("SELECT count(*) FROM dropped").fetchone()[0]
        return Condition("embedded", held, dropped)

    def purge(self) -> int:
        """Wipe the postings of all that was dropped until now, give the space back, and count what may still be read.

        That is none unless somebody reads for longer than is waited: old pages stay as long as they are being read.
        """
        left = 0
        for tier in TIERS:
            with self._writing(tier) as connection:
                wiped = _wipe(connection)
            with self._reading(tier) as connection:
                # Also when nothing was wiped now: who was killed after wiping left old pages behind.
                if wiped or connection.execute("PRAGMA freelist_count").fetchone()[0]:
                    connection.execute("VACUUM")
                if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    left += max(wiped, 1)
        return left

    def close(self) -> None:
        """Close the files that nobody is using."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()

    def _rows(
        self, tier: str, sql: str, cases: Collection[UUID], parameters: tuple[str, ...]
    ) -> Iterator[tuple[Any, ...]]:
        with self._reading(tier) as connection:
            yield from connection.execute(sql, (json.dumps([str(case) for case in cases]), *parameters))

    @contextmanager
    def _reading(self, tier: str) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else uses meanwhile; one that a forked process inherited is never used there."""
        idle = self._idle.setdefault((os.getpid(), tier), deque())
        try:
            connection = _idle_one(idle) or _connect(self.folder / f"{tier}.db")
            try:
                yield connection
            finally:
                idle.append(connection)
        except (sqlite3.DatabaseError, OSError) as fault:
            raise _out_of_reach(fault) from fault

    @contextmanager
    def _writing(self, tier: str) -> Iterator[sqlite3.Connection]:
        with self._reading(tier) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def _idle_one(idle: deque[sqlite3.Connection]) -> sqlite3.Connection | None:
    try:
        return idle.pop()
    except IndexError:
        return None


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").fetchall()
        connection.executescript(_TABLES)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _selection(question: Question) -> tuple[str, tuple[str, ...]]:
    """The rows that answer; the first parameter is always the list of cases."""
    asked = clause(question)
    return f"FROM documents WHERE case_id IN (SELECT value FROM json_each(?)) AND ({asked.sql})", asked.parameters


def _replace(connection: sqlite3.Connection, documents: Collection[Document]) -> None:
    ids = json.dumps([str(one.id) for one in documents])
    _forget(connection, "id IN (SELECT value FROM json_each(?))", (ids,))
    for one in documents:
        facts = (one.id, one.file, one.exhibit, one.case, one.ordinal, one.kind, one.language, one.day)
        row = connection.execute(_TAKE, [fact if isinstance(fact, int) else str(fact) for fact in facts])
        connection.execute(_TAKE_WORDS, (row.lastrowid, one.terms, one.joined, one.name))


def _forget(connection: sqlite3.Connection, condition: str, parameters: tuple[str, ...]) -> int:
    connection.execute(f"INSERT INTO dropped SELECT number FROM documents WHERE {condition}", parameters)
    return connection.execute(f"DELETE FROM documents WHERE {condition}", parameters).rowcount


def _wipe(connection: sqlite3.Connection) -> int:
    """Take the postings of dropped documents out, after reading back from the index which words they were."""
    places = connection.execute(
        "SELECT doc, col, term FROM places WHERE doc IN (SELECT number FROM dropped) ORDER BY doc, col, offset"
    ).fetchall()
    for number, held in groupby(places, lambda place: place[0]):
        columns: dict[str, list[str]] = {"terms": [], "joined": [], "name": []}
        for _, column, term in held:
            columns[column].append(term)
        connection.execute(_WIPE_WORDS, (number, *(" ".join(terms) for terms in columns.values())))
    connection.execute("INSERT INTO words (words) VALUES ('optimize')")
    return connection.execute("DELETE FROM dropped").rowcount


def _out_of_reach(fault: Exception) -> IndexOutOfReach:
    return IndexOutOfReach(OUT_OF_REACH.format(fault))
