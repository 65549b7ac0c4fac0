"""The text of files, passage by passage, sealed in the database by a key derived from the case's key.

To destroy a case's key is to destroy its passages with it.  Facts about a file (who wrote it, where a photo was taken)
are content like any other and are sealed the same way.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid5

from sqlalchemy import ForeignKey, UniqueConstraint, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import cipher
from core.db import Base
from evidence.files import File
from evidence.keyring import Keyring
from evidence.pinpoints import Pinpoint

_BATCH = 500


class Readable(Protocol):
    """What a reader gives: a piece of text and where it stands."""

    @property
    def text(self) -> str:
        """The text as written."""
        ...

    @property
    def pinpoint(self) -> Pinpoint:
        """Where in the file it stands."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a file's text with its place; `ordinal` counts from 1 within the file."""

    id: UUID
    file_id: UUID
    ordinal: int
    pinpoint: Pinpoint
    text: str


class PassageRow(Base):
    """One sealed passage: its place and its text, since the name of a sheet tells as much as a line in it."""

    __tablename__ = "passages"
    __table_args__ = (UniqueConstraint("file_id", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id"))
    ordinal: Mapped[int]
    sealed: Mapped[bytes]


def key_of(session: Session, keyring: Keyring, file: File) -> bytes:
    """The case's key, which opens what any of its versions sealed; for this transaction alone, it may be turned."""
    return keyring.case_key(session, file.case_id, file.key_version).newest


def passage_id(file_id: UUID, ordinal: int) -> UUID:
    """The id of the passage at a place of a file, the same whenever the file is read."""
    return uuid5(file_id, str(ordinal))


def keep(session: Session, file: File, passages: Iterable[Readable], key: bytes) -> int:
    """Seal the passages of a file in place of any earlier ones, and say how many there are.

    `key` is what `key_of` gives.  Ids follow from file and ordinal, so reading a file again gives the same ones.
    """
    forget(session, file)
    own = _own_key(key, file.id)
    rows: list[dict[str, object]] = []
    count = 0
    for passage in passages:
        count += 1
        # JSON has no zero byte of its own, so the first one ends the place and begins the text.
        written = f"{passage.pinpoint.to_json()}\x00{passage.text}".encode("utf-8", "surrogatepass")
        sealed = cipher.seal_note(own, written, context=_context(file.id, count))
        rows.append(
            {
                "id": passage_id(file.id, count),
                "file_id": file.id,
                "ordinal": count,
                "sealed": sealed,
            }
        )
        if len(rows) == _BATCH:
            session.execute(insert(PassageRow), rows)
            rows = []
    if rows:
        session.execute(insert(PassageRow), rows)
    return count


def passages(session: Session, file: File, key: bytes, *, after: int = 0) -> Iterator[Passage]:
    """Yield the passages of a file after an ordinal, in order; raises SealBroken at one that was changed or moved."""
    own = _own_key(key, file.id)
    wanted = (PassageRow.file_id == file.id, PassageRow.ordinal > after)
    query = select(PassageRow).where(*wanted).order_by(PassageRow.ordinal)
    # Closed even when the caller stops early, since a database may hold a cursor open for it.
    with session.scalars(query.execution_options(yield_per=_BATCH)) as rows:
        for row in rows:
            yield _opened(row, own)


def page(session: Session, keyring: Keyring, file: File, *, after: int, size: int) -> list[Passage]:
    """The passages of a file that follow the one with ordinal *after*, at most *size* of them, in order."""
    own = _own_key(key_of(session, keyring, file), file.id)
    query = select(PassageRow).where(PassageRow.file_id == file.id, PassageRow.ordinal > after)
    return [_opened(row, own) for row in session.scalars(query.order_by(PassageRow.ordinal).limit(size))]


def some(session: Session, keyring: Keyring, ids: Collection[UUID]) -> dict[UUID, tuple[Passage, File]]:
    """Passages by id, each with its file; for hits, which the caller checks against the rights before showing them."""
    query = select(PassageRow, File).join(File, File.id == PassageRow.file_id).where(PassageRow.id.in_(ids))
    rows = session.execute(query).all()
    keys = keyring.case_keys(session, {file.case_id for _, file in rows})
    return {row.id: (_opened(row, _own_key(keys[file.case_id], file.id)), file) for row, file in rows}


def passage(session: Session, keyring: Keyring, passage_id: UUID) -> Passage | None:
    """One passage by its id, or nothing; the caller has fetched its file."""
    both = some(session, keyring, [passage_id]).get(passage_id)
    return both[0] if both else None


def count(session: Session, file: File) -> int:
    """How many passages a file has."""
    return session.scalar(select(func.count()).select_from(PassageRow).where(PassageRow.file_id == file.id)) or 0


def forget(session: Session, file: File) -> None:
    """Remove the passages of a file; they can be read again from the original."""
    session.execute(delete(PassageRow).where(PassageRow.file_id == file.id))


def keep_facts(session: Session, file: File, facts: Mapping[str, str], key: bytes) -> None:
    """Seal what a reader found out about a file beside its text: author, camera, place, pages."""
    written = json.dumps(dict(facts), ensure_ascii=True, sort_keys=True).encode()
    file.sealed_facts = cipher.seal_note(_own_key(key, file.id), written, context=_context(file.id, 0))
    session.flush()


def facts(file: File, key: bytes) -> dict[str, str]:
    """What was found out about a file; empty when nothing was."""
    if not file.sealed_facts:
        return {}
    written = cipher.unseal_note(_own_key(key, file.id), file.sealed_facts, context=_context(file.id, 0))
    return dict(json.loads(written))


def _opened(row: PassageRow, own: bytes) -> Passage:
    plain = cipher.unseal_note(own, row.sealed, context=_context(row.file_id, row.ordinal))
    place, _, words = plain.decode("utf-8", "surrogatepass").partition("\x00")
    return Passage(row.id, row.file_id, row.ordinal, Pinpoint.from_json(place), words)


def _own_key(key: bytes, file_id: UUID) -> bytes:
    return cipher.derive(key, f"passages/{file_id}")


def _context(file_id: UUID, ordinal: int) -> bytes:
    """What a sealed passage is bound to; ordinal 0 is the file's facts."""
    return f"probanda/passage/v1/{file_id}/{ordinal}".encode()
