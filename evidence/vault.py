"""Sealed blobs on disk: a stream goes in and a receipt comes out, a receipt goes in and the stream comes out.

One pass over the bytes hashes, encrypts and writes them; they reach the disk sealed, under a random name that says
nothing, and are synced before the receipt exists.  The vault knows no table: which blob belongs to which file is
written in rows, and `evidence.fixity` compares the two.
"""

import errno
import fcntl
import hashlib
import hmac
import os
import re
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from core import cipher
from core.errors import Invalid, Tampered, Unavailable

FRAME = 1 << 20
_SEALED_FRAME = 64 * (cipher.CHUNK + cipher.TAG)
_BLOB = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{40}")
_AHEAD = 8
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class VaultFull(Unavailable):
    """The disk of the vault has no room left for these bytes."""


class VaultOutOfReach(Unavailable):
    """The disk of the vault does not do what it is asked."""


class TooLarge(Invalid):
    """More bytes came than a file may have here, or than were announced."""


class CutShort(Invalid):
    """Fewer bytes came than were announced."""


class BlobDamaged(Tampered):
    """A sealed blob is not what was put into the vault."""


class BlobGone(Tampered):
    """A sealed blob that a row points to is not on the disk."""


@dataclass(frozen=True, slots=True)
class BlobContext:
    """To what a blob belongs; bound to its bytes, so that a blob moved to another file does not open."""

    case: UUID
    exhibit: UUID
    file: UUID
    version: int = 1

    def to_bytes(self) -> bytes:
        """Give the exact bytes that are bound: a domain word, three ids, the version as four bytes."""
        ids = self.case.bytes + self.exhibit.bytes + self.file.bytes
        return b"probanda/blob/v1\x00" + ids + self.version.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the vault gives for a stream that it has sealed, and needs to open it again; `size` in bytes."""

    blob: str
    size: int
    sha256: str
    sha512: str
    context: BlobContext
    key: bytes = field(repr=False)
    # Of the bytes as they lie on disk, which can be looked over without a key; empty when it was never computed.
    sealed_sha256: str = ""


class Vault:
    """A folder of sealed blobs, two levels deep, and `incoming/` for those that are still being written."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._incoming = root / "incoming"

    def seal(
        self,
        stream: BinaryIO | Iterable[bytes],
        context: BlobContext,
        *,
        limit: int | None = None,
        expect: int | None = None,
    ) -> Receipt:
        """Take in a stream once: hash it twice, encrypt it, sync it, and only then give the receipt.

        Never call this inside a database transaction: it lasts as long as the sender takes.  `limit` is the most bytes
        and `expect` the exact number that must come.  Raises TooLarge, CutShort, VaultFull or VaultOutOfReach, and
        lets the stream's own errors through; in every such case nothing is left behind.
        """
        if limit is not None and expect is not None and expect > limit:
            raise TooLarge(f"{expect} bytes were announced, and one file may have at most {limit} here")
        key = cipher.new_key()
        sealed = hashlib.sha256()
        with self._part() as (part, out), ThreadPoolExecutor(1, thread_name_prefix="hash") as beside:
            tally = _Tally(beside, limit if expect is None else expect, announced=expect is not None)
            for piece in cipher.seal(tally.watch(_frames(stream)), key, context=context.to_bytes()):
                _write(out, piece)
                tally.beside(sealed, piece)
            tally.finish()
            if expect is not None and tally.size < expect:
                raise CutShort(f"{expect} bytes were announced and {tally.size} came; send the file again")
            blob = self._settle(part, out)
        return Receipt(blob, tally.size, tally.sha256, tally.sha512, context, key, sealed.hexdigest())

    def open(self, receipt: Receipt) -> Iterator[bytes]:
        """Give back the whole stream, hashing it again; the last piece leaves only after the hash was found right.

        Raises BlobGone or BlobDamaged: before the first byte when the length is wrong, at the bad place otherwise.
        """
        again = hashlib.sha256()
        held = b""
        with self._sealed(receipt) as fd:
            pieces = iter(partial(os.read, fd, _SEALED_FRAME), b"")
            for plain in cipher.unseal(pieces, receipt.key, context=receipt.context.to_bytes()):
                if held:
                    yield held
                again.update(plain)
                held = plain
        if not hmac.compare_digest(again.hexdigest(), receipt.sha256):
            raise BlobDamaged("these bytes open, but they are not those whose SHA-256 was recorded")
        if held:
            yield held

    def read(self, receipt: Receipt, start: int, length: int) -> Iterator[bytes]:
        """Give bytes [start, start + length), reading from disk only the chunks that hold them, each one checked."""
        with self._sealed(receipt) as fd:
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
            yield from cipher.unseal_range(
                lambda offset, count: os.pread(fd, count, offset),
                receipt.key,
                context=receipt.context.to_bytes(),
                size=receipt.size,
                start=start,
                length=length,
            )

    def examine(self, receipt: Receipt) -> None:
        """Read a blob from end to end and say nothing when both hashes hold; raises BlobGone or BlobDamaged."""
        wide = hashlib.sha512()
        for plain in self.open(receipt):
            wide.update(plain)
        if not hmac.compare_digest(wide.hexdigest(), receipt.sha512):
            raise BlobDamaged("these bytes open, but they are not those whose SHA-512 was recorded")

    def strays(self, before: float) -> Iterator[str]:
        """Yield blobs on disk, and parts that no living writer holds, last written before an instant (epoch, s)."""
        for folder in sorted(self.root.glob("??/??")):
            yield from self._old(sorted(folder.iterdir()), before)
        for name in self._old(sorted(self._incoming.glob("*.part")), before):
            if not _held(self.root / name):
                yield name

    def _old(self, paths: Iterable[Path], before: float) -> Iterator[str]:
        for path in paths:
            try:
                if path.stat().st_mtime < before:
                    yield path.relative_to(self.root).as_posix()
            except FileNotFoundError:
                continue

    def discard(self, name: str) -> int:
        """Remove one blob or part for good and give its sealed size; the caller has made sure that no row has it."""
        path = self.root / name
        if not _BLOB.fullmatch(name) and not (path.parent == self._incoming and path.suffix == ".part"):
            raise BlobGone(f"{name!r} is not the name of a blob")
        try:
            size = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            return 0
        return size

    @contextmanager
    def _part(self) -> Iterator[tuple[Path, int]]:
        """Open a new part, locked so that a sweep sees its writer, and remove it unless it was settled."""
        part = self._incoming / f"{secrets.token_hex(20)}.part"
        with _disk():
            self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
            out = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(out, fcntl.LOCK_EX)
            yield part, out
        finally:
            os.close(out)
            part.unlink(missing_ok=True)

    def _settle(self, part: Path, out: int) -> str:
        """Sync a finished part and move it to its place, synced as well; gives its name."""
        token = part.stem
        blob = f"{token[:2]}/{token[2:4]}/{token}"
        place = self.root / blob
        with _disk():
            os.fchmod(out, 0o400)
            os.fsync(out)
            for folder in (place.parent.parent, place.parent):
                if not folder.exists():
                    folder.mkdir(mode=0o700, exist_ok=True)
                    _sync_folder(folder.parent)
            part.rename(place)
            # The folder that it left is not synced: should its old name come back, a sweep removes that name alone.
            _sync_folder(place.parent)
        return blob

    @contextmanager
    def _sealed(self, receipt: Receipt) -> Iterator[int]:
        """Open a blob for reading, after looking whether it has the length that its plain size makes."""
        if not _BLOB.fullmatch(receipt.blob):
            raise BlobGone(f"{receipt.blob[:80]!r} is not the name of a blob")
        try:
            fd = os.open(self.root / receipt.blob, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError as gone:
            raise BlobGone(f"blob {receipt.blob} is not in the vault") from gone
        except OSError as fault:
            raise VaultOutOfReach(f"blob {receipt.blob} cannot be read: {fault.strerror}") from fault
        try:
            there, meant = os.fstat(fd).st_size, cipher.sealed_size(receipt.size)
            if there != meant:
                raise BlobDamaged(f"blob {receipt.blob} has {there} bytes on disk and should have {meant}")
            yield fd
        except cipher.SealBroken as broken:
            raise BlobDamaged(f"blob {receipt.blob}: {broken}") from broken
        finally:
            os.close(fd)


class _Tally:
    """Counts and hashes frames on their way to the cipher; all but the first hash run on a thread of their own."""

    def __init__(self, beside: ThreadPoolExecutor, most: int | None, *, announced: bool) -> None:
        self.size = 0
        self._beside = beside
        self._waiting: deque[Future[None]] = deque()
        self._most = most
        self._announced = announced
        self._narrow = hashlib.sha256()
        self._wide = hashlib.sha512()

    @property
    def sha256(self) -> str:
        """The SHA-256 of all frames, in lower-case hex."""
        return self._narrow.hexdigest()

    @property
    def sha512(self) -> str:
        """The SHA-512 of all frames, in lower-case hex."""
        return self._wide.hexdigest()

    def watch(self, frames: Iterable[bytes]) -> Iterator[bytes]:
        """Pass frames on, at most a few ahead of the slower hashes, so that memory stays small."""
        for frame in frames:
            self._count(len(frame))
            self.beside(self._wide, frame)
            self._narrow.update(frame)
            yield frame

    def beside(self, digest: "hashlib._Hash", piece: bytes) -> None:
        """Hash a piece on the other thread, which takes pieces in the order in which they come."""
        self._waiting.append(self._beside.submit(digest.update, piece))
        while len(self._waiting) > _AHEAD:
            self._waiting.popleft().result()

    def finish(self) -> None:
        """Wait until every hash has seen everything."""
        while self._waiting:
            self._waiting.popleft().result()

    def _count(self, length: int) -> None:
        self.size += length
        if self._most is not None and self.size > self._most:
            why = "were announced" if self._announced else "may be sent as one file here"
            raise TooLarge(f"more than the {self._most} bytes that {why} came; nothing of it was kept")


def _frames(stream: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    """Cut a stream into frames of 1 MiB, whatever the sizes in which it comes; only the last is shorter."""
    read: Callable[[int], bytes] | None = getattr(stream, "read", None)
    pieces = iter(partial(read, FRAME), b"") if read is not None else iter(stream)
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= FRAME:
            yield b"".join(held)
            held, size = [], 0
    if size:
        yield b"".join(held)


def _write(out: int, piece: bytes) -> None:
    """Write all of a piece; a disk may take less than it was given."""
    view = memoryview(piece)
    with _disk():
        while view:
            view = view[os.write(out, view) :]


@contextmanager
def _disk() -> Iterator[None]:
    """Turn the faults of our own disk, and of nothing else, into words that say what to do."""
    try:
        yield
    except OSError as fault:
        if fault.errno in _NO_ROOM:
            message = "the vault's disk has no room; nothing of this file was kept: make room and send it again"
            raise VaultFull(message) from fault
        message = f"the vault's disk failed ({fault.strerror}); nothing of this file was kept: look at the disk"
        raise VaultOutOfReach(message) from fault


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _held(part: Path) -> bool:
    """Whether a living writer still has this part open."""
    try:
        fd = os.open(part, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(fd)
