"""API: orders that data be destroyed, what they reach, who decides, how far they are, and their certificates."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint, Response
from pydantic import Field
from werkzeug.wrappers import Response as Answer

from app.api.describing import Description, Given, Taken, described
from app.auth import actor
from app.ending import carrying_out, verifying
from app.wiring import transaction
from evidence.ending import orders
from evidence.ending.orders import Ruling
from evidence.ending.rows import Order, Scope, Shared
from exports import certificate
from exports.pdf.expungement import certificate_pdf

routes = Blueprint("endings", __name__)
Words = Annotated[str, Field(min_length=1, max_length=4_000)]
_PDF = "application/pdf"


class NewOrder(Taken):
    """An order as the court made it; no things mean the whole case, no day of appeal that it is final."""

    number: Words
    court: Words
    dated: Words
    scope: Literal["case", "exhibits", "files", "persons"]
    things: Annotated[list[UUID], Field(max_length=10_000)] = []
    appeal_ends: datetime | None = None
    keep_hashes: bool = False
    shared: Literal["restrict", "destroy"] = "restrict"
    reason: Annotated[str, Field(max_length=4_000)] = ""


class Because(Taken):
    """Why."""

    reason: Words


class Objection(Taken):
    """What stands against an order."""

    kind: Words
    words: Words


class Verdict(Taken):
    """One person's word on a proposal."""

    grants: bool
    reason: Words


class Start(Taken):
    """That an approved order is carried out; the day on which the last backup of before expires, if it is known."""

    copies_until: date | None = None


class ObstacleGiven(Given):
    """What stands or stood against an order."""

    id: UUID
    kind: str
    words: str
    raised: datetime
    raised_by: str
    resolved: datetime | None
    resolved_by: str
    resolution: str


class NoticeGiven(Given):
    """Who outside holds a copy, whether it was told, and what it answered."""

    id: UUID
    recipient: str
    what: str
    sent: datetime | None
    confirmed: datetime | None
    answer: str


class OrderGiven(Given):
    """An order and how far it is."""

    id: UUID
    case_id: UUID
    number: str
    court: str
    dated: str
    scope: str
    things: list[str]
    appeal_ends: datetime | None
    keep_hashes: bool
    shared: str
    reason: str
    state: str
    registered: datetime
    registered_by: str
    began: datetime | None
    ended: datetime | None
    copies_until: datetime | None


class OrderWhole(OrderGiven):
    """An order with everything around it."""

    obstacles: list[ObstacleGiven]
    notices: list[NoticeGiven]
    proposals: list[UUID]
    steps: int
    done: int


class OrderList(Given):
    """The orders of a case, newest first."""

    orders: list[OrderGiven]


class ReachedGiven(Given):
    """One thing that an order reaches, and what is done with it."""

    kind: str
    id: UUID
    label: str
    act: str
    parent: UUID | None
    because: str
    counts: dict[str, int]


class ReachGiven(Given):
    """Everything that an order reaches, and why it cannot be carried out now."""

    digest: str
    counts: dict[str, int]
    waits: list[str]
    things: list[ReachedGiven]
    recipients: list[tuple[str, str]]


class ProposalGiven(Given):
    """A proposal that waits for others."""

    id: UUID
    state: str


class ReportGiven(Given):
    """What was looked at, and what of it was still there."""

    checked: list[str]
    remains: list[str]


@routes.get("/cases/<uuid:case_id>/endings")
@described(Description("The orders that data of a case be destroyed, newest first", gives=OrderList))
def listed(case_id: UUID) -> OrderList:
    """List the orders."""
    with transaction() as session:
        found = orders.of_case(session, actor(), case_id)
        return OrderList(orders=[OrderGiven.model_validate(one) for one in found])


@routes.post("/cases/<uuid:case_id>/endings")
@described(Description("Register an order; nothing happens by that", takes=NewOrder, gives=OrderGiven, status=201))
def registered(case_id: UUID, taken: NewOrder) -> OrderGiven:
    """Register an order."""
    told = taken.model_dump(exclude={"scope", "shared", "things"})
    ruling = Ruling(scope=Scope(taken.scope), shared=Shared(taken.shared), things=tuple(taken.things), **told)
    with transaction() as session:
        return OrderGiven.model_validate(orders.register(session, actor(), case_id, ruling))


@routes.get("/endings/<uuid:order_id>")
@described(Description("One order, with obstacles, recipients and progress", gives=OrderWhole))
def one_order(order_id: UUID) -> OrderWhole:
    """Give one order."""
    with transaction() as session:
        order = orders.fetch(session, actor(), order_id)
        steps = orders.steps(session, order)
        return OrderWhole(
            **OrderGiven.model_validate(order).model_dump(),
            obstacles=[ObstacleGiven.model_validate(one) for one in orders.obstacles(session, order)],
            notices=[NoticeGiven.model_validate(one) for one in orders.notices(session, order)],
            proposals=[one.id for one in orders.proposals(session, order)],
            steps=len(steps),
            done=sum(1 for one in steps if one.done),
        )


@routes.get("/endings/<uuid:order_id>/reach")
@described(Description("What an order reaches: what goes, what is restricted, who has copies", gives=ReachGiven))
def reach(order_id: UUID) -> ReachGiven:
    """Draw the map."""
    _, found = carrying_out.reach_of(actor(), order_id)
    things = [
        ReachedGiven(kind=one.kind, id=one.id, label=one.label, act=one.act, parent=one.parent, because=one.because,
                     counts=dict(one.counts))
        for one in found.things
    ]  # fmt: skip
    return ReachGiven(
        digest=found.digest, counts=found.counts(), waits=list(found.waits), things=things,
        recipients=list(found.recipients),
    )  # fmt: skip


@routes.post("/endings/<uuid:order_id>/obstacles")
@described(Description("Say what stands against an order", takes=Objection, gives=ObstacleGiven, status=201))
def objected(order_id: UUID, taken: Objection) -> ObstacleGiven:
    """Object to an order."""
    with transaction() as session:
        return ObstacleGiven.model_validate(orders.object_to(session, actor(), order_id, taken.kind, taken.words))


@routes.post("/endings/<uuid:order_id>/obstacles/<uuid:obstacle_id>/resolution")
@described(Description("Resolve in writing what stood against an order", takes=Because, gives=ObstacleGiven))
def resolved(order_id: UUID, obstacle_id: UUID, taken: Because) -> ObstacleGiven:
    """Resolve an obstacle."""
    with transaction() as session:
        return ObstacleGiven.model_validate(orders.resolve(session, actor(), order_id, obstacle_id, taken.reason))


@routes.post("/endings/<uuid:order_id>/proposal")
@described(Description("Ask two others to approve what an order reaches now", takes=Because, gives=ProposalGiven,
                       status=201))  # fmt: skip
def proposed(order_id: UUID, taken: Because) -> ProposalGiven:
    """Ask for the approvals."""
    return ProposalGiven(id=carrying_out.propose(actor(), order_id, taken.reason), state="open")


@routes.post("/endings/proposals/<uuid:proposal_id>/decision")
@described(Description("Grant or refuse a proposal to destroy", takes=Verdict, gives=ProposalGiven))
def decided(proposal_id: UUID, taken: Verdict) -> ProposalGiven:
    """Decide on a proposal."""
    with transaction() as session:
        made = orders.decide(session, actor(), proposal_id, grants=taken.grants, reason=taken.reason)
        return ProposalGiven(id=made.id, state=made.state)


@routes.post("/endings/<uuid:order_id>/start")
@described(Description("Have an approved order carried out", takes=Start, gives=OrderGiven, status=202))
def started(order_id: UUID, taken: Start) -> OrderGiven:
    """Begin."""
    return OrderGiven.model_validate(carrying_out.begin(actor(), order_id, copies_until=taken.copies_until))


@routes.post("/endings/<uuid:order_id>/withdrawal")
@described(Description("Take back an order that has not begun", takes=Because, gives=OrderGiven))
def withdrawn(order_id: UUID, taken: Because) -> OrderGiven:
    """Withdraw an order."""
    with transaction() as session:
        return OrderGiven.model_validate(orders.withdraw(session, actor(), order_id, taken.reason))


@routes.post("/endings/<uuid:order_id>/notices/<uuid:notice_id>/sent")
@described(Description("Write down that a recipient was told", gives=NoticeGiven))
def told(order_id: UUID, notice_id: UUID) -> NoticeGiven:
    """Note a notice."""
    with transaction() as session:
        return NoticeGiven.model_validate(orders.tell(session, actor(), order_id, notice_id))


@routes.post("/endings/<uuid:order_id>/notices/<uuid:notice_id>/answer")
@described(Description("Write down what a recipient answered", takes=Because, gives=NoticeGiven))
def answered(order_id: UUID, notice_id: UUID, taken: Because) -> NoticeGiven:
    """Note an answer."""
    with transaction() as session:
        return NoticeGiven.model_validate(orders.confirm(session, actor(), order_id, notice_id, taken.reason))


@routes.get("/endings/<uuid:order_id>/verification")
@described(Description("Look everywhere for remains of what an order destroyed", gives=ReportGiven))
def verified(order_id: UUID) -> ReportGiven:
    """Verify an order."""
    with transaction() as session:
        order = orders.fetch(session, actor(), order_id)
    report = verifying.verify(order.id, carrying_out.stones_file())
    return ReportGiven(checked=report.checked, remains=[str(one) for one in report.remains])


@routes.get("/endings/<uuid:order_id>/certificate")
@described(Description("The signed certificate of an order that has ended", media="application/json"))
def certified(order_id: UUID) -> Answer:
    """Hand out the certificate."""
    return Response(certificate.of_order(_ended(order_id)).to_json(), mimetype="application/json")


@routes.get("/endings/<uuid:order_id>/certificate/pdf")
@described(Description("The same on paper, as PDF/A-3b with the signed text in it", media=_PDF))
def printed(order_id: UUID) -> Answer:
    """Hand out the certificate on paper."""
    return hand_out(order_id)


def hand_out(order_id: UUID) -> Answer:
    """The certificate as a PDF, for API and pages alike."""
    answer = Response(certificate_pdf(certificate.of_order(_ended(order_id))), mimetype=_PDF)
    answer.headers["Content-Disposition"] = f'attachment; filename="certificate-{order_id}.pdf"'
    return answer


def _ended(order_id: UUID) -> Order:
    with transaction() as session:
        return orders.fetch(session, actor(), order_id)
