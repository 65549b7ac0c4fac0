"""Commands for shelf audits: draw, look, sweep a shelf, report, and repeat a draw from its seed and list."""

import sys
from pathlib import Path

import click

from app.cli.running import House, acting, answering, inside, person, table, tell, uuid_of
from app.cli.store.writing import write_new
from app.wiring import services, transaction
from evidence.audits import audits, drawing, findings, report
from evidence.audits.audits import Seen, Wanted
from evidence.storeroom import places
from exports.papers import audited


@click.group("audits")
def audits_group() -> None:
    """Audits of the shelves."""


@audits_group.command("draw")
@click.option("--random", "at_random", type=click.IntRange(0, 1000), default=30, show_default=True)
@click.option("--risk", type=click.IntRange(0, 1000), default=30, show_default=True)
@click.option("--place", default="", help="The code of the place below which to draw; the whole house without.")
@acting
@answering
@inside
def draw(_house: House, at_random: int, risk: int, place: str, as_user: str | None, as_json: bool) -> None:
    """Draw a random and a risk-weighted sample (auditors)."""
    with transaction() as session:
        actor = person(session, as_user)
        where = places.scanned(session, place).id if place else None
        one = audits.draw(session, actor, Wanted(at_random, risk, where))
        items = audits.items(session, actor, one)
    told = {"id": one.id, "number": one.number, "seed": one.seed, "among": one.population_size,
            "items": [{"id": item.id, "reference": item.reference, "place": item.place, "seal": item.seal,
                       "sample": item.sample, "risks": item.risks} for item in items]}  # fmt: skip
    rows = [(item.ordinal, item.reference, item.sample, item.place, item.seal, item.id) for item in items]
    head = f"{one.number}: seed {one.seed}, among {one.population_size:,} things"
    tell(told, as_json=as_json, lines=[head, *table(("no.", "number", "by", "place", "seal", "id"), rows)])


@audits_group.command("check")
@click.argument("item")
@click.option("--absent", is_flag=True, help="It was not found.")
@click.option("--place", default="", help="The code of the place at which it was seen.")
@click.option("--seal", default="")
@click.option("--note", default="")
@acting
@inside
def check(_house: House, item: str, absent: bool, place: str, seal: str, note: str, as_user: str | None) -> None:
    """Enter what was seen of an ITEM that was drawn."""
    with transaction() as session:
        actor = person(session, as_user)
        one = audits.check(session, actor, uuid_of(item), Seen(not absent, place, seal, note))
    click.echo(f"{one.reference}: {one.result}")


@audits_group.command("shelf")
@click.argument("audit")
@click.argument("place")
@click.argument("codes", nargs=-1)
@click.option("--unlabelled", multiple=True, help="What bears no label, described without opening it.")
@acting
@answering
@inside
def shelf(
    _house: House, audit: str, place: str, codes: tuple[str, ...], unlabelled: tuple[str, ...], as_user: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Enter all CODES that were scanned at a PLACE; from standard input when none are given."""
    scanned = codes or tuple(sys.stdin.read().split("\n"))
    with transaction() as session:
        made = audits.sweep(session, person(session, as_user), uuid_of(audit), place, scanned, unlabelled)
    found = {"fits": made.fits, "strange": made.strange, "absent": made.absent}
    lines = [f"{name}: {', '.join(told) or 'none'}" for name, told in found.items()]
    tell({"place": made.place.path, **found}, as_json=as_json, lines=lines)


@audits_group.command("findings")
@acting
@answering
@inside
def waiting(_house: House, as_user: str | None, as_json: bool) -> None:
    """List the findings that are not closed, the most urgent first."""
    with transaction() as session:
        found = findings.waiting(session, person(session, as_user))
    told = [{"id": one.id, "kind": one.kind, "words": one.words, "deadline": one.deadline, "to": one.assigned,
             "state": one.state, "found_before": one.times} for one in found]  # fmt: skip
    rows = [(str(one["deadline"])[:10], one["state"], one["kind"], one["to"], one["words"], one["id"]) for one in told]
    tell(told, as_json=as_json, lines=table(("answer by", "state", "what", "who", "in words", "id"), rows))


@audits_group.command("answer")
@click.argument("finding")
@click.option("--statement", required=True)
@acting
@inside
def answer(_house: House, finding: str, statement: str, as_user: str | None) -> None:
    """Answer a FINDING."""
    with transaction() as session:
        one = findings.answer(session, person(session, as_user), uuid_of(finding), statement)
    click.echo(one.state)


@audits_group.command("decide")
@click.argument("finding")
@click.option("--enough/--not-enough", required=True)
@click.option("--decision", required=True)
@acting
@inside
def decide(_house: House, finding: str, enough: bool, decision: str, as_user: str | None) -> None:
    """Close an answered FINDING, or open it again (auditors)."""
    with transaction() as session:
        one = findings.decide(session, person(session, as_user), uuid_of(finding), decision, enough=enough)
    click.echo(one.state)


@audits_group.command("close")
@click.argument("audit")
@click.option("--summary", required=True)
@acting
@inside
def close(_house: House, audit: str, summary: str, as_user: str | None) -> None:
    """Close an AUDIT of which everything was looked for."""
    with transaction() as session:
        one = audits.close(session, person(session, as_user), uuid_of(audit), summary)
    click.echo(f"{one.number}: {one.state}")


@audits_group.command("report")
@click.argument("audit")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True)
@acting
@inside
def reported(_house: House, audit: str, output: Path, as_user: str | None) -> None:
    """Write the signed report of an AUDIT as PDF."""
    with transaction() as session:
        actor = person(session, as_user)
        made = report.issue(session, actor, services().keyring, uuid_of(audit), office=services().config.office)
        write_new(output, audited.report_pdf(made))
    click.echo(str(output))


@audits_group.command("redraw")
@click.argument("seed")
@click.argument("population", type=click.Path(exists=True, path_type=Path, dir_okay=False))
@click.option("--random", "at_random", type=int, required=True)
@click.option("--risk", type=int, required=True)
@answering
def redraw(seed: str, population: Path, at_random: int, risk: int, as_json: bool) -> None:
    """Repeat a draw from its SEED and its list of the POPULATION, without any deployment."""
    text = population.read_text(encoding="utf-8")
    weights = drawing.read(text)
    first = drawing.draw(seed, weights, at_random, drawing.RANDOM)
    rest = {one: weight for one, weight in weights.items() if one not in set(first)}
    second = drawing.draw(seed, rest, risk, drawing.RISK)
    told = {"among_sha256": drawing.digest(text), "random": first, "risk": second}
    lines = [f"among {len(weights):,}, SHA-256 {told['among_sha256']}", *(f"random {one}" for one in first)]
    tell(told, as_json=as_json, lines=[*lines, *(f"risk {one}" for one in second)])


COMMANDS = (audits_group,)
