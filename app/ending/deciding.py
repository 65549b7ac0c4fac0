"""The proposals of ending as the page «To decide» shows them: in their words, and with what a decision does."""

from typing import Any

from sqlalchemy.orm import Session

from app.ending import restricting
from core.accounts import Actor
from core.approvals import Proposal
from evidence.ending import orders
from evidence.ending.restrictions import Restriction
from evidence.ending.rows import Order


def tell_order(session: Session, proposal: Proposal) -> str:
    """What exactly would be destroyed: the order, and how much of what."""
    order = session.get_one(Order, proposal.subject)
    counts = ", ".join(f"{count} × {what}" for what, count in proposal.words.get("counts", {}).items())
    return f"order {order.number} of {order.court}: {counts or 'nothing'}"


def decide_order(session: Session, actor: Actor, proposal: Proposal, *, grants: bool, reason: str) -> Any:
    """Add a word on an order."""
    return orders.decide(session, actor, proposal.id, grants=grants, reason=reason)


def tell_restriction(session: Session, proposal: Proposal) -> str:
    """Which restriction would end."""
    row = session.get_one(Restriction, proposal.subject)
    return f"{row.kind} kept for a court alone under order {row.order_number}"


def decide_restriction(session: Session, actor: Actor, proposal: Proposal, *, grants: bool, reason: str) -> Any:
    """Decide that a restriction ends, or stays."""
    return restricting.decide(session, actor, proposal.id, grants=grants, reason=reason)


def page_of_order(proposal: Proposal) -> str:
    """Where the order can be read before one decides."""
    return f"/endings/{proposal.subject}"


def page_of_restriction(proposal: Proposal) -> str:
    """Where the restriction can be read before one decides."""
    return f"/cases/{proposal.case_id}/endings"
