"""The keys of one deployment: a master key file, a signing key, and a key for each case, each wrapped by the one above.

An object's key is wrapped by its case's key and that by the master key, with AES-SIV.  What a wrapped key belongs to,
which key wrapped it and in which version are bound to it, so a wrapped key moved to another row does not open.
"""

import hashlib
import os
import stat
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import cipher, clock
from core.config import Config
from core.db import Base, Moment
from core.errors import Conflict, Unavailable
from evidence.vault import BlobContext

MASTER = "master.key"
SIGNING = "signing.key"


class KeysMissing(Unavailable):
    """The key files of this deployment are not there, not readable, or open to other accounts."""


class KeysWrong(Unavailable):
    """The key files are there, but they are not those that wrapped what is stored."""


class KeysThere(Conflict):
    """Keys exist already, and making new ones would lose everything that the old ones opened."""


class CaseKey(Base):
    """The key of a case in one version, wrapped by the master key; to destroy it is to destroy the case's bytes."""

    __tablename__ = "case_keys"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    master: Mapped[str]
    wrapped: Mapped[bytes]
    made: Mapped[datetime] = mapped_column(Moment)


class Keyring:
    """Opens the wrapped keys of a deployment and signs in its name."""

    def __init__(self, config: Config) -> None:
        """Read both key files of `config.keys`; raises KeysMissing or KeysWrong with what to do."""
        self._master = _read(config.keys / MASTER, cipher.WRAPPING_KEY)
        self.master_id = _name(self._master)
        self._signing = self._open_signing(config.keys / SIGNING)
        self.public = cipher.public_key(self._signing)
        self.key_id = hashlib.sha256(self.public).hexdigest()[:16]

    @staticmethod
    def make(config: Config) -> "Keyring":
        """Make the keys of a new deployment, readable by this account alone; raises KeysThere when there are any."""
        Keyring.none_yet(config)
        config.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        master = cipher.new_key(cipher.WRAPPING_KEY)
        seed = cipher.new_key()
        _write(config.keys / MASTER, master)
        _write(config.keys / SIGNING, cipher.wrap(master, seed, context=_signing_context(_name(master))))
        return Keyring(config)

    @staticmethod
    def none_yet(config: Config) -> None:
        """Raise KeysThere when there are keys already."""
        if any((config.keys / name).exists() for name in (MASTER, SIGNING)):
            raise KeysThere(f"{config.keys} holds keys already; they open all that is stored and stay as they are")

    def sign(self, message: bytes) -> bytes:
        """Sign in the name of this deployment (Ed25519, 64 bytes); `public` and `key_id` say whose it is."""
        return cipher.sign(self._signing, message)

    def house_key(self, label: str) -> bytes:
        """A key (32 bytes) for what belongs to no case, such as the words of searches, one for each label."""
        return cipher.derive(self._master, f"house/{label}")

    def case_key(self, session: Session, case_id: UUID, version: int | None = None) -> bytes:
        """The key of a case (64 bytes), the newest unless a version is named, made when the case has none yet."""
        row = session.get(CaseKey, (case_id, version or self.version(session, case_id)))
        if row is None:
            raise KeysWrong("the key of this case is gone; nothing sealed under it can be opened any more")
        if row.master != self.master_id:
            raise KeysWrong(f"the case's key is wrapped by master key {row.master}, and {self.master_id} is here")
        try:
            return cipher.unwrap(self._master, row.wrapped, context=_case_context(case_id, row.version, row.master))
        except cipher.SealBroken as broken:
            raise KeysWrong("the case's wrapped key does not open: the row or the key file was changed") from broken

    def version(self, session: Session, case_id: UUID) -> int:
        """The newest version of a case's key; the first is made here when there is none."""
        newest = session.scalar(select(func.max(CaseKey.version)).where(CaseKey.case_id == case_id))
        if newest is None:
            newest = 1
            self._first(session, case_id)
        return newest

    def wrap_object(self, session: Session, context: BlobContext, key: bytes) -> tuple[bytes, int]:
        """Wrap a blob's key with its case's newest key; gives the wrapped key and that key's version."""
        version = self.version(session, context.case)
        kek = self.case_key(session, context.case, version)
        return cipher.wrap(kek, key, context=_object_context(context, version)), version

    def unwrap_object(self, session: Session, context: BlobContext, wrapped: bytes, version: int) -> bytes:
        """Open a blob's wrapped key; raises SealBroken when it belongs to another file, case or version."""
        kek = self.case_key(session, context.case, version)
        return cipher.unwrap(kek, wrapped, context=_object_context(context, version))

    def _first(self, session: Session, case_id: UUID) -> None:
        """Make the first key of a case; if another writer was quicker, that one's key stands."""
        key = cipher.new_key(cipher.WRAPPING_KEY)
        wrapped = cipher.wrap(self._master, key, context=_case_context(case_id, 1, self.master_id))
        row = CaseKey(case_id=case_id, version=1, master=self.master_id, wrapped=wrapped, made=clock.now())
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            session.get_one(CaseKey, (case_id, 1), populate_existing=True)

    def _open_signing(self, path: Path) -> bytes:
        wrapped = _read(path, cipher.KEY + cipher.TAG)
        try:
            return cipher.unwrap(self._master, wrapped, context=_signing_context(self.master_id))
        except cipher.SealBroken as broken:
            raise KeysWrong(f"{path} was not made with the {MASTER} beside it; put the right pair back") from broken


def _name(master: bytes) -> str:
    """A name for a master key that says nothing about it."""
    return cipher.derive(master, "name of the master key", 8).hex()


def _signing_context(master: str) -> bytes:
    return f"probanda/signing-key/v1/{master}".encode()


def _case_context(case_id: UUID, version: int, master: str) -> bytes:
    return f"probanda/case-key/v1/{case_id}/{version}/{master}".encode()


def _object_context(context: BlobContext, version: int) -> bytes:
    return f"probanda/object-key/v1/{version}/".encode() + context.to_bytes()


def _read(path: Path, length: int) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read(length + 1)
    except FileNotFoundError as gone:
        raise KeysMissing(f"{path} is not there; put it back from your safe copy, or run init once") from gone
    except OSError as fault:
        raise KeysMissing(f"{path} cannot be read: {fault.strerror}") from fault
    if stat.S_IMODE(mode) & 0o077:
        raise KeysMissing(f"{path} may be read by other accounts; run: chmod 600 {path}")
    if len(key) != length:
        raise KeysWrong(f"{path} is not a key file: it does not have {length} bytes")
    return key


def _write(path: Path, key: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(fd)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
