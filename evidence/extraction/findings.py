"""What a reader finds, sent to the parent as it is found, within limits that no file can talk its way past."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_of
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from core.errors import Invalid
from evidence.extraction.frames import BODY_LIMIT
from evidence.extraction.kinds import Kind
from evidence.extraction.reading import split
from evidence.pinpoints import Pinpoint

MEMBER_TEXTS = 4_000
TEXT_BYTES = 64 * 1024 * 1024
PASSAGES = 250_000
FACTS = 400
_FACT = 4_000
_SAMPLE = 40_000
RATIO = 200
_POINTER = re.compile(r",? ?\b(archive_p=\d+|0x[0-9a-f]{8,})")
RATIO_FROM = 64 * 1024 * 1024


class CannotRead(Invalid):
    """This file, or this part of it, cannot be read, for a reason that a person can act on."""


class Enough(CannotRead):
    """A limit of the whole reading is reached; what came before it stands."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the parent asks of the reader: the file's name as a label, its size, and the limits that are left."""

    name: str
    size: int
    seconds: int
    memory: int
    depth: int
    members: int
    unpacked: int

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Order":
        """The order that the parent wrote."""
        return cls(**{one.name: given[one.name] for one in fields_of(cls)})


@dataclass(frozen=True, slots=True)
class Source:
    """The plaintext of one file, held in memory behind a descriptor, with its name and detected kind."""

    fd: int
    size: int
    name: str
    kind: Kind

    @property
    def suffix(self) -> str:
        """The ending of the name, in lower case, with its dot."""
        return PurePosixPath(self.name).suffix.lower()

    def open(self) -> BinaryIO:
        """The file from its start; one handle at a time, as all of them share one position."""
        handle = os.fdopen(os.dup(self.fd), "rb")
        handle.seek(0)
        return handle

    def bytes(self, most: int = -1) -> bytes:
        """All bytes at once, or the first *most* of them; the size was held to a limit before the reader began."""
        with self.open() as handle:
            return handle.read(most)


class Findings:
    """Takes what a reader finds, checks it against the limits, and sends it on."""

    def __init__(self, send: Callable[[Mapping[str, Any], bytes], None], order: Order) -> None:
        self._send = send
        self._order = order
        self._text_left = TEXT_BYTES
        self._passages = 0
        self._facts: set[str] = set()
        self._unpacked = 0
        self._members = 0
        self._left = 0
        self.weaknesses: list[str] = []
        self.sample = ""
        self.refused_all = ""

    @property
    def anything(self) -> bool:
        """Whether any text or member was found."""
        return bool(self._passages or self._members or self._left)

    @property
    def seconds(self) -> int:
        """The time this reading may take in all, in seconds."""
        return self._order.seconds

    def kind(self, media_type: str, tool: str, version: str) -> None:
        """Say what the file is and which tool reads it."""
        head = {"frame": "kind", "media_type": media_type, "tool": tool, "version": version}
        self._send(head, b"")

    def fact(self, name: str, value: object) -> None:
        """Keep one fact about the file, as text; a second value for the same name gets a number."""
        text = " ".join(str(value if value is not None else "").split())
        if not text or len(self._facts) >= FACTS:
            return
        label, number = name[:200], 1
        while label in self._facts:
            number += 1
            label = f"{name[:200]} {number}"
        self._facts.add(label)
        self._send({"frame": "fact", "name": label, "value": text[:_FACT]}, b"")

    def weak(self, because: str) -> None:
        """Remember what could not be read, once for each reason, to be told with the result."""
        if because not in self.weaknesses and len(self.weaknesses) < 20:
            self.weaknesses.append(because)

    def text(self, text: str, pinpoint: Pinpoint) -> None:
        """Send a text of one place, in passages; raises Enough when this file has given all it may."""
        for passage in split(text, pinpoint):
            self._text_left -= len(passage.text)
            self._passages += 1
            if self._text_left < 0 or self._passages > PASSAGES:
                message = f"only the first {PASSAGES:,} passages or {TEXT_BYTES // 2**20} MiB of text are kept"
                raise Enough(message)
            if len(self.sample) < _SAMPLE:
                self.sample += passage.text[:2_000] + "\n"
            places = {one.name: getattr(pinpoint, one.name) for one in fields_of(pinpoint)}
            given = {
                name: value[:1_000] if isinstance(value, str) else value
                for name, value in places.items()
                if value is not None
            }
            self._send({"frame": "text", "text": passage.text, "pinpoint": given}, b"")

    def member(
        self,
        name: str,
        method: str,
        chunks: Iterable[bytes],
        *,
        size: int | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        """Send one member's bytes, or why not; a member that breaks off is cut, not shortened."""
        because = self._no_room(size)
        if because:
            self.left(name, method, because, parameters=parameters)
            return
        head = {"frame": "member", "name": name[:MEMBER_TEXTS], "method": method}
        self._send({**head, "parameters": dict(parameters or {}), "size": -1 if size is None else size}, b"")
        try:
            self._pour(chunks)
        except CannotRead as reason:
            self._cut(str(reason))
        except MemoryError:
            self._cut("it needs more memory than one file may have")
        except Exception as fault:  # noqa: BLE001  # what a decoder raises on hostile bytes is this member's reason
            self._cut(f"its bytes cannot be unpacked ({plain(fault)})")
        else:
            self._members += 1
            self._send({"frame": "whole"}, b"")

    def left(self, name: str, method: str, because: str, *, parameters: Mapping[str, str] | None = None) -> None:
        """Name a member that is not taken out, with the reason; beyond the limit they are only counted."""
        self._left += 1
        if self._left > self._order.members:
            return
        head = {"frame": "left", "name": name[:MEMBER_TEXTS], "method": method, "parameters": dict(parameters or {})}
        self._send({**head, "because": because[:1_000]}, b"")

    def close(self) -> None:
        """Count in words what was left out one by one."""
        over = self._left - self._order.members
        if self._left:
            self.weak(f"{self._left:,} of {self._left + self._members:,} members were not taken out")
        if over > 0:
            self.weak(f"{over:,} of these are counted and not named, as no more than {self._order.members:,} are")

    def _no_room(self, size: int | None) -> str:
        if self._order.depth <= 0:
            return "it is nested deeper than this system unpacks"
        if self._members >= self._order.members:
            return f"no more than {self._order.members:,} members are taken out of one original"
        if size is not None and size > self._order.unpacked - self._unpacked:
            return f"it declares {size:,} bytes, more than may still be unpacked from this original"
        return ""

    def _pour(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            for start in range(0, len(chunk), BODY_LIMIT):
                part = chunk[start : start + BODY_LIMIT]
                self._unpacked += len(part)
                self._within()
                self._send({"frame": "bytes"}, part)

    def _within(self) -> None:
        if self._unpacked > self._order.unpacked:
            message = "unpacking stopped: the original gives more bytes than may be unpacked from one"
            raise Enough(message)
        if self._unpacked > max(RATIO_FROM, RATIO * self._order.size):
            message = f"unpacking stopped: it grows to more than {RATIO} times the size of the file it is in"
            raise Enough(message)

    def _cut(self, because: str) -> None:
        self._left += 1
        self._send({"frame": "cut", "because": because[:1_000]}, b"")


def plain(fault: BaseException) -> str:
    """A short reason from a library's complaint, without line breaks or addresses of memory."""
    said = _POINTER.sub("", " ".join(str(fault).split()))[:200]
    return f"{type(fault).__name__}: {said}" if said else type(fault).__name__
