"""Commands for the people of a case."""

from typing import Any

import click

from app.cli.running import House, acting, answering, case_named, inside, person, table, tell, uuid_of
from app.wiring import services, transaction
from cases import people as wing
from cases.access import Act
from cases.people import Part
from evidence import reindexing

_PARTS = [str(one) for one in Part]


@click.group()
def people() -> None:
    """People of a case: names as written, roles over time, protection."""


@people.command("add")
@click.argument("case")
@click.argument("name")
@click.option("--role", type=click.Choice(_PARTS), required=True)
@click.option("--protected", is_flag=True, help="Show and index a pseudonym only.")
@click.option("--organisation", is_flag=True)
@click.option("--also", multiple=True, help="Another written form of the name, in any script.")
@click.option("--source", default="", help="Where the name was written.")
@acting
@answering
@inside
def add(_house: House, case: str, name: str, role: str, protected: bool, organisation: bool, also: tuple[str, ...],
        source: str, as_user: str | None, as_json: bool) -> None:  # fmt: skip
    """Enter the person NAME in CASE, as the name was written."""
    with transaction() as session:
        actor = person(session, as_user)
        found = case_named(session, actor, case, to=Act.PEOPLE)
        key = services().keyring.case_key(session, found.id)
        kind = "organisation" if organisation else "person"
        entered = wing.add(
            session, actor, found, name, Part(role), key=key, kind=kind, protected=protected, source=source
        )
        for form in also:
            wing.add_name(session, actor, found, entered, form, key=key, source=source)
        if protected:
            reindexing.ask_for_case(session, found.id)
    label = wing.label(entered, (name, *also))
    tell({"id": entered.id, "label": label, "protected": protected}, as_json=as_json, lines=[f"{entered.id}  {label}"])


@people.command("list")
@click.argument("case")
@acting
@answering
@inside
def show(_house: House, case: str, as_user: str | None, as_json: bool) -> None:
    """List the people of CASE; the protected appear under their pseudonyms."""
    with transaction() as session:
        actor = person(session, as_user)
        found = case_named(session, actor, case, to=Act.SEE)
        persons = wing.listed(session, actor, found.id)
        names = wing.names(session, persons, key=services().keyring.reading_key(session, found.id))
        parts = wing.roles(session, persons)
    told: list[dict[str, Any]] = [
        {
            "id": one.id,
            "label": wing.label(one, (text for _form, text in names[one.id])),
            "protected": one.protected,
            "names": [text for _form, text in names[one.id]] if wing.may_name(actor, one) else [],
            "roles": [given.role for given in parts if given.person_id == one.id and given.until is None],
        }
        for one in persons
    ]
    rows = [(one["id"], one["label"], ", ".join(one["roles"]), "protected" if one["protected"] else "") for one in told]
    tell(told, as_json=as_json, lines=table(("id", "called", "roles", ""), rows))


@people.command("protect")
@click.argument("case")
@click.argument("person_id")
@click.option("--reason", required=True)
@acting
@inside
def protect(_house: House, case: str, person_id: str, reason: str, as_user: str | None) -> None:
    """Put a person of CASE under protection and have everything indexed anew without the name."""
    with transaction() as session:
        actor = person(session, as_user)
        found = case_named(session, actor, case, to=Act.PEOPLE)
        guarded = wing.fetch(session, actor, found, uuid_of(person_id))
        wing.protect(session, actor, found, guarded, reason=reason)
        count = reindexing.ask_for_case(session, found.id)
    click.echo(f"{guarded.pseudonym} is protected; {count} files are to be indexed anew")


COMMANDS = (people,)
