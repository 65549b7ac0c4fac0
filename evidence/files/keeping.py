"""Digital objects: keeping them, finding them, and opening one, which is a regulated event.

The entry is written first, in the caller's transaction, and only after that has been committed does a door stream the
bytes.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from cases import access
from cases.access import Act
from cases.docket import NoSuchCase
from core import clock, jobs
from core.accounts import Actor
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence import exhibits
from evidence.exhibits import Exhibit
from evidence.files.rows import (
    COMPUTED_BY,
    UNKNOWN_TYPE,
    Digest,
    Expunged,
    File,
    Frozen,
    Reading,
    State,
    Stated,
    Target,
)
from evidence.keyring import Keyring
from evidence.names import new_salt
from evidence.vault import Receipt


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
        name_salt=new_salt(),
        restricted=exhibit.restricted or (parent is not None and parent.restricted),
        size=receipt.size,
        sha256=receipt.sha256,
        sha512=receipt.sha512,
        sealed_sha256=receipt.sealed_sha256,
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


def state(session: Session, file: File, stated: Stated, because: str = "") -> Digest:
    """Keep a stated hash value beside the others, with whether it agrees with what was computed here."""
    algorithm = stated.algorithm.lower().replace("-", "")
    value = stated.value.strip().lower()
    ours = {"sha256": file.sha256, "sha512": file.sha512}.get(algorithm)
    known = digests(session, file)
    # The first is our own: what it is a hash of is what the file is, and only hashes of the same thing are compared.
    own = {Target.TRANSFER.value, known[0].target} if known else {stated.target.value}
    comparable = ours is not None and stated.target.value in own
    row = Digest(
        id=uuid4(),
        file_id=file.id,
        ordinal=len(known) + 1,
        algorithm=algorithm,
        value=value,
        target=stated.target.value,
        stated_by=stated.stated_by,
        at=clock.now(),
        agrees=value == ours if comparable else None,
        because=because,
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
    if file.restricted and not exhibits.for_the_court(actor, to):
        raise NoSuchCase
    return file


def of_exhibit(session: Session, exhibit: Exhibit, *, with_restricted: bool = False) -> list[File]:
    """The files of an exhibit that the caller has fetched, received ones and derived ones, in order of arrival."""
    query = select(File).where(File.exhibit_id == exhibit.id)
    if not with_restricted:
        query = query.where(File.restricted.is_(False))
    return list(session.scalars(query.order_by(File.received, File.id)))


def of_case(session: Session, actor: Actor, case_id: UUID) -> Select[File]:
    """The query for the files of a case that the person may know of."""
    access.fetch(session, actor, case_id, to=Act.SEE)
    known = exhibits.seen(session, actor, case_id).with_only_columns(Exhibit.id)
    listed = select(File).where(File.case_id == case_id, File.exhibit_id.in_(known))
    return listed if exhibits.for_the_court(actor, Act.SEE) else listed.where(File.restricted.is_(False))


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
    if file.state == State.EXPUNGED:
        raise Expunged(f"this file is gone for good: {file.state_because}")
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
    return Receipt(file.blob, file.size, file.sha256, file.sha512, file.context, key, file.sealed_sha256)


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


def not_allowed(session: Session, exhibit: Exhibit) -> list[File]:
    """The files of an exhibit that were not read for want of an authority."""
    waiting = select(File).where(File.exhibit_id == exhibit.id, File.reading == Reading.NOT_ALLOWED.value)
    return list(session.scalars(waiting.order_by(File.received, File.id)))
