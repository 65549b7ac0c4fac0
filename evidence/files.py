"""A digital object: its digests, each with a target, where it came from, and how far it has been read.

To open one is a regulated event: the entry is written first, in the caller's transaction, and only after that has
been committed does a door stream the bytes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases import access
from cases.access import Act
from cases.docket import NoSuchCase
from core import clock, jobs
from core.accounts import Actor
from core.db import Base, Moment
from core.errors import Conflict
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence import custody, exhibits
from evidence.exhibits import Exhibit
from evidence.keyring import Keyring
from evidence.names import AsGiven, shown
from evidence.vault import BlobContext, Receipt

COMPUTED_BY: Final = "this system, from the bytes as they came in"
UNKNOWN_TYPE: Final = "application/octet-stream"
_PER_ENTRY: Final = 200


class State(StrEnum):
    """Whether the bytes are what they should be."""

    STORED = "stored"
    QUARANTINED = "quarantined"
    FROZEN = "frozen"


class Reading(StrEnum):
    """How far the content of a file has been read."""

    WAITING = "waiting"
    READ = "read"
    EMPTY = "empty"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_ALLOWED = "not_allowed"


class Target(StrEnum):
    """What a digest is a digest of; several are right at once (domain.md 2.2)."""

    SOURCE_DATA = "source_data"
    CONTAINER_FILE = "container_file"
    LOGICAL_FILE = "logical_file"
    TRANSFER = "transfer"
    WORKING_COPY = "working_copy"
    RENDITION = "rendition"


class Frozen(Conflict):
    """The stored bytes of this file did not hold when they were last read, so it is not opened."""


class File(Base):
    """One digital object of an exhibit, or one derived from another; its bytes never change."""

    __tablename__ = "files"
    __table_args__ = (Index(None, "case_id", "received"), Index(None, "exhibit_id", "received"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("files.id"), index=True)
    # Any name, with its folders as a label; it never becomes a path on a disk of ours.
    name: Mapped[str] = mapped_column(AsGiven)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(index=True)
    sha512: Mapped[str]
    media_type: Mapped[str] = mapped_column(default=UNKNOWN_TYPE)
    blob: Mapped[str] = mapped_column(unique=True)
    wrapped_key: Mapped[bytes]
    key_version: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    method: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sensitivity: Mapped[int]
    state: Mapped[str] = mapped_column(default=State.STORED.value)
    state_because: Mapped[str] = mapped_column(default="")
    reading: Mapped[str] = mapped_column(default=Reading.WAITING.value)
    reading_because: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    dated: Mapped[datetime | None] = mapped_column(Moment)
    sealed_facts: Mapped[bytes | None]
    received: Mapped[datetime] = mapped_column(Moment)
    received_by: Mapped[str]
    # Where in the exhibit's custody chain its arrival stands; 0 for what was derived here.
    position: Mapped[int] = mapped_column(default=0)

    @property
    def shown_name(self) -> str:
        """The name as it can be shown without harm."""
        return shown(self.name)

    @property
    def context(self) -> BlobContext:
        """To what the sealed bytes are bound."""
        return BlobContext(self.case_id, self.exhibit_id, self.id, self.version)


class Digest(Base):
    """One hash value, of which it is said what it is a hash of and who says so (R-INT-01)."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("file_id", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id"), index=True)
    ordinal: Mapped[int]
    algorithm: Mapped[str]
    value: Mapped[str] = mapped_column(index=True)
    target: Mapped[str]
    stated_by: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)
    # Whether it is what was computed here; nothing when that cannot be compared.
    agrees: Mapped[bool | None]


@dataclass(frozen=True, slots=True)
class Stated:
    """A hash value that somebody states; `stated_by` names the person, program or paper."""

    algorithm: str
    value: str
    target: Target = Target.TRANSFER
    stated_by: str = "the sender"


@dataclass(frozen=True, slots=True)
class Derived:
    """Something made from a file: its name, its sealed bytes, and the method (name, tool, version, parameters)."""

    name: str
    receipt: Receipt
    method: dict[str, Any]
    target: Target = Target.LOGICAL_FILE


def add(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    exhibit: Exhibit,
    receipt: Receipt,
    *,
    name: str,
    parent: File | None = None,
    method: dict[str, Any] | None = None,
    target: Target = Target.CONTAINER_FILE,
) -> File:
    """Write the row of a sealed stream, its two digests and the promise to read it; the verbs enter it in the chain."""
    wrapped, version = keyring.wrap_object(session, receipt.context, receipt.key)
    file = File(
        id=receipt.context.file,
        case_id=receipt.context.case,
        exhibit_id=exhibit.id,
        parent_id=parent.id if parent else None,
        name=name,
        size=receipt.size,
        sha256=receipt.sha256,
        sha512=receipt.sha512,
        media_type=UNKNOWN_TYPE,
        blob=receipt.blob,
        wrapped_key=wrapped,
        key_version=version,
        version=receipt.context.version,
        method=method or {},
        sensitivity=max(exhibit.sensitivity, parent.sensitivity if parent else exhibit.sensitivity),
        state=State.STORED.value,
        state_because="",
        reading=Reading.WAITING.value,
        reading_because="",
        language="",
        received=clock.now(),
        received_by=actor.signature,
    )
    session.add(file)
    session.flush()
    for algorithm, value in (("sha256", file.sha256), ("sha512", file.sha512)):
        state(session, file, Stated(algorithm, value, target, COMPUTED_BY))
    jobs.enqueue(session, "extract", file.id)
    return file


def state(session: Session, file: File, stated: Stated) -> Digest:
    """Keep a stated hash value beside the others, with whether it agrees with what was computed here."""
    algorithm = stated.algorithm.lower().replace("-", "")
    value = stated.value.strip().lower()
    ours = {"sha256": file.sha256, "sha512": file.sha512}.get(algorithm)
    comparable = ours is not None and stated.target is not Target.SOURCE_DATA
    row = Digest(
        id=uuid4(),
        file_id=file.id,
        ordinal=len(digests(session, file)) + 1,
        algorithm=algorithm,
        value=value,
        target=stated.target.value,
        stated_by=stated.stated_by,
        at=clock.now(),
        agrees=value == ours if comparable else None,
    )
    session.add(row)
    session.flush()
    return row


def fetch(session: Session, actor: Actor, file_id: UUID, *, to: Act) -> File:
    """The file, if the person may do this with it; raises as `exhibits.fetch` does."""
    file = session.get(File, file_id)
    if file is None:
        raise NoSuchCase
    exhibits.fetch(session, actor, file.exhibit_id, to=to)
    if to is not Act.SEE and file.sensitivity > access.clearance_of(session, actor, file.case_id):
        raise NoSuchCase
    return file


def of_exhibit(session: Session, exhibit: Exhibit) -> list[File]:
    """The files of an exhibit that the caller has fetched, received ones and derived ones, in order of arrival."""
    query = select(File).where(File.exhibit_id == exhibit.id)
    return list(session.scalars(query.order_by(File.received, File.id)))


def of_case(session: Session, actor: Actor, case_id: UUID) -> Select[File]:
    """The query for the files of a case that the person may know of."""
    access.fetch(session, actor, case_id, to=Act.SEE)
    known = exhibits.seen(session, actor, case_id).with_only_columns(Exhibit.id)
    return select(File).where(File.case_id == case_id, File.exhibit_id.in_(known))


def children(session: Session, file: File) -> list[File]:
    """What was derived from a file directly."""
    return list(session.scalars(select(File).where(File.parent_id == file.id).order_by(File.received, File.id)))


def digests(session: Session, file: File) -> list[Digest]:
    """All hash values of a file, computed and stated, in the order in which they were recorded."""
    return list(session.scalars(select(Digest).where(Digest.file_id == file.id).order_by(Digest.ordinal)))


def arrival(session: Session, file: File) -> Entry | None:
    """The custody entry by which a file came in; nothing for what was derived here."""
    return session.get(Entry, (f"custody/{file.exhibit_id}", file.position))


def same_content(session: Session, file: File, cases: Collection[UUID]) -> list[File]:
    """Other files with the same bytes, in the cases that the caller has found the person may know of (R-INT-07)."""
    same = select(File).where(File.sha256 == file.sha256, File.size == file.size, File.id != file.id)
    return list(session.scalars(same.where(File.case_id.in_(cases)).order_by(File.received, File.id)))


def open_file(session: Session, actor: Actor, keyring: Keyring, file_id: UUID, *, way: str = "download") -> Receipt:
    """Enter that the person opens a file and give what the vault needs; stream only after this is committed.

    `way` says how it is read (download, page, text).  Raises as `fetch` does, or Frozen.  When the stream then raises
    Tampered, call `freeze` in a transaction of its own.
    """
    file = fetch(session, actor, file_id, to=Act.READ)
    if file.state == State.FROZEN:
        raise Frozen(f"{file.shown_name} is not opened, because its stored bytes did not hold: {file.state_because}")
    note_reading(session, actor, file, way)
    return receipt_of(session, keyring, file)


def note_reading(session: Session, actor: Actor, file: File, way: str) -> None:
    """Enter that a person reads content of a file, apart from its custody (R-CUS-01)."""
    ledger.append(
        session,
        f"access/{file.case_id}",
        actor,
        "file opened",
        case=file.case_id,
        subject=file.id,
        exhibit=str(file.exhibit_id),
        sha256=file.sha256,
        way=way,
    )


def receipt_of(session: Session, keyring: Keyring, file: File) -> Receipt:
    """What the vault needs to open a file; for work of the house itself, since it enters nothing."""
    key = keyring.unwrap_object(session, file.context, file.wrapped_key, file.key_version)
    return Receipt(file.blob, file.size, file.sha256, file.sha512, file.context, key)


def beside(parent: File) -> BlobContext:
    """A context for something derived from *parent*, under which to seal it before `derive` is called."""
    return BlobContext(parent.case_id, parent.exhibit_id, uuid4())


def derive(session: Session, actor: Actor, keyring: Keyring, parent: File, made: Sequence[Derived]) -> list[File]:
    """Write rows for what was made from a file, with parent and method, and enter them in the chain (R-INT-04).

    May run twice: what was derived before from the same parent, by the same method and with the same bytes, is given
    back and not written again; its second blob has no row, and a sweep removes it.
    """
    exhibit = session.get_one(Exhibit, parent.exhibit_id)
    before = {(one.name, one.sha256, ledger_words(one.method)): one for one in children(session, parent)}
    known, fresh = [], []
    for one in made:
        same = before.get((one.name, one.receipt.sha256, ledger_words(one.method)))
        if same is not None:
            known.append(same)
            continue
        row = add(
            session,
            actor,
            keyring,
            exhibit,
            one.receipt,
            name=one.name,
            parent=parent,
            method=one.method,
            target=one.target,
        )
        fresh.append(row)
    for start in range(0, len(fresh), _PER_ENTRY):
        told = [_told(row) for row in fresh[start : start + _PER_ENTRY]]
        custody.note_files(session, actor, exhibit, "derive", {"parent": str(parent.id), "files": told})
    return known + fresh


def ledger_words(method: dict[str, Any]) -> str:
    """A method as one text, the same for the same facts."""
    return repr(sorted(method.items()))


def _told(file: File) -> dict[str, Any]:
    method = {str(name): str(value) for name, value in file.method.items()}
    return {"file": str(file.id), "name": file.shown_name, "sha256": file.sha256, "size": file.size, "method": method}


def set_reading(
    session: Session,
    file: File,
    reading: Reading,
    because: str = "",
    *,
    media_type: str = "",
    language: str = "",
    dated: datetime | None = None,
) -> None:
    """Keep what came of reading a file; the original stays as it is whatever that was."""
    file.reading, file.reading_because = reading.value, because
    file.media_type = media_type or file.media_type
    file.language, file.dated = language, dated
    session.flush()


def quarantine(session: Session, actor: Actor, file: File, because: str) -> None:
    """Set a file aside whose bytes are not those that were stated; it is kept, can be opened, and is not processed."""
    _set_aside(session, actor, file, State.QUARANTINED, because)


def freeze(session: Session, actor: Actor, file_id: UUID, because: str) -> None:
    """Close a file whose stored bytes did not hold; nothing is repaired silently (R-INT-05)."""
    file = session.get(File, file_id)
    if file is None:
        raise NoSuchCase
    if file.state != State.FROZEN:
        _set_aside(session, actor, file, State.FROZEN, because)


def _set_aside(session: Session, actor: Actor, file: File, state_: State, because: str) -> None:
    file.state, file.state_because = state_.value, because
    exhibit = session.get_one(Exhibit, file.exhibit_id)
    words = {"file": str(file.id), "name": file.shown_name, "because": because, "state": state_.value}
    custody.note_files(session, actor, exhibit, "integrity-failure", words, outcome="failed")
    session.flush()


def not_allowed(session: Session, exhibit: Exhibit) -> list[File]:
    """The files of an exhibit that were not read for want of an authority."""
    waiting = select(File).where(File.exhibit_id == exhibit.id, File.reading == Reading.NOT_ALLOWED.value)
    return list(session.scalars(waiting.order_by(File.received, File.id)))
