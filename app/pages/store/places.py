"""Pages of the store: one box to scan into, the places and what lies there, labels to print, the register of seals."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.auth import actor
from app.pages.counter import Page, Shown, chosen, desk, identity, masks_of, page, place, returning, table_page, typed
from app.pages.views.tables import Cell, Column, Row, Table
from app.pages.views.words import Tag, state
from app.wiring import services, transaction
from core import clock
from core.accounts import Role
from evidence.kits.kits import MAKERS
from evidence.storeroom import contents, places, seals
from evidence.storeroom.contents import Lying
from evidence.storeroom.places import Environment, Sort
from evidence.storeroom.seals import Fate
from exports.papers import choosing
from exports.papers.choosing import Paper

PDF = "application/pdf"
_PLACES = (Column("Place"), Column("Sort"), Column("Environment"), Column("Code"), Column("State"))
_LYING = (Column("Exhibit"), Column("What it is"), Column("Place"), Column("Seal"), Column("State"), Column("With"))
_SEALS = (
    Column("Seals"), Column("Given to"), Column("Given"), Column("Unused", number=True), Column("Used", number=True),
    Column("Opened", number=True), Column("Void", number=True), Column("Lost", number=True),
)  # fmt: skip


@desk.shows("/scan")
def scan() -> Page:
    """One box: scan or type a code, a number or a seal, and be where that is."""
    who = actor()
    return page("store/scan.html", links=_links(), may_kits=who.holds(*MAKERS), keeps=who.holds(*places.MANAGERS))


@desk.takes("/scan")
@returning(scan)
def scanned() -> Answer:
    """Open what was scanned."""
    with transaction() as session:
        met = contents.scan(session, actor(), typed("code"))
    if met.place_id:
        return redirect(url_for("desk.one_place", place_id=met.place_id))
    return redirect(url_for("desk.exhibit", exhibit_id=met.exhibit_id))


@desk.shows("/places")
def places_list() -> Shown:
    """The places of the house."""
    who, here = actor(), place()
    with transaction() as session:
        found = places.everyone(session, closed=bool(here.get("closed")))
        rows = tuple(_place_row(one) for one in found)
        table = Table("Places", _PLACES, rows, here, empty="No place was made yet.", total=len(rows))
        values = {"keeps": who.holds(*places.MANAGERS), "closed": bool(here.get("closed")), **_choices(found)}
    return table_page("store/places.html", table, "places", **values)


@desk.takes("/places")
@returning(places_list)
def make_place() -> Answer:
    """Make a place."""
    with transaction() as session:
        parent = places.fetch(session, identity(typed("parent"), "parent")).id if typed("parent") else None
        sort, environment = chosen(Sort, "sort"), chosen(Environment, "environment", "plain")
        made = places.make(session, actor(), typed("name"), sort, parent=parent, environment=environment)
    return redirect(url_for("desk.one_place", place_id=made.id))


@desk.shows("/places/<uuid:place_id>")
def one_place(place_id: UUID) -> Shown:
    """One place and what is recorded to lie there, as far as the reader may know of it."""
    who, here = actor(), place()
    with transaction() as session:
        one = places.fetch(session, place_id)
        found = contents.at_place(session, who, one, after=here.get("after"), most=51)
        rows = tuple(_lying_row(session, each) for each in found[:50])
        more = found[49].reference if len(found) > 50 else ""
        columns = tuple(one for one in _LYING if one.label != "What it is") if who.holds(Role.AUDITOR) else _LYING
        empty = "Nothing that you may know of is recorded to lie here."
        table = Table("What lies here", columns, rows, here, next=more, empty=empty)
        told = {"id": one.id, "path": one.path, "code": one.code.typed, "sort": one.sort, "closed": one.closed,
                "environment": one.environment, "because": one.closed_because}  # fmt: skip
    return table_page("store/place.html", table, "lying", shelf=told, keeps=who.holds(*places.MANAGERS))


@desk.takes("/places/<uuid:place_id>/close")
@returning(one_place)
def close_place(place_id: UUID) -> Answer:
    """Close an empty place."""
    with transaction() as session:
        places.close(session, actor(), place_id, typed("reason"))
    return redirect(url_for("desk.one_place", place_id=place_id))


@desk.shows("/places/<uuid:place_id>/label")
def place_label(place_id: UUID) -> Shown:
    """The label of a place, to print."""
    actor()
    with transaction() as session:
        one = places.fetch(session, place_id)
    made = choosing.of_places([one], Paper.LABEL, office=services().config.office, made=clock.now())
    return printed(made, f"place-{one.short}.pdf")


@desk.shows("/exhibits/<uuid:exhibit_id>/label")
def exhibit_label(exhibit_id: UUID) -> Shown:
    """The label or the bag sheet of an exhibit, to print."""
    asked = request.args.get("paper", "")
    paper = Paper(asked) if asked in set(Paper) else Paper.LABEL
    with transaction() as session:
        made = choosing.of_exhibits(
            session, actor(), [exhibit_id], paper, office=services().config.office, made=clock.now(),
            described=bool(request.args.get("described")),
        )  # fmt: skip
    return printed(made, f"{paper.value}-{str(exhibit_id)[:8]}.pdf")


@desk.shows("/seals")
def seal_register() -> Shown:
    """The register of seals."""
    who, here = actor(), place()
    with transaction() as session:
        rows = tuple(_series_row(one) for one in seals.tallies(session, who))
    table = Table("Seals that were given out", _SEALS, rows, here, empty="No seals were entered as given out yet.")
    return table_page("store/seals.html", table, "seals", keeps=who.holds(*seals.KEEPERS))


@desk.takes("/seals")
@returning(seal_register)
def give_seals() -> Answer:
    """Enter a series that was given out."""
    with transaction() as session:
        seals.issue(
            session, actor(), typed("prefix"), _whole("first"), _whole("last"), width=len(typed("first")),
            issued_to=typed("issued_to"),
        )  # fmt: skip
    return redirect(url_for("desk.seal_register"))


@desk.takes("/seals/written-off")
@returning(seal_register)
def write_off_seals() -> Answer:
    """Write seals off."""
    with transaction() as session:
        seals.write_off(session, actor(), typed("numbers").split(), chosen(Fate, "fate", "void"), typed("because"))
    return redirect(url_for("desk.seal_register"))


def printed(made: bytes, name: str) -> Response:
    """A PDF to show and print."""
    answer = Response(made, mimetype=PDF)
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


def _whole(name: str) -> int:
    text = typed(name)
    if not text.isascii() or not text.isdecimal():
        raise seals.BadSeries(f"{name}: write all digits", fields={name: "Write all digits, such as 000001"})
    return int(text)


def _links() -> list[tuple[str, str, str]]:
    """Where one can go from the store."""
    who = actor()
    told = [("Places", "desk.places_list", "the tree down to the shelf, what lies where, labels of shelves")]
    if who.holds(*seals.READERS):
        told.append(("Seals", "desk.seal_register", "series given out, and what became of each number"))
    if not who.holds(Role.ADMINISTRATOR):
        told.append(("Seal conflicts", "desk.seal_conflicts", "seals that were found where they should not be"))
        told.append(("Kits", "desk.kits_list", "numbers for work without a network, and what came back"))
    if who.holds(Role.AUDITOR, Role.SUPERVISOR, Role.CUSTODIAN):
        told.append(("Shelf audits", "desk.audits_list", "draws, checks and findings"))
    told.append(("Obligations", "desk.obligations", "everything with a deadline, by days left"))
    return [(label, url_for(endpoint), words) for label, endpoint, words in told]


def _place_row(one: places.Place) -> Row:
    tag = state("closed") if one.closed else state("open")
    href = url_for("desk.one_place", place_id=one.id)
    return Row((Cell(one.path, href=href), Cell(one.sort), Cell(one.environment), Cell(one.code.typed), Cell(tag=tag)))


def _lying_row(session: Session, one: Lying) -> Row:
    what = masks_of(session, one.case_id).apply(one.description) if one.description else ""
    cells = [
        Cell(one.reference, href=url_for("desk.exhibit", exhibit_id=one.exhibit_id), note=one.case),
        Cell(what, own=True),
        Cell(one.place, own=True), Cell(one.seal or "none"), Cell(tag=state(one.state)), Cell(one.custodian, own=True),
    ]  # fmt: skip
    return Row(tuple(cells if not actor().holds(Role.AUDITOR) else cells[:1] + cells[2:]))


def _series_row(one: seals.Tally) -> Row:
    series = one.series
    cells = (Cell(f"{series.number(series.first)} to {series.number(series.last)}"), Cell(series.issued_to, own=True))
    return Row((*cells, Cell(when=series.issued), *(Cell(f"{one.counts[fate]:,}") for fate in Fate)))


def _choices(found: Sequence[places.Place]) -> dict[str, list[tuple[str, str]]]:
    rows = [one for one in found if one.closed is None]
    return {
        "parents": [(str(one.id), one.path) for one in rows],
        "sorts": [(one.value, one.value) for one in Sort],
        "environments": [(one.value, one.value) for one in Environment],
    }


def due_tag(days: int) -> Tag:
    """How urgent something is, by the days that are left: a word first, a colour second."""
    if days < 0:
        return Tag(f"{-days} days late" if days < -1 else "a day late", "red", "✕")
    if days <= 3:
        return Tag("today" if days == 0 else f"{days} days left" if days > 1 else "a day left", "orange", "▲")
    return Tag(f"{days} days left", "yellow" if days <= 14 else "green", "◐" if days <= 14 else "●")
