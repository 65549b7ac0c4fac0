"""What people state about a weakness: entered in the custody for good, beside it and never in its place (R-CUS-02).

A statement is signed by whoever writes it: the entry carries the account, and stands in the chain of the exhibit.
Whoever has had the exhibit may be asked for one, where somebody wants it (R-CUS-05).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases import access
from cases.access import Act
from core import clock
from core.accounts import Actor, Role, User
from core.db import Base, Moment
from core.errors import Conflict, Forbidden, Invalid, Refusal
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence import exhibits
from evidence.continuity.codes import Weakness
from evidence.custody import Step
from evidence.exhibits import Exhibit

STATEMENT: Final = "statement"
ASKED: Final = "statement asked for"
_LONGEST: Final = 4_000


class BadStatement(Invalid):
    """A statement cannot be made or asked for like this."""


class NotYoursToState(Forbidden):
    """Whoever checks custody does not explain it."""


class NoSuchWeakness(Conflict):
    """The record does not show this weakness, or not any more."""


class StatementRequest(Base):
    """A statement that somebody is asked for; `answered` says when it was made."""

    __tablename__ = "statement_requests"
    __table_args__ = (Index(None, "user_id", "answered"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    weakness: Mapped[str]
    question: Mapped[str]
    asked: Mapped[datetime] = mapped_column(Moment)
    asked_by: Mapped[str]
    answered: Mapped[datetime | None] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement as the custody holds it."""

    weakness: str
    by: str
    role: str
    at: str
    text: str
    position: int


def state(session: Session, actor: Actor, exhibit_id: UUID, known: Iterable[Weakness], key: str, text: str) -> Entry:
    """Enter what a person states about a weakness that the record shows; several may, and none takes it away.

    *known* are the weaknesses of the exhibit now; a statement without a key is about the exhibit as a whole.
    Raises as `exhibits.fetch` does, NotYoursToState, NoSuchWeakness or BadStatement.
    """
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.SEE)
    _may_state(actor)
    if key and key not in {one.key for one in known}:
        raise NoSuchWeakness("the record does not show this weakness now; look again")
    entry = _enter(session, actor, exhibit, STATEMENT, {"weakness": key, "text": _said(text, "text")})
    for one in _open_requests(session, actor, exhibit):
        if one.weakness == key:
            one.answered = clock.now()
    session.flush()
    return entry


def ask(session: Session, actor: Actor, exhibit_id: UUID, of: str, key: str, question: str) -> StatementRequest:
    """Ask somebody who has had the exhibit for a short statement; raises as `exhibits.fetch` does, or BadStatement."""
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.SEE)
    case = access.fetch(session, actor, exhibit.case_id, to=Act.SEE)
    _may_state(actor)
    user = session.scalar(select(User).where(User.name == of.strip(), User.active))
    if user is None or Act.SEE not in access.acts(session, user.actor(actor.door), case):
        raise BadStatement("of: choose a member of the case", fields={"of": "choose a member of the case"})
    words = {"of": user.name, "weakness": key, "question": _said(question, "question")}
    _enter(session, actor, exhibit, ASKED, words)
    row = StatementRequest(
        id=uuid4(), case_id=exhibit.case_id, exhibit_id=exhibit.id, user_id=user.id, weakness=key,
        question=question.strip(), asked=clock.now(), asked_by=actor.name, answered=None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def wanted_of(session: Session, actor: Actor) -> list[tuple[StatementRequest, Exhibit]]:
    """The statements for which this person is asked, in what the person may know of, the oldest first."""
    query = select(StatementRequest, Exhibit).join(Exhibit, Exhibit.id == StatementRequest.exhibit_id)
    query = query.where(StatementRequest.user_id == actor.id, StatementRequest.answered.is_(None))
    rows = session.execute(query.order_by(StatementRequest.asked, StatementRequest.id)).all()
    return [(one, exhibit) for one, exhibit in rows if _knows(session, actor, exhibit)]


def of_steps(whole: Sequence[Step]) -> list[Stated]:
    """Every statement that a custody holds, in its order."""
    return [
        Stated(str(one.words.get("weakness", "")), one.by, one.role, one.recorded_at, str(one.words.get("text", "")),
               one.position)
        for one in whole
        if one.act == STATEMENT
    ]  # fmt: skip


def handlers(whole: Sequence[Step]) -> list[tuple[str, list[int]]]:
    """Everybody who has had the exhibit or done something with it, in order, with the entries that say so."""
    found: dict[str, list[int]] = {}
    for step in whole:
        if step.moves:
            for name in dict.fromkeys((step.by, step.custodian)):
                if name:
                    found.setdefault(name, []).append(step.position)
    return list(found.items())


def _knows(session: Session, actor: Actor, exhibit: Exhibit) -> bool:
    try:
        exhibits.fetch(session, actor, exhibit.id, to=Act.SEE)
    except Refusal:
        return False
    return True


def _open_requests(session: Session, actor: Actor, exhibit: Exhibit) -> Sequence[StatementRequest]:
    query = select(StatementRequest).where(StatementRequest.exhibit_id == exhibit.id)
    query = query.where(StatementRequest.user_id == actor.id, StatementRequest.answered.is_(None))
    return session.scalars(query).all()


def _may_state(actor: Actor) -> None:
    if actor.holds(Role.AUDITOR, Role.ADMINISTRATOR):
        raise NotYoursToState("whoever checks custody does not explain it")


def _enter(session: Session, actor: Actor, exhibit: Exhibit, act: str, words: dict[str, Any]) -> Entry:
    return ledger.append(session, exhibit.chain, actor, act, case=exhibit.case_id, subject=exhibit.id, **words)


def _said(text: str, field: str) -> str:
    wrong = exhibits.faults([(field, text, _LONGEST)])
    if not text.strip():
        wrong[field] = "say it in a few words"
    if wrong:
        raise BadStatement(exhibits.told(wrong), fields=wrong)
    return text.strip()
