"""What a search found, as its page shows it: hits by exhibit, filters as tags, and how complete the index is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.pages.views.frame import Link
from app.pages.views.marks import Piece
from app.pages.views.tables import Place
from app.pages.views.words import Tag, universal
from search.answers.findings import Facet, Findings, Found, Group
from search.answers.searches import Search, Words
from search.answers.snippets import Snippet

FILTERS: Final = {"case": "Case", "exhibit": "Exhibit", "kind": "Type", "language": "Language", "month": "Month"}
_MOST_VALUES: Final = 8


@dataclass(frozen=True, slots=True)
class HitView:
    """One hit: its file and place, and the words around it."""

    href: str
    file: str
    at: str
    pieces: tuple[Piece, ...]
    because: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """The hits of one exhibit."""

    exhibit: str
    description: str
    href: str
    case: str
    case_href: str
    hits: tuple[HitView, ...]
    more: str
    more_href: str


@dataclass(frozen=True, slots=True)
class FacetView:
    """One way to narrow a search, each value with its count."""

    label: str
    values: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Completeness:
    """Up to which moment the index is complete."""

    words: str
    tag: Tag | None = None


def group_views(found: Findings, here: Place) -> list[GroupView]:
    """The exhibits with their hits."""
    return [_group(one, here) for one in found.groups]


def facet_views(facets: Mapping[str, tuple[Facet, ...]], here: Place) -> list[FacetView]:
    """The ways to narrow the search; one that would not narrow is left out."""
    views = []
    for name, values in facets.items():
        if len(values) > 1 and not here.get(name):
            shown = tuple(
                (one.label, _first(here.having(**{name: one.value})), one.count)
                for one in values[:_MOST_VALUES]
                if one.value
            )
            views.append(FacetView(FILTERS.get(name, name), shown))
    return views


def active(here: Place, labels: Mapping[str, str]) -> list[Link]:
    """The filters in use, each leading to the search without it."""
    return [
        Link(f"{label}: {labels.get(value, value)}", here.having(**{name: "", "cursor": ""}).url)
        for name, label in FILTERS.items()
        if (value := here.get(name))
    ]


def count_words(found: Findings) -> str:
    """How much was found, over how many cases."""
    hits, exhibits = _number(found.total, "hit"), _number(found.exhibits, "exhibit")
    told = f"{hits} in {exhibits}, searched in {_number(found.cases, 'case')}"
    return told + (f"; left out, for they hold no word: {' '.join(found.ignored)}" if found.ignored else "")


def completeness(found: Findings) -> Completeness:
    """The standing of the index as a sentence and a sign."""
    if found.standing is None:
        return Completeness("")
    waits = found.standing.pending or found.standing.failed
    tag = Tag("not complete", "orange", "▲") if waits else Tag("complete", "green", "✓")
    return Completeness(f"Index {found.standing.words()}.", tag)


def certificate_facts(search: Search, words: Words, who: str) -> tuple[tuple[str, str], ...]:
    """What a certificate says of a search."""
    narrowed = [
        f"{FILTERS.get(name, name).lower()} {value}" for name, value in (words.narrowing or {}).items() if value
    ]
    return (
        ("Asked", words.text),
        ("Narrowed to", ", ".join(narrowed + _within(words))),
        ("By", who),
        ("When", universal(search.at)),
        ("Purpose", search.purpose.replace("_", " ")),
        ("Over", f"{_number(search.cases, 'case')} that could be read then"),
        ("Index complete to", f"{universal(search.complete_to)}, {search.pending} pending, {search.failed} failed"),
        ("Hits", f"{search.total:,}"),
    )


def _within(words: Words) -> list[str]:
    return [f"{name} {one}" for name, one in (("case", words.case), ("exhibit", words.exhibit)) if one]


def _group(one: Group, here: Place) -> GroupView:
    left = one.count - len(one.hits)
    return GroupView(
        exhibit=one.reference,
        description=one.description,
        href=f"/exhibits/{one.exhibit}",
        case=one.case_number or one.case_title,
        case_href=f"/cases/{one.case}",
        hits=tuple(_hit(hit) for hit in one.hits),
        more=f"{left:,} more here" if left > 0 and not here.get("exhibit") else "",
        more_href=here.having(exhibit=str(one.exhibit), cursor="").url,
    )


def _hit(one: Found) -> HitView:
    href = f"/files/{one.file}?after={max(0, one.ordinal - 1)}#p{one.ordinal}" if one.ordinal else f"/files/{one.file}"
    return HitView(href, one.name, one.pinpoint, _pieces(one.snippet), one.because)


def _pieces(snippet: Snippet) -> tuple[Piece, ...]:
    pieces = [Piece(one.text, "hit" if one.marked else "") for one in snippet.stretches]
    before = [Piece("… ")] if snippet.cut_before else []
    after = [Piece(" …")] if snippet.cut_after else []
    return (*before, *pieces, *after)


def _first(here: Place) -> str:
    return here.having(cursor="").url


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def labels(facets: Mapping[str, tuple[Facet, ...]]) -> dict[str, str]:
    """How the chosen values are called."""
    return {one.value: one.label for values in facets.values() for one in values}


def exhibit_label(groups: Iterable[Group], exhibit: str) -> dict[str, str]:
    """How a chosen exhibit is called."""
    wanted = _id(exhibit)
    return {str(one.exhibit): one.reference for one in groups if one.exhibit == wanted}


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
