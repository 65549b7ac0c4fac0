"""The keys of one deployment: a master key and who keeps it, a signing key, and a key for each case.

An object's key is wrapped by its case's key and that by the master key.  What a wrapped key belongs to, which key
wrapped it and in which version are bound to it, so a wrapped key moved to another row does not open.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ForeignKey, Row, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import cipher, clock
from core.cipher import TurningKey
from core.config import Config
from core.db import Base, Moment
from evidence.keys import files, opening
from evidence.keys.files import CaseKeyDestroyed, KeysMissing, KeysThere, KeysWrong
from evidence.keys.providers import MASTER, NEXT, Master, Provider
from evidence.vault import BlobContext

__all__ = ["MASTER", "SIGNING", "CaseKey", "CaseKeyDestroyed", "Keyring", "KeysMissing", "KeysThere", "KeysWrong"]

SIGNING: Final = "signing.key"
HOUSE: Final = "house.key"
# Stands while the first keys are made; what a kill leaves half made opens nothing yet and may be made again.
MAKING: Final = ".making"
_REMEMBERED: Final = 4096


class CaseKey(Base):
    """The key of a case in one version, wrapped by the master key; to destroy it is to destroy the case's bytes."""

    __tablename__ = "case_keys"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    master: Mapped[str]
    wrapped: Mapped[bytes]
    made: Mapped[datetime] = mapped_column(Moment)


_Found = Row[UUID, int, str, bytes]


class Keyring:
    """Opens the wrapped keys of a deployment and signs in its name."""

    def __init__(self, config: Config, provider: Provider | None = None) -> None:
        """Open the keys of `config.keys`; raises KeysMissing or KeysWrong with what to do."""
        self.provider = provider or opening.open_provider(config)
        self.folder = config.keys
        self._alone = Lock()
        self._known: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()
        files.wipe_left(self.folder)
        self._open()

    @staticmethod
    def make(config: Config) -> "Keyring":
        """Make the keys of a new deployment, readable by this account alone; raises KeysThere when there are any."""
        Keyring.none_yet(config)
        config.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.write(config.keys / MAKING, b"")
        provider = opening.open_provider(config)
        master = provider.make()
        files.write(config.keys / SIGNING, master.wrap(cipher.new_key(), context=_signing_context(master.id)))
        root = cipher.new_key(cipher.WRAPPING_KEY)
        files.write(config.keys / HOUSE, master.wrap(root, context=_house_context(master.id)))
        (config.keys / MAKING).unlink()
        files.sync(config.keys)
        return Keyring(config, provider)

    @staticmethod
    def none_yet(config: Config) -> None:
        """Raise KeysThere when there are keys already; what a kill left half made counts as none."""
        if (config.keys / MAKING).exists():
            return
        if any((config.keys / name).exists() for name in (opening.open_provider(config).file.name, MASTER, SIGNING)):
            raise KeysThere(f"{config.keys} holds keys already; they open all that is stored and stay as they are")

    @property
    def master_id(self) -> str:
        """The name of the master key that wraps now: the next one while it is turned."""
        return self.master.id

    def sign(self, message: bytes) -> bytes:
        """Sign in the name of this deployment (Ed25519, 64 bytes); `public` and `key_id` say whose it is."""
        return cipher.sign(self._signing, message)

    def house_key(self, label: str) -> bytes:
        """A key (32 bytes) for what belongs to no case, such as the words of searches, one for each label."""
        return cipher.derive(self._house, f"house/{label}")

    def case_key(self, session: Session, case_id: UUID, version: int | None = None) -> TurningKey:
        """The key of a case (64 bytes), the newest unless a version is named, made when the case has none yet.

        It opens what any standing version sealed.  Do not keep it past the transaction: it may be turned meanwhile.
        """
        rows = self._rows(session, {case_id})
        if not rows and version is None:
            self._first(session, case_id)
            rows = self._rows(session, {case_id})
        return self._turning(rows, version)

    def case_keys(self, session: Session, case_ids: Collection[UUID]) -> dict[UUID, TurningKey]:
        """The keys of several cases that have one, asked for at once; raises KeysWrong when one of them is gone."""
        rows = self._rows(session, case_ids)
        return {case_id: self._turning([row for row in rows if row.case_id == case_id]) for case_id in case_ids}

    def reading_key(self, session: Session, case_id: UUID) -> bytes:
        """The key for reading what is sealed under a case by itself, such as names.

        A case whose key was destroyed has nothing left to read and its lists are empty; a key of the moment, which
        opens nothing, lets its pages be shown.
        """
        try:
            return bytes(self.case_key(session, case_id))
        except CaseKeyDestroyed:
            return cipher.new_key(cipher.WRAPPING_KEY)

    def _turning(self, rows: Sequence[_Found], version: int | None = None) -> TurningKey:
        newest = version or max((row.version for row in rows), default=0)
        if newest not in {row.version for row in rows if row.wrapped}:
            if any(not row.wrapped for row in rows):
                raise CaseKeyDestroyed(
                    "the key of this case was destroyed by order and is gone for good: nothing of the case can be "
                    "opened, and nothing is sealed in it any more; everything outside the case is as it was"
                )
            raise KeysWrong("the key of this case is gone; nothing sealed under it can be opened any more")
        return TurningKey({row.version: self._opened(row) for row in rows if row.wrapped}, newest)

    def version(self, session: Session, case_id: UUID) -> int:
        """The newest version of a case's key; the first is made here when there is none."""
        newest = session.scalar(select(func.max(CaseKey.version)).where(CaseKey.case_id == case_id))
        return newest or self.case_key(session, case_id).version

    def wrap_object(self, session: Session, context: BlobContext, key: bytes) -> tuple[bytes, int]:
        """Wrap a blob's key with its case's newest key; gives the wrapped key and that key's version."""
        kek = self.case_key(session, context.case)
        return cipher.wrap(bytes(kek), key, context=_object_context(context, kek.version)), kek.version

    def unwrap_object(self, session: Session, context: BlobContext, wrapped: bytes, version: int) -> bytes:
        """Open a blob's wrapped key; raises SealBroken when it belongs to another file, case or version."""
        kek = self.case_key(session, context.case, version)
        return cipher.unwrap(bytes(kek), wrapped, context=_object_context(context, version))

    def turn_case(self, session: Session, case_id: UUID) -> int:
        """Make the next version of a case's key, under which all is sealed from now on; gives its number."""
        version = self.version(session, case_id) + 1
        session.add(self._made(case_id, version))
        session.flush()
        return version

    def destroy_case(self, session: Session, case_id: UUID) -> list[int]:
        """Destroy a case's key in every version, for good; gives the versions.  The caller has asked who may.

        The rows stay, empty, so that no new key is ever made for the case and taken for the old one; a case that
        never had a key gets an empty row for the same end.
        """
        rows = session.scalars(select(CaseKey).where(CaseKey.case_id == case_id).with_for_update()).all()
        for row in rows:
            row.wrapped = b""
        if not rows:
            session.add(CaseKey(case_id=case_id, version=1, master=self.master.id, wrapped=b"", made=clock.now()))
        session.flush()
        return sorted(row.version for row in rows)

    def destroy_version(self, session: Session, case_id: UUID, version: int) -> None:
        """Destroy an old version of a case's key, after all that it opened was sealed anew."""
        session.execute(delete(CaseKey).where(CaseKey.case_id == case_id, CaseKey.version == version))

    def rewrap(self, row: CaseKey) -> None:
        """Wrap a case's key by the master key that wraps now."""
        key = self._unwrapped(row.case_id, row.version, row.master, row.wrapped)
        context = _case_context(row.case_id, row.version, self.master.id)
        row.wrapped, row.master = self.master.wrap(key, context=context), self.master.id

    def begin_turning(self) -> Master:
        """Make the next master key and wrap the signing key and the house's by it; again goes on where it ended."""
        master = self.provider.begin()
        signing = master.wrap(self._signing, context=_signing_context(master.id))
        files.write(self.folder / f"{SIGNING}{NEXT}", signing)
        files.write(self.folder / f"{HOUSE}{NEXT}", master.wrap(self._house, context=_house_context(master.id)))
        self._open()
        return master

    def finish_turning(self) -> None:
        """Let the next master key stand alone; the old one is destroyed.  Again goes on where it ended."""
        for name in (SIGNING, HOUSE):
            if (self.folder / f"{name}{NEXT}").exists():
                files.put(self.folder / f"{name}{NEXT}", self.folder / name)
        self.provider.finish()
        self._open()

    @property
    def turning(self) -> bool:
        """Whether there are two master keys at present."""
        return len(self._masters) > 1

    def _rows(self, session: Session, case_ids: Collection[UUID]) -> Sequence[_Found]:
        columns = (CaseKey.case_id, CaseKey.version, CaseKey.master, CaseKey.wrapped)
        return session.execute(select(*columns).where(CaseKey.case_id.in_(case_ids))).all()

    def _opened(self, row: _Found) -> bytes:
        """A case's key, out of memory when exactly this wrapped key was opened before."""
        place = (row.case_id, row.version, row.master, row.wrapped)
        with self._alone:
            if place in self._known:
                self._known.move_to_end(place)
                return self._known[place]
        key = self._unwrapped(*place)
        with self._alone:
            self._known[place] = key
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return key

    def _unwrapped(self, case_id: UUID, version: int, master: str, wrapped: bytes) -> bytes:
        if master not in self._masters:
            self._open()  # it may have been turned by another process
        if master not in self._masters:
            raise KeysWrong(f"the case's key is wrapped by master key {master}, and {self.master_id} is here")
        try:
            return self._masters[master].unwrap(wrapped, context=_case_context(case_id, version, master))
        except cipher.SealBroken as broken:
            raise KeysWrong("the case's wrapped key does not open: the row or the key file was changed") from broken

    def _first(self, session: Session, case_id: UUID) -> None:
        """Make the first key of a case; if another writer was quicker, that one's key stands."""
        row = self._made(case_id, 1)
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            session.expire_all()

    def _made(self, case_id: UUID, version: int) -> CaseKey:
        if self._stamp() != self._seen:
            self._open()
        key = cipher.new_key(cipher.WRAPPING_KEY)
        wrapped = self.master.wrap(key, context=_case_context(case_id, version, self.master.id))
        return CaseKey(case_id=case_id, version=version, master=self.master.id, wrapped=wrapped, made=clock.now())

    def _open(self) -> None:
        """Read the keys again; while the master key is turned there are two, and the next one wraps."""
        self._seen = self._stamp()
        masters = [self.provider.present()]
        if (coming := self.provider.next()) is not None:
            masters.append(coming)
        self._masters: dict[str, Master] = {one.id: one for one in masters}
        self._signing = self._under(SIGNING, _signing_context)
        # Deployments made before there was a house key derive theirs from the master key.
        legacy = masters[0].plain() if not (self.folder / HOUSE).exists() else None
        self._house = legacy if legacy is not None else self._under(HOUSE, _house_context)
        self.master: Master = masters[-1]
        self.public = cipher.public_key(self._signing)
        self.key_id = hashlib.sha256(self.public).hexdigest()[:16]

    def _under(self, name: str, context_of: Any) -> bytes:
        wrapped = files.read(self.folder / name)
        if not cipher.KEY < len(wrapped) <= _LONGEST:
            raise KeysWrong(f"{self.folder / name} is not a key file: it does not have the length of one")
        for master in self._masters.values():
            try:
                return master.unwrap(wrapped, context=context_of(master.id))
            except cipher.SealBroken:
                continue
        path, beside = self.folder / name, self.provider.file.name
        raise KeysWrong(f"{path} was not made with the {beside} beside it; put the right pair back")

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        names = (self.provider.file.name, f"{self.provider.file.name}{NEXT}", SIGNING, HOUSE)
        return tuple(_seen(self.folder / name) for name in names)


_LONGEST: Final = 64 + 64


def _seen(path: Path) -> tuple[str, int, int]:
    try:
        told = path.stat()
    except FileNotFoundError:
        return path.name, 0, 0
    return path.name, told.st_ino, told.st_mtime_ns


def _signing_context(master: str) -> bytes:
    return f"probanda/signing-key/v1/{master}".encode()


def _house_context(master: str) -> bytes:
    return f"probanda/house-key/v1/{master}".encode()


def _case_context(case_id: UUID, version: int, master: str) -> bytes:
    return f"probanda/case-key/v1/{case_id}/{version}/{master}".encode()


def _object_context(context: BlobContext, version: int) -> bytes:
    return f"probanda/object-key/v1/{version}/".encode() + context.to_bytes()
