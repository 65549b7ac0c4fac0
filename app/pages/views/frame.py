"""What surrounds every page: who reads, for what, in which language and zone, and where else one can go."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from core.accounts import Actor, Role

RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "ps", "ur"})
LANGUAGES: Final = ("en", "fr", "ar")


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another page, and whether the reader is there now."""

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What a refusal means to the person: its title, what was kept, and what to do."""

    title: str
    kept: str
    todo: str


_NOTHING: Final = "Nothing was changed, and nothing that was stored is lost."
_ELSE: Final = "What was stored is safe; the act you asked for was not done."
REFUSALS: Final[Mapping[int, Words]] = {
    400: Words(
        "This form can no longer be used", _NOTHING, "Go back, load the page again and send the form once more."
    ),
    401: Words("You are not signed in", _NOTHING, "Sign in. You come back to where you were."),
    403: Words(
        "This is not yours to do",
        _NOTHING,
        "Ask the lead of the case or your supervisor. The refusal stands in the ledger.",
    ),
    404: Words(
        "There is nothing here for you",
        _NOTHING,
        "Check the address. What you may not see is answered in the same way as what does not exist.",
    ),
    405: Words("This cannot be done at this address", _NOTHING, "Go back and use the buttons of the page."),
    409: Words(
        "This does not fit how things stand now",
        "What others did was kept; what you asked for was not done.",
        "Go back, load the page again, look at the new state and decide anew.",
    ),
    413: Words(
        "This is larger than can be taken",
        "Nothing of it was kept.",
        "Send large files from the page of an exhibit, or ask the administrator to raise the limit.",
    ),
    422: Words("This cannot be taken as it stands", _NOTHING, "Go back and put right what is named."),
    429: Words("Too many tries", _NOTHING, "Wait a quarter of an hour, or ask the administrator."),
    500: Words(
        "This went wrong on our side",
        _ELSE,
        "Try once more. If it comes again, tell your administrator the words above.",
    ),
    503: Words(
        "Something is out of reach", _ELSE, "Wait a little and try again. If it lasts, tell your administrator."
    ),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The head and foot of a page."""

    office: str
    here: str
    language: str = "en"
    zone: str = "UTC"
    person: str = ""
    purpose: str = ""
    navigation: tuple[Link, ...] = ()

    @property
    def refusals(self) -> Mapping[int, Words]:
        """What each status means to a person."""
        return REFUSALS

    @property
    def direction(self) -> str:
        """Which way the language runs."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    @property
    def signed_in(self) -> bool:
        """Whether anybody is signed in."""
        return bool(self.person)


def signed_in(frame: Frame, actor: Actor, display: str, path: str) -> Frame:
    """The same frame for somebody who has come in."""
    return replace(frame, person=display, purpose=actor.purpose.replace("_", " "), navigation=navigation(actor, path))


def navigation(actor: Actor, path: str) -> tuple[Link, ...]:
    """Where this person can go from everywhere; what is of no use to a role is left out."""
    places = [("Start", "/"), ("Cases", "/cases")]
    if not actor.holds(Role.AUDITOR, Role.ADMINISTRATOR):
        places.append(("Search", "/search"))
    places.append(("Store", "/scan"))
    if actor.holds(Role.SUPERVISOR, Role.PROSECUTOR):
        places.append(("Retention", "/retention"))
    if actor.holds(Role.AUDITOR):
        places.append(("Ledgers", "/ledgers"))
        places.append(("Incidents", "/incidents"))
    if actor.holds(Role.ADMINISTRATOR):
        places.append(("Administration", "/administration"))
    if actor.holds(Role.AUDITOR, Role.ADMINISTRATOR):
        places.append(("Log", "/log"))
    return tuple(Link(label, href, _within(path, href)) for label, href in places)


def language(wanted: str, chosen: str) -> str:
    """The language asked for in the address, else the one chosen before, else English."""
    return next((one for one in (wanted, chosen) if one in LANGUAGES), LANGUAGES[0])


def _within(path: str, place: str) -> bool:
    return path == place or (place != "/" and path.startswith(place + "/"))
