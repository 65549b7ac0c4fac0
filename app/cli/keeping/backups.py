"""Commands to make a backup, to check one anywhere, to restore one, and to take the log on after that."""

import os
from functools import partial
from pathlib import Path
from typing import Any

import click

from app import create_app
from app.backups import making, mark, restoring
from app.backups.store import Store
from app.cli.ledgers import ledger_group
from app.cli.running import House, acting, answering, found_something, inside, person, progress, tell
from app.ending import replaying
from app.wiring import services, transaction
from core.accounts import HOUSE
from core.errors import Invalid
from core.ledger import checkpoints, notes
from core.ledger import entries as ledger
from core.ledger.checkpoints import Signer
from core.ledger.notes import Checkpoint
from evidence.keys import permits
from search import indexing

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_ELSEWHERE = ("PROBANDA_DATABASE_URL", "PROBANDA_VAULT", "PROBANDA_KEYS", "PROBANDA_INDEX_URL")


class EnvironmentInTheWay(Invalid):
    """The environment names the places of another deployment."""


class _WithDefault(click.Group):
    """A group whose first word may also be the folder of the command that makes a backup."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the usual command before a folder."""
        if args and args[0] not in self.commands and args[0] not in {"-h", "--help"}:
            args = ["make", *args]
        return super().parse_args(ctx, args)


@click.group("backup", cls=_WithDefault)
def backup() -> None:
    """Make a backup into a folder of backups (probanda backup FOLDER), or check one."""


@backup.command("make")
@click.argument("folder", type=_FOLDER)
@acting
@answering
@inside
def make(_house: House, folder: Path, as_user: str | None, as_json: bool) -> None:
    """Make one more backup in FOLDER while people work; blobs that are there already are not copied again."""
    with transaction() as session:
        actor = person(session, as_user)
    with progress(None, "copying blobs") as step:
        made = making.make(actor, folder.absolute(), told=step)
    told: dict[str, Any] = {"backup": made.folder.name, "rows": made.rows, "blobs": made.blobs}
    told |= {"copied": made.copied, "copied_bytes": made.copied_bytes}
    said = f"{made.rows} rows, {made.blobs} blobs, of which {made.copied} were new"
    well = f"{made.folder}: {said}; the master key is not in it"
    lacking = [one for one in made.faults if "row names it" in one.because]
    found_something(lacking, as_json=as_json, told=told, well=well)


@backup.command("check")
@click.argument("folder", type=_FOLDER)
@click.option("--name", default="", help="Which backup; the newest when not given.")
@click.option("--key", default="", help="The office's public key (hex), from a source you trust.")
@answering
def check(folder: Path, name: str, key: str, as_json: bool) -> None:
    """Read a backup from end to end and name all that is not as it was signed; needs no deployment and no keys."""
    manifest, found = restoring.check(folder.absolute(), name, key)
    told = {"backup": manifest.told["name"], "public_key": manifest.public.hex(), "rows": manifest.told["rows"]}
    well = f"{manifest.told['name']} is whole, as signed by {manifest.public.hex()}"
    found_something(found, as_json=as_json, told=told, well=well)


@backup.command("prune")
@click.argument("folder", type=_FOLDER)
@click.option("--keep", type=click.IntRange(min=1), required=True, help="How many of the newest backups stay.")
@acting
@answering
@inside
def prune(_house: House, folder: Path, keep: int, as_user: str | None, as_json: bool) -> None:
    """Remove old backups and the blobs that no other backup needs; only then is what was destroyed gone from them."""
    with transaction() as session:
        actor = person(session, as_user)
        permits.administrator(actor)
    with (at := Store(folder.absolute())).alone():
        gone, blobs = making.prune(actor, at, keep)
    lines = [f"removed {len(gone)} backups and {blobs} blobs"]
    tell({"removed": gone, "blobs": blobs}, as_json=as_json, lines=lines)


@click.command()
@click.argument("folder", type=_FOLDER)
@click.option("--instance", "target", type=_FOLDER, help="The new folder; it must not be there or be empty.")
@click.option("--name", default="", help="Which backup; the newest when not given.")
@click.option("--database", default="", help="postgresql://… of an empty database, instead of a file in the folder.")
@click.option("--index", "index_url", default="", help="http://… of an Elasticsearch instead of the embedded index.")
@click.option("--master", type=_FILE, help="The master key, from your safe copy or from shares.")
@click.option("--tombstones", "stones", type=_FILE, help="The newest list of what was destroyed by order since.")
@click.option("--key", default="", help="The office's public key (hex), from a source you trust.")
@answering
@click.pass_obj
def restore(
    house: House, folder: Path, target: Path | None, name: str, database: str, index_url: str, master: Path | None,
    stones: Path | None, key: str, as_json: bool,
) -> None:  # fmt: skip
    """Restore the backup in FOLDER into a new place, and prove that it is what was saved."""
    if there := [one for one in _ELSEWHERE if one in os.environ]:
        message = (
            f"the environment names another deployment's places ({', '.join(there)}); unset it and use the options"
        )
        raise EnvironmentInTheWay(message)
    instance = (target or house.instance).absolute()
    settings = (("index_url", index_url),) if index_url else ()
    order = restoring.Order(folder.absolute(), instance, name, database, master, stones, key, settings)
    outcome: dict[str, Any] = {}
    with progress(None, "restoring") as step:
        done = restoring.restore(order, partial(_settle, outcome), told=step)
    told = {"backup": done.name, "rows": done.rows, "blobs": done.blobs, "entries": done.entries, **outcome}
    lines = [
        f"{done.name} stands in {instance}, and all of it was read back",
        f"{done.rows} rows, {done.blobs} blobs, {done.entries} entries",
        f"{outcome['destroyed']} things that had been destroyed since were destroyed again",
        f"{outcome['restricted']} restrictions that had been set or lifted since were set or lifted again",
        f"nothing is signed until the newest checkpoint is shown: probanda --instance {instance} ledger rejoin FILE",
    ]
    tell(told, as_json=as_json, lines=lines)


def _settle(outcome: dict[str, Any], folder: Path) -> None:
    """Before anybody may look in: destroy again what must not be back, write down the restore, make the index."""
    app = create_app(folder, doors=False)
    with app.app_context():
        house = services()
        try:
            replayed = replaying.replay()
            with transaction() as session:
                words: dict[str, Any] = {"tombstones": replayed.lines, "destroyed": replayed.destroyed}
                words["restricted"] = replayed.restricted
                ledger.append(session, permits.CHAIN, HOUSE, "restored from a backup", **words)
            indexing.rebuild(transaction, house.index, house.keyring, told=lambda _count: None)
        finally:
            house.index.close()
            house.engine.dispose()
    outcome.update(tombstones=replayed.lines, destroyed=replayed.destroyed, restricted=replayed.restricted)


@ledger_group.command("rejoin")
@click.argument("checkpoint", type=_FILE)
@acting
@answering
@inside
def rejoin(house: House, checkpoint: Path, as_user: str | None, as_json: bool) -> None:
    """Take the log on after a restore: CHECKPOINT is the newest that a witness, a print or a bundle holds."""
    note, keyring = checkpoint.read_text(encoding="utf-8"), services().keyring
    with transaction() as session:
        actor = person(session, as_user)
        row = checkpoints.latest(session)
        origin = row.checkpoint.origin if row else Checkpoint.parse(notes.body_of(note)).origin
        signer = Signer(origin, keyring.public, keyring.sign)
        done = mark.rejoin(session, actor, house.instance, signer, note)
    mark.done(house.instance, note)
    said = f"this copy begins with the {done.size} entries of that checkpoint and has {done.entries}; the log goes on"
    tell({"shown": done.size, "entries": done.entries}, as_json=as_json, lines=[said])


COMMANDS = (backup, restore)
