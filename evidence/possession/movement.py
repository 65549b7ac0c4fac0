"""What is said about one act of possession, and whether it is enough: what is missing is refused and never made up."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core import clock
from core.errors import Conflict, Forbidden, Invalid
from evidence import exhibits
from evidence.exhibits import AHEAD
from evidence.possession import times
from evidence.possession.arrivals import not_counted
from evidence.possession.verbs import ARRIVALS, Verb

_LONGEST: Final = 4_000


class WrongState(Conflict):
    """The exhibit is not in a state in which this can be done with it."""


class Overtaken(Conflict):
    """Somebody else did something with the exhibit after this person last looked."""


class NotTheCustodian(Forbidden):
    """Only the person who has the exhibit can do this."""


class NotTheReceiver(Forbidden):
    """Only the person to whom the exhibit is offered can answer, and nobody answers an own offer."""


class BadMovement(Invalid):
    """Something that this act needs is missing or cannot be so; `fields` names each fault."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What is said about one act of custody; which parts are needed depends on the verb (`verbs.RULES`).

    `to` is a colleague, `outside` a laboratory, court, agency or person.  `seal` is the number found on arrival or put
    on, `put_on` the one that a laboratory or court says it has put on.  `occurred_at` is when it happened, now unless
    given, `occurred_zone` the zone of a local time; `seen` is the position of the last entry the person had in view.
    """

    to: UUID | None = None
    outside: str = ""
    place: str = ""
    reason: str = ""
    seal: str = ""
    put_on: str = ""
    condition: str = ""
    note: str = ""
    witness: str = ""
    receipt: str = ""
    authority: str = ""
    packaging: str = ""
    label: str = ""
    tests: str = ""
    reference: str = ""
    description: str = ""
    quantity: str = ""
    unit: str = ""
    notice: str = ""
    court: str = ""
    hearing: str = ""
    number: str = ""
    method: str = ""
    tool: str = ""
    tool_version: str = ""
    appeal_ends: datetime | None = None
    due: datetime | None = None
    corrects: int | None = None
    photo: UUID | None = None
    occurred_at: datetime | None = None
    occurred_as_written: str = ""
    occurred_zone: str = ""
    seen: int | None = None

    @property
    def happened(self) -> datetime | None:
        """When it happened as an instant; raises BadZone for a local time that cannot be placed."""
        return None if self.occurred_at is None else times.instant(self.occurred_at, self.occurred_zone)

    def texts(self) -> dict[str, str]:
        """Every text of the movement, trimmed."""
        return {name: held.strip() for name in NAMES if isinstance(held := getattr(self, name), str)}

    def words(self) -> dict[str, Any]:
        """What is said, for the entry: the texts that every entry carries, and of the others those that are given."""
        told: dict[str, Any] = {name: text for name, text in self.texts().items() if text or name in _ALWAYS}
        told.pop("seal", None)
        told |= {name: clock.stamp(at) for name in ("appeal_ends", "due") if (at := getattr(self, name))}
        if self.occurred_at is not None and (self.occurred_zone.strip() or self.occurred_at.utcoffset()):
            told["occurred_local"] = times.as_given(self.occurred_at)
        if self.photo is not None:
            told["photo"] = str(self.photo)
        return told


NAMES: Final = tuple(one.name for one in fields(Movement))
TEXTS: Final = tuple(one.name for one in fields(Movement) if one.type is str)
_ALWAYS: Final = frozenset({
    "place", "reason", "condition", "note", "witness", "receipt", "authority", "occurred_as_written",
})  # fmt: skip
WANTED: Final = {
    "place": "say where it is",
    "reason": "say why",
    "outside": "say which laboratory, court, agency or person takes it",
    "seal": "give the number of the new seal",
    "note": "write the note",
    "witness": "say who was present",
    "receipt": "give the number of the receipt; without one it cannot be proved",
    "authority": "name the order, warrant or request",
    "packaging": "say in which bag or box, with its number",
    "label": "give the number of the label",
    "tests": "name the tests in the order in which they are to be done",
    "reference": "give the reference",
    "description": "say what it is, neutrally",
    "quantity": "give the quantity as a number",
    "unit": "say in what it is counted, such as g, ml, pieces",
    "notice": "say when and how the defence was told, or why it need not be",
    "condition": "say in what condition it is now",
    "court": "say which court",
    "hearing": "say which hearing",
    "number": "give the number of the order",
    "method": "say how it is done",
    "appeal_ends": "say when the time for appeals ends",
    "corrects": "give the number of the entry that is corrected",
    "photo": "choose a photograph of the exhibit",
    "to": "say to which colleague you offer it",
    "tool_version": "say which version of the program",
}


def check(movement: Movement, needs: tuple[str, ...], late_after: timedelta) -> None:
    """Say nothing when the act has all that it needs; raises BadMovement with every fault at once."""
    wrong = exhibits.faults((name, text, _LONGEST) for name, text in movement.texts().items())
    wrong |= {name: WANTED[name] for name in needs if name != "to" and not _given(getattr(movement, name))}
    if movement.tool.strip() and not movement.tool_version.strip():
        wrong["tool_version"] = WANTED["tool_version"]
    wrong |= not_counted(movement.quantity)
    wrong |= _times(movement, late_after)
    if wrong:
        raise BadMovement(exhibits.told(wrong), fields=wrong)


def amount(text: str) -> Decimal:
    """A quantity as a number; raises BadMovement."""
    if wrong := not_counted(text):
        raise BadMovement(exhibits.told(wrong), fields=wrong)
    return Decimal(text.strip())


def found_seal(verb: Verb, movement: Movement, before: str) -> str:
    """The seal that an act found: what the person says on arrival, else the one that it bore."""
    return movement.seal.strip() if verb in ARRIVALS else before


def _given(held: object) -> bool:
    return bool(held.strip()) if isinstance(held, str) else held is not None


def _times(movement: Movement, late_after: timedelta) -> dict[str, str]:
    wrong = {}
    for name in ("appeal_ends", "due"):
        at = getattr(movement, name)
        if at is not None and at.tzinfo is None:
            wrong[name] = "say in which zone: add Z or an offset such as +01:00"
    try:
        at = movement.happened
    except times.BadZone as unknown:
        return wrong | unknown.fields
    if at is not None and at.astimezone(UTC) > clock.now() + AHEAD:
        wrong["occurred_at"] = "this time has not come yet"
    if at is not None and clock.now() - at > late_after and not movement.note.strip():
        hours = late_after // timedelta(hours=1)
        wrong["note"] = f"this is entered more than {hours} hours after it happened; say why"
    return wrong
