"""A case as the head of its pages shows it, and what can be decided about it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.pages.views.frame import Link
from app.pages.views.words import Tag, state
from cases.access import Act, Membership
from cases.docket import CLOSED, Case
from cases.handling import Sensitivity
from core.accounts import User

TABS: Final = (
    ("Overview", ""),
    ("People", "/people"),
    ("Exhibits", "/exhibits"),
    ("Money", "/money"),
    ("Data orders", "/data-orders"),
    ("Dossiers", "/dossiers"),
    ("Ending", "/endings"),
    ("Ledger", "/ledger"),
)

# Pages that stand outside the address of their case, by the tab they belong to.
ABOUT: Final[Mapping[str, tuple[str, ...]]] = {
    "/exhibits": ("/exhibits/", "/files/", "/deliveries/"),
    "/money": ("/statements/",),
    "/data-orders": ("/data-orders/",),
    "/dossiers": ("/dossiers/",),
    "/endings": ("/endings/",),
}


@dataclass(frozen=True, slots=True)
class CaseView:
    """What identifies a case on each of its pages."""

    id: UUID
    title: str
    number: str
    lead: str
    class_name: str
    class_words: str
    state: Tag
    restricted: Tag | None
    tabs: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """How many files were announced, and what became of them."""

    announced: int
    stored: int
    refused: int
    waiting: int

    @property
    def holds(self) -> bool:
        """Whether the parts add up to the whole."""
        return self.announced == self.stored + self.refused + self.waiting

    @property
    def tag(self) -> Tag:
        """The same as a word."""
        return Tag("adds up", "green", "✓") if self.holds else Tag("does not add up", "red", "≠")


@dataclass(frozen=True, slots=True)
class Count:
    """How many files stand in one state, and where they are listed."""

    tag: Tag
    count: int
    href: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A weighty decision about a case: what it is called, and what follows from it."""

    name: str
    label: str
    title: str
    follows: tuple[str, ...]


STEPS: Final = {
    "restrict": Step(
        "restrict",
        "Restrict the case",
        "Restrict this case",
        (
            "It is left out of what other cases are compared with.",
            "Its members keep their access.",
            "You can lift this again.",
        ),
    ),
    "lift": Step(
        "lift",
        "Lift the restriction",
        "Lift the restriction of this case",
        ("Its selectors are shown again to those who may see both cases.",),
    ),
    "close": Step(
        "close",
        "Close the case",
        "Close this case",
        (
            "Nothing can be added or changed any more; reading stays possible.",
            "Custody goes on: its things can be moved, returned, and disposed of by order.",
            "It stays open while an exhibit is out or on offer.",
            "It can be opened again, with a reason.",
        ),
    ),
    "reopen": Step("reopen", "Open it again", "Open this case again", ("Evidence can be added and changed again.",)),
}


def case_view(case: Case, members: Collection[tuple[Membership, User]], path: str) -> CaseView:
    """The head of a case's pages."""
    home = f"/cases/{case.id}"
    kept = Sensitivity(case.sensitivity)
    leads = [user.display for member, user in members if member.duty == "lead"]
    return CaseView(
        id=case.id,
        title=case.title,
        number=case.number,
        lead=", ".join(leads) or "nobody",
        class_name=kept.name,
        class_words=kept.meaning,
        state=state(case.state),
        restricted=state("restricted") if case.restricted else None,
        tabs=tuple(Link(label, home + end, _here(path, home, end)) for label, end in TABS),
    )


def _here(path: str, home: str, end: str) -> bool:
    """Whether a page belongs to a tab, by its address or by what it is about."""
    within = end != "" and path.startswith(home + end + "/")
    return path == home + end or within or path.startswith(ABOUT.get(end, ("\0",)))


def steps(case: Case, acts: Collection[Act]) -> tuple[Link, ...]:
    """The decisions that this person could take about the case now."""
    if Act.MANAGE not in acts:
        return ()
    names = ["lift" if case.restricted else "restrict", "reopen" if case.state == CLOSED else "close"]
    return tuple(Link(STEPS[name].label, f"/cases/{case.id}/{name}") for name in names)


def classes() -> list[tuple[str, str]]:
    """The classes to choose from, each with its meaning."""
    return [(one.name, f"{one.name}: {one.meaning}") for one in Sensitivity]
