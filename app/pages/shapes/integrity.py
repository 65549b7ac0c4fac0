"""Incidents, hashes by target, checks and walks as their pages show them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from app.pages.views.tables import Cell, Column, Place, Row, Table
from app.pages.views.words import Tag
from core import clock
from evidence.derivation import Step
from evidence.files import File
from evidence.incidents import Incident, State
from evidence.integrity.comparing import Compared
from evidence.integrity.view import View

_STATES: Final = {
    State.OPEN.value: Tag("open", "red", "✕"),
    State.EXPLAINED.value: Tag("explained", "orange", "◐"),
    State.CLOSED.value: Tag("closed", "grey", "■"),
}
_RESULTS: Final = {
    "computed": Tag("computed here", "green", "✓"),
    "the same": Tag("same", "green", "✓"),
    "DIFFERS": Tag("differs", "red", "≠"),
}
_OTHER: Final = Tag("hash of another thing", "grey", "○")
_INCIDENTS: Final = (Column("Number"), Column("What"), Column("Why"), Column("State"), Column("Opened"))
_HASHES: Final = (
    Column("Hash of"), Column("Algorithm"), Column("Value"), Column("Stated by"), Column("When"), Column("Compared"),
)  # fmt: skip
_LOOKS: Final = (Column("When"), Column("What"), Column("By"), Column("Outcome"), Column("Entry", number=True))
_WALK: Final = (Column("Step"), Column("What"), Column("When, by whom"), Column("With"), Column("SHA-256"))


def _why(one: Incident) -> str:
    return one.because


def incident_state(one: Incident) -> Tag:
    """Where an incident stands, as a tag."""
    return _STATES[one.state]


def incidents_table(
    found: Sequence[Incident], here: Place, caption: str = "Incidents", why: Callable[[Incident], str] = _why
) -> Table:
    """Incidents in the order in which they are given; *why* says why each was opened, as far as the reader may know."""
    rows = tuple(
        Row(
            (
                Cell(one.number, href=f"/incidents/{one.id}"),
                Cell(one.kind),
                Cell(why(one), own=True),
                Cell(tag=incident_state(one)),
                Cell(when=one.opened),
            ),
            tone="" if one.state == State.CLOSED else "red",
        )
        for one in found
    )
    return Table(caption, _INCIDENTS, rows, here, total=len(rows), csv=False, empty="There has been no incident.")


def hashes_table(told: View) -> Table:
    """Every hash with what it is a hash of."""
    rows = tuple(
        Row(
            (
                Cell(one.target.replace("_", " "), note=one.meaning),
                Cell(one.algorithm),
                Cell(digest=one.value),
                Cell(one.by, own=True, note=one.because),
                Cell(when=clock.parse(one.at)),
                Cell(tag=_RESULTS.get(one.result, _OTHER)),
            ),
            tone="red" if one.result == "DIFFERS" else "",
        )
        for one in told.hashes
    )
    return Table("Hashes by what they are a hash of", _HASHES, rows, Place(""), csv=False, total=len(rows))


def looks_table(told: View) -> Table:
    """When the bytes were looked at and what happened to them, the latest first."""
    rows = tuple(
        Row(
            (
                Cell(when=clock.parse(one.at)),
                Cell(one.what),
                Cell(one.by, own=True),
                Cell(one.result, own=True),
                Cell(str(one.position)),
            )
        )
        for one in told.looks
    )
    return Table("When its bytes were looked at", _LOOKS, rows, Place(""), csv=False, empty="Not since they came in.")


def walk_table(told: View) -> Table:
    """The walk from the seal to the file."""
    rows = tuple(_step(step) for step in told.walk)
    return Table("The walk from the seal to this file", _WALK, rows, Place(""), csv=False)


def files_table(found: Iterable[File]) -> Table:
    """The files of an exhibit, each leading to its own integrity."""
    rows = tuple(
        Row((
            Cell(one.shown_name, href=f"/files/{one.id}/integrity", note="derived" if one.parent_id else ""),
            Cell(digest=one.sha256),
            Cell(one.state),
        ))
        for one in found
    )  # fmt: skip
    columns = (Column("File"), Column("SHA-256"), Column("State"))
    return Table("Its files", columns, rows, Place(""), csv=False, total=len(rows), empty="It has no file.")


def compared_table(found: Compared) -> Table:
    """What comparing a list came to, what does not fit first."""
    red, grey, green = Tag("differs", "red", "≠"), Tag("only in the list", "orange", "▲"), Tag("same", "green", "✓")
    rows = [Row((Cell(one.line.name, own=True), Cell(one.here, own=True), Cell(tag=red, note=one.note)), tone="red")
            for one in found.differ]  # fmt: skip
    rows += [Row((Cell(one.name or one.values[0][1], own=True), Cell(), Cell(tag=grey))) for one in found.extra]
    missing = Tag("only here", "orange", "▲")
    rows += [Row((Cell(), Cell(one, own=True), Cell(tag=missing))) for one in found.missing]
    rows += [Row((Cell(one.line.name, own=True), Cell(one.here, own=True), Cell(tag=green, note=one.note)))
             for one in found.agree]  # fmt: skip
    columns = (Column("In the list"), Column("Here"), Column("Outcome"))
    return Table("What the comparison came to", columns, tuple(rows), Place(""), csv=False, total=len(rows))


def _step(step: Step) -> Row:
    tool = " ".join(part for part in (step.tool, step.version) if part)
    at = clock.parse(step.at) if step.at.endswith("Z") else None
    cells = (
        Cell(step.what),
        Cell(step.name or "none recorded", own=True, note="; ".join(step.missing)),
        Cell("" if at else step.at, when=at, note=step.by),
        Cell(tool, own=True, note=step.parameters),
        Cell(digest=step.sha256) if step.sha256 else Cell(),
    )
    return Row(cells, tone="orange" if step.missing else "")
