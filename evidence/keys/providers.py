"""Who keeps the master key: what each keeper can do, whatever it is, and the two that need nothing but this machine.

A master key wraps and unwraps the keys below it and need never be seen.  While it is turned there are two: the present
one and the next, which is kept in a second file until everything is wrapped by it.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from core import cipher
from evidence.keys import files
from evidence.keys.files import KeysMissing, KeysWrong

MASTER: Final = "master.key"
SEALED: Final = "master.sealed"
NEXT: Final = ".next"
_SCRYPT: Final = {"n": 1 << 17, "r": 8, "p": 1}
_MEMORY: Final = 256 << 20
_CHECK: Final = 8
_SHORTEST: Final = 12


class PassphraseWrong(KeysWrong):
    """The passphrase is not the one with which the master key was sealed; nothing was opened."""


class PassphraseMissing(KeysMissing):
    """The master key is sealed by a passphrase, and none was given."""


class Master(Protocol):
    """One master key: its name, which says nothing about it, and what it can do."""

    @property
    def id(self) -> str:
        """The name under which wrapped keys say which master key opens them."""
        ...

    def wrap(self, key: bytes, *, context: bytes) -> bytes:
        """Wrap a key; *context* is bound to it."""
        ...

    def unwrap(self, wrapped: bytes, *, context: bytes) -> bytes:
        """Give the key that was wrapped; raises SealBroken for another key, context or text."""
        ...

    def plain(self) -> bytes | None:
        """The key itself, for recovery by shares alone; nothing when it cannot leave its keeper."""
        ...


class Provider(Protocol):
    """A keeper of master keys."""

    @property
    def name(self) -> str:
        """What the setting ``key_provider`` calls it."""
        ...

    @property
    def file(self) -> Path:
        """The file by which it finds the present master key."""
        ...

    def make(self) -> Master:
        """Make the first master key."""
        ...

    def present(self) -> Master:
        """The master key in use; raises KeysMissing or KeysWrong with what to do."""
        ...

    def next(self) -> Master | None:
        """The master key that takes the present one's place, while it is being turned."""
        ...

    def begin(self) -> Master:
        """Make the next master key, or give the one that is there already."""
        ...

    def finish(self) -> None:
        """Let the next master key take the place of the present one, which is destroyed; again does nothing."""
        ...


def name_of(master: bytes) -> str:
    """A name for a master key that says nothing about it."""
    return cipher.derive(master, "name of the master key", 8).hex()


@dataclass(frozen=True, slots=True)
class HeldMaster:
    """A master key of 64 bytes that this process holds in its memory, wrapping by AES-SIV."""

    key: bytes = field(repr=False)
    id: str = field(init=False)

    def __post_init__(self) -> None:
        """Name it."""
        object.__setattr__(self, "id", name_of(self.key))

    def wrap(self, key: bytes, *, context: bytes) -> bytes:
        """Wrap a key; the same key under the same context gives the same bytes."""
        return cipher.wrap(self.key, key, context=context)

    def unwrap(self, wrapped: bytes, *, context: bytes) -> bytes:
        """Give the key that was wrapped; raises SealBroken."""
        return cipher.unwrap(self.key, wrapped, context=context)

    def plain(self) -> bytes | None:
        """The key itself."""
        return self.key


class FileProvider:
    """Keeps the master key in a file of 64 bytes that only this account may read."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        self.file = folder / MASTER
        self._next = folder / f"{MASTER}{NEXT}"

    def make(self) -> Master:
        """Make the first master key."""
        master = HeldMaster(cipher.new_key(cipher.WRAPPING_KEY))
        files.write(self.file, master.key)
        return master

    def present(self) -> Master:
        """The master key in use."""
        return HeldMaster(files.read(self.file, cipher.WRAPPING_KEY))

    def next(self) -> Master | None:
        """The master key that comes."""
        return HeldMaster(files.read(self._next, cipher.WRAPPING_KEY)) if self._next.exists() else None

    def begin(self) -> Master:
        """Make the next master key, once."""
        if not self._next.exists():
            files.write(self._next, cipher.new_key(cipher.WRAPPING_KEY))
        return HeldMaster(files.read(self._next, cipher.WRAPPING_KEY))

    def finish(self) -> None:
        """Put the next key in the present one's place."""
        if self._next.exists():
            files.put(self._next, self.file)


class PassphraseProvider:
    """Keeps the master key sealed by a passphrase (scrypt, then AES-SIV); the passphrase is asked for once a start."""

    name = "passphrase"

    def __init__(self, folder: Path, ask: Callable[[], str]) -> None:
        self.file = folder / SEALED
        self._next = folder / f"{SEALED}{NEXT}"
        self._ask = ask
        self._stretched: dict[bytes, bytes] = {}

    def make(self) -> Master:
        """Make the first master key and seal it by the passphrase, which has at least twelve characters."""
        return self.keep(HeldMaster(cipher.new_key(cipher.WRAPPING_KEY)))

    def keep(self, master: HeldMaster) -> Master:
        """Seal a master key by the passphrase under a new salt."""
        passphrase = self._ask()
        if len(passphrase) < _SHORTEST:
            message = f"a passphrase for the master key has at least {_SHORTEST} characters; better seven random words"
            raise PassphraseWrong(message)
        salt = cipher.new_key(16)
        self._stretched[salt] = _stretch(passphrase, salt, _SCRYPT)
        self._write(self.file, salt, master)
        return master

    def present(self) -> Master:
        """The master key in use, opened by the passphrase."""
        return self._open(self.file)

    def next(self) -> Master | None:
        """The master key that comes, under the same passphrase."""
        return self._open(self._next) if self._next.exists() else None

    def begin(self) -> Master:
        """Make the next master key, once, under the same passphrase."""
        if not self._next.exists():
            self.present()
            salt = bytes.fromhex(_read_sealed(self.file)["salt"])
            self._write(self._next, salt, HeldMaster(cipher.new_key(cipher.WRAPPING_KEY)))
        return self._open(self._next)

    def finish(self) -> None:
        """Put the next key in the present one's place."""
        if self._next.exists():
            files.put(self._next, self.file)

    def _write(self, path: Path, salt: bytes, master: HeldMaster) -> None:
        stretched = self._stretched[salt]
        kek, check = stretched[: cipher.WRAPPING_KEY], stretched[cipher.WRAPPING_KEY :]
        told = {"v": 1, "kdf": "scrypt", **_SCRYPT, "salt": salt.hex(), "check": check.hex(), "master": master.id}
        told["sealed"] = cipher.wrap(kek, master.key, context=_sealed_context(master.id)).hex()
        files.write(path, json.dumps(told, indent=1).encode())

    def _open(self, path: Path) -> Master:
        told = _read_sealed(path)
        salt = bytes.fromhex(told["salt"])
        if salt not in self._stretched:
            stretched = _stretch(self._ask(), salt, told)
            if not hmac.compare_digest(stretched[cipher.WRAPPING_KEY :].hex(), told["check"]):
                raise PassphraseWrong("this is not the passphrase of the master key; nothing was opened, try again")
            self._stretched[salt] = stretched
        kek = self._stretched[salt][: cipher.WRAPPING_KEY]
        try:
            key = cipher.unwrap(kek, bytes.fromhex(told["sealed"]), context=_sealed_context(told["master"]))
        except cipher.SealBroken as broken:
            raise KeysWrong(f"{path} was changed since it was written; put it back from your safe copy") from broken
        return HeldMaster(key)


def _read_sealed(path: Path) -> dict[str, Any]:
    written = files.read(path)
    try:
        told = json.loads(written)
        known = told["v"] == 1 and told["kdf"] == "scrypt" and (told["n"], told["r"], told["p"]) == (1 << 17, 8, 1)
        bytes.fromhex(told["salt"] + told["check"] + told["sealed"])
        str(told["master"]).encode("ascii")
    except (ValueError, KeyError, TypeError) as fault:
        raise KeysWrong(f"{path} is not a sealed master key: it is cut or changed; put back your safe copy") from fault
    if not known:
        raise KeysWrong(f"{path} is sealed in a way that this release does not know")
    return dict(told)


def _stretch(passphrase: str, salt: bytes, cost: dict[str, Any]) -> bytes:
    length = cipher.WRAPPING_KEY + _CHECK
    n, r, p = int(cost["n"]), int(cost["r"]), int(cost["p"])
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=length)


def _sealed_context(master: str) -> bytes:
    return f"probanda/sealed-master-key/v1/{master}".encode()
