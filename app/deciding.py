"""What waits for a person's decision: each kind of proposal with its words, who may decide, and what a decision does.

A wing that proposes adds one line to `DECIDERS`; the page «To decide», the start page and the API follow from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.ending import deciding as ending
from core import approvals
from core.accounts import Actor
from core.approvals import NoSuchProposal, Proposal
from core.errors import Missing, Refusal
from evidence import exhibits
from evidence.continuity import signing
from evidence.ending import orders as endings
from evidence.ending import restrictions
from evidence.possession import late, orders

May = Callable[[Session, Actor, Proposal], None]


def _plainly(session: Session, actor: Actor, proposal: Proposal, *, grants: bool, reason: str) -> Any:
    return approvals.decide(session, actor, proposal, grants=grants, reason=reason)


@dataclass(frozen=True, slots=True)
class Decider:
    """One kind of proposal: how a page calls it, what exactly it says, who may decide, and what a decision does."""

    title: str
    may: May
    tell: Callable[[Session, Proposal], str]
    decide: Callable[..., Any] = _plainly
    href: Callable[[Proposal], str] = lambda proposal: f"/exhibits/{proposal.subject}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that waits for a person: what it is, who wants it and why."""

    id: UUID
    kind: str
    title: str
    words: str
    by: str
    since: datetime
    reason: str
    case: UUID | None
    href: str


def _late(session: Session, proposal: Proposal) -> str:
    found = session.get_one(exhibits.Exhibit, proposal.subject)
    told = proposal.words
    act = str(told["late_act"]).replace("_", " ")
    return f"{found.reference}, entry {told['position']}, «{act}»"


def _disposal(session: Session, proposal: Proposal) -> str:
    found, told = session.get_one(exhibits.Exhibit, proposal.subject), proposal.words
    to = f", to {told['outside']}" if told.get("outside") else ""
    return f"{found.reference}: {str(told['verb']).replace('_', ' ')}{to}; {told['method']}"


DECIDERS: Final[Mapping[str, Decider]] = {
    endings.KIND: Decider(
        "Approve that data is destroyed by order",
        endings.may_decide,
        ending.tell_order,
        ending.decide_order,
        ending.page_of_order,
    ),
    restrictions.KIND: Decider(
        "Decide whether a restriction ends",
        restrictions.may_decide,
        ending.tell_restriction,
        ending.decide_restriction,
        ending.page_of_restriction,
    ),
    late.LATE: Decider("Sign a late entry", signing.may_sign, _late, signing.decide),
    orders.DISPOSE: Decider("Approve that an order is carried out", orders.may_approve, _disposal),
}


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """What this person may decide and has neither proposed nor decided, the oldest first."""
    found = []
    for one in approvals.open_ones(session):
        decider = DECIDERS.get(one.kind)
        if decider is None or one.proposed_by_id == actor.id or not _may(session, actor, one, decider):
            continue
        if actor.id not in {word.by_id for word in approvals.decisions(session, one.id)}:
            found.append(_waiting(session, one, decider))
    return found


def decide(session: Session, actor: Actor, proposal_id: UUID, *, grants: bool, reason: str) -> Proposal:
    """Decide on a proposal; raises NoSuchProposal alike for what is hidden and what never was, or why not."""
    known = session.get(Proposal, proposal_id)
    decider = DECIDERS.get(known.kind) if known else None
    if known is None or decider is None:
        raise NoSuchProposal("there is no such proposal")
    try:
        decider.may(session, actor, known)
    except Missing as hidden:
        raise NoSuchProposal("there is no such proposal") from hidden
    if not reason.strip():
        raise approvals.NoReason("say why you decide so", fields={"reason": "say why you decide so"})
    decider.decide(session, actor, approvals.fetch(session, proposal_id), grants=grants, reason=reason)
    return known


def _may(session: Session, actor: Actor, proposal: Proposal, decider: Decider) -> bool:
    try:
        decider.may(session, actor, proposal)
    except Refusal:
        return False
    return True


def _waiting(session: Session, one: Proposal, decider: Decider) -> Waiting:
    return Waiting(
        one.id, one.kind, decider.title, decider.tell(session, one), one.proposed_by, one.proposed, one.reason,
        one.case_id, decider.href(one),
    )  # fmt: skip
