"""One list of everything with a deadline that the reader may know of, the most urgent first, coloured by days left."""

from dataclasses import replace
from typing import Any, Final

from flask import url_for
from sqlalchemy.orm import Session

from app.auth import actor
from app.pages.counter import Shown, desk, masks_of, place, table_page
from app.pages.store.kits import days_left
from app.pages.store.places import due_tag
from app.pages.views.frame import Link
from app.pages.views.tables import ROWS, Cell, Column, Row, Table
from app.pages.views.words import Tag
from app.wiring import transaction
from evidence import deadlines
from evidence.deadlines import Obligation

_COLUMNS = (Column("What"), Column("Kind"), Column("By when"), Column("Left"))
_WITHIN: Final = (("late", 0), ("within 3 days", 3), ("within 14 days", 14))
#: On which page something of a kind is done; what is not named here is done on the exhibit's page.
_PAGES: Final = {
    deadlines.DATA: ("desk.data_order", "data_order_id"),
    deadlines.KIT: ("desk.one_kit", "kit_id"),
    deadlines.FINDING: ("desk.finding", "finding_id"),
    deadlines.RETENTION: ("desk.retention_queue", ""),
}


@desk.shows("/obligations")
def obligations() -> Shown:
    """Everything with a deadline."""
    here = place()
    with transaction() as session:
        found = [_masked(session, one) for one in deadlines.mine(session, actor())]
    kinds = sorted({one.kind for one in found})
    wanted, within = here.get("kind"), here.get("within")
    most = dict(_WITHIN).get(within)
    if wanted in kinds:
        found = [one for one in found if one.kind == wanted]
    if most is not None:
        found = [one for one in found if _late(one) or (most and days_left(one.due) <= most)]
    start = int(here.get("after")) if here.get("after").isdecimal() else 0
    shown = found[start : start + ROWS]
    more = str(start + ROWS) if start + ROWS < len(found) else ""
    empty = "Nothing that you may know of has a deadline now."
    rows = tuple(_row(one) for one in shown)
    table = Table("Obligations", _COLUMNS, rows, here, next=more, empty=empty, total=len(found))
    filters = [_filter("kind", one, on=here.get("kind") == one) for one in kinds]
    filters += [_filter("within", one, on=within == one) for one, _most in _WITHIN]
    return table_page("store/obligations.html", table, "obligations", filters=filters)


def _masked(session: Session, one: Obligation) -> Obligation:
    """With the names of the protected of its case hidden from this reader."""
    return replace(one, words=masks_of(session, one.case_id).apply(one.words)) if one.case_id else one


def _href(one: Obligation) -> str:
    endpoint, name = _PAGES.get(one.kind, ("desk.exhibit", "exhibit_id"))
    values: dict[str, Any] = {name: one.subject} if name else {}
    return url_for(endpoint, **values)


def _row(one: Obligation) -> Row:
    days = days_left(one.due)
    tag = Tag("overdue", "red", "✕") if _late(one) and days == 0 else due_tag(days)
    cells = (Cell(one.words, href=_href(one)), Cell(one.kind), Cell(when=one.due), Cell(tag=tag))
    return Row(cells, tone="red" if _late(one) else "")


def _late(one: Obligation) -> bool:
    """Whether the day has passed; for an order for data, of which hours may count, whether the instant has."""
    return days_left(one.due) < 0 or (one.kind == deadlines.DATA and one.overdue)


def _filter(name: str, value: str, *, on: bool) -> Link:
    here = place()
    clear = here.without(name, value)
    return Link(value, clear.url if on else here.having(**{name: value, "after": ""}).url, on)
