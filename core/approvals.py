"""A proposal by one person and its decision by others: nobody decides what he has proposed (domain.md 7, rule 3).

Who may decide on which kind is asked by the verb that needs the decision; here stand only the two persons, the state
and the entries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.accounts import Actor
from core.db import Base, Moment
from core.errors import Conflict, Forbidden, Invalid, Missing
from core.ledger import entries as ledger

HOUSE_CHAIN: Final = "house/approvals"


class Standing(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    USED = "used"


class NoSuchProposal(Missing):
    """There is no such proposal."""


class NotASecondPerson(Forbidden):
    """Somebody else than the one who proposed it, and each person once, has to decide."""


class NotOpen(Conflict):
    """The proposal has been decided, withdrawn or used already."""


class NotApproved(Conflict):
    """This needs the approval of others first, and it is not there."""


class NoReason(Invalid):
    """A decision is given with its reason."""


class Proposal(Base):
    """What somebody wants done that needs others; `words` say what exactly: a changed wish is a new proposal."""

    __tablename__ = "approvals"
    __table_args__ = (Index(None, "kind", "subject", "state"), Index(None, "case_id", "state"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    subject: Mapped[UUID]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    words: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reason: Mapped[str]
    needed: Mapped[int]
    state: Mapped[str] = mapped_column(default=Standing.OPEN.value)
    proposed: Mapped[datetime] = mapped_column(Moment)
    proposed_by: Mapped[str]
    proposed_by_id: Mapped[UUID]


class Decision(Base):
    """One person's word on a proposal."""

    __tablename__ = "approval_decisions"
    __table_args__ = (UniqueConstraint("proposal_id", "by_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"), index=True)
    by: Mapped[str]
    by_id: Mapped[UUID]
    role: Mapped[str]
    grants: Mapped[bool]
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is proposed: its kind, what it is about, in which case (none: the house), and what exactly."""

    kind: str
    subject: UUID
    case_id: UUID | None
    words: dict[str, Any]
    needed: int = 1


def propose(session: Session, actor: Actor, wish: Wish, reason: str) -> Proposal:
    """Enter a proposal that so many others than *actor* have to grant; the caller has asked whether *actor* may."""
    row = Proposal(
        id=uuid4(), kind=wish.kind, subject=wish.subject, case_id=wish.case_id, words=wish.words, reason=reason.strip(),
        needed=wish.needed, state=Standing.OPEN.value, proposed=clock.now(), proposed_by=actor.name,
        proposed_by_id=actor.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _enter(session, actor, row, "propose", {**wish.words, "reason": row.reason, "needed": row.needed})
    return row


def fetch(session: Session, proposal_id: UUID) -> Proposal:
    """The proposal, locked where the database can; raises NoSuchProposal."""
    row = session.get(Proposal, proposal_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NoSuchProposal("there is no such proposal")
    return row


def decide(session: Session, actor: Actor, proposal: Proposal, *, grants: bool, reason: str) -> Proposal:
    """Add one person's word; one refusal ends it, and the last grant that was needed grants it.

    The caller has asked whether *actor* may decide on this kind.  Raises NotOpen or NotASecondPerson.
    """
    if proposal.state != Standing.OPEN:
        raise NotOpen(f"this proposal is {proposal.state} already; nothing was changed")
    so_far = decisions(session, proposal.id)
    if actor.id in {proposal.proposed_by_id, *(one.by_id for one in so_far)}:
        raise NotASecondPerson("you have proposed or decided this already; another person has to decide")
    session.add(
        Decision(
            id=uuid4(), proposal_id=proposal.id, by=actor.name, by_id=actor.id, role=actor.role_words, grants=grants,
            reason=reason.strip(), at=clock.now(),
        )
    )  # fmt: skip
    if not grants:
        proposal.state = Standing.REFUSED.value
    elif len(so_far) + 1 >= proposal.needed:
        proposal.state = Standing.GRANTED.value
    session.flush()
    told = {"reason": reason.strip(), "state": proposal.state}
    _enter(session, actor, proposal, "grant" if grants else "refuse proposal", told)
    return proposal


def withdraw(session: Session, actor: Actor, proposal: Proposal, reason: str) -> Proposal:
    """Take back an own proposal that nobody has decided yet."""
    if proposal.state not in {Standing.OPEN, Standing.GRANTED}:
        raise NotOpen(f"this proposal is {proposal.state} already; nothing was changed")
    if actor.id != proposal.proposed_by_id:
        raise NotASecondPerson("only the person who proposed it can take it back")
    proposal.state = Standing.WITHDRAWN.value
    _enter(session, actor, proposal, "withdraw proposal", {"reason": reason.strip()})
    return proposal


def use(session: Session, actor: Actor, kind: str, subject: UUID) -> Proposal:
    """Use up the granted proposal of this kind for this thing, so that one approval serves once.

    Raises NotApproved when there is none.  Compare its `words` with what is really done.
    """
    query = select(Proposal).where(Proposal.kind == kind, Proposal.subject == subject)
    query = query.where(Proposal.state == Standing.GRANTED.value).order_by(Proposal.proposed).with_for_update()
    row = session.scalars(query).first()
    if row is None:
        raise NotApproved("this needs the approval of another person first; propose it, and let somebody else decide")
    row.state = Standing.USED.value
    _enter(session, actor, row, "use approval", {})
    return row


def open_ones(session: Session, *, kind: str = "", case_id: UUID | None = None) -> Sequence[Proposal]:
    """The proposals that wait for a decision, oldest first, narrowed by kind and case when these are given."""
    query = select(Proposal).where(Proposal.state == Standing.OPEN.value).order_by(Proposal.proposed, Proposal.id)
    if kind:
        query = query.where(Proposal.kind == kind)
    if case_id is not None:
        query = query.where(Proposal.case_id == case_id)
    return session.scalars(query).all()


def latest(session: Session, kind: str, subject: UUID) -> Proposal | None:
    """The newest proposal of a kind about a thing, wherever it stands."""
    query = select(Proposal).where(Proposal.kind == kind, Proposal.subject == subject)
    return session.scalars(query.order_by(Proposal.proposed.desc(), Proposal.id)).first()


def decisions(session: Session, proposal_id: UUID) -> Sequence[Decision]:
    """What was decided on a proposal so far, in order of time."""
    return session.scalars(
        select(Decision).where(Decision.proposal_id == proposal_id).order_by(Decision.at, Decision.id)
    ).all()


def _enter(session: Session, actor: Actor, row: Proposal, act: str, words: dict[str, Any]) -> None:
    chain = f"case/{row.case_id}" if row.case_id else HOUSE_CHAIN
    ledger.append(
        session, chain, actor, act, words, case=row.case_id or "", subject=row.subject, proposal=str(row.id),
        kind=row.kind,
    )  # fmt: skip
