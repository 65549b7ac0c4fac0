"""Commands by which a deployment is made and looked after: init, work, and the checks that speak or stay silent."""

import itertools
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy import select

from app import migrations, proving, security, worker
from app.cli.running import House, answering, found_something, inside, progress, tell
from app.wiring import services, transaction
from core import db, jobs
from core.accounts import HOUSE
from core.config import Config
from core.errors import Conflict
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence import fixity
from evidence.keyring import Keyring
from exports import shelf, verification, verifier
from search import indexing
from search.engines.opening import open_engine

CHAIN = "access/house"


class SettingsThere(Conflict):
    """The folder has settings already."""


class DatabaseTaken(Conflict):
    """The database belongs to another deployment, whose keys are not those of this folder."""


@click.command()
@click.option("--database", help="postgresql://… instead of a file in the folder.")
@click.option("--index", "index_url", help="http://… of an Elasticsearch instead of the embedded index.")
@click.option("--office", help="The office's name, as dossiers print it.")
@answering
@click.pass_obj
def init(house: House, database: str | None, index_url: str | None, office: str | None, as_json: bool) -> None:
    """Make a deployment in the instance folder: settings, keys, database, index."""
    house.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = {"database_url": database, "index_url": index_url, "office": office}
    with _settings(house.instance / "config.toml", {name: value for name, value in settings.items() if value}):
        config = Config.load(house.instance, os.environ)
        Keyring.none_yet(config)
        open_engine(config).close()
        _make_tables(config)
        config.vault.mkdir(parents=True, exist_ok=True, mode=0o700)
        keyring = Keyring.make(config)
        security.cookie_key(config.keys)
    with house.app.app_context(), transaction() as session:
        ledger.append(session, CHAIN, HOUSE, "deployment made", key=keyring.key_id)
    with house.app.app_context():
        # The first checkpoint gives the log its name, which stays whatever the office or its keys are called later.
        proving.take_in()
        proving.sign()
    told = {"instance": house.instance, "key": keyring.key_id, "public_key": keyring.public.hex()}
    lines = [
        f"made in {house.instance}",
        f"public key {keyring.public.hex()} (publish it: it tells your bundles from forged ones)",
        f"copy {config.keys} to a safe place now; without it nothing stored here can ever be opened",
    ]
    tell(told, as_json=as_json, lines=lines)


@click.command()
@click.pass_obj
def upgrade(house: House) -> None:
    """Bring the database's tables to this release."""
    with house.app.app_context():
        migrations.upgrade(services().engine)
    click.echo("the tables are those of this release")


@click.command()
@click.option("--until-idle", is_flag=True, help="End when nothing is due.")
@click.option("--threads", type=click.IntRange(1, 16), default=2, show_default=True)
@answering
@inside
def work(house: House, until_idle: bool, threads: int, as_json: bool) -> None:
    """Do the promised work: read files, take in statements, index."""
    with transaction() as session:
        due = jobs.pending(session, tuple(worker.KINDS))
    with progress(due, "working") as step:
        turn = worker.work(house.app, until_idle=until_idle, threads=threads, told=step)
    lines = [f"done {turn.done}, failed {turn.failed}"]
    lines += [f"waiting {count}: {because}" for because, count in turn.waiting.items()]
    tell({"done": turn.done, "failed": turn.failed, "waiting": turn.waiting}, as_json=as_json, lines=lines)
    if turn.waiting:
        sys.exit(4)


@click.group()
def vault() -> None:
    """The sealed bytes on disk."""


@vault.command("check")
@answering
@inside
def vault_check(_house: House, as_json: bool) -> None:
    """Read every stored file and every dossier on the shelf again and compare each with what is on record.

    What does not hold is frozen, and an incident is opened; nothing is repaired.
    """
    house = services()
    found, held = [], 0
    with progress(None, "checking") as step:
        shelves = shelf.check(transaction, house.vault, house.keyring)
        for one in itertools.chain(fixity.check(transaction, house.vault, house.keyring), shelves):
            step(1)
            if one is None:
                held += 1
            else:
                found.append(one)
                with transaction() as session:
                    fixity.settle(session, HOUSE, one)
    found_something(
        found,
        as_json=as_json,
        told={"files": held},
        well=f"{held} files and dossiers are what they were when they came in",
    )


@vault.command("sweep")
@click.option(
    "--older-than", "hours", type=click.IntRange(min=0), help="Hours of grace; the setting sweep_hours when not given."
)
@answering
@inside
def vault_sweep(_house: House, hours: int | None, as_json: bool) -> None:
    """Remove sealed bytes that no row points to, left by uploads that broke off."""
    grace = services().config.sweep_hours if hours is None else hours
    gone = list(fixity.sweep(transaction, services().vault, older_than=timedelta(hours=grace), spared=shelf.spared))
    size = sum(one.size for one in gone)
    with transaction() as session:
        ledger.append(session, CHAIN, HOUSE, "vault swept", removed=len(gone), bytes=size)
    tell(
        {"removed": len(gone), "bytes": size},
        as_json=as_json,
        lines=[f"removed {len(gone)} blobs without a row, {size} bytes"],
    )


@click.group("index")
def index_group() -> None:
    """The index, which only proposes and can always be made again."""


@index_group.command("check")
@answering
@inside
def index_check(_house: House, as_json: bool) -> None:
    """Compare the database and the index both ways."""
    found = list(indexing.check(transaction, services().index))
    found_something(found, as_json=as_json, told={}, well="the index holds exactly what it should")


@index_group.command("rebuild")
@answering
@inside
def index_rebuild(_house: House, as_json: bool) -> None:
    """Make the whole index again from the database."""
    house = services()
    with transaction() as session:
        size = indexing.size(session)
    with progress(size, "indexing") as step:
        count = indexing.rebuild(transaction, house.index, house.keyring, told=step)
    tell({"passages": count}, as_json=as_json, lines=[f"{count} passages indexed anew"])


@click.command()
@click.argument("bundle", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--key", default="", help="The office's public key or fingerprint (hex), from a source you trust.")
@click.option("--log", multiple=True, metavar="VKEY", help="The key of the office's log, from a source you trust.")
@click.option("--witness", multiple=True, metavar="VKEY", help="A witness that must have signed.")
@click.option("--root", default="", metavar="FILE", help="The root of time stamps that you trust (PEM).")
@answering
def verify(bundle: Path, key: str, log: tuple[str, ...], witness: tuple[str, ...], root: str, as_json: bool) -> None:
    """Check a BUNDLE from end to end, as its own verify.py does; needs no deployment."""
    report = verification.verify(bundle, key, verifier.Asked(key, log, witness, root))
    click.echo(verifier.as_json(report) if as_json else "\n".join(verifier.words(report)))
    sys.exit(report.code)


@contextmanager
def _settings(path: Path, settings: dict[str, str]) -> Iterator[None]:
    """Write the settings, and take them back if what is made by them cannot be made."""
    if not settings:
        yield
        return
    # A text of JSON is a text of TOML, whatever stands in it.
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in settings.items()]
    whole = "".join(lines).encode()
    try:
        with path.open("xb") as out:
            out.write(whole)
    except FileExistsError as there:
        message = f"{path} is there already; change it, or run init without settings"
        raise SettingsThere(message) from there
    try:
        yield
    except BaseException:
        path.unlink()
        raise


def _make_tables(config: Config) -> None:
    engine = db.connect(config.database_url)
    try:
        migrations.upgrade(engine)
        with engine.connect() as connection:
            if connection.scalar(select(Entry.position).limit(1)):
                message = "this database belongs to another deployment; bring back its keys, or name an empty database"
                raise DatabaseTaken(message)
        engine.dispose()
        # Asked on a new connection: a database that lives in memory has forgotten its tables by now.
        migrations.check(engine)
    finally:
        engine.dispose()


COMMANDS = (init, upgrade, work, vault, index_group, verify)
