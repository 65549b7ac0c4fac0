"""Commands for exhibits and files: handing in, listing, custody, handing out."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from sqlalchemy.orm import Session

from app import delivering, reading
from app.cli.running import (
    House,
    acting,
    answering,
    case_named,
    inside,
    person,
    progress,
    purposeful,
    table,
    tell,
    uuid_of,
)
from app.cli.store.places import label
from app.wiring import services, transaction
from cases.access import Act
from core import clock
from core.accounts import Actor
from core.errors import Conflict, Invalid
from evidence import authorities, custody, exhibits, files, intake
from evidence.authorities import Grant
from evidence.continuity import report
from evidence.exhibits import Description, Exhibit, Number, Origin
from evidence.files import File
from evidence.intake import Announced


class NothingThere(Invalid):
    """The paths given hold no file, or are no folder."""


class PlaceTaken(Conflict):
    """There is something already where the bytes are to go."""


@click.group()
def evidence() -> None:
    """Exhibits and their files: hand in, look at, hand out."""


@evidence.command("add")
@click.argument("case")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--exhibit", "exhibit_id", help="Add to this exhibit instead of registering a new one.")
@click.option("--reference", help="The exhibit's reference; one is made from the time when none is given.")
@click.option("--description", default="", help="What the exhibit is, neutrally.")
@click.option(
    "--number", "numbers", multiple=True, metavar="SCHEME:VALUE[:ISSUER]", help="A number given by somebody outside."
)
@click.option("--authority", type=click.Choice(authorities.KINDS), help="Under which authority it was taken.")
@click.option("--authority-number", default="")
@click.option("--authority-scope", default="")
@click.option("--seized-from", default="")
@click.option("--place", default="", help="Where it was found.")
@acting
@answering
@inside
def add(_house: House, case: str, paths: tuple[Path, ...], exhibit_id: str | None, as_user: str | None, as_json: bool,
        **about: Any) -> None:  # fmt: skip
    """Hand in files and whole folders to CASE; each ends stored, refused with its reason, or waiting."""
    found = list(_walk(paths))
    if not found:
        message = "there is no file in what was given"
        raise NothingThere(message)
    with transaction() as session:
        actor = person(session, as_user)
        exhibit = (
            exhibits.fetch(session, actor, uuid_of(exhibit_id), to=Act.ADD)
            if exhibit_id
            else _register(session, actor, case, about)
        )
        coming = [Announced(label, _size(path)) for label, path in found]
        batch, items = intake.announce(session, actor, exhibit.id, coming, source="folder")
        todo = [
            (item.id, path)
            for item, (_label, path) in zip(items, found, strict=True)
            if item.state == intake.Item.WAITING
        ]
    with progress(len(todo), "handing in") as step:
        for item_id, path in todo:
            _hand_in(actor, item_id, path)
            step(1)
    _tell_batch(actor, exhibit, batch.id, as_json=as_json)


@evidence.command("list")
@click.argument("case")
@acting
@answering
@inside
def show_case(_house: House, case: str, as_user: str | None, as_json: bool) -> None:
    """List the exhibits of CASE and what became of each file."""
    with transaction() as session:
        actor = person(session, as_user)
        found = case_named(session, actor, case)
        rows = [(one, files.of_exhibit(session, one)) for one in exhibits.listed(session, actor, found.id)]
        counts = intake.reckon(session, actor, found.id)
    told = {
        "announced": counts.announced, "stored": counts.stored, "refused": counts.refused, "waiting": counts.waiting,
        "exhibits": [{**_exhibit(one), "files": [_file(file) for file in its]} for one, its in rows],
    }  # fmt: skip
    lines = list(table(("file", "size", "state", "reading", "name"), [
        (file.id, file.size, file.state, file.reading, file.shown_name) for _one, its in rows for file in its
    ]))  # fmt: skip
    summary = (
        f"announced {counts.announced} = stored {counts.stored} + refused {counts.refused} + waiting {counts.waiting}"
    )
    tell(
        told,
        as_json=as_json,
        lines=[*(f"{one.id}  {one.reference}  {one.state}  {one.description}" for one, _its in rows), *lines, summary],
    )


@evidence.command("show")
@click.argument("exhibit")
@acting
@answering
@inside
def show(_house: House, exhibit: str, as_user: str | None, as_json: bool) -> None:
    """Show one EXHIBIT: its facts, numbers, authority and files with their digests."""
    with transaction() as session:
        actor = person(session, as_user)
        one = exhibits.fetch(session, actor, uuid_of(exhibit), to=Act.SEE)
        told: dict[str, Any] = {
            **_exhibit(one),
            "numbers": [_plain(number, "scheme", "value", "issuer") for number in exhibits.numbers(session, one.id)],
            "authorities": [_plain(grant, "kind", "number", "scope") for grant in authorities.of_exhibit(session, one)],
            "files": [_file(file) | {"digests": _digests(session, file)} for file in files.of_exhibit(session, one)],
        }
    lines = [f"{name}: {value}" for name, value in told.items() if not isinstance(value, list) and value]
    lines += [f"number: {n['scheme']} {n['value']} {n['issuer']}".rstrip() for n in told["numbers"]]
    lines += [f"authority: {a['kind']} {a['number']} {a['scope']}".rstrip() for a in told["authorities"]]
    lines += [
        f"file {f['id']}  {f['size']} bytes  sha256 {f['sha256']}  {f['reading']}  {f['name']}" for f in told["files"]
    ]
    tell(told, as_json=as_json, lines=lines)


@evidence.command("custody")
@click.argument("exhibit")
@acting
@answering
@inside
def show_custody(_house: House, exhibit: str, as_user: str | None, as_json: bool) -> None:
    """Show who had EXHIBIT when, and every gap in that."""
    with transaction() as session:
        actor = person(session, as_user)
        one = exhibits.fetch(session, actor, uuid_of(exhibit), to=Act.SEE)
        steps, gaps = list(custody.steps(session, one)), report.of_exhibit(session, one)
    told = {"exhibit": one.id, "custodian": one.custodian, "state": one.state,
            "steps": [asdict(step) for step in steps], "gaps": [asdict(gap) for gap in gaps]}  # fmt: skip
    rows = [
        (step.position, step.occurred_at[:19], step.act, step.by, step.custodian, step.digest[:12]) for step in steps
    ]
    lines = [*table(("no.", "when (UTC)", "act", "by", "custodian", "digest"), rows)]
    lines += [f"GAP {gap.since[:19]} to {gap.until[:19] or 'now'}: {gap.because}" for gap in gaps]
    tell(told, as_json=as_json, lines=lines)


@evidence.command("get")
@click.argument("file")
@purposeful
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Where the bytes go; must not exist.",
)
@acting
@inside
def get(_house: House, file: str, purpose: str, output: Path, as_user: str | None) -> None:
    """Hand out the bytes of FILE; the entry is written before the first byte leaves."""
    house = services()
    _free(output)
    with transaction() as session:
        actor = person(session, as_user, purpose)
        receipt = files.open_file(session, actor, house.keyring, uuid_of(file), way="command line")
    _write(output, reading.opened(actor, receipt))
    click.echo(f"{output}: {receipt.size} bytes, sha256 {receipt.sha256}", err=True)


def _walk(paths: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    for path in paths:
        if not path.is_dir():
            yield path.name, path
            continue
        for folder, below, names in os.walk(path, followlinks=False):
            below.sort()
            for name in sorted(names):
                whole = Path(folder) / name
                yield f"{path.name}/{whole.relative_to(path).as_posix()}", whole


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() and not path.is_symlink() else None
    except OSError:
        return None


def _hand_in(actor: Actor, item_id: UUID, path: Path) -> None:
    if path.is_symlink() or not path.is_file():
        delivering.refuse(actor, item_id, "it is a link, a device or a pipe and not a file; hand in what it points to")
        return
    try:
        stream = path.open("rb")
    except OSError as fault:
        delivering.refuse(actor, item_id, f"it cannot be read: {fault.strerror}")
        return
    with stream:
        try:
            delivering.take_in(actor, item_id, stream)
        except Invalid:
            return


def _register(session: Session, actor: Actor, case: str, about: dict[str, Any]) -> Exhibit:
    found = case_named(session, actor, case, to=Act.ADD)
    reference = about["reference"] or f"{actor.name}/{clock.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    what = Description(reference=reference, description=about["description"] or f"Files handed in by {actor.name}")
    origin = Origin(place_found=about["place"], seized_from=about["seized_from"])
    numbers = [_number(text) for text in about["numbers"]]
    exhibit = exhibits.register(session, actor, found.id, what, origin=origin, numbers=numbers)
    if about["authority"]:
        grant = Grant(about["authority"], number=about["authority_number"], scope=about["authority_scope"])
        authorities.authorise(session, actor, exhibit.id, grant)
    return exhibit


def _number(text: str) -> Number:
    scheme, _, rest = text.partition(":")
    value, _, issuer = rest.partition(":")
    return Number(scheme.strip(), value.strip(), issuer.strip())


def _tell_batch(actor: Actor, exhibit: Exhibit, batch_id: UUID, *, as_json: bool) -> None:
    with transaction() as session:
        _batch, items = intake.fetch(session, actor, batch_id)
        known = {one.id: one for one in files.of_exhibit(session, exhibit)}
    told = [
        {"name": one.shown_name, "state": one.state, "because": one.because, "file": one.file_id,
         "sha256": known[one.file_id].sha256 if one.file_id else None} for one in items
    ]  # fmt: skip
    counts = {state: sum(one.state == state for one in items) for state in ("stored", "refused", "waiting")}
    lines = [f"{one['state']:8}  {one['name']}  {one['because']}".rstrip() for one in told]
    total = f"exhibit {exhibit.id}: announced {len(items)} = " + " + ".join(
        f"{state} {count}" for state, count in counts.items()
    )
    tell({"exhibit": exhibit.id, "batch": batch_id, **counts, "items": told}, as_json=as_json, lines=[*lines, total])


def _free(output: Path) -> None:
    """Refuse a place that cannot be written before the handing out is entered, so that no entry tells of nothing."""
    if os.path.lexists(output):
        message = f"{output} exists; nothing was written over it"
        raise PlaceTaken(message)
    if not output.absolute().parent.is_dir():
        message = f"{output.absolute().parent} is not a folder; make it, or choose another place"
        raise NothingThere(message)


def _write(output: Path, pieces: Iterator[bytes]) -> None:
    part = output.with_name(f"{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            for piece in pieces:
                out.write(piece)
        os.link(part, output)
    except FileExistsError as there:
        message = f"{there.filename2 or there.filename} exists; nothing was written over it"
        raise PlaceTaken(message) from there
    finally:
        part.unlink(missing_ok=True)


def _exhibit(one: Exhibit) -> dict[str, Any]:
    told = _plain(
        one,
        *("id", "reference", "description", "state", "custodian", "place", "seal"),
        *("handling", "seized_from", "place_found"),
    )
    return told | {"sensitivity": f"C{one.sensitivity}"}


def _file(one: File) -> dict[str, Any]:
    told = _plain(
        one,
        *("id", "size", "sha256", "sha512", "media_type", "state", "state_because"),
        *("reading", "reading_because", "parent_id", "method"),
    )
    return told | {"name": one.shown_name}


def _digests(session: Session, file: File) -> list[dict[str, Any]]:
    return [_plain(one, "algorithm", "value", "target", "stated_by", "agrees") for one in files.digests(session, file)]


def _plain(one: object, *names: str) -> dict[str, Any]:
    return {name: getattr(one, name) for name in names}


evidence.add_command(label)
COMMANDS = (evidence,)
