"""Commands about bytes: how much was looked at, looking now, bringing back a good copy, and files made from others."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click

from app import delivering, fixing, integrity
from app.cli import care
from app.cli.evidence import evidence
from app.cli.running import (
    House,
    acting,
    answering,
    case_named,
    found_something,
    inside,
    person,
    progress,
    tell,
    uuid_of,
)
from app.wiring import services, transaction
from core.accounts import HOUSE
from evidence import derivation, incidents, intake
from evidence.derivation import Method
from evidence.files import Target
from evidence.incidents import Incident
from evidence.intake import Announced
from evidence.integrity import schedule
from evidence.integrity.schedule import Due, Kind, Level


@care.vault.command("coverage")
@answering
@inside
def coverage(_house: House, as_json: bool) -> None:
    """Say how much of everything stored was looked at within the days, and what is the longest ago."""
    round_ = fixing.everything(services(), HOUSE)
    round_.enrol()
    with transaction() as session:
        found = fixing.coverage(session)
    told = {**asdict(found), "oldest": str(found.oldest or ""), "whole": found.whole}
    tell(told, as_json=as_json, lines=[str(found)])


@care.vault.command("scrub")
@answering
@inside
def scrub(_house: House, as_json: bool) -> None:
    """Read all sealed bytes now and compare their hashes, without opening any; what does not hold is frozen."""
    round_ = fixing.everything(services(), HOUSE)
    round_.enrol()
    with transaction() as session:
        everything = [
            Due(one.blob, Kind(one.kind), one.subject, one.size, Level.SCRUB) for one in schedule.everything(session)
        ]
    with progress(len(everything), "reading") as step:
        found = round_.look(_stepping(everything, step), lambda _length: None)
    lines = [f"{one.due.subject}: {one.because}" for one in found.amiss]
    lines += [f"could not be read, and is tried again: {because}" for because in found.troubled]
    found_something(
        lines, as_json=as_json, told={"held": found.held, "read": found.read},
        well=f"the sealed bytes of {found.held} files and dossiers are those that were written",
    )  # fmt: skip


@care.vault.command("bring-back")
@click.argument("file")
@click.argument("copy", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@acting
@answering
@inside
def bring_back(_house: House, file: str, copy: Path, as_user: str | None, as_json: bool) -> None:
    """Put COPY, a sealed blob from a backup, in the place of FILE's damaged bytes, once it is approved."""
    with transaction() as session:
        actor = person(session, as_user)
    with copy.open("rb") as stream:
        restored = integrity.bring_back(actor, uuid_of(file), stream)
    tell(
        {"file": restored.id, "state": restored.state},
        as_json=as_json,
        lines=["brought back; the damaged bytes are kept aside, and the incident waits to be explained and closed"],
    )


@click.group("incidents")
def incidents_group() -> None:
    """What must not have happened, and what people stated about it."""


@incidents_group.command("list")
@click.argument("case")
@acting
@answering
@inside
def list_incidents(_house: House, case: str, as_user: str | None, as_json: bool) -> None:
    """List the incidents of CASE."""
    with transaction() as session:
        actor = person(session, as_user)
        found = incidents.of_case(session, actor, case_named(session, actor, case).id)
    told = [{"id": one.id, "number": one.number, "kind": one.kind, "state": one.state, "because": one.because}
            for one in found]  # fmt: skip
    lines = [f"{one.number}  {one.state}  {one.kind}: {one.because}  {one.id}" for one in found]
    tell({"incidents": told}, as_json=as_json, lines=lines or ["there has been no incident"])


@incidents_group.command("explain")
@click.argument("incident")
@click.argument("statement")
@acting
@answering
@inside
def explain(_house: House, incident: str, statement: str, as_user: str | None, as_json: bool) -> None:
    """Add a STATEMENT of how INCIDENT came."""
    with transaction() as session:
        one = incidents.explain(session, person(session, as_user), uuid_of(incident), statement)
    _stands(one, as_json=as_json)


@incidents_group.command("close")
@click.argument("incident")
@click.argument("decision")
@acting
@answering
@inside
def close(_house: House, incident: str, decision: str, as_user: str | None, as_json: bool) -> None:
    """Close INCIDENT with a DECISION, as a supervisor who has neither opened nor explained it."""
    with transaction() as session:
        one = incidents.close(session, person(session, as_user), uuid_of(incident), decision)
    _stands(one, as_json=as_json)


@evidence.command("derive")
@click.argument("file")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--method", required=True, help="What was done: converted, redacted, exported, transcribed …")
@click.option("--tool", required=True, help="The program or device, or «by hand».")
@click.option("--tool-version", required=True, help="«none» only if it has none.")
@click.option("--parameters", required=True, help="The settings; «as delivered» if none were changed.")
@click.option("--person", "maker", required=True, help="Who made it.")
@click.option("--target", type=click.Choice([one.value for one in derivation.TARGETS]), required=True)
@acting
@answering
@inside
def derive(_house: House, file: str, path: Path, method: str, tool: str, tool_version: str, parameters: str, maker: str,
           target: str, as_user: str | None, as_json: bool) -> None:  # fmt: skip
    """Add PATH as a file that was made from FILE, with all of how it was made."""
    how = Method(method, tool, tool_version, parameters, maker, Target(target))
    with transaction() as session:
        actor = person(session, as_user)
        parent = derivation.parent_for(session, actor, uuid_of(file), how)
        coming = [Announced(path.name, path.stat().st_size)]
        _batch, (item,) = intake.announce(session, actor, parent.exhibit_id, coming, source="folder")
        derivation.announce(session, parent, item.id, how)
        item_id: UUID = item.id
    with path.open("rb") as stream:
        made, _receipt = delivering.take_in(actor, item_id, stream)
    tell({"file": made.id, "sha256": made.sha256}, as_json=as_json, lines=[f"{made.id}  sha256 {made.sha256}"])


def _stands(one: Incident, *, as_json: bool) -> None:
    tell({"number": one.number, "state": one.state}, as_json=as_json, lines=[f"{one.number} is {one.state}"])


def _stepping(everything: Iterable[Due], step: Callable[[int], None]) -> Iterator[Due]:
    for one in everything:
        yield one
        step(1)


COMMANDS = (incidents_group,)
