"""Pages of the money: the statements of a case, one statement with its rows, and the confirmation of its layout."""

from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import Page, Shown, desk, page, place, returning, table_page
from app.pages.shapes.money import layout_view, layouts_table, rows_table, statement_view, statements_table, total_view
from app.wiring import services, transaction
from cases import access
from cases.access import Act
from cases.docket import NoSuchCase
from evidence.files import File
from evidence.money import bookings, layouts
from evidence.money.bookings import Wanted
from evidence.money.layouts import LayoutRecord
from evidence.money.records import StatementRecord
from evidence.money.showing import Account

_SORTS = ("number", "day", "amount")


@desk.shows("/cases/<uuid:case_id>/money")
def money(case_id: UUID) -> Shown:
    """The statements of a case and what they add up to, for a stated purpose."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        if not actor().purpose:
            return page("money/list.html", **standing(session, case))
        found = bookings.statements(session, actor(), services().keyring, case_id)
        totals = [total_view(one) for one in bookings.totals(session, actor(), case_id)]
        table, waiting = statements_table(found, place()), layouts_table(_waiting(session, case_id), place())
        return table_page(
            "money/list.html", table, "statements", totals=totals, layouts=waiting, **standing(session, case)
        )


@desk.shows("/statements/<uuid:statement_id>")
def statement(statement_id: UUID) -> Shown:
    """One statement: whether it adds up, and its rows as read beside the rows as written."""
    here = place()
    sort, down = here.sorting(_SORTS, "number")
    wanted = Wanted(statement=statement_id, sort=sort, descending=down)
    with transaction() as session:
        one = _account(session, statement_id)
        case = access.fetch(session, actor(), one.case_id, to=Act.MONEY)
        found = bookings.transactions(
            session, actor(), services().keyring, one.case_id, wanted, after=_after(here.get("after"))
        )
        table = rows_table(found.rows, here, sort=f"-{sort}" if down else sort, more=str(found.after or ""))
        shown = statement_view(one, session.get_one(File, one.file_id).shown_name)
        return table_page("money/statement.html", table, "rows", statement=shown, **standing(session, case))


@desk.shows("/layouts/<uuid:file_id>")
def layout(file_id: UUID) -> Page:
    """How a table is read, and what is still asked about it."""
    with transaction() as session:
        found, now = layouts.shown(session, actor(), services().keyring, file_id)
        file = session.get_one(File, file_id)
        case = access.fetch(session, actor(), file.case_id, to=Act.MONEY)
        shown = layout_view(file_id, file.shown_name, found, now)
        return page("money/layout.html", layout=shown, **standing(session, case))


@desk.takes("/layouts/<uuid:file_id>")
@returning(layout)
def settle_layout(file_id: UUID) -> Response:
    """Take the answers about a layout, or confirm it as it is shown."""
    answers = {name: value for name, value in request.form.items() if name != "csrf_token" and value}
    with transaction() as session:
        if answers:
            layouts.answer(session, actor(), services().keyring, file_id, answers)
        else:
            layouts.confirm_layout(session, actor(), services().keyring, file_id)
        case_id = session.get_one(File, file_id).case_id
    if answers:
        return redirect(url_for("desk.layout", file_id=file_id))
    return redirect(url_for("desk.money", case_id=case_id))


def _account(session: Session, statement_id: UUID) -> Account:
    record = session.get(StatementRecord, statement_id)
    if record is None:
        raise NoSuchCase
    known = bookings.statements(session, actor(), services().keyring, record.case_id)
    one = next((account for account in known if account.id == statement_id), None)
    if one is None:
        raise NoSuchCase
    return one


def _waiting(session: Session, case_id: UUID) -> list[tuple[UUID, str, str, bool]]:
    """The tables of a case whose layout waits for a person, up to the class that this person may read."""
    top = access.clearance_of(session, actor(), case_id)
    waits = LayoutRecord.state.in_((layouts.PROPOSED, layouts.ANSWERED))
    query = select(LayoutRecord, File).join(File, File.id == LayoutRecord.file_id)
    query = query.where(LayoutRecord.case_id == case_id, waits, File.sensitivity <= int(top))
    found = session.execute(query.order_by(LayoutRecord.at))
    return [(file.id, file.shown_name, one.state, one.open and one.state == layouts.PROPOSED) for one, file in found]


def _after(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
