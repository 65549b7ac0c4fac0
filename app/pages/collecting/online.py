"""Pages of what was collected online: the items of an exhibit, one item, and each act about it."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.auth import actor
from app.pages.cases import standing
from app.pages.collecting.times import needed, zone
from app.pages.counter import Page, chosen, desk, form, identity, masks_of, page, returning, typed
from app.pages.evidence.exhibits import shape
from app.wiring import services, transaction
from cases import access
from cases.access import Act
from cases.masks import Masks
from evidence import exhibits, files
from evidence.exhibits import Exhibit
from evidence.files import File
from evidence.online import identities, items, showing
from evidence.online.items import Collected
from evidence.online.rows import MEANINGS, Element, OnlineItem, Role
from evidence.online.showing import Shown

_MOST: Final = 200
_ROLES: Final = [(one.value, one.value) for one in Role]


@desk.shows("/exhibits/<uuid:exhibit_id>/online")
def online_items(exhibit_id: UUID) -> Page:
    """What of an exhibit was collected online, and the form for one more address."""
    with transaction() as session:
        exhibit, found = showing.of_exhibit(session, actor(), exhibit_id)
        case = access.fetch(session, actor(), exhibit.case_id, to=Act.SEE)
        return page(
            "collecting/online.html", exhibit=shape(session, exhibit), items=found,
            form=form(occurred_zone=zone(), collector=actor().name), **standing(session, case),
        )  # fmt: skip


@desk.takes("/exhibits/<uuid:exhibit_id>/online")
@returning(online_items)
def recorded_online(exhibit_id: UUID) -> Response:
    """Record what was collected online; nothing is fetched."""
    with transaction() as session:
        exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE)
        made = items.record(session, actor(), services().keyring, exhibit_id, _collected())
        online_id = made.id
    return redirect(url_for("desk.online_item", online_id=online_id))


@desk.shows("/online-items/<uuid:online_id>")
def online_item(online_id: UUID) -> Page:
    """One online item: its address as text, its files by their part, and what is missing."""
    with transaction() as session:
        exhibit, told = showing.of_item(session, actor(), online_id)
        return _page(session, exhibit, told)


@desk.takes("/online-items/<uuid:online_id>/<any(files, reasons, correction, disclosure):act>")
@returning(lambda online_id, act: online_item(online_id))  # noqa: ARG005 - what is shown again is the item
def done_online(online_id: UUID, act: str) -> Response:
    """Give a file its part, say why something is missing, correct the record, or decide about the identity."""
    with transaction() as session:
        exhibit, row = items.fetch(session, actor(), online_id, to=Act.SEE)
        if act == "files":
            items.give_part(session, actor(), online_id, identity(typed("file"), "file"), chosen(Role, "role"))
        elif act == "reasons":
            items.explain(session, actor(), online_id, chosen(Element, "element"), typed("reason"))
        elif act == "disclosure":
            discloses = typed("discloses") == "yes"
            identities.decide(session, actor(), online_id, typed("why_disclosed"), discloses=discloses)
        else:
            keyring, because = services().keyring, typed("because")
            what = replace(_collected(), **_left(row, masks_of(session, exhibit.case_id)))
            online_id = items.correct(session, actor(), keyring, online_id, what, because).id
    return redirect(url_for("desk.online_item", online_id=online_id))


@desk.takes("/online-items/<uuid:online_id>/identity")
def shown_identity(online_id: UUID) -> Page:
    """The item with its network identity, for who may know it; that it was looked at is an entry."""
    with transaction() as session:
        found = identities.identity(session, actor(), services().keyring, online_id)
        exhibit, told = showing.of_item(session, actor(), online_id)
        return _page(session, exhibit, told, named=found)


def _page(session: Session, exhibit: Exhibit, told: Shown, *, named: str = "") -> Page:
    case = access.fetch(session, actor(), exhibit.case_id, to=Act.SEE)
    query = files.of_case(session, actor(), case.id).where(File.exhibit_id == exhibit.id)
    known = session.scalars(query.order_by(File.received.desc()).limit(_MOST))
    row = told.row
    said = {name: getattr(row, name) for name in ("typed", "final", "context", "collector", "tool", "tool_version")}
    # A form would show what is hidden above it: a text with a protected name is left out, and stays if it is.
    masks = masks_of(session, case.id)
    said = {name: text if masks.apply(text) == text else "" for name, text in said.items()}
    shown = form(**said, collected=f"{row.collected:%Y-%m-%dT%H:%M:%S}", occurred_zone="UTC")
    return page(
        "collecting/online_item.html", exhibit=shape(session, exhibit), item=told, named=named, form=shown,
        files=[(str(one.id), one.shown_name) for one in known], roles=_ROLES,
        missing=[(one.value, one.value) for one, _why in told.missing],
        meanings={one.value: words for one, words in MEANINGS.items()}, **standing(session, case),
    )  # fmt: skip


def _left(row: OnlineItem, masks: Masks) -> dict[str, Any]:
    """The texts that the form did not show since they name somebody protected, and that nobody typed anew."""
    kept = {name: getattr(row, name) for name in ("typed", "final", "context")}
    return {name: text for name, text in kept.items() if masks.apply(text) != text and not typed(name)}


def _collected() -> Collected:
    names = ("typed", "final", "context", "collector", "tool", "tool_version", "identity")
    return Collected(collected=needed("collected"), **{name: typed(name) for name in names})
