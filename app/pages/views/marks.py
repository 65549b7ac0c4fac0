"""A text cut into pieces, some of them marked: what a search found, or a number that was recognised."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; with a kind it is marked, and the value says what it was read as."""

    text: str
    kind: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """Something to mark wherever it stands as written."""

    as_written: str
    kind: str
    value: str = ""


def marked(text: str, sought: Collection[Sought]) -> tuple[Piece, ...]:
    """The text with each of *sought* marked; where two overlap the longer one is kept."""
    by_words = {one.as_written: one for one in sought if one.as_written}
    if not by_words:
        return (Piece(text),)
    either = re.compile("|".join(re.escape(words) for words in sorted(by_words, key=len, reverse=True)))
    pieces, at = [], 0
    for hit in either.finditer(text):
        found = by_words[hit[0]]
        pieces += [Piece(text[at : hit.start()]), Piece(hit[0], found.kind, found.value)]
        at = hit.end()
    return tuple(piece for piece in (*pieces, Piece(text[at:])) if piece.text)


def spans(text: str, places: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    """The text with the given stretches marked as hits; they are in order and do not overlap."""
    pieces, at = [], 0
    for start, end in places:
        pieces += [Piece(text[at:start]), Piece(text[start:end], "hit")]
        at = end
    return tuple(piece for piece in (*pieces, Piece(text[at:])) if piece.text)
