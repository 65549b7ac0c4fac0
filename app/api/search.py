"""API: search across cases, and run an earlier search again to compare."""

from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.api.describing import Asked, Description, Given, described
from app.auth import actor
from app.wiring import services, transaction
from search import finder, links
from search.answers.findings import Findings, Narrowing

routes = Blueprint("search", __name__)
_PURPOSE = {"X-Purpose": "for what purpose you search, when none was chosen at sign-in"}


class SearchQuery(Asked):
    """What is looked for, and where."""

    q: Annotated[str, Field(min_length=1, max_length=1_000)]
    case: UUID | None = None
    exhibit: UUID | None = None
    kind: Annotated[str, Field(max_length=40)] = ""
    language: Annotated[str, Field(max_length=8)] = ""
    month: Annotated[str, Field(pattern=r"^(\d{4}-\d{2})?$")] = ""
    cursor: Annotated[str, Field(max_length=80)] = ""
    size: Annotated[int, Field(ge=1, le=finder.LARGEST_PAGE)] = 20


class HitGiven(Given):
    """One hit: the text that shows why, and where it stands."""

    file: UUID
    ordinal: int
    name: str
    kind: str
    language: str
    pinpoint: str
    text: str
    because: str


class GroupGiven(Given):
    """An exhibit with its first hits and the number of all of them."""

    exhibit: UUID
    reference: str
    description: str
    case: UUID
    case_title: str
    case_number: str
    count: int
    hits: list[HitGiven]


class FacetGiven(Given):
    """How many hits have one value."""

    value: str
    label: str
    count: int


class FindingsGiven(Given):
    """The answer to a search; ``id`` lets it be run again and compared."""

    id: UUID
    query: str
    purpose: str
    total: int
    exhibits: int
    files: int
    cases: int
    index: str
    groups: list[GroupGiven]
    facets: dict[str, list[FacetGiven]]
    cursor: str
    ignored: list[str]


class RerunGiven(Given):
    """An earlier search made again: in which words it differs; none when nothing does."""

    differences: list[str]
    now: FindingsGiven


class PlaceGiven(Given):
    """A file of another case in which the same stands."""

    case: UUID
    case_title: str
    case_number: str
    exhibit: UUID
    reference: str
    file: UUID
    name: str
    pinpoint: str


class SeenGiven(Given):
    """A number or the content of a file, and where else it stands among what I may read."""

    kind: str
    value: str
    files: int
    cases: int
    places: list[PlaceGiven]


class SeenList(Given):
    """Where else a file's content and numbers stand."""

    seen: list[SeenGiven]


@routes.get("/files/<uuid:file_id>/elsewhere")
@described(
    Description("In which other cases the same content or the same numbers stand", gives=SeenList, headers=_PURPOSE)
)
def elsewhere(file_id: UUID) -> SeenList:
    """Tell where else it was seen."""
    with transaction() as session:
        return SeenList(
            seen=[
                SeenGiven.model_validate(one) for one in links.also_seen(session, actor(), services().keyring, file_id)
            ]
        )


@routes.get("/search")
@described(
    Description("Search across all cases that I may read", asks=SearchQuery, gives=FindingsGiven, headers=_PURPOSE)
)
def found(asked: SearchQuery) -> FindingsGiven:
    """Search."""
    house, narrowing = services(), Narrowing(asked.kind, asked.language, asked.month)
    with transaction() as session:
        told = finder.find(
            session, actor(), house.index, house.keyring, asked.q,
            case=asked.case, exhibit=asked.exhibit, narrowing=narrowing, cursor=asked.cursor, size=asked.size,
        )  # fmt: skip
    return shape(told)


@routes.post("/searches/<uuid:search_id>/again")
@described(Description("Run an earlier search again and compare", gives=RerunGiven, headers=_PURPOSE))
def again(search_id: UUID) -> RerunGiven:
    """Run a search again."""
    house = services()
    with transaction() as session:
        made = finder.rerun(session, actor(), house.index, house.keyring, search_id)
    return RerunGiven(differences=list(made.differences), now=shape(made.now))


def shape(told: Findings) -> FindingsGiven:
    """Findings as JSON says them."""
    plain: dict[str, Any] = {
        name: getattr(told, name)
        for name in ("id", "query", "purpose", "total", "exhibits", "files", "cases", "cursor")
    }
    groups = [
        GroupGiven(
            **{name: getattr(one, name) for name in GroupGiven.model_fields if name != "hits"},
            hits=[
                HitGiven(
                    **{name: getattr(hit, name) for name in HitGiven.model_fields if name != "text"},
                    text=str(hit.snippet),
                )
                for hit in one.hits
            ],
        )
        for one in told.groups
    ]
    facets = {name: [FacetGiven.model_validate(one) for one in values] for name, values in told.facets.items()}
    standing = told.standing.words() if told.standing else ""
    return FindingsGiven(**plain, index=standing, groups=groups, facets=facets, ignored=list(told.ignored))
