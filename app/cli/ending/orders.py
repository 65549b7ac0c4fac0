"""Commands for orders that data be destroyed, from registering one to looking everywhere for what is left."""

import sys
from datetime import datetime
from pathlib import Path

import click

from app.cli.running import House, acting, answering, case_named, inside, person, table, tell, uuid_of
from app.ending import carrying_out, replaying, verifying
from app.wiring import transaction
from core import clock
from evidence.ending import orders
from evidence.ending.orders import Ruling
from evidence.ending.rows import Order, Scope, Shared
from exports import certificate
from exports.pdf.expungement import certificate_pdf

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("expunge")
def expunge() -> None:
    """Data destroyed by order: weighed, approved by two others, carried out, verified, certified."""


@expunge.command("register")
@click.argument("case")
@click.option("--number", required=True, help="The order's number.")
@click.option("--court", required=True)
@click.option("--dated", required=True, help="The order's day, as it is written.")
@click.option("--scope", type=click.Choice([one.value for one in Scope]), required=True)
@click.option("--thing", "things", multiple=True, help="An exhibit, file or person; may be given again.")
@click.option("--appeal-ends", type=_DAY, help="Until when it may be appealed; not given, it is final.")
@click.option("--keep-hashes", is_flag=True, help="The order lets hash values stay.")
@click.option("--shared", type=click.Choice([one.value for one in Shared]), default=Shared.RESTRICT.value,
              show_default=True, help="What happens here to content that another case holds too.")  # fmt: skip
@click.option("--reason", default="", help="Stays in the ledger for ever: name nobody.")
@acting
@answering
@inside
def register(_house: House, case: str, number: str, court: str, dated: str, scope: str, things: tuple[str, ...],
             appeal_ends: datetime | None, keep_hashes: bool, shared: str, reason: str,
             as_user: str | None, as_json: bool) -> None:  # fmt: skip
    """Register an order for CASE; nothing happens by that."""
    ends = clock.parse(f"{appeal_ends:%Y-%m-%d}T23:59:59Z") if appeal_ends else None
    ruling = Ruling(
        number, court, dated, Scope(scope), tuple(map(uuid_of, things)), ends, keep_hashes, Shared(shared), reason
    )
    with transaction() as session:
        actor = person(session, as_user)
        made = orders.register(session, actor, case_named(session, actor, case).id, ruling)
    tell({"order": made.id}, as_json=as_json, lines=[str(made.id)])


@expunge.command("list")
@click.argument("case")
@acting
@answering
@inside
def show(_house: House, case: str, as_user: str | None, as_json: bool) -> None:
    """List the orders of CASE."""
    with transaction() as session:
        actor = person(session, as_user)
        found = orders.of_case(session, actor, case_named(session, actor, case).id)
    names = ("id", "number", "court", "scope", "state", "registered", "ended")
    told = [{name: getattr(one, name) for name in names} for one in found]
    rows = [(one.id, one.number, one.scope, one.state, one.court) for one in found]
    tell(told, as_json=as_json, lines=table(("id", "number", "scope", "state", "court"), rows))


@expunge.command("reach")
@click.argument("order")
@acting
@answering
@inside
def reach(_house: House, order: str, as_user: str | None, as_json: bool) -> None:
    """Show what ORDER reaches: what goes, what is restricted, who has copies, and what it waits for."""
    with transaction() as session:
        actor = person(session, as_user)
    _, found = carrying_out.reach_of(actor, uuid_of(order))
    things = [
        {"kind": one.kind, "id": one.id, "act": one.act, "label": one.label, "because": one.because}
        for one in found.things
    ]
    told = {"digest": found.digest, "counts": found.counts(), "waits": found.waits, "things": things}
    told["recipients"] = found.recipients
    rows = [(one.act, one.kind, one.label, one.because) for one in found.things]
    lines = [*table(("what is done", "with", "which", "because"), rows), *(f"waits: {one}" for one in found.waits)]
    lines += [f"has a copy: {who} ({what})" for who, what in found.recipients]
    tell(told, as_json=as_json, lines=lines)


@expunge.command("propose")
@click.argument("order")
@click.option("--reason", required=True)
@acting
@answering
@inside
def propose(_house: House, order: str, reason: str, as_user: str | None, as_json: bool) -> None:
    """Ask two others to approve exactly what ORDER reaches now."""
    with transaction() as session:
        actor = person(session, as_user)
    made = carrying_out.propose(actor, uuid_of(order), reason)
    tell({"proposal": made}, as_json=as_json, lines=[str(made)])


@expunge.command("decide")
@click.argument("proposal")
@click.option("--grant/--refuse", "grants", required=True)
@click.option("--reason", required=True)
@acting
@answering
@inside
def decide(_house: House, proposal: str, grants: bool, reason: str, as_user: str | None, as_json: bool) -> None:
    """Grant or refuse PROPOSAL."""
    with transaction() as session:
        actor = person(session, as_user)
        made = orders.decide(session, actor, uuid_of(proposal), grants=grants, reason=reason)
    tell({"proposal": made.id, "state": made.state}, as_json=as_json, lines=[made.state])


@expunge.command("object")
@click.argument("order")
@click.option("--kind", type=click.Choice(orders.OBSTACLES), required=True)
@click.option("--words", required=True)
@acting
@inside
def object_to(_house: House, order: str, kind: str, words: str, as_user: str | None) -> None:
    """Say what stands against ORDER."""
    with transaction() as session:
        made = orders.object_to(session, person(session, as_user), uuid_of(order), kind, words)
    click.echo(str(made.id))


@expunge.command("resolve")
@click.argument("order")
@click.argument("obstacle")
@click.option("--resolution", required=True)
@acting
@inside
def resolve(_house: House, order: str, obstacle: str, resolution: str, as_user: str | None) -> None:
    """Resolve in writing OBSTACLE of ORDER."""
    with transaction() as session:
        actor = person(session, as_user)
        orders.resolve(session, actor, uuid_of(order), uuid_of(obstacle), resolution)
    click.echo("resolved")


@expunge.command("start")
@click.argument("order")
@click.option("--copies-until", type=_DAY, help="The day on which the last backup made before expires.")
@acting
@answering
@inside
def start(_house: House, order: str, copies_until: datetime | None, as_user: str | None, as_json: bool) -> None:
    """Have approved ORDER carried out by the worker; it cannot be stopped from here on."""
    with transaction() as session:
        actor = person(session, as_user)
    until = copies_until.date() if copies_until else None
    made = carrying_out.begin(actor, uuid_of(order), copies_until=until)
    tell({"order": made.id, "state": made.state}, as_json=as_json, lines=["begun; `probanda work` carries it out"])


@expunge.command("progress")
@click.argument("order")
@acting
@answering
@inside
def progress(_house: House, order: str, as_user: str | None, as_json: bool) -> None:
    """Say how far the carrying out of ORDER is."""
    with transaction() as session:
        found = orders.fetch(session, person(session, as_user), uuid_of(order))
        steps = orders.steps(session, found)
        done = sum(1 for one in steps if one.done)
        ahead = next((one.act for one in steps if one.done is None), "")
    told = {"state": found.state, "steps": len(steps), "done": done, "next": ahead}
    lines = [f"{found.state}: {done} of {len(steps)} steps done" + (f"; next: {ahead}" if ahead else "")]
    tell(told, as_json=as_json, lines=lines)


@expunge.command("certificate")
@click.argument("order")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the PDF here.")
@acting
@inside
def certified(_house: House, order: str, output: Path | None, as_user: str | None) -> None:
    """Give the signed certificate of ORDER, as JSON or on paper."""
    made = certificate.of_order(_known(order, as_user))
    if output is None:
        click.echo(made.to_json(), nl=False)
        return
    with output.open("xb") as out:
        out.write(certificate_pdf(made))
    click.echo(f"written to {output}")


@expunge.command("verify")
@click.argument("order")
@click.option("--look-for", multiple=True, help="A word known from the order; searched in index, columns, raw files.")
@acting
@answering
@inside
def verify(_house: House, order: str, look_for: tuple[str, ...], as_user: str | None, as_json: bool) -> None:
    """Look everywhere for remains of what ORDER destroyed, and say what was looked at."""
    found = _known(order, as_user)
    report = verifying.verify(found.id, carrying_out.stones_file(), look_for)
    told = {"checked": report.checked, "remains": [str(one) for one in report.remains]}
    tell(told, as_json=as_json, lines=[*report.checked, *map(str, report.remains)])
    if report.remains:
        sys.exit(1)


@expunge.command("replay")
@click.option("--from", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="The newest file of tombstones; that of the instance when not given.")  # fmt: skip
@answering
@inside
def replay(_house: House, path: Path | None, as_json: bool) -> None:
    """After a restore: destroy again what the tombstones name."""
    done = replaying.replay(path)
    told = {"lines": done.lines, "taken_in": done.taken_in, "destroyed": done.destroyed, "restricted": done.restricted}
    lines = [f"{done.lines} tombstones, {done.taken_in} of them new to this database, {done.destroyed} destroyed again"]
    lines += [f"{done.restricted} restrictions set or lifted again"]
    tell(told, as_json=as_json, lines=lines)


def _known(order: str, as_user: str | None) -> Order:
    with transaction() as session:
        return orders.fetch(session, person(session, as_user), uuid_of(order))
