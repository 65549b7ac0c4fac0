"""How an exhibit comes into custody: the kinds of arrival, and what each of them needs (domain.md 2.4)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final
from uuid import UUID

from evidence.possession.times import as_given


class Kind(StrEnum):
    """How it came; the name is the first act of its chain."""

    RECEIVE = "receive"
    SEIZE = "seize"
    VOLUNTARILY = "receive_voluntarily"
    BY_ORDER = "receive_by_order"
    MLA = "receive_mla"
    CAPTURE = "capture_online"
    # Taken from another exhibit of ours; only those acts make these.
    SAMPLE = "sample"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Number:
    """An external number as it comes in: its scheme, the number itself, and who gave it."""

    scheme: str
    value: str
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an exhibit comes from, as far as it is known; `seized_as_written` keeps the time as the record has it."""

    place_found: str = ""
    spot: str = ""
    found_by: str = ""
    seized_from: str = ""
    seized_as_written: str = ""
    seized_at: datetime | None = None
    officer: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """How an exhibit came into the hands of the person who registers it; no time means now.

    `authority` names the warrant, order or request; `provisional` says that its number was given without network.
    """

    received_from: str = ""
    occurred_at: datetime | None = None
    occurred_as_written: str = ""
    place: str = ""
    seal: str = ""
    note: str = ""
    kind: Kind = Kind.RECEIVE
    authority: str = ""
    witness: str = ""
    tool: str = ""
    tool_version: str = ""
    occurred_zone: str = ""
    provisional: bool = False
    parent: UUID | None = None


# What must be said: of the arrival itself, of the origin, or of either where two are joined by a bar.
NEEDS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.RECEIVE: (),
    Kind.SEIZE: ("authority", "place_found", "found_by|officer"),
    Kind.VOLUNTARILY: ("received_from",),
    Kind.BY_ORDER: ("received_from", "authority"),
    Kind.MLA: ("received_from", "authority"),
    Kind.CAPTURE: ("place_found", "tool", "tool_version"),
    Kind.SAMPLE: ("parent",),
    Kind.SPLIT: ("parent",),
}
WORDS: Final[dict[Kind, str]] = {
    Kind.RECEIVE: "Handed in",
    Kind.SEIZE: "Seized",
    Kind.VOLUNTARILY: "Given voluntarily",
    Kind.BY_ORDER: "Given on an order",
    Kind.MLA: "Received by mutual legal assistance",
    Kind.CAPTURE: "Captured online",
    Kind.SAMPLE: "Taken as a sample",
    Kind.SPLIT: "Split off",
}
_WANTED: Final = {
    "authority": "name the warrant, order or request",
    "place_found": "say where it was found; for what was captured online, its address",
    "found_by": "say who found or took it",
    "received_from": "say from whom it came",
    "tool": "name the program",
    "tool_version": "say which version of the program",
    "parent": "say from which exhibit it was taken",
}
_MOST_DIGITS: Final = 30
FIRST_ACTS: Final = frozenset(one.value for one in Kind) - {Kind.SAMPLE.value, Kind.SPLIT.value}


def words(arrival: Arrival) -> dict[str, str]:
    """What an entry says of an arrival beyond the words of every entry; nothing for what was not said."""
    told = {name: getattr(arrival, name).strip() for name in ("authority", "witness", "tool", "tool_version")}
    told["parent"] = str(arrival.parent or "")
    if arrival.occurred_at is not None and arrival.occurred_zone.strip():
        told["occurred_local"] = as_given(arrival.occurred_at)
        told["occurred_zone"] = arrival.occurred_zone.strip()
    return {name: text for name, text in told.items() if text}


def not_counted(quantity: str) -> dict[str, str]:
    """What is wrong with a quantity; nothing for a number above zero, or when none is given."""
    if not quantity.strip():
        return {}
    try:
        read = Decimal(quantity.strip())
    except InvalidOperation:
        read = Decimal(0)
    good = read.is_finite() and read > 0 and len(quantity.strip()) <= _MOST_DIGITS
    return {} if good else {"quantity": "give a number above zero, with a point before its decimals"}


def missing(arrival: Arrival, said: dict[str, str]) -> dict[str, str]:
    """What this kind of arrival needs and was not said, by field; *said* holds the texts of the origin."""
    known = said | {name: getattr(arrival, name) for name in ("received_from", "authority", "tool", "tool_version")}
    known["parent"] = str(arrival.parent or "")
    wrong = {}
    for need in NEEDS[arrival.kind]:
        names = need.split("|")
        if not any(known.get(name, "").strip() for name in names):
            wrong[names[0]] = _WANTED[names[0]]
    if arrival.tool.strip() and not arrival.tool_version.strip():
        wrong["tool_version"] = _WANTED["tool_version"]
    return wrong
