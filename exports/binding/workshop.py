"""Have documents made ready by the press, within bounds that hold whatever the document does."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Self

from core.errors import Unavailable
from exports.press.order import Bounds, CannotAppend, Made, Order

ROOT = Path(__file__).resolve().parents[2]

_GRACE = 5.0
_PATIENCE = 60.0
_PIECE = 1 << 20
_REPLY = 64
_LINE = 200_000


class PressStopped(Unavailable):
    """The press does not answer, so no pages can be made ready now."""


class Workshop:
    """A few presses that work side by side; close it, or use it as a context, and they end."""

    def __init__(self, hands: int = 0) -> None:
        count = hands or min(4, os.cpu_count() or 1)
        self._idle: SimpleQueue[_Press] = SimpleQueue()
        self._presses = [_Press() for _ in range(count)]
        for press in self._presses:
            self._idle.put(press)
        self._threads = ThreadPoolExecutor(count, "press")
        self.hands = count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Wait for what was begun and end the presses."""
        self._threads.shutdown(cancel_futures=True)
        for press in self._presses:
            press.dismiss()
        for press in self._presses:
            press.close()

    def begin(self, kind: str, data: bytes, bounds: Bounds) -> "Future[Made]":
        """Begin to make *data* ready; the outcome is what `make` gives or raises."""
        return self._threads.submit(self.make, kind, data, bounds)

    def make(self, kind: str, data: bytes, bounds: Bounds) -> Made:
        """Give *data* as plain pages; *kind* is "pdf" or "image".

        Raises CannotAppend with the reason for a slip-sheet, and PressStopped if the press itself is gone.
        """
        if len(data) > bounds.document_bytes:
            raise CannotAppend(f"The file has {len(data):,} bytes; at most {bounds.document_bytes:,} are appended.")
        if not data:
            raise CannotAppend("The file has no bytes.")
        press = self._idle.get()
        try:
            return press.make(Order(kind, bounds), data)
        finally:
            self._idle.put(press)


class _Press:
    """One press, which starts with its first order."""

    def __init__(self) -> None:
        self._door, self._other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._door.settimeout(_PATIENCE)
        self._press: subprocess.Popen[bytes] | None = None

    def dismiss(self) -> None:
        """Tell the press that no more orders come."""
        self._door.close()
        self._other.close()

    def close(self) -> None:
        """Wait until the press has ended, and end it if it does not."""
        if self._press is None:
            return
        try:
            self._press.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._press.kill()
            self._press.wait()

    def make(self, order: Order, data: bytes) -> Made:
        """Carry out one order."""
        with _in_memory(data) as source:
            answer, out = os.pipe()
            try:
                child = self._begin(order, source, out)
            finally:
                os.close(out)
            try:
                return self._hear(answer, child, order.bounds)
            finally:
                os.close(answer)

    def _begin(self, order: Order, source: int, out: int) -> int:
        if self._press is None:
            self._press = _start(self._other.fileno())
            self._other.close()
        try:
            socket.send_fds(self._door, [order.to_json().encode("utf-8")], [source, out])
            return int(self._door.recv(_REPLY))
        except (OSError, ValueError) as fault:
            raise PressStopped("the program that prepares pages has stopped; try again") from fault

    def _hear(self, answer: int, child: int, bounds: Bounds) -> Made:
        """Read the answer to its end, or stop the child where it goes beyond its bounds."""
        data = bytearray()
        because = ""
        until = time.monotonic() + bounds.seconds + _GRACE
        while True:
            ready, _, _ = select.select([answer], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                because = f"Reading the file took longer than {bounds.seconds} seconds and was stopped."
                break
            piece = os.read(answer, _PIECE)
            if not piece:
                break
            data += piece
            if len(data) > bounds.made_bytes:
                because = f"Its pages would take more than {bounds.made_bytes:,} bytes."
                break
        code = self._end(child, kill=bool(because))
        if because:
            raise CannotAppend(because)
        return _made(data, code, bounds)

    def _end(self, child: int, *, kill: bool) -> int:
        if kill:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            self._door.send(b"done")
            return int(self._door.recv(_REPLY))
        except (OSError, ValueError) as fault:
            raise PressStopped("the program that prepares pages has stopped; try again") from fault


def _start(descriptor: int) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    return subprocess.Popen(
        [sys.executable, "-s", "-P", "-B", "-X", "utf8", "-m", "exports.press", str(descriptor)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(descriptor,),
        cwd="/",
        env=environment,
        start_new_session=True,
    )


@contextlib.contextmanager
def _in_memory(data: bytes) -> Iterator[int]:
    """Hold *data* in a file that lives in memory only; raises CannotAppend where a system has no such files."""
    if not hasattr(os, "memfd_create"):
        raise CannotAppend("This system has no files in memory, and documents are never written to disk to be drawn.")
    descriptor = os.memfd_create("document", os.MFD_CLOEXEC)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def _made(data: bytearray, code: int, bounds: Bounds) -> Made:
    """Read the answer; what does not have exactly the agreed shape counts as no answer."""
    line, found, pdf = data.partition(b"\n")
    head: Any = {}
    if found and len(line) < _LINE:
        with contextlib.suppress(ValueError):
            head = json.loads(line)
    if code == 0 and isinstance(head, dict) and isinstance(head.get("because"), str):
        raise CannotAppend(head["because"][:300])
    try:
        sizes = tuple((float(width), float(height)) for width, height in head["sizes"])
        if code == 0 and sizes and pdf:
            lost = tuple(int(page) for page in head["lost"])
            return Made(bytes(pdf), sizes, str(head["pictured"])[:300], str(head["note"])[:200], lost)
    except (KeyError, TypeError, ValueError):
        pass
    if code == -signal.SIGXCPU:
        raise CannotAppend(f"Reading the file took more than {bounds.seconds} seconds of work and was stopped.")
    stopped = f"was stopped by the system ({_signal(-code)})" if code < 0 else "failed"
    raise CannotAppend(f"The file is damaged or asks too much: the process that read it {stopped}.")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
