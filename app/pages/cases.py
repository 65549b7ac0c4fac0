"""Pages of the cases: the list, opening one, its overview, its members, and the decisions about it."""

from typing import Any
from uuid import UUID

from flask import g, redirect, request, url_for
from sqlalchemy import func, or_
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.auth import actor
from app.pages.counter import (
    Page,
    Shown,
    chosen,
    desk,
    form,
    masks_of,
    page,
    place,
    returning,
    rows_of,
    table_page,
    typed,
)
from app.pages.shapes.cases import STEPS, Count, Reckoned, case_view, classes, steps
from app.pages.views.tables import Cell, Column, Row, Table
from app.pages.views.words import state
from app.wiring import transaction
from cases import access, docket
from cases.access import Act, Duty
from cases.docket import OPENERS, Case
from cases.handling import Sensitivity
from core import accounts
from core.errors import Missing
from evidence import custody, files, incidents, intake
from evidence.files import File

_SORTS = {"title": Case.title, "number": Case.number, "opened": Case.opened}
_COLUMNS = (
    Column("Title", "title"),
    Column("Number", "number"),
    Column("Kept as"),
    Column("State"),
    Column("Opened", "opened"),
)


class NoSuchStep(Missing):
    """There is no such decision about a case."""


def standing(session: Session, case: Case) -> dict[str, Any]:
    """What every page of a case needs: its head, and what this person may do in it."""
    acts = access.acts(session, actor(), case)
    g.masks = masks_of(session, case.id)
    return {
        "case": case_view(case, access.members(session, case), request.path),
        "may": {one.value: True for one in acts},
    }


def cases_table(session: Session, caption: str) -> Table:
    """One page of the cases that this person may see, filtered and sorted as the address says."""
    here, query = place(), access.visible(actor())
    if words := here.get("words"):
        query = query.where(
            or_(Case.title.icontains(words, autoescape=True), Case.number.icontains(words, autoescape=True))
        )
    sort, down = here.sorting(tuple(_SORTS), "-opened")
    rows, more = rows_of(session, query, _SORTS[sort], Case.id, down=down, after=here.get("after"))
    return Table(
        caption,
        _COLUMNS,
        tuple(_row(one) for one in rows),
        here,
        sort=f"-{sort}" if down else sort,
        next=more,
        empty="No case fits. Open one, or ask a lead to make you a member.",
    )


@desk.shows("/cases")
def cases() -> Shown:
    """List the cases."""
    with transaction() as session:
        table = cases_table(session, "Cases that you may see")
    return table_page("cases/list.html", table, "cases", words=place().get("words"), may_open=actor().holds(*OPENERS))


@desk.shows("/cases/open")
def open_case() -> Page:
    """Ask what case to open."""
    actor()
    return page("cases/open.html", form=form(sensitivity="C2"), classes=classes())


@desk.takes("/cases/open")
@returning(open_case)
def opened() -> Response:
    """Open a case."""
    kept, restricted = _class(typed("sensitivity")), bool(typed("restricted"))
    with transaction() as session:
        case = access.open_case(
            session, actor(), typed("title"), number=typed("number"), sensitivity=kept, restricted=restricted
        )
        url = url_for("desk.case", case_id=case.id)
    return redirect(url)


@desk.shows("/cases/<uuid:case_id>")
def case(case_id: UUID) -> Page:
    """The overview of a case."""
    with transaction() as session:
        found = access.fetch(session, actor(), case_id, to=Act.SEE)
        values = standing(session, found)
        values["members"] = _members(session, found)
        values["incidents"] = sum(one.state != "closed" for one in incidents.of_case(session, actor(), case_id))
        values["steps"] = steps(found, access.acts(session, actor(), found))
        values |= _progress(session, found)
        return page("cases/overview.html", **values)


@desk.shows("/cases/<uuid:case_id>/amend")
def amend_case(case_id: UUID) -> Page:
    """Ask for another title or number."""
    with transaction() as session:
        found = access.fetch(session, actor(), case_id, to=Act.AMEND)
        return page("cases/amend.html", form=form(title=found.title, number=found.number), **standing(session, found))


@desk.takes("/cases/<uuid:case_id>/amend")
@returning(amend_case)
def amended(case_id: UUID) -> Response:
    """Change title or number."""
    with transaction() as session:
        found = access.fetch(session, actor(), case_id, to=Act.AMEND)
        docket.amend(session, found, actor(), title=typed("title"), number=typed("number"))
    return redirect(url_for("desk.case", case_id=case_id))


@desk.shows("/cases/<uuid:case_id>/<any(restrict, lift, close, reopen):step>")
def decide(case_id: UUID, step: str) -> Page:
    """Say what follows from a decision and ask for its reason."""
    with transaction() as session:
        found = access.fetch(session, actor(), case_id, to=Act.MANAGE)
        return page("cases/decide.html", step=STEPS[step], **standing(session, found))


@desk.takes("/cases/<uuid:case_id>/<any(restrict, lift, close, reopen):step>")
@returning(decide)
def decided(case_id: UUID, step: str) -> Response:
    """Take a decision about a case."""
    who, reason = actor(), typed("reason")
    with transaction() as session:
        found = access.fetch(session, who, case_id, to=Act.MANAGE)
        if step == "close":
            docket.close(session, found, who, reason=reason, still_out=custody.outstanding(session, case_id))
        elif step == "reopen":
            docket.reopen(session, found, who, reason=reason)
        else:
            docket.restrict(session, found, who, restricted=step == "restrict", reason=reason)
    return redirect(url_for("desk.case", case_id=case_id))


@desk.shows("/cases/<uuid:case_id>/members")
def members(case_id: UUID) -> Page:
    """Who works on a case, and the forms that change it."""
    with transaction() as session:
        found = access.fetch(session, actor(), case_id, to=Act.MANAGE)
        leaving = [(user.name, f"{user.display} ({member.duty})") for member, user in access.members(session, found)]
        shown = form(duty="investigate", clearance="C2")
        duties = [(one.value, one.value) for one in Duty]
        table = _members(session, found)
        values = {"members": table, "leaving": leaving, "duties": duties, "classes": classes()}
        return page("cases/members.html", form=shown, **values, **standing(session, found))


@desk.takes("/cases/<uuid:case_id>/members")
@returning(members)
def admit_member(case_id: UUID) -> Response:
    """Admit somebody to a case, or give a member another duty or clearance."""
    with transaction() as session:
        found = access.fetch(session, actor(), case_id, to=Act.MANAGE)
        user = accounts.named(session, typed("user"))
        access.admit(session, actor(), found, user, chosen(Duty, "duty"), _class(typed("clearance")))
    return redirect(url_for("desk.members", case_id=case_id))


@desk.takes("/cases/<uuid:case_id>/members/dismiss")
@returning(members)
def dismiss_member(case_id: UUID) -> Response:
    """End somebody's membership."""
    with transaction() as session:
        found = access.fetch(session, actor(), case_id, to=Act.MANAGE)
        access.dismiss(session, actor(), found, accounts.named(session, typed("leaving")))
    return redirect(url_for("desk.members", case_id=case_id))


def _class(name: str) -> Sensitivity:
    return Sensitivity.__members__.get(name, Sensitivity.C2)


def _row(one: Case) -> Row:
    href = url_for("desk.case", case_id=one.id)
    kept = Sensitivity(one.sensitivity)
    standing_ = state("restricted") if one.restricted and one.state == docket.OPEN else state(one.state)
    return Row(
        (
            Cell(one.title, href=href),
            Cell(one.number or "none yet", own=True),
            Cell(kept.name),
            Cell(tag=standing_),
            Cell(when=one.opened),
        )
    )


def _members(session: Session, found: Case) -> Table:
    columns = (Column("Who"), Column("Duty"), Column("Cleared up to"), Column("Since"))
    rows = [
        Row(
            (
                Cell(user.display, own=True, note=user.name),
                Cell(member.duty),
                Cell(Sensitivity(member.clearance).name),
                Cell(when=member.since),
            )
        )
        for member, user in access.members(session, found)
    ]
    return Table("Who works on this case", columns, tuple(rows), place(), csv=False)


def _progress(session: Session, found: Case) -> dict[str, Any]:
    """What became of the announced files, and how far the stored ones are read."""
    counted = intake.reckon(session, actor(), found.id)
    query = files.of_case(session, actor(), found.id)
    tally = query.with_only_columns(File.reading, func.count()).group_by(File.reading).order_by(None)
    counts = [
        Count(state(name), number, f"/cases/{found.id}/files?reading={name}") for name, number in session.execute(tally)
    ]
    return {
        "reckoning": Reckoned(counted.announced, counted.stored, counted.refused, counted.waiting),
        "reading": counts,
    }
