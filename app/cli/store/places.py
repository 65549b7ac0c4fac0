"""Commands for places, seals and labels."""

from pathlib import Path

import click

from app.cli.running import House, acting, answering, inside, person, table, tell, uuid_of
from app.cli.store.writing import write_new
from app.wiring import services, transaction
from core import clock
from evidence.storeroom import contents, places, seals
from evidence.storeroom.places import Environment, Sort
from evidence.storeroom.seals import Fate
from exports.papers import choosing
from exports.papers.choosing import Paper


@click.group("places")
def places_group() -> None:
    """Places down to the shelf, and what lies there."""


@places_group.command("list")
@click.option("--closed", is_flag=True, help="Those that are closed too.")
@acting
@answering
@inside
def listed(_house: House, closed: bool, as_user: str | None, as_json: bool) -> None:
    """List the places of the house with their codes."""
    with transaction() as session:
        person(session, as_user)
        found = places.everyone(session, closed=closed)
    told = [
        {"id": one.id, "path": one.path, "sort": one.sort, "code": one.code.uri, "closed": one.closed} for one in found
    ]
    rows = [(one.code.typed, one.sort, one.path, "closed" if one.closed else "") for one in found]
    tell(told, as_json=as_json, lines=table(("code", "sort", "place", ""), rows))


@places_group.command("add")
@click.argument("name")
@click.option("--sort", type=click.Choice([one.value for one in Sort]), required=True)
@click.option("--in", "parent", default="", help="The code of the place in which it is.")
@click.option(
    "--environment", type=click.Choice([one.value for one in Environment]), default="plain", show_default=True
)
@acting
@answering
@inside
def add(_house: House, name: str, sort: str, parent: str, environment: str, as_user: str | None, as_json: bool) -> None:
    """Make a place called NAME (custodians and administrators)."""
    with transaction() as session:
        actor = person(session, as_user)
        above = places.scanned(session, parent).id if parent else None
        one = places.make(session, actor, name, Sort(sort), parent=above, environment=Environment(environment))
        told = {"id": one.id, "path": one.path, "code": one.code.uri}
        lines = [f"{one.code.typed}  {one.path}"]
    tell(told, as_json=as_json, lines=lines)


@places_group.command("show")
@click.argument("code")
@acting
@answering
@inside
def show(_house: House, code: str, as_user: str | None, as_json: bool) -> None:
    """Show what is recorded to lie at the place with this CODE, as far as the person may know of it."""
    with transaction() as session:
        actor = person(session, as_user)
        one = places.scanned(session, code)
        found = contents.at_place(session, actor, one)
    told = {"place": one.path, "exhibits": [{"id": each.exhibit_id, "reference": each.reference, "seal": each.seal,
            "place": each.place, "custodian": each.custodian} for each in found]}  # fmt: skip
    rows = [(each.reference, each.seal, each.place, each.custodian) for each in found]
    tell(told, as_json=as_json, lines=table(("number", "seal", "place", "with"), rows))


@places_group.command("close")
@click.argument("code")
@click.option("--reason", required=True)
@acting
@inside
def close(_house: House, code: str, reason: str, as_user: str | None) -> None:
    """Close the empty place with this CODE for good."""
    with transaction() as session:
        actor = person(session, as_user)
        one = places.close(session, actor, places.scanned(session, code).id, reason)
    click.echo(f"{one.path} is closed")


@click.group("seals")
def seals_group() -> None:
    """The register of seals."""


@seals_group.command("give")
@click.argument("first")
@click.argument("last")
@click.option("--to", required=True, help="The colleague or office to whom they are given.")
@acting
@inside
def give(_house: House, first: str, last: str, to: str, as_user: str | None) -> None:
    """Enter that the seals from FIRST to LAST were given out, such as PN000001 to PN000500."""
    prefix, begin, end, width = _range(first, last)
    with transaction() as session:
        one = seals.issue(session, person(session, as_user), prefix, begin, end, width=width, issued_to=to)
    click.echo(f"{one.last - one.first + 1:,} seals from {one.number(one.first)} given to {one.issued_to}")


@seals_group.command("list")
@acting
@answering
@inside
def seal_list(_house: House, as_user: str | None, as_json: bool) -> None:
    """List the series and how many seals of each ended how."""
    with transaction() as session:
        found = seals.tallies(session, person(session, as_user))
    told = [
        {"first": one.series.number(one.series.first), "last": one.series.number(one.series.last),
         "to": one.series.issued_to, **{fate.value: count for fate, count in one.counts.items()}} for one in found
    ]  # fmt: skip
    rows = [tuple(one.values()) for one in told]
    tell(told, as_json=as_json, lines=table(("first", "last", "to", *(fate.value for fate in Fate)), rows))


@seals_group.command("write-off")
@click.argument("numbers", nargs=-1, required=True)
@click.option("--fate", type=click.Choice(["void", "lost"]), required=True)
@click.option("--reason", required=True)
@acting
@inside
def write_off(_house: House, numbers: tuple[str, ...], fate: str, reason: str, as_user: str | None) -> None:
    """Enter that unused seals are void or lost."""
    with transaction() as session:
        count = seals.write_off(session, person(session, as_user), numbers, Fate(fate), reason)
    click.echo(f"{count} written off as {fate}")


@click.command("label")
@click.argument("exhibits", nargs=-1, required=True)
@click.option("--paper", type=click.Choice([one.value for one in Paper]), default="label", show_default=True)
@click.option("--described", is_flag=True, help="Put what the thing is on its label.")
@click.option("--start", type=click.IntRange(0, 23), default=0, help="How many labels of the first sheet are gone.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True)
@acting
@inside
def label(
    _house: House, exhibits: tuple[str, ...], paper: str, described: bool, start: int, output: Path, as_user: str | None
) -> None:
    """Print labels or bag sheets of EXHIBITS as PDF."""
    with transaction() as session:
        made = choosing.of_exhibits(
            session, person(session, as_user), [uuid_of(one) for one in exhibits], Paper(paper),
            office=services().config.office, made=clock.now(), described=described, start=start,
        )  # fmt: skip
    write_new(output, made)
    click.echo(f"{output}: {len(exhibits)} of sort {paper}")


@click.command("scan")
@click.argument("code")
@acting
@answering
@inside
def scan(_house: House, code: str, as_user: str | None, as_json: bool) -> None:
    """Say what a scanned or typed CODE, number or seal stands on."""
    with transaction() as session:
        met = contents.scan(session, person(session, as_user), code)
    told = {"exhibit": met.exhibit_id, "place": met.place_id}
    tell(told, as_json=as_json, lines=[f"{name} {value}" for name, value in told.items() if value])


def _range(first: str, last: str) -> tuple[str, int, int, int]:
    """The common beginning, both numbers, and how many digits they have; raises BadSeries."""
    begin, end = seals.folded(first), seals.folded(last)
    prefix = begin.rstrip("0123456789")
    digits, others = begin[len(prefix) :], end[len(prefix) :]
    if not digits or not end.startswith(prefix) or len(digits) != len(others) or not others.isdecimal():
        message = "give the first and the last number of one series in full, such as PN000001 PN000500"
        raise seals.BadSeries(message)
    return prefix, int(digits), int(others), len(digits)


COMMANDS = (places_group, seals_group, scan)
