"""The acts of possession as pages ask about them: the fields of each, from the vocabulary of `evidence.possession`."""

from dataclasses import dataclass, replace
from typing import Final

from evidence.exhibits import Exhibit
from evidence.possession.verbs import ARRIVALS, RULES, Rule, Verb

# When these are needed stands in the hint beside them.
_SAID_BY_HINT: Final = frozenset({"seal", "note", "put_on"})
_NARROW: Final = "govuk-input--width-20"
_SHORT: Final = "govuk-input--width-10"


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
    chosen: bool = False


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


_FOUND: Final = Field(
    "seal", "Number of the seal that you found", "Leave it empty only if there is none.", width=_NARROW
)
FIELDS: Final = {
    one.name: one
    for one in (
        Field("to", "To whom", chosen=True),
        Field("outside", "Who takes it", "The laboratory, court, agency or person, and the name of who signs for it."),
        Field("place", "Place", "Down to the shelf, or the code on its label."),
        Field("reason", "Reason", long=True),
        Field("seal", "Number of the new seal", width=_NARROW),
        Field(
            "put_on", "Number of the seal that was put on there, by the receipt", "Only if there is one.", width=_NARROW
        ),
        Field("condition", "Condition", long=True),
        Field("witness", "Who was present"),
        Field("receipt", "Number of the receipt", width=_NARROW),
        Field("authority", "By whose order", "The number of the order, warrant or request."),
        Field("packaging", "Bag or box, with its number"),
        Field("label", "Number of the label", width=_NARROW),
        Field("tests", "Tests, in the order in which they are to be done", "DNA before chemicals.", long=True),
        Field("reference", "Reference", "As it stands on the bag or the label.", width=_NARROW),
        Field("description", "What it is", "Neutrally, without the name of a witness or victim.", long=True),
        Field("quantity", "Quantity", "A number, with a point before its decimals.", width=_SHORT),
        Field("unit", "Counted in", "For example g, ml, pieces.", width=_SHORT),
        Field("notice", "When and how the defence was told", "Or why it need not be.", long=True),
        Field("court", "Court"),
        Field("hearing", "Hearing"),
        Field("number", "Number of the order", width=_NARROW),
        Field("method", "How it is done", long=True),
        Field("tool", "Program", "If one was used."),
        Field("tool_version", "Version of the program", width=_SHORT),
        Field("appeal_ends", "The time for appeals ends, in UTC", type="datetime-local", width=_NARROW),
        Field("due", "To be back by, in UTC", type="datetime-local", width=_NARROW),
        Field("corrects", "Number of the entry that is corrected", type="number", width=_SHORT),
        Field("photo", "Photograph", "A file of the exhibit that is marked as a photograph.", chosen=True),
        Field("note", "Note", "Needed when something is not as it should be, or is written down late.", long=True),
    )
}
_WHEN: Final = (
    Field("occurred_at", "When it happened, on the clock there", "Leave it empty if it happens now.",
          type="datetime-local", width=_NARROW),
    Field("occurred_zone", "Time zone of that clock", "A name like Europe/Rome, or an offset like +02:00.",
          width=_NARROW),
    Field("occurred_as_written", "When, as the paper has it"),
)  # fmt: skip


def _move(verb: Verb, rule: Rule) -> Move:
    names = [*rule.needs, *rule.takes]
    names += [] if "note" in names else ["note"]
    fields = [_FOUND if name == "seal" and _finds(verb) else FIELDS[name] for name in names]
    asked = {*rule.needs, *_SAID_BY_HINT}
    marked = [one if one.name in asked else replace(one, label=f"{one.label} (optional)") for one in fields]
    return Move(verb, rule.title, rule.title, rule.follows, (*marked, *_WHEN), rule.dangerous)


def _finds(verb: Verb) -> bool:
    return verb in ARRIVALS or verb is Verb.LAB_RECEIVE


MOVES_SHOWN: Final = {verb: _move(verb, rule) for verb, rule in RULES.items()}
