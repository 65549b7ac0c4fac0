"""What pages of orders for data show: facts, deadlines as tags, and which acts are offered when."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from app.pages.store.kits import days_left
from app.pages.store.places import due_tag
from app.pages.views.words import Tag, universal
from evidence.data_orders.rows import DataOrder
from evidence.data_orders.rules import AFTER, ANSWERS, CATEGORY_WORDS, OPEN, OUTCOME_WORDS, Kind, Law, Outcome, State
from evidence.data_orders.showing import Shown

LAWS: Final = ((Law.EU.value, "Regulation (EU) 2023/1543"), (Law.OTHER.value, "another law, named below"))
KINDS: Final = ((Kind.PRODUCTION.value, "to produce data"), (Kind.PRESERVATION.value, "to preserve data"))
CATEGORIES: Final = tuple((one.value, words) for one, words in CATEGORY_WORDS.items())
_STATES: Final = {
    State.RECORDED: Tag("receipt not recorded", "grey", "○"), State.RECEIVED: Tag("waiting for an answer", "blue", "◐"),
    State.PART: Tag("answered in part", "yellow", "◐"), State.PRESERVED: Tag("preserved", "green", "✓"),
    State.ANSWERED: Tag("answered", "green", "✓"), State.REFUSED: Tag("refused", "red", "✕"),
    State.NOTHING: Tag("nothing held", "grey", "■"), State.FOLLOWED: Tag("followed by a production", "green", "✓"),
    State.ENDED: Tag("ended", "grey", "■"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One act about an order, as its link and its page call it."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One answer as the page shows it."""

    id: UUID
    tag: Tag
    late: bool
    facts: tuple[tuple[str, str], ...]
    exhibits: tuple[tuple[str, UUID], ...]
    struck: str
    brings: bool


_STEPS: Final = {
    "receipt": "When the addressee received it",
    "confirmation": "The receipt was confirmed",
    "answer": "What the addressee answered",
    "extension": "Extend the preservation by 30 days",
    "deadline": "Set another deadline",
    "correction": "Correct what is recorded",
    "end": "It was withdrawn, or is needed no more",
    "exhibits": "Which exhibits the answer brought",
    "strike": "Strike this answer",
}


def steps(name: str) -> Step:
    """The act of this name."""
    return Step(name, _STEPS[name])


def offered(row: DataOrder) -> list[Step]:
    """The acts that make sense in the state in which an order is."""
    if row.state == State.ENDED:
        return [steps("correction")]
    eu_preservation = (row.kind, row.law) == (Kind.PRESERVATION, Law.EU)
    left_out = {
        "receipt": row.received is not None,
        "extension": not eu_preservation or bool(row.extended) or row.received is None,
    }
    names = ("receipt", "confirmation", "answer", "extension", "deadline", "correction", "end")
    return [steps(one) for one in names if not left_out.get(one)]


def outcomes(row: DataOrder) -> list[tuple[str, str]]:
    """How this order can be answered."""
    return [(one.value, OUTCOME_WORDS[one]) for one in ANSWERS[Kind(row.kind)]]


def tag_of(row: DataOrder) -> tuple[Tag, Tag | None]:
    """How far an order has come, and how its deadline stands while something is to be done."""
    stands = _STATES[State(row.state)]
    if row.due is None or row.state not in OPEN:
        return stands, None
    days = days_left(row.due)
    overdue = Tag("overdue", "red", "✕")
    return stands, overdue if row.overdue and days == 0 else due_tag(days)


def facts(told: Shown) -> tuple[tuple[str, str], ...]:
    """What an order says, in the order in which a reader asks for it."""
    row = told.row
    hidden = "sealed: for those who read the content of this case"
    said = (
        ("Law", row.basis), ("Data", row.asked_for), ("Whose data", hidden if told.sealed else told.target),
        ("Issued by", row.authority), ("Validated by", row.validated_by), ("Addressee", row.addressee),
        ("Its representative", row.representative), ("Emergency", row.emergency), ("Issued", universal(row.issued)),
        ("Received by the addressee", universal(row.received) if row.received else ""),
        ("Receipt confirmed", f"{universal(row.confirmed)}, {row.confirmation}" if row.confirmed else ""),
        ("Deadline", f"{universal(row.due)}: {row.due_because}" if row.due else "none runs"),
        ("Extended because", row.extended), ("Ended because", row.ended_because),
        ("Follows the preservation", told.follows.number if told.follows else ""),
        ("Recorded", f"{universal(row.recorded)} by {row.recorded_by.partition(':')[0]}"),
    )  # fmt: skip
    always = {"Receipt confirmed", "Received by the addressee", "Whose data", "Validated by"}
    return tuple((label, value) for label, value in said if value or label in always)


def given(told: Shown) -> list[GivenAnswer]:
    """The answers as the page shows them."""
    shown = []
    for one in told.answers:
        row, by = one.row, one.row.recorded_by.partition(":")[0]
        said = (
            ("Answered", universal(row.answered)), ("What came", one.came), ("Ground", row.ground),
            ("Recorded", f"{universal(row.recorded)} by {by}"), ("Struck because", row.struck_because),
        )  # fmt: skip
        brought = tuple((each.reference, each.id) for each in one.exhibits)
        brings = Outcome(row.outcome) in {Outcome.DATA, Outcome.PART} and not row.struck_because
        kept = tuple((label, value) for label, value in said if value)
        outcome = Outcome(row.outcome)
        word = replace(_STATES[State(AFTER[outcome])], word=OUTCOME_WORDS[outcome])
        shown.append(GivenAnswer(row.id, word, one.late, kept, brought, row.struck_because, brings))
    return shown
