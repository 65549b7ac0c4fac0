"""API: what is kept for a court alone, and how long things are kept."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.api.describing import Description, Given, Taken, described
from app.auth import actor
from app.ending import restricting
from app.wiring import transaction
from cases import access
from cases.access import Act
from evidence.ending import restrictions, retention
from evidence.ending.restrictions import Of
from evidence.ending.retention import Happened
from evidence.ending.rules import Trigger

routes = Blueprint("retaining", __name__)
Words = Annotated[str, Field(min_length=1, max_length=4_000)]


class NewRestriction(Taken):
    """What is to be kept for a court alone, and by which order."""

    kind: Literal["exhibit", "file", "person"]
    subject: UUID
    order_number: Words
    reason: Words


class Why(Taken):
    """Why."""

    reason: Words


class Word(Taken):
    """One person's word on a proposal."""

    grants: bool
    reason: Words


class NewEvent(Taken):
    """Something that starts or stops a period; no exhibit means the whole case."""

    trigger: Words
    on: date
    end: date | None = None
    exhibit: UUID | None = None
    words: Annotated[str, Field(max_length=4_000)] = ""


class Choice(Taken):
    """What a person decides on a proposal of retention."""

    decision: Literal["return", "destroy", "expunge", "keep longer"]
    reason: Words
    until: date | None = None


class RestrictionGiven(Given):
    """One restriction."""

    id: UUID
    case_id: UUID
    kind: str
    subject: UUID
    order_number: str
    reason: str
    since: datetime
    by: str
    lifted: datetime | None
    lifted_by: str


class RestrictionList(Given):
    """The restrictions of a case."""

    restrictions: list[RestrictionGiven]


class WishGiven(Given):
    """A proposal that waits for another person."""

    id: UUID
    state: str


class EventGiven(Given):
    """An event that starts or stops a period."""

    id: UUID
    case_id: UUID
    exhibit_id: UUID | None
    trigger: str
    on: date
    end: date | None
    words: str
    entered_by: str


class EventList(Given):
    """The events of a case, in order."""

    events: list[EventGiven]


class DueGiven(Given):
    """What is proposed about an exhibit, since when, why, and what was decided."""

    id: UUID
    case_id: UUID
    exhibit_id: UUID
    proposal: str
    due: date
    because: str
    state: str
    decision: str


class DueList(Given):
    """What waits for a decision in the cases that one supervises, the oldest first."""

    proposals: list[DueGiven]


@routes.get("/cases/<uuid:case_id>/restrictions")
@described(Description("What of a case is kept for a court alone", gives=RestrictionList))
def listed(case_id: UUID) -> RestrictionList:
    """List the restrictions."""
    with transaction() as session:
        found = restrictions.of_case(session, actor(), case_id)
        return RestrictionList(restrictions=[RestrictionGiven.model_validate(one) for one in found])


@routes.post("/cases/<uuid:case_id>/restrictions")
@described(Description("Keep something for a court alone", takes=NewRestriction, gives=RestrictionGiven, status=201))
def restricted(case_id: UUID, taken: NewRestriction) -> RestrictionGiven:
    """Restrict something."""
    told = {"order_number": taken.order_number, "reason": taken.reason}
    with transaction() as session:
        made = restricting.restrict(session, actor(), case_id, Of(taken.kind), taken.subject, **told)
        return RestrictionGiven.model_validate(made)


@routes.post("/restrictions/<uuid:restriction_id>/lifting")
@described(Description("Propose that a restriction ends", takes=Why, gives=WishGiven, status=201))
def asked(restriction_id: UUID, taken: Why) -> WishGiven:
    """Ask for the end of a restriction."""
    with transaction() as session:
        made = restrictions.ask_to_lift(session, actor(), restriction_id, taken.reason)
        return WishGiven(id=made.id, state=made.state)


@routes.post("/restrictions/proposals/<uuid:proposal_id>/decision")
@described(Description("Decide whether a restriction ends", takes=Word, gives=RestrictionGiven))
def lifted(proposal_id: UUID, taken: Word) -> RestrictionGiven:
    """Decide on the end of a restriction."""
    with transaction() as session:
        made = restricting.decide(session, actor(), proposal_id, grants=taken.grants, reason=taken.reason)
        return RestrictionGiven.model_validate(made)


@routes.get("/cases/<uuid:case_id>/retention/events")
@described(Description("What starts and stops periods in a case", gives=EventList))
def events(case_id: UUID) -> EventList:
    """List the events."""
    with transaction() as session:
        access.fetch(session, actor(), case_id, to=Act.SEE)
        return EventList(events=[EventGiven.model_validate(one) for one in retention.known(session, actor(), case_id)])


@routes.post("/cases/<uuid:case_id>/retention/events")
@described(
    Description(
        f"Enter what starts or stops a period: {', '.join(Trigger)}", takes=NewEvent, gives=EventGiven, status=201
    )
)
def happened(case_id: UUID, taken: NewEvent) -> EventGiven:
    """Enter an event."""
    trigger = retention.trigger_named(taken.trigger)
    event = Happened(trigger, taken.on, taken.end, taken.exhibit, taken.words)
    with transaction() as session:
        return EventGiven.model_validate(retention.happened(session, actor(), case_id, event))


@routes.get("/retention")
@described(Description("What is due and waits for a decision of mine", gives=DueList))
def queue() -> DueList:
    """List what is due."""
    with transaction() as session:
        return DueList(proposals=[DueGiven.model_validate(one) for one in retention.queue(session, actor())])


@routes.post("/retention/<uuid:proposal_id>/decision")
@described(Description("Decide on a proposal of retention; nothing is done by that", takes=Choice, gives=DueGiven))
def chosen(proposal_id: UUID, taken: Choice) -> DueGiven:
    """Decide on a proposal."""
    with transaction() as session:
        made = retention.decide(session, actor(), proposal_id, taken.decision, taken.reason, until=taken.until)
        return DueGiven.model_validate(made)
