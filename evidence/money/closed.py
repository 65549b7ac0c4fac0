"""Read a hostile statement in a process of its own: no network, no disk, and bounded memory and time."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from core.config import Limits
from core.errors import Unavailable
from evidence.money.statements.reading import from_json, layout_to_json
from evidence.money.statements.sheets.layout import Layout
from evidence.money.statements.values import NotAStatement, Statements

_ROOT: Final = Path(__file__).resolve().parents[2]
_LARGEST_ANSWER: Final = 1 << 30
_CHUNK: Final = 1 << 16
_GRACE: Final = 10.0
_TYPES: Final = frozenset({"text/csv", "text/plain", "text/xml", "application/xml", "text/tab-separated-values"})
_ENDINGS: Final = frozenset({".csv", ".tsv", ".sta", ".mt940", ".940", ".942", ".xml", ".camt", ".txt", ".dat", ".swi"})


class CannotReadApart(Unavailable):
    """This machine cannot read a statement in a closed process, so it is not read at all."""


def worth_trying(name: str, media_type: str) -> bool:
    """Whether a file may be a statement, by its type or the end of its name; only reading it tells."""
    return media_type in _TYPES or Path(name.lower()).suffix in _ENDINGS


def read(chunks: Iterable[bytes], name: str, limits: Limits, layout: Layout | None = None) -> Statements:
    """Read a statement from the chunks of its file, apart from everything else.

    Raises NotAStatement with the reason in plain words (also when the process ended before it answered), and
    CannotReadApart where the machine has no safe way.
    """
    order = {"name": name[-200:], "layout": layout_to_json(layout) if layout else ""}
    order |= {"memory": str(limits.extract_memory), "seconds": str(int(limits.extract_seconds))}
    told = json.dumps(order).encode() + b"\n"
    failed: list[BaseException] = []
    began = time.monotonic()
    with _start() as process:
        feeder = threading.Thread(target=_feed, args=(process, told, chunks, limits.extract_bytes, failed))
        killer = threading.Timer(float(limits.extract_seconds) + _GRACE, _kill, args=(process,))
        feeder.start()
        killer.start()
        try:
            answer = _listen(process.stdout)
        finally:
            killer.cancel()
            _end(process, feeder)
    if failed:
        raise failed[0]
    return _understood(answer, process.returncode, time.monotonic() - began)


def _start() -> subprocess.Popen[bytes]:
    """A fresh interpreter with nothing of ours in it; what it writes beside its answer goes nowhere."""
    return subprocess.Popen(
        [sys.executable, "-s", "-P", "-B", "-X", "utf8", "-m", "evidence.money.closed_reader"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": str(_ROOT), "HOME": "/"},
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes], feeder: threading.Thread) -> None:
    """Let a process that has answered end by itself, end any other, and wait for who feeds it."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE / 10)
    _kill(process)
    process.wait()
    feeder.join()


def _within(most: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        most -= len(chunk)
        if most < 0:
            raise NotAStatement("the file is larger than what is read into rows here; ask for it in parts")
        yield chunk


def _feed(
    process: subprocess.Popen[bytes], order: bytes, chunks: Iterable[bytes], most: int, failed: list[BaseException]
) -> None:
    """Write the order and the file to the process; what breaks while doing so is handed to who waits for the answer.

    A process that is gone already is noticed by who listens.
    """
    pipe = process.stdin
    if pipe is None:
        return
    try:
        with suppress(BrokenPipeError), pipe:
            pipe.write(order)
            for chunk in _within(most, chunks):
                pipe.write(chunk)
    except BaseException as fault:  # noqa: BLE001 - raised again by the thread that waits
        failed.append(fault)
        _kill(process)


def _listen(pipe: IO[bytes] | None) -> bytes:
    """The whole answer, or nothing when it is larger than any honest one."""
    parts: list[bytes] = []
    taken = 0
    while pipe is not None and (chunk := pipe.read(_CHUNK)):
        taken += len(chunk)
        if taken > _LARGEST_ANSWER:
            return b""
        parts.append(chunk)
    return b"".join(parts)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _understood(answer: bytes, code: int, seconds: float) -> Statements:
    if answer.startswith(b'{"unconfined"'):
        raise CannotReadApart(str(json.loads(answer)["unconfined"])[:500])
    if not answer.endswith(b"}"):
        raise NotAStatement(
            f"reading this statement ended without an answer after {seconds:.0f} seconds (exit {code}): "
            "it is too large, too slow or broken in a way no statement is; the original is kept whole"
        )
    return from_json(answer)
