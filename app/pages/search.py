"""Pages of the search: one box over everything that the person may read, and the certificate of a search."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.auth import actor
from app.errors import status_of
from app.pages.counter import Page, Shown, desk, page, place
from app.pages.shapes import hits
from app.pages.views.tables import Place
from app.wiring import services, transaction
from core.accounts import User
from core.errors import Invalid, Unavailable
from core.ledger.entries import Entry
from search import finder
from search.answers import searches
from search.answers.findings import Findings, Narrowing


class NotAPlace(Invalid):
    """A case or exhibit is named by something that is no id."""


@desk.shows("/search")
def search() -> Shown:
    """Search, and show what was found by exhibit; each search is an entry."""
    here = place()
    kept = [(name, value) for name, value in here.given if name not in {"q", "cursor"}]
    shown = {"query": here.get("q"), "kept": kept, "index": hits.Completeness(""), "active": hits.active(here, {})}
    if not here.get("q") or not actor().purpose:
        return page("search/search.html", **shown)
    try:
        with transaction() as session:
            found = _found(session, here)
    except (Invalid, Unavailable) as refusal:
        return replace(page("search/search.html", fault=refusal.message, **shown), status=status_of(refusal))
    return page("search/search.html", **shown | _shown(found, here))


@desk.shows("/searches/<uuid:search_id>")
def certificate(search_id: UUID) -> Page:
    """The certificate of a search, for who made it and for a supervisor who may read all that it ran over."""
    with transaction() as session:
        made, words = searches.fetch(session, actor(), services().keyring, search_id)
        who = session.get_one(User, made.user_id).display
        query = select(Entry).where(Entry.subject == str(made.id), Entry.act == "search")
        entry = session.scalar(query.order_by(Entry.position))
        told = {
            "facts": hits.certificate_facts(made, words, who),
            "digests": (
                ("Number of hits in every file", made.found),
                ("Every hit in its order", made.hits),
                ("Hits of the page", made.shown),
            ),
            "position": f"{entry.chain}, entry {entry.position}" if entry else "",
            "entry": entry.digest if entry else "",
            "again": url_for("desk.search_again", search_id=made.id),
        }
        return page("search/certificate.html", certificate=told)


@desk.takes("/searches/<uuid:search_id>/again")
def search_again(search_id: UUID) -> Response:
    """Make an earlier search again and say in which words it differs."""
    house = services()
    with transaction() as session:
        again = finder.rerun(session, actor(), house.index, house.keyring, search_id)
        now = again.now.id
    flash("; ".join(again.differences) or "The same was found again.", "error" if again.differences else "info")
    return redirect(url_for("desk.certificate", search_id=now))


def _found(session: Session, here: Place) -> Findings:
    house = services()
    narrowing = Narrowing(here.get("kind"), here.get("language"), here.get("month"))
    case, exhibit = (_id(here.get(name)) for name in ("case", "exhibit"))
    return finder.find(
        session,
        actor(),
        house.index,
        house.keyring,
        here.get("q"),
        case=case,
        exhibit=exhibit,
        narrowing=narrowing,
        cursor=here.get("cursor"),
    )


def _shown(found: Findings, here: Place) -> dict[str, Any]:
    called = hits.labels(found.facets) | hits.exhibit_label(found.groups, here.get("exhibit"))
    return {
        "asked": True,
        "groups": hits.group_views(found, here),
        "facets": hits.facet_views(found.facets, here),
        "active": hits.active(here, called),
        "count_words": hits.count_words(found),
        "index": hits.completeness(found),
        "next_url": here.having(cursor=found.cursor).url if found.cursor else "",
        "first_url": here.having(cursor="").url if here.get("cursor") else "",
        "certificate_url": url_for("desk.certificate", search_id=found.id),
    }


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as none:
        raise NotAPlace("the address names no case or exhibit; search again from the search page") from none
