"""An order that data be destroyed: registered, weighed, approved by two others, carried out, and never in passing.

What an order reaches is drawn up before anybody decides (`exports.expungement`), and what was approved is exactly what
is carried out: another reach needs another approval (J7).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import access
from cases.access import Act
from cases.docket import NoSuchCase
from cases.people import Person
from core import approvals, clock
from core.accounts import Actor, Role
from core.approvals import Proposal, Wish
from core.errors import Conflict, Forbidden, Invalid
from core.ledger import entries as ledger
from evidence import exhibits
from evidence.ending.rows import Notice, Obstacle, Order, Scope, Shared, State, Step
from evidence.exhibits import Exhibit
from evidence.files import File

KIND: Final = "expunge"
ASKING: Final = (Role.SUPERVISOR, Role.PROSECUTOR)
DECIDING: Final = (Role.SUPERVISOR, Role.PROSECUTOR, Role.CUSTODIAN)
CARRYING_OUT: Final = (Role.CUSTODIAN, Role.SUPERVISOR)
OBSTACLES: Final = ("hold", "retention duty", "civil claim", "other case relies on it", "other")
_LONGEST: Final = 4_000


class BadOrder(Invalid):
    """An order cannot be registered like this; `fields` names each fault."""


class NotYoursToEnd(Forbidden):
    """Ending data takes certain roles, and different persons for asking, deciding and carrying out."""


class NotYet(Conflict):
    """The order cannot be carried out now: it waits, it is blocked, or what it reaches has changed."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """An order as it comes in; no things mean the whole case, no day of appeal that it is final."""

    number: str
    court: str
    dated: str
    scope: Scope
    things: tuple[UUID, ...] = ()
    appeal_ends: datetime | None = None
    keep_hashes: bool = False
    shared: Shared = Shared.RESTRICT
    reason: str = ""


def register(session: Session, actor: Actor, case_id: UUID, ruling: Ruling) -> Order:
    """Enter an order for a case; nothing happens by that.  Raises NoSuchCase, NotYoursToEnd, or BadOrder."""
    _member(session, actor, case_id, ASKING, "to register an order")
    _check(ruling)
    level = _level(session, actor, case_id, ruling)
    order = Order(
        id=uuid4(), case_id=case_id, number=ruling.number.strip(), court=ruling.court.strip(),
        dated=ruling.dated.strip(), scope=ruling.scope.value, things=[str(one) for one in ruling.things],
        appeal_ends=ruling.appeal_ends, keep_hashes=ruling.keep_hashes, shared=ruling.shared.value,
        reason=ruling.reason.strip(), sensitivity=level, state=State.REGISTERED.value, registered=clock.now(),
        registered_by=actor.name, registered_by_id=actor.id, certificate="",
    )  # fmt: skip
    session.add(order)
    session.flush()
    enter(
        session, actor, order, "order registered",
        number=order.number, court=order.court, dated=order.dated, scope=order.scope, things=order.things,
        appeal_ends=clock.stamp(order.appeal_ends) if order.appeal_ends else "final", keep_hashes=order.keep_hashes,
        shared=order.shared, reason=order.reason,
    )  # fmt: skip
    return order


def fetch(session: Session, actor: Actor, order_id: UUID) -> Order:
    """The order, if the person may know of it; hidden and absent give the same answer."""
    order = session.get(Order, order_id, with_for_update=True, populate_existing=True)
    if order is None:
        raise NoSuchCase
    access.fetch(session, actor, order.case_id, to=Act.SEE)
    if not _knows(session, actor, order):
        raise NoSuchCase
    return order


def of_case(session: Session, actor: Actor, case_id: UUID) -> list[Order]:
    """The orders of a case that the person may know of, newest first."""
    access.fetch(session, actor, case_id, to=Act.SEE)
    query = select(Order).where(Order.case_id == case_id).order_by(Order.registered.desc(), Order.id)
    return [one for one in session.scalars(query) if _knows(session, actor, one)]


def withdraw(session: Session, actor: Actor, order_id: UUID, because: str) -> Order:
    """Take an order back that has not begun to be carried out."""
    order = fetch(session, actor, order_id)
    _member(session, actor, order.case_id, ASKING, "to withdraw an order")
    if order.state != State.REGISTERED:
        raise NotYet(f"this order is {order.state} and cannot be withdrawn; nothing was changed")
    order.state = State.WITHDRAWN.value
    enter(session, actor, order, "order withdrawn", because=_said("because", because))
    return order


def object_to(session: Session, actor: Actor, order_id: UUID, kind: str, words: str) -> Obstacle:
    """Write down what stands against an order; until it is resolved in writing nothing is destroyed."""
    order = fetch(session, actor, order_id)
    _member(session, actor, order.case_id, (*DECIDING, Role.INVESTIGATOR, Role.PROTECTION), "to object to an order")
    if kind not in OBSTACLES:
        raise BadOrder("say what stands against it", fields={"kind": "use one of: " + ", ".join(OBSTACLES)})
    if order.state != State.REGISTERED:
        raise NotYet(f"this order is {order.state}; it is too late to object to it here")
    row = Obstacle(
        id=uuid4(), order_id=order.id, kind=kind, words=_said("words", words), raised=clock.now(),
        raised_by=actor.name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    enter(session, actor, order, "obstacle raised", obstacle=str(row.id), kind=kind, words=row.words)
    return row


def resolve(session: Session, actor: Actor, order_id: UUID, obstacle_id: UUID, resolution: str) -> Obstacle:
    """Resolve in writing what stood against an order."""
    order = fetch(session, actor, order_id)
    _member(session, actor, order.case_id, ASKING, "to resolve an obstacle")
    row = session.get(Obstacle, obstacle_id)
    if row is None or row.order_id != order.id:
        raise NoSuchCase
    if row.resolved is not None:
        raise NotYet("this has been resolved already")
    row.resolved, row.resolved_by, row.resolution = clock.now(), actor.name, _said("resolution", resolution)
    session.flush()
    enter(session, actor, order, "obstacle resolved", obstacle=str(row.id), resolution=row.resolution)
    return row


def propose(session: Session, actor: Actor, order_id: UUID, reach: Mapping[str, Any], reason: str) -> Proposal:
    """Ask two others to approve that exactly this is destroyed; *reach* holds the counts and digest of the map."""
    order = fetch(session, actor, order_id)
    _member(session, actor, order.case_id, ASKING, "to ask for an approval")
    if order.state != State.REGISTERED:
        raise NotYet(f"this order is {order.state}; nothing is left to approve")
    if any(one.subject == order.id for one in approvals.open_ones(session, kind=KIND, case_id=order.case_id)):
        raise NotYet("two approvals have been asked for already; let them be given, or withdraw that proposal")
    words = {"order": order.number, **reach}
    wish = Wish(KIND, order.id, order.case_id, words, needed=2)
    return approvals.propose(session, actor, wish, _said("reason", reason))


def decide(session: Session, actor: Actor, proposal_id: UUID, *, grants: bool, reason: str) -> Proposal:
    """Add one person's word on a proposal to destroy: a supervisor's and a custodian's or prosecutor's are needed."""
    proposal = session.get(Proposal, proposal_id)
    if proposal is None or proposal.kind != KIND:
        raise NoSuchCase
    # First the order and then what is said of it, as whoever carries it out does.
    order = fetch(session, actor, proposal.subject)
    session.refresh(proposal, with_for_update=True)
    _member(session, actor, order.case_id, DECIDING, "to decide on an order")
    if grants and actor.id != proposal.proposed_by_id:
        _complete(session, actor, proposal)
    return approvals.decide(session, actor, proposal, grants=grants, reason=_said("reason", reason))


def may_decide(session: Session, actor: Actor, proposal: Proposal) -> None:
    """Say nothing when this person may decide on a proposal to destroy; raises NoSuchCase or NotYoursToEnd."""
    order = fetch(session, actor, proposal.subject)
    _member(session, actor, order.case_id, DECIDING, "to decide on an order")
    _complete(session, actor, proposal)


def _complete(session: Session, actor: Actor, proposal: Proposal) -> None:
    """Refuse a second word that would leave the pair without a supervisor, or without anybody else."""
    before = [set(one.role.split(",")) for one in approvals.decisions(session, proposal.id) if one.grants]
    if not before:
        return
    others = {Role.CUSTODIAN.value, Role.PROSECUTOR.value}
    first, second = before[0], {role.value for role in actor.roles}
    apart = (Role.SUPERVISOR.value in first and second & others) or (Role.SUPERVISOR.value in second and first & others)
    if not apart:
        raise NotYoursToEnd(
            "one of the two approvals is a supervisor's, the other a custodian's or a prosecutor's; yours is of the "
            "sort that is there already"
        )


def obstacles(session: Session, order: Order) -> Sequence[Obstacle]:
    """What was raised against an order, resolved or not, in order of time."""
    query = select(Obstacle).where(Obstacle.order_id == order.id).order_by(Obstacle.raised, Obstacle.id)
    return session.scalars(query).all()


def steps(session: Session, order: Order) -> Sequence[Step]:
    """What carrying out an order does, in order; none before it has begun."""
    return session.scalars(select(Step).where(Step.order_id == order.id).order_by(Step.ordinal)).all()


def notices(session: Session, order: Order) -> Sequence[Notice]:
    """Who outside was told, and what came back."""
    return session.scalars(
        select(Notice).where(Notice.order_id == order.id).order_by(Notice.recipient, Notice.id)
    ).all()


def proposals(session: Session, order: Order) -> Sequence[Proposal]:
    """What was proposed for an order, oldest first."""
    query = select(Proposal).where(Proposal.kind == KIND, Proposal.subject == order.id)
    return session.scalars(query.order_by(Proposal.proposed, Proposal.id)).all()


def waits_for(session: Session, order: Order, holds: Sequence[str]) -> list[str]:
    """Every reason why an order cannot be carried out now, in words; *holds* are those that the record shows."""
    found = []
    if order.appeal_ends is not None and order.appeal_ends > clock.now():
        found.append(f"an appeal is possible until {clock.stamp(order.appeal_ends)[:10]}")
    found += [f"{one.kind}: {one.words}" for one in obstacles(session, order) if one.resolved is None]
    answered = any(one.kind == "hold" and one.resolved is not None for one in obstacles(session, order))
    if not answered:
        found += [f"hold: {one}" for one in holds]
    return found


def began(session: Session, actor: Actor, order: Order, plan: Sequence[tuple[str, UUID, dict[str, Any]]]) -> None:
    """Use the approval up and write down each step of what is carried out; from here on it cannot be stopped."""
    order.state, order.began, order.began_by = State.RUNNING.value, clock.now(), actor.name
    for ordinal, (act, subject, words) in enumerate(plan, start=1):
        session.add(Step(id=uuid4(), order_id=order.id, ordinal=ordinal, act=act, subject=subject, words=words))
    session.flush()
    enter(session, actor, order, "expungement begun", steps=len(plan))


def tell(session: Session, actor: Actor, order_id: UUID, notice_id: UUID) -> Notice:
    """Write down that a recipient has been told that what it holds was ordered to be destroyed."""
    order, row = _notice(session, actor, order_id, notice_id)
    if row.sent is None:
        row.sent, row.sent_by = clock.now(), actor.name
        enter(session, actor, order, "recipient notified", notice=str(row.id), what=row.what)
    return row


def confirm(session: Session, actor: Actor, order_id: UUID, notice_id: UUID, answer: str) -> Notice:
    """Write down what a recipient answered: destroyed, returned, or kept and why."""
    order, row = _notice(session, actor, order_id, notice_id)
    if row.sent is None:
        raise NotYet("write down first that the recipient was told")
    row.confirmed, row.confirmed_by, row.answer = clock.now(), actor.name, _said("answer", answer)
    session.flush()
    enter(session, actor, order, "recipient answered", notice=str(row.id), answer=row.answer)
    return row


def enter(session: Session, actor: Actor, order: Order, act: str, **words: Any) -> None:
    """Write an act about an order into the chain of its case."""
    chain = f"case/{order.case_id}"
    ledger.append(session, chain, actor, act, case=order.case_id, subject=order.id, **words)


def may_carry_out(session: Session, actor: Actor, order: Order) -> None:
    """Say nothing when this person may have an order carried out; raises NotYoursToEnd otherwise."""
    _member(session, actor, order.case_id, CARRYING_OUT, "to have an order carried out")


def _notice(session: Session, actor: Actor, order_id: UUID, notice_id: UUID) -> tuple[Order, Notice]:
    order = fetch(session, actor, order_id)
    _member(session, actor, order.case_id, DECIDING, "to write down what recipients were told")
    row = session.get(Notice, notice_id)
    if row is None or row.order_id != order.id:
        raise NoSuchCase
    return order, row


def _member(session: Session, actor: Actor, case_id: UUID, roles: Sequence[Role], what: str) -> None:
    access.fetch(session, actor, case_id, to=Act.SEE)
    narrowed = actor.scopes is not None and Act.MANAGE not in actor.scopes
    if not actor.holds(*roles) or actor.holds(Role.AUDITOR) or narrowed:
        raise NotYoursToEnd(f"{what} takes one of these roles: " + ", ".join(roles))


def _knows(session: Session, actor: Actor, order: Order) -> bool:
    return actor.holds(Role.AUDITOR) or order.sensitivity <= access.clearance_of(session, actor, order.case_id)


def _level(session: Session, actor: Actor, case_id: UUID, ruling: Ruling) -> int:
    """The highest class that an order reaches, after asking whether each of its things is there for this person."""
    case = access.fetch(session, actor, case_id, to=Act.SEE)
    levels = [case.sensitivity]
    if ruling.scope is Scope.CASE:
        levels += session.scalars(select(Exhibit.sensitivity).where(Exhibit.case_id == case_id)).all()
    for one in ruling.things if ruling.scope is Scope.EXHIBITS else ():
        found = exhibits.fetch(session, actor, one, to=Act.SEE)
        levels.append(found.sensitivity if found.case_id == case_id else _elsewhere())
    for one in ruling.things if ruling.scope is Scope.FILES else ():
        file = session.get(File, one)
        if file is None or file.case_id != case_id:
            raise NoSuchCase
        exhibits.fetch(session, actor, file.exhibit_id, to=Act.SEE)
        levels.append(file.sensitivity)
    for one in ruling.things if ruling.scope is Scope.PERSONS else ():
        person = session.get(Person, one)
        if person is None or person.case_id != case_id:
            raise NoSuchCase
    level = max(levels)
    if level > access.clearance_of(session, actor, case_id):
        raise NotYoursToEnd("this reaches material of a class for which you are not cleared; nothing was registered")
    return level


def _elsewhere() -> int:
    raise NoSuchCase


def _check(ruling: Ruling) -> None:
    texts = [(name, getattr(ruling, name), _LONGEST) for name in ("number", "court", "dated", "reason")]
    wrong = exhibits.faults(texts)
    wrong |= {
        name: "say it in a few words" for name in ("number", "court", "dated") if not getattr(ruling, name).strip()
    }
    if (ruling.scope is Scope.CASE) == bool(ruling.things):
        wrong["things"] = "name what it is about" if not ruling.things else "the whole case needs no list"
    if len(set(ruling.things)) < len(ruling.things):
        wrong["things"] = "the same thing is named twice"
    if wrong:
        raise BadOrder(exhibits.told(wrong), fields=wrong)


def _said(name: str, text: str) -> str:
    wrong = exhibits.faults([(name, text, _LONGEST)])
    if not text.strip():
        wrong[name] = "say it in a few words"
    if wrong:
        raise BadOrder(exhibits.told(wrong), fields=wrong)
    return text.strip()
