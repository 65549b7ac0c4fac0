"""Every weakness that the custody of an exhibit itself shows: gaps, offers, seals, receipts, times (COC-9, R-CUS-02).

These read nothing but the entries and the exhibit; what needs files, checkpoints or the house is in `proofs`.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

from core import clock
from evidence.continuity.codes import Code, Weakness
from evidence.custody import Step
from evidence.exhibits import Exhibit
from evidence.possession import late
from evidence.possession.verbs import ENDED, GIVEN_OUT, Verb

SIGNED: Final = "late entry signed"
NOT_SIGNED: Final = "late entry not signed"
_ENDED: Final = frozenset(one.value for one in ENDED)
_ANSWERS: Final = {
    Verb.ACCEPT.value: None,
    Verb.REFUSE.value: (Code.OFFER_REFUSED, "refused"),
    Verb.WITHDRAW.value: (Code.OFFER_WITHDRAWN, "withdrawn"),
}
_BACK: Final = {out.value: back.value for out, back in GIVEN_OUT.items()}


def of_steps(exhibit: Exhibit, whole: Sequence[Step]) -> Iterator[Weakness]:
    """Yield what is weak in the custody of an exhibit, from all of its entries."""
    yield from _before_the_first(exhibit, whole)
    signed = _judged(whole)
    moves = [step for step in whole if step.moves]
    for step in whole:
        yield from _late(step, signed)
        yield from _failed(step)
    for last, step in pairwise(whole):
        if step.recorded_at < last.recorded_at:
            because = f"entry {step.position} was written before entry {last.position} by the clock, and follows it"
            yield Weakness(Code.CLOCK_RAN_BACK, step.recorded_at, last.recorded_at, (step.position,), because)
    for last, step in pairwise(moves):
        yield from _between(last, step)
    yield from _nobody(moves)
    yield from _offers(moves)
    yield from _receipts(moves)


def _before_the_first(exhibit: Exhibit, whole: Sequence[Step]) -> Iterator[Weakness]:
    """The time between seizure and the first entry, unless the seizing officer is the one who handed it in."""
    if not whole:
        since = clock.stamp(exhibit.registered)
        yield Weakness(Code.NO_ENTRIES, since, "", (), "nothing is written down about who has had this exhibit")
        return
    first = whole[0]
    if exhibit.parent_id is not None:
        return
    if exhibit.seized_at is None:
        because = "when it was seized is not known as an instant"
        yield Weakness(Code.SEIZURE_TIME_UNKNOWN, "", first.occurred_at, (first.position,), because)
        return
    seized = clock.stamp(exhibit.seized_at)
    known = {name.strip().casefold() for name in (first.from_, first.to)}
    officers = {name.strip().casefold() for name in (exhibit.officer, exhibit.found_by)} - {""}
    if seized < first.occurred_at and not officers & known:
        because = "who had it between seizure and the first entry is not written down"
        yield Weakness(Code.BEFORE_FIRST_ENTRY, seized, first.occurred_at, (first.position,), because)


def _judged(whole: Sequence[Step]) -> dict[int, Step]:
    """The supervisor's word on each late entry, by the position of that entry; the last one counts."""
    judged = {}
    for step in whole:
        if step.act in {SIGNED, NOT_SIGNED} and isinstance(of := step.words.get("of"), dict):
            judged[int(of.get("position", 0))] = step
    return judged


def _late(step: Step, judged: dict[int, Step]) -> Iterator[Weakness]:
    hours = hours_late(step)
    if not hours:
        return
    said = f"«{said_of(step.act)}» was entered {hours} hours late: {step.note}"
    word = judged.get(step.position)
    if word is None:
        yield Weakness(Code.LATE_UNSIGNED, step.occurred_at, step.recorded_at, (step.position,), said)
    elif word.act == NOT_SIGNED:
        because = f"{said}; {word.by} did not sign it: {word.reason}"
        positions = (step.position, word.position)
        yield Weakness(Code.LATE_NOT_SIGNED, step.occurred_at, step.recorded_at, positions, because)


def hours_late(step: Step) -> int:
    """How many hours after it happened an act was written down, 0 when that is not late.

    What counted as late is judged when an entry is written; entries of before are judged by the usual day.
    """
    written = step.words.get("late_hours")
    if isinstance(written, int):
        return written
    late_by = clock.parse(step.recorded_at) - clock.parse(step.occurred_at)
    return late_by // timedelta(hours=1) if late_by > late.USUAL else 0


def _failed(step: Step) -> Iterator[Weakness]:
    if step.act == "integrity-failure":
        because = f"a digital file did not hold: {step.words.get('because', '')}"
        yield Weakness(Code.INTEGRITY_FAILURE, step.recorded_at, "", (step.position,), because)
    if step.act == "incident":
        number, kind, why = (step.words.get(name, "") for name in ("number", "kind", "because"))
        because = f"incident {number}, {kind}: {why}"
        yield Weakness(Code.INCIDENT, step.recorded_at, "", (step.position,), because)


def _between(last: Step, step: Step) -> Iterator[Weakness]:
    """What does not fit between an act and the one before it: times that run back, seals that differ."""
    if step.occurred_at < last.occurred_at and step.act != Verb.CORRECT:
        because = (
            f"«{said_of(step.act)}» is said to have happened before «{said_of(last.act)}», which was entered earlier"
        )
        yield Weakness(Code.TIMES_RUN_BACK, step.occurred_at, last.occurred_at, (step.position,), because)
    if step.seal_in not in {last.seal_out, step.words.get("put_on") or last.seal_out}:
        left, came = last.seal_out or "no seal", step.seal_in or "no seal"
        because = f"it left with {left} and was found with {came}: {step.note}"
        yield Weakness(Code.SEAL_DIFFERS, last.occurred_at, step.occurred_at, (step.position, last.position), because)
    if (found := step.words.get("seal_found")) is not None and found != step.seal_in:
        left, came = step.seal_in or "no seal", found or "no seal"
        because = f"it left with {left} and {step.custodian} found it with {came}: {step.note}"
        yield Weakness(Code.SEAL_DIFFERS, last.occurred_at, step.occurred_at, (step.position, last.position), because)


def _nobody(moves: Sequence[Step]) -> Iterator[Weakness]:
    """Stretches in which no entry names anybody who has it, and custody had not ended."""
    for at, step in enumerate(moves):
        if not step.custodian and step.words.get("state") not in _ENDED:
            after = next((one for one in moves[at + 1 :] if one.custodian), None)
            until = after.occurred_at if after else ""
            yield Weakness(Code.NO_CUSTODIAN, step.occurred_at, until, (step.position,), "nobody is named who had it")


def _offers(moves: Sequence[Step]) -> Iterator[Weakness]:
    """Offers that were refused, withdrawn, or never answered."""
    offer: Step | None = None
    for step in moves:
        if step.act == Verb.OFFER:
            offer = step
        elif offer is not None and step.act in _ANSWERS:
            if answer := _ANSWERS[step.act]:
                code, said = answer
                positions, because = (offer.position, step.position), f"offered to {offer.to}: {said}"
                yield Weakness(code, offer.occurred_at, step.occurred_at, positions, because)
            offer = None
    if offer is not None:
        because = f"offered to {offer.to} and not yet accepted"
        yield Weakness(Code.OFFER_UNANSWERED, offer.occurred_at, "", (offer.position,), because)


def _receipts(moves: Sequence[Step]) -> Iterator[Weakness]:
    """Times outside the house for which no receipt of whoever had it is recorded (return receipts: domain.md 2.4)."""
    out: Step | None = None
    signed = False
    for step in moves:
        if step.act in _BACK:
            out, signed = step, False
        signed = signed or bool(step.words.get("receipt"))
        if out is not None and step.act == _BACK[out.act]:
            if not signed:
                positions = (out.position, step.position)
                because = f"it was with {out.custodian}, whose receipt is missing"
                yield Weakness(Code.RECEIPT_MISSING, out.occurred_at, step.occurred_at, positions, because)
            out = None
    if out is not None and not signed:
        because = f"it is with {out.custodian}, whose receipt is missing"
        yield Weakness(Code.RECEIPT_MISSING, out.occurred_at, "", (out.position,), because)


def said_of(act: str) -> str:
    """An act in words."""
    return act.replace("_", " ")
