"""Reads one file in a process of its own: plaintext goes in by memory alone, findings come out by checked frames."""

import fcntl
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.config import Limits
from core.errors import Tampered, Unavailable
from evidence.extraction.frames import BadFrame, place, unpack
from evidence.extraction.reading import Member, MemberCut, Origin, Passage, Reading, State

ROOT = Path(__file__).resolve().parents[2]
FACTS = 500
TEXT = 80 * 1024 * 1024
FRAMES = 3_000_000
_MEDIA_TYPE = re.compile(r"[a-zA-Z0-9][\w.+-]{0,100}/[\w.+-]{1,120}")
_GRACE = 5.0
_SEALS = 0x0001 | 0x0002 | 0x0004 | 0x0008
_ADD_SEALS = 1033

OnMember = Callable[[Member], None]


class CannotConfine(Unavailable):
    """This machine cannot keep a reader away from network, disk and other evidence, so nothing is read on it."""


class WrongSize(Tampered):
    """The bytes that came out of the vault are not as many as went in."""


class _Ended(Exception):
    """The reader's process closed its side before it said how it ended."""


class _TooSlow(Exception):
    """The reader's process kept its parent waiting for longer than it may."""


def read(
    stream: Iterable[bytes], size: int, name: str, limits: Limits, on_member: OnMember, origin: Origin | None = None
) -> Reading:
    """Read one file and give its text, facts and state; its members go to *on_member* as they come, bytes and all.

    *stream* gives the plaintext in chunks, *size* is its length in bytes, *name* only a label.  Nothing of it
    is written to disk.  *on_member* is called once for each member, in order; if a member's bytes break off, its
    content raises `MemberCut`, which *on_member* must let pass, and it is called again for that member with the reason.
    *origin* says how much came out of the same original before, so that nesting stays bounded over all levels.
    Raises CannotConfine when this machine has no safe way to read; every other trouble is a state of the Reading.
    """
    if size > limits.extract_bytes:
        because = f"it has {size:,} bytes and files over {limits.extract_bytes:,} bytes are stored and not read"
        return Reading(State.REFUSED, because)
    if size == 0:
        return Reading(State.EMPTY, "the file has no bytes", "application/x-empty")
    with _memory(stream, size) as source, _room() as folder:
        return _Conversation(limits, on_member, origin or Origin()).hold(source, size, name, folder)


@contextmanager
def _memory(stream: Iterable[bytes], size: int) -> Iterator[int]:
    """Hold the plaintext in an anonymous file in memory that nobody can change any more."""
    if not hasattr(os, "memfd_create"):
        message = "this system has no files in memory (memfd), and evidence is never written to disk to be read"
        raise CannotConfine(message)
    fd = os.memfd_create("evidence", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        written = 0
        for chunk in stream:
            rest = memoryview(chunk)
            while rest:
                written += (done := os.write(fd, rest))
                rest = rest[done:]
        if written != size:
            message = f"{written:,} bytes came where {size:,} were said to be"
            raise WrongSize(message)
        fcntl.fcntl(fd, _ADD_SEALS, _SEALS)
        yield fd
    finally:
        os.close(fd)


@contextmanager
def _room() -> Iterator[Path]:
    """An empty folder that serves as home and temporary folder of one reading, and is gone after it."""
    folder = Path(tempfile.mkdtemp(prefix="reading-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class _Conversation:
    """One reading: the process, what it has said so far, and how it ended."""

    limits: Limits
    on_member: OnMember
    origin: Origin
    pipe: int = -1
    waited: float = 0.0
    frames: int = 0
    text_left: int = TEXT
    bytes_left: int = 0
    passages: list[Passage] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    protections: tuple[str, ...] = ()
    kind: tuple[str, str, str] = ("application/octet-stream", "", "")
    taken: int = 0
    left: int = 0

    def hold(self, source: int, size: int, name: str, folder: Path) -> Reading:
        """Start the process, listen until it ends or is ended, and put the outcome together."""
        self.bytes_left = max(0, self.limits.unpacked_bytes - self.origin.unpacked)
        self.pipe, out = os.pipe()
        try:
            process = _start(source, out, folder)
        except OSError:
            os.close(self.pipe)
            raise
        finally:
            os.close(out)
        try:
            _order(process, {**self._order(name, size), "source": source, "out": out})
            state, because, language = self._listen()
        except (_TooSlow, BadFrame) as fault:
            state, because, language = State.FAILED, str(fault), ""
        except _Ended:
            state, because, language = State.FAILED, "", ""
        finally:
            os.close(self.pipe)
            code = _stop(process)
        return self._reading(state, because or self._died(code, state), language)

    def _order(self, name: str, size: int) -> dict[str, Any]:
        return {
            "name": name[-1_000:],
            "size": size,
            "seconds": self.limits.extract_seconds,
            "memory": self.limits.extract_memory,
            "depth": self.limits.depth - self.origin.depth,
            "members": max(0, self.limits.members - self.origin.members),
            "unpacked": max(0, self.limits.unpacked_bytes - self.origin.unpacked),
        }

    def _listen(self) -> tuple[State, str, str]:
        while True:
            head, _ = self._frame()
            match head["frame"]:
                case "began":
                    self.protections = tuple(head["protections"])
                case "kind":
                    media_type = head["media_type"]
                    known = media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream"
                    self.kind = (known, head["tool"][:80], head["version"][:80])
                case "fact":
                    self._fact(head["name"], head["value"])
                case "text":
                    self._text(head["text"], head["pinpoint"])
                case "member":
                    self._member(head)
                case "left":
                    self._report(_member(head, because=head["because"]))
                case "end":
                    return self._end(head)
                case _:
                    message = "the reader sent a frame out of its turn"
                    raise BadFrame(message)

    def _fact(self, name: str, value: str) -> None:
        if len(self.metadata) < FACTS:
            self.metadata[name[:300]] = value[:5_000]

    def _text(self, text: str, pinpoint: dict[str, object]) -> None:
        self.text_left -= len(text)
        if self.text_left < 0:
            message = "the reader sent more text than one file may have"
            raise BadFrame(message)
        self.passages.append(Passage(text, place(pinpoint)))

    def _end(self, head: dict[str, Any]) -> tuple[State, str, str]:
        if head["state"] == "unconfined":
            raise CannotConfine(head["because"])
        if head["state"] not in set(State):
            message = "the reader ended in a state that does not exist"
            raise BadFrame(message)
        return State(head["state"]), head["because"], head["language"][:8]

    def _member(self, head: dict[str, Any]) -> None:
        """Hand one member over; whatever the receiver leaves unread is read here, so that the frames stay in step."""
        cuts: list[MemberCut] = []
        content = self._content(cuts)
        size = head["size"] if head["size"] >= 0 else None
        try:
            self.on_member(_member(head, size=size, content=content))
            for _ in content:
                pass
        except MemberCut as cut:
            if cut not in cuts:
                raise
            self._report(_member(head, size=size, because=str(cut)))
            return
        # A receiver may note the cut by itself and let it go no further; the member is still not whole.
        if cuts:
            self.left += 1
        else:
            self.taken += 1

    def _content(self, cuts: list[MemberCut]) -> Iterator[bytes]:
        while True:
            head, body = self._frame()
            if head["frame"] == "whole":
                return
            if head["frame"] == "cut":
                cuts.append(MemberCut(head["because"]))
                raise cuts[0]
            if head["frame"] != "bytes":
                message = "the reader broke off inside a member"
                raise BadFrame(message)
            self.bytes_left -= len(body)
            if self.bytes_left < 0:
                message = "the reader sent more bytes than may be unpacked"
                raise BadFrame(message)
            yield body

    def _report(self, member: Member) -> None:
        self.left += 1
        self.on_member(member)

    def _frame(self) -> tuple[dict[str, Any], bytes]:
        """The next frame; a reader that never stops talking is stopped by their number."""
        self.frames += 1
        if self.frames > FRAMES:
            message = "the reader sent more than any file can hold"
            raise BadFrame(message)
        return unpack(self._take)

    def _take(self, count: int) -> bytes:
        """Exactly so many bytes from the pipe; only the time spent waiting for the reader counts against it."""
        parts = bytearray()
        poller = select.poll()
        poller.register(self.pipe, select.POLLIN | select.POLLHUP)
        while len(parts) < count:
            began = time.monotonic()
            left = self.limits.extract_seconds + _GRACE - self.waited
            ready = bool(poller.poll(max(0.0, left) * 1000))
            self.waited += time.monotonic() - began
            if not ready or self.waited > self.limits.extract_seconds + _GRACE:
                message = f"reading took longer than {self.limits.extract_seconds} seconds and was stopped"
                raise _TooSlow(message)
            part = os.read(self.pipe, min(count - len(parts), 1 << 16))
            if not part:
                raise _Ended
            parts += part
        return bytes(parts)

    def _died(self, code: int, state: State) -> str:
        if state is not State.FAILED:
            return ""
        if code == -signal.SIGXCPU:
            return f"reading took more than {self.limits.extract_seconds} seconds of processor time and was stopped"
        if code < 0:
            signalled = _signal(-code)
            return f"the reader was stopped by the system ({signalled}), often for want of memory or by a damaged file"
        return "the reader ended without saying how"

    def _reading(self, state: State, because: str, language: str) -> Reading:
        media_type, tool, version = self.kind
        return Reading(
            state, because, media_type, tool, version, language, self.metadata, tuple(self.passages),
            self.taken, self.left, self.protections,
        )  # fmt: skip


def _member(
    head: dict[str, Any], *, size: int | None = None, content: Iterator[bytes] | None = None, because: str = ""
) -> Member:
    parameters = {name[:100]: str(value)[:1_000] for name, value in list(head["parameters"].items())[:20]}
    return Member(head["name"], head["method"][:80], parameters, size, content, because)


def _start(source: int, out: int, folder: Path) -> subprocess.Popen[bytes]:
    """A fresh interpreter with nothing of ours in it but the two descriptors; its own output goes nowhere."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "OMP_THREAD_LIMIT": "1",
        "TOKIO_WORKER_THREADS": "1",
        "RAYON_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    return subprocess.Popen(
        [sys.executable, "-s", "-P", "-B", "-X", "utf8", "-m", "evidence.extraction.reader"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(source, out),
        cwd=folder,
        env=environment,
        start_new_session=True,
    )


def _order(process: subprocess.Popen[bytes], order: dict[str, Any]) -> None:
    """Write the order to the process; one that is gone already is noticed when it is listened to."""
    stdin = process.stdin
    try:
        if stdin is not None:
            with stdin:
                stdin.write(json.dumps(order).encode())
    except BrokenPipeError:
        raise _Ended from None


def _stop(process: subprocess.Popen[bytes]) -> int:
    """End the process and all it started, and give its exit code; one that has ended by itself keeps its own.

    It is not collected before its group is killed, so that the number of the group cannot be another's by then.
    """
    until = time.monotonic() + _GRACE / 2
    flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
    while os.waitid(os.P_PID, process.pid, flags) is None and time.monotonic() < until:
        time.sleep(0.005)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
