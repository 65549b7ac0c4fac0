"""Custody as the exhibit's page draws it: every step, every gap where it lies, and what can be done next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Final

from core import clock
from core.accounts import Actor
from evidence.custody import Gap, Step
from evidence.exhibits import Exhibit, State
from evidence.movements import MOVES, Verb

_SAID: Final = {
    "receive": "Received",
    "store": "Stored",
    "move": "Moved",
    "offer": "Offered for handover",
    "accept": "Accepted",
    "refuse": "Refused",
    "withdraw": "Offer withdrawn",
    "check_out": "Checked out",
    "check_in": "Checked in",
    "open_seal": "Seal opened",
    "reseal": "Sealed again",
    "note": "Note",
    "receive file": "File received",
    "derive": "Files derived",
    "integrity-failure": "Integrity failure",
}
_DETAILS: Final = (
    ("From", "from_"),
    ("To", "to"),
    ("Place", "place"),
    ("Seal found", "seal_in"),
    ("Seal left", "seal_out"),
    ("Reason", "reason"),
    ("Note", "note"),
)


@dataclass(frozen=True, slots=True)
class Point:
    """One thing on the line: a step that was written down, or a gap between steps."""

    title: str
    gap: bool = False
    incident: bool = False
    at: datetime | None = None
    recorded: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    because: str = ""
    by: str = ""
    position: int = 0
    digest: str = ""
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that an act of custody asks for."""

    name: str
    label: str
    hint: str = ""
    long: bool = False
    type: str = "text"
    width: str = ""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """An act of custody as a page asks about it."""

    verb: Verb
    label: str
    title: str
    follows: tuple[str, ...]
    fields: tuple[Field, ...]
    dangerous: bool = False

    def href(self, exhibit: Exhibit) -> str:
        """The page of this act for an exhibit."""
        return f"/exhibits/{exhibit.id}/custody/{self.verb.value}"


_REASON: Final = Field("reason", "Reason", long=True)
_PLACE: Final = Field("place", "Place", "Down to the shelf.")
_NOTE: Final = Field(
    "note", "Note", "Needed when something is not as it should be, or is written down more than a day late.", long=True
)
_WHEN: Final = (
    Field(
        "occurred_at",
        "When it happened, in UTC",
        "Leave it empty if it happens now.",
        type="datetime-local",
        width="govuk-input--width-20",
    ),
    Field("occurred_as_written", "When, as the paper has it"),
)
_SEAL: Final = Field(
    "seal", "Number of the seal that you found", "Leave it empty only if there is none.", width="govuk-input--width-20"
)
_SEALED: Final = "Look at the seal first; a difference is written down for good."
_ANSWER: Final = "From now on you have it and answer for it."
_CONDITION: Final = Field("condition", "Condition", long=True)
_WITNESS: Final = Field("witness", "Witness")
_LATE: Final = (_NOTE, *_WHEN)
_SHOWN: Final = (
    Move(
        Verb.OFFER,
        "Offer to a colleague",
        "Hand over",
        ("You keep custody until your colleague accepts.", "Nobody else can take it meanwhile."),
        (Field("to", "To whom"), _REASON, *_WHEN),
    ),
    Move(
        Verb.ACCEPT, "Accept", "Accept custody", (_ANSWER, _SEALED), (_SEAL, _PLACE, _CONDITION, *_LATE), dangerous=True
    ),
    Move(
        Verb.REFUSE,
        "Refuse",
        "Refuse the offer",
        ("The sender keeps custody.", "The refused offer stays visible in the custody."),
        (_REASON, *_WHEN),
    ),
    Move(
        Verb.WITHDRAW,
        "Withdraw the offer",
        "Withdraw the offer",
        ("You keep custody.", "The withdrawn offer stays visible in the custody."),
        (_REASON,),
    ),
    Move(Verb.STORE, "Store", "Store", ("Its place is written down.",), (_PLACE, *_LATE)),
    Move(Verb.MOVE, "Move", "Move to another place", ("Both places are written down.",), (_PLACE, _REASON, *_LATE)),
    Move(
        Verb.CHECK_OUT,
        "Check out",
        "Check out to a laboratory, court or agency",
        (
            "It leaves the house; the receiver has it until it comes back.",
            "Without the receiver's receipt the custody shows a gap.",
        ),
        (
            Field("outside", "Who takes it"),
            _REASON,
            Field("authority", "By whose order"),
            Field("receipt", "Number of the receiver's receipt"),
            _WITNESS,
            _PLACE,
            *_LATE,
        ),
        dangerous=True,
    ),
    Move(
        Verb.CHECK_IN,
        "Check in",
        "Check in",
        (_ANSWER, _SEALED),
        (_SEAL, _PLACE, Field("receipt", "Number of the receipt"), _CONDITION, *_LATE),
    ),
    Move(
        Verb.OPEN_SEAL,
        "Open the seal",
        "Open the seal",
        (
            "The seal is broken for good; a seal number is never used again.",
            "Seal it again as soon as you have finished.",
        ),
        (_REASON, _WITNESS, _CONDITION, *_LATE),
        dangerous=True,
    ),
    Move(
        Verb.RESEAL,
        "Seal it again",
        "Seal it again",
        ("The new number stands in the custody.",),
        (Field("seal", "Number of the new seal", width="govuk-input--width-20"), _CONDITION, *_LATE),
    ),
    Move(
        Verb.NOTE,
        "Write a note",
        "Write a note",
        ("The note is entered and cannot be taken back.",),
        (Field("note", "Note", long=True), *_WHEN),
    ),
)
MOVES_SHOWN: Final = {one.verb: one for one in _SHOWN}
_MINUTE: Final = 60
_MANY: Final = frozenset({"receive file", "derive"})
_RECEIVER: Final = frozenset({Verb.ACCEPT, Verb.REFUSE})
_ANYBODY: Final = frozenset({Verb.CHECK_IN, Verb.NOTE})


def line(steps: Iterable[Step], gaps: Sequence[Gap]) -> list[Point]:
    """Steps and gaps in the order of time; a gap stands before the step that ends it.

    Files that came one after the other from the same hand are one point, since a delivery may have thousands.
    """
    runs = [
        list(run)
        for _key, run in groupby(steps, key=lambda step: (step.act in _MANY or step.position, step.act, step.by))
    ]
    points = [(run[0].occurred_at, 1, run[0].position, _run(run)) for run in runs]
    points += [(gap.until or gap.since or "", 0, at, _gap(gap)) for at, gap in enumerate(gaps)]
    return [point for *_order, point in sorted(points, key=lambda one: one[:3])]


def possible(exhibit: Exhibit, actor: Actor) -> list[Move]:
    """What this person could do with the exhibit now; whether the words suffice is asked when it is done."""
    fitting = [shown for verb, shown in MOVES_SHOWN.items() if (verb, State(exhibit.state)) in MOVES]
    return [one for one in fitting if _hers(one.verb, exhibit, actor)]


def _hers(verb: Verb, exhibit: Exhibit, actor: Actor) -> bool:
    if verb in _RECEIVER:
        return exhibit.offered_to_id == actor.id
    if verb in _ANYBODY:
        return True
    if verb is Verb.OPEN_SEAL and not exhibit.seal:
        return False
    return exhibit.custodian_id == actor.id and not (verb is Verb.RESEAL and exhibit.seal)


def _run(run: Sequence[Step]) -> Point:
    first, last = run[0], run[-1]
    if len(run) == 1:
        return _point(first)
    point = _point(last)
    between = f"entries {first.position} to {last.position}, from {first.recorded_at[:19]}Z to {last.recorded_at[:19]}Z"
    told = (("Files", f"{len(run):,}"), ("Written down", between))
    return replace(point, details=told, incident=any(one.outcome != "done" for one in run))


def _point(step: Step) -> Point:
    happened, written = clock.parse(step.occurred_at), clock.parse(step.recorded_at)
    details = [(label, value) for label, name in _DETAILS if (value := getattr(step, name))]
    if because := step.words.get("because"):
        details.append(("Because", str(because)))
    if isinstance(files := step.words.get("files"), list):
        details.append(("Files", str(len(files))))
    return Point(
        title=_SAID.get(step.act, step.act.replace("_", " ").capitalize()),
        incident=step.outcome != "done",
        at=happened,
        recorded=written if abs((written - happened).total_seconds()) > _MINUTE else None,
        by=step.by,
        position=step.position,
        digest=step.digest,
        details=tuple(details),
    )


def _gap(gap: Gap) -> Point:
    since, until = (clock.parse(at) if at else None for at in (gap.since, gap.until))
    return Point(title="Gap", gap=True, since=since, until=until, because=gap.because[:1].upper() + gap.because[1:])
