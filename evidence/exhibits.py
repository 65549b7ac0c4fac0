"""A thing under seal: its numbers, its origin, its class, its state, and who has it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases import access
from cases.access import Act
from cases.docket import Case, NoSuchCase
from cases.handling import Handling, Sensitivity
from core import clock
from core.accounts import Actor, Role
from core.db import Base, Moment
from core.errors import Conflict, Forbidden, Invalid
from core.ledger import entries as ledger
from core.ledger import synchronism
from evidence.possession import arrivals, late
from evidence.storeroom import places, seals
from evidence.storeroom.places import Spot

_LONGEST: Final = 4_000
_LONGEST_NUMBER: Final = 200
# Clocks differ a little; what lies further ahead has not happened.  Later than a day is a late entry (R-CUS-03).
AHEAD: Final = timedelta(minutes=10)
LATE: Final = late.USUAL
late_after = late.after
_HOUR: Final = timedelta(hours=1)
COURT_ORDER: Final = "court_order"


class State(StrEnum):
    """Where an exhibit stands in its custody (domain.md 2.4); open incidents stand beside it."""

    PROVISIONAL = "provisional"
    HELD = "held"
    OFFERED = "offered"
    OUT = "out"
    LABORATORY = "at_laboratory"
    COURT = "at_court"
    PENDING = "disposition_pending"
    RETURNED = "returned"
    FORFEITED = "forfeited"
    SOLD = "sold"
    DESTROYED = "destroyed"
    TRANSFERRED = "transferred"


class BadExhibit(Invalid):
    """An exhibit cannot be registered or changed like this; `fields` names each fault."""


class NotCleared(Forbidden):
    """The person is not cleared for the class that the exhibit is to have."""


class ReferenceTaken(Conflict):
    """The case has an exhibit of that reference already."""


class Exhibit(Base):
    """One exhibit of one case; who has it is written here and, entry by entry, in its custody chain."""

    __tablename__ = "exhibits"
    __table_args__ = (UniqueConstraint("case_id", "reference"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    reference: Mapped[str]
    description: Mapped[str]
    condition: Mapped[str] = mapped_column(default="")
    place_found: Mapped[str] = mapped_column(default="")
    spot: Mapped[str] = mapped_column(default="")
    found_by: Mapped[str] = mapped_column(default="")
    seized_from: Mapped[str] = mapped_column(default="")
    seized_as_written: Mapped[str] = mapped_column(default="")
    seized_at: Mapped[datetime | None] = mapped_column(Moment)
    officer: Mapped[str] = mapped_column(default="")
    sensitivity: Mapped[int]
    handling: Mapped[str] = mapped_column(default=Handling.H0.value)
    # Kept for a court alone: no search, no list, no analysis (decision 0057).
    restricted: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default=State.HELD.value)
    # Exactly one custodian at any instant: a member of this house, or the name of whoever outside has signed for it.
    custodian: Mapped[str]
    custodian_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    offered_to: Mapped[str] = mapped_column(default="")
    offered_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    place: Mapped[str] = mapped_column(default="")
    # Which place of ours the words name, where they name one.
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"), index=True)
    seal: Mapped[str] = mapped_column(default="")
    # Of which exhibit it is a sample or a part; how much there is of it, and in what it lies.
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("exhibits.id"), index=True)
    quantity: Mapped[str] = mapped_column(default="")
    unit: Mapped[str] = mapped_column(default="")
    packaging: Mapped[str] = mapped_column(default="")
    # Since when it is in its state, and when whoever has it outside is to bring it back.
    since: Mapped[datetime | None] = mapped_column(Moment)
    due: Mapped[datetime | None] = mapped_column(Moment)
    registered: Mapped[datetime] = mapped_column(Moment)
    registered_by: Mapped[str]

    @property
    def chain(self) -> str:
        """The chain of who had the exhibit, and nothing else (R-CUS-01)."""
        return f"custody/{self.id}"


class ExhibitNumber(Base):
    """A number that somebody outside gave the exhibit; it may have many, and each has its issuer."""

    __tablename__ = "exhibit_numbers"
    __table_args__ = (UniqueConstraint("exhibit_id", "scheme", "value", "issuer"), Index(None, "value"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"), index=True)
    ordinal: Mapped[int]
    scheme: Mapped[str]
    value: Mapped[str]
    issuer: Mapped[str] = mapped_column(default="")


Number = arrivals.Number
Origin = arrivals.Origin
Arrival = arrivals.Arrival


@dataclass(frozen=True, slots=True)
class Description:
    """What an exhibit is, in neutral words, and how closely it is kept; no class means that of the case."""

    reference: str
    description: str
    condition: str = ""
    sensitivity: Sensitivity | None = None
    handling: Handling = Handling.H0
    quantity: str = ""
    unit: str = ""
    packaging: str = ""


_NO_ORIGIN: Final = Origin()
_NOW: Final = Arrival()


def register(
    session: Session,
    actor: Actor,
    case_id: UUID,
    what: Description,
    *,
    origin: Origin = _NO_ORIGIN,
    numbers: Sequence[Number] = (),
    arrival: Arrival = _NOW,
) -> Exhibit:
    """Enter a new exhibit, which is from then on in the custody of *actor*; the first entry of its chain says so.

    Raises NoSuchCase, NotYourDuty, NotCleared, ReferenceTaken, or BadExhibit with every fault at once.
    """
    case = access.fetch(session, actor, case_id, to=Act.ADD)
    sensitivity = _class_of(session, actor, case, what.sensitivity)
    _check(what, origin, numbers, arrival, late_after(session))
    arrival, spot = places.told(session, arrival)
    free_reference(session, case.id, what.reference.strip())
    exhibit = _row(actor, case.id, sensitivity, what, origin, arrival, spot)
    session.add(exhibit)
    session.flush()
    seals.put_on(session, actor, exhibit.seal, exhibit.id)
    for ordinal, number in enumerate(numbers, start=1):
        row = ExhibitNumber(id=uuid4(), exhibit_id=exhibit.id, ordinal=ordinal, **_fields(number))
        session.add(row)
    session.flush()
    _enter(session, actor, exhibit, numbers, arrival, spot)
    return exhibit


def _row(
    actor: Actor,
    case_id: UUID,
    sensitivity: Sensitivity,
    what: Description,
    origin: Origin,
    arrival: Arrival,
    spot: Spot,
) -> Exhibit:
    at = clock.now()
    return Exhibit(
        id=uuid4(),
        case_id=case_id,
        reference=what.reference.strip(),
        description=what.description.strip(),
        condition=what.condition.strip(),
        sensitivity=int(sensitivity),
        handling=what.handling.value,
        restricted=False,
        state=(State.PROVISIONAL if arrival.provisional else State.HELD).value,
        custodian=actor.name,
        custodian_id=actor.id,
        offered_to="",
        place=arrival.place.strip(),
        place_id=spot.place_id,
        seal=arrival.seal.strip(),
        parent_id=arrival.parent,
        quantity=what.quantity.strip(),
        unit=what.unit.strip(),
        packaging=what.packaging.strip(),
        since=at,
        registered=at,
        registered_by=actor.signature,
        **{name: getattr(origin, name) for name in Origin.__dataclass_fields__},
    )


def _enter(
    session: Session, actor: Actor, exhibit: Exhibit, numbers: Sequence[Number], arrival: Arrival, spot: Spot
) -> None:
    happened = arrival.occurred_at or exhibit.registered
    words: dict[str, Any] = {
        "reference": exhibit.reference,
        "numbers": [_fields(number) for number in numbers],
        "from": arrival.received_from.strip(),
        "to": actor.name,
        "custodian": actor.name,
        "state": exhibit.state,
        "occurred_at": clock.stamp(happened),
        "occurred_as_written": arrival.occurred_as_written.strip(),
        "clock": str(synchronism.look()),
        "place": exhibit.place,
        "seal_out": exhibit.seal,
        "condition": exhibit.condition,
        "note": arrival.note.strip(),
        **spot.words(),
        **arrivals.words(arrival),
        **{name: text for name in ("quantity", "unit", "packaging") if (text := getattr(exhibit, name))},
    }
    at, case, mine = exhibit.registered, exhibit.case_id, exhibit.id
    if hours := late.hours(session, happened, at):
        words["late_hours"] = hours
    act = arrival.kind.value
    entry = ledger.append(session, exhibit.chain, actor, act, case=case, subject=mine, at=at, **words)
    if hours:
        late.ask(session, actor, mine, case, entry, arrival.note.strip())


def free_reference(session: Session, case_id: UUID, reference: str) -> None:
    """Say nothing when no exhibit of the case has this reference; raises ReferenceTaken."""
    if session.scalar(select(Exhibit.id).where(Exhibit.case_id == case_id, Exhibit.reference == reference)) is not None:
        raise ReferenceTaken(f"this case has an exhibit «{reference}» already; give another reference")


def fetch(session: Session, actor: Actor, exhibit_id: UUID, *, to: Act) -> Exhibit:
    """The exhibit, if the person may do this with it.

    Raises `NoSuchCase` alike for what is hidden, above the person's clearance, or never was; then as `access.fetch`.
    """
    return _within_reach(session, actor, exhibit_id, to, access.allow)


def entitled(session: Session, actor: Actor, exhibit_id: UUID, to: Act) -> Exhibit:
    """The exhibit, if the person's duty includes this in its case, be that open or closed; raises as `fetch` else."""
    return _within_reach(session, actor, exhibit_id, to, access.entitled)


def _within_reach(
    session: Session, actor: Actor, exhibit_id: UUID, to: Act, asked: Callable[[Session, Actor, Case, Act], None]
) -> Exhibit:
    exhibit = session.get(Exhibit, exhibit_id)
    case = session.scalar(access.visible(actor).where(Case.id == exhibit.case_id)) if exhibit else None
    if exhibit is None or case is None:
        raise NoSuchCase
    asked(session, actor, case, to)
    if exhibit.sensitivity > _ceiling(session, actor, exhibit.case_id, to):
        raise NoSuchCase
    if exhibit.restricted and not for_the_court(actor, to) and not _in_hand(actor, exhibit, to):
        raise NoSuchCase
    return exhibit


def listed(session: Session, actor: Actor, case_id: UUID) -> list[Exhibit]:
    """The exhibits of a case that the person may know of, by reference."""
    access.fetch(session, actor, case_id, to=Act.SEE)
    return list(session.scalars(seen(session, actor, case_id).order_by(Exhibit.reference, Exhibit.id)))


def seen(session: Session, actor: Actor, case_id: UUID) -> Select[Exhibit]:
    """The query for the exhibits of a case up to the class that the person may know of."""
    top = _ceiling(session, actor, case_id, Act.SEE)
    known = select(Exhibit).where(Exhibit.case_id == case_id, Exhibit.sensitivity <= int(top))
    if for_the_court(actor, Act.SEE):
        return known
    return known.where(Exhibit.restricted.is_(False) | (Exhibit.custodian_id == actor.id))


def for_the_court(actor: Actor, to: Act) -> bool:
    """Whether this person may do this with what is kept for a court alone (LED 16(3)).

    That it exists a supervisor and an auditor may know; what it says only a supervisor reads, for a court's order.
    """
    if to is Act.SEE:
        return actor.holds(Role.SUPERVISOR, Role.AUDITOR)
    return actor.holds(Role.SUPERVISOR) and actor.purpose == COURT_ORDER


def _in_hand(actor: Actor, exhibit: Exhibit, to: Act) -> bool:
    """Whether it is the thing itself that is meant, by who has it or is to take it: possession goes on."""
    return to in {Act.SEE, Act.HANDLE} and actor.id in {exhibit.custodian_id, exhibit.offered_to_id}


def numbers(session: Session, exhibit_id: UUID) -> list[ExhibitNumber]:
    """The external numbers of an exhibit in the order in which they were given."""
    query = select(ExhibitNumber).where(ExhibitNumber.exhibit_id == exhibit_id)
    return list(session.scalars(query.order_by(ExhibitNumber.ordinal)))


def _ceiling(session: Session, actor: Actor, case_id: UUID, to: Act) -> Sensitivity:
    """The highest class this person meets here: an auditor sees that everything exists and reads nothing."""
    if to is Act.SEE and actor.holds(Role.AUDITOR):
        return max(Sensitivity)
    return access.clearance_of(session, actor, case_id)


def _class_of(session: Session, actor: Actor, case: Case, asked: Sensitivity | None) -> Sensitivity:
    """The class of a new exhibit: never below that of its case, never above its registrar's clearance."""
    wanted = Sensitivity(max(case.sensitivity, asked if asked is not None else case.sensitivity))
    held = access.clearance_of(session, actor, case.id)
    if wanted > held:
        raise NotCleared(
            f"you are cleared for {held.name} in this case and cannot register an exhibit of {wanted.name}"
        )
    return wanted


_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def faults(texts: Iterable[tuple[str, str, int]]) -> dict[str, str]:
    """What is wrong with texts given as (name, text, most characters); empty when nothing is."""
    wrong = {}
    for name, text, most in texts:
        if len(text) > most:
            wrong[name] = f"use at most {most} characters; this has {len(text)}"
        elif _CONTROL.search(text):
            wrong[name] = "leave out control characters"
    return wrong


def _check(
    what: Description, origin: Origin, numbers: Sequence[Number], arrival: Arrival, late_after: timedelta
) -> None:
    texts = [("description", what.description, _LONGEST), ("condition", what.condition, _LONGEST)]
    texts += [(name, getattr(what, name), _LONGEST_NUMBER) for name in ("reference", "quantity", "unit", "packaging")]
    texts += [(name, text, _LONGEST) for part in (origin, arrival) for name, text in _fields(part).items()]
    texts += [
        (f"number {place}, {name}", text, _LONGEST_NUMBER)
        for place, number in enumerate(numbers, start=1)
        for name, text in _fields(number).items()
    ]
    wrong = faults(texts)
    wrong |= {name: "say it in a few words" for name in ("reference", "description") if not getattr(what, name).strip()}
    for place, number in enumerate(numbers, start=1):
        if not number.scheme.strip() or not number.value.strip():
            wrong[f"number {place}"] = "give both the scheme and the number"
    if len(set(numbers)) < len(numbers):
        wrong["numbers"] = "the same number is given twice"
    for name, at in (("seized_at", origin.seized_at), ("occurred_at", arrival.occurred_at)):
        if at is not None and at > clock.now() + AHEAD:
            wrong[name] = "this time has not come yet"
    wrong |= arrivals.missing(arrival, _fields(origin)) | arrivals.not_counted(what.quantity)
    entered_late = arrival.occurred_at is not None and arrival.occurred_at < clock.now() - late_after
    if entered_late and not arrival.note.strip():
        wrong["note"] = f"this is entered more than {late_after // _HOUR} hours after it happened; say why"
    if wrong:
        raise BadExhibit(told(wrong), fields=wrong)


def told(wrong: dict[str, str]) -> str:
    """Say all faults in one sentence."""
    return "; ".join(f"{name}: {why}" for name, why in wrong.items())


def _fields(value: Origin | Arrival | Number) -> dict[str, str]:
    """The texts of a value by their names."""
    return {name: text for name in value.__dataclass_fields__ if isinstance(text := getattr(value, name), str)}
