"""Pages of exhibits: the list of a case, registering one, its own page, its legal authority."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import redirect, url_for
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import Page, Shown, chosen, desk, form, page, place, returning, rows_of, table_page, typed
from app.pages.evidence.tables import files_table, hashes_table, readers_table
from app.pages.shapes import custody as line
from app.pages.shapes.cases import classes
from app.pages.shapes.evidence import EXHIBIT_LINKS, Caution, ExhibitView, exhibit_view, label
from app.pages.views.frame import Link
from app.pages.views.inputs import moment
from app.pages.views.tables import Cell, Column, Place, Row, Table
from app.pages.views.words import state
from app.wiring import transaction
from cases import access
from cases.access import Act
from cases.docket import Case
from cases.handling import HANDLING_WORDS, Handling, Sensitivity
from core.accounts import Actor
from evidence import authorities, custody, exhibits, files, incidents
from evidence.authorities import Grant
from evidence.continuity import report
from evidence.continuity.codes import Weakness
from evidence.exhibits import Arrival, Description, Exhibit, Number, Origin, State
from evidence.files import File
from evidence.possession import arrivals
from evidence.possession.arrivals import Kind as ArrivalKind

_SORTS = {"reference": Exhibit.reference, "registered": Exhibit.registered, "custodian": Exhibit.custodian}
_COLUMNS = (
    Column("Exhibit", "reference"),
    Column("What it is"),
    Column("State"),
    Column("With", "custodian"),
    Column("Registered", "registered"),
)


@desk.shows("/cases/<uuid:case_id>/exhibits")
def exhibits_of(case_id: UUID) -> Shown:
    """List the exhibits of a case."""
    here = place()
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        table = _table(session, case_id, here)
        return table_page("evidence/list.html", table, "exhibits", filters=_filters(here), **standing(session, case))


@desk.shows("/cases/<uuid:case_id>/exhibits/add")
def register_exhibit(case_id: UUID) -> Page:
    """Ask what exhibit to register."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.ADD)
        shown = form(sensitivity=Sensitivity(case.sensitivity).name, handling="H0")
        return page("evidence/register.html", form=shown, **_choices(), **standing(session, case))


@desk.takes("/cases/<uuid:case_id>/exhibits/add")
@returning(register_exhibit)
def registered(case_id: UUID) -> Response:
    """Register an exhibit, with its authority when one is given."""
    what = Description(
        typed("reference"),
        typed("description"),
        typed("condition"),
        Sensitivity.__members__.get(typed("sensitivity")),
        chosen(Handling, "handling", "H0"),
        **{name: typed(name) for name in ("quantity", "unit", "packaging")},
    )
    told = {name: typed(name) for name in ("place_found", "seized_from", "seized_as_written", "officer")}
    origin = Origin(**told, seized_at=moment("seized_at", typed("seized_at")))
    numbers = [Number(typed("number_scheme"), typed("number_value"), typed("number_issuer"))]
    said: dict[str, Any] = {
        name: typed(name) for name in ("received_from", "place", "seal", "witness", "tool", "tool_version")
    }
    under = " ".join(word for word in (typed("kind"), typed("number")) if word)
    arrival = Arrival(kind=chosen(ArrivalKind, "arrival", ArrivalKind.RECEIVE.value), authority=under, **said)
    with transaction() as session:
        made = exhibits.register(
            session,
            actor(),
            case_id,
            what,
            origin=origin,
            numbers=[one for one in numbers if one.value],
            arrival=arrival,
        )
        if typed("kind"):
            authorities.authorise(session, actor(), made.id, _grant())
        exhibit_id = made.id
    return redirect(url_for("desk.deliver", exhibit_id=exhibit_id))


@desk.shows("/exhibits/<uuid:exhibit_id>")
def exhibit(exhibit_id: UUID) -> Page:
    """One exhibit: its files, its custody, its facts, and who read it."""
    with transaction() as session:
        found = exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE)
        case = access.fetch(session, actor(), found.case_id, to=Act.SEE)
        values: dict[str, Any] = standing(session, case) | {"exhibit": shape(session, found), **_choices()}
        values["custody"] = line.line(custody.steps(session, found), _weak(session, found))
        values["moves"] = _moves(session, found)
        values["links"] = _links(session, case, found)
        here, query = place(), files.of_case(session, actor(), case.id).where(File.exhibit_id == found.id)
        kept, more = rows_of(session, query, File.received, File.id, down=False, after=here.get("after"))
        count = session.scalar(select(func.count()).select_from(query.subquery()))
        values["files"] = replace(files_table(kept, here, "Files", more=more), total=count)
        values["hashes"] = hashes_table(session, kept)
        values["readers"] = readers_table(session, found.case_id, f'"exhibit":"{found.id}"', here)
        return page("evidence/exhibit.html", **values)


@desk.takes("/exhibits/<uuid:exhibit_id>/authorities")
@returning(exhibit)
def authorise(exhibit_id: UUID) -> Response:
    """Record a legal authority; files that waited for one are asked for again."""
    with transaction() as session:
        authorities.authorise(session, actor(), exhibit_id, _grant())
    return redirect(url_for("desk.exhibit", exhibit_id=exhibit_id))


def shape(session: Session, found: Exhibit) -> ExhibitView:
    """An exhibit as its pages show it."""
    shaped = exhibit_view(found, exhibits.numbers(session, found.id), authorities.of_exhibit(session, found))
    frozen = incidents.frozen(session, found)
    if frozen is None:
        return shaped
    why = f"Incident {frozen.number}: {frozen.because}. Its page of integrity says what can be done."
    return replace(
        shaped, warnings=(Caution("Nothing of this exhibit leaves the house", why, "red"), *shaped.warnings)
    )  # fmt: skip


def _weak(session: Session, found: Exhibit) -> list[Weakness]:
    """What is drawn into the line of custody; how it can be proved stands on the page of continuity."""
    return report.of_possession(session, found)


def _moves(session: Session, found: Exhibit) -> list[tuple[str, list[Link]]]:
    who: Actor = actor()
    case = access.fetch(session, who, found.case_id, to=Act.SEE)
    if Act.HANDLE not in access.acts(session, who, case):
        return []
    return [
        (group, [Link(one.label, one.href(found)) for one in moves])
        for group, moves in line.groups(line.possible(found, who))
    ]


def _links(session: Session, case: Case, found: Exhibit) -> list[Link]:
    """The pages about this exhibit that the reader may open."""
    may = access.acts(session, actor(), case)
    return [Link(one.label, url_for(one.endpoint, exhibit_id=found.id)) for one in EXHIBIT_LINKS if one.act in may]


def _grant() -> Grant:
    return Grant(
        typed("kind"),
        typed("number"),
        typed("issuer"),
        typed("scope"),
        moment("valid_from", typed("valid_from")),
        moment("expires", typed("expires")),
    )


def _choices() -> dict[str, Any]:
    return {
        "classes": classes(),
        "handlings": [(one.value, f"{one.value}: {words}") for one, words in HANDLING_WORDS.items()],
        "kinds": [(kind, kind) for kind in authorities.KINDS],
        "arrivals": [(kind.value, arrivals.WORDS[kind]) for kind in ArrivalKind if kind.value in arrivals.FIRST_ACTS],
    }


def _filters(here: Place) -> list[Link]:
    chosen = here.get("state")
    clear = here.without("state", chosen)
    return [
        Link(one.value, clear.url if chosen == one else clear.also("state", one.value).url, chosen == one)
        for one in State
    ]


def _table(session: Session, case_id: UUID, here: Place) -> Table:
    query = exhibits.seen(session, actor(), case_id)
    if here.get("state") in {one.value for one in State}:
        query = query.where(Exhibit.state == here.get("state"))
    if words := here.get("words"):
        found = (
            Exhibit.reference.icontains(words, autoescape=True),
            Exhibit.description.icontains(words, autoescape=True),
        )
        query = query.where(or_(*found))
    sort, down = here.sorting(tuple(_SORTS), "reference")
    rows, more = rows_of(session, query, _SORTS[sort], Exhibit.id, down=down, after=here.get("after"))
    return Table(
        "Exhibits",
        _COLUMNS,
        tuple(_row(one) for one in rows),
        here,
        sort=f"-{sort}" if down else sort,
        next=more,
        empty="No exhibit fits. Add one, or take a filter away.",
    )


def _row(one: Exhibit) -> Row:
    with_ = Cell(one.custodian, own=True, note=f"offered to {one.offered_to}" if one.offered_to else one.place)
    href = url_for("desk.exhibit", exhibit_id=one.id)
    cells = (
        Cell(label(one), href=href),
        Cell(one.description, own=True),
        Cell(tag=state(one.state)),
        with_,
        Cell(when=one.registered),
    )
    return Row(cells)
