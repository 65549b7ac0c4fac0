"""API: who has an exhibit, and acts of custody."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app.api.describing import Description, Given, Taken, described
from app.auth import actor
from app.wiring import transaction
from cases.access import Act
from core import accounts
from core.errors import Invalid
from core.ledger.entries import Entry
from evidence import custody, exhibits
from evidence.continuity import report
from evidence.continuity.report import Explained
from evidence.exhibits import Exhibit
from evidence.movements import Movement, Verb

routes = Blueprint("custody", __name__)
Word = Annotated[str, Field(max_length=4_000)]
Short = Annotated[str, Field(max_length=200)]
Position = Annotated[int, Field(ge=0, le=2**31 - 1)]


class NoSuchVerb(Invalid):
    """There is no such act of custody."""


class MovementTaken(Taken):
    """What is said about one act of custody; which parts are needed depends on the act (`/custody/acts`)."""

    to: Annotated[str, Field(max_length=64)] = ""
    outside: Word = ""
    place: Word = ""
    reason: Word = ""
    seal: Short = ""
    put_on: Short = ""
    condition: Word = ""
    note: Word = ""
    witness: Word = ""
    receipt: Word = ""
    authority: Word = ""
    packaging: Word = ""
    label: Short = ""
    tests: Word = ""
    reference: Short = ""
    description: Word = ""
    quantity: Short = ""
    unit: Short = ""
    notice: Word = ""
    court: Word = ""
    hearing: Word = ""
    number: Short = ""
    method: Word = ""
    tool: Word = ""
    tool_version: Word = ""
    appeal_ends: datetime | None = None
    due: datetime | None = None
    corrects: Position | None = None
    photo: UUID | None = None
    occurred_at: datetime | None = None
    occurred_as_written: Word = ""
    occurred_zone: Short = ""
    seen: Position | None = None


class EntryGiven(Given):
    """The proof of an act: where it stands in the chain, and its digest."""

    position: int
    digest: str
    state: str
    custodian: str
    offered_to: str
    seal: str


class StepGiven(Given):
    """One entry of a custody chain."""

    position: int
    act: str
    by: str
    recorded_at: str
    occurred_at: str
    custodian: str
    place: str
    seal_in: str
    seal_out: str
    reason: str
    note: str
    outcome: str
    digest: str
    body: str


class StatementGiven(Given):
    """What a person states about a weakness."""

    weakness: str
    by: str
    role: str
    at: str
    text: str
    position: int


class WeaknessGiven(Given):
    """A weakness that the record itself shows, with what people state about it."""

    key: str
    code: str
    title: str
    since: str
    until: str
    positions: list[int]
    because: str
    statements: list[StatementGiven] = []


class CustodyGiven(Given):
    """Who had an exhibit when, and the gaps in that."""

    exhibit: UUID
    custodian: str
    state: str
    steps: list[StepGiven]
    gaps: list[WeaknessGiven]


@routes.get("/exhibits/<uuid:exhibit_id>/custody")
@described(Description("Who had an exhibit when, and every gap in that", gives=CustodyGiven))
def history(exhibit_id: UUID) -> CustodyGiven:
    """Give the custody of an exhibit."""
    with transaction() as session:
        one = exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE)
        steps = [StepGiven.model_validate(step) for step in custody.steps(session, one)]
        gaps = [weakness_given(found) for found in report.report(session, one).weaknesses]
        return CustodyGiven(exhibit=one.id, custodian=one.custodian, state=one.state, steps=steps, gaps=gaps)


@routes.post("/exhibits/<uuid:exhibit_id>/custody/<verb>")
@described(Description(f"Do one act of custody: {', '.join(Verb)}", takes=MovementTaken, gives=EntryGiven, status=201))
def moved(exhibit_id: UUID, verb: str, taken: MovementTaken) -> EntryGiven:
    """Move an exhibit."""
    if verb not in set(Verb):
        raise NoSuchVerb("there is no such act of custody; use one of: " + ", ".join(Verb))
    told = taken.model_dump(exclude={"to"})
    with transaction() as session:
        exhibits.fetch(session, actor(), exhibit_id, to=Act.HANDLE)
        to = accounts.named(session, taken.to).id if taken.to else None
        entry = custody.move(session, actor(), exhibit_id, Verb(verb), Movement(to=to, **told))
        return _entry(session.get_one(Exhibit, exhibit_id), entry)


def weakness_given(found: Explained) -> WeaknessGiven:
    """A weakness as the API gives it."""
    weak = found.weakness
    return WeaknessGiven(
        key=weak.key,
        code=weak.code.value,
        title=weak.title,
        since=weak.since,
        until=weak.until,
        positions=list(weak.positions),
        because=weak.because,
        statements=[StatementGiven.model_validate(one) for one in found.statements],
    )


def _entry(one: Exhibit, entry: Entry) -> EntryGiven:
    return EntryGiven(
        position=entry.position,
        digest=entry.digest,
        state=one.state,
        custodian=one.custodian,
        offered_to=one.offered_to,
        seal=one.seal,
    )
