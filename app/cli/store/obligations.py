"""The command that lists everything with a deadline."""

import click

from app.cli.running import House, acting, answering, inside, person, table, tell
from app.wiring import transaction
from evidence import deadlines


@click.command("obligations")
@acting
@answering
@inside
def obligations(_house: House, as_user: str | None, as_json: bool) -> None:
    """List everything with a deadline that you may know of, the most urgent first."""
    with transaction() as session:
        found = deadlines.mine(session, person(session, as_user))
    names = ("kind", "words", "due", "subject", "case_id", "overdue")
    told = [{name: getattr(one, name) for name in names} for one in found]
    rows = [(f"{one.due:%Y-%m-%d %H:%M}", "late" if one.overdue else "", one.kind, one.words) for one in found]
    tell(told, as_json=as_json, lines=table(("by when", "", "what", "which"), rows))


COMMANDS = (obligations,)
