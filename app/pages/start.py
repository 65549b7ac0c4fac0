"""The start page: what waits for the person who has come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.auth import actor
from app.pages import deciding
from app.pages.cases import cases_table
from app.pages.counter import Page, desk, masks_of, page
from app.pages.shapes.evidence import label
from app.pages.views.words import Tag, state
from app.wiring import transaction
from cases.access import Membership
from cases.docket import OPENERS
from core import clock
from core.accounts import Role
from evidence import custody, incidents
from evidence.files import File
from evidence.money import layouts
from evidence.money.layouts import LayoutRecord

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits."""

    title: str
    href: str
    note: str
    tag: Tag
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Things of one sort that wait."""

    title: str
    count: int
    items: tuple[Item, ...]
    more: str = ""


@desk.shows("/")
def start() -> Page:
    """What waits for me, and my cases."""
    who = actor()
    with transaction() as session:
        groups = () if who.holds(Role.AUDITOR, Role.ADMINISTRATOR) else _groups(session)
        table = cases_table(session, "Your cases")
        decisions = deciding.count(session)
    groups = [one for one in groups if one.count]
    return page("start.html", groups=groups, cases=table, decisions=decisions, may_open=who.holds(*OPENERS))


def _groups(session: Session) -> Sequence[Group]:
    set_apart = _files(
        session, "Files set apart", select(File).where(File.state.in_(("quarantined", "frozen"))), "state"
    )
    unread = select(File).where(File.reading.in_(("failed", "refused", "not_allowed")), File.state == "stored")
    return (
        _offers(session),
        _incidents(session),
        set_apart,
        _layouts(session),
        _files(session, "Files that could not be read", unread, "reading"),
    )


def _offers(session: Session) -> Group:
    waiting = custody.offered_to(session, actor())
    items = tuple(
        Item(
            label(one),
            url_for("desk.exhibit", exhibit_id=one.id),
            masks_of(session, one.case_id).apply(f"{one.custodian} offers it to you: {one.description}"),
            state(one.state),
        )
        for one in waiting[:_SHOWN]
    )
    return Group("Offered to you", len(waiting), items)


def _incidents(session: Session) -> Group:
    """The incidents that nobody has closed, in the cases in which the person has a duty."""
    waiting = incidents.waiting(session, actor())
    items = tuple(
        Item(f"{one.number}: {one.kind}", f"/incidents/{one.id}", one.because, state("incident"), one.opened)
        for one in waiting[:_SHOWN]
    )
    return Group("Incidents to explain or close", len(waiting), items)


def _layouts(session: Session) -> Group:
    """The bank tables whose layout waits, in the cases in which the person has a duty."""
    waits = LayoutRecord.state == layouts.PROPOSED
    query = _mine(select(File).join(LayoutRecord, LayoutRecord.file_id == File.id).where(waits))
    shown = session.scalars(query.order_by(File.received.desc()).limit(_SHOWN))
    items = tuple(
        Item(
            one.shown_name, url_for("desk.layout", file_id=one.id), "its figures do not stand yet", state("unconfirmed")
        )
        for one in shown
    )
    return Group("Bank tables to confirm", _count(session, query), items)


def _named(session: Session, file: File) -> str:
    return masks_of(session, file.case_id).apply(file.shown_name)


def _mine(query: Select[File]) -> Select[File]:
    """Files in the cases in which the person has a duty, up to the class for which the person is cleared in each."""
    who, now = actor(), clock.now()
    member = (Membership.user_id == who.id, Membership.until.is_(None), Membership.since <= now)
    cleared = select(Membership.clearance).where(*member, Membership.case_id == File.case_id)
    mine = select(Membership.case_id).where(*member)
    return query.where(
        File.case_id.in_(mine), File.sensitivity <= cleared.scalar_subquery(), File.restricted.is_(False)
    )


def _count(session: Session, query: Select[File]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _files(session: Session, title: str, query: Select[File], field: str) -> Group:
    """Files of a sort in the cases in which the person has a duty, the newest first."""
    known = _mine(query)
    shown = session.scalars(known.order_by(File.received.desc()).limit(_SHOWN))
    items = tuple(
        Item(
            _named(session, one),
            url_for("desk.file", file_id=one.id),
            getattr(one, f"{field}_because") or "received",
            state(getattr(one, field)),
            one.received,
        )
        for one in shown
    )
    return Group(title, _count(session, known), items)
