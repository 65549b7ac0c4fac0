"""Hashing on the way: what comes in and what is read again passes here once and is counted."""

import hashlib
import hmac
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import BinaryIO, Final, Self

from evidence.vault.receipt import BlobDamaged, TooLarge

FRAME: Final = 1 << 20
Pace = Callable[[int], None]
WIDE, NARROW, DISK = "wide", "narrow", "disk"
_AHEAD: Final = 8


def at_once(_length: int) -> None:
    """The pace of whoever waits for nothing."""


class Lanes:
    """Threads beside the one that seals; each does what it is given in the order in which it is given it.

    The slow hash has one, the two quick ones share one, so that two processors have the same to do; the disk has the
    third, which begins to sync what is written while the rest is still being hashed.
    """

    def __init__(self) -> None:
        self._threads = {name: ThreadPoolExecutor(1, thread_name_prefix=name) for name in (WIDE, NARROW, DISK)}
        self._waiting: dict[str, deque[Future[None]]] = {name: deque() for name in self._threads}

    def __enter__(self) -> Self:
        """Begin; a thread starts when it is given its first work."""
        return self

    def __exit__(self, *_fault: object) -> None:
        """Let each thread come to the end of what it has begun."""
        for thread in self._threads.values():
            thread.shutdown(cancel_futures=True)

    def give(self, lane: str, work: Callable[[bytes], None], piece: bytes) -> None:
        """Hand a piece to a lane, and wait while it is too far behind, so that memory stays small."""
        waiting = self._waiting[lane]
        waiting.append(self._threads[lane].submit(work, piece))
        while len(waiting) > _AHEAD:
            waiting.popleft().result()

    def sync(self, fd: int) -> None:
        """Begin to sync what a file holds so far, unless that is being done; raises what an earlier sync met."""
        waiting = self._waiting[DISK]
        if waiting and not waiting[0].done():
            return
        while waiting:
            waiting.popleft().result()
        waiting.append(self._threads[DISK].submit(os.fdatasync, fd))

    def finish(self) -> None:
        """Wait until everything that was given is done."""
        for waiting in self._waiting.values():
            while waiting:
                waiting.popleft().result()


class Tally:
    """Counts and hashes frames on their way to the cipher."""

    def __init__(self, lanes: Lanes, most: int | None, *, announced: bool) -> None:
        self.size = 0
        self._lanes = lanes
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
        """Pass frames on, at most a few ahead of the hashes."""
        for frame in frames:
            self._count(len(frame))
            self._lanes.give(WIDE, self._wide.update, frame)
            self._lanes.give(NARROW, self._narrow.update, frame)
            yield frame

    def _count(self, length: int) -> None:
        self.size += length
        if self._most is not None and self.size > self._most:
            why = "were announced" if self._announced else "may be sent as one file here"
            raise TooLarge(f"more than the {self._most} bytes that {why} came; nothing of it was kept")


class Beside:
    """A digest whose work is done in the lane of the quick hashes."""

    def __init__(self, lanes: Lanes, digest: "hashlib._Hash") -> None:
        self._lanes, self._digest = lanes, digest

    def update(self, piece: bytes) -> None:
        """Hash one more piece."""
        self._lanes.give(NARROW, self._digest.update, piece)


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
