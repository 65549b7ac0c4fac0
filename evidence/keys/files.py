"""Small secret files: read only when nobody else may, written whole or not at all."""

import os
import stat
from pathlib import Path
from typing import Final

from core.errors import Conflict, Unavailable

_MOST: Final = 64 * 1024


class KeysMissing(Unavailable):
    """The key files of this deployment are not there, not readable, or open to other accounts."""


class KeysWrong(Unavailable):
    """The key files are there, but they are not those that wrapped what is stored."""


class CaseKeyDestroyed(KeysWrong):
    """The key of a case was destroyed by order; nothing is sealed or opened in it any more."""


class KeysThere(Conflict):
    """Keys exist already, and making new ones would lose everything that the old ones opened."""


def read(path: Path, length: int | None = None) -> bytes:
    """The content of a key file, which has exactly this many bytes when a length is given.

    Raises KeysMissing when it is not there or others may read it, and KeysWrong when it has another length.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read(_MOST + 1 if length is None else length + 1)
    except FileNotFoundError as gone:
        raise KeysMissing(f"{path} is not there; put it back from your safe copy, or run init once") from gone
    except OSError as fault:
        raise KeysMissing(f"{path} cannot be read: {fault.strerror}") from fault
    if stat.S_IMODE(mode) & 0o077:
        raise KeysMissing(f"{path} may be read by other accounts; run: chmod 600 {path}")
    if len(key) > _MOST or (length is not None and len(key) != length):
        raise KeysWrong(f"{path} is not a key file: it does not have {length or _MOST} bytes")
    return key


def write(path: Path, content: bytes) -> None:
    """Put a key file in its place whole, synced, and readable by this account alone; it takes the place of another."""
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(fd)
    beside.rename(path)
    sync(path.parent)


def put(source: Path, target: Path) -> None:
    """Let a file take another's place, and overwrite what stood there first, as far as a disk allows that."""
    if target.exists():
        with target.open("r+b") as old:
            old.write(bytes(target.stat().st_size))
            old.flush()
            os.fsync(old.fileno())
    source.rename(target)
    sync(target.parent)


def sync(folder: Path) -> None:
    """Let the names in a folder reach the disk."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
