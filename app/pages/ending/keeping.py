"""Pages of what is kept for a court alone, and of what is due to be looked at."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import redirect, url_for
from werkzeug.wrappers import Response

from app.auth import actor
from app.ending import restricting
from app.pages.cases import standing
from app.pages.counter import Page, chosen, desk, form, identity, page, returning, typed
from app.pages.evidence.exhibits import shape
from app.pages.views.inputs import moment
from app.wiring import services, transaction
from cases import access
from cases.access import Act
from evidence import exhibits
from evidence.ending import restrictions, retention, rules
from evidence.ending.restrictions import Of
from evidence.ending.retention import Happened
from evidence.ending.rules import Trigger
from evidence.exhibits import Exhibit
from evidence.possession.verbs import Verb

#: By which act of custody the order for a decision is entered.
_ORDERS: Final = {"return": Verb.ORDER_RETURN, "destroy": Verb.ORDER_DESTROY}
_KINDS: Final = (("exhibit", "an exhibit with all its files"), ("file", "one file"), ("person", "a person"))


@desk.shows("/cases/<uuid:case_id>/restrict")
def ask_restriction(case_id: UUID) -> Page:
    """Ask what is to be kept for a court alone."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        return page("ending/restrict.html", form=form(kind="exhibit"), kinds=_KINDS, **standing(session, case))


@desk.takes("/cases/<uuid:case_id>/restrict")
@returning(ask_restriction)
def restricted_thing(case_id: UUID) -> Response:
    """Keep something for a court alone."""
    kind, subject = chosen(Of, "kind"), identity(typed("subject"), "subject")
    told = {"order_number": typed("order_number"), "reason": typed("reason")}
    with transaction() as session:
        restricting.restrict(session, actor(), case_id, kind, subject, **told)
    return redirect(url_for("desk.endings", case_id=case_id))


@desk.takes("/restrictions/<uuid:restriction_id>/lifting")
def ask_lifting(restriction_id: UUID) -> Response:
    """Propose that a restriction ends."""
    with transaction() as session:
        made = restrictions.ask_to_lift(session, actor(), restriction_id, typed("reason"))
        case_id = made.case_id
    return redirect(url_for("desk.endings", case_id=case_id))


@desk.shows("/retention")
def retention_queue() -> Page:
    """What is due in the cases that this person supervises."""
    with transaction() as session:
        rows = retention.queue(session, actor())
        due = [(one, session.get_one(Exhibit, one.exhibit_id).reference) for one in rows]
        return page("ending/queue.html", due=due, decisions=[(one, one) for one in retention.DECISIONS])


@desk.takes("/retention/<uuid:proposal_id>")
def decide_retention(proposal_id: UUID) -> Response:
    """Write down what was decided; nothing is done by that."""
    with transaction() as session:
        until = _day("until")
        made = retention.decide(session, actor(), proposal_id, typed("decision"), typed("reason"), until=until)
        case_id, exhibit_id, decision = made.case_id, made.exhibit_id, made.decision
    if decision == "expunge":
        return redirect(url_for("desk.register_order", case_id=case_id))
    if decision in _ORDERS:
        # Nothing is done by the decision: that page leads who has the thing to the form of the order.
        return redirect(url_for("desk.exhibit_ending", exhibit_id=exhibit_id))
    return redirect(url_for("desk.retention_queue"))


@desk.shows("/exhibits/<uuid:exhibit_id>/ending")
def exhibit_ending(exhibit_id: UUID) -> Page:
    """Until when an exhibit is kept, and why."""
    with transaction() as session:
        found = exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE)
        case = access.fetch(session, actor(), found.case_id, to=Act.SEE)
        dues = retention.dues(session, found, rules.profile(services().config.instance))
        proposed = [one for one in retention.queue(session, actor(), case.id) if one.exhibit_id == found.id]
        decided = retention.decided(session, found)
        return page(
            "ending/exhibit.html",
            exhibit=shape(session, found),
            dues=dues,
            proposed=proposed,
            decided=[(one, _ORDERS[one.decision].value) for one in decided if one.decision in _ORDERS],
            **standing(session, case),
        )


@desk.shows("/cases/<uuid:case_id>/retention")
def retention_events(case_id: UUID) -> Page:
    """What starts and stops periods in a case."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        values: dict[str, Any] = {"events": retention.known(session, actor(), case_id)}
        values["triggers"] = [(one.value, one.value) for one in Trigger if one is not Trigger.KEPT]
        return page("ending/events.html", form=form(), **values, **standing(session, case))


@desk.takes("/cases/<uuid:case_id>/retention")
@returning(retention_events)
def entered_event(case_id: UUID) -> Response:
    """Enter what starts or stops a period."""
    on = _day("on")
    if on is None:
        raise retention.BadEvent("say on which day", fields={"on": "say on which day"})
    trigger = retention.trigger_named(typed("trigger"))
    with transaction() as session:
        retention.happened(session, actor(), case_id, Happened(trigger, on, _day("end"), None, typed("words")))
    return redirect(url_for("desk.retention_events", case_id=case_id))


def _day(name: str) -> date | None:
    read = moment(name, typed(name))
    return read.date() if read else None
