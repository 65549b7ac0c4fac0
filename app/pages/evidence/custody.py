"""Pages of custody acts: each says what follows before it is done, and asks for what it needs."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import Page, desk, form, identity, page, returning, typed
from app.pages.evidence.exhibits import shape
from app.pages.shapes.movements import MOVES_SHOWN, Field, Move
from app.pages.views.inputs import clock_time, moment
from app.wiring import transaction
from cases import access
from cases.access import Act
from core import approvals
from core.approvals import Standing
from core.errors import Missing
from evidence import custody, exhibits
from evidence.exhibits import Exhibit
from evidence.files import File
from evidence.possession import orders, photographs
from evidence.possession.movement import TEXTS, Movement
from evidence.possession.verbs import DISPOSALS, Verb

_ASKED: Final = ("outside", "method", "reason")


class NoSuchAct(Missing):
    """There is no such act of custody."""


@desk.shows("/exhibits/<uuid:exhibit_id>/custody/<verb>")
def ask_move(exhibit_id: UUID, verb: str) -> Page:
    """Say what follows from an act of custody and ask for what it needs."""
    with transaction() as session:
        found = exhibits.fetch(session, actor(), exhibit_id, to=Act.HANDLE)
        case = access.fetch(session, actor(), found.case_id, to=Act.HANDLE)
        move = _with_choices(session, _move(verb), found)
        last = max((step.position for step in custody.steps(session, found)), default=0)
        values: dict[str, Any] = {"move": move, "exhibit": shape(session, found), **standing(session, case)}
        values |= _approval(session, found, move.verb)
        # A label that was scanned fills its field, so that the hands can stay on the thing.
        scanned = {field.name: request.args.get(field.name) for field in move.fields if request.args.get(field.name)}
        given = {"seen": last, "occurred_zone": request.cookies.get("zone", "UTC"), **values.pop("given"), **scanned}
        return page("evidence/move.html", form=form(**given), **values)


@desk.takes("/exhibits/<uuid:exhibit_id>/custody/<verb>")
@returning(ask_move)
def move(exhibit_id: UUID, verb: str) -> Response:
    """Do an act of custody."""
    wanted = _move(verb)
    told: dict[str, Any] = {name: typed(name) for name in TEXTS}
    told |= {name: identity(typed(name), name) for name in ("to", "photo") if typed(name)}
    told |= {name: moment(name, typed(name)) for name in ("appeal_ends", "due")}
    told |= {name: request.form.get(name, type=int) for name in ("seen", "corrects")}
    movement = Movement(occurred_at=clock_time("occurred_at", typed("occurred_at")), **told)
    with transaction() as session:
        custody.move(session, actor(), exhibit_id, wanted.verb, movement)
    return redirect(url_for("desk.exhibit", exhibit_id=exhibit_id))


@desk.takes("/exhibits/<uuid:exhibit_id>/approvals/<verb>")
@returning(ask_move)
def propose_disposal(exhibit_id: UUID, verb: str) -> Response:
    """Ask another person to approve that an order is carried out in this way."""
    wanted = _move(verb)
    with transaction() as session:
        told = {name: typed(name) for name in _ASKED}
        orders.propose(
            session, actor(), exhibit_id, wanted.verb, to=told["outside"], method=told["method"], reason=told["reason"]
        )
    return redirect(url_for("desk.exhibit", exhibit_id=exhibit_id))


def _move(verb: str) -> Move:
    if verb not in {one.value for one in Verb}:
        raise NoSuchAct("there is no such act of custody")
    return MOVES_SHOWN[Verb(verb)]


def _approval(session: Session, found: Exhibit, verb: Verb) -> dict[str, Any]:
    """For what ends custody: whether it has been approved, and in which words; else what has to be asked."""
    if verb not in DISPOSALS:
        return {"asks": False, "approval": None, "given": {}}
    known = approvals.latest(session, orders.DISPOSE, found.id)
    if known is None or known.words.get("verb") != verb.value or known.state in {Standing.USED, Standing.REFUSED}:
        return {"asks": True, "approval": None, "given": {}}
    if known.state != Standing.GRANTED:
        return {"asks": True, "approval": known.state, "given": {}}
    given = {name: known.words[name] for name in ("outside", "method")}
    return {"asks": False, "approval": known.state, "given": given}


def _with_choices(session: Session, move: Move, found: Exhibit) -> Move:
    """The act with what there is to choose from: members of the case, photographs of the exhibit."""
    case = access.fetch(session, actor(), found.case_id, to=Act.HANDLE)
    others = [(str(user.id), f"{user.display} ({user.name})") for _one, user in access.members(session, case)]
    names = {"to": tuple(one for one in others if one[0] != str(actor().id)), "photo": _photographs(session, found)}

    def filled(field: Field) -> Field:
        return replace(field, options=names[field.name]) if field.chosen else field

    return replace(move, fields=tuple(filled(one) for one in move.fields))


def _photographs(session: Session, found: Exhibit) -> tuple[tuple[str, str], ...]:
    shown = [(one, session.get_one(File, one.file_id)) for one in photographs.of_exhibit(session, found)]
    return tuple((str(one.file_id), f"{file.shown_name} ({one.shows})") for one, file in shown)
