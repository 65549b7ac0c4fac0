"""API: kits for work without a network: made, printed, void when lost, and their entries taken in."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import Field

from app.api.describing import Asked, Description, Given, Taken, described
from app.auth import actor
from app.wiring import services, transaction
from cases.access import Act
from core import clock
from evidence.kits import format as form
from evidence.kits import kits, returning
from evidence.kits.kits import Wanted
from evidence.kits.labels import Kit, KitEntry
from evidence.kits.returning import Choice, Decision, Outcome
from exports.papers import choosing, kitted
from exports.papers.kitted import KitPapers

routes = Blueprint("kits", __name__)
PDF = "application/pdf"
Count = Annotated[int, Field(ge=0, le=500)]
Word = Annotated[str, Field(min_length=1, max_length=4_000)]
_FORMS = 10


class NewKit(Taken):
    """A kit to be made: how many numbers, out of which seals, for whom, until when it is to be back."""

    exhibits: Count
    wristbands: Count = 0
    seals: Count = 0
    seals_from: Annotated[str, Field(max_length=40)] = ""
    issued_to: Annotated[str, Field(min_length=1, max_length=64)]
    purpose: Annotated[str, Field(min_length=1, max_length=400)]
    case: UUID | None = Field(default=None, strict=False)
    due: datetime | None = Field(default=None, strict=False)


class EndTaken(Taken):
    """Why the kit is ended."""

    reason: Word


class DecisionTaken(Taken):
    """What a person decides about a line that waits; `fixed` puts right what it says, never its number."""

    choice: Literal["take in", "same thing", "refuse"]
    reason: Word
    fixed: dict[str, Annotated[str, Field(max_length=4_000)]] = {}


class ReturnQuery(Asked):
    """For which case, when the kit was made for none."""

    case: UUID | None = None


class KitGiven(Given):
    """A kit; no name of anybody at a scene stands in it."""

    id: UUID
    code: str
    case_id: UUID | None
    purpose: str
    issued_to: str
    made: datetime
    due: datetime
    state: str
    because: str
    labels: dict[str, int] = {}
    seals: list[str] = []
    waiting: int = 0
    public_key: str = ""


class KitList(Given):
    """Kits, the newest first."""

    kits: list[KitGiven]


class LineGiven(Given):
    """How a line ended."""

    id: UUID
    line: int
    kind: str
    label: str
    state: str
    code: str
    because: str
    exhibit_id: UUID | None
    sha256: str
    resolution: str


class OutcomeGiven(Given):
    """What became of a file: all its lines, and whether the same had come before."""

    id: UUID
    kit_id: UUID
    sha256: str
    device: str
    clock_ahead: int | None
    lines: int
    again: bool
    counts: dict[str, int]
    entries: list[LineGiven]


@routes.get("/kits")
@described(Description("The kits that I have, made or keep", gives=KitList))
def listed() -> KitList:
    """List kits."""
    with transaction() as session:
        return KitList(kits=[KitGiven.model_validate(one) for one in kits.mine(session, actor())])


@routes.post("/kits")
@described(Description("Reserve the numbers of a kit", takes=NewKit, gives=KitGiven, status=201))
def made(taken: NewKit) -> KitGiven:
    """Make a kit."""
    wanted = Wanted(taken.exhibits, taken.wristbands, taken.seals, taken.seals_from)
    with transaction() as session:
        kit = kits.make(
            session,
            actor(),
            wanted,
            issued_to=taken.issued_to,
            purpose=taken.purpose,
            case_id=taken.case,
            due=taken.due,
        )
        kit_id = kit.id
    return one_kit(kit_id)


@routes.get("/kits/<uuid:kit_id>")
@described(Description("One kit with its numbers", gives=KitGiven))
def kit(kit_id: UUID) -> KitGiven:
    """Give a kit."""
    return one_kit(kit_id)


@routes.post("/kits/<uuid:kit_id>/void")
@described(Description("Declare a lost kit void from afar", takes=EndTaken, gives=KitGiven))
def void(kit_id: UUID, taken: EndTaken) -> KitGiven:
    """Void a kit."""
    with transaction() as session:
        kits.void(session, actor(), kit_id, taken.reason)
    return one_kit(kit_id)


@routes.post("/kits/<uuid:kit_id>/return")
@described(Description("Enter that a kit came back", takes=EndTaken, gives=KitGiven))
def returned(kit_id: UUID, taken: EndTaken) -> KitGiven:
    """Take a kit back."""
    with transaction() as session:
        kits.give_back(session, actor(), kit_id, taken.reason)
    return one_kit(kit_id)


@routes.get("/kits/<uuid:kit_id>/papers")
@described(Description("The labels, lists and paper forms of a kit as PDF", media=PDF))
def papers(kit_id: UUID) -> Response:
    """Print a kit."""
    return Response(printed(kit_id), mimetype=PDF)


@routes.post("/kits/<uuid:kit_id>/entries")
@described(
    Description(
        "Take in the entries of a kit (probanda-kit-entries/1, plain or sealed)",
        asks=ReturnQuery, body="application/octet-stream", gives=OutcomeGiven, limit=form.MOST_BYTES + 1024,
    )
)  # fmt: skip
def taken_in(kit_id: UUID, asked: ReturnQuery) -> OutcomeGiven:
    """Take in a file."""
    with transaction() as session:
        kits.fetch(session, actor(), kit_id)
    data = request.get_data(cache=False)
    with transaction() as session:
        made_of = returning.take_in(session, actor(), services().keyring, kit_id, data, case_id=asked.case)
        return shape(made_of)


@routes.get("/kit-returns/<uuid:return_id>")
@described(Description("What became of each line of a file", gives=OutcomeGiven))
def outcome(return_id: UUID) -> OutcomeGiven:
    """Give what became of a file."""
    with transaction() as session:
        return shape(returning.outcome(session, actor(), return_id))


@routes.post("/kit-entries/<uuid:entry_id>")
@described(Description("Decide about a line that waits", takes=DecisionTaken, gives=LineGiven))
def decided(entry_id: UUID, taken: DecisionTaken) -> LineGiven:
    """Decide about a line."""
    decision = Decision(Choice(taken.choice), taken.reason, taken.fixed)
    with transaction() as session:
        returning.fetch(session, actor(), entry_id, to=Act.ADD)
        return _line(returning.resolve(session, actor(), services().keyring, entry_id, decision))


def one_kit(kit_id: UUID) -> KitGiven:
    """A kit with its numbers, for whoever may know of it."""
    with transaction() as session:
        one = kits.fetch(session, actor(), kit_id)
        counts: dict[str, int] = {}
        for label in kits.labels(session, one):
            name = f"{label.sort} {label.state}"
            counts[name] = counts.get(name, 0) + 1
        told = {name: getattr(one, name) for name in KitGiven.model_fields if hasattr(one, name)}
        return KitGiven(
            **told, labels=counts, seals=kits.seal_numbers(session, one), waiting=kits.open_conflicts(session, one),
            public_key=form.public_key(services().keyring, one.id),
        )  # fmt: skip


def printed(kit_id: UUID) -> bytes:
    """The papers of a kit, for whoever may know of it."""
    with transaction() as session:
        one: Kit = kits.fetch(session, actor(), kit_id)
        made_of = KitPapers(
            one.code, one.issued_to, one.purpose, f"{one.due:%Y-%m-%d %H:%M} UTC", choosing.of_kit(session, one),
            kits.seal_numbers(session, one), _FORMS,
        )  # fmt: skip
    return kitted.papers(made_of, office=services().config.office, made=clock.now())


def shape(made_of: Outcome) -> OutcomeGiven:
    """What became of a file as JSON says it."""
    back = made_of.back
    told = {name: getattr(back, name) for name in ("id", "kit_id", "sha256", "device", "clock_ahead", "lines")}
    return OutcomeGiven(
        **told, again=made_of.again, counts=made_of.counts, entries=[_line(one) for one in made_of.lines]
    )


def _line(one: KitEntry) -> LineGiven:
    return LineGiven.model_validate(one)
