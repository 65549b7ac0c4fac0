"""Holds, and orders to return, forfeit, destroy or transfer: who approved that they are carried out, and when they may.

An order is carried out by the person who has the thing, after another person has approved exactly this, after the time
for appeals, and while no hold stands (domain.md 2.4, four eyes).
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases.access import Act
from core import approvals, clock
from core.accounts import Actor, Role
from core.approvals import Proposal, Wish
from core.db import Base, Moment
from core.errors import Conflict, Forbidden
from evidence import exhibits
from evidence.exhibits import Exhibit, State
from evidence.possession.movement import WANTED, BadMovement, Movement, WrongState
from evidence.possession.verbs import DISPOSALS, ORDERS, Verb

DISPOSE: Final = "custody.dispose"
DECIDERS: Final = (Role.SUPERVISOR, Role.PROSECUTOR)


class OnHold(Conflict):
    """A hold is in force, so nothing that ends custody can be done."""


class StillOpen(Conflict):
    """The time for appeals is not over, so the order cannot be carried out yet."""


class NotApprovedLikeThis(Conflict):
    """What was approved is not what is to be done now."""


class NotYoursToApprove(Forbidden):
    """A supervisor or prosecutor of the case approves that an order is carried out."""


class CustodyOrder(Base):
    """A hold or an order about one exhibit; `ended` says since when it does not wait any more."""

    __tablename__ = "custody_orders"
    __table_args__ = (Index(None, "exhibit_id", "ended"), Index(None, "case_id", "appeal_ends"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"))
    kind: Mapped[str]
    number: Mapped[str]
    court: Mapped[str] = mapped_column(default="")
    appeal_ends: Mapped[datetime | None] = mapped_column(Moment)
    entered: Mapped[datetime] = mapped_column(Moment)
    entered_by: Mapped[str]
    ended: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[str] = mapped_column(default="")


def enter(session: Session, actor: Actor, exhibit: Exhibit, verb: Verb, movement: Movement) -> dict[str, Any]:
    """Write down a hold or an order; gives its id for the entry."""
    number = movement.authority if verb is Verb.HOLD_ON else movement.number
    if verb in ORDERS and (other := waiting(session, exhibit)) is not None:
        raise WrongState(f"order {other.number} waits to be carried out already; have it lifted first")
    row = CustodyOrder(
        id=uuid4(), case_id=exhibit.case_id, exhibit_id=exhibit.id, kind=verb.value, number=number.strip(),
        court=movement.court.strip(), appeal_ends=movement.appeal_ends, entered=clock.now(),
        entered_by=actor.signature, ended_by="",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return {"order": str(row.id)}


def lift(session: Session, actor: Actor, exhibit: Exhibit, verb: Verb, movement: Movement) -> dict[str, Any]:
    """End the oldest hold of this authority, or the order of this number."""
    number = (movement.authority if verb is Verb.HOLD_OFF else movement.number).strip()
    name = "authority" if verb is Verb.HOLD_OFF else "number"
    known = holds(session, exhibit) if verb is Verb.HOLD_OFF else [one for one in [waiting(session, exhibit)] if one]
    for one in known:
        if one.number == number:
            one.ended, one.ended_by = clock.now(), actor.signature
            session.flush()
            return {"order": str(one.id)}
    standing = ", ".join(one.number for one in known) or "none"
    message = f"nothing of this number is in force; in force: {standing}"
    raise BadMovement(message, fields={name: message})


def holds(session: Session, exhibit: Exhibit) -> list[CustodyOrder]:
    """The holds in force on an exhibit, the oldest first."""
    query = select(CustodyOrder).where(CustodyOrder.exhibit_id == exhibit.id, CustodyOrder.ended.is_(None))
    query = query.where(CustodyOrder.kind == Verb.HOLD_ON.value)
    return list(session.scalars(query.order_by(CustodyOrder.entered, CustodyOrder.id)))


def waiting(session: Session, exhibit: Exhibit) -> CustodyOrder | None:
    """The order that waits to be carried out on an exhibit, if there is one."""
    query = select(CustodyOrder).where(CustodyOrder.exhibit_id == exhibit.id, CustodyOrder.ended.is_(None))
    query = query.where(CustodyOrder.kind.in_([one.value for one in ORDERS]))
    return session.scalars(query.order_by(CustodyOrder.entered, CustodyOrder.id)).first()


def resting(session: Session, exhibit: Exhibit, after: State) -> State:
    """Where an exhibit comes to rest: held, or with its disposition pending while an order waits."""
    return State.PENDING if after is State.HELD and waiting(session, exhibit) is not None else after


def propose(
    session: Session, actor: Actor, exhibit_id: UUID, verb: Verb, *, to: str, method: str, reason: str
) -> Proposal:
    """Ask for the approval of another person that an order is carried out in this way.

    Raises as `exhibits.fetch` does, WrongState without such an order, BadMovement.
    """
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.HANDLE)
    _carried_out_by(session, exhibit, verb)
    wrong = {} if verb is Verb.DESTROY or to.strip() else {"outside": WANTED["outside"]}
    wrong |= {name: WANTED[name] for name, text in (("method", method), ("reason", reason)) if not text.strip()}
    wrong |= exhibits.faults([("outside", to, 4_000), ("method", method, 4_000), ("reason", reason, 4_000)])
    if wrong:
        raise BadMovement(exhibits.told(wrong), fields=wrong)
    words = {"verb": verb.value, "outside": to.strip(), "method": method.strip()}
    return approvals.propose(session, actor, Wish(DISPOSE, exhibit.id, exhibit.case_id, words), reason)


def may_approve(session: Session, actor: Actor, proposal: Proposal) -> None:
    """Raise why this person may not decide on a proposal to carry out an order; nothing if allowed."""
    exhibits.entitled(session, actor, proposal.subject, Act.AMEND)
    if not actor.holds(*DECIDERS):
        raise NotYoursToApprove("a supervisor or prosecutor of the case approves this")


def carry_out(session: Session, actor: Actor, exhibit: Exhibit, verb: Verb, movement: Movement) -> dict[str, Any]:
    """Use the approval and end the order; raises OnHold, StillOpen, WrongState, or what approvals say."""
    order = _carried_out_by(session, exhibit, verb)
    if standing := holds(session, exhibit):
        raise OnHold(f"hold {standing[0].number} is in force; it has to be lifted before custody can end")
    if order.appeal_ends is None or order.appeal_ends > clock.now():
        until = clock.stamp(order.appeal_ends)[:16].replace("T", " ") if order.appeal_ends else "an unknown day"
        raise StillOpen(f"the time for appeals against order {order.number} runs until {until} UTC")
    proposal = approvals.use(session, actor, DISPOSE, exhibit.id)
    said = {"verb": verb.value, "outside": movement.outside.strip(), "method": movement.method.strip()}
    differs = [name for name, text in said.items() if proposal.words.get(name) != text]
    if differs:
        raise NotApprovedLikeThis(
            "another person has approved this otherwise: "
            + ", ".join(f"{n}: «{proposal.words.get(n)}»" for n in differs)
        )
    order.ended, order.ended_by = clock.now(), actor.signature
    session.flush()
    deciders = [one.by for one in approvals.decisions(session, proposal.id)]
    return {"order": str(order.id), "order_number": order.number, "court": order.court,
            "proposal": str(proposal.id), "approved_by": deciders, "proposed_by": proposal.proposed_by}  # fmt: skip


def _carried_out_by(session: Session, exhibit: Exhibit, verb: Verb) -> CustodyOrder:
    order = waiting(session, exhibit)
    if verb not in DISPOSALS or order is None or verb not in ORDERS[Verb(order.kind)]:
        said = verb.value.replace("_", " ")
        raise WrongState(f"no order is in force that is carried out by «{said}»; enter the court's order first")
    return order
