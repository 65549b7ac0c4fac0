"""Exhibits and files as their pages show them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.pages.views.words import Tag, state, universal
from cases.access import Act
from cases.handling import HANDLING_WORDS, Handling, Sensitivity
from evidence.authorities import Authority
from evidence.exhibits import Exhibit, ExhibitNumber
from evidence.files import File

Pairs = tuple[tuple[str, str], ...]
NO_TEXT: Final = {
    "waiting": "It has not been read yet. The worker does this in turn.",
    "empty": "The file was read and holds no text.",
    "refused": "It was not read, for the reason above. The original is whole and can be taken out.",
    "failed": "It could not be read, for the reason above. The original is whole and can be taken out.",
    "not_allowed": "It is not read before a legal authority is recorded on the page of its exhibit.",
}


@dataclass(frozen=True, slots=True)
class ExhibitLink:
    """A page about one exhibit: what its link says, its endpoint, and what one must be allowed to do to see it."""

    label: str
    endpoint: str
    act: Act = Act.SEE


# One line for each page about an exhibit; the endpoint takes `exhibit_id`.
EXHIBIT_LINKS: Final[tuple[ExhibitLink, ...]] = (
    ExhibitLink("Continuity", "desk.continuity"),
    ExhibitLink("Integrity", "desk.exhibit_integrity"),
    ExhibitLink("Collected online", "desk.online_items"),
    ExhibitLink("Uploads", "desk.uploads", Act.ADD),
    ExhibitLink("Label", "desk.exhibit_label", Act.HANDLE),
    ExhibitLink("Seal conflicts", "desk.conflicts_of_exhibit"),
    ExhibitLink("Ending", "desk.exhibit_ending"),
)


@dataclass(frozen=True, slots=True)
class Caution:
    """Something that the reader of a page must not miss."""

    title: str
    text: str
    tone: str = "orange"


@dataclass(frozen=True, slots=True)
class ExhibitView:
    """What a page says of an exhibit."""

    id: UUID
    label: str
    description: str
    state: Tag
    custodian: str
    place: str
    facts: Pairs
    numbers: Pairs
    authorities: tuple[Pairs, ...]
    warnings: tuple[Caution, ...] = ()

    @property
    def href(self) -> str:
        """The exhibit's own page."""
        return f"/exhibits/{self.id}"

    @property
    def deliver_href(self) -> str:
        """Where its files are handed in."""
        return f"{self.href}/deliver"

    @property
    def authority(self) -> bool:
        """Whether any legal authority is recorded."""
        return bool(self.authorities)


@dataclass(frozen=True, slots=True)
class Near:
    """A file beside another: what it was made from, or what was made from it."""

    name: str
    href: str
    words: str


@dataclass(frozen=True, slots=True)
class FileView:
    """What a page says of a file."""

    id: UUID
    name: str
    exhibit: str
    exhibit_href: str
    media_type: str
    size: int
    state: Tag
    reading: Tag
    because: str
    no_text: str
    may_open: bool
    metadata: Pairs
    derived: tuple[Near, ...]
    warnings: tuple[Caution, ...]
    also_as: tuple[Near, ...] = ()


def label(exhibit: Exhibit) -> str:
    """How an exhibit is called on a page."""
    return exhibit.reference


def exhibit_view(exhibit: Exhibit, numbers: Sequence[ExhibitNumber], granted: Sequence[Authority]) -> ExhibitView:
    """Shape an exhibit for its pages."""
    kept, handling = Sensitivity(exhibit.sensitivity), Handling(exhibit.handling)
    facts = (
        ("Kept as", f"{kept.name}: {kept.meaning}"),
        ("Its provider allows", f"{handling.value}: {HANDLING_WORDS[handling]}"),
        ("Found at", exhibit.place_found),
        ("Taken from", exhibit.seized_from),
        ("Taken when, as written", exhibit.seized_as_written),
        ("Taken when, in UTC", universal(exhibit.seized_at) if exhibit.seized_at else ""),
        ("Officer", exhibit.officer),
        ("Condition", exhibit.condition),
        ("Seal", exhibit.seal or "none"),
        ("Registered", f"{universal(exhibit.registered)} by {exhibit.registered_by.partition(':')[0]}"),
    )
    missing = Caution(
        "No legal authority is recorded",
        "Its files are stored and sealed. They are not read or searched until you add one below.",
    )
    return ExhibitView(
        id=exhibit.id,
        label=label(exhibit),
        description=exhibit.description,
        state=state(exhibit.state),
        custodian=exhibit.custodian,
        place=exhibit.place,
        facts=facts,
        numbers=tuple((one.scheme, f"{one.value}{', ' + one.issuer if one.issuer else ''}") for one in numbers),
        authorities=tuple(_authority(one) for one in granted),
        warnings=() if granted else (missing,),
    )


def file_view(file: File, exhibit: Exhibit, facts: Mapping[str, str], near: Collection[Near]) -> FileView:
    """Shape a file for its page."""
    return FileView(
        id=file.id,
        name=file.shown_name,
        exhibit=label(exhibit),
        exhibit_href=f"/exhibits/{exhibit.id}",
        media_type=file.media_type,
        size=file.size,
        state=state(file.state),
        reading=state(file.reading),
        because=file.reading_because,
        no_text=NO_TEXT.get(file.reading, "It was read, and no passage is left to show."),
        may_open=file.state != "frozen",
        metadata=_metadata(file, facts),
        derived=tuple(near),
        warnings=tuple(_warnings(file)),
    )


def near_of(parent: File | None, children: Collection[File]) -> list[Near]:
    """What a file was made from, and what was made from it."""
    above = [] if parent is None else [Near(parent.shown_name, f"/files/{parent.id}", "it was made from this")]
    return above + [Near(one.shown_name, f"/files/{one.id}", _method(one)) for one in children]


def _method(file: File) -> str:
    told = [str(file.method[name]) for name in ("name", "tool", "version") if file.method.get(name)]
    return "made from it" + (": " + ", ".join(told) if told else "")


def _metadata(file: File, facts: Mapping[str, str]) -> Pairs:
    own = [
        ("Received", f"{universal(file.received)} by {file.received_by.partition(':')[0]}"),
        ("Size", f"{file.size:,} bytes"),
    ]
    if file.language:
        own.append(("Language, guessed", file.language))
    if file.dated:
        own.append(("Dated", universal(file.dated)))
    return (*own, *((name[:1].upper() + name[1:], value) for name, value in sorted(facts.items())))


def _warnings(file: File) -> list[Caution]:
    if file.state == "quarantined":
        text = "It is stored as it came and set apart; it is not read or searched. Compare the source."
        return [Caution(f"What came is not what was stated: {file.state_because}", text, "red")]
    if file.state == "frozen":
        text = "It cannot be opened. Nothing was repaired; tell the administrator and the lead of the case."
        return [Caution(f"Its stored bytes did not hold: {file.state_because}", text, "red")]
    return []


def _authority(one: Authority) -> Pairs:
    told = [("Kind", one.kind), ("Number", one.number), ("Issued by", one.issuer), ("What it allows", one.scope)]
    told.append(("Valid from", universal(one.valid_from) if one.valid_from else ""))
    told.append(("Expires", universal(one.expires) if one.expires else ""))
    if one.out_of_scope:
        told.append(("Does not cover it", one.out_of_scope))
    return tuple(told)
