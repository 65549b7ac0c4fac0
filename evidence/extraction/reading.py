"""What comes out of reading one file: passages with their places, facts, members, and one state with its reason."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import Invalid
from evidence.pinpoints import Pinpoint

PASSAGE = 1_000
# A number written in groups must not be cut in two, or nobody would find it: first where no digit stands beside.
_BETWEEN_WORDS = re.compile(r"(?<!\d)\s(?!\d)")
_SPACE = re.compile(r"\s")
_MARKS = (
    re.compile(r"\n[ \t\r]*\n"),
    re.compile(r"(?<=[.!?;؟।።])\s(?!\d)|(?<=[。！？])"),
    re.compile(r"\n"),
    _BETWEEN_WORDS,
    _SPACE,
)


class State(StrEnum):
    """The four ways in which reading a file can end."""

    READ = "read"
    EMPTY = "empty"
    REFUSED = "refused"
    FAILED = "failed"


class MemberCut(Invalid):
    """The bytes of a member stopped before its end, so what came of them must not be kept as the member."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A short stretch of text as written, and the place where it stands."""

    text: str
    pinpoint: Pinpoint


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside a file: archive member, attachment or embedded object.

    *name* is a label as the container writes it and never a path to use.  *content* gives the bytes once, in
    order, and raises `MemberCut` if they break off; it is None when the member could not be taken out, and then
    *because* says why.  *size* is what the container declares, in bytes, and may be a lie.
    """

    name: str
    method: str
    parameters: Mapping[str, str]
    size: int | None = None
    content: Iterator[bytes] | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """How much has already come out of the original that this file came out of; an original itself has zeros."""

    depth: int = 0
    members: int = 0
    unpacked: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome for one file.

    *because* is empty only if everything was read.  A file that is READ with a reason is read in part, and one
    that FAILED may still carry the passages that came before the failure: both are worth keeping, with the reason.
    *members* counts what was handed over whole, *members_left* what was named with a reason instead.
    """

    state: State
    because: str = ""
    media_type: str = "application/octet-stream"
    tool: str = ""
    version: str = ""
    language: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    passages: tuple[Passage, ...] = ()
    members: int = 0
    members_left: int = 0
    protections: tuple[str, ...] = ()


def split(text: str, pinpoint: Pinpoint, *, size: int = PASSAGE) -> Iterator[Passage]:
    """Cut a long text at its paragraphs, then sentences, then words, into passages of about *size* characters."""
    start = 0
    while start < len(text):
        end = _cut(text, start, size)
        piece = text[start:end].strip()
        if piece:
            yield Passage(piece, pinpoint)
        start = end


def _cut(text: str, start: int, size: int) -> int:
    """Where the passage that begins at *start* ends: at the best mark in its last two thirds."""
    if len(text) - start <= size:
        return len(text)
    window = text[start : start + size]
    for mark in _MARKS:
        last = max((found.end() for found in mark.finditer(window, size // 3)), default=0)
        if last:
            return start + last
    further = _SPACE.search(text, start + size, start + 2 * size)
    return further.end() if further else min(start + 2 * size, len(text))
