"""Commands for orders for data that somebody else holds: record, follow, answer, correct."""

from datetime import datetime
from typing import Any

import click

from app.cli.running import House, acting, answering, case_named, inside, person, table, tell, uuid_of
from app.wiring import services, transaction
from core import clock
from evidence.data_orders import answers, orders, showing
from evidence.data_orders.answers import Reply
from evidence.data_orders.orders import CORRECTABLE, BadDataOrder, Wanted
from evidence.data_orders.rows import DataOrder
from evidence.data_orders.rules import Category, Kind, Law, Outcome
from evidence.data_orders.showing import Shown

_LISTED = ("id", "number", "kind", "addressee", "category", "state", "due")
_TIMES = frozenset({"issued", "received"})


class _At(click.ParamType[datetime]):
    """An instant with its offset."""

    name = "time"

    def convert(self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None) -> datetime:
        """Read it; a time without its zone is refused, and keeps the offset with which it was given."""
        clock.parse(value)
        return datetime.fromisoformat(value)


AT = _At()
_BECAUSE = click.option("--because", required=True, help="Why; it stands in an entry that stays.")


@click.group("data-order")
def data_order() -> None:
    """Orders that somebody else produce or preserve data, their deadlines, and what was answered."""


@data_order.command("record")
@click.argument("case")
@click.argument("kind", type=click.Choice([one.value for one in Kind]))
@click.option("--number", required=True)
@click.option("--authority", required=True, help="Who issued it.")
@click.option("--addressee", required=True, help="The service provider.")
@click.option("--category", type=click.Choice([one.value for one in Category]), required=True)
@click.option("--issued", type=AT, required=True, help="With its offset: 2026-09-01T10:00+02:00")
@click.option("--law", type=click.Choice([one.value for one in Law]), default=Law.EU.value, show_default=True)
@click.option("--basis", default="", help="The law, when it is not the Regulation (EU) 2023/1543.")
@click.option("--validated-by", default="")
@click.option("--representative", default="")
@click.option("--emergency", default="", help="Which imminent threat makes it 8 hours.")
@click.option("--received", type=AT, help="When the addressee received it, if it is known.")
@click.option("--deadline", "own_deadline", type=AT, help="A deadline of its own.")
@click.option("--deadline-because", "own_because", default="")
@click.option("--follows", help="The id of the preservation that this production follows.")
@click.option("--target-file", type=click.File(), help="A file that says whose data it is; that is sealed.")
@acting
@answering
@inside
def record(_house: House, case: str, as_user: str | None, as_json: bool, target_file: Any, **told: Any) -> None:
    """Record an order for data in CASE; whose data it is comes from a file, since a command is seen by others."""
    told |= {"kind": Kind(told["kind"]), "law": Law(told["law"]), "category": Category(told["category"])}
    told["follows"] = uuid_of(told["follows"]) if told["follows"] else None
    told["target"] = target_file.read() if target_file else ""
    with transaction() as session:
        actor = person(session, as_user)
        found = case_named(session, actor, case)
        _tell(orders.record(session, actor, services().keyring, found.id, Wanted(**told)), as_json=as_json)


@data_order.command("list")
@click.argument("case")
@acting
@answering
@inside
def listed(_house: House, case: str, as_user: str | None, as_json: bool) -> None:
    """List the orders for data of CASE."""
    with transaction() as session:
        actor = person(session, as_user)
        found = orders.of_case(session, actor, case_named(session, actor, case).id)
    told = [{name: getattr(one, name) for name in _LISTED} | {"overdue": one.overdue} for one in found]
    heads = (*_LISTED, "")
    rows = [[one[name] or "" for name in _LISTED] + ["OVERDUE" if one["overdue"] else ""] for one in told]
    tell({"orders": told}, as_json=as_json, lines=table(heads, rows))


@data_order.command("show")
@click.argument("order")
@acting
@answering
@inside
def show(_house: House, order: str, as_user: str | None, as_json: bool) -> None:
    """Show one ORDER with its answers and everything that was done about it."""
    with transaction() as session:
        told = showing.shown(session, person(session, as_user), services().keyring, uuid_of(order))
    row = told.row
    names = ("number", "kind", "basis", "authority", "validated_by", "addressee", "representative", "category",
             "emergency", "issued", "received", "confirmed", "confirmation", "due", "due_because", "state")  # fmt: skip
    lines = [f"{name.replace('_', ' ')}: {value}" for name in names if (value := getattr(row, name))]
    lines.append(f"whose data: {'sealed' if told.sealed else told.target}")
    for one in told.answers:
        late, struck = ("after the deadline, " if one.late else ""), (", struck" if one.row.struck_because else "")
        brought = ", ".join(each.reference for each in one.exhibits)
        lines.append(f"answer {one.row.id}: {late}{one.row.outcome}{struck} {one.row.ground} {brought}".rstrip())
    lines += [f"entry {one.position}  {one.at[:19]}  {one.by}  {one.act}" for one in told.history]
    tell(_whole(told), as_json=as_json, lines=lines)


@data_order.command("received")
@click.argument("order")
@click.argument("at", type=AT)
@acting
@answering
@inside
def received(_house: House, order: str, at: datetime, as_user: str | None, as_json: bool) -> None:
    """Record that the addressee received ORDER at AT; from then on its deadline runs."""
    with transaction() as session:
        _tell(orders.receive(session, person(session, as_user), uuid_of(order), at), as_json=as_json)


@data_order.command("confirmed")
@click.argument("order")
@click.argument("at", type=AT)
@click.option("--by", "confirmation", required=True, help="By what it was confirmed.")
@acting
@answering
@inside
def confirmed(_house: House, order: str, at: datetime, confirmation: str, as_user: str | None, as_json: bool) -> None:
    """Record that the receipt of ORDER was confirmed at AT."""
    with transaction() as session:
        _tell(orders.confirm(session, person(session, as_user), uuid_of(order), at, confirmation), as_json=as_json)


@data_order.command("extend")
@click.argument("order")
@_BECAUSE
@acting
@answering
@inside
def extend(_house: House, order: str, because: str, as_user: str | None, as_json: bool) -> None:
    """Extend the preservation ORDER under EU law by 30 days."""
    with transaction() as session:
        _tell(orders.extend(session, person(session, as_user), uuid_of(order), because), as_json=as_json)


@data_order.command("deadline")
@click.argument("order")
@click.argument("at", type=AT)
@_BECAUSE
@acting
@answering
@inside
def set_deadline(_house: House, order: str, at: datetime, because: str, as_user: str | None, as_json: bool) -> None:
    """Set AT as the deadline of ORDER, with the reason."""
    with transaction() as session:
        _tell(orders.set_deadline(session, person(session, as_user), uuid_of(order), at, because), as_json=as_json)


@data_order.command("end")
@click.argument("order")
@_BECAUSE
@acting
@answering
@inside
def end(_house: House, order: str, because: str, as_user: str | None, as_json: bool) -> None:
    """End ORDER, which was withdrawn or is needed no more."""
    with transaction() as session:
        _tell(orders.end(session, person(session, as_user), uuid_of(order), because), as_json=as_json)


@data_order.command("correct")
@click.argument("order")
@click.argument("words", nargs=-1, metavar="NAME=VALUE...", required=True)
@_BECAUSE
@acting
@answering
@inside
def correct(
    _house: House, order: str, words: tuple[str, ...], because: str, as_user: str | None, as_json: bool
) -> None:
    """Correct what is recorded of ORDER; the entry names each old value beside the new one."""
    changes = dict(_word(one) for one in words)
    with transaction() as session:
        actor, keyring = person(session, as_user), services().keyring
        _tell(orders.correct(session, actor, keyring, uuid_of(order), changes, because), as_json=as_json)


@data_order.command("answered")
@click.argument("order")
@click.argument("outcome", type=click.Choice([one.value for one in Outcome]))
@click.argument("at", type=AT)
@click.option("--ground", default="", help="On which ground it was refused.")
@click.option("--came-file", type=click.File(), help="A file that says what came; that is sealed.")
@click.option("--exhibit", "exhibits", multiple=True, help="An exhibit of the case that it brought.")
@acting
@answering
@inside
def answered(_house: House, order: str, outcome: str, at: datetime, ground: str, came_file: Any,
             exhibits: tuple[str, ...], as_user: str | None, as_json: bool) -> None:  # fmt: skip
    """Record what the addressee of ORDER answered at AT."""
    came = came_file.read() if came_file else ""
    reply = Reply(Outcome(outcome), at, came, ground, tuple(uuid_of(one) for one in exhibits))
    with transaction() as session:
        actor, keyring = person(session, as_user), services().keyring
        made = answers.answer(session, actor, keyring, uuid_of(order), reply)
        told = {"answer": made.id, "outcome": made.outcome}
    tell(told, as_json=as_json, lines=[f"answer {made.id}: {made.outcome}"])


@data_order.command("brought")
@click.argument("order")
@click.argument("answer")
@click.argument("exhibits", nargs=-1, required=True)
@acting
@answering
@inside
def brought(_house: House, order: str, answer: str, exhibits: tuple[str, ...], as_user: str | None,
            as_json: bool) -> None:  # fmt: skip
    """Say which EXHIBITS an ANSWER to ORDER brought; they are from then on under the order."""
    with transaction() as session:
        actor, wanted = person(session, as_user), [uuid_of(one) for one in exhibits]
        made = answers.bring(session, actor, uuid_of(order), uuid_of(answer), wanted)
        told = [one.exhibit_id for one in made]
    tell({"exhibits": told}, as_json=as_json, lines=[f"{len(told)} exhibits are under this order"])


@data_order.command("strike")
@click.argument("order")
@click.argument("answer")
@_BECAUSE
@acting
@answering
@inside
def strike(_house: House, order: str, answer: str, because: str, as_user: str | None, as_json: bool) -> None:
    """Strike an ANSWER to ORDER that was recorded wrongly; it stays, and covers no exhibit any more."""
    with transaction() as session:
        made = answers.strike(session, person(session, as_user), uuid_of(order), uuid_of(answer), because)
    tell({"answer": made.id, "struck": made.struck_because}, as_json=as_json, lines=[f"answer {made.id} is struck"])


def _word(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or name not in CORRECTABLE:
        message = f"«{text[:60]}» is no correction; write NAME=VALUE with one of: {', '.join(CORRECTABLE)}"
        raise BadDataOrder(message)
    if name in _TIMES:
        return name, AT.convert(value, None, None)
    if name == "category" and value in set(Category):
        return name, Category(value)
    if name == "category":
        raise BadDataOrder("there is no such category", fields={name: "use one of: " + ", ".join(Category)})
    return name, value


def _tell(row: DataOrder, *, as_json: bool) -> None:
    told = {name: getattr(row, name) for name in (*_LISTED, "due_because")} | {"overdue": row.overdue}
    due = f", due {row.due:%Y-%m-%d %H:%M} UTC ({row.due_because})" if row.due else ""
    tell(told, as_json=as_json, lines=[f"{row.id}: {row.state}{due}"])


def _whole(told: Shown) -> dict[str, Any]:
    kept = {one.name: getattr(told.row, one.name) for one in DataOrder.__table__.columns}
    answered_ = [
        {"id": one.row.id, "outcome": one.row.outcome, "answered": one.row.answered, "late": one.late,
         "came": one.came, "ground": one.row.ground, "struck_because": one.row.struck_because,
         "exhibits": [each.id for each in one.exhibits]} for one in told.answers
    ]  # fmt: skip
    history = [{"position": one.position, "act": one.act, "at": one.at, "by": one.by} for one in told.history]
    return kept | {"target": told.target, "sealed": told.sealed, "answers": answered_, "history": history}
