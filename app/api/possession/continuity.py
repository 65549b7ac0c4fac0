"""API: the continuity report of an exhibit, statements about its weaknesses, its photographs, and what is overdue."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.api.custody import StatementGiven, WeaknessGiven, weakness_given
from app.api.describing import Description, Given, Taken, described
from app.auth import actor
from app.wiring import transaction
from cases.access import Act
from evidence import exhibits
from evidence.continuity import overdue, photographing, report, statements
from evidence.possession.photographs import Shows
from evidence.possession.verbs import CHANGES, RULES

routes = Blueprint("continuity", __name__)
Word = Annotated[str, Field(min_length=1, max_length=4_000)]


class ActGiven(Given):
    """An act of custody: whose it is, in which states it can be done, what it needs and may take, what follows."""

    verb: str
    group: str
    title: str
    who: str
    moves: dict[str, str]
    needs: list[str]
    takes: list[str]
    follows: list[str]
    opens_incident: bool


class Acts(Given):
    """The vocabulary of possession."""

    acts: list[ActGiven]


class SpanGiven(Given):
    """A stretch of time with one custodian; without a name it is a gap, unless custody had ended."""

    since: str
    until: str
    custodian: str
    state: str
    position: int
    outside: bool
    ended: bool


class HandlerGiven(Given):
    """Somebody who has had the exhibit or done something with it, with the entries that say so."""

    name: str
    positions: list[int]


class Continuity(Given):
    """Who had an exhibit when, every weakness of the record with what people state about it, and who handled it."""

    exhibit: UUID
    at: str
    spans: list[SpanGiven]
    weaknesses: list[WeaknessGiven]
    statements: list[StatementGiven]
    handlers: list[HandlerGiven]


class StatementTaken(Taken):
    """A statement about a weakness, by its key; without one about the exhibit as a whole."""

    weakness: Annotated[str, Field(max_length=200)] = ""
    text: Word


class StatementEntered(Given):
    """Where a statement stands in the custody."""

    position: int
    digest: str


class StatementAsked(Taken):
    """Of whom a statement is asked, about which weakness, and what is asked."""

    of: Annotated[str, Field(min_length=1, max_length=64)]
    weakness: Annotated[str, Field(max_length=200)] = ""
    question: Word


class RequestGiven(Given):
    """A statement that somebody is asked for."""

    id: UUID
    weakness: str
    question: str
    asked: datetime
    asked_by: str


class PhotographTaken(Taken):
    """Which file is a photograph, and of which moment."""

    file: UUID
    shows: Literal["at seizure", "before opening", "after opening", "sealed", "damage", "disposal"]


class PhotographGiven(Given):
    """A file that is a photograph of its exhibit."""

    file_id: UUID
    shows: str
    marked: datetime


class DueGiven(Given):
    """Something that has to be done about an exhibit by a time."""

    kind: str
    exhibit_id: UUID
    due: datetime
    words: str


class Dues(Given):
    """What waits in a case, the earliest first."""

    due: list[DueGiven]


@routes.get("/custody/acts")
@described(Description("The vocabulary of possession: every act with what it needs", gives=Acts))
def acts() -> Acts:
    """Give the vocabulary."""
    actor()
    return Acts(
        acts=[
            ActGiven(
                verb=verb.value,
                group=rule.group,
                title=rule.title,
                who=rule.who.value,
                moves={before.value: after.value for before, after in CHANGES[verb].items()},
                needs=list(rule.needs),
                takes=list(rule.takes),
                follows=list(rule.follows),
                opens_incident=bool(rule.incident),
            )
            for verb, rule in RULES.items()
        ]
    )


@routes.get("/exhibits/<uuid:exhibit_id>/continuity")
@described(Description("Who had an exhibit when, and every weakness with what people state about it", gives=Continuity))
def continuity(exhibit_id: UUID) -> Continuity:
    """Give the continuity report."""
    with transaction() as session:
        made = report.report(session, exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE))
        return Continuity(
            exhibit=exhibit_id,
            at=made.at,
            spans=[SpanGiven.model_validate(one) for one in made.spans],
            weaknesses=[weakness_given(one) for one in made.weaknesses],
            statements=[StatementGiven.model_validate(one) for one in made.whole],
            handlers=[HandlerGiven(name=name, positions=at) for name, at in made.handlers],
        )


@routes.post("/exhibits/<uuid:exhibit_id>/statements")
@described(
    Description("State something about a weakness", takes=StatementTaken, gives=StatementEntered, status=201)
)  # fmt: skip
def stated(exhibit_id: UUID, taken: StatementTaken) -> StatementEntered:
    """Enter a statement."""
    with transaction() as session:
        entry = report.state(session, actor(), exhibit_id, taken.weakness, taken.text)
        return StatementEntered(position=entry.position, digest=entry.digest)


@routes.post("/exhibits/<uuid:exhibit_id>/statements/requests")
@described(Description("Ask a handler for a statement", takes=StatementAsked, gives=RequestGiven, status=201))
def asked(exhibit_id: UUID, taken: StatementAsked) -> RequestGiven:
    """Ask for a statement."""
    with transaction() as session:
        row = statements.ask(session, actor(), exhibit_id, taken.of, taken.weakness, taken.question)
        return RequestGiven.model_validate(row)


@routes.post("/exhibits/<uuid:exhibit_id>/photographs")
@described(
    Description("Mark a file as a photograph of its exhibit", takes=PhotographTaken, gives=PhotographGiven, status=201)
)
def marked(exhibit_id: UUID, taken: PhotographTaken) -> PhotographGiven:
    """Mark a photograph."""
    with transaction() as session:
        row = photographing.mark(session, actor(), exhibit_id, taken.file, Shows(taken.shows))
        return PhotographGiven.model_validate(row)


@routes.get("/cases/<uuid:case_id>/possession/due")
@described(Description("Offers, laboratories, things that are out and orders of a case, by when", gives=Dues))
def due(case_id: UUID) -> Dues:
    """Give what waits."""
    with transaction() as session:
        return Dues(due=[DueGiven.model_validate(one) for one in overdue.of_case(session, actor(), case_id)])
