"""What all pages share: their blueprint, the place in the URL, the form that came back, and a table as page or CSV."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from flask import Blueprint, Response, g, render_template, request
from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session
from werkzeug.wrappers import Response as Answer

from app.auth import actor, visitor
from app.errors import status_of
from app.pages.views.forms import Form
from app.pages.views.tables import ROWS, Place, Table, as_csv
from app.wiring import services
from cases import people
from cases.masks import Masks
from core.accounts import Role
from core.errors import Conflict, Invalid

Given = ParamSpec("Given")
Choice = TypeVar("Choice", bound=StrEnum)


class NotOffered(Invalid):
    """What came in for a field is none of its choices."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is still to be rendered: its template, its plain values, its status."""

    template: str
    values: Mapping[str, Any]
    status: int = 200


Shown = Page | Answer
View = TypeVar("View", bound=Callable[..., Shown])


class Desk(Blueprint):
    """Routes whose pages are rendered after their transaction has ended, so that no reader keeps a writer waiting."""

    def shows(self, rule: str) -> Callable[[View], View]:
        """A page at this address, to look at."""
        return self._door(rule, "GET")

    def takes(self, rule: str) -> Callable[[View], View]:
        """A form that is sent to this address, to do something."""
        return self._door(rule, "POST")

    def _door(self, rule: str, method: str) -> Callable[[View], View]:
        def add(view: View) -> View:
            self.add_url_rule(rule, view.__name__, _rendered(view), methods=[method])
            return view

        return add


desk = Desk("desk", __name__)


@desk.before_request
def _know_who() -> None:
    # Who comes in is looked up in a transaction of its own; inside the one of a page it would wait for that for ever.
    visitor()


def place() -> Place:
    """Where the reader stands, as the address says."""
    kept = tuple((name, _writable(value)) for name, value in request.args.items(multi=True) if name != "format")
    return Place(request.path, kept)


def masks_of(session: Session, case_id: UUID) -> Masks:
    """What hides the names of the protected of a case from this reader: nothing does from a protection officer."""
    known: dict[UUID, Masks] = g.setdefault("masks_by_case", {})
    if case_id not in known:
        sealed = not actor().holds(Role.PROTECTION)
        key = services().keyring.reading_key(session, case_id)
        known[case_id] = people.masks(session, case_id, key=key, only_restricted=not sealed)
    return known[case_id]


def hidden(text: str) -> str:
    """A text of the page's case with the names of the protected as pseudonyms (R-PRO-12)."""
    masks: Masks | None = g.get("masks")
    return masks.apply(text) if masks else text


def typed(name: str) -> str:
    """What was typed into a field, without the blanks around it."""
    return _writable(request.form.get(name, "")).strip()


def chosen(kind: type[Choice], name: str, default: str = "") -> Choice:
    """What was chosen in a field whose choices are those of *kind*; raises `NotOffered` for anything else."""
    try:
        return kind(typed(name) or default)
    except ValueError as none:
        message = "choose one of those that are offered"
        raise NotOffered(f"{name}: {message}", fields={name: message}) from none


def identity(text: str, name: str) -> UUID:
    """The id that a field holds; raises `NotOffered` for what is none."""
    try:
        return UUID(text)
    except ValueError as none:
        message = "choose one of those that are offered"
        raise NotOffered(f"{name}: {message}", fields={name: message}) from none


def form(**defaults: object) -> Form:
    """The form as it was sent and not taken, else one that shows these values."""
    kept: Form | None = g.get("refused_form")
    return Form.holding(**defaults) if kept is None else kept


def returning(show: Callable[Given, Shown]) -> Callable[[Callable[Given, Shown]], Callable[Given, Shown]]:
    """Make a form's door show its page again, with each reason beside its field, when the form is not taken."""

    def around(take: Callable[Given, Shown]) -> Callable[Given, Shown]:
        @wraps(take)
        def door(*args: Given.args, **kwargs: Given.kwargs) -> Shown:
            try:
                return take(*args, **kwargs)
            except (Invalid, Conflict) as refusal:
                g.refused_form = Form.failed(request.form.items(multi=True), refusal)
                shown = show(*args, **kwargs)
                return replace(shown, status=status_of(refusal)) if isinstance(shown, Page) else shown

        return door

    return around


def page(template: str, **values: Any) -> Page:
    """A page from its template and view values; forms find what was sent."""
    values.setdefault("form", form())
    return Page(template, values)


def table_page(template: str, table: Table, name: str = "table", **values: Any) -> Shown:
    """A page around one table, or that table as CSV when the address asks for it."""
    if request.args.get("format") == "csv":
        answer = Response(as_csv(table, hidden), mimetype="text/csv")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return answer
    return page(template, place=table.place, **{name: table}, **values)


def _writable(text: str) -> str:
    """A text without what no database takes: the character zero, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def _rendered(view: Callable[Given, Shown]) -> Callable[Given, Answer | tuple[str, int]]:
    @wraps(view)
    def door(*args: Given.args, **given: Given.kwargs) -> Answer | tuple[str, int]:
        shown = view(*args, **given)
        if isinstance(shown, Page):
            return render_template(shown.template, **shown.values), shown.status
        return shown

    return door


def rows_of(
    session: Session,
    query: Select[Any],
    sort: InstrumentedAttribute[Any],
    key: InstrumentedAttribute[UUID],
    *,
    down: bool,
    after: str,
) -> tuple[list[Any], str]:
    """One page of a query in the order of a column, after the row *after*, and the key of its last if more follow."""
    if last := _last(session, query, sort, key, after):
        query = query.where(_beyond(sort, key, last, down=down))
    order = (sort.desc(), key.desc()) if down else (sort.asc(), key.asc())
    rows = list(session.scalars(query.order_by(None).order_by(*order).limit(ROWS + 1)))
    return rows[:ROWS], str(getattr(rows[ROWS - 1], key.key)) if len(rows) > ROWS else ""


def _last(
    session: Session, query: Select[Any], sort: InstrumentedAttribute[Any], key: InstrumentedAttribute[UUID], after: str
) -> tuple[Any, UUID] | None:
    try:
        wanted = UUID(after)
    except ValueError:
        return None
    found = session.execute(query.with_only_columns(sort, key).order_by(None).where(key == wanted)).first()
    return None if found is None else (found[0], found[1])


def _beyond(
    sort: InstrumentedAttribute[Any], key: InstrumentedAttribute[UUID], last: tuple[Any, UUID], *, down: bool
) -> ColumnElement[bool]:
    value, own = last
    if down:
        return or_(sort < value, and_(sort == value, key < own))
    return or_(sort > value, and_(sort == value, key > own))
