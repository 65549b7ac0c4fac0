"""The case itself: opened, amended, restricted, closed and reopened, each with its entry."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases.handling import Sensitivity
from core import clock
from core.accounts import Actor, Role
from core.db import Base, Moment
from core.errors import Conflict, Forbidden, Invalid, Missing
from core.ledger import entries as ledger

_LONGEST_TITLE = 300
OPEN, RESTRICTED, CLOSED = "open", "restricted", "closed"
OPENERS = (Role.INVESTIGATOR, Role.SUPERVISOR, Role.PROSECUTOR, Role.PROTECTION, Role.ANALYST)


class NoSuchCase(Missing):
    """There is no such case, or none that this person may know of: the answer is the same."""

    def __init__(self) -> None:
        super().__init__("there is no such case, exhibit or file, or none that you may see")


class BadCase(Invalid):
    """A case cannot be opened or amended like this."""


class NotAnOpener(Forbidden):
    """This person's roles do not open cases."""


class WrongState(Conflict):
    """The case is not in a state in which this can be done."""


class Case(Base):
    """One case; its id is random, so that numbering never tells of cases that may not be seen."""

    __tablename__ = "cases"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    title: Mapped[str]
    number: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=OPEN)
    sensitivity: Mapped[int] = mapped_column(default=int(Sensitivity.C2))
    restricted: Mapped[bool] = mapped_column(default=False)
    opened: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    closed: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def chain(self) -> str:
        """The chain of what was done with the case itself."""
        return f"case/{self.id}"

    @property
    def reading_chain(self) -> str:
        """The chain of who read what in the case, kept apart from custody (R-CUS-01)."""
        return f"access/{self.id}"


def open_case(
    session: Session,
    actor: Actor,
    title: str,
    *,
    number: str = "",
    sensitivity: Sensitivity = Sensitivity.C2,
    restricted: bool = False,
) -> Case:
    """Enter a new case; `cases.access.open_case` also makes its opener the first member and is what doors call."""
    if not actor.holds(*OPENERS):
        message = "your role does not open cases; ask an investigator or a supervisor"
        raise NotAnOpener(message)
    case = Case(id=uuid4(), number=_line("number", number, need=False), title=_line("title", title), opened_by=actor.id)
    case.state, case.restricted, case.sensitivity, case.opened = OPEN, restricted, int(sensitivity), clock.now()
    session.add(case)
    session.flush()
    told: dict[str, Any] = {"title": case.title, "number": case.number}
    told |= {"sensitivity": sensitivity.name, "restricted": restricted}
    ledger.append(session, case.chain, actor, "case opened", case=case.id, **told)
    return case


def amend(session: Session, case: Case, actor: Actor, *, title: str | None = None, number: str | None = None) -> None:
    """Change title or number; the entry holds both the old and the new."""
    before = {"title": case.title, "number": case.number}
    case.title = case.title if title is None else _line("title", title)
    case.number = case.number if number is None else _line("number", number, need=False)
    after = {"title": case.title, "number": case.number}
    ledger.append(session, case.chain, actor, "case amended", case=case.id, before=before, after=after)


def restrict(session: Session, case: Case, actor: Actor, *, restricted: bool, reason: str) -> None:
    """Restrict a case, or lift that, with its reason."""
    _alone(session, case)
    if case.restricted == restricted:
        message = "the case is restricted already" if restricted else "the case is not restricted"
        raise WrongState(message)
    case.restricted = restricted
    act = "case restricted" if restricted else "restriction lifted"
    ledger.append(session, case.chain, actor, act, case=case.id, reason=_line("reason", reason))


def close(session: Session, case: Case, actor: Actor, *, reason: str, still_out: int) -> None:
    """Close a case; the caller says how many of its exhibits are still out, and it stays open while any is."""
    _alone(session, case)
    if case.state == CLOSED:
        message = "the case is closed already"
        raise WrongState(message)
    if still_out:
        message = f"{still_out} exhibits of this case are out or on offer; take them back before you close it"
        raise WrongState(message)
    case.state, case.closed = CLOSED, clock.now()
    ledger.append(session, case.chain, actor, "case closed", case=case.id, reason=_line("reason", reason))


def reopen(session: Session, case: Case, actor: Actor, *, reason: str) -> None:
    """Open a closed case again, with its reason."""
    _alone(session, case)
    if case.state != CLOSED:
        message = "the case is open"
        raise WrongState(message)
    case.state, case.closed = OPEN, None
    ledger.append(session, case.chain, actor, "case reopened", case=case.id, reason=_line("reason", reason))


def _alone(session: Session, case: Case) -> None:
    """Wait for those who are adding to the case, and let nobody add to it until the transaction ends."""
    session.refresh(case, with_for_update=True)


def _line(field: str, text: str, *, need: bool = True) -> str:
    text = text.strip()
    if need and not text:
        raise _bad(field, "say it in a few words")
    if len(text) > _LONGEST_TITLE:
        raise _bad(field, f"use at most {_LONGEST_TITLE} characters; this has {len(text)}")
    if any(ord(one) < ord(" ") for one in text):
        raise _bad(field, "leave out line breaks and control characters")
    return text


def _bad(field: str, why: str) -> BadCase:
    return BadCase(f"{field}: {why}", fields={field: why})
