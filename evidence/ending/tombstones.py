"""What is left of a thing that was destroyed by order: its number, the order, the day, and nothing that it said.

The same lines stand in the database and, signed and each tied to the one before it, in a file outside it.  A backup
brings back what had to go; after every restore the lines of that file are replayed (decision 0055).
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

import rfc8785
from sqlalchemy import JSON, Table, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import cipher, clock
from core.accounts import Actor
from core.db import Base, Moment
from core.errors import Tampered
from core.ledger import entries as ledger
from core.ledger import guards
from evidence.keyring import Keyring

FILE: Final = "tombstones.jsonl"
CHAIN: Final = "house/tombstones"
KIND: Final = "probanda tombstone"
_NOTHING_BEFORE: Final = "0" * 64


class TombstonesBroken(Tampered):
    """The file of tombstones is not as it was written; the first bad line is named."""


class Tombstone(Base):
    """One thing that was destroyed; `destroyed` names the keys and blobs that went, `kept` the hash if it may stay."""

    __tablename__ = "tombstones"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(unique=True)
    kind: Mapped[str]
    case_id: Mapped[UUID] = mapped_column(index=True)
    order_id: Mapped[UUID] = mapped_column(index=True)
    order_number: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)
    destroyed: Mapped[dict[str, Any]] = mapped_column(JSON)
    kept: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    # The signed line exactly as it stands in the file.
    line: Mapped[str] = mapped_column(Text)


guards.keep(cast("Table", Tombstone.__table__), "tombstones are only ever added")


@dataclass(frozen=True, slots=True)
class Stone:
    """One line of the file, read and checked."""

    position: int
    id: UUID
    kind: str
    case: UUID
    order_id: UUID
    order: str
    at: str
    destroyed: Mapping[str, Any]
    kept: Mapping[str, Any] | None
    line: str


@dataclass(frozen=True, slots=True)
class Gone:
    """What a verb has destroyed: the thing, what went of it, and the hashes that may be kept (none: nothing)."""

    id: UUID
    kind: str
    case: UUID
    destroyed: Mapping[str, Any]
    kept: Mapping[str, Any] | None = None


def set_up(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    gone: Gone,
    *,
    order: UUID,
    number: str,
    at: datetime | None = None,
) -> Tombstone:
    """Write the tombstone of a thing in the transaction that destroys it; asked again it gives the one that stands."""
    known = of(session, gone.id)
    if known is not None:
        return known
    # The chain's head is the lock that gives positions without a gap, one after the other.
    head = ledger.hold(session, CHAIN)
    last = session.get(Tombstone, head.position)
    moment = at or clock.now()
    told: dict[str, Any] = {
        "v": 1,
        "kind": KIND,
        "position": head.position + 1,
        "previous": _digest(last.line) if last else _NOTHING_BEFORE,
        "thing": gone.kind,
        "id": str(gone.id),
        "case": str(gone.case),
        "order": number,
        "order_id": str(order),
        "at": clock.stamp(moment),
        "destroyed": dict(gone.destroyed),
        "kept": None if gone.kept is None else dict(gone.kept),
        "key_id": keyring.key_id,
    }
    statement = rfc8785.dumps(told)
    line = json.dumps({"tombstone": statement.decode(), "signature": keyring.sign(statement).hex()}, ensure_ascii=True)
    return _keep(session, actor, line, told, moment)


def of(session: Session, thing: UUID) -> Tombstone | None:
    """The tombstone of a thing, if it was destroyed."""
    return session.scalar(select(Tombstone).where(Tombstone.id == thing))


def of_order(session: Session, order_id: UUID) -> Sequence[Tombstone]:
    """What an order has destroyed so far, in order."""
    return session.scalars(select(Tombstone).where(Tombstone.order_id == order_id).order_by(Tombstone.position)).all()


def lines(session: Session) -> list[str]:
    """Every line that should stand in the file, in order."""
    return list(session.scalars(select(Tombstone.line).order_by(Tombstone.position)))


def write_out(path: Path, wanted: Sequence[str]) -> int:
    """Append to the file what it lacks of *wanted*, synced to the disk, and give how many lines that were.

    What stands there is never changed; a last line that a power cut has left half is the one thing taken away.
    Raises TombstonesBroken when the file tells another story, as after a restore that was not replayed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        whole = file.read()
        ended = whole[: whole.rfind(b"\n") + 1]
        there = ended.decode().splitlines()
        if there[: len(wanted)] != list(wanted[: len(there)]):
            raise TombstonesBroken(f"{path} holds other lines than the database; replay it before anything is ended")
        fresh = wanted[len(there) :]
        if not fresh and len(ended) == len(whole):
            return 0
        file.truncate(len(ended))
        file.seek(len(ended))
        file.write("".join(f"{one}\n" for one in fresh).encode())
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)
    return len(fresh)


def read(path: Path, public: bytes | None = None) -> Iterator[Stone]:
    """Yield the lines of the file in order, each checked: its signature, its place, and the line before it.

    Without the office's *public* key the signatures are not checked.  Raises TombstonesBroken at the first bad line.
    """
    if not path.exists():
        return
    previous = _NOTHING_BEFORE
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        stone, before = _parsed(line, number, public)
        if stone.position != number or before != previous:
            raise TombstonesBroken(f"{path.name}, line {number}: it does not follow the line before it")
        previous = _digest(line)
        yield stone


def take_in(session: Session, actor: Actor, stone: Stone) -> Tombstone:
    """Write a line of the file into a database that does not have it, as after a restore; for the replay alone."""
    known = of(session, stone.id)
    if known is not None:
        return known
    head = ledger.hold(session, CHAIN)
    if stone.position != head.position + 1:
        raise TombstonesBroken(f"line {stone.position} cannot be taken in: the database stands at {head.position}")
    told = json.loads(json.loads(stone.line)["tombstone"])
    return _keep(session, actor, stone.line, told, clock.parse(stone.at), act="tombstone taken in")


def _keep(
    session: Session, actor: Actor, line: str, told: Mapping[str, Any], at: datetime, act: str = "tombstone"
) -> Tombstone:
    row = Tombstone(
        position=told["position"], id=UUID(told["id"]), kind=told["thing"], case_id=UUID(told["case"]),
        order_id=UUID(told["order_id"]), order_number=told["order"], at=at, destroyed=dict(told["destroyed"]),
        kept=told["kept"], line=line,
    )  # fmt: skip
    session.add(row)
    session.flush()
    ledger.append(session, CHAIN, actor, act, case=row.case_id, subject=row.id, line=_digest(line))
    return row


def _parsed(line: str, number: int, public: bytes | None) -> tuple[Stone, str]:
    try:
        outer = json.loads(line)
        statement, signature = str(outer["tombstone"]), bytes.fromhex(outer["signature"])
        told = json.loads(statement)
        stone = Stone(
            told["position"], UUID(told["id"]), told["thing"], UUID(told["case"]), UUID(told["order_id"]),
            told["order"], told["at"], told["destroyed"], told["kept"], line,
        )  # fmt: skip
        before = str(told["previous"])
    except (ValueError, KeyError, TypeError) as fault:
        raise TombstonesBroken(f"{FILE}, line {number}: this is no tombstone") from fault
    if public is not None:
        try:
            cipher.check_signature(public, statement.encode(), signature)
        except cipher.SignatureBroken as broken:
            raise TombstonesBroken(f"{FILE}, line {number}: its signature does not hold") from broken
    return stone, before


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
