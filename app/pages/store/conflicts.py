"""Pages of seals that were found where they should not be: all one may know of, an exhibit's, and one to explain."""

from typing import Any, Final
from uuid import UUID

from flask import redirect, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import Page, Shown, desk, masks_of, page, place, returning, rows_of, table_page, typed
from app.pages.views.frame import Link
from app.pages.views.tables import Cell, Column, Row, Table
from app.pages.views.words import Tag, universal
from app.wiring import transaction
from cases import access
from cases.access import Act
from evidence import exhibits
from evidence.exhibits import Exhibit
from evidence.storeroom import contents, seals
from evidence.storeroom.seals import SealConflict

_SORTS: Final = {"seal": SealConflict.number, "found": SealConflict.found}
_COLUMNS: Final = (
    Column("Seal", "seal"), Column("Found on"), Column("Why"), Column("Found", "found"), Column("By"), Column("State"),
)  # fmt: skip
_OPEN: Final = Tag("to explain", "orange", "▲")
_EXPLAINED: Final = Tag("explained", "green", "✓")
_STATES: Final = ("to explain", "explained")
_NONE: Final = "No seal was found where it should not be."


@desk.shows("/seal-conflicts")
def seal_conflicts() -> Shown:
    """The conflicts about seals of all exhibits of which the reader may know."""
    with transaction() as session:
        known = contents.known_to(actor()).with_only_columns(Exhibit.id)
        table = _table(session, select(SealConflict).where(SealConflict.exhibit_id.in_(known)))
    return table_page("store/conflicts.html", table, "conflicts", filters=_filters())


@desk.shows("/exhibits/<uuid:exhibit_id>/seal-conflicts")
def conflicts_of_exhibit(exhibit_id: UUID) -> Shown:
    """The conflicts about the seals of one exhibit."""
    with transaction() as session:
        found = exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE)
        case = access.fetch(session, actor(), found.case_id, to=Act.SEE)
        table = _table(session, select(SealConflict).where(SealConflict.exhibit_id == found.id))
        values = {"exhibit": found, "filters": _filters(), **standing(session, case)}
    return table_page("store/exhibit_conflicts.html", table, "conflicts", **values)


@desk.shows("/exhibits/<uuid:exhibit_id>/seal-conflicts/<uuid:conflict_id>")
def seal_conflict(exhibit_id: UUID, conflict_id: UUID) -> Page:
    """One conflict: which seal, where it was found, who wrote that down, and how it came if somebody has said it."""
    with transaction() as session:
        found = exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE)
        case = access.fetch(session, actor(), found.case_id, to=Act.SEE)
        one = seals.fetch_conflict(session, found, conflict_id)
        values = standing(session, case)
        told: dict[str, Any] = {"id": one.id, "number": one.number, "tag": _tag(one), "said": one.explanation}
        told["facts"] = [("Why", one.because), ("Found", f"{universal(one.found)} by {_name(one.found_by)}")]
        if one.explained is not None:
            told["facts"].append(("Explained", f"{universal(one.explained)} by {_name(one.explained_by)}"))
        told["first"] = _first(session, one)
        told["may_explain"] = one.explained is None and "handle" in values["may"]
        return page("store/conflict.html", conflict=told, exhibit=found, **values)


@desk.takes("/exhibits/<uuid:exhibit_id>/seal-conflicts/<uuid:conflict_id>")
@returning(seal_conflict)
def explain_conflict(exhibit_id: UUID, conflict_id: UUID) -> Answer:
    """State how it came; the record of both uses stays as it is."""
    with transaction() as session:
        found = exhibits.fetch(session, actor(), exhibit_id, to=Act.HANDLE)
        seals.explain(session, actor(), found, conflict_id, typed("statement"))
    return redirect(url_for("desk.seal_conflict", exhibit_id=exhibit_id, conflict_id=conflict_id))


def _table(session: Session, query: Select[SealConflict]) -> Table:
    here = place()
    sort, down = here.sorting(tuple(_SORTS), "-found")
    if (wanted := here.get("state")) in _STATES:
        explained = SealConflict.explained.is_not(None)
        query = query.where(explained if wanted == "explained" else ~explained)
    rows, more = rows_of(session, query, _SORTS[sort], SealConflict.id, down=down, after=here.get("after"))
    shown = tuple(_row(session, one) for one in rows)
    by = f"-{sort}" if down else sort
    return Table("Conflicts about seals", _COLUMNS, shown, here, sort=by, next=more, empty=_NONE)


def _row(session: Session, one: SealConflict) -> Row:
    exhibit, masks = session.get_one(Exhibit, one.exhibit_id), masks_of(session, one.case_id)
    href = url_for("desk.seal_conflict", exhibit_id=one.exhibit_id, conflict_id=one.id)
    on = Cell(exhibit.reference, href=url_for("desk.exhibit", exhibit_id=exhibit.id))
    cells = (Cell(one.number, href=href), on, Cell(masks.apply(one.because), own=True), Cell(when=one.found))
    tone = "orange" if one.explained is None else ""
    return Row((*cells, Cell(_name(one.found_by), own=True), Cell(tag=_tag(one))), tone=tone)


def _tag(one: SealConflict) -> Tag:
    return _OPEN if one.explained is None else _EXPLAINED


def _name(signature: str) -> str:
    return signature.partition(":")[0]


def _first(session: Session, one: SealConflict) -> Link | None:
    """The exhibit on which the seal is on record, for whoever may know of that too."""
    known = contents.known_to(actor()).where(Exhibit.id == one.first_exhibit_id)
    found = session.scalar(known) if one.first_exhibit_id != one.exhibit_id else None
    return Link(found.reference, url_for("desk.exhibit", exhibit_id=found.id)) if found else None


def _filters() -> list[Link]:
    here = place()
    return [
        Link(one, here.having(state="" if here.get("state") == one else one, after="").url, here.get("state") == one)
        for one in _STATES
    ]
