"""API: proposals that wait for a person's decision, and the decisions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from flask import Blueprint
from pydantic import Field

from app import deciding
from app.api.custody import NoSuchVerb
from app.api.describing import Description, Given, Taken, described
from app.auth import actor
from app.wiring import transaction
from cases.access import Act
from evidence import exhibits
from evidence.possession import orders
from evidence.possession.verbs import DISPOSALS, Verb

routes = Blueprint("deciding", __name__)
Word = Annotated[str, Field(max_length=4_000)]


class WaitingGiven(Given):
    """A proposal that waits for whoever asks."""

    id: UUID
    kind: str
    title: str
    words: str
    by: str
    since: datetime
    reason: str
    case: UUID | None


class Waitings(Given):
    """Everything that waits for whoever asks, the oldest first."""

    waiting: list[WaitingGiven]


class DecisionTaken(Taken):
    """A decision, with its reason."""

    grants: bool
    reason: Word


class ProposalGiven(Given):
    """A proposal and where it stands."""

    id: UUID
    kind: str
    state: str


class DisposalTaken(Taken):
    """How an order is to be carried out: to whom, how, and why now."""

    outside: Word = ""
    method: Word = ""
    reason: Word = ""


@routes.get("/decisions")
@described(Description("What waits for my decision", gives=Waitings))
def waiting() -> Waitings:
    """List what waits."""
    with transaction() as session:
        return Waitings(waiting=[WaitingGiven.model_validate(one) for one in deciding.waiting(session, actor())])


@routes.post("/decisions/<uuid:proposal_id>")
@described(Description("Grant or refuse a proposal", takes=DecisionTaken, gives=ProposalGiven))
def decided(proposal_id: UUID, taken: DecisionTaken) -> ProposalGiven:
    """Decide."""
    with transaction() as session:
        row = deciding.decide(session, actor(), proposal_id, grants=taken.grants, reason=taken.reason)
        return ProposalGiven.model_validate(row)


@routes.post("/exhibits/<uuid:exhibit_id>/approvals/<verb>")
@described(
    Description(
        f"Ask for approval to carry out an order: {', '.join(sorted(DISPOSALS))}",
        takes=DisposalTaken,
        gives=ProposalGiven,
        status=201,
    )
)
def proposed(exhibit_id: UUID, verb: str, taken: DisposalTaken) -> ProposalGiven:
    """Propose a disposal."""
    with transaction() as session:
        exhibits.fetch(session, actor(), exhibit_id, to=Act.HANDLE)
        if verb not in DISPOSALS:
            raise NoSuchVerb("nothing of this name ends custody; use one of: " + ", ".join(sorted(DISPOSALS)))
        told = {"to": taken.outside, "method": taken.method, "reason": taken.reason}
        row = orders.propose(session, actor(), exhibit_id, Verb(verb), **told)
        return ProposalGiven.model_validate(row)
