"""Pages of orders for data: the list of a case, recording one, what was answered, and each act about it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.auth import actor
from app.pages.cases import standing
from app.pages.collecting import times
from app.pages.collecting.shapes import CATEGORIES, KINDS, LAWS, Step, facts, given, offered, outcomes, steps, tag_of
from app.pages.counter import Page, chosen, desk, form, identity, page, returning, typed
from app.wiring import services, transaction
from cases import access
from cases.access import Act
from cases.docket import Case
from core.errors import Missing
from evidence import exhibits
from evidence.data_orders import answers, orders, showing
from evidence.data_orders.answers import Reply
from evidence.data_orders.orders import Wanted
from evidence.data_orders.rows import DataOrder
from evidence.data_orders.rules import Category, Kind, Law, Outcome
from evidence.exhibits import Exhibit

_STEP: Final = "any(receipt, confirmation, extension, deadline, correction, answer, end)"
_TIMES: Final = frozenset({"issued", "received"})


class NoSuchStep(Missing):
    """There is no such act about an order for data."""


@desk.shows("/cases/<uuid:case_id>/data-orders")
def data_orders(case_id: UUID) -> Page:
    """The orders for data of a case, with their deadlines."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        found = [(one, tag_of(one)) for one in orders.of_case(session, actor(), case_id)]
        return page("collecting/data_orders.html", orders=found, **standing(session, case))


@desk.shows("/cases/<uuid:case_id>/data-orders/add")
def record_data_order(case_id: UUID) -> Page:
    """Ask which order for data is to be recorded."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        kept = [one for one in orders.of_case(session, actor(), case_id) if one.kind == Kind.PRESERVATION]
        return page(
            "collecting/record.html",
            form=form(law=Law.EU.value, kind=Kind.PRODUCTION.value, occurred_zone=times.zone()),
            laws=LAWS, kinds=KINDS, categories=CATEGORIES,
            preservations=[(str(one.id), f"{one.number}, {one.addressee}") for one in kept],
            **standing(session, case),
        )  # fmt: skip


@desk.takes("/cases/<uuid:case_id>/data-orders/add")
@returning(record_data_order)
def recorded_data_order(case_id: UUID) -> Response:
    """Record an order for data."""
    with transaction() as session:
        access.fetch(session, actor(), case_id, to=Act.SEE)
        texts = ("number", "authority", "validated_by", "addressee", "representative", "basis", "emergency",
                 "own_because", "target")  # fmt: skip
        told: dict[str, Any] = {name: typed(name) for name in texts}
        told |= {name: times.at(name) for name in ("received", "own_deadline")}
        told["follows"] = identity(typed("follows"), "follows") if typed("follows") else None
        kind, law, category = chosen(Kind, "kind"), chosen(Law, "law"), chosen(Category, "category")
        wanted = Wanted(kind=kind, law=law, category=category, issued=times.needed("issued"), **told)
        made = orders.record(session, actor(), services().keyring, case_id, wanted)
        data_order_id = made.id
    return redirect(url_for("desk.data_order", data_order_id=data_order_id))


@desk.shows("/data-orders/<uuid:data_order_id>")
def data_order(data_order_id: UUID) -> Page:
    """One order for data: its deadline, its answers, and everything that was done about it."""
    with transaction() as session:
        told = showing.shown(session, actor(), services().keyring, data_order_id)
        case = access.fetch(session, actor(), told.row.case_id, to=Act.SEE)
        values = standing(session, case)
        stands, urgency = tag_of(told.row)
        writes = bool({"add", "amend"} & values["may"].keys())
        return page(
            "collecting/data_order.html", order=told.row, stands=stands, urgency=urgency, facts=facts(told),
            answers=given(told), history=told.history, steps=offered(told.row) if writes else [], writes=writes,
            **values,
        )  # fmt: skip


@desk.shows(f"/data-orders/<uuid:data_order_id>/<{_STEP}:step>")
def ask_data_order(data_order_id: UUID, step: str) -> Page:
    """Ask for what one act about an order needs."""
    with transaction() as session:
        row = orders.fetch(session, actor(), data_order_id)
        return _asking(session, row, steps(step), form=form(**_now(row, step)))


@desk.takes(f"/data-orders/<uuid:data_order_id>/<{_STEP}:step>")
@returning(ask_data_order)
def done_data_order(data_order_id: UUID, step: str) -> Response:
    """Do one act about an order."""
    with transaction() as session:
        row = orders.fetch(session, actor(), data_order_id)
        _ACTS[step](session, row)
    return redirect(url_for("desk.data_order", data_order_id=data_order_id))


@desk.shows("/data-orders/<uuid:data_order_id>/answers/<uuid:answer_id>/<any(exhibits, strike):step>")
def ask_answer(data_order_id: UUID, answer_id: UUID, step: str) -> Page:
    """Ask which exhibits an answer brought, or why it is wrong."""
    with transaction() as session:
        told = showing.shown(session, actor(), services().keyring, data_order_id)
        if answer_id not in {one.row.id for one in told.answers}:
            raise NoSuchStep("there is no such answer")
        return _asking(session, told.row, steps(step), form=form())


@desk.takes("/data-orders/<uuid:data_order_id>/answers/<uuid:answer_id>/<any(exhibits, strike):step>")
@returning(ask_answer)
def done_answer(data_order_id: UUID, answer_id: UUID, step: str) -> Response:
    """Link exhibits to an answer, or strike it."""
    with transaction() as session:
        orders.fetch(session, actor(), data_order_id)
        if step == "strike":
            answers.strike(session, actor(), data_order_id, answer_id, typed("because"))
        else:
            answers.bring(session, actor(), data_order_id, answer_id, _chosen_exhibits())
    return redirect(url_for("desk.data_order", data_order_id=data_order_id))


def _asking(session: Session, row: DataOrder, step: Step, **values: Any) -> Page:
    case = access.fetch(session, actor(), row.case_id, to=Act.SEE)
    return page(
        "collecting/act.html", order=row, step=step, categories=CATEGORIES, outcomes=outcomes(row),
        exhibits=_exhibits(session, case), **values, **standing(session, case),
    )  # fmt: skip


def _exhibits(session: Session, case: Case) -> list[dict[str, str]]:
    known = exhibits.seen(session, actor(), case.id).order_by(Exhibit.registered.desc()).limit(200)
    return [{"value": str(one.id), "text": one.reference} for one in session.scalars(known)]


def _now(row: DataOrder, step: str) -> dict[str, Any]:
    """What a form shows at first: for a correction, what is recorded."""
    if step != "correction":
        return {"occurred_zone": times.zone()}
    kept = {name: getattr(row, name) for name in orders.CORRECTABLE if name != "target"}
    written = {
        name: f"{value:%Y-%m-%dT%H:%M:%S}" if isinstance(value, datetime) else value or ""
        for name, value in kept.items()
    }
    return written | {"occurred_zone": "UTC"}


def _receive(session: Session, row: DataOrder) -> None:
    orders.receive(session, actor(), row.id, times.needed("received"))


def _confirm(session: Session, row: DataOrder) -> None:
    orders.confirm(session, actor(), row.id, times.needed("confirmed"), typed("confirmation"))


def _extend(session: Session, row: DataOrder) -> None:
    orders.extend(session, actor(), row.id, typed("because"))


def _deadline(session: Session, row: DataOrder) -> None:
    orders.set_deadline(session, actor(), row.id, times.needed("own_deadline"), typed("because"))


def _end(session: Session, row: DataOrder) -> None:
    orders.end(session, actor(), row.id, typed("because"))


def _answer(session: Session, row: DataOrder) -> None:
    outcome = chosen(Outcome, "outcome")
    reply = Reply(outcome, times.needed("answered"), typed("came"), typed("ground"), _chosen_exhibits())
    answers.answer(session, actor(), services().keyring, row.id, reply)


def _correct(session: Session, row: DataOrder) -> None:
    """Only what was changed in the form is a correction."""
    shown = _now(row, "correction")
    changes: dict[str, Any] = {}
    for name in orders.CORRECTABLE:
        if name not in request.form or typed(name) == shown.get(name, ""):
            continue
        value = times.needed(name) if name in _TIMES and typed(name) else typed(name)
        # A browser may write the same time without its seconds.
        if not isinstance(value, datetime) or value != _whole_seconds(getattr(row, name)):
            changes[name] = value
    if "category" in changes:
        changes["category"] = chosen(Category, "category")
    orders.correct(session, actor(), services().keyring, row.id, changes, typed("because"))


_ACTS: Final[Mapping[str, Callable[[Session, DataOrder], None]]] = {
    "receipt": _receive, "confirmation": _confirm, "extension": _extend, "deadline": _deadline,
    "correction": _correct, "answer": _answer, "end": _end,
}  # fmt: skip


def _whole_seconds(at: datetime | None) -> datetime | None:
    return at.replace(microsecond=0) if at else None


def _chosen_exhibits() -> tuple[UUID, ...]:
    return tuple(identity(one, "exhibits") for one in request.form.getlist("exhibits"))
