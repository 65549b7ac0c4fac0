"""API: incidents, what people state about them, and closing them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.describing import Description, Given, Taken, described
from app.auth import actor
from app.wiring import transaction
from cases.access import Act
from evidence import exhibits, incidents
from evidence.incidents import Incident
from exports import doubts

routes = Blueprint("incidents", __name__)
Word = Annotated[str, Field(min_length=1, max_length=4_000)]


class NewIncident(Taken):
    """Something about an exhibit that must not have happened."""

    kind: Literal["seal differs", "loss", "damage", "other"]
    because: Word


class StatementTaken(Taken):
    """What a person states about an incident."""

    statement: Word


class StatementGiven(Given):
    """What a person stated, and when."""

    ordinal: int
    act: str
    text: str
    at: datetime
    by: str


class IncidentGiven(Given):
    """An incident: its number, what it is about, where it stands, what people stated, which dossiers it has marked."""

    id: UUID
    number: str
    kind: str
    state: str
    case_id: UUID | None
    exhibit_id: UUID | None
    file_id: UUID | None
    because: str
    opened: datetime
    opened_by: str
    closed: datetime | None
    statements: list[StatementGiven] = []
    dossiers: list[str] = []


class IncidentList(Given):
    """Incidents in order of time."""

    incidents: list[IncidentGiven]


@routes.get("/cases/<uuid:case_id>/incidents")
@described(Description("The incidents of a case", gives=IncidentList))
def of_case(case_id: UUID) -> IncidentList:
    """Give the incidents of a case."""
    with transaction() as session:
        found = incidents.of_case(session, actor(), case_id)
        return IncidentList(incidents=[_shape(session, one, whole=False) for one in found])


@routes.get("/exhibits/<uuid:exhibit_id>/incidents")
@described(Description("The incidents of an exhibit", gives=IncidentList))
def of_exhibit(exhibit_id: UUID) -> IncidentList:
    """Give the incidents of an exhibit."""
    with transaction() as session:
        exhibit = exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE)
        found = incidents.of_exhibit(session, exhibit)
        return IncidentList(incidents=[_shape(session, one, whole=False) for one in found])


@routes.post("/exhibits/<uuid:exhibit_id>/incidents")
@described(Description("Say that something must not have happened", takes=NewIncident, gives=IncidentGiven, status=201))
def opened(exhibit_id: UUID, taken: NewIncident) -> IncidentGiven:
    """Open an incident."""
    with transaction() as session:
        exhibit = exhibits.fetch(session, actor(), exhibit_id, to=Act.HANDLE)
        return _shape(session, incidents.open_incident(session, actor(), exhibit, taken.kind, taken.because))


@routes.get("/incidents/<uuid:incident_id>")
@described(Description("One incident with all statements", gives=IncidentGiven))
def one(incident_id: UUID) -> IncidentGiven:
    """Give an incident."""
    with transaction() as session:
        return _shape(session, incidents.fetch(session, actor(), incident_id))


@routes.post("/incidents/<uuid:incident_id>/statements")
@described(Description("State how an incident came", takes=StatementTaken, gives=IncidentGiven, status=201))
def explained(incident_id: UUID, taken: StatementTaken) -> IncidentGiven:
    """Explain an incident."""
    with transaction() as session:
        return _shape(session, incidents.explain(session, actor(), incident_id, taken.statement))


@routes.post("/incidents/<uuid:incident_id>/close")
@described(
    Description("Close an explained incident, as a supervisor", takes=StatementTaken, gives=IncidentGiven, status=201)
)
def closed(incident_id: UUID, taken: StatementTaken) -> IncidentGiven:
    """Close an incident."""
    with transaction() as session:
        return _shape(session, incidents.close(session, actor(), incident_id, taken.statement))


@routes.get("/incidents")
@described(Description("The incidents of the house (auditors: all; administrators: of no case)", gives=IncidentList))
def of_house() -> IncidentList:
    """Give the incidents of the house, the newest first."""
    with transaction() as session:
        query = incidents.of_house(actor()).order_by(Incident.opened.desc(), Incident.id).limit(_MOST)
        return IncidentList(incidents=[_shape(session, one, whole=False) for one in session.scalars(query)])


_MOST = 500


def _shape(session: Session, one: Incident, *, whole: bool = True) -> IncidentGiven:
    told = {name: getattr(one, name) for name in IncidentGiven.model_fields if name not in {"statements", "dossiers"}}
    told["opened_by"] = one.opened_by.partition(":")[0]
    if not whole:
        return IncidentGiven(**told)
    said = [StatementGiven.model_validate(each) for each in incidents.statements(session, one)]
    marked = [f"{each.dossier} version {each.version}" for each in doubts.of_incident(session, one)]
    return IncidentGiven(**told, statements=said, dossiers=marked)
