"""How long things are kept, as data: what happened, how long from then, and what is then proposed (domain.md 2.5).

This is a profile and no law: an office lays its own beside its settings as `retention.toml`, in the same words.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from core.errors import Unavailable

FILE: Final = "retention.toml"


class Trigger(StrEnum):
    """What starts a period."""

    NO_CHARGE = "closed without charge"
    ACQUITTAL = "acquittal"
    CONVICTION = "conviction"
    APPEAL = "appeal pending"
    INTERCEPT = "destruction date of an intercept"
    RETURN_BY = "return date of a migrant's things"
    REVIEW = "taken up"
    KEPT = "kept longer"


class Proposal(StrEnum):
    """What is proposed to people when a period ends; nothing happens by itself."""

    RETURN = "return"
    DESTROY = "destroy"
    EXPUNGE = "expunge"
    REVIEW = "review"


class BadProfile(Unavailable):
    """The office's own rules of retention cannot be read; the faults are named."""


@dataclass(frozen=True, slots=True)
class Rule:
    """After *trigger* and so many months and days, *proposal* is made, for *because*.

    *until* is counted from the end that an event names, such as that of a sentence.  What is *apart* is a timer of its
    own: it is not put off by longer periods, because it serves the person from whom the thing was taken.
    """

    trigger: Trigger
    proposal: Proposal
    because: str
    months: int = 0
    days: int = 0
    until: bool = False
    apart: bool = False

    def due(self, on: date, end: date | None) -> date:
        """The day on which the period ends, from the day of the event and the end that it names."""
        start = end if self.until and end is not None else on
        return plus(start, self.months, self.days)


#: A cautious profile: each is a period after which people look, and no deadline of any law.
PROFILE: Final = (
    Rule(Trigger.NO_CHARGE, Proposal.RETURN, "the case ended without a charge a year ago", months=12),
    Rule(
        Trigger.ACQUITTAL, Proposal.EXPUNGE, "the person was acquitted and the time for an appeal is over", until=True
    ),
    Rule(Trigger.CONVICTION, Proposal.REVIEW, "six months have gone by since the conviction", months=6),
    Rule(Trigger.CONVICTION, Proposal.REVIEW, "the sentence has ended", until=True),
    Rule(Trigger.INTERCEPT, Proposal.DESTROY, "the order for the interception sets this day", apart=True),
    Rule(Trigger.RETURN_BY, Proposal.RETURN, "it belongs to a migrant and was to be returned by this day", apart=True),
    Rule(Trigger.REVIEW, Proposal.REVIEW, "whether it is still needed is looked at every year", months=12),
    Rule(Trigger.KEPT, Proposal.REVIEW, "it was kept longer until this day", until=True),
)


def profile(folder: Path) -> tuple[Rule, ...]:
    """The rules of this office: its own file in *folder*, else the profile that comes with this release.

    Raises BadProfile with every fault of the file at once; nothing is guessed and nothing half read.
    """
    path = folder / FILE
    if not path.exists():
        return PROFILE
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise BadProfile(f"{path} cannot be read: {fault}") from fault
    rows = told.get("rule", [])
    faults: list[str] = [] if isinstance(rows, list) and rows else ["it holds no [[rule]]"]
    rules = [_rule(number, row, faults) for number, row in enumerate(rows if isinstance(rows, list) else [], start=1)]
    if faults:
        raise BadProfile(f"{path}: " + "; ".join(faults))
    return tuple(one for one in rules if one is not None)


def plus(start: date, months: int, days: int) -> date:
    """A day so many months and days later; the 31st of a shorter month is its last day."""
    whole = start.year * 12 + start.month - 1 + months
    year, month = divmod(whole, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - date(year, month + 1, 1)).days
    moved = date(year, month + 1, min(start.day, last))
    return date.fromordinal(moved.toordinal() + days)


_WORDS: Final = {"trigger": str, "proposal": str, "because": str}
_MORE: Final = {"months": int, "days": int, "until": bool, "apart": bool}


def _rule(number: int, row: Any, faults: list[str]) -> Rule | None:
    if not isinstance(row, dict):
        faults.append(f"rule {number} is no table")
        return None
    before = len(faults)
    faults += [f"rule {number}: {name} is unknown" for name in row if name not in _WORDS | _MORE]
    for name, kind in (_WORDS | _MORE).items():
        if name in _WORDS and name not in row:
            faults.append(f"rule {number}: {name} is missing")
        elif name in row and type(row[name]) is not kind:
            faults.append(f"rule {number}: {name} is not {'a text' if kind is str else 'of its kind'}")
        elif kind is int and row.get(name, 0) < 0:
            faults.append(f"rule {number}: {name} is below zero")
    for name, choices in (("trigger", Trigger), ("proposal", Proposal)):
        if isinstance(row.get(name), str) and row[name] not in set(choices):
            faults.append(f"rule {number}: {name} is one of: " + ", ".join(choices))
    if len(faults) > before:
        return None
    more = {name: row[name] for name in _MORE if name in row}
    return Rule(Trigger(row["trigger"]), Proposal(row["proposal"]), row["because"], **more)
