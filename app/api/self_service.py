"""API: who am I, and what may I do."""

from uuid import UUID

from flask import Blueprint

from app.api.describing import Description, Given, described
from app.auth import actor
from cases import access

routes = Blueprint("self_service", __name__)


class Me(Given):
    """Who asks."""

    id: UUID
    name: str
    roles: list[str]
    purpose: str
    purposes: dict[str, str]


@routes.get("/me")
@described(Description("Who am I, and for which purposes can I read?", gives=Me))
def me() -> Me:
    """Tell who asks."""
    known = actor()
    return Me(id=known.id, name=known.name, roles=sorted(known.roles), purpose=known.purpose, purposes=access.PURPOSES)
