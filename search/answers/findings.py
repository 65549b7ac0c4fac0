"""What a search gives back, as plain values for a page, a program or a terminal."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from core import clock
from search.answers.snippets import Snippet
from search.answers.standing import Standing


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Facets that were chosen to narrow a search: a type, a language, a month (YYYY-MM); nothing means any."""

    kind: str = ""
    language: str = ""
    month: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One hit: where it stands, and the piece of text that shows why; *because* says why there is no text."""

    file: UUID
    ordinal: int
    name: str
    kind: str
    language: str
    pinpoint: str
    snippet: Snippet
    because: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """An exhibit with the number of all its hits and the first of them."""

    exhibit: UUID
    reference: str
    description: str
    case: UUID
    case_title: str
    case_number: str
    count: int
    hits: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Facet:
    """How many hits have one value, such as one language; *label* is how a person calls it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Findings:
    """The answer to one search, all of it counted after the rights were checked.

    *exhibits* is how many exhibits have hits; *cursor* asks for the next page and is empty on the last; *ignored*
    are pieces of the query that hold no word; *id* is the record by which the search can be run again.
    """

    id: UUID
    query: str
    purpose: str
    total: int
    exhibits: int
    files: int
    cases: int
    groups: tuple[Group, ...]
    facets: dict[str, tuple[Facet, ...]] = field(default_factory=dict)
    standing: Standing | None = None
    cursor: str = ""
    ignored: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The same as values that JSON can carry."""
        told: dict[str, Any] = _plain(asdict(self))
        if self.standing is not None:
            told["standing"] |= {"complete_to": clock.stamp(self.standing.complete_to), "words": self.standing.words()}
        return told

    def lines(self) -> list[str]:
        """The same for a terminal."""
        return list(self._lines())

    def _lines(self) -> Iterator[str]:
        hits, exhibits = _number(self.total, "hit"), _number(self.exhibits, "exhibit")
        yield f"{hits} in {exhibits}; searched {_number(self.cases, 'case')}"
        if self.standing is not None:
            yield f"index {self.standing.words()}"
        if self.ignored:
            yield f"left out, for it holds no word: {' '.join(self.ignored)}"
        for group in self.groups:
            yield ""
            yield f"{group.reference}  {group.description}  [{group.case_number or group.case_title}]  {group.count}"
            for hit in group.hits:
                yield f"    {hit.name}, {hit.pinpoint}: {hit.because or ' '.join(str(hit.snippet).split())}"
        if self.cursor:
            yield ""
            yield f"{_number(self.exhibits, 'exhibit')} in all; ask for more at once, or narrow the search"


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
