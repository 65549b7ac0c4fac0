"""The reader's process: takes one order, gives up all it does not need, reads one file, and says how it ended."""

import importlib
import json
import logging
import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import Refusal
from evidence.extraction import confinement
from evidence.extraction.findings import CannotRead, Enough, Findings, Order, Source, plain
from evidence.extraction.frames import pack
from evidence.extraction.kinds import detect
from evidence.extraction.language import guess
from evidence.extraction.reading import State

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Read the order on standard input and the file behind its descriptor; write frames; the exit code says nothing."""
    order_text = json.loads(sys.stdin.buffer.read())
    order, source_fd, out = Order.of(order_text), int(order_text["source"]), int(order_text["out"])
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")

    def send(head: Mapping[str, Any], body: bytes) -> None:
        data = memoryview(pack(head, body))
        while data:
            data = data[os.write(out, data) :]

    try:
        held = confinement.confine(memory=order.memory, seconds=order.seconds, root=ROOT)
    except Refusal as reason:
        send({"frame": "began", "protections": []}, b"")
        _end(send, "unconfined", str(reason))
        return 0
    send({"frame": "began", "protections": list(held)}, b"")
    state, because, language = _read(order, source_fd, Findings(send, order))
    _end(send, state, because, language)
    return 0


def _end(send: Any, state: str, because: str, language: str = "") -> None:
    send({"frame": "end", "state": state, "because": because[:2_000], "language": language}, b"")


def _read(order: Order, fd: int, found: Findings) -> tuple[State, str, str]:
    """Run the family's reader and give the state, the reason and the language."""
    state, because = State.FAILED, ""
    try:
        _run(order, fd, found)
        found.close()
        state = State.READ if found.anything else State.EMPTY
    except Enough as reason:
        state, because = State.READ, str(reason)
    except CannotRead as reason:
        state, because = (State.FAILED if found.anything else State.REFUSED), str(reason)
    except MemoryError:
        because = f"reading it needs more than {order.memory // 2**20:,} MiB of memory"
    except RecursionError:
        because = "it is nested more deeply than a reader follows"
    except BaseException as fault:  # noqa: BLE001  # a library's panic too is this file's reason; the process ends here
        because = f"the reader could not make sense of it ({plain(fault)})"
    reasons = "; ".join(dict.fromkeys([*([because] if because else []), *found.weaknesses]))
    if state is State.EMPTY and not reasons:
        reasons = "it holds no text"
    return state, reasons, guess(found.sample)


def _run(order: Order, fd: int, found: Findings) -> None:
    with os.fdopen(os.dup(fd), "rb") as handle:
        handle.seek(0)
        content = handle.read()
    kind = detect(content, order.name)
    del content
    _name_agrees(order.name, kind.media_type, found)
    if not kind.family:
        found.kind(kind.media_type, "", "")
        raise CannotRead(kind.said)
    # Each family brings libraries of its own; a process that reads one file loads one family and no more.
    family = importlib.import_module(f"evidence.extraction.families.{kind.family}")
    family.read(Source(fd, order.size, order.name, kind), found)


_EXPECTED = {
    "pdf": "pdf",
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "png": "png",
    "gif": "gif",
    "docx": "wordprocessingml",
    "xlsx": "spreadsheetml",
    "zip": "zip",
    "doc": "msword",
    "mp3": "mpeg",
}


def _name_agrees(name: str, media_type: str, found: Findings) -> None:
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    expected = _EXPECTED.get(ending)
    if expected and expected not in media_type:
        found.fact("name and content differ", f"the name ends in .{ending}, the content is {media_type}")


if __name__ == "__main__":
    sys.exit(main())
