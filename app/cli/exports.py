"""Commands for dossiers: make one, list them, sign one off."""

import os
import sys
from pathlib import Path

import click

from app import exporting
from app.cli.running import House, acting, answering, case_named, inside, person, purposeful, table, tell, uuid_of
from app.wiring import services, transaction
from cases.access import Act
from evidence import exhibits
from exports import register
from exports.bundle import BundleExists
from exports.dossier import Order


@click.group()
def exports() -> None:
    """Dossiers: frozen, numbered, bundled, on record."""


@exports.command("dossier")
@click.argument("case")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The bundle's folder; must not exist."
)
@click.option("--exhibit", "chosen", multiple=True, help="Only these exhibits, in this order; all when none is given.")
@click.option("--title", default="", help="The dossier's title; that of the case when not given.")
@click.option("--recipient", default="", help="For whom it is made.")
@click.option("--next-of", "earlier", default="", help="The next version of this dossier (D1, D2, …).")
@click.option(
    "--looked-through", multiple=True, metavar="FILE", help="You searched this file for protected names by eye and ear."
)
@purposeful
@acting
@answering
@inside
def dossier(_house: House, case: str, output: Path, chosen: tuple[str, ...], title: str, recipient: str, earlier: str,
            looked_through: tuple[str, ...],
            purpose: str, as_user: str | None, as_json: bool) -> None:  # fmt: skip
    """Make a dossier of CASE and write its bundle, which is checked at once."""
    if os.path.lexists(output):
        message = f"there is already something at {output}; choose another place"
        raise BundleExists(message)
    with transaction() as session:
        actor = person(session, as_user, purpose)
        found = case_named(session, actor, case, to=Act.EXPORT)
        wanted = [uuid_of(one) for one in chosen] or [one.id for one in exhibits.listed(session, actor, found.id)]
        order = Order(
            found.id,
            tuple(wanted),
            title or found.title,
            purpose,
            recipient,
            earlier,
            frozenset(map(uuid_of, looked_through)),
        )
    export_id = exporting.ask(actor, order, later=False)
    made = exporting.bind_version(actor, export_id)
    manifest, report = exporting.write(made, actor, output.absolute())
    told = {
        "export": export_id,
        "bundle": output.absolute(),
        "pages": len(made.dossier.pages),
        "files": len(manifest.files),
        "digests": manifest.digests(),
        "findings": [str(one) for one in report.findings],
    }
    lines = [f"{output}: {len(made.dossier.pages)} pages, {len(manifest.files)} files"]
    lines += [str(one) for one in report.findings] or ["checked at once: everything holds"]
    tell(told, as_json=as_json, lines=lines)
    if report.findings:
        sys.exit(1)


@exports.command("list")
@click.argument("case")
@acting
@answering
@inside
def show(_house: House, case: str, as_user: str | None, as_json: bool) -> None:
    """List the dossiers of CASE: who asked for what, when, and what became of it."""
    with transaction() as session:
        actor = person(session, as_user)
        found = register.of_case(session, actor, case_named(session, actor, case).id)
    names = ("id", "dossier", "version", "title", "state", "because", "asked_at", "digests")
    told = [{name: getattr(one, name) for name in names} | {"asked_by": one.asked_name} for one in found]
    rows = [
        (one.id, one.dossier, one.version, one.state, one.asked_name, f"{one.asked_at:%Y-%m-%d %H:%M}", one.title)
        for one in found
    ]
    tell(told, as_json=as_json, lines=table(("id", "no.", "v", "state", "by", "asked (UTC)", "title"), rows))


@exports.command("sign")
@click.argument("export")
@click.option("--words", default="", help="What the signature says.")
@purposeful
@acting
@inside
def sign(_house: House, export: str, words: str, purpose: str, as_user: str | None) -> None:
    """Put your name under a dossier that somebody else ordered."""
    with transaction() as session:
        actor = person(session, as_user, purpose)
        signed = register.sign_off(session, actor, services().keyring, uuid_of(export), words)
    click.echo(f"signed off by {signed.who} as {signed.role}")


@exports.command("remake")
@click.argument("export")
@purposeful
@acting
@answering
@inside
def remake(_house: House, export: str, purpose: str, as_user: str | None, as_json: bool) -> None:
    """Make the PDF of EXPORT again when its copy at hand does not hold; it has to be the same to the byte."""
    with transaction() as session:
        actor = person(session, as_user, purpose)
    made = exporting.remake(actor, uuid_of(export))
    told = {"id": made.id, "dossier": made.dossier, "version": made.version, "digests": made.digests}
    lines = [f"{made.dossier} version {made.version} was made again and is the same to the byte"]
    tell(told, as_json=as_json, lines=lines)


COMMANDS = (exports,)
