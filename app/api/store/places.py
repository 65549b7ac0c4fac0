"""API: places down to the shelf, what lies there, what a scanned code stands on, and labels to print."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint, Response
from pydantic import Field

from app.api.describing import Asked, Description, Given, Taken, described
from app.auth import actor
from app.wiring import services, transaction
from core import clock
from evidence.storeroom import contents, places
from evidence.storeroom.places import Environment, Place, Sort
from exports.papers import choosing
from exports.papers.choosing import Paper

routes = Blueprint("places", __name__)
PDF = "application/pdf"
Word = Annotated[str, Field(min_length=1, max_length=4_000)]


class NewPlace(Taken):
    """A place to be made; a site or building may stand alone, all else is inside another place."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    sort: Literal["site", "building", "room", "rack", "shelf", "box"]
    parent: Annotated[str, Field(max_length=64)] = ""
    environment: Literal["plain", "faraday", "cold", "frozen", "dry", "safe", "hazard"] = "plain"


class ReasonTaken(Taken):
    """Why it is done."""

    reason: Word


class PlaceGiven(Given):
    """A place: its path, and the code on its label."""

    id: UUID
    parent_id: UUID | None
    sort: str
    name: str
    path: str
    environment: str
    code: str
    opened: datetime
    closed: datetime | None
    closed_because: str


class PlaceList(Given):
    """Places in the order of their paths."""

    places: list[PlaceGiven]


class LyingGiven(Given):
    """An exhibit at a place; an auditor gets no description."""

    exhibit_id: UUID
    case_id: UUID
    case: str
    reference: str
    description: str
    seal: str
    state: str
    custodian: str
    place: str


class ContentsGiven(Given):
    """What is recorded to lie at a place and below it, as far as the asker may know of it."""

    place: PlaceGiven
    exhibits: list[LyingGiven]
    after: str


class AfterQuery(Asked):
    """From which exhibit's number on."""

    after: Annotated[str, Field(max_length=200)] = ""


class PlacesQuery(Asked):
    """Whether closed places are wanted too."""

    closed: bool = False


class ScanQuery(Asked):
    """What was scanned or typed."""

    code: Annotated[str, Field(max_length=200)] = ""


class ScanGiven(Given):
    """What the code stands on: an exhibit or a place."""

    exhibit_id: UUID | None
    place_id: UUID | None


class PaperQuery(Asked):
    """What to print; `described` puts what the thing is on its label."""

    paper: Literal["label", "sheet", "bag"] = "label"
    described: bool = False


_MOST = 500


@routes.get("/places")
@described(Description("List the places of the house", asks=PlacesQuery, gives=PlaceList))
def listed(asked: PlacesQuery) -> PlaceList:
    """List the places."""
    actor()
    with transaction() as session:
        return PlaceList(places=[shape(one) for one in places.everyone(session, closed=asked.closed)])


@routes.post("/places")
@described(Description("Make a place (custodians, administrators)", takes=NewPlace, gives=PlaceGiven, status=201))
def made(taken: NewPlace) -> PlaceGiven:
    """Make a place."""
    who = actor()
    with transaction() as session:
        parent = places.scanned(session, taken.parent).id if taken.parent else None
        environment = Environment(taken.environment)
        one = places.make(session, who, taken.name, Sort(taken.sort), parent=parent, environment=environment)
        return shape(one)


@routes.get("/places/<uuid:place_id>/contents")
@described(
    Description("What is recorded to lie at a place, for those who may know", asks=AfterQuery, gives=ContentsGiven)
)
def lying(place_id: UUID, asked: AfterQuery) -> ContentsGiven:
    """Give what lies at a place."""
    who = actor()
    with transaction() as session:
        one = places.fetch(session, place_id)
        found = contents.at_place(session, who, one, after=asked.after, most=_MOST)
        shaped = [LyingGiven.model_validate(each) for each in found]
        return ContentsGiven(
            place=shape(one), exhibits=shaped, after=shaped[-1].reference if len(shaped) == _MOST else ""
        )


@routes.post("/places/<uuid:place_id>/closing")
@described(Description("Close an empty place for good", takes=ReasonTaken, gives=PlaceGiven))
def closed(place_id: UUID, taken: ReasonTaken) -> PlaceGiven:
    """Close a place."""
    with transaction() as session:
        return shape(places.close(session, actor(), place_id, taken.reason))


@routes.get("/places/<uuid:place_id>/label")
@described(Description("The label of a place as PDF", media=PDF))
def label(place_id: UUID) -> Response:
    """Print the label of a place."""
    actor()
    with transaction() as session:
        one = places.fetch(session, place_id)
    made_of = choosing.of_places([one], Paper.LABEL, office=services().config.office, made=clock.now())
    return Response(made_of, mimetype=PDF)


@routes.get("/exhibits/<uuid:exhibit_id>/label")
@described(Description("The label or bag sheet of an exhibit as PDF", asks=PaperQuery, media=PDF))
def exhibit_label(exhibit_id: UUID, asked: PaperQuery) -> Response:
    """Print the label of an exhibit."""
    with transaction() as session:
        made_of = choosing.of_exhibits(
            session, actor(), [exhibit_id], Paper(asked.paper), office=services().config.office, made=clock.now(),
            described=asked.described,
        )  # fmt: skip
    return Response(made_of, mimetype=PDF)


@routes.get("/scan")
@described(Description("What a scanned or typed code, number or seal stands on", asks=ScanQuery, gives=ScanGiven))
def scanned(asked: ScanQuery) -> ScanGiven:
    """Find what was scanned."""
    with transaction() as session:
        met = contents.scan(session, actor(), asked.code)
        return ScanGiven(exhibit_id=met.exhibit_id, place_id=met.place_id)


def shape(one: Place) -> PlaceGiven:
    """A place as JSON says it."""
    told = {name: getattr(one, name) for name in PlaceGiven.model_fields if name != "code"}
    return PlaceGiven(**told, code=one.code.uri)
