"""Pages of continuity: who had it when as a picture and a table, what is weak, what people state, and photographs."""

from uuid import UUID

from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import Page, chosen, desk, identity, page, place, returning, typed
from app.pages.evidence.exhibits import shape
from app.pages.shapes import continuity as shapes
from app.wiring import transaction
from cases import access
from cases.access import Act
from core.accounts import Role
from evidence import exhibits, files
from evidence.continuity import photographing, report, statements
from evidence.exhibits import Exhibit
from evidence.files import File
from evidence.possession import photographs
from evidence.possession.photographs import Shows

_MOST = 200


@desk.shows("/exhibits/<uuid:exhibit_id>/continuity")
def continuity(exhibit_id: UUID) -> Page:
    """The continuity report of an exhibit, made to be printed as well."""
    with transaction() as session:
        found = exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE)
        case = access.fetch(session, actor(), found.case_id, to=Act.SEE)
        made = report.report(session, found)
        members = {user.name: f"{user.display} ({user.name})" for _one, user in access.members(session, case)}
        return page(
            "evidence/continuity.html",
            exhibit=shape(session, found),
            picture=shapes.picture(made),
            spans=shapes.spans_table(made, place()),
            weaknesses=shapes.weaknesses(made),
            whole=shapes.said(made.whole),
            handlers=[(name, ", ".join(map(str, at[:20]))) for name, at in made.handlers],
            asked=[(name, members[name]) for name, _at in made.handlers if name in members],
            may_state=not actor().holds(Role.AUDITOR, Role.ADMINISTRATOR),
            photographs=_photographs(session, found),
            pictures=_pictures(session, found),
            shows=[(one.value, one.value) for one in Shows],
            **standing(session, case),
        )


@desk.takes("/exhibits/<uuid:exhibit_id>/statements")
@returning(continuity)
def state_weakness(exhibit_id: UUID) -> Response:
    """Enter a statement about a weakness, or about the exhibit as a whole."""
    with transaction() as session:
        report.state(session, actor(), exhibit_id, typed("weakness"), typed("text"))
    return redirect(url_for("desk.continuity", exhibit_id=exhibit_id))


@desk.takes("/exhibits/<uuid:exhibit_id>/statements/requests")
@returning(continuity)
def ask_statement(exhibit_id: UUID) -> Response:
    """Ask somebody who has had the exhibit for a short statement."""
    with transaction() as session:
        statements.ask(session, actor(), exhibit_id, typed("of"), typed("weakness"), typed("question"))
    return redirect(url_for("desk.continuity", exhibit_id=exhibit_id))


@desk.takes("/exhibits/<uuid:exhibit_id>/photographs")
@returning(continuity)
def mark_photograph(exhibit_id: UUID) -> Response:
    """Mark a file of the exhibit as a photograph of it."""
    with transaction() as session:
        exhibits.fetch(session, actor(), exhibit_id, to=Act.HANDLE)
        file_id = identity(typed("file"), "file")
        photographing.mark(session, actor(), exhibit_id, file_id, chosen(Shows, "shows"))
    return redirect(url_for("desk.continuity", exhibit_id=exhibit_id))


def _photographs(session: Session, found: Exhibit) -> list[tuple[str, str, str]]:
    rows = [(one, session.get_one(File, one.file_id)) for one in photographs.of_exhibit(session, found)]
    return [(file.shown_name, f"/files/{file.id}", one.shows) for one, file in rows]


def _pictures(session: Session, found: Exhibit) -> list[tuple[str, str]]:
    """The files that could be marked, the newest first."""
    marked = {one.file_id for one in photographs.of_exhibit(session, found)}
    query = files.of_case(session, actor(), found.case_id).where(File.exhibit_id == found.id, File.parent_id.is_(None))
    kept = session.scalars(query.order_by(File.received.desc()).limit(_MOST))
    return [(str(one.id), one.shown_name) for one in kept if one.id not in marked]
