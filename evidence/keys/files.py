"""Small secret files: read only when nobody else may, written whole or not at all."""

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from core.errors import Conflict, Unavailable

_MOST: Final = 64 * 1024
_OLD: Final = ".old"


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
    """Let a file take another's place, and overwrite what stood there after that, as far as a disk allows it.

    At any moment the target is one of the two, whole.  The old one keeps a second name until it is overwritten, so that
    `wipe_left` finds it after a kill.
    """
    if not target.exists():
        source.rename(target)
        sync(target.parent)
        return
    aside = target.with_name(f".{target.name}{_OLD}")
    with target.open("r+b") as old:
        aside.unlink(missing_ok=True)
        aside.hardlink_to(target)
        source.rename(target)
        sync(target.parent)
        _overwrite(old)
    aside.unlink(missing_ok=True)
    sync(target.parent)


def wipe_left(folder: Path) -> None:
    """Overwrite and remove what `put` was killed before it could overwrite."""
    for aside in folder.glob(f".*{_OLD}"):
        target = folder / aside.name[1 : -len(_OLD)]
        with suppress(FileNotFoundError):
            # Killed before the new one came, it is only a second name of what is in use.
            if not (target.exists() and aside.samefile(target)):
                with aside.open("r+b") as old:
                    _overwrite(old)
            aside.unlink()


def sync_each(paths: Iterable[Path]) -> None:
    """Let the content of files reach the disk."""
    for path in paths:
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _overwrite(old: BinaryIO) -> None:
    old.write(bytes(os.fstat(old.fileno()).st_size))
    old.flush()
    os.fsync(old.fileno())


def sync(folder: Path) -> None:
    """Let the names in a folder reach the disk."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
