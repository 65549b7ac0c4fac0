"""Passages as a page shows them, and the numbers found in a file with where else they are seen."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.pages.views.marks import Piece, Sought, marked
from cases.masks import Masks
from evidence.selectors import Selector
from evidence.text import Passage
from search.links import CONTENT, AlsoSeen, Elsewhere


@dataclass(frozen=True, slots=True)
class PassageView:
    """A piece of a file's text with its place."""

    ordinal: int
    at: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class At:
    """A place in the file that is shown."""

    href: str
    words: str


@dataclass(frozen=True, slots=True)
class Other:
    """Another file, in a case that the reader may read too."""

    case: str
    where: str
    href: str


@dataclass(frozen=True, slots=True)
class SelectorView:
    """A number or name that leads on: what it is, where it stands here, and where else."""

    kind: str
    value: str
    here: tuple[At, ...]
    elsewhere: tuple[Other, ...]


def passage_view(passage: Passage, sought: Collection[Sought], masks: Masks) -> PassageView:
    """Shape a passage: names of the protected as pseudonyms, recognised numbers marked."""
    return PassageView(passage.ordinal, passage.pinpoint.words(), marked(masks.apply(passage.text), sought))


def sought(sighted: Iterable[Selector]) -> list[Sought]:
    """What to mark in the text."""
    return [Sought(one.as_written, one.kind.replace("_", " "), one.value) for one in sighted]


def selector_views(
    path: str, sighted: Sequence[Selector], elsewhere: Collection[tuple[str, str, Other]]
) -> list[SelectorView]:
    """Each selector once, those that are seen elsewhere first."""
    ordered = sorted(sighted, key=lambda one: (one.kind, one.value, one.ordinal))
    views = []
    for (kind, value), run in groupby(ordered, key=lambda one: (one.kind, one.value)):
        here = tuple(At(f"{path}?after={max(0, one.ordinal - 1)}#p{one.ordinal}", one.place.words()) for one in run)
        others = tuple(other for own_kind, own_value, other in elsewhere if (own_kind, own_value) == (kind, value))
        views.append(SelectorView(kind.replace("_", " "), value, here[:10], others))
    return sorted(views, key=lambda one: not one.elsewhere)


def elsewhere(found: Iterable[AlsoSeen]) -> list[tuple[str, str, Other]]:
    """For each kind and value, the files of other cases in which it stands."""
    return [(one.kind, one.value, _other(place)) for one in found if one.kind != CONTENT for place in one.places]


def same(found: Iterable[AlsoSeen]) -> list[Other]:
    """Files of other cases with the same bytes."""
    return [_other(place) for one in found if one.kind == CONTENT for place in one.places]


def _other(place: Elsewhere) -> Other:
    href = (
        f"/files/{place.file}?after={max(0, place.ordinal - 1)}#p{place.ordinal}"
        if place.ordinal
        else f"/files/{place.file}"
    )
    return Other(place.case_title, f"{place.name}, {place.pinpoint}", href)
