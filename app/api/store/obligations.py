"""API: everything with a deadline that one may know of."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint

from app.api.describing import Description, Given, described
from app.auth import actor
from app.wiring import transaction
from evidence import deadlines

routes = Blueprint("obligations", __name__)


class ObligationGiven(Given):
    """Something to be done by an instant, and the exhibit, kit or finding that it is about."""

    kind: str
    words: str
    due: datetime
    subject: UUID
    case_id: UUID | None
    overdue: bool


class ObligationList(Given):
    """What has a deadline, the most urgent first."""

    obligations: list[ObligationGiven]


@routes.get("/obligations")
@described(Description("Everything with a deadline that I may know of", gives=ObligationList))
def listed() -> ObligationList:
    """List the obligations."""
    with transaction() as session:
        found = deadlines.mine(session, actor())
        return ObligationList(obligations=[ObligationGiven.model_validate(one) for one in found])
