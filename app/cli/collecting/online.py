"""Commands for what was collected online: record, give files their part, say what is missing, and the identity."""

from datetime import datetime
from typing import Any

import click

from app.cli.collecting.data_orders import AT
from app.cli.running import House, acting, answering, inside, person, purposeful, tell, uuid_of
from app.wiring import services, transaction
from evidence.online import identities, items, showing
from evidence.online.items import Collected
from evidence.online.rows import Element, Role
from evidence.online.showing import Shown

_BECAUSE = click.option("--because", required=True, help="Why; it stands in an entry that stays.")


def _stating(command: Any) -> Any:
    """Give a command the options that state what was collected."""
    for option in (
        click.option("--address", "typed", required=True, help="The address as typed."),
        click.option("--final", default="", help="The address after redirects."),
        click.option("--collector", required=True, help="Who collected it."),
        click.option("--at", "collected", type=AT, required=True, help="With its offset: 2026-09-01T10:00+02:00"),
        click.option("--tool", required=True),
        click.option("--tool-version", required=True),
        click.option("--context", default="", help="What led there, what stood around it."),
        click.option("--identity-file", type=click.File(), help="A file with the network identity; it is sealed."),
    ):
        command = option(command)
    return command


@click.group("online")
def online() -> None:
    """What was collected online: address, collector, files by their part, and what is missing."""


@online.command("record")
@click.argument("exhibit")
@_stating
@acting
@answering
@inside
def record(_house: House, exhibit: str, as_user: str | None, as_json: bool, **told: Any) -> None:
    """Record what was collected online into EXHIBIT; nothing is fetched."""
    with transaction() as session:
        actor = person(session, as_user)
        made = items.record(session, actor, services().keyring, uuid_of(exhibit), _collected(told))
        _tell(showing.of_item(session, actor, made.id)[1], as_json=as_json)


@online.command("correct")
@click.argument("item")
@_stating
@_BECAUSE
@acting
@answering
@inside
def correct(_house: House, item: str, because: str, as_user: str | None, as_json: bool, **told: Any) -> None:
    """Record ITEM anew; the older record stays, and without an identity the one that was recorded goes on."""
    with transaction() as session:
        actor = person(session, as_user)
        made = items.correct(session, actor, services().keyring, uuid_of(item), _collected(told), because)
        _tell(showing.of_item(session, actor, made.id)[1], as_json=as_json)


@online.command("show")
@click.argument("exhibit")
@acting
@answering
@inside
def show(_house: House, exhibit: str, as_user: str | None, as_json: bool) -> None:
    """Show what of EXHIBIT was collected online and what is missing."""
    with transaction() as session:
        _exhibit, found = showing.of_exhibit(session, person(session, as_user), uuid_of(exhibit))
    lines = [line for one in found for line in _lines(one)]
    tell({"items": [_told(one) for one in found]}, as_json=as_json, lines=lines or ["nothing is recorded"])


@online.command("part")
@click.argument("item")
@click.argument("file")
@click.argument("role", type=click.Choice([one.value for one in Role]))
@acting
@answering
@inside
def part(_house: House, item: str, file: str, role: str, as_user: str | None, as_json: bool) -> None:
    """Say that FILE is this ROLE of ITEM."""
    with transaction() as session:
        actor = person(session, as_user)
        items.give_part(session, actor, uuid_of(item), uuid_of(file), Role(role))
        _tell(showing.of_item(session, actor, uuid_of(item))[1], as_json=as_json)


@online.command("missing")
@click.argument("item")
@click.argument("element", type=click.Choice([one.value for one in Element]))
@_BECAUSE
@acting
@answering
@inside
def missing(_house: House, item: str, element: str, because: str, as_user: str | None, as_json: bool) -> None:
    """Say why ELEMENT of ITEM is not here."""
    with transaction() as session:
        actor = person(session, as_user)
        items.explain(session, actor, uuid_of(item), Element(element), because)
        _tell(showing.of_item(session, actor, uuid_of(item))[1], as_json=as_json)


@online.command("identity")
@click.argument("item")
@purposeful
@acting
@answering
@inside
def identity(_house: House, item: str, purpose: str, as_user: str | None, as_json: bool) -> None:
    """Show the network identity of ITEM; that you looked is an entry."""
    with transaction() as session:
        found = identities.identity(session, person(session, as_user, purpose), services().keyring, uuid_of(item))
    tell({"identity": found}, as_json=as_json, lines=[found])


@online.command("disclose")
@click.argument("item")
@click.option("--name/--withhold", "discloses", required=True, help="Whether dossiers name the network identity.")
@_BECAUSE
@acting
@answering
@inside
def disclose(_house: House, item: str, discloses: bool, because: str, as_user: str | None, as_json: bool) -> None:
    """Decide whether dossiers name the network identity of ITEM; by itself none does."""
    with transaction() as session:
        actor = person(session, as_user)
        identities.decide(session, actor, uuid_of(item), because, discloses=discloses)
        _tell(showing.of_item(session, actor, uuid_of(item))[1], as_json=as_json)


def _collected(told: dict[str, Any]) -> Collected:
    file = told.pop("identity_file")
    at: datetime = told["collected"]
    return Collected(**told | {"collected": at, "identity": file.read() if file else ""})


def _tell(one: Shown, *, as_json: bool) -> None:
    tell(_told(one), as_json=as_json, lines=_lines(one))


def _told(one: Shown) -> dict[str, Any]:
    names = ("id", "number", "typed", "final", "context", "collector", "tool", "tool_version", "collected_local")
    told = {name: getattr(one.row, name) for name in names}
    told |= {"typed_host": one.typed_host, "final_host": one.final_host, "identity": one.identity}
    told["parts"] = [{"role": role, "file": file.id, "sha256": file.sha256} for role, file in one.parts]
    told["missing"] = [{"element": element.value, "reason": why} for element, why in one.missing]
    return told


def _lines(one: Shown) -> list[str]:
    row = one.row
    lines = [f"{row.id}  online item {row.number}: {row.typed}"]
    lines += [f"  {name}: {text}" for name, text in (
        ("host in ASCII letters", one.typed_host), ("after redirects", row.final),
        ("its host in ASCII letters", one.final_host),
        ("collected", f"{row.collected_local} by {row.collector} with {row.tool} {row.tool_version}"),
        ("network identity", one.identity), ("context", row.context),
    ) if text]  # fmt: skip
    lines += [f"  {role}: {file.id}  {file.shown_name}" for role, file in one.parts]
    return lines + [f"  MISSING {element.value}: {why or 'no reason is recorded'}" for element, why in one.missing]
