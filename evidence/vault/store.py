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
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from core import cipher
from evidence.vault.hashing import (
    FRAME,
    NARROW,
    WIDE,
    Beside,
    Lanes,
    Pace,
    Tally,
    at_once,
    in_frames,
    the_same,
    watched,
)
from evidence.vault.receipt import (
    BlobContext,
    BlobDamaged,
    BlobGone,
    CutShort,
    Receipt,
    TooLarge,
    VaultFull,
    VaultOutOfReach,
)

_SEALED_FRAME = 64 * (cipher.CHUNK + cipher.TAG)
_SCRUBBED = 4 * FRAME
# So much is written before its sync begins beside; what is left to sync at the end is about as much.
_SYNCED_EACH = 32 * FRAME
_BLOB = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{40}")
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


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
        with self._part() as (part, out), Lanes() as lanes:
            tally = Tally(lanes, limit if expect is None else expect, announced=expect is not None)
            unsynced = 0
            for piece in cipher.seal(tally.watch(in_frames(stream)), key, context=context.to_bytes()):
                _write(out, piece)
                lanes.give(NARROW, sealed.update, piece)
                unsynced += len(piece)
                if unsynced >= _SYNCED_EACH:
                    with _disk():
                        lanes.sync(out)
                    unsynced = 0
            with _disk():
                lanes.finish()
            if expect is not None and tally.size < expect:
                raise CutShort(f"{expect} bytes were announced and {tally.size} came; send the file again")
            blob = self._settle(part, out)
        return Receipt(blob, tally.size, tally.sha256, tally.sha512, context, key, sealed.hexdigest())

    def open(self, receipt: Receipt) -> Iterator[bytes]:
        """Give back the whole stream, hashing it again; the last piece leaves only after the hash was found right.

        Raises BlobGone or BlobDamaged: before the first byte when the length is wrong, at the bad place otherwise.
        """
        yield from self._opened(receipt, None, at_once)

    def _opened(self, receipt: Receipt, sealed: Beside | None, pace: Pace) -> Iterator[bytes]:
        again = hashlib.sha256()
        held = b""
        with self._sealed(receipt.blob, receipt.size) as fd:
            pieces = watched(iter(partial(os.read, fd, _SEALED_FRAME), b""), sealed, pace)
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
        """Give bytes [start, start + length), reading from disk only the chunks that hold them, each one checked.

        What this shows is that these bytes are those that were sealed for this file; it says nothing about the others.
        """
        with self._sealed(receipt.blob, receipt.size) as fd:
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
            yield from cipher.unseal_range(
                lambda offset, count: os.pread(fd, count, offset),
                receipt.key,
                context=receipt.context.to_bytes(),
                size=receipt.size,
                start=start,
                length=length,
            )

    def examine(self, receipt: Receipt, pace: Pace = at_once) -> str:
        """Read a blob from end to end, open it, and give the hash of its sealed bytes when everything holds.

        Raises BlobGone or BlobDamaged for what does not, and VaultOutOfReach when the disk fails, which says nothing
        about the bytes.  *pace* is told of each piece read and may wait.
        """
        wide, sealed = hashlib.sha512(), hashlib.sha256()
        with Lanes() as lanes:
            for plain in self._opened(receipt, Beside(lanes, sealed), pace):
                lanes.give(WIDE, wide.update, plain)
            lanes.finish()
        if not hmac.compare_digest(wide.hexdigest(), receipt.sha512):
            raise BlobDamaged("these bytes open, but they are not those whose SHA-512 was recorded")
        return the_same(sealed.hexdigest(), receipt.sealed_sha256)

    def scrub(self, blob: str, size: int, sealed_sha256: str, pace: Pace = at_once) -> None:
        """Read a blob's sealed bytes, without any key, and say nothing when they are those that were written.

        *size* is the plain size.  Raises as `examine` does.
        """
        digest = hashlib.sha256()
        with self._sealed(blob, size) as fd:
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_SEQUENTIAL)
            while piece := os.read(fd, _SCRUBBED):
                digest.update(piece)
                pace(len(piece))
        the_same(digest.hexdigest(), sealed_sha256)

    def set_aside(self, blob: str) -> str:
        """Keep a damaged blob under another name, where nothing opens or removes it; gives that name.

        A blob that is gone leaves nothing to keep, and the answer is empty.
        """
        if not _BLOB.fullmatch(blob):
            raise BlobGone(f"{blob[:80]!r} is not the name of a blob")
        aside = self.root / "aside" / f"{blob.rpartition('/')[2]}.{secrets.token_hex(4)}"
        with _disk():
            aside.parent.mkdir(mode=0o700, exist_ok=True)
            try:
                (self.root / blob).rename(aside)
            except FileNotFoundError:
                return ""
            _sync_folder(aside.parent)
            _sync_folder((self.root / blob).parent)
        return aside.relative_to(self.root).as_posix()

    def replace(self, stream: BinaryIO, receipt: Receipt) -> str:
        """Put a good copy of sealed bytes in the place of damaged ones, which are kept aside; gives where.

        The copy is hashed while it is written, and only when its bytes are exactly those that were sealed is anything
        moved; else BlobDamaged is raised and all is as it was.
        """
        digest, written = hashlib.sha256(), 0
        with self._part() as (part, out):
            for piece in iter(partial(stream.read, FRAME), b""):
                digest.update(piece)
                written += len(piece)
                _write(out, piece)
            right = receipt.sealed_sha256 and digest.hexdigest() == receipt.sealed_sha256
            if written != cipher.sealed_size(receipt.size) or not right:
                raise BlobDamaged(f"this copy is not blob {receipt.blob}: its bytes are not those that were sealed")
            aside = self.set_aside(receipt.blob)
            self._settle(part, out, receipt.blob)
        return aside

    def strays(self, before: float) -> Iterator[str]:
        """Yield blobs on disk, and parts that no living writer holds, last written before an instant (epoch, s)."""
        for folder in sorted(self.root.glob("??/??")):
            yield from self._old(sorted(folder.iterdir()), before)
        yield from self.broken_off(before)

    def broken_off(self, before: float) -> Iterator[str]:
        """Yield parts that were last written before an instant (epoch, s) and whose writers live no more."""
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

    def _settle(self, part: Path, out: int, blob: str = "") -> str:
        """Sync a finished part and move it to its place, synced as well; gives its name, new unless it has one."""
        token = part.stem
        blob = blob or f"{token[:2]}/{token[2:4]}/{token}"
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

    def _stands(self) -> None:
        """Raise VaultOutOfReach when nothing at all is where the vault should be.

        A disk that is not mounted leaves an empty folder.  Were that told as lost blobs, every exhibit would be frozen.
        """
        with _disk():
            there = self.root.is_dir() and any(self.root.iterdir())
        if not there:
            raise VaultOutOfReach(f"nothing is at {self.root}, where the vault should be; is its disk mounted?")

    @contextmanager
    def _sealed(self, blob: str, size: int) -> Iterator[int]:
        """Open a blob for reading, after looking whether it has the length that its plain size makes."""
        if not _BLOB.fullmatch(blob):
            raise BlobGone(f"{blob[:80]!r} is not the name of a blob")
        try:
            fd = os.open(self.root / blob, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError as gone:
            self._stands()
            raise BlobGone(f"blob {blob} is not in the vault") from gone
        except OSError as fault:
            raise VaultOutOfReach(f"blob {blob} cannot be read: {fault.strerror}") from fault
        try:
            there, meant = os.fstat(fd).st_size, cipher.sealed_size(size)
            if there != meant:
                raise BlobDamaged(f"blob {blob} has {there} bytes on disk and should have {meant}")
            yield fd
        except cipher.SealBroken as broken:
            raise BlobDamaged(f"blob {blob}: {broken}") from broken
        except OSError as fault:
            # The disk did not give the bytes: that is no word about what they are.
            raise VaultOutOfReach(f"blob {blob} cannot be read to its end: {fault.strerror}") from fault
        finally:
            os.close(fd)


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
