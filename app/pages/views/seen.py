"""Passages as a page shows them, and the numbers found in a file with where else they are seen."""

from collections.abc import Collection
from dataclasses import dataclass

from app.pages.views.marks import Piece, Sought, marked
from cases.masks import Masks
from evidence.text import Passage


@dataclass(frozen=True, slots=True)
class PassageView:
    """A piece of a file's text with its place."""

    ordinal: int
    at: str
    pieces: tuple[Piece, ...]


def passage_view(passage: Passage, sought: Collection[Sought], masks: Masks | None) -> PassageView:
    """Shape a passage: names of the protected as pseudonyms, recognised numbers marked."""
    told = masks.apply(passage.text) if masks else passage.text
    return PassageView(passage.ordinal, passage.pinpoint.words(), marked(told, sought))


def selectors_view(*_a):
    return ()
