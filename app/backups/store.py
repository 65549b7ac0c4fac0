"""The folder of backups: one store of blobs for all of them, and a folder for each backup with its rows and keys.

blobs/aa/bb/…         sealed blobs, copied once and shared by all backups, since a blob never changes
blobs.sums            for each blob copied: name, size, SHA-256, a line each
lock                  held by whoever makes a backup or removes one: each takes the other's unfinished things for noise
2026-11-25T02-00-00Z/ one backup: manifest.json, rows/, keys/, blobs.list, and what lies outside the database
….part/               a backup that was not finished; it is never taken for one, and the next run removes it
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from core import cipher
from core.errors import Conflict, Missing, Tampered
from evidence.keys import files

MANIFEST: Final = "manifest.json"
LIST: Final = "blobs.list"
SUMS: Final = "blobs.sums"
LOCK: Final = "lock"
ROWS: Final = "rows"
KEYS: Final = "keys"
KIND: Final = "probanda backup"
_NAME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\Z")
_BLOB: Final = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{40}\Z")
_FRAME: Final = 1 << 20


class NoBackup(Missing):
    """There is no finished backup here."""


class BackupThere(Conflict):
    """There is a backup of this name already."""


class BackupUnderWay(Conflict):
    """Somebody else makes or removes backups in this folder at this moment."""


class ManifestWrong(Tampered):
    """The manifest of a backup is not as it was signed."""


@dataclass(frozen=True, slots=True)
class Summed:
    """A file by its length in bytes and its SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing in a backup that is not as it should be: which, and why."""

    what: str
    because: str

    def __str__(self) -> str:
        """Say it as a sentence to a person."""
        return f"{self.what}: {self.because}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself, under the deployment's signature."""

    told: dict[str, Any]
    public: bytes

    @property
    def files(self) -> dict[str, Summed]:
        """Every file of the backup's own folder."""
        return {name: Summed(one["size"], one["sha256"]) for name, one in self.told["files"].items()}


class Store:
    """A folder of backups."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """The finished backups, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(one.name for one in self.folder.iterdir() if _NAME.match(one.name) and (one / MANIFEST).is_file())

    def newest(self, name: str = "") -> Path:
        """The folder of a backup, the newest unless one is named; raises NoBackup."""
        names = self.names()
        if (name and name not in names) or not names:
            half = sorted(one.name for one in self.folder.glob("*.part")) if self.folder.is_dir() else []
            told = f"; {half[0]} was never finished and is none" if half else ""
            raise NoBackup(f"{self.folder} holds no finished backup{f' of the name {name}' if name else ''}{told}")
        return self.folder / (name or names[-1])

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one who makes or removes backups in this folder; raises BackupUnderWay, or OSError of its disk.

        The lock is the system's and ends with the process.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / LOCK).open("ab") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as busy:
                raise BackupUnderWay(
                    f"backups in {self.folder} are being made or removed at this moment; nothing was done, "
                    "try it again when that has ended"
                ) from busy
            yield

    def begin(self, name: str) -> Path:
        """Make the folder of a new backup, unfinished; an earlier unfinished one is removed, its copied blobs stay.

        For who is `alone` in the folder.
        """
        if (self.folder / name).exists():
            raise BackupThere(f"{self.folder / name} is there already; wait a second and run it again")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for half in self.folder.glob("*.part"):
            shutil.rmtree(half)
        part = self.folder / f"{name}.part"
        (part / ROWS).mkdir(parents=True, mode=0o700)
        (part / KEYS).mkdir(mode=0o700)
        return part

    def finish(self, part: Path) -> Path:
        """Give a finished backup its name; only now is it one."""
        whole = part.with_suffix("")
        files.sync_each(one for one in part.rglob("*") if one.is_file())
        for folder in (part / ROWS, part / KEYS, part):
            files.sync(folder)
        part.rename(whole)
        files.sync(self.folder)
        return whole

    def sums(self) -> dict[str, Summed]:
        """What is known of the blobs copied so far; a last line that a power cut left half is passed over."""
        found: dict[str, Summed] = {}
        path = self.folder / SUMS
        if path.exists():
            for line in path.read_text().split("\n")[:-1]:
                parts = line.split(" ")
                if len(parts) == 3 and _BLOB.match(parts[0]) and parts[1].isdecimal():
                    found[parts[0]] = Summed(int(parts[1]), parts[2])
        return found

    def copy(self, vault: Path, blob: str) -> Summed:
        """Copy one blob into the store, synced, and note its sum; raises FileNotFoundError when the vault lacks it."""
        place = self.folder / "blobs" / blob
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = place.with_name(f"{place.name}.part")
        with (vault / blob).open("rb") as source, part.open("wb") as out:
            summed = poured(source, out)
            out.flush()
            os.fsync(out.fileno())
        part.rename(place)
        files.sync(place.parent)
        with (self.folder / SUMS).open("ab") as sums:
            if sums.tell() and not self._ended():
                sums.write(b"\n")
            sums.write(f"{blob} {summed.size} {summed.sha256}\n".encode())
            sums.flush()
        return summed

    def prune(self, keep: int) -> tuple[list[str], int]:
        """Remove all but the newest backups and the blobs that none of these names; gives their names and how many.

        For who is `alone` in the folder: a backup under way counts on blobs that no finished one names.
        """
        gone = self.names()[:-keep]
        for name in gone:
            shutil.rmtree(self.folder / name)
        wanted = {blob for name in self.names() for blob, _summed in listed(self.folder / name)}
        known, removed = self.sums(), 0
        for path in sorted((self.folder / "blobs").glob("??/??/*")):
            blob = path.relative_to(self.folder / "blobs").as_posix()
            if blob not in wanted:
                path.unlink()
                known.pop(blob, None)
                removed += 1
        lines = [f"{blob} {one.size} {one.sha256}\n" for blob, one in known.items()]
        files.write(self.folder / SUMS, "".join(lines).encode())
        return gone, removed

    def _ended(self) -> bool:
        with (self.folder / SUMS).open("rb") as sums:
            sums.seek(-1, os.SEEK_END)
            return sums.read(1) == b"\n"


def poured(source: BinaryIO, out: BinaryIO | None = None) -> Summed:
    """Read a file to its end, copying it if there is somewhere to, and give its sum."""
    digest, size = hashlib.sha256(), 0
    while frame := source.read(_FRAME):
        digest.update(frame)
        size += len(frame)
        if out is not None:
            out.write(frame)
    return Summed(size, digest.hexdigest())


def summed(path: Path) -> Summed:
    """The sum of a file."""
    with path.open("rb") as source:
        return poured(source)


def manifest_text(told: dict[str, Any], public: bytes, signature: bytes) -> bytes:
    """The manifest as it is written: the exact signed text, the key and the signature."""
    outer = {"manifest": statement(told).decode(), "public": public.hex(), "signature": signature.hex()}
    return json.dumps(outer, indent=1).encode()


def statement(told: dict[str, Any]) -> bytes:
    """The exact text that is signed."""
    return json.dumps(told, ensure_ascii=True, sort_keys=True, indent=1).encode()


def read_manifest(folder: Path) -> Manifest:
    """Read a backup's manifest and check its signature by the key that stands in it; raises ManifestWrong.

    Whoever trusts it compares that key with one from elsewhere.
    """
    try:
        outer = json.loads((folder / MANIFEST).read_bytes())
        written, public = str(outer["manifest"]).encode(), bytes.fromhex(outer["public"])
        signature = bytes.fromhex(outer["signature"])
        told = json.loads(written)
        known = told["kind"] == KIND and told["v"] == 1
    except (ValueError, KeyError, TypeError, OSError) as fault:
        raise ManifestWrong(f"{folder / MANIFEST} is no manifest of a backup: it is cut or changed") from fault
    if not known:
        raise ManifestWrong(f"{folder / MANIFEST} is of a form that this release does not know")
    try:
        cipher.check_signature(public, written, signature)
    except cipher.SignatureBroken as broken:
        raise ManifestWrong(f"{folder / MANIFEST} was changed: its signature does not hold") from broken
    return Manifest(told, public)


def faults(store: Store, folder: Path, manifest: Manifest) -> Iterator[Fault]:
    """Yield everything of a backup that is not as its manifest says, reading every byte; needs no key."""
    told = manifest.files
    there = {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()} - {MANIFEST}
    for name in sorted(told.keys() | there):
        if name not in told:
            yield Fault(name, "it is in the backup's folder and not in its manifest")
        elif name not in there:
            yield Fault(name, "it is missing")
        elif summed(folder / name) != told[name]:
            yield Fault(name, "it is not what was written: it was cut or changed")
    if LIST in there:
        yield from _blob_faults(store, listed(folder))


def listed(folder: Path) -> Iterator[tuple[str, Summed]]:
    """The blobs of a backup with their sums."""
    with (folder / LIST).open() as lines:
        for line in lines:
            name, size, sha256 = line.rstrip("\n").split(" ")
            if not _BLOB.match(name):
                raise ManifestWrong(f"{folder / LIST} holds what is no name of a blob")
            yield name, Summed(int(size), sha256)


def _blob_faults(store: Store, blobs: Iterator[tuple[str, Summed]]) -> Iterator[Fault]:
    for name, wanted in blobs:
        path = store.folder / "blobs" / name
        if not path.is_file():
            yield Fault(f"blob {name}", "it is missing from the store")
        elif summed(path) != wanted:
            yield Fault(f"blob {name}", "it is not what was copied: it was cut, changed or swapped")
