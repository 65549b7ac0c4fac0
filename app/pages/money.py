"""Pages of the money: the statements of a case, one statement with its rows, and the confirmation of its layout."""

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import desk, page, place, returning, table_page
from app.pages.views.money import rows_table, statement_view, statements_table, total_view
from app.wiring import services, transaction
from cases import access
from cases.access import Act
from cases.docket import NoSuchCase
from evidence.files import File
from evidence.money import bookings, layouts
from evidence.money.bookings import Wanted
from evidence.money.records import WAITING, StatementRecord
from evidence.money.showing import Account
from evidence.money.statements import Layout

_SORTS = ("number", "day", "amount")


@desk.get("/cases/<uuid:case_id>/money")
def money(case_id: UUID) -> Any:
    """The statements of a case and what they add up to, for a stated purpose."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        if not actor().purpose:
            return page("money/list.html", **standing(session, case))
        found = bookings.statements(session, actor(), services().keyring, case_id)
        totals = [total_view(one) for one in bookings.totals(session, actor(), case_id)]
        table = statements_table(found, place())
        return table_page("money/list.html", table, "statements", totals=totals, **standing(session, case))


@desk.get("/statements/<uuid:statement_id>")
def statement(statement_id: UUID) -> Any:
    """One statement: whether it adds up, and its rows as read beside the rows as written."""
    here = place()
    sort, down = here.sorting(_SORTS, "number")
    wanted = Wanted(statement=statement_id, sort=sort, descending=down)
    with transaction() as session:
        one = _account(session, statement_id)
        case = access.fetch(session, actor(), one.case_id, to=Act.MONEY)
        found = bookings.transactions(session, actor(), services().keyring, one.case_id, wanted, after=_after(here.get("after")))
        table = rows_table(found.rows, here, sort=f"-{sort}" if down else sort, more=str(found.after or ""))
        shown = statement_view(one, session.get_one(File, one.file_id).shown_name, _layout(session, one))
        return table_page("money/statement.html", table, "rows", statement=shown, **standing(session, case))


@desk.post("/statements/<uuid:statement_id>/layout")
@returning(statement)
def confirm_layout(statement_id: UUID) -> Response:
    """Take the answers about a layout, or confirm it as it is shown."""
    answers = {name: value for name, value in request.form.items() if name not in {"csrf_token", "act"} and value}
    with transaction() as session:
        one = _account(session, statement_id)
        if answers:
            layouts.answer(session, actor(), services().keyring, one.file_id, answers)
        else:
            layouts.confirm_layout(session, actor(), services().keyring, one.file_id)
    if answers:
        return redirect(url_for("desk.money", case_id=one.case_id))
    return redirect(url_for("desk.statement", statement_id=statement_id))


def _account(session: Session, statement_id: UUID) -> Account:
    record = session.get(StatementRecord, statement_id)
    if record is None:
        raise NoSuchCase
    known = bookings.statements(session, actor(), services().keyring, record.case_id)
    one = next((account for account in known if account.id == statement_id), None)
    if one is None:
        raise NoSuchCase
    return one


def _layout(session: Session, one: Account) -> Layout | None:
    if one.state != WAITING:
        return None
    return layouts.shown(session, actor(), services().keyring, one.file_id)[0]


def _after(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
