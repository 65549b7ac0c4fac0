"""Incidents: something that must not have happened, numbered, explained by people and never taken out again.

Each is entered where it belongs (the custody chain of its exhibit, else the chain of its case) and once more, without
any content, in the chain of the house, so that even an incident whose row was removed is missed.  Who may know of the
exhibit may know of it; an auditor knows of all.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, cast
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, Select, Table, UniqueConstraint, exists, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases import access
from cases.access import Act
from cases.docket import Case
from core import clock
from core.accounts import Actor, Role
from core.db import Base, Moment
from core.errors import Conflict, Forbidden, Invalid, Missing
from core.ledger import entries as ledger
from core.ledger import guards
from evidence import exhibits
from evidence.exhibits import Exhibit

CHAIN: Final = "house/incidents"
# As long as one of this kind is not closed, nothing of its exhibit leaves the house.
BYTES: Final = "bytes do not hold"
SEAL: Final = "seal differs"
LOSS: Final = "loss"
DAMAGE: Final = "damage"
UPLOAD: Final = "upload does not hold"
AUDIT: Final = "shelf audit"
KEYS: Final = "keys"
OTHER: Final = "other"
_KIND: Final = re.compile(r"[a-z][a-z -]{1,39}")
_LONGEST: Final = 4_000


class State(StrEnum):
    """How far an incident has come."""

    OPEN = "open"
    EXPLAINED = "explained"
    CLOSED = "closed"


class NoSuchIncident(Missing):
    """There is no such incident, or none that this person may know of."""


class BadIncident(Invalid):
    """An incident cannot be opened, explained or closed in these words."""


class NotYourIncident(Forbidden):
    """Explaining and closing incidents is not among this person's duties here, or another person has to do it."""


class NotNow(Conflict):
    """The incident is not in a state in which this can be done."""


class Incident(Base):
    """One incident: its number, what happened to which thing, and where it stands."""

    __tablename__ = "incidents"
    __table_args__ = (UniqueConstraint("year", "ordinal"), Index(None, "case_id", "state"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    year: Mapped[int]
    ordinal: Mapped[int]
    kind: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    exhibit_id: Mapped[UUID | None] = mapped_column(ForeignKey("exhibits.id"), index=True)
    # The digital file, when it is about one; it is no foreign key, because a file may have been expunged since.
    file_id: Mapped[UUID | None] = mapped_column(index=True)
    because: Mapped[str]
    words: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    opened: Mapped[datetime] = mapped_column(Moment)
    opened_by: Mapped[str]
    state: Mapped[str] = mapped_column(default=State.OPEN.value)
    closed: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def number(self) -> str:
        """How people call it: the year and the number in it."""
        return f"I {self.year}/{self.ordinal:04d}"


class Statement(Base):
    """What a person stated about an incident, or on closing it; statements are only ever added."""

    __tablename__ = "incident_statements"
    __table_args__ = (UniqueConstraint("incident_id", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incidents.id"))
    ordinal: Mapped[int]
    act: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str]
    by_id: Mapped[UUID]


_OPENING: Final = ("id", "year", "ordinal", "kind", "case_id", "exhibit_id", "file_id", "because", "words", "opened",
                   "opened_by")  # fmt: skip
guards.keep(cast("Table", Incident.__table__), "incidents are explained and closed, never removed", *_OPENING)
guards.keep(cast("Table", Statement.__table__), "statements are only ever added")


def open_incident(
    session: Session,
    actor: Actor,
    exhibit: Exhibit | None,
    kind: str,
    because: str,
    *,
    file: UUID | None = None,
    case: UUID | None = None,
    **words: Any,
) -> Incident:
    """Write down that something must not have happened, and give it the next number of the year.

    What concerns one thing for one kind while an incident of it is not closed belongs to that incident: it is given
    back, and no second one is opened.  The caller has asked whether *actor* may say so.  Raises BadIncident.
    """
    if not _KIND.fullmatch(kind):
        raise BadIncident(f"«{kind[:60]}» is no kind of incident", fields={"kind": "a few small letters"})
    because = _said(because, "because")
    case_id = exhibit.case_id if exhibit else case
    if exhibit is not None:
        ledger.hold(session, exhibit.chain)
    # Held until this transaction ends, so that two cannot take the same number and none is left out.
    ledger.hold(session, CHAIN)
    if (same := _standing(session, kind, exhibit, file)) is not None:
        return same
    at = clock.now()
    last = session.scalar(select(func.max(Incident.ordinal)).where(Incident.year == at.year)) or 0
    one = Incident(
        id=uuid4(), year=at.year, ordinal=last + 1, kind=kind, case_id=case_id,
        exhibit_id=exhibit.id if exhibit else None, file_id=file, because=because, words=dict(words), opened=at,
        opened_by=actor.signature, state=State.OPEN.value,
    )  # fmt: skip
    session.add(one)
    session.flush()
    _enter(session, actor, one, "incident", {"because": because, **words})
    return one


def explain(session: Session, actor: Actor, incident_id: UUID, statement: str) -> Incident:
    """Add a person's statement of how it came; nothing is changed or filled in by it.

    Raises NoSuchIncident, NotYourIncident, NotNow once it is closed, BadIncident.
    """
    one = _held(session, actor, incident_id)
    _may_explain(session, actor, one)
    if one.state == State.CLOSED:
        raise NotNow(f"incident {one.number} is closed; open a new one for what is new")
    _state(session, actor, one, "incident explained", statement)
    one.state = State.EXPLAINED.value
    session.flush()
    return one


def close(session: Session, actor: Actor, incident_id: UUID, decision: str) -> Incident:
    """End an explained incident: a supervisor does it who has neither opened nor explained it.

    Raises NoSuchIncident, NotYourIncident, NotNow, BadIncident.
    """
    one = _held(session, actor, incident_id)
    if not actor.holds(Role.SUPERVISOR):
        raise NotYourIncident("an incident is closed by a supervisor")
    if one.state != State.EXPLAINED:
        why = "is closed already" if one.state == State.CLOSED else "has not been explained by anybody yet"
        raise NotNow(f"incident {one.number} {why}")
    known = {said.by_id for said in statements(session, one)}
    if actor.id in known or one.opened_by == actor.signature:
        raise NotYourIncident("somebody who has neither opened nor explained it has to close it")
    _state(session, actor, one, "incident closed", decision)
    one.state, one.closed = State.CLOSED.value, clock.now()
    session.flush()
    return one


def fetch(session: Session, actor: Actor, incident_id: UUID) -> Incident:
    """The incident, if the person may know of what it is about; hidden and absent give the same answer."""
    one = session.get(Incident, incident_id)
    if one is None or not _known(session, actor, one):
        raise NoSuchIncident("there is no such incident, or none that you may see")
    return one


def of_exhibit(session: Session, exhibit: Exhibit) -> list[Incident]:
    """The incidents of an exhibit that the caller has fetched, in order of time."""
    return list(session.scalars(select(Incident).where(Incident.exhibit_id == exhibit.id).order_by(*_ORDER)))


def of_file(session: Session, file_id: UUID) -> list[Incident]:
    """The incidents of a file, or of a version of a dossier, that the caller has fetched, in order of time."""
    return list(session.scalars(select(Incident).where(Incident.file_id == file_id).order_by(*_ORDER)))


def of_case(session: Session, actor: Actor, case_id: UUID) -> list[Incident]:
    """The incidents of a case that the person may know of, in order of time; raises as `access.fetch` does."""
    access.fetch(session, actor, case_id, to=Act.SEE)
    known = exhibits.seen(session, actor, case_id).with_only_columns(Exhibit.id)
    mine = or_(Incident.exhibit_id.is_(None), Incident.exhibit_id.in_(known))
    return list(session.scalars(select(Incident).where(Incident.case_id == case_id, mine).order_by(*_ORDER)))


def of_house(actor: Actor) -> Select[Incident]:
    """The query for the incidents that belong to no case, and for an auditor for all of them."""
    if actor.holds(Role.AUDITOR):
        return select(Incident)
    if actor.holds(Role.ADMINISTRATOR):
        return select(Incident).where(Incident.case_id.is_(None))
    raise NotYourIncident("the incidents of the house are for auditors and administrators")


def waiting(session: Session, actor: Actor) -> list[Incident]:
    """The incidents that are not closed in the cases in which this person has a duty, the oldest first."""
    mine = access.visible(actor).with_only_columns(Case.id)
    query = select(Incident).where(Incident.state != State.CLOSED.value, Incident.case_id.in_(mine)).order_by(*_ORDER)
    return [one for one in session.scalars(query) if _known(session, actor, one)]


def frozen(session: Session, exhibit: Exhibit) -> Incident | None:
    """The first incident that keeps an exhibit from leaving: bytes of it did not hold, and nobody closed that yet."""
    query = select(Incident).where(Incident.exhibit_id == exhibit.id, Incident.kind == BYTES)
    return session.scalars(query.where(Incident.state != State.CLOSED.value).order_by(*_ORDER)).first()


def is_frozen() -> Any:
    """The condition, for a query of exhibits, that something keeps the exhibit from leaving."""
    standing = (Incident.kind == BYTES, Incident.state != State.CLOSED.value)
    return exists().where(Incident.exhibit_id == Exhibit.id, *standing)


def statements(session: Session, incident: Incident) -> Sequence[Statement]:
    """What people have stated about an incident, in order of time."""
    return session.scalars(
        select(Statement).where(Statement.incident_id == incident.id).order_by(Statement.ordinal)
    ).all()


_ORDER: Final = (Incident.year, Incident.ordinal)


def _standing(session: Session, kind: str, exhibit: Exhibit | None, file: UUID | None) -> Incident | None:
    """The incident that is not closed of one file; two seals that differ are two incidents and never come here."""
    if file is None:
        return None
    query = select(Incident).where(Incident.kind == kind, Incident.state != State.CLOSED.value)
    query = query.where(Incident.file_id == file, Incident.exhibit_id == (exhibit.id if exhibit else None))
    return session.scalars(query.order_by(*_ORDER)).first()


def _held(session: Session, actor: Actor, incident_id: UUID) -> Incident:
    """The incident, kept from being changed by others until the transaction ends."""
    one = fetch(session, actor, incident_id)
    session.refresh(one, with_for_update=True)
    return one


def _known(session: Session, actor: Actor, one: Incident) -> bool:
    try:
        _ask(session, actor, one)
    except Missing:
        return False
    return True


def _ask(session: Session, actor: Actor, one: Incident) -> None:
    if one.exhibit_id is not None:
        exhibits.fetch(session, actor, one.exhibit_id, to=Act.SEE)
    elif one.case_id is not None:
        access.fetch(session, actor, one.case_id, to=Act.SEE)
    elif not actor.holds(Role.AUDITOR, Role.ADMINISTRATOR, Role.SUPERVISOR):
        raise NoSuchIncident("there is no such incident, or none that you may see")


def _may_explain(session: Session, actor: Actor, one: Incident) -> None:
    if one.case_id is None:
        if not actor.holds(Role.ADMINISTRATOR, Role.SUPERVISOR):
            raise NotYourIncident("an incident of the house is explained by an administrator or supervisor")
        return
    held = access.acts(session, actor, session.get_one(Case, one.case_id))
    if not held & {Act.HANDLE, Act.ADD, Act.AMEND}:
        raise NotYourIncident("your duty in this case does not include explaining incidents")


def _state(session: Session, actor: Actor, one: Incident, act: str, text: str) -> None:
    text = _said(text, "statement")
    ordinal = len(statements(session, one)) + 1
    row = Statement(id=uuid4(), incident_id=one.id, ordinal=ordinal, act=act, text=text, at=clock.now())
    row.by, row.by_id = actor.name, actor.id
    session.add(row)
    session.flush()
    _enter(session, actor, one, act, {"statement": text})


def _enter(session: Session, actor: Actor, one: Incident, act: str, words: dict[str, Any]) -> None:
    told: dict[str, Any] = {"incident": str(one.id), "number": one.number, "kind": one.kind}
    if one.file_id is not None:
        told["file"] = str(one.file_id)
    case = one.case_id or ""
    # The first word of an incident is that something failed; what people say about it afterwards is done.
    outcome = "failed" if act == "incident" else "done"
    if one.exhibit_id is not None:
        chain = f"custody/{one.exhibit_id}"
        ledger.append(session, chain, actor, act, words, case=case, subject=one.exhibit_id, outcome=outcome, **told)
    elif one.case_id is not None:
        ledger.append(
            session, f"case/{one.case_id}", actor, act, words, case=case, subject=one.id, outcome=outcome, **told
        )
    bare = {} if one.case_id is not None else words
    ledger.append(session, CHAIN, actor, act, bare, subject=one.id, outcome=outcome, **told)


def _said(text: str, field: str) -> str:
    wrong = exhibits.faults([(field, text, _LONGEST)])
    if not text.strip():
        wrong[field] = "say it in a few words"
    if wrong:
        raise BadIncident(exhibits.told(wrong), fields=wrong)
    return text.strip()
