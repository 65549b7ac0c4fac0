"""The command that searches across cases."""

import click

from app.cli.running import House, acting, answering, case_named, inside, person, purposeful, tell
from app.wiring import services, transaction
from cases.access import Act
from search import finder


@click.command()
@click.argument("query")
@purposeful
@click.option("--case", help="In one case only.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@acting
@answering
@inside
def search(
    _house: House, query: str, purpose: str, case: str | None, limit: int, as_user: str | None, as_json: bool
) -> None:
    """Find QUERY in all cases that the person may search."""
    house = services()
    with transaction() as session:
        actor = person(session, as_user, purpose)
        within = case_named(session, actor, case, to=Act.SEARCH).id if case else None
        found = finder.find(session, actor, house.index, house.keyring, query, case=within, size=limit)
    tell(found.to_dict(), as_json=as_json, lines=found.lines())


COMMANDS = (search,)
