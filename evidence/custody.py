"""Who has an exhibit: each act is one change of state and one entry in the exhibit's custody chain, in one step.

What happened and when it was written down are two times.  Gaps are found and shown, never filled in (domain.md 2.4,
R-CUS-01 to R-CUS-04).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.access import Act
from core import clock
from core.accounts import Actor
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence import exhibits, movements
from evidence.exhibits import LATE, Exhibit, State
from evidence.movements import Movement, Overtaken, Verb


def move(session: Session, actor: Actor, exhibit_id: UUID, verb: Verb, movement: Movement) -> Entry:
    """Do one act of custody and write it down; gives the entry, whose position and digest are the proof.

    Raises NoSuchCase or NotYourDuty, WrongState or Overtaken, NotTheCustodian or NotTheReceiver, and BadMovement.
    """
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.HANDLE)
    head = ledger.hold(session, exhibit.chain)
    session.refresh(exhibit)
    if movement.seen is not None and movement.seen != head.position:
        raise Overtaken("somebody did something with this exhibit after you last looked; look again")
    before, sealed = exhibit.custodian, exhibit.seal
    movements.apply(session, actor, exhibit, verb, movement)
    session.flush()
    at = clock.now()
    words: dict[str, Any] = movement.words()
    words |= {
        "from": before,
        "to": exhibit.offered_to or exhibit.custodian,
        "custodian": exhibit.custodian,
        "state": exhibit.state,
        "occurred_at": clock.stamp(movement.occurred_at or at),
        "seal_in": movement.seal.strip() if verb in movements.ARRIVALS else sealed,
        "seal_out": exhibit.seal,
    }
    return ledger.append(
        session, exhibit.chain, actor, verb.value, case=exhibit.case_id, subject=exhibit.id, at=at, **words
    )


def note_files(
    session: Session, actor: Actor, exhibit: Exhibit, act: str, words: Mapping[str, Any], *, outcome: str = "done"
) -> Entry:
    """Enter what happened to the digital files of an exhibit in its custody chain; possession stays as it is."""
    return ledger.append(
        session, exhibit.chain, actor, act, case=exhibit.case_id, subject=exhibit.id, outcome=outcome, **words
    )


def outstanding(session: Session, case_id: UUID) -> int:
    """How many exhibits of a case are out of the house or on offer."""
    open_ones = Exhibit.state.in_((State.OUT.value, State.OFFERED.value))
    return session.scalar(select(func.count()).select_from(Exhibit).where(Exhibit.case_id == case_id, open_ones)) or 0


def offered_to(session: Session, actor: Actor) -> list[Exhibit]:
    """The exhibits that wait for this person's answer."""
    waiting = select(Exhibit).where(Exhibit.offered_to_id == actor.id, Exhibit.state == State.OFFERED.value)
    return list(session.scalars(waiting.order_by(Exhibit.case_id, Exhibit.reference)))


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a custody chain, read back from its exact bytes; times are UTC texts."""

    position: int
    act: str
    by: str
    role: str
    recorded_at: str
    occurred_at: str
    from_: str
    to: str
    custodian: str
    place: str
    seal_in: str
    seal_out: str
    reason: str
    note: str
    outcome: str
    words: dict[str, Any]
    digest: str
    body: str


def steps(session: Session, exhibit: Exhibit) -> Iterator[Step]:
    """Yield the custody of an exhibit from its first entry to its last."""
    for entry in ledger.entries(session, exhibit.chain):
        words = ledger.words(entry)
        told = {name: str(words.get(name, "")) for name in _TOLD}
        yield Step(
            position=entry.position,
            act=entry.act,
            by=entry.actor.partition(":")[0],
            role=entry.role,
            recorded_at=entry.at,
            occurred_at=str(words.get("occurred_at") or entry.at),
            from_=str(words.get("from", "")),
            outcome=entry.outcome,
            words=words,
            digest=entry.digest,
            body=entry.body,
            **told,
        )


_TOLD: Final = ("to", "custodian", "place", "seal_in", "seal_out", "reason", "note")


def custodian(session: Session, exhibit: Exhibit, at: datetime | None = None) -> str:
    """Who had the exhibit at an instant, by what was written down; nobody before its first entry."""
    until = clock.stamp(at or clock.now())
    held = ""
    for step in steps(session, exhibit):
        if step.custodian and step.occurred_at <= until:
            held = step.custodian
    return held


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch or a point in an exhibit's custody that somebody may ask about; an empty `until` means still so."""

    since: str
    until: str
    because: str


def gaps(session: Session, exhibit: Exhibit) -> list[Gap]:
    """Every weakness that the record itself shows, in order of time; people explain them, nothing fills them in."""
    whole = list(steps(session, exhibit))
    found = list(_before_the_first(exhibit, whole))
    moves = []
    for step in whole:
        found += _late(step)
        if step.act == "integrity-failure":
            found.append(Gap(step.recorded_at, "", f"a digital file did not hold: {step.words.get('because', '')}"))
        if step.custodian:
            moves.append(step)
    for last, step in pairwise(moves):
        found += _between(last, step)
    found += _offers(moves)
    found += _unsigned(moves)
    return sorted(found, key=lambda gap: (gap.since, gap.because))


def _offers(moves: list[Step]) -> Iterator[Gap]:
    """Offers that were refused, withdrawn, or never answered."""
    offer: Step | None = None
    for step in moves:
        if step.act == Verb.OFFER:
            offer = step
        elif offer is not None and step.act in _ANSWERS:
            if step.act != Verb.ACCEPT:
                yield Gap(offer.occurred_at, step.occurred_at, f"offered to {offer.to}: {_ANSWERS[step.act]}")
            offer = None
    if offer is not None:
        yield Gap(offer.occurred_at, "", f"offered to {offer.to} and not yet accepted")


_ANSWERS: Final = {Verb.ACCEPT.value: "accepted", Verb.REFUSE.value: "refused", Verb.WITHDRAW.value: "withdrawn"}


def _unsigned(moves: list[Step]) -> Iterator[Gap]:
    """Times outside the house for which no receipt of whoever had it is recorded (return receipts: domain.md 2.4)."""
    out: Step | None = None
    signed = False
    for step in moves:
        if step.act == Verb.CHECK_OUT:
            out, signed = step, False
        signed = signed or bool(step.words.get("receipt"))
        if out is not None and step.act == Verb.CHECK_IN:
            if not signed:
                yield Gap(out.occurred_at, step.occurred_at, f"it was with {out.custodian}, whose receipt is missing")
            out = None
    if out is not None and not signed:
        yield Gap(out.occurred_at, "", f"it is with {out.custodian}, whose receipt is missing")


def _before_the_first(exhibit: Exhibit, whole: list[Step]) -> Iterator[Gap]:
    """The time between seizure and the first entry, unless the seizing officer is the one who handed it in."""
    if not whole:
        yield Gap(clock.stamp(exhibit.registered), "", "nothing is written down about who has had this exhibit")
        return
    first = whole[0]
    if exhibit.seized_at is None:
        yield Gap("", first.occurred_at, "when it was seized is not known as an instant")
        return
    seized = clock.stamp(exhibit.seized_at)
    known = {name.strip().casefold() for name in (first.from_, first.to)}
    if seized < first.occurred_at and exhibit.officer.strip().casefold() not in known - {""}:
        yield Gap(seized, first.occurred_at, "who had it between seizure and the first entry is not written down")


def _late(step: Step) -> Iterator[Gap]:
    happened, written = clock.parse(step.occurred_at), clock.parse(step.recorded_at)
    if written - happened > LATE:
        hours = (written - happened) // timedelta(hours=1)
        yield Gap(
            step.occurred_at, step.recorded_at, f"«{_said(step.act)}» was entered {hours} hours late: {step.note}"
        )


def _between(last: Step, step: Step) -> Iterator[Gap]:
    """What does not fit between an act and the one before it: times that run back, seals that differ."""
    if step.occurred_at < last.occurred_at:
        because = f"«{_said(step.act)}» is said to have happened before «{_said(last.act)}», which was entered earlier"
        yield Gap(step.occurred_at, last.occurred_at, because)
    if step.seal_in != last.seal_out:
        left, came = last.seal_out or "no seal", step.seal_in or "no seal"
        yield Gap(last.occurred_at, step.occurred_at, f"it left with {left} and was found with {came}: {step.note}")


def _said(act: str) -> str:
    return act.replace("_", " ")
