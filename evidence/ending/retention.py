"""When something is due to be looked at: computed from what happened, proposed to people, decided by people.

The longest of all periods counts and any hold stops the clock; the day on which an intercept must go and the day by
which a migrant's things go back are timers of their own.  Nothing is ever returned, destroyed or expunged from here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Date, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases import access
from cases.access import Act, Duty, Membership
from cases.docket import CLOSED, Case, NoSuchCase
from core import clock
from core.accounts import HOUSE, Actor, Role
from core.db import Base, Moment
from core.errors import Conflict, Forbidden, Invalid
from core.ledger import entries as ledger
from evidence import exhibits
from evidence.ending.holding import holds_on
from evidence.ending.rules import Proposal, Rule, Trigger
from evidence.exhibits import Exhibit
from evidence.files import File
from evidence.obligations import Due

OPEN, DECIDED, OVER = "open", "decided", "over"
DECISIONS: Final = ("return", "destroy", "expunge", "keep longer")
_LONGEST: Final = 4_000


class BadEvent(Invalid):
    """An event cannot be entered like this; `fields` names each fault."""


class NotYoursToKeep(Forbidden):
    """How long something is kept is for a supervisor or prosecutor of the case."""


class Decided(Conflict):
    """This proposal has been decided already."""


class RetentionEvent(Base):
    """Something that starts or stops a period, for a case or for one of its exhibits."""

    __tablename__ = "retention_events"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    exhibit_id: Mapped[UUID | None] = mapped_column(ForeignKey("exhibits.id"), index=True)
    trigger: Mapped[str]
    on: Mapped[date] = mapped_column("happened_on", Date)
    # The end that the event names: of the sentence, of the time for an appeal; nothing while it is open.
    end: Mapped[date | None] = mapped_column("ends_on", Date)
    words: Mapped[str]
    entered: Mapped[datetime] = mapped_column(Moment)
    entered_by: Mapped[str]


class RetentionProposal(Base):
    """What is proposed to the supervisors of a case about one exhibit, and what they decided."""

    __tablename__ = "retention_proposals"
    __table_args__ = (UniqueConstraint("exhibit_id", "proposal", "due"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"))
    proposal: Mapped[str]
    due: Mapped[date] = mapped_column(Date)
    because: Mapped[str]
    made: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(default=OPEN)
    decision: Mapped[str] = mapped_column(default="")
    decided: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as it comes in; no exhibit means the whole case."""

    trigger: Trigger
    on: date
    end: date | None = None
    exhibit: UUID | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Timer:
    """When something is proposed for an exhibit, and why then."""

    proposal: Proposal
    due: date
    because: str


def happened(session: Session, actor: Actor, case_id: UUID, event: Happened) -> RetentionEvent:
    """Enter what starts or stops a period in a case; raises NoSuchCase, NotYoursToKeep or BadEvent."""
    _keeper(session, actor, case_id)
    if event.exhibit is not None and exhibits.fetch(session, actor, event.exhibit, to=Act.SEE).case_id != case_id:
        raise NoSuchCase
    wrong = exhibits.faults([("words", event.words, _LONGEST)])
    if event.end is not None and event.end < event.on:
        wrong["end"] = "it would end before it began"
    if wrong:
        raise BadEvent(exhibits.told(wrong), fields=wrong)
    row = RetentionEvent(
        id=uuid4(), case_id=case_id, exhibit_id=event.exhibit, trigger=event.trigger.value, on=event.on, end=event.end,
        words=event.words.strip(), entered=clock.now(), entered_by=actor.name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    told = {"trigger": row.trigger, "on": row.on.isoformat(), "end": row.end.isoformat() if row.end else ""}
    _enter(session, actor, case_id, event.exhibit or case_id, "retention event", {**told, "words": row.words})
    return row


def events(session: Session, case_id: UUID) -> Sequence[RetentionEvent]:
    """What was entered for a case, in order; asking for rights is the caller's part."""
    query = select(RetentionEvent).where(RetentionEvent.case_id == case_id)
    return session.scalars(query.order_by(RetentionEvent.on, RetentionEvent.id)).all()


def known(session: Session, actor: Actor, case_id: UUID) -> list[RetentionEvent]:
    """What was entered for a case, without what is about an exhibit that the person may not know of."""
    access.fetch(session, actor, case_id, to=Act.SEE)
    seen = set(session.scalars(exhibits.seen(session, actor, case_id).with_only_columns(Exhibit.id)))
    return [one for one in events(session, case_id) if one.exhibit_id is None or one.exhibit_id in seen]


def trigger_named(name: str) -> Trigger:
    """The trigger of this name; raises BadEvent for one that is none."""
    if name not in set(Trigger):
        raise BadEvent("there is no such event", fields={"trigger": "use one of: " + ", ".join(Trigger)})
    return Trigger(name)


def dues(session: Session, exhibit: Exhibit, rules: Sequence[Rule]) -> list[Due]:
    """The timers of an exhibit among its other obligations; the caller has fetched it."""
    return [
        Due(f"retention: {one.proposal}", exhibit.id, datetime.combine(one.due, time(), UTC), one.because)
        for one in timers(session, exhibit, rules)
    ]


def timers(session: Session, exhibit: Exhibit, rules: Sequence[Rule]) -> list[Timer]:
    """What is due for an exhibit and when: the longest of all periods, and the timers that stand apart.

    None at all while the case is open (an investigation keeps everything), while a hold is on it, or while an appeal
    runs; what stands apart is due all the same, save under a hold.
    """
    if holds_on(session, exhibit):
        return []
    reached = [exhibit, *_same_elsewhere(session, exhibit)]
    found = [one for thing in reached for one in _of_one(session, thing, rules)]
    apart = [timer for rule, timer in _of_one(session, exhibit, rules) if rule.apart]
    usual = [timer for rule, timer in found if not rule.apart]
    if any(_running(session, thing) for thing in reached) or any(holds_on(session, one) for one in reached[1:]):
        usual = []
    mine = {timer for rule, timer in _of_one(session, exhibit, rules) if not rule.apart}
    longest = max(usual, key=lambda timer: timer.due, default=None)
    # A period that comes from another case is not shown here: no proposal is made before it ends, and none tells of it.
    return sorted([*apart, *([longest] if longest in mine else [])], key=lambda timer: timer.due)


def propose_due(session: Session, case_id: UUID, rules: Sequence[Rule]) -> int:
    """Make the proposals that are due in a case and are not there yet, and give their number; nothing else happens."""
    today = clock.now().date()
    made = 0
    for exhibit in session.scalars(select(Exhibit).where(Exhibit.case_id == case_id).order_by(Exhibit.id)):
        for timer in timers(session, exhibit, rules):
            if timer.due <= today and not _there(session, exhibit, timer):
                session.add(
                    RetentionProposal(
                        id=uuid4(), case_id=case_id, exhibit_id=exhibit.id, proposal=timer.proposal.value,
                        due=timer.due, because=timer.because, made=clock.now(), state=OPEN,
                    )
                )  # fmt: skip
                session.flush()
                words = {"proposal": timer.proposal.value, "due": timer.due.isoformat(), "because": timer.because}
                _enter(session, HOUSE, case_id, exhibit.id, "retention proposed", words)
                made += 1
    return made


def queue(session: Session, actor: Actor, case_id: UUID | None = None) -> list[RetentionProposal]:
    """The open proposals in the cases that this person supervises or leads, the oldest due first."""
    at = clock.now()
    mine = select(Membership.case_id, Membership.clearance).where(
        Membership.user_id == actor.id, Membership.since <= at,
        Membership.until.is_(None) | (Membership.until > at),
        Membership.duty.in_((Duty.SUPERVISE.value, Duty.LEAD.value, Duty.PROSECUTE.value)),
    )  # fmt: skip
    if not actor.holds(Role.SUPERVISOR, Role.PROSECUTOR):
        return []
    levels: dict[UUID, int] = {row[0]: row[1] for row in session.execute(mine)}
    wanted = [one for one in levels if case_id in {None, one}]
    query = select(RetentionProposal, Exhibit).join(Exhibit, Exhibit.id == RetentionProposal.exhibit_id)
    query = query.where(RetentionProposal.case_id.in_(wanted), RetentionProposal.state == OPEN)
    rows = session.execute(query.order_by(RetentionProposal.due, RetentionProposal.id))
    court = exhibits.for_the_court(actor, Act.SEE)
    return [
        one
        for one, exhibit in rows
        if exhibit.sensitivity <= levels[exhibit.case_id] and (court or not exhibit.restricted)
    ]


def decided(session: Session, exhibit: Exhibit) -> Sequence[RetentionProposal]:
    """What was decided about an exhibit, the newest first; the caller has fetched it."""
    query = select(RetentionProposal).where(
        RetentionProposal.exhibit_id == exhibit.id, RetentionProposal.state == DECIDED
    )
    return session.scalars(query.order_by(RetentionProposal.decided.desc(), RetentionProposal.id)).all()


def decide(
    session: Session, actor: Actor, proposal_id: UUID, decision: str, reason: str, *, until: date | None = None
) -> RetentionProposal:
    """Write down what a person decided on a proposal; carrying it out is an order of its own, with its own approvals.

    To keep something longer needs a reason and a day.  Raises NoSuchCase, NotYoursToKeep, Decided or BadEvent.
    """
    row = session.get(RetentionProposal, proposal_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NoSuchCase
    exhibit = exhibits.fetch(session, actor, row.exhibit_id, to=Act.SEE)
    _keeper(session, actor, row.case_id)
    wrong = exhibits.faults([("reason", reason, _LONGEST)])
    if decision not in DECISIONS:
        wrong["decision"] = "use one of: " + ", ".join(DECISIONS)
    if not reason.strip():
        wrong["reason"] = "say why"
    if decision == "keep longer" and (until is None or until <= clock.now().date()):
        wrong["until"] = "say until which day to come"
    if wrong:
        raise BadEvent(exhibits.told(wrong), fields=wrong)
    if row.state != OPEN:
        raise Decided(f"this was decided already by {row.decided_by or 'the record'}; nothing was changed")
    row.state, row.decision, row.reason = DECIDED, decision, reason.strip()
    row.decided, row.decided_by = clock.now(), actor.name
    if decision == "keep longer" and until is not None:
        event = Happened(Trigger.KEPT, clock.now().date(), until, exhibit.id, row.reason)
        happened(session, actor, row.case_id, event)
    session.flush()
    words = {"proposal": row.proposal, "decision": decision, "reason": row.reason}
    words["until"] = until.isoformat() if until else ""
    _enter(session, actor, row.case_id, row.exhibit_id, "retention decided", words)
    return row


def _of_one(session: Session, exhibit: Exhibit, rules: Sequence[Rule]) -> Iterator[tuple[Rule, Timer]]:
    """Each period that runs for an exhibit from the events of its case and of itself."""
    for event in _events_of(session, exhibit):
        for rule in rules:
            if rule.trigger != event.trigger or (rule.until and event.end is None):
                continue
            due = rule.due(event.on, event.end)
            yield rule, Timer(rule.proposal, due, f"{rule.because} ({event.trigger}, {event.on.isoformat()})")


def _events_of(session: Session, exhibit: Exhibit) -> Iterator[RetentionEvent]:
    for event in events(session, exhibit.case_id):
        if event.exhibit_id in {None, exhibit.id}:
            yield event


def _running(session: Session, exhibit: Exhibit) -> bool:
    """Whether the case still needs everything: it is open, or an appeal runs and its end is not entered or to come."""
    if session.get_one(Case, exhibit.case_id).state != CLOSED:
        return True
    today = clock.now().date()
    appeals = [one for one in _events_of(session, exhibit) if one.trigger == Trigger.APPEAL]
    sentences = [one for one in _events_of(session, exhibit) if one.trigger == Trigger.CONVICTION]
    # A sentence whose end nobody has entered has not ended as far as is known.
    return any(one.end is None or one.end > today for one in appeals) or any(one.end is None for one in sentences)


def _same_elsewhere(session: Session, exhibit: Exhibit) -> list[Exhibit]:
    """Exhibits of other cases that hold a file of the same content: what one case may let go another may need."""
    mine = select(File.sha256).where(File.exhibit_id == exhibit.id, File.size > 0, File.sha256 != "")
    others = select(File.exhibit_id).where(File.sha256.in_(mine), File.case_id != exhibit.case_id)
    return list(session.scalars(select(Exhibit).where(Exhibit.id.in_(others))))


def _there(session: Session, exhibit: Exhibit, timer: Timer) -> bool:
    known = RetentionProposal.exhibit_id == exhibit.id
    same = (RetentionProposal.proposal == timer.proposal.value, RetentionProposal.due == timer.due)
    return session.scalar(select(RetentionProposal.id).where(known, *same)) is not None


def _keeper(session: Session, actor: Actor, case_id: UUID) -> None:
    access.fetch(session, actor, case_id, to=Act.SEE)
    narrowed = actor.scopes is not None and Act.MANAGE not in actor.scopes
    if not actor.holds(Role.SUPERVISOR, Role.PROSECUTOR) or actor.holds(Role.AUDITOR) or narrowed:
        raise NotYoursToKeep("how long something is kept is for a supervisor or prosecutor of the case")


def _enter(session: Session, actor: Actor, case_id: UUID, subject: UUID, act: str, words: dict[str, Any]) -> None:
    ledger.append(session, f"case/{case_id}", actor, act, case=case_id, subject=subject, **words)
