"""Who may do what in which case: role, membership with its duty, class and purpose, all at once.

What a person may not see does not exist for that person: asking for it gives the same answer as asking for what
was never there.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Select, UniqueConstraint, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases import docket
from cases.docket import Case, NoSuchCase
from cases.handling import Sensitivity
from core import clock
from core.accounts import Actor, Role, User
from core.db import Base, Moment
from core.errors import Conflict, Forbidden, Invalid
from core.ledger import entries as ledger


class Act(StrEnum):
    """What can be done in a case."""

    SEE = "see"
    READ = "read"
    SEARCH = "search"
    ADD = "add"
    HANDLE = "handle"
    AMEND = "amend"
    PEOPLE = "people"
    MONEY = "money"
    EXPORT = "export"
    MANAGE = "manage"


class Duty(StrEnum):
    """What a member is in the case for."""

    LEAD = "lead"
    INVESTIGATE = "investigate"
    CUSTODY = "custody"
    EXAMINE = "examine"
    ANALYSE = "analyse"
    PROSECUTE = "prosecute"
    SUPERVISE = "supervise"
    PROTECT = "protect"


PURPOSES: Final = {
    "investigation": "to investigate this case",
    "prosecution": "to prepare or conduct a prosecution",
    "disclosure": "to review or serve what must be disclosed",
    "protection": "to protect a person",
    "audit": "to check custody and access",
    "court_order": "to carry out a court's order",
}

_ALL: Final = frozenset(Act)
_WORK: Final = frozenset({Act.SEE, Act.READ, Act.SEARCH})
BY_ROLE: Final[Mapping[Role, frozenset[Act]]] = {
    Role.INVESTIGATOR: _WORK | {Act.ADD, Act.HANDLE, Act.AMEND, Act.PEOPLE, Act.MONEY, Act.MANAGE},
    Role.CUSTODIAN: frozenset({Act.SEE, Act.ADD, Act.HANDLE}),
    Role.EXAMINER: _WORK | {Act.ADD, Act.HANDLE},
    Role.ANALYST: _WORK | {Act.ADD, Act.MONEY, Act.PEOPLE},
    Role.PROSECUTOR: _WORK | {Act.AMEND, Act.PEOPLE, Act.EXPORT, Act.MONEY},
    Role.SUPERVISOR: _WORK | {Act.AMEND, Act.PEOPLE, Act.MANAGE, Act.EXPORT},
    Role.PROTECTION: _WORK | {Act.PEOPLE},
    Role.AUDITOR: frozenset(),
    Role.ADMINISTRATOR: frozenset(),
}
BY_DUTY: Final[Mapping[Duty, frozenset[Act]]] = {
    Duty.LEAD: _ALL,
    Duty.INVESTIGATE: _WORK | {Act.ADD, Act.HANDLE, Act.PEOPLE, Act.MONEY},
    Duty.CUSTODY: frozenset({Act.SEE, Act.ADD, Act.HANDLE}),
    Duty.EXAMINE: _WORK | {Act.ADD, Act.HANDLE},
    Duty.ANALYSE: _WORK | {Act.ADD, Act.MONEY, Act.PEOPLE},
    Duty.PROSECUTE: _WORK | {Act.AMEND, Act.PEOPLE, Act.EXPORT, Act.MONEY},
    Duty.SUPERVISE: _WORK | {Act.AMEND, Act.PEOPLE, Act.MANAGE, Act.EXPORT},
    Duty.PROTECT: _WORK | {Act.PEOPLE},
}
# Acts that show what a piece of evidence says; each needs a stated purpose (R-PRO-09).
CONTENT: Final = frozenset({Act.READ, Act.SEARCH, Act.MONEY, Act.EXPORT})
# A closed case takes none of these.  Handling is not among them: the things still lie somewhere, and go back or are
# destroyed once a case is over, and what is done with them in the hand must not stay unwritten.
WRITING: Final = _ALL - {Act.SEE, Act.READ, Act.SEARCH, Act.HANDLE, Act.EXPORT, Act.MANAGE}


class NotYourDuty(Forbidden):
    """The person may know of the case, but this is not among the person's duties in it."""


class NoPurpose(Forbidden):
    """Content is read for a stated purpose only."""


class CaseClosed(Conflict):
    """The case is closed; it is read, and its things are handled, but it takes nothing more."""


class BadMember(Invalid):
    """Somebody cannot be a member in this way."""


class Membership(Base):
    """A person's place in a case: the duty, and up to which class the person is cleared in it."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("case_id", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    duty: Mapped[str]
    clearance: Mapped[int] = mapped_column(default=int(Sensitivity.C2))
    since: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    until: Mapped[datetime | None] = mapped_column(Moment)


def visible(actor: Actor) -> Select[Case]:
    """The query for the cases whose existence this person may know of; an auditor knows of all of them."""
    if actor.holds(Role.AUDITOR):
        return select(Case).where(true())
    return select(Case).where(Case.id.in_(_current(actor).with_only_columns(Membership.case_id)))


def acts(session: Session, actor: Actor, case: Case) -> frozenset[Act]:
    """What this person may do in this case: the role's acts that are also the duty's, within the token's scope."""
    if actor.holds(Role.AUDITOR):
        return frozenset({Act.SEE})
    member = session.scalar(_current(actor).where(Membership.case_id == case.id))
    if member is None:
        return frozenset()
    return _within(actor, BY_DUTY[Duty(member.duty)])


def fetch(session: Session, actor: Actor, case_id: UUID, *, to: Act) -> Case:
    """The case, if the person may do this in it.

    Raises `NoSuchCase` alike for what is hidden and what never was, `NotYourDuty`, `NoPurpose` for content without a
    stated purpose, and `CaseClosed` for changes to a closed case.
    """
    case = session.scalar(visible(actor).where(Case.id == case_id))
    if case is None:
        raise NoSuchCase
    allow(session, actor, case, to)
    return case


def allow(session: Session, actor: Actor, case: Case, to: Act) -> None:
    """Raise the reason why this person may not do this in a case that the person may know of; nothing if allowed."""
    entitled(session, actor, case, to)
    if to not in WRITING:
        return
    # Whoever closes the case waits for this transaction to end, and is waited for; others who add to it go on.
    session.refresh(case, with_for_update={"read": True, "key_share": True})
    if case.state == "closed":
        message = "this case is closed: custody of its things goes on, but reopen it before you add or change anything"
        raise CaseClosed(message)


def entitled(session: Session, actor: Actor, case: Case, to: Act) -> None:
    """Raise why this person's duty does not include this, be the case open or closed; nothing if it does.

    For the second yes to what is done with a thing, which is as needed once the case is closed.
    """
    if to not in acts(session, actor, case):
        message = f"your duty in this case does not include: {to}"
        raise NotYourDuty(message)
    if to in CONTENT and actor.purpose not in PURPOSES:
        message = "say for what purpose you read this: " + ", ".join(PURPOSES)
        raise NoPurpose(message)


def clearance_of(session: Session, actor: Actor, case_id: UUID) -> Sensitivity:
    """The highest class that this person may read in this case."""
    member = session.scalar(_current(actor).where(Membership.case_id == case_id))
    return Sensitivity(member.clearance) if member else Sensitivity.C0


def readable(session: Session, actor: Actor, *, to: Act = Act.READ) -> dict[UUID, Sensitivity]:
    """The cases in which this person may do this with content, each with the highest class that the person may read."""
    if actor.purpose not in PURPOSES:
        message = "say for what purpose you search: " + ", ".join(PURPOSES)
        raise NoPurpose(message)
    members = session.scalars(_current(actor))
    return {one.case_id: Sensitivity(one.clearance) for one in members if to in _within(actor, BY_DUTY[Duty(one.duty)])}


def open_case(
    session: Session,
    actor: Actor,
    title: str,
    *,
    number: str = "",
    sensitivity: Sensitivity = Sensitivity.C2,
    restricted: bool = False,
) -> Case:
    """Open a case and make its opener the lead, cleared for protected material, in one act."""
    case = docket.open_case(session, actor, title, number=number, sensitivity=sensitivity, restricted=restricted)
    opener = session.get_one(User, actor.id)
    place(session, actor, case, opener, Duty.LEAD, max(Sensitivity.C3, sensitivity))
    return case


def admit(
    session: Session, actor: Actor, case: Case, user: User, duty: Duty, clearance: Sensitivity = Sensitivity.C2
) -> Membership:
    """Make somebody a member of the case, or give a member another duty or clearance, and write it down."""
    allow(session, actor, case, Act.MANAGE)
    held = clearance_of(session, actor, case.id)
    if clearance > held:
        message = f"you cannot clear anybody for {clearance.name}: you are cleared for {held.name} yourself"
        raise BadMember(message, fields={"clearance": message})
    return place(session, actor, case, user, duty, clearance)


def place(session: Session, actor: Actor, case: Case, user: User, duty: Duty, clearance: Sensitivity) -> Membership:
    """Put a member in a case without asking whether the actor may; for the first member, who opened it."""
    if not user.active or not BY_DUTY[duty] & _of_roles(Role(one) for one in user.roles):
        message = f"{user.name} has no role that can do the duty «{duty}»"
        raise BadMember(message, fields={"user": message})
    member = _held(session, case, user)
    if member is None:
        member = Membership(id=uuid4(), case_id=case.id, user_id=user.id)
        session.add(member)
    member.duty, member.clearance, member.until, member.since = duty, int(clearance), None, clock.now()
    session.flush()
    told: dict[str, Any] = {"user": user.name, "user_id": user.id, "duty": duty, "clearance": clearance.name}
    ledger.append(session, f"case/{case.id}", actor, "member admitted", case=case.id, subject=user.id, **told)
    return member


def dismiss(session: Session, actor: Actor, case: Case, user: User) -> None:
    """End somebody's membership; what the person did stays in the ledgers."""
    allow(session, actor, case, Act.MANAGE)
    member = _held(session, case, user)
    if member is None or member.until is not None:
        message = f"{user.name} is not a member of this case"
        raise BadMember(message, fields={"user": message})
    member.until = clock.now()
    ledger.append(session, f"case/{case.id}", actor, "member dismissed", case=case.id, subject=user.id, user=user.name)


def members(session: Session, case: Case) -> list[tuple[Membership, User]]:
    """The present members of a case by name."""
    query = select(Membership, User).join(User, User.id == Membership.user_id).order_by(User.name)
    return [
        (one, user)
        for one, user in session.execute(query.where(Membership.case_id == case.id, Membership.until.is_(None)))
    ]


def note_refusal(session: Session, actor: Actor, asked: str, because: str, *, case: UUID | None = None) -> None:
    """Write down that something was refused, in the ledger of the person who asked and not of the case.

    The case's own chain would otherwise tell its members of people who guess, and an absent case has none.
    """
    words: dict[str, Any] = {"asked": asked[:500], "because": because}
    told = "" if case is None else str(case)
    ledger.append(session, f"access/user/{actor.id}", actor, "refused", subject=told, outcome="refused", **words)


def _held(session: Session, case: Case, user: User) -> Membership | None:
    """The place of somebody in a case as it is now, held against others who would change it at the same time."""
    query = select(Membership).where(Membership.case_id == case.id, Membership.user_id == user.id)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _current(actor: Actor) -> Select[Membership]:
    at = clock.now()
    running = Membership.until.is_(None) | (Membership.until > at)
    return select(Membership).where(Membership.user_id == actor.id, Membership.since <= at, running)


def _of_roles(roles: Iterable[Role]) -> frozenset[Act]:
    return frozenset().union(*(BY_ROLE[role] for role in roles))


def _within(actor: Actor, duty: frozenset[Act]) -> frozenset[Act]:
    allowed = duty & _of_roles(actor.roles)
    return allowed if actor.scopes is None else allowed & frozenset(Act(one) for one in actor.scopes if one in _ALL)
