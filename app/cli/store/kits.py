"""Commands for kits: make, print, fill in on a laptop without network, take in, decide."""

import json
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from sqlalchemy.orm import Session

from app.cli.running import House, acting, answering, case_named, inside, person, table, tell, uuid_of
from app.cli.store.writing import write_new
from app.wiring import services, transaction
from core import clock
from core.accounts import Actor
from evidence.kits import format as form
from evidence.kits import kits as wing
from evidence.kits import returning
from evidence.kits.kits import Wanted
from evidence.kits.labels import Kit
from evidence.kits.returning import Choice, Decision, Outcome
from exports.papers import choosing, kitted, offline
from exports.papers.kitted import KitPapers

_FORMS = 10
_COMPARE = "True time by another clock, with zone (empty: not compared)"


@click.group("kit")
def kit_group() -> None:
    """Kits of numbers for work without a network."""


@kit_group.command("make")
@click.option("--exhibits", type=click.IntRange(0, 500), required=True, help="How many exhibit labels.")
@click.option("--wristbands", type=click.IntRange(0, 500), default=0)
@click.option("--seals", "count", type=click.IntRange(0, 500), default=0)
@click.option("--seals-from", default="", help="The first seal that lies in the kit.")
@click.option("--for", "issued_to", required=True, help="The account of whoever gets it.")
@click.option("--purpose", required=True, help="What it is for, without any name.")
@click.option("--case", default="", help="For which case, if that is known.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Until when it is to be back (UTC).")
@acting
@answering
@inside
def make(
    _house: House, exhibits: int, wristbands: int, count: int, seals_from: str, issued_to: str, purpose: str, case: str,
    due: datetime | None, as_user: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Reserve the numbers of a kit and give it to a colleague."""
    back = clock.parse(f"{due:%Y-%m-%d}T23:59:59Z") if due else None
    with transaction() as session:
        actor = person(session, as_user)
        case_id = case_named(session, actor, case).id if case else None
        kit = wing.make(
            session, actor, Wanted(exhibits, wristbands, count, seals_from), issued_to=issued_to, purpose=purpose,
            case_id=case_id, due=back,
        )  # fmt: skip
        told = {"id": kit.id, "code": kit.code, "due": kit.due}
        line = f"kit {kit.code} for {kit.issued_to}, to be back by {kit.due:%Y-%m-%d}"
    tell(told, as_json=as_json, lines=[line])


@kit_group.command("list")
@acting
@answering
@inside
def listed(_house: House, as_user: str | None, as_json: bool) -> None:
    """List the kits that the person has, made or keeps."""
    with transaction() as session:
        found = wing.mine(session, person(session, as_user))
        told = [
            {"code": one.code, "to": one.issued_to, "state": one.state, "due": one.due,
             "waiting": wing.open_conflicts(session, one)} for one in found
        ]  # fmt: skip
    rows = [(one["code"], one["to"], one["state"], str(one["due"])[:10], one["waiting"]) for one in told]
    tell(told, as_json=as_json, lines=table(("kit", "with", "state", "back by", "waiting"), rows))


@kit_group.command("print")
@click.argument("kit")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option("--form", "as_form", is_flag=True, help="The form for a browser without network instead of the PDF.")
@acting
@inside
def printed(_house: House, kit: str, output: Path, as_form: bool, as_user: str | None) -> None:
    """Write the labels and paper forms of KIT as PDF, or its form for a browser without network."""
    with transaction() as session:
        one = wing.by_code(session, person(session, as_user), kit)
        labels = choosing.of_kit(session, one)
        numbers = wing.seal_numbers(session, one)
    office, keyring = services().config.office, services().keyring
    if as_form:
        key = form.public_key(keyring, one.id)
        write_new(output, offline.form(one.code, office, [each.title for each in labels], numbers, key).encode())
    else:
        due = f"{one.due:%Y-%m-%d %H:%M} UTC"
        papers = KitPapers(one.code, one.issued_to, one.purpose, due, labels, numbers, _FORMS)
        write_new(output, kitted.papers(papers, office=office, made=clock.now()))
    click.echo(str(output))


@kit_group.command("fill")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--kit", required=True, help="The kit's code.")
@click.option("--device", default="laptop", show_default=True)
def fill(file: Path, kit: str, device: str) -> None:
    """Write entries into FILE on a laptop without network or deployment; stop with an empty label.

    The file is plain text: keep it on an encrypted disk, and wipe it after it was taken in.
    """
    whole: dict[str, Any] = {"format": form.FORMAT, "kit": kit.upper(), "device": device, "clock": [], "entries": []}
    if file.exists():
        form.read(file.read_bytes())
        whole = json.loads(file.read_text(encoding="utf-8"))
    elif true := click.prompt(_COMPARE, default="", show_default=False):
        clock.parse(true)
        source = click.prompt("By which clock")
        whole["clock"] = [{"device": clock.stamp(clock.now()), "true": true, "source": source}]
    while label := click.prompt("Label (empty: end)", default="", show_default=False).strip():
        whole["entries"].append(_asked(label))
        part = file.with_name(f"{file.name}.part")
        part.write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(file)
    click.echo(f"{file}: {len(whole['entries'])} entries")


@kit_group.command("take")
@click.argument("kit")
@click.argument("file", type=click.Path(exists=True, path_type=Path, dir_okay=False))
@click.option("--case", default="", help="For which case, when the kit was made for none.")
@acting
@answering
@inside
def take(_house: House, kit: str, file: Path, case: str, as_user: str | None, as_json: bool) -> None:
    """Take in the entries of KIT from FILE; every line is taken in, a conflict, or refused with its reason."""
    data = file.read_bytes()
    with transaction() as session:
        actor = person(session, as_user)
        one = wing.by_code(session, actor, kit)
        case_id = case_named(session, actor, case).id if case else None
        outcome = returning.take_in(session, actor, services().keyring, one.id, data, case_id=case_id)
    _tell(outcome, as_json=as_json)


@kit_group.command("waiting")
@click.argument("kit")
@acting
@answering
@inside
def waiting(_house: House, kit: str, as_user: str | None, as_json: bool) -> None:
    """List the lines of KIT that wait for a person."""
    with transaction() as session:
        actor = person(session, as_user)
        found = returning.waiting(session, actor, wing.by_code(session, actor, kit))
    told = [
        {"id": one.id, "line": one.line, "label": one.label, "code": one.code, "because": one.because} for one in found
    ]
    rows = [(one["id"], one["line"], one["label"], one["because"]) for one in told]
    tell(told, as_json=as_json, lines=table(("id", "line", "label", "why"), rows))


@kit_group.command("decide")
@click.argument("line")
@click.argument("choice", type=click.Choice([one.value for one in Choice]))
@click.option("--reason", required=True)
@click.option(
    "--set", "fixes", multiple=True, metavar="NAME=VALUE", help="Put right what the line says, never its number."
)
@acting
@inside
def decide(_house: House, line: str, choice: str, reason: str, fixes: tuple[str, ...], as_user: str | None) -> None:
    """Decide about a LINE that waits."""
    fixed = {name: value for name, _, value in (one.partition("=") for one in fixes)}
    with transaction() as session:
        actor = person(session, as_user)
        decision = Decision(Choice(choice), reason, fixed)
        one = returning.resolve(session, actor, services().keyring, uuid_of(line), decision)
    click.echo(f"{one.state}  {one.because}".rstrip())


@kit_group.command("void")
@click.argument("kit")
@click.option("--reason", required=True)
@acting
@inside
def void(_house: House, kit: str, reason: str, as_user: str | None) -> None:
    """Declare a lost KIT void: what is unused of its labels and seals is void from now on."""
    with transaction() as session:
        actor = person(session, as_user)
        labels, seals = wing.void(session, actor, _kit(session, actor, kit), reason)
    click.echo(f"void: {labels} labels, {seals} seals")


@kit_group.command("return")
@click.argument("kit")
@click.option("--reason", required=True)
@acting
@inside
def give_back(_house: House, kit: str, reason: str, as_user: str | None) -> None:
    """Enter that a KIT came back."""
    with transaction() as session:
        actor = person(session, as_user)
        one: Kit = wing.give_back(session, actor, _kit(session, actor, kit), reason)
    click.echo(f"kit {one.code} is back")


def _kit(session: Session, actor: Actor, code: str) -> UUID:
    return wing.by_code(session, actor, code).id


def _asked(label: str) -> dict[str, Any]:
    told: dict[str, Any] = {"id": secrets.token_hex(16), "kind": "exhibit", "label": label.upper()}
    told["occurred_at"] = click.prompt("When, with zone", default=clock.stamp(clock.now()))
    for name, question in _QUESTIONS.items():
        told[name] = click.prompt(question, default="", show_default=False)
    return told


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    told = {
        "again": outcome.again, "lines": outcome.back.lines, **outcome.counts,
        "entries": [{"id": one.id, "line": one.line, "label": one.label, "state": one.state, "because": one.because,
                     "exhibit": one.exhibit_id} for one in outcome.lines],
    }  # fmt: skip
    lines = [f"{one.line:4}  {one.state:15}  {one.label}  {one.because}".rstrip() for one in outcome.lines]
    total = " + ".join(f"{state} {count}" for state, count in outcome.counts.items())
    again = ["this file came before; nothing was taken in twice"] if outcome.again else []
    tell(told, as_json=as_json, lines=[*lines, *again, f"lines {outcome.back.lines} = {total}"])


_QUESTIONS = {
    "description": "What it is, neutrally",
    "seal": "Seal",
    "place_found": "Where found",
    "spot": "Exact spot",
    "found_by": "Found by",
    "condition": "Condition",
    "note": "Remarks",
}
COMMANDS = (kit_group,)
