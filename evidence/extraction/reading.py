"""What comes out of reading one file: passages with their places, facts, members, and one state with its reason."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import Invalid
from evidence.pinpoints import Pinpoint

PASSAGE = 1_000
_LONGEST = 2 * PASSAGE
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n\s*")
_STOP = re.compile(r"(?<=[.!?;。！？؟।።])\s*|\n+|\s+")


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
    """Cut a long text at its paragraphs, then sentences, into passages of about *size* characters at one place."""
    kept = ""
    for part in _parts(text, size):
        if kept and len(kept) + len(part) > size:
            yield Passage(kept.strip(), pinpoint)
            kept = ""
        kept += part
    if kept.strip():
        yield Passage(kept.strip(), pinpoint)


def _parts(text: str, size: int) -> Iterator[str]:
    for paragraph in _pieces(text, _PARAGRAPH):
        if len(paragraph) <= size:
            yield paragraph
            continue
        for piece in _pieces(paragraph, _STOP):
            for start in range(0, len(piece), _LONGEST):
                yield piece[start : start + _LONGEST]


def _pieces(text: str, mark: re.Pattern[str]) -> Iterator[str]:
    """Cut after every match, so that the pieces put together again are the text."""
    start = 0
    for found in mark.finditer(text):
        if found.end() > start:
            yield text[start : found.end()]
            start = found.end()
    if start < len(text):
        yield text[start:]
