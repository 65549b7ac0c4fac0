"""Commands for cases and their members."""

import click

from app.cli.running import House, acting, answering, case_named, inside, person, table, tell
from app.wiring import transaction
from cases import access, docket
from cases.access import Act, Duty
from cases.handling import Sensitivity
from core import accounts
from evidence import custody, reindexing

_CLASSES = [one.name for one in Sensitivity]


@click.group()
def cases() -> None:
    """Cases: open, list, restrict, close; and who is in them."""


@cases.command("open")
@click.argument("title")
@click.option("--number", default="", help="The office's own number of the case.")
@click.option("--class", "sensitivity", type=click.Choice(_CLASSES), default="C2", show_default=True)
@click.option("--restricted", is_flag=True, help="Hide that the case exists from all but its members.")
@acting
@answering
@inside
def open_case(
    _house: House, title: str, number: str, sensitivity: str, restricted: bool, as_user: str | None, as_json: bool
) -> None:
    """Open a case with TITLE; whoever opens it leads it."""
    with transaction() as session:
        actor = person(session, as_user)
        kind = Sensitivity[sensitivity]
        case = access.open_case(session, actor, title, number=number, sensitivity=kind, restricted=restricted)
    tell({"id": case.id, "title": case.title}, as_json=as_json, lines=[f"{case.id}  {case.title}"])


@cases.command("list")
@acting
@answering
@inside
def show(_house: House, as_user: str | None, as_json: bool) -> None:
    """List the cases that the person may see."""
    with transaction() as session:
        found = list(session.scalars(access.visible(person(session, as_user)).order_by(docket.Case.opened)))
    told = [
        {"id": one.id, "title": one.title, "number": one.number, "state": one.state, "restricted": one.restricted}
        for one in found
    ]
    rows = [(one.id, one.number, one.state, one.title) for one in found]
    tell(told, as_json=as_json, lines=table(("id", "number", "state", "title"), rows))


@cases.command("amend")
@click.argument("case")
@click.option("--title")
@click.option("--number")
@acting
@inside
def amend(_house: House, case: str, title: str | None, number: str | None, as_user: str | None) -> None:
    """Change the title or number of CASE."""
    with transaction() as session:
        actor = person(session, as_user)
        found = case_named(session, actor, case, to=Act.AMEND)
        docket.amend(session, found, actor, title=title, number=number)
    click.echo(f"{found.id}  {found.title}")


@cases.command("restrict")
@click.argument("case")
@click.option("--reason", required=True)
@click.option("--lift", is_flag=True, help="Lift the restriction instead.")
@acting
@inside
def restrict(_house: House, case: str, reason: str, lift: bool, as_user: str | None) -> None:
    """Restrict CASE, or lift its restriction."""
    with transaction() as session:
        actor = person(session, as_user)
        found = case_named(session, actor, case, to=Act.MANAGE)
        docket.restrict(session, found, actor, restricted=not lift, reason=reason)
        reindexing.ask_for_case(session, found.id)
    click.echo(f"{found.id} is {'no longer ' if lift else ''}restricted")


@cases.command("close")
@click.argument("case")
@click.option("--reason", required=True)
@acting
@inside
def close(_house: House, case: str, reason: str, as_user: str | None) -> None:
    """Close CASE; it can be read afterwards and takes nothing more."""
    with transaction() as session:
        actor = person(session, as_user)
        found = case_named(session, actor, case, to=Act.MANAGE)
        docket.close(session, found, actor, reason=reason, still_out=custody.outstanding(session, found.id))
    click.echo(f"{found.id} is closed")


@cases.command("reopen")
@click.argument("case")
@click.option("--reason", required=True)
@acting
@inside
def reopen(_house: House, case: str, reason: str, as_user: str | None) -> None:
    """Open a closed CASE again."""
    with transaction() as session:
        actor = person(session, as_user)
        found = case_named(session, actor, case, to=Act.MANAGE)
        docket.reopen(session, found, actor, reason=reason)
    click.echo(f"{found.id} is open again")


@cases.group("members")
def members() -> None:
    """Who is in a case, with which duty and clearance."""


@members.command("add")
@click.argument("case")
@click.argument("user")
@click.option("--duty", type=click.Choice([str(one) for one in Duty]), required=True)
@click.option("--clearance", type=click.Choice(_CLASSES), default="C2", show_default=True)
@acting
@answering
@inside
def add(_house: House, case: str, user: str, duty: str, clearance: str, as_user: str | None, as_json: bool) -> None:
    """Make USER a member of CASE."""
    with transaction() as session:
        actor = person(session, as_user)
        found = case_named(session, actor, case, to=Act.MANAGE)
        access.admit(session, actor, found, accounts.named(session, user), Duty(duty), Sensitivity[clearance])
    told = {"case": found.id, "user": user, "duty": duty, "clearance": clearance}
    tell(told, as_json=as_json, lines=[f"{user} is in the case to {duty}, cleared for {clearance}"])


@members.command("remove")
@click.argument("case")
@click.argument("user")
@acting
@inside
def remove(_house: House, case: str, user: str, as_user: str | None) -> None:
    """End the membership of USER in CASE."""
    with transaction() as session:
        actor = person(session, as_user)
        found = case_named(session, actor, case, to=Act.MANAGE)
        access.dismiss(session, actor, found, accounts.named(session, user))
    click.echo(f"{user} is no longer in the case")


@members.command("list")
@click.argument("case")
@acting
@answering
@inside
def list_members(_house: House, case: str, as_user: str | None, as_json: bool) -> None:
    """List the members of CASE."""
    with transaction() as session:
        found = access.members(session, case_named(session, person(session, as_user), case))
    told = [
        {"user": user.name, "duty": one.duty, "clearance": Sensitivity(one.clearance).name, "since": one.since}
        for one, user in found
    ]
    rows = [(user.name, one.duty, Sensitivity(one.clearance).name) for one, user in found]
    tell(told, as_json=as_json, lines=table(("user", "duty", "clearance"), rows))


COMMANDS = (cases,)
