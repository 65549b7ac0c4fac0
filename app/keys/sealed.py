"""Everything that lies sealed under a case's key, and how each kind is sealed anew: only `app` sees it all.

A test holds this list against the tables, so that no sealed column can be forgotten when a key is turned.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, and_, func, select
from sqlalchemy.orm import Session

from cases.people import NameForm, Person
from core import cipher
from core.cipher import TurningKey
from core.db import Base
from evidence.data_orders import words as asked
from evidence.data_orders.rows import DataOrderWords
from evidence.exhibits import Exhibit
from evidence.files import File
from evidence.keyring import Keyring
from evidence.kits.labels import KitEntry
from evidence.money import records
from evidence.money.layouts import LayoutRecord
from evidence.money.records import StatementRecord, TransactionRecord
from evidence.online import items as online
from evidence.online.rows import OnlineItem
from evidence.text import PassageRow
from evidence.uploads.rows import Upload
from evidence.vault import BlobContext
from exports import shelf
from exports.register import Export
from exports.shelf import Shelved


@dataclass(frozen=True, slots=True)
class Note:
    """A column of notes sealed by a key derived from the case's: under which label, bound to what."""

    table: type[Base]
    column: str
    label: Callable[[Any], str]
    context: Callable[[Any], bytes]
    of_case: Callable[[UUID], ColumnElement[bool]]
    beside: Callable[[Any, TurningKey], None] | None = None

    @property
    def name(self) -> str:
        """What it is called in the ledger."""
        return f"{self.table.__tablename__}.{self.column}"

    def old(self, case_id: UUID, version: int) -> ColumnElement[bool]:
        """Which rows of a case are not sealed under this version."""
        column = getattr(self.table, self.column)
        opening = func.substr(column, 1, cipher.MARK, type_=LargeBinary)
        full = func.length(column) > 0
        return and_(self.of_case(case_id), column.is_not(None), full, opening != cipher.mark_of(version))

    def again(self, _session: Session, _keyring: Keyring, row: Any, key: TurningKey) -> None:
        """Seal one row anew under the newest version."""
        own, context = cipher.derive(key, self.label(row)), self.context(row)
        plain = cipher.unseal_note(own, getattr(row, self.column), context=context)
        setattr(row, self.column, cipher.seal_note(own, plain, context=context))
        if self.beside is not None:
            self.beside(row, key)


@dataclass(frozen=True, slots=True)
class Wrap:
    """A column of object keys wrapped by the case's key; the sealed bytes themselves stay as they are."""

    table: type[Base]
    context: Callable[[Session, Any], BlobContext]
    of_case: Callable[[UUID], ColumnElement[bool]]
    column: str = "wrapped_key"

    @property
    def name(self) -> str:
        """What it is called in the ledger."""
        return f"{self.table.__tablename__}.{self.column}"

    def old(self, case_id: UUID, version: int) -> ColumnElement[bool]:
        """Which rows of a case are not wrapped by this version."""
        table: Any = self.table
        return and_(self.of_case(case_id), func.length(table.wrapped_key) > 0, table.key_version != version)

    def again(self, session: Session, keyring: Keyring, row: Any, _key: TurningKey) -> None:
        """Wrap one object's key by the newest version."""
        context = self.context(session, row)
        key = keyring.unwrap_object(session, context, row.wrapped_key, row.key_version)
        row.wrapped_key, row.key_version = keyring.wrap_object(session, context, key)


Holding = Note | Wrap


def _own(table: Any) -> Callable[[UUID], ColumnElement[bool]]:
    return lambda case_id: table.case_id == case_id


def _of_files(table: Any) -> Callable[[UUID], ColumnElement[bool]]:
    return lambda case_id: table.file_id.in_(select(File.id).where(File.case_id == case_id))


def _people(case_id: UUID) -> ColumnElement[bool]:
    return NameForm.person_id.in_(select(Person.id).where(Person.case_id == case_id))


def _collected(case_id: UUID) -> ColumnElement[bool]:
    return OnlineItem.exhibit_id.in_(select(Exhibit.id).where(Exhibit.case_id == case_id))


def _exports(case_id: UUID) -> ColumnElement[bool]:
    return Shelved.export_id.in_(select(Export.id).where(Export.case_id == case_id))


def _marked(row: TransactionRecord, key: TurningKey) -> None:
    row.counterparty_mark = records.mark(key, str(records.words(key, row).get("counterparty", "")))


def _dossier(row: Any, key: TurningKey) -> None:
    row.key_version = key.version


HOLDINGS: Final[tuple[Holding, ...]] = (
    Wrap(File, lambda _session, row: row.context, _own(File)),
    Wrap(Upload, lambda _session, row: row.context, _own(Upload)),
    Wrap(Shelved, lambda session, row: shelf.context_of(session.get_one(Export, row.export_id)), _exports),
    Note(PassageRow, "sealed", lambda row: f"passages/{row.file_id}",
         lambda row: f"probanda/passage/v1/{row.file_id}/{row.ordinal}".encode(), _of_files(PassageRow)),
    Note(File, "sealed_facts", lambda row: f"passages/{row.id}",
         lambda row: f"probanda/passage/v1/{row.id}/0".encode(), _own(File)),
    Note(StatementRecord, "sealed", lambda row: f"money/{row.file_id}",
         lambda row: f"probanda/money/v1/{row.id}".encode(), _own(StatementRecord)),
    Note(TransactionRecord, "sealed", lambda row: f"money/{row.file_id}",
         lambda row: f"probanda/money/v1/{row.id}".encode(), _own(TransactionRecord), _marked),
    Note(LayoutRecord, "sealed", lambda row: f"layout/{row.file_id}",
         lambda row: f"probanda/layout/v1/{row.id}".encode(), _own(LayoutRecord)),
    Note(NameForm, "sealed", lambda _row: "people", lambda row: row.id.bytes, _people),
    Note(Export, "sealed", lambda _row: "dossiers", lambda row: row.id.bytes, _own(Export), _dossier),
    Note(DataOrderWords, "sealed", lambda _row: asked.LABEL, lambda row: row.id.bytes, _own(DataOrderWords)),
    Note(OnlineItem, "sealed", lambda _row: online.LABEL, lambda row: row.id.bytes, _collected),
    Note(KitEntry, "sealed", lambda _row: "entries of kits", lambda row: row.id.bytes, _own(KitEntry)),
)  # fmt: skip


def some(session: Session, holding: Holding, case_id: UUID, version: int, size: int) -> Sequence[Any]:
    """Rows of a kind that are still under an older version, held against others until the transaction ends."""
    query = select(holding.table).where(holding.old(case_id, version)).limit(size)
    return session.scalars(query.with_for_update(of=holding.table)).all()


def left(session: Session, case_id: UUID, version: int) -> int:
    """How many rows of a case are still under an older version of its key."""
    return sum(
        session.scalar(select(func.count()).select_from(one.table).where(one.old(case_id, version))) or 0
        for one in HOLDINGS
    )
