"""Dossiers as their pages show them: what is checked before one leaves, what became of it, and who signed it off."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.pages.views.forms import Form
from app.pages.views.tables import Cell, Column, Place, Row, Table
from app.pages.views.words import Tag, state, universal
from cases.handling import NEVER_EXPORTED, Sensitivity
from evidence.exhibits import Exhibit
from exports.register import Export, SignedOff, State

_COLUMNS: Final = (Column("Dossier"), Column("For whom"), Column("Ordered by"), Column("Ordered"), Column("State"))
_STATES: Final = {
    State.ORDERED: state("building"), State.MADE: state("built"), State.FAILED: state("failed"),
    State.EXPUNGED: Tag("expunged", "grey", "■"),
}  # fmt: skip
_MAY_WAIT: Final = Tag("printed as a weakness", "orange", "▲")
_FINE: Final = Tag("in order", "green", "✓")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at before a dossier leaves."""

    title: str
    note: str
    tag: Tag
    href: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """An exhibit that can be taken into a dossier."""

    id: UUID
    label: str
    description: str
    href: str
    files: int
    state: Tag
    chosen: bool
    place: str
    never: str


@dataclass(frozen=True, slots=True)
class Download:
    """Something that can be taken out."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of a dossier."""

    id: UUID
    title: str
    href: str
    state: Tag
    words: str
    running: bool
    built: bool
    failed: str
    facts: tuple[tuple[str, str], ...]
    digests: tuple[tuple[str, str], ...]
    downloads: tuple[Download, ...]
    signoffs: tuple["SignedView", ...]
    may_sign: bool


@dataclass(frozen=True, slots=True)
class SignedView:
    """Who signed a version off."""

    who: str
    role: str
    at: datetime
    words: str


def choices(exhibits: Sequence[Exhibit], counts: dict[UUID, int], form: Form) -> list[Choice]:
    """The exhibits in the order that was typed, or as they are listed; all are chosen until somebody chooses."""
    asked = "title" in form.typed
    taken = set(form.values("exhibit"))
    shaped = [
        Choice(
            one.id,
            one.reference,
            one.description,
            f"/exhibits/{one.id}",
            counts.get(one.id, 0),
            state(one.state),
            (str(one.id) in taken if asked else True) and not _never(one),
            form.value(f"place-{one.id}") or str(at),
            _never(one),
        )
        for at, one in enumerate(exhibits, start=1)
    ]
    return sorted(shaped, key=lambda one: int(one.place) if one.place.isdecimal() else 0)


def check(title: str, wrong: int, *, fine: str, amiss: str, href: str = "") -> Check:
    """A check by how many things are amiss."""
    return Check(title, f"{amiss}: {wrong:,}" if wrong else fine, _MAY_WAIT if wrong else _FINE, href if wrong else "")


def dossiers_table(found: Iterable[Export], here: Place) -> Table:
    """The dossiers of a case."""
    rows = tuple(_row(one) for one in found)
    return Table("Dossiers", _COLUMNS, rows, here, total=len(rows), empty="No dossier has been built yet.")


def version_view(export: Export, signed: Sequence[SignedOff], *, may_sign: bool) -> VersionView:
    """Shape one version."""
    href = f"/dossiers/{export.id}"
    made = export.state == State.MADE
    facts = (
        ("Number", f"{export.dossier}, version {export.version}"),
        ("For whom", export.recipient),
        ("Purpose", export.purpose.replace("_", " ")),
        ("Ordered", f"{universal(export.asked_at)} by {export.asked_name}"),
        ("Made", universal(export.made_at) if export.made_at else ""),
        ("Size of the bundle", f"{export.digests['bytes']:,} bytes" if "bytes" in export.digests else ""),
    )
    downloads = (Download("The dossier (PDF)", f"{href}/pdf"), Download("The whole bundle (tar)", f"{href}/bundle"))
    return VersionView(
        id=export.id,
        title=export.title,
        href=href,
        state=_STATES[State(export.state)],
        words="The worker is making it." if export.state == State.ORDERED else "",
        running=export.state == State.ORDERED,
        built=made,
        failed=export.because if export.state == State.FAILED else "",
        facts=facts,
        digests=_digests(export),
        downloads=downloads if made else (),
        signoffs=tuple(SignedView(one.who, one.role, one.at, one.words) for one in signed),
        may_sign=may_sign,
    )


def parts_table(export: Export, references: dict[str, str], here: Place) -> Table:
    """What a version holds, each exhibit with the end of its custody chain at that moment."""
    columns = (Column("Exhibit"), Column("Custody up to"))
    held = export.versions.get("exhibits", {})
    rows = tuple(
        Row((Cell(references.get(exhibit, exhibit), href=f"/exhibits/{exhibit}"), Cell(digest=digest)))
        for exhibit, digest in held.items()
    )
    return Table("What it holds", columns, rows, here, total=len(rows), csv=False)


def _digests(export: Export) -> tuple[tuple[str, str], ...]:
    """The digests of what was made, and the public key under which it was signed."""
    told = [(name.replace("_", " "), value) for name, value in sorted(export.digests.items()) if isinstance(value, str)]
    return (*told, ("public key", export.key_id)) if export.key_id else tuple(told)


def _never(one: Exhibit) -> str:
    kept = Sensitivity(one.sensitivity)
    return f"{kept.name} never leaves in a dossier: {kept.meaning}" if kept in NEVER_EXPORTED else ""


def _row(one: Export) -> Row:
    name = Cell(one.title, href=f"/dossiers/{one.id}", note=f"{one.dossier}, version {one.version}")
    cells = (name, Cell(one.recipient, own=True), Cell(one.asked_name, own=True), Cell(when=one.asked_at))
    return Row((*cells, Cell(tag=_STATES[State(one.state)], note=one.because)))
