"""The layouts of bank tables: proposed by the machine, answered and confirmed by people, each version kept."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases.access import Act
from core import cipher, clock, jobs
from core.accounts import Actor
from core.db import Base, Moment
from core.errors import Conflict
from core.ledger import entries as ledger
from evidence import files, text
from evidence.files import File
from evidence.keyring import Keyring
from evidence.money import records
from evidence.money.records import StatementRecord
from evidence.money.statements import Layout, layout_from_json, layout_to_json

JOB: Final = "money"
PROPOSED, ANSWERED, CONFIRMED, SUPERSEDED = "proposed", "answered", "confirmed", "superseded"


class NothingToConfirm(Conflict):
    """There is no layout that waits for an answer or a confirmation."""


class LayoutRecord(Base):
    """One layout of one file: what was proposed, answered or confirmed, by whom and when; each is kept."""

    __tablename__ = "statement_layouts"
    __table_args__ = (Index(None, "file_id", "state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id"))
    state: Mapped[str]
    digest: Mapped[str]
    open: Mapped[bool]
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str]
    sealed: Mapped[bytes]


def propose(session: Session, actor: Actor, file: File, layout: Layout, *, key: bytes) -> LayoutRecord:
    """Keep the layout that a table was read by, in place of the one before; the same again changes nothing."""
    current = _current(session, file.id)
    digest = _digest(layout)
    if current is not None and current.digest == digest and current.state != ANSWERED:
        return current
    return _put(session, actor, file, layout, PROPOSED, key=key)


def layout_for(session: Session, keyring: Keyring, file: File) -> Layout | None:
    """The layout by which the worker reads a table, or None when it has still to be detected."""
    current = _current(session, file.id)
    return None if current is None else _opened(current, text.key_of(session, keyring, file))


def shown(session: Session, actor: Actor, keyring: Keyring, file_id: UUID) -> tuple[Layout, str]:
    """The present layout of a table and its state (proposed, answered, confirmed), to be looked at by a person.

    Raises NothingToConfirm when the file has none, and as `files.fetch` does.
    """
    file = files.fetch(session, actor, file_id, to=Act.MONEY)
    current = _waiting(session, file)
    return _opened(current, text.key_of(session, keyring, file)), current.state


def answer(session: Session, actor: Actor, keyring: Keyring, file_id: UUID, answers: Mapping[str, str]) -> Layout:
    """Take a person's answers about the layout and promise to read the table by it again.

    Answers are those of `Layout.answered`.  Raises BadAnswer naming each that cannot be taken.
    """
    files.fetch(session, actor, file_id, to=Act.MONEY)
    file = files.held(session, file_id, entering=False)
    key = text.key_of(session, keyring, file)
    current = _waiting(session, file)
    layout = _opened(current, key).answered(answers)
    _put(session, actor, file, layout, ANSWERED, key=key)
    told: dict[str, Any] = {"file": str(file.id), "answered": sorted(answers), "layout": _digest(layout)}
    ledger.append(session, f"case/{file.case_id}", actor, "layout answered", case=file.case_id, subject=file.id, **told)
    jobs.enqueue(session, JOB, file.id)
    return layout


def confirm_layout(session: Session, actor: Actor, keyring: Keyring, file_id: UUID) -> list[StatementRecord]:
    """Confirm that a table is read by its layout as it is shown: its statements then stand, and the entry says who.

    Raises LayoutOpen while questions are open and NothingToConfirm when no reading waits.
    """
    files.fetch(session, actor, file_id, to=Act.MONEY)
    # Whoever answers once more, or reads the table by that, ends first.
    file = files.held(session, file_id, entering=False)
    current = _waiting(session, file)
    layout = _opened(current, text.key_of(session, keyring, file)).settled()
    waiting = [one for one in records.of_file(session, file.id) if one.state == records.WAITING]
    if current.state == ANSWERED or not waiting:
        raise NothingToConfirm("the table has not been read by this layout yet; look again when it has")
    for one in waiting:
        one.state, one.confirmed, one.confirmed_by = records.CONFIRMED, clock.now(), actor.signature
    current.state = CONFIRMED
    session.flush()
    told: dict[str, Any] = {
        "file": str(file.id),
        "layout": current.digest,
        "reading": waiting[0].reading,
        "settings": {name: getattr(layout, name) for name in ("encoding", "delimiter", "decimal", "dates", "sign")},
        "currency": layout.currency,
        "columns": {role: list(places) for role, places in layout.columns.items()},
    }
    ledger.append(
        session, f"case/{file.case_id}", actor, "layout confirmed", case=file.case_id, subject=file.id, **told
    )
    return waiting


def confirmed(session: Session, file_id: UUID, layout: Layout) -> bool:
    """Whether exactly this layout was confirmed for the file, so that reading it again needs no new confirmation."""
    current = _current(session, file_id)
    return current is not None and current.state == CONFIRMED and current.digest == _digest(layout)


def _put(session: Session, actor: Actor, file: File, layout: Layout, state: str, *, key: bytes) -> LayoutRecord:
    present = (LayoutRecord.file_id == file.id, LayoutRecord.state != SUPERSEDED)
    session.execute(update(LayoutRecord).where(*present).values(state=SUPERSEDED))
    row = LayoutRecord(id=uuid4(), case_id=file.case_id, file_id=file.id, state=state, digest=_digest(layout))
    row.open, row.at, row.by = bool(layout.questions), clock.now(), actor.signature
    row.sealed = cipher.seal_note(_own(key, file.id), layout_to_json(layout).encode(), context=_context(row.id))
    session.add(row)
    session.flush()
    return row


def _current(session: Session, file_id: UUID) -> LayoutRecord | None:
    query = select(LayoutRecord).where(LayoutRecord.file_id == file_id, LayoutRecord.state != SUPERSEDED)
    return session.scalar(query.order_by(LayoutRecord.at.desc()).limit(1))


def _waiting(session: Session, file: File) -> LayoutRecord:
    current = _current(session, file.id)
    if current is None:
        raise NothingToConfirm("this file is no table whose layout could be confirmed, or it has not been read yet")
    return current


def _opened(row: LayoutRecord, key: bytes) -> Layout:
    return layout_from_json(cipher.unseal_note(_own(key, row.file_id), row.sealed, context=_context(row.id)))


def _digest(layout: Layout) -> str:
    return hashlib.sha256(layout_to_json(layout).encode()).hexdigest()


def _own(key: bytes, file_id: UUID) -> bytes:
    return cipher.derive(key, f"layout/{file_id}")


def _context(row_id: UUID) -> bytes:
    return f"probanda/layout/v1/{row_id}".encode()
