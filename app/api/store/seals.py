"""API: the register of seals: series given out, what became of each number, and conflicts about them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.api.describing import Description, Given, Taken, described
from app.auth import actor
from app.wiring import transaction
from cases.access import Act
from evidence import exhibits
from evidence.storeroom import seals
from evidence.storeroom.seals import Fate, SealSeries

routes = Blueprint("seals", __name__)
Number = Annotated[str, Field(min_length=1, max_length=200)]


class NewSeries(Taken):
    """Seals that were given out together: all from the first to the last."""

    prefix: Annotated[str, Field(max_length=16)] = ""
    width: Annotated[int, Field(ge=1, le=12)]
    first: Annotated[int, Field(ge=0)]
    last: Annotated[int, Field(ge=0)]
    issued_to: Annotated[str, Field(min_length=1, max_length=200)]


class WrittenOff(Taken):
    """Unused seals that are void or lost."""

    numbers: Annotated[list[Number], Field(min_length=1, max_length=1_000)]
    fate: Literal["void", "lost"]
    because: Annotated[str, Field(min_length=1, max_length=4_000)]


class StatementTaken(Taken):
    """How it came."""

    statement: Annotated[str, Field(min_length=1, max_length=4_000)]


class SeriesGiven(Given):
    """A series and how many of its seals ended how."""

    id: UUID
    first: str
    last: str
    issued_to: str
    issued: datetime
    counts: dict[str, int]


class SeriesList(Given):
    """All series."""

    series: list[SeriesGiven]


class SealGiven(Given):
    """A seal of which something is known."""

    number: str
    written: str
    fate: str
    since: datetime
    because: str


class SealsGiven(Given):
    """The seals of a series of which something is known; all others are unused."""

    series: UUID
    seals: list[SealGiven]


class GoneGiven(Given):
    """How many were written off."""

    written_off: int


class ConflictGiven(Given):
    """A number that is on two things, or was written off and found."""

    id: UUID
    number: str
    because: str
    found: datetime
    explanation: str
    explained: datetime | None


class ConflictList(Given):
    """The conflicts about the seals of an exhibit."""

    conflicts: list[ConflictGiven]


@routes.get("/seals")
@described(Description("The register of seals (custodians, supervisors, auditors)", gives=SeriesList))
def listed() -> SeriesList:
    """List the series."""
    with transaction() as session:
        return SeriesList(series=[_series(one.series, one.counts) for one in seals.tallies(session, actor())])


@routes.post("/seals")
@described(Description("Enter a series that was given out", takes=NewSeries, gives=SeriesGiven, status=201))
def issued(taken: NewSeries) -> SeriesGiven:
    """Give seals out."""
    with transaction() as session:
        one = seals.issue(
            session, actor(), taken.prefix, taken.first, taken.last, width=taken.width, issued_to=taken.issued_to
        )
        return _series(one, {Fate.UNUSED: one.last - one.first + 1})


@routes.post("/seals/written-off")
@described(Description("Write unused seals off as void or lost", takes=WrittenOff, gives=GoneGiven))
def written_off(taken: WrittenOff) -> GoneGiven:
    """Write seals off."""
    with transaction() as session:
        gone = seals.write_off(session, actor(), taken.numbers, Fate(taken.fate), taken.because)
        return GoneGiven(written_off=gone)


@routes.get("/seals/<uuid:series_id>")
@described(Description("What became of the seals of a series", gives=SealsGiven))
def of_series(series_id: UUID) -> SealsGiven:
    """Give the seals of a series."""
    with transaction() as session:
        one, known = seals.of_series(session, actor(), series_id)
        return SealsGiven(series=one.id, seals=[SealGiven.model_validate(seal) for seal in known])


@routes.get("/exhibits/<uuid:exhibit_id>/seal-conflicts")
@described(Description("Conflicts about the seals of an exhibit", gives=ConflictList))
def conflicts(exhibit_id: UUID) -> ConflictList:
    """Give the conflicts."""
    with transaction() as session:
        one = exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE)
        found = seals.conflicts(session, [one.id])
        return ConflictList(conflicts=[ConflictGiven.model_validate(each) for each in found])


@routes.post("/exhibits/<uuid:exhibit_id>/seal-conflicts/<uuid:conflict_id>")
@described(Description("State how a conflict about a seal came", takes=StatementTaken, gives=ConflictGiven))
def explained(exhibit_id: UUID, conflict_id: UUID, taken: StatementTaken) -> ConflictGiven:
    """Explain a conflict."""
    with transaction() as session:
        one = exhibits.fetch(session, actor(), exhibit_id, to=Act.HANDLE)
        return ConflictGiven.model_validate(seals.explain(session, actor(), one, conflict_id, taken.statement))


def _series(one: SealSeries, counts: dict[Fate, int]) -> SeriesGiven:
    return SeriesGiven(
        id=one.id, first=one.number(one.first), last=one.number(one.last), issued_to=one.issued_to, issued=one.issued,
        counts={fate.value: count for fate, count in counts.items()},
    )  # fmt: skip
