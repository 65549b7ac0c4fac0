"""Pages of orders that data be destroyed: registering one, what it reaches, who decides, how far it is."""

from typing import Any, Final
from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.api.ending.endings import hand_out
from app.auth import actor
from app.ending import carrying_out
from app.pages.cases import standing
from app.pages.counter import Page, chosen, desk, form, identity, page, returning, typed
from app.pages.ending.shapes import Branch, branches, facts, progress
from app.pages.views.inputs import moment
from app.pages.views.words import state
from app.wiring import transaction
from cases import access, people
from cases.access import Act
from cases.docket import Case
from evidence import exhibits
from evidence.ending import orders, restrictions
from evidence.ending.orders import Ruling
from evidence.ending.rows import Order, Scope, Shared, State
from evidence.exhibits import Exhibit

_SCOPES: Final = (
    ("exhibits", "chosen exhibits with all their files"), ("files", "chosen files"),
    ("persons", "the data of chosen persons"), ("case", "the whole case"),
)  # fmt: skip


@desk.shows("/cases/<uuid:case_id>/endings")
def endings(case_id: UUID) -> Page:
    """The orders of a case, and what is kept for a court alone."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        found = orders.of_case(session, actor(), case_id)
        kept = restrictions.of_case(session, actor(), case_id)
        return page(
            "ending/list.html",
            orders=[(one, state(one.state)) for one in found],
            restrictions=[(one, _called(session, one.kind, one.subject)) for one in kept],
            may_register=actor().holds(*orders.ASKING),
            **standing(session, case),
        )


@desk.shows("/cases/<uuid:case_id>/endings/add")
def register_order(case_id: UUID) -> Page:
    """Ask which order is to be registered."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        shown = form(scope="exhibits", shared=Shared.RESTRICT.value)
        return page("ending/register.html", form=shown, **_choices(session, case), **standing(session, case))


@desk.takes("/cases/<uuid:case_id>/endings/add")
@returning(register_order)
def registered_order(case_id: UUID) -> Response:
    """Register an order; nothing happens by that."""
    scope = chosen(Scope, "scope")
    named = {
        Scope.EXHIBITS: request.form.getlist("exhibits"),
        Scope.PERSONS: request.form.getlist("persons"),
        Scope.FILES: typed("files").split(),
    }.get(scope, [])
    ruling = Ruling(
        number=typed("number"), court=typed("court"), dated=typed("dated"), scope=scope,
        things=tuple(identity(one, "things") for one in named),
        appeal_ends=moment("appeal_ends", typed("appeal_ends")), keep_hashes=bool(typed("keep_hashes")),
        shared=chosen(Shared, "shared", "restrict"), reason=typed("reason"),
    )  # fmt: skip
    with transaction() as session:
        made = orders.register(session, actor(), case_id, ruling)
    return redirect(url_for("desk.ending", order_id=made.id))


@desk.shows("/endings/<uuid:order_id>")
def ending(order_id: UUID) -> Page:
    """One order: what it reaches, what stands against it, who has copies, and how far it is."""
    order, reach = carrying_out.reach_of(actor(), order_id)
    with transaction() as session:
        case = access.fetch(session, actor(), order.case_id, to=Act.SEE)
        steps = orders.steps(session, order)
        waiting = order.state == State.REGISTERED
        values: dict[str, Any] = {
            "order": order,
            "state": state(order.state),
            "facts": facts(order),
            "reached": branches(reach) if waiting else list[Branch](),
            "counts": reach.counts() if waiting else {},
            "waits": reach.waits if waiting else (),
            "obstacles": orders.obstacles(session, order),
            "notices": orders.notices(session, order),
            "proposals": [(one, state(one.state)) for one in orders.proposals(session, order)],
            "progress": progress(steps),
            "may": _may(order),
            "kinds": [(one, one) for one in orders.OBSTACLES],
        }
        return page("ending/order.html", **(standing(session, case) | values))


@desk.takes("/endings/<uuid:order_id>/proposal")
@returning(ending)
def propose_ending(order_id: UUID) -> Response:
    """Ask two others to approve exactly what the order reaches now."""
    carrying_out.propose(actor(), order_id, typed("reason"))
    return _back(order_id)


@desk.takes("/endings/<uuid:order_id>/start")
@returning(ending)
def start_ending(order_id: UUID) -> Response:
    """Have an approved order carried out."""
    until = moment("copies_until", typed("copies_until"))
    carrying_out.begin(actor(), order_id, copies_until=until.date() if until else None)
    return _back(order_id)


@desk.takes("/endings/<uuid:order_id>/withdrawal")
@returning(ending)
def withdraw_ending(order_id: UUID) -> Response:
    """Take an order back."""
    with transaction() as session:
        orders.withdraw(session, actor(), order_id, typed("reason"))
    return _back(order_id)


@desk.takes("/endings/<uuid:order_id>/obstacles")
@returning(ending)
def object_to_ending(order_id: UUID) -> Response:
    """Write down what stands against an order."""
    with transaction() as session:
        orders.object_to(session, actor(), order_id, typed("kind"), typed("words"))
    return _back(order_id)


@desk.takes("/endings/<uuid:order_id>/obstacles/<uuid:obstacle_id>")
def resolve_obstacle(order_id: UUID, obstacle_id: UUID) -> Response:
    """Resolve in writing what stood against it."""
    with transaction() as session:
        orders.resolve(session, actor(), order_id, obstacle_id, typed("resolution"))
    return _back(order_id)


@desk.takes("/endings/<uuid:order_id>/notices/<uuid:notice_id>")
def note_notice(order_id: UUID, notice_id: UUID) -> Response:
    """Write down that a recipient was told, or what it answered."""
    with transaction() as session:
        if answer := typed("answer"):
            orders.confirm(session, actor(), order_id, notice_id, answer)
        else:
            orders.tell(session, actor(), order_id, notice_id)
    return _back(order_id)


@desk.shows("/endings/<uuid:order_id>/certificate")
def ending_certificate(order_id: UUID) -> Response:
    """Hand out the certificate on paper."""
    return hand_out(order_id)


def _back(order_id: UUID) -> Response:
    return redirect(url_for("desk.ending", order_id=order_id))


def _may(order: Order) -> dict[str, bool]:
    """Which forms this person is offered; whether each is really allowed is asked when it is sent."""
    who, waiting = actor(), order.state == State.REGISTERED
    return {
        "ask": waiting and who.holds(*orders.ASKING),
        "object": waiting and who.holds(*orders.DECIDING),
        "start": waiting and who.holds(*orders.CARRYING_OUT),
        "notify": who.holds(*orders.DECIDING),
    }


def _choices(session: Session, case: Case) -> dict[str, Any]:
    known = exhibits.listed(session, actor(), case.id)
    return {
        "scopes": _SCOPES,
        "shares": (("restrict", "keep it here for a court alone"), ("destroy", "destroy it here")),
        "exhibits": [{"value": str(one.id), "text": one.reference} for one in known],
        "persons": [{"value": str(one.id), "text": one.pseudonym} for one in people.listed(session, actor(), case.id)],
    }


def _called(session: Session, kind: str, subject: UUID) -> str:
    if kind == restrictions.Of.EXHIBIT:
        return f"exhibit {session.get_one(Exhibit, subject).reference}"
    return f"{kind} {subject}"
