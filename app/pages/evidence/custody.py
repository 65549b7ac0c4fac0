"""Pages of custody acts: each says what follows before it is done, and asks for what it needs."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import Page, desk, form, identity, page, returning, typed
from app.pages.evidence.exhibits import shape
from app.pages.shapes.custody import MOVES_SHOWN, Move
from app.pages.views.inputs import moment
from app.wiring import transaction
from cases import access
from cases.access import Act
from core.errors import Missing
from evidence import custody, exhibits
from evidence.exhibits import Exhibit
from evidence.movements import Movement, Verb

_TEXTS: Final = (
    "outside", "place", "reason", "seal", "condition", "note", "witness", "receipt", "authority", "occurred_as_written",
)  # fmt: skip


class NoSuchAct(Missing):
    """There is no such act of custody."""


@desk.shows("/exhibits/<uuid:exhibit_id>/custody/<verb>")
def ask_move(exhibit_id: UUID, verb: str) -> Page:
    """Say what follows from an act of custody and ask for what it needs."""
    with transaction() as session:
        found = exhibits.fetch(session, actor(), exhibit_id, to=Act.HANDLE)
        case = access.fetch(session, actor(), found.case_id, to=Act.HANDLE)
        move = _with_colleagues(session, _move(verb), found)
        last = max((step.position for step in custody.steps(session, found)), default=0)
        shown = form(seal=found.seal if verb == Verb.RESEAL else "", seen=last)
        return page(
            "evidence/move.html", form=shown, move=move, exhibit=shape(session, found), **standing(session, case)
        )


@desk.takes("/exhibits/<uuid:exhibit_id>/custody/<verb>")
@returning(ask_move)
def move(exhibit_id: UUID, verb: str) -> Response:
    """Do an act of custody."""
    wanted = _move(verb)
    texts = {name: typed(name) for name in _TEXTS}
    to = identity(typed("to"), "to") if typed("to") else None
    seen = request.form.get("seen", type=int)
    movement = Movement(to=to, occurred_at=moment("occurred_at", typed("occurred_at")), seen=seen, **texts)
    with transaction() as session:
        custody.move(session, actor(), exhibit_id, wanted.verb, movement)
    return redirect(url_for("desk.exhibit", exhibit_id=exhibit_id))


def _move(verb: str) -> Move:
    if verb not in {one.value for one in Verb}:
        raise NoSuchAct("there is no such act of custody")
    return MOVES_SHOWN[Verb(verb)]


def _with_colleagues(session: Session, move: Move, found: Exhibit) -> Move:
    """The act with the members of the case to choose from, for those that need a receiver."""
    case = access.fetch(session, actor(), found.case_id, to=Act.HANDLE)
    others = [(str(user.id), f"{user.display} ({user.name})") for _one, user in access.members(session, case)]
    options = tuple(one for one in others if one[0] != str(actor().id))
    fields = tuple(replace(one, options=options) if one.name == "to" else one for one in move.fields)
    return replace(move, fields=fields)
