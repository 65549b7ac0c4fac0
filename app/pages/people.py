"""Pages of the people of a case: names as written, roles over time, protection."""

from uuid import UUID

from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import Page, chosen, desk, form, page, returning, typed
from app.pages.shapes.people import PersonView, parts, person_view
from app.wiring import services, transaction
from cases import access
from cases import people as wing
from cases.access import Act
from cases.docket import Case
from cases.people import Part, Person
from evidence import reindexing


@desk.shows("/cases/<uuid:case_id>/people")
def people(case_id: UUID) -> Page:
    """List the people of a case."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        shown = _views(session, case, wing.listed(session, actor(), case.id))
        return page(
            "people/list.html", people=shown, parts=parts(), form=form(kind="person"), **standing(session, case)
        )


@desk.takes("/cases/<uuid:case_id>/people")
@returning(people)
def enter_person(case_id: UUID) -> Response:
    """Enter a person or an organisation."""
    told = {name: typed(name) for name in ("kind", "source", "event")}
    protected = bool(typed("protected"))
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.PEOPLE)
        key = services().keyring.case_key(session, case.id)
        wing.add(session, actor(), case, typed("name"), chosen(Part, "role"), key=key, protected=protected, **told)
        if protected:
            reindexing.ask_for_case(session, case.id)
    return redirect(url_for("desk.people", case_id=case_id))


@desk.shows("/cases/<uuid:case_id>/people/<uuid:person_id>")
def person(case_id: UUID, person_id: UUID) -> Page:
    """One person of a case."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        shown = _views(session, case, [wing.fetch(session, actor(), case, person_id)])[0]
        return page("people/person.html", person=shown, parts=parts(), **standing(session, case))


@desk.takes("/cases/<uuid:case_id>/people/<uuid:person_id>/names")
@returning(person)
def add_name(case_id: UUID, person_id: UUID) -> Response:
    """Add one more written form of a name."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.PEOPLE)
        one = wing.fetch(session, actor(), case, person_id)
        key = services().keyring.case_key(session, case.id)
        wing.add_name(session, actor(), case, one, typed("name"), key=key, source=typed("source"))
        if one.protected:
            reindexing.ask_for_case(session, case.id)
    return redirect(url_for("desk.person", case_id=case_id, person_id=person_id))


@desk.takes("/cases/<uuid:case_id>/people/<uuid:person_id>/roles")
@returning(person)
def add_role(case_id: UUID, person_id: UUID) -> Response:
    """Give a person one more role from now on."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.PEOPLE)
        wing.add_role(
            session,
            actor(),
            case,
            wing.fetch(session, actor(), case, person_id),
            chosen(Part, "role"),
            reason=typed("reason"),
        )
    return redirect(url_for("desk.person", case_id=case_id, person_id=person_id))


@desk.takes("/cases/<uuid:case_id>/people/<uuid:person_id>/protection")
@returning(person)
def protect_person(case_id: UUID, person_id: UUID) -> Response:
    """Put a person under protection, and have the case's files indexed anew."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.PEOPLE)
        wing.protect(session, actor(), case, wing.fetch(session, actor(), case, person_id), reason=typed("reason"))
        reindexing.ask_for_case(session, case.id)
    return redirect(url_for("desk.person", case_id=case_id, person_id=person_id))


def _views(session: Session, case: Case, persons: list[Person]) -> list[PersonView]:
    names = wing.names(session, persons, key=services().keyring.reading_key(session, case.id))
    roles = wing.roles(session, persons)
    return [
        person_view(
            one,
            wing.label(one, (text for _form, text in names[one.id])),
            names[one.id],
            roles,
            open_names=wing.may_name(actor(), one),
        )
        for one in persons
    ]
