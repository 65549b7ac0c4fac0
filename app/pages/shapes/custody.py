"""Custody as the exhibit's page draws it: every step, every weakness where it lies, and what can be done next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Final

from app.pages.shapes.movements import MOVES_SHOWN, Move
from core import clock
from core.accounts import Actor
from evidence.continuity.codes import Weakness
from evidence.custody import Step
from evidence.exhibits import Exhibit, State
from evidence.possession import arrivals
from evidence.possession.verbs import GROUPS, MOVES, RULES, Verb, Who

_SAID: Final = {
    **{kind.value: words for kind, words in arrivals.WORDS.items()},
    "receive": "Received",
    "confirm": "Number confirmed",
    "store": "Stored",
    "move": "Moved",
    "view": "Shown",
    "offer": "Offered for handover",
    "accept": "Accepted",
    "refuse": "Refused",
    "withdraw": "Offer withdrawn",
    "check_out": "Checked out",
    "check_in": "Checked in",
    "package": "Packaged",
    "seal": "Sealed",
    "label": "Labelled",
    "open_seal": "Seal opened",
    "reseal": "Sealed again",
    "submit_to_lab": "Submitted to a laboratory",
    "lab_receive": "Received by the laboratory",
    "lab_return": "Back from the laboratory",
    "sample": "Sample taken",
    "split": "Part split off",
    "consume": "Partly used up",
    "alter": "Altered",
    "produce_in_court": "Produced in court",
    "court_retain": "Retained by the court",
    "court_return": "Back from the court",
    "loss": "Lost",
    "damage": "Damaged",
    "contamination": "Contaminated",
    "seal_break": "Seal found broken",
    "hold_on": "Hold set",
    "hold_off": "Hold lifted",
    "order_return": "Return ordered",
    "order_forfeit": "Forfeiture ordered",
    "order_destroy": "Destruction ordered",
    "order_transfer": "Transfer ordered",
    "lift_order": "Order lifted",
    "return": "Returned: custody ended",
    "forfeit": "Handed over to the State: custody ended",
    "sell": "Sold: custody ended",
    "destroy": "Destroyed: custody ended",
    "transfer_out": "Transferred: custody ended",
    "note": "Note",
    "correct": "Correction",
    "receive file": "File received",
    "derive": "Files derived",
    "integrity-failure": "Integrity failure",
    "statement": "Statement",
    "late entry signed": "Late entry signed by a supervisor",
    "late entry not signed": "Late entry not signed",
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
# What the words of an entry may hold besides, in the order in which it is shown.
_MORE: Final = (
    ("Receipt", "receipt"),
    ("Witness", "witness"),
    ("Authority", "authority"),
    ("Condition", "condition"),
    ("Packaging", "packaging"),
    ("Label", "label"),
    ("Seal put on there", "put_on"),
    ("Seal that was opened", "seal_opened"),
    ("Tests, in this order", "tests"),
    ("Quantity", "quantity"),
    ("Unit", "unit"),
    ("New exhibit", "child_reference"),
    ("The defence was told", "notice"),
    ("Court", "court"),
    ("Hearing", "hearing"),
    ("Order", "number"),
    ("Order carried out", "order_number"),
    ("Appeals until", "appeal_ends"),
    ("How", "method"),
    ("Program", "tool"),
    ("Version", "tool_version"),
    ("Local time as given", "occurred_local"),
    ("As the paper has it", "occurred_as_written"),
    ("Clock of the house", "clock"),
    ("Statement", "text"),
)


@dataclass(frozen=True, slots=True)
class Point:
    """One thing on the line: a step that was written down, or a weakness between steps."""

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


_MINUTE: Final = 60
_MANY: Final = frozenset({"receive file", "derive"})
_SEALING: Final = frozenset({Verb.SEAL, Verb.RESEAL})
_UNSEALING: Final = frozenset({Verb.OPEN_SEAL, Verb.SEAL_BREAK})


def line(steps: Iterable[Step], gaps: Sequence[Weakness]) -> list[Point]:
    """Steps and weaknesses in the order of time; a weakness stands before the step that ends it.

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


def groups(moves: Sequence[Move]) -> list[tuple[str, list[Move]]]:
    """Acts in the groups of the vocabulary, those without an act left out."""
    found = [(group, [one for one in moves if RULES[one.verb].group == group]) for group in GROUPS]
    return [(group, acts) for group, acts in found if acts]


def _hers(verb: Verb, exhibit: Exhibit, actor: Actor) -> bool:
    if (verb in _UNSEALING and not exhibit.seal) or (verb in _SEALING and exhibit.seal):
        return False
    who = RULES[verb].who
    if who is Who.RECEIVER:
        return exhibit.offered_to_id == actor.id
    return who is Who.ANYBODY or exhibit.custodian_id == actor.id


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
    details += [(label, str(value)) for label, name in _MORE if (value := step.words.get(name))]
    for name in ("corrects", "of"):
        if isinstance(entry := step.words.get(name), dict):
            details.append(("Entry", f"{entry.get('position')}, {str(entry.get('act')).replace('_', ' ')}"))
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


def _gap(gap: Weakness) -> Point:
    since, until = (clock.parse(at) if at else None for at in (gap.since, gap.until))
    return Point(title=gap.title, gap=True, since=since, until=until, because=gap.because[:1].upper() + gap.because[1:])
