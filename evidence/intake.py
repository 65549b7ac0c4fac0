"""Taking files in: what was announced, what came, what was refused and why; nothing is ever left without a state.

A stream is sealed outside any transaction, because it lasts as long as its sender takes.  So taking in has three
steps: `expect` in a short transaction, `Vault.seal` in none, `accept` in a second short one.  What breaks off between
them leaves the item waiting, with the reason, and at most a blob without a row, which a sweep removes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases import access
from cases.access import Act
from cases.docket import NoSuchCase
from core import clock, jobs
from core.accounts import Actor
from core.db import Base, Moment
from core.errors import Conflict, Invalid
from core.ledger import entries as ledger
from evidence import custody, derivation, exhibits, files, text
from evidence.exhibits import Exhibit
from evidence.files import File, Reading, Stated, Target
from evidence.keyring import Keyring
from evidence.names import LONGEST_NAME, AsGiven, committed, new_salt, shown
from evidence.vault import BlobContext, Receipt, TooLarge

MOST_ITEMS: Final = 50_000
_DIGEST: Final = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
_HEX: Final = re.compile("[0-9a-f]+")
_SOURCES: Final = ("browser", "api", "folder")


class Item(StrEnum):
    """What became of one announced file."""

    WAITING = "waiting"
    STORED = "stored"
    REFUSED = "refused"


class BadBatch(Invalid):
    """What was announced cannot be taken like this; `fields` names each fault."""


class BadDigest(Invalid):
    """A stated hash value is none."""


class Settled(Conflict):
    """This item has been stored or refused already."""


class Batch(Base):
    """One delivery: the files that somebody announced together for one exhibit."""

    __tablename__ = "intake_batches"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"), index=True)
    source: Mapped[str]
    announced: Mapped[datetime] = mapped_column(Moment)
    announced_by: Mapped[str]


class BatchItem(Base):
    """One announced file, in exactly one state; `because` says why it waits again or was refused."""

    __tablename__ = "intake_items"
    __table_args__ = (UniqueConstraint("batch_id", "number"), Index(None, "case_id", "state"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("intake_batches.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"), index=True)
    number: Mapped[int]
    name: Mapped[str] = mapped_column(AsGiven)
    name_salt: Mapped[bytes] = mapped_column(default=new_salt)
    size: Mapped[int | None] = mapped_column(BigInteger)
    stated_sha256: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=Item.WAITING.value)
    because: Mapped[str] = mapped_column(default="")
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("files.id"), unique=True)
    changed: Mapped[datetime] = mapped_column(Moment)

    @property
    def shown_name(self) -> str:
        """The name as it can be shown without harm."""
        return shown(self.name)


@dataclass(frozen=True, slots=True)
class Announced:
    """A file that is to come: its name with any folders, its size in bytes and its SHA-256 as far as known."""

    name: str
    size: int | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a door needs to seal one file that was announced, and to accept it afterwards; plain values, no rows."""

    item: UUID
    context: BlobContext
    name: str
    size: int | None
    limit: int


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How many files were announced in a case and what became of them; the first is the sum of the others."""

    announced: int
    stored: int
    refused: int
    waiting: int


def announce(
    session: Session, actor: Actor, exhibit_id: UUID, coming: Sequence[Announced], *, source: str
) -> tuple[Batch, list[BatchItem]]:
    """Write down which files are to come for an exhibit, each waiting; a name that is too long is refused at once.

    `source` is browser, api or folder.  Raises NoSuchCase, NotYourDuty, or BadBatch with every fault.
    """
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.ADD)
    _check(coming, source)
    at = clock.now()
    batch = Batch(id=uuid4(), case_id=exhibit.case_id, exhibit_id=exhibit.id, source=source)
    batch.announced, batch.announced_by = at, actor.signature
    session.add(batch)
    session.flush()
    items = [_item(batch, number, one, at) for number, one in enumerate(coming, start=1)]
    session.add_all(items)
    session.flush()
    words = {"batch": str(batch.id), "files": len(items), "source": source}
    _enter(session, actor, batch, "files announced", words)
    for item in items:
        if item.state == Item.REFUSED:
            _enter(session, actor, batch, "file refused", _told(item), outcome="refused")
    return batch, items


def expect(session: Session, actor: Actor, item_id: UUID, *, limit: int) -> Delivery:
    """Ask whether an announced file may come now; gives what `Vault.seal` and `accept` need.

    `limit` is the most bytes one file may have here.  Raises NoSuchCase, NotYourDuty, Settled, or TooLarge after
    having been announced as larger; the door then calls `refuse`.
    """
    item = _fetch(session, actor, item_id)
    _still_waiting(item)
    if item.size is not None and item.size > limit:
        raise TooLarge(f"it has {item.size} bytes, and one file may have at most {limit} here")
    context = BlobContext(item.case_id, item.exhibit_id, uuid4())
    return Delivery(item.id, context, item.name, item.size, limit)


def accept(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    delivery: Delivery,
    receipt: Receipt,
    *,
    stated: Sequence[Stated] = (),
) -> File:
    """Turn a sealed stream into a file: row, digests, custody entry, item and the promise to read it, all at once.

    A stated hash that does not agree does not lose the file: it is stored, quarantined, and written down (COC-5).
    Raises as `expect` does; the blob then has no row, and a sweep removes it.
    """
    return _store(session, actor, keyring, _fetch(session, actor, delivery.item), receipt, stated)


def store_promised(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    item_id: UUID,
    receipt: Receipt,
    *,
    stated: Sequence[Stated] = (),
) -> File:
    """Do what `accept` does for bytes whose every part came from people who were asked; so the house is not."""
    item = session.get_one(BatchItem, item_id, with_for_update=True, populate_existing=True)
    return _store(session, actor, keyring, item, receipt, stated)


def _store(
    session: Session, actor: Actor, keyring: Keyring, item: BatchItem, receipt: Receipt, stated: Sequence[Stated]
) -> File:
    _still_waiting(item)
    exhibit = session.get_one(Exhibit, item.exhibit_id)
    # Whoever restricts the exhibit ends first, or finds this file too.
    ledger.hold(session, exhibit.chain)
    session.refresh(exhibit)
    making = derivation.of_item(session, item.id)
    parent, method, target = making or (None, None, Target.CONTAINER_FILE)
    file = files.add(
        session, actor, keyring, exhibit, receipt, name=item.name, parent=parent, method=method, target=target
    )  # fmt: skip
    item.state, item.because, item.file_id, item.changed = Item.STORED.value, "", file.id, clock.now()
    # The name is not in the entry, only what commits to it: an entry stays for ever, and a name may have to go.
    words = {"file": str(file.id), "name_commitment": file.commitment, "size": file.size, "item": str(item.id)}
    words |= {"sha256": file.sha256, "sha512": file.sha512, "sealed_sha256": file.sealed_sha256}
    if parent is not None:
        words |= {"parent": str(parent.id), "method": method}
    file.position = custody.note_files(session, actor, exhibit, "receive file", words).position
    if item.stated_sha256:
        stated = [Stated("sha256", item.stated_sha256, Target.TRANSFER, "the announcement"), *stated]
    for one in stated:
        _compare(session, actor, file, one)
    session.flush()
    return file


def state(session: Session, actor: Actor, item_id: UUID, stated: Stated) -> File:
    """Compare a hash that the sender states after the file has come, as a browser does that hashes while it reads.

    When it does not agree the file is quarantined, and what was read from it is withdrawn from search.
    """
    item = _fetch(session, actor, item_id)
    file = files.held(session, item.file_id) if item.file_id else None
    if file is None or file.state == files.State.EXPUNGED:
        raise Settled("this item has no stored file whose hash could be compared")
    _compare(session, actor, file, stated)
    return file


def refuse(session: Session, actor: Actor, item_id: UUID, because: str) -> BatchItem:
    """End an item without a file, with the reason; the sender may announce it again."""
    return _refuse(session, actor, _fetch(session, actor, item_id), because)


def give_up(session: Session, actor: Actor, item_id: UUID, because: str) -> BatchItem:
    """End an item as `refuse` does, by the house itself, which is not asked for a right: its time has run out."""
    item = session.get_one(BatchItem, item_id, with_for_update=True, populate_existing=True)
    return _refuse(session, actor, item, because)


def _refuse(session: Session, actor: Actor, item: BatchItem, because: str) -> BatchItem:
    _still_waiting(item)
    item.state, item.because, item.changed = Item.REFUSED.value, because, clock.now()
    batch = session.get_one(Batch, item.batch_id)
    _enter(session, actor, batch, "file refused", _told(item), outcome="refused")
    session.flush()
    return item


def interrupt(session: Session, actor: Actor, item_id: UUID, because: str) -> BatchItem:
    """Keep an item waiting whose upload broke off, with the reason; nothing of what came is kept."""
    item = _fetch(session, actor, item_id)
    _still_waiting(item)
    item.because, item.changed = because, clock.now()
    batch = session.get_one(Batch, item.batch_id)
    _enter(session, actor, batch, "upload broke off", _told(item), outcome="failed")
    session.flush()
    return item


def fetch(session: Session, actor: Actor, batch_id: UUID) -> tuple[Batch, list[BatchItem]]:
    """A delivery with its items, if the person may know of its exhibit."""
    batch = session.get(Batch, batch_id)
    if batch is None:
        raise NoSuchCase
    exhibits.fetch(session, actor, batch.exhibit_id, to=Act.SEE)
    items = select(BatchItem).where(BatchItem.batch_id == batch.id).order_by(BatchItem.number)
    return batch, list(session.scalars(items))


def item_of(session: Session, actor: Actor, batch_id: UUID, item_id: UUID) -> BatchItem:
    """An item of this very delivery, if the person may add to its exhibit."""
    item = session.get(BatchItem, item_id)
    if item is None or item.batch_id != batch_id:
        raise NoSuchCase
    exhibits.fetch(session, actor, item.exhibit_id, to=Act.ADD)
    return item


def reckon(session: Session, actor: Actor, case_id: UUID) -> Reckoning:
    """Count what was announced in a case, up to the class that the person may know of, and what became of it."""
    access.fetch(session, actor, case_id, to=Act.SEE)
    known = exhibits.seen(session, actor, case_id).with_only_columns(Exhibit.id)
    query = select(BatchItem.state, func.count()).where(BatchItem.exhibit_id.in_(known)).group_by(BatchItem.state)
    counts: dict[str, int] = dict(session.execute(query).all())
    by_state = {name.value: counts.get(name.value, 0) for name in Item}
    return Reckoning(announced=sum(counts.values()), **by_state)


def _item(batch: Batch, number: int, one: Announced, at: datetime) -> BatchItem:
    item = BatchItem(id=uuid4(), batch_id=batch.id, case_id=batch.case_id, exhibit_id=batch.exhibit_id, number=number)
    item.name_salt = new_salt()
    item.name, item.size, item.stated_sha256 = one.name[:LONGEST_NAME], one.size, one.sha256.strip().lower()
    item.state, item.because, item.changed = Item.WAITING.value, "", at
    if len(one.name) > LONGEST_NAME:
        item.state = Item.REFUSED.value
        item.because = (
            f"its name has {len(one.name)} characters; {LONGEST_NAME} can be kept whole, so give it a shorter one"
        )
    return item


def _fetch(session: Session, actor: Actor, item_id: UUID) -> BatchItem:
    """The item, locked where the database can, so that two deliveries of it cannot both be the one."""
    item = session.get(BatchItem, item_id, with_for_update=True, populate_existing=True)
    if item is None:
        raise NoSuchCase
    exhibits.fetch(session, actor, item.exhibit_id, to=Act.ADD)
    return item


def _still_waiting(item: BatchItem) -> None:
    if item.state != Item.WAITING:
        said = "stored already" if item.state == Item.STORED else f"refused: {item.because}"
        raise Settled(f"{item.shown_name} was {said}; announce it again if it is to come once more")


def _compare(session: Session, actor: Actor, file: File, stated: Stated) -> None:
    """Keep a stated hash; one that does not agree sets the file aside and takes back what was read from it."""
    check_digest(stated.algorithm, stated.value)
    digest = files.state(session, file, stated)
    if digest.agrees is not False:
        return
    ours = file.sha256 if digest.algorithm == "sha256" else file.sha512
    because = f"{stated.stated_by} states {digest.algorithm} {digest.value}, and what came has {ours}"
    files.quarantine(session, actor, file, because)
    if file.reading not in {Reading.WAITING, Reading.NOT_ALLOWED}:
        text.forget(session, file)
        file.sealed_facts = None
        jobs.enqueue(session, "unindex", file.id)
    files.set_reading(session, file, Reading.REFUSED, f"not processed: {because}")


def check_digest(algorithm: str, value: str) -> None:
    """Say nothing for a well-formed hash value; raises BadDigest otherwise."""
    name = algorithm.lower().replace("-", "")
    length = _DIGEST.get(name)
    if length is None:
        raise BadDigest(f"«{algorithm[:20]}» is not a hash that is kept here; use one of: " + ", ".join(_DIGEST))
    if len(value.strip()) != length or not _HEX.fullmatch(value.strip().lower()):
        raise BadDigest(f"a {name} value is {length} characters from 0-9 and a-f")


def _check(coming: Sequence[Announced], source: str) -> None:
    wrong: dict[str, str] = {}
    if source not in _SOURCES:
        wrong["source"] = "use one of: " + ", ".join(_SOURCES)
    if not 0 < len(coming) <= MOST_ITEMS:
        wrong["files"] = f"announce between 1 and {MOST_ITEMS} files at once"
    for number, one in enumerate(coming[:MOST_ITEMS], start=1):
        if not one.name:
            wrong[f"file {number}"] = "it has no name"
        if one.size is not None and one.size < 0:
            wrong[f"file {number}"] = "its size is below zero"
        if one.sha256 and (
            len(one.sha256.strip()) != _DIGEST["sha256"] or not _HEX.fullmatch(one.sha256.strip().lower())
        ):
            wrong[f"file {number}"] = "its SHA-256 is not 64 characters from 0-9 and a-f"
    if wrong:
        raise BadBatch(exhibits.told(dict(list(wrong.items())[:20])), fields=wrong)


def _told(item: BatchItem) -> dict[str, Any]:
    told = {"item": str(item.id), "batch": str(item.batch_id), "because": item.because}
    return {**told, "name_commitment": committed(item.shown_name, item.name_salt)}


def _enter(
    session: Session, actor: Actor, batch: Batch, act: str, words: dict[str, Any], *, outcome: str = "done"
) -> None:
    chain = f"case/{batch.case_id}"
    ledger.append(session, chain, actor, act, case=batch.case_id, subject=batch.exhibit_id, outcome=outcome, **words)
