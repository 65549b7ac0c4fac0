"""One list of everything with a deadline that the reader may know of, the most urgent first, coloured by days left."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import url_for
from sqlalchemy.orm import Session

from app.auth import actor
from app.pages.counter import Shown, desk, masks_of, place, table_page
from app.pages.store.kits import days_left
from app.pages.store.places import due_tag
from app.pages.views.frame import Link
from app.pages.views.tables import ROWS, Cell, Column, Row, Table
from app.wiring import transaction
from cases import access
from core.accounts import Actor
from evidence.audits import findings
from evidence.audits.rows import ShelfAudit
from evidence.continuity import overdue
from evidence.kits import kits

_COLUMNS = (Column("What"), Column("Kind"), Column("By when"), Column("Left"))
_WITHIN: Final = (("late", 0), ("within 3 days", 3), ("within 14 days", 14))
KIT: Final = "kit to return"
FINDING: Final = "finding of an audit"


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something to be done by an instant: its sort, in words, and the page on which it is done."""

    kind: str
    words: str
    due: datetime
    href: str


@desk.shows("/obligations")
def obligations() -> Shown:
    """Everything with a deadline."""
    here = place()
    with transaction() as session:
        found = sorted(_all(session, actor()), key=lambda one: (one.due, one.kind, one.words))
    kinds = sorted({one.kind for one in found})
    wanted, within = here.get("kind"), here.get("within")
    most = dict(_WITHIN).get(within)
    if wanted in kinds:
        found = [one for one in found if one.kind == wanted]
    if most is not None:
        found = [one for one in found if days_left(one.due) < max(most, 0) or (most and days_left(one.due) == most)]
    start = int(here.get("after")) if here.get("after").isdecimal() else 0
    shown = found[start : start + ROWS]
    more = str(start + ROWS) if start + ROWS < len(found) else ""
    empty = "Nothing that you may know of has a deadline now."
    rows = tuple(_row(one) for one in shown)
    table = Table("Obligations", _COLUMNS, rows, here, next=more, empty=empty, total=len(found))
    filters = [_filter("kind", one, on=here.get("kind") == one) for one in kinds]
    filters += [_filter("within", one, on=within == one) for one, _most in _WITHIN]
    return table_page("store/obligations.html", table, "obligations", filters=filters)


def _all(session: Session, who: Actor) -> Iterator[Obligation]:
    for case in session.scalars(access.visible(who)):
        masks = masks_of(session, case.id)
        for one in overdue.of_case(session, who, case.id):
            href = url_for("desk.exhibit", exhibit_id=one.exhibit_id)
            yield Obligation(one.kind, masks.apply(one.words), one.due, href)
    for kit in kits.overdue(session, who):
        words = f"kit {kit.code}, with {kit.issued_to}: {kit.purpose}"
        yield Obligation(KIT, words, kit.due, url_for("desk.one_kit", kit_id=kit.id))
    for found in findings.waiting(session, who):
        audit = session.get_one(ShelfAudit, found.audit_id)
        told = f"{findings.number(audit, found)}: {found.kind}, {found.state}, with {found.assigned or 'nobody yet'}"
        yield Obligation(FINDING, told, found.deadline, url_for("desk.finding", finding_id=found.id))


def _row(one: Obligation) -> Row:
    days = days_left(one.due)
    tag = due_tag(days)
    cells = (Cell(one.words, href=one.href), Cell(one.kind), Cell(when=one.due), Cell(tag=tag))
    return Row(cells, tone="red" if days < 0 else "")


def _filter(name: str, value: str, *, on: bool) -> Link:
    here = place()
    clear = here.without(name, value)
    return Link(value, clear.url if on else here.having(**{name: value, "after": ""}).url, on)
