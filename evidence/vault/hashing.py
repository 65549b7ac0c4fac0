"""Hashing on the way: what comes in and what is read again passes here once and is counted."""

import hashlib
import hmac
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import BinaryIO, Final

from evidence.vault.receipt import BlobDamaged, TooLarge

FRAME: Final = 1 << 20
Pace = Callable[[int], None]
_AHEAD: Final = 8


def at_once(_length: int) -> None:
    """The pace of whoever waits for nothing."""


class Tally:
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


class Beside:
    """A digest whose work is done on the other thread."""

    def __init__(self, tally: Tally, digest: "hashlib._Hash") -> None:
        self._tally, self._digest = tally, digest

    def update(self, piece: bytes) -> None:
        """Hash one more piece."""
        self._tally.beside(self._digest, piece)


def in_frames(stream: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
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


def watched(pieces: Iterable[bytes], digest: Beside | None, pace: Pace) -> Iterator[bytes]:
    """Pass sealed pieces on, hashed on the way where that is wanted."""
    for piece in pieces:
        if digest is not None:
            digest.update(piece)
        pace(len(piece))
        yield piece


def the_same(found: str, recorded: str) -> str:
    """Give the hash of sealed bytes; raises BlobDamaged when another one was recorded, and none is no fault."""
    if recorded and not hmac.compare_digest(found, recorded):
        raise BlobDamaged("the sealed bytes on disk are not those whose SHA-256 was recorded when they were written")
    return found
