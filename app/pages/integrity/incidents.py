"""Pages of incidents: those of a case, one with its statements, and those of the house for whoever checks."""

from typing import Any
from uuid import UUID

from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import Page, desk, masks_of, page, place, returning, typed
from app.pages.shapes.integrity import incident_state, incidents_table
from app.pages.views.words import universal
from app.wiring import transaction
from cases import access
from cases.access import Act
from core.accounts import Role
from evidence import incidents
from evidence.exhibits import Exhibit
from evidence.incidents import Incident, State
from exports import doubts

_MOST = 500


@desk.shows("/cases/<uuid:case_id>/incidents")
def incidents_of(case_id: UUID) -> Page:
    """The incidents of a case."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        table = incidents_table(incidents.of_case(session, actor(), case_id), place())
        return page("integrity/incidents.html", table=table, **standing(session, case))


@desk.shows("/incidents")
def incidents_of_house() -> Page:
    """The incidents of the house: all of them for an auditor, those of no case for an administrator."""
    with transaction() as session:
        query = incidents.of_house(actor()).order_by(Incident.opened.desc(), Incident.id).limit(_MOST)
        found = list(session.scalars(query))
        table = incidents_table(found, place(), "Incidents, the newest first", lambda one: _why(session, one))
        return page("integrity/house.html", table=table)


@desk.shows("/incidents/<uuid:incident_id>")
def incident(incident_id: UUID) -> Page:
    """One incident: what happened, what people stated, which dossiers it has marked, and what can be done now."""
    with transaction() as session:
        one = incidents.fetch(session, actor(), incident_id)
        said = incidents.statements(session, one)
        values: dict[str, Any] = {"frame": "layout.html"}
        if one.case_id is not None:
            case = access.fetch(session, actor(), one.case_id, to=Act.SEE)
            values = {"frame": "cases/case.html", **standing(session, case)}
        exhibit = session.get(Exhibit, one.exhibit_id) if one.exhibit_id else None
        facts = (
            ("What", one.kind),
            ("Why", one.because),
            ("Opened", f"{universal(one.opened)} by {one.opened_by.partition(':')[0]}"),
            ("Exhibit", exhibit.reference if exhibit else "none"),
            ("Closed", universal(one.closed) if one.closed else "not yet"),
        )
        told = {
            "id": one.id, "number": one.number, "state": incident_state(one), "facts": facts,
            "exhibit_href": f"/exhibits/{exhibit.id}" if exhibit else "",
            "file_href": f"/files/{one.file_id}/integrity" if one.file_id and exhibit else "",
            "said": [{"act": each.act, "by": each.by, "at": each.at, "text": each.text} for each in said],
            "dossiers": [
                {"href": f"/dossiers/{each.id}", "name": f"{each.dossier} version {each.version}"}
                for each in doubts.of_incident(session, one)
            ],
            "may_explain": one.state != State.CLOSED and not actor().holds(Role.AUDITOR),
            "may_close": one.state == State.EXPLAINED and actor().holds(Role.SUPERVISOR),
        }  # fmt: skip
        return page("integrity/incident.html", incident=told, **values)


@desk.takes("/incidents/<uuid:incident_id>/explain")
@returning(incident)
def explain_incident(incident_id: UUID) -> Response:
    """State how an incident came."""
    with transaction() as session:
        incidents.explain(session, actor(), incident_id, typed("statement"))
    return redirect(url_for("desk.incident", incident_id=incident_id))


@desk.takes("/incidents/<uuid:incident_id>/close")
@returning(incident)
def close_incident(incident_id: UUID) -> Response:
    """Close an incident."""
    with transaction() as session:
        incidents.close(session, actor(), incident_id, typed("decision"))
    return redirect(url_for("desk.incident", incident_id=incident_id))


def _why(session: Session, one: Incident) -> str:
    """Why an incident was opened, with the names of the protected of its case hidden from this reader."""
    return masks_of(session, one.case_id).apply(one.because) if one.case_id else one.because
