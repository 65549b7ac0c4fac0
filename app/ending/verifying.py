"""Whether anything of what an order destroyed is still there: database, index, vault, tombstones, ledger.

It says what it looked at as well as what it found, so that silence is not taken for an answer.  A word that the auditor
knows from the order can be looked for besides, in every tier, every column and the raw files.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import LargeBinary, String, Text, cast, func, select
from sqlalchemy.orm import Session

from app.wiring import services, transaction
from core.db import Base
from core.ledger import entries as ledger
from evidence.ending import shredding, tombstones
from evidence.ending.rows import Order, Scope
from evidence.ending.tombstones import Tombstone
from evidence.files import File, State
from evidence.keyring import CaseKey
from exports.register import Export
from exports.shelf import Shelved
from search import asking
from search.engines.protocol import TIERS


@dataclass(frozen=True, slots=True)
class Remain:
    """Something that should be gone: where it was found, and what it is."""

    place: str
    because: str

    def __str__(self) -> str:
        """Say it as a sentence to a person."""
        return f"{self.place}: {self.because}"


@dataclass(slots=True)
class Report:
    """What was looked at, and what was found there."""

    remains: list[Remain] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)

    def add(self, looked: str, found: Iterator[Remain]) -> None:
        """Note one look with what it found."""
        here = list(found)
        self.remains += here
        self.checked.append(f"{looked}: {'nothing left' if not here else f'{len(here)} found'}")


def verify(order_id: UUID, stones: Path, look_for: Sequence[str] = ()) -> Report:
    """Look for remains of an order everywhere; the caller has asked whether the person may know of the order."""
    report = Report()
    house = services()
    with transaction() as session:
        order = session.get_one(Order, order_id)
        gone = list(tombstones.of_order(session, order_id))
        files = {one.id: one for one in gone if one.kind == "file"}
        report.add(f"rows of {len(files)} files", _rows(session, files))
        report.add("tables that cite them", _citing(session, files))
        report.add("frozen dossiers and their shelf", _dossiers(session, gone))
        report.add("keys", _keys(session, order))
        report.add("the ledger's chains", _chains(session, order, files))
        lines = tombstones.lines(session)
    report.add("the file of tombstones", _stones(stones, lines))
    report.add(f"{len(files)} blobs in the vault", _blobs(house.vault.root, gone))
    report.add(f"the index, tiers {', '.join(TIERS)}", _index(set(files)))
    for number, word in enumerate(look_for, start=1):
        report.add(f"word {number} in every tier of the index", _asked(word, order.case_id))
        with transaction() as session:
            report.add(f"word {number} in every column of the database", _columns(session, word))
        report.add(f"word {number} in the raw files", _raw(word))
    return report


def _rows(session: Session, files: dict[UUID, Tombstone]) -> Iterator[Remain]:
    for file_id, stone in files.items():
        row = session.get(File, file_id)
        if row is None:
            continue
        emptied = row.state == State.EXPUNGED and row.name == shredding.EMPTY and not row.wrapped_key
        if not emptied or row.sealed_facts or row.method:
            yield Remain(f"file {file_id}", "its row still says something")
        if stone.kept is None and (row.sha256 or row.sha512):
            yield Remain(f"file {file_id}", "its row still has a hash that may not be kept")
        for table in shredding.WITH_A_FILE:
            if count := session.scalar(select(func.count()).select_from(table).where(table.file_id == file_id)):
                yield Remain(f"file {file_id}", f"{count} rows are left in {table.__tablename__}")


def _citing(session: Session, files: dict[UUID, Tombstone]) -> Iterator[Remain]:
    """Rows of tables that nobody has thought of, which cite a destroyed file."""
    known = {one.__tablename__ for one in shredding.WITH_A_FILE} | set(shredding.STAYS_WITH_A_FILE)
    for name, table in sorted(Base.metadata.tables.items()):
        for column in table.columns:
            cites = any(key.column.table.name == "files" for key in column.foreign_keys) or column.name == "file_id"
            if name in known or not cites:
                continue
            query = select(func.count()).select_from(table).where(column.in_(list(files)))
            if count := session.scalar(query):
                yield Remain(name, f"{count} rows cite a destroyed file, and nothing says that they may stay")


def _dossiers(session: Session, gone: Sequence[Tombstone]) -> Iterator[Remain]:
    for one in gone:
        export = session.get(Export, one.id) if one.kind == "dossier" else None
        if export is not None and (export.sealed or session.get(Shelved, export.id) is not None):
            yield Remain(f"dossier {export.dossier}", "its contents are still there")


def _keys(session: Session, order: Order) -> Iterator[Remain]:
    if order.scope != Scope.CASE or order.began is None:
        return
    rows = list(session.scalars(select(CaseKey).where(CaseKey.case_id == order.case_id)))
    for row in rows:
        if row.wrapped:
            yield Remain("case key", f"version {row.version} of the case's key is still there")
    if not rows:
        yield Remain("case key", "no mark says that the case's key was destroyed, so that a new one could be made")


def _chains(session: Session, order: Order, files: dict[UUID, Tombstone]) -> Iterator[Remain]:
    touched = {f"custody/{one.destroyed['exhibit']}" for one in files.values() if "exhibit" in one.destroyed}
    for chain in sorted({f"case/{order.case_id}", tombstones.CHAIN, *touched}):
        yield from (Remain(chain, str(one)) for one in ledger.breaks(session, chain))


def _stones(path: Path, lines: Sequence[str]) -> Iterator[Remain]:
    there = [one.line for one in tombstones.read(path, services().keyring.public)]
    if there[: len(lines)] != list(lines):
        yield Remain(path.name, "it does not hold the same tombstones as the database")


def _blobs(root: Path, gone: Sequence[Tombstone]) -> Iterator[Remain]:
    for one in gone:
        blob = str(one.destroyed.get("blob", ""))
        if blob and (root / blob).exists():
            yield Remain(f"{one.kind} {one.id}", "its sealed bytes are still in the vault")


def _index(files: set[UUID]) -> Iterator[Remain]:
    index = services().index
    for kept in index.census():
        if kept.file in files:
            yield Remain(f"index {kept.tier}", f"{kept.documents} documents of file {kept.file}")
    if left := index.ready().dropped:
        yield Remain("index", f"{left} dropped documents are still on its disk")


def _asked(word: str, case: UUID) -> Iterator[Remain]:
    question = asking.read(word).question
    scope = {tier: frozenset({case}) for tier in TIERS}
    if count := sum(1 for _ in services().index.ask(question, scope)):
        yield Remain("index", f"{count} hits in this case")


def _columns(session: Session, word: str) -> Iterator[Remain]:
    """Texts of every table; what is sealed cannot be read and is checked by its keys instead."""
    for name, table in sorted(Base.metadata.tables.items()):
        for column in table.columns:
            if isinstance(column.type, LargeBinary):
                continue
            texts = column if isinstance(column.type, String | Text) else cast(column, Text)
            query = select(func.count()).select_from(table).where(texts.contains(word, autoescape=True))
            if count := session.scalar(query):
                yield Remain(f"{name}.{column.name}", f"{count} rows hold the word")


def _raw(word: str) -> Iterator[Remain]:
    """The bytes of the database's file, its journal and the embedded index, where these are files of ours."""
    house = services()
    folder = house.config.instance
    places = [*folder.glob("*.db*"), *folder.glob("*.sqlite*"), *(folder / "index").glob("*")]
    marks = {word.encode(), word.casefold().encode()}
    for path in sorted(one for one in places if one.is_file()):
        if any(_holds(path, mark) for mark in marks):
            yield Remain(path.name, "its bytes hold the word")


def _holds(path: Path, mark: bytes) -> bool:
    before = b""
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            if mark in before + piece:
                return True
            before = piece[-len(mark) :]
    return False
