"""Tables that several pages of the evidence share: files, hashes by target, and who read."""

from collections.abc import Sequence
from uuid import UUID

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.pages.views.tables import Cell, Column, Place, Row, Table
from app.pages.views.words import Tag, size, state
from core import clock
from core.ledger.entries import Entry
from evidence import files
from evidence.files import Digest, File

_FILES = (
    Column("Name"),
    Column("Size", number=True),
    Column("SHA-256"),
    Column("State"),
    Column("Read?"),
    Column("Received"),
)
_HASHES = (
    Column("File"),
    Column("Algorithm"),
    Column("Value"),
    Column("Hash of"),
    Column("Stated by"),
    Column("When"),
    Column("Agrees?"),
)
_READERS = (Column("Who"), Column("What"), Column("Purpose"), Column("From"), Column("When"))
_MOST_READERS = 50
_MOST_HASHED = 20
_AGREES = {True: state("same"), False: state("differs"), None: Tag("not comparable", "grey", "○")}


def files_table(kept: Sequence[File], here: Place, caption: str, *, more: str) -> Table:
    """One page of files with size, hash, state and how far they were read; *more* leads on."""
    return Table(
        caption,
        _FILES,
        tuple(_file(one) for one in kept),
        here,
        next=more,
        empty="No file fits. Files are handed in from the page of an exhibit.",
    )


def hashes_table(session: Session, kept: Sequence[File]) -> Table:
    """Every hash value of these files: what it is a hash of, who states it, and whether it agrees."""
    rows = [_hash(file, one) for file in kept[:_MOST_HASHED] for one in files.digests(session, file)]
    caption = "Hashes by what they are a hash of"
    if len(kept) > _MOST_HASHED:
        caption += f" (of the first {_MOST_HASHED} files; each file's own page has its hashes)"
    return Table(caption, _HASHES, tuple(rows), Place(""), csv=False, empty="There is no hash yet.")


def readers_table(session: Session, case_id: UUID, about: str, here: Place) -> Table:
    """Who opened something of late, from the ledger of reading; *about* is a piece of the entries' exact text."""
    query = select(Entry).where(Entry.chain == f"access/{case_id}", Entry.body.contains(about, autoescape=True))
    found = session.scalars(query.order_by(Entry.position.desc()).limit(_MOST_READERS))
    rows = tuple(_reader(one) for one in found)
    return Table("Who read it, the latest first", _READERS, rows, here, csv=False, empty="Nobody has opened it yet.")


def _file(one: File) -> Row:
    name = Cell(one.shown_name, href=url_for("desk.file", file_id=one.id), note="derived" if one.parent_id else "")
    reading = Cell(tag=state(one.reading), note=one.reading_because)
    cells = (
        name,
        Cell(size(one.size)),
        Cell(digest=one.sha256),
        Cell(tag=state(one.state)),
        reading,
        Cell(when=one.received),
    )
    return Row(cells, tone="" if one.state == "stored" else "red")


def _hash(file: File, one: Digest) -> Row:
    target = one.target.replace("_", " ")
    cells = (
        Cell(file.shown_name, own=True),
        Cell(one.algorithm),
        Cell(digest=one.value),
        Cell(target),
        Cell(one.stated_by, own=True),
    )
    return Row((*cells, Cell(when=one.at), Cell(tag=_AGREES[one.agrees])), tone="red" if one.agrees is False else "")


def _reader(one: Entry) -> Row:
    purpose = one.purpose.replace("_", " ")
    cells = (
        Cell(one.actor.partition(":")[0], own=True),
        Cell(one.act),
        Cell(purpose),
        Cell(one.door),
        Cell(when=clock.parse(one.at)),
    )
    return Row(cells, tone="" if one.outcome == "done" else "orange")
