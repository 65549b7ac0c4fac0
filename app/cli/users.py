"""Commands for accounts: made and changed by whoever runs the machine, each with its entry."""

from datetime import timedelta
from typing import Any

import click

from app.cli.running import House, answering, inside, table, tell
from app.wiring import transaction
from cases.access import Act
from core import accounts
from core.accounts import HOUSE, Role
from core.ledger import entries as ledger

CHAIN = "access/house"
_ROLES = [str(one) for one in Role]
_SCOPES = [str(one) for one in Act]


@click.group()
def users() -> None:
    """Accounts: who may come in, with which roles."""


@users.command("add")
@click.argument("name")
@click.option("--role", "roles", type=click.Choice(_ROLES), multiple=True, required=True)
@click.option("--display", default="", help="The name as colleagues know it.")
@click.option("--password", envvar="PROBANDA_PASSWORD", prompt=True, hide_input=True, confirmation_prompt=True)
@answering
@inside
def add(_house: House, name: str, roles: tuple[str, ...], display: str, password: str, as_json: bool) -> None:
    """Make an account NAME."""
    with transaction() as session:
        user = accounts.add(session, name, [Role(one) for one in roles], password, display=display)
        ledger.append(session, CHAIN, HOUSE, "account made", subject=user.id, name=name, roles=sorted(roles))
    tell(
        {"id": user.id, "name": name, "roles": sorted(roles)},
        as_json=as_json,
        lines=[f"{name} may come in as {', '.join(roles)}"],
    )


@users.command("list")
@answering
@inside
def show(_house: House, as_json: bool) -> None:
    """List the accounts."""
    with transaction() as session:
        found = accounts.everyone(session)
    told = [
        {"id": one.id, "name": one.name, "display": one.display, "roles": one.roles, "active": one.active}
        for one in found
    ]
    rows = [(one.name, ", ".join(one.roles), "" if one.active else "closed", one.display) for one in found]
    tell(told, as_json=as_json, lines=table(("name", "roles", "", "display"), rows))


@users.command("password")
@click.argument("name")
@click.option("--password", envvar="PROBANDA_PASSWORD", prompt=True, hide_input=True, confirmation_prompt=True)
@inside
def password(_house: House, name: str, password: str) -> None:
    """Set a new password; every sign-in of the account ends."""
    with transaction() as session:
        user = accounts.named(session, name)
        accounts.change_password(session, user, password)
        ledger.append(session, CHAIN, HOUSE, "password changed", subject=user.id, name=name)
    click.echo(f"{name} has a new password and must sign in again everywhere")


@users.command("roles")
@click.argument("name")
@click.option("--role", "roles", type=click.Choice(_ROLES), multiple=True, required=True)
@inside
def roles(_house: House, name: str, roles: tuple[str, ...]) -> None:
    """Give an account other roles; every sign-in of the account ends."""
    with transaction() as session:
        user = accounts.named(session, name)
        accounts.change_roles(session, user, [Role(one) for one in roles])
        ledger.append(session, CHAIN, HOUSE, "roles changed", subject=user.id, name=name, roles=sorted(roles))
    click.echo(f"{name} is now {', '.join(roles)} and must sign in again everywhere")


@users.command("close")
@click.argument("name")
@inside
def close(_house: House, name: str) -> None:
    """Close an account; what it did stays in the ledgers."""
    with transaction() as session:
        user = accounts.named(session, name)
        accounts.deactivate(session, user)
        ledger.append(session, CHAIN, HOUSE, "account closed", subject=user.id, name=name)
    click.echo(f"{name} may no longer come in")


@users.command("token")
@click.argument("name")
@click.option("--label", required=True, help="What the token is for.")
@click.option(
    "--scope", "scopes", type=click.Choice(_SCOPES), multiple=True, required=True, help="An act that it allows."
)
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True)
@answering
@inside
def token(_house: House, name: str, label: str, scopes: tuple[str, ...], days: int, as_json: bool) -> None:
    """Issue an API token for NAME; it is shown this once and kept as a digest only."""
    with transaction() as session:
        user = accounts.named(session, name)
        kept, text = accounts.issue_token(session, user, label, scopes, timedelta(days=days))
        told: dict[str, Any] = {"label": label, "scopes": sorted(scopes), "expires": kept.expires}
        ledger.append(session, CHAIN, HOUSE, "token issued", subject=user.id, name=name, **told)
    tell(
        {"id": kept.id, "token": text, **told},
        as_json=as_json,
        lines=[text, f"valid until {kept.expires:%Y-%m-%d}; it is not shown again"],
    )


COMMANDS = (users,)
