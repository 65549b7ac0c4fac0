"""The command that measures, each figure as a ratio to a baseline of the same minute."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
from flask import Flask

from app import create_app, migrations
from app.bench import appending, binding, finding, ledgers, proofs, scrubbing, sealing, uploading
from app.bench.measuring import MIB, Figure
from app.cli.running import House, table
from app.wiring import services
from core.config import Config
from evidence.keyring import Keyring

PARTS = ("seal", "scrub", "upload", "ledger", "append", "proof", "index", "search", "dossier")
HEADS = ("what", "ours", "baseline", "ratio", "to reach", "reached", "note")


@click.command()
@click.option("--only", multiple=True, type=click.Choice(PARTS), help="Measure only these.")
@click.option("--mib", default=1024, show_default=True, help="Size of the sealed file.")
@click.option("--entries", default=1_000_000, show_default=True, help="Entries of the ledger.")
@click.option("--commits", default=500, show_default=True, help="Commits of each concurrent writer.")
@click.option("--passages", default=200_000, show_default=True, help="Passages in the index.")
@click.option("--pages", default=1_000, show_default=True, help="Appended pages of the dossier.")
@click.option(
    "--elasticsearch",
    envvar="PROBANDA_TEST_ELASTICSEARCH",
    help="http://… of the server that the index is measured on.",
)
@click.option(
    "--postgres", envvar="PROBANDA_TEST_POSTGRES", help="postgresql://… of the server that concurrent writers use."
)
@click.option("--output", type=click.Path(path_type=Path), help="Write the figures as JSON here.")
@click.pass_obj
def bench(house: House, only: tuple[str, ...], mib: int, entries: int, commits: int, passages: int,
          pages: int, elasticsearch: str | None, postgres: str | None, output: Path | None) -> None:  # fmt: skip
    """Measure against baselines in the same run, in a deployment of its own that is removed afterwards."""
    wanted = only or PARTS
    house.instance.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=house.instance))
    figures: list[Figure] = []
    try:
        app = _deployment(folder / "instance")
        runs: dict[str, Iterator[Figure]] = {
            "seal": sealing.measure(app, folder, mib * MIB),
            "scrub": scrubbing.measure(app, folder, mib * MIB),
            "upload": uploading.measure(app, folder, mib * MIB),
            "ledger": ledgers.measure(folder, entries),
            "append": appending.measure(postgres or "", commits),
            "proof": proofs.measure(folder, entries, postgres or ""),
            "index": finding.measure_index(passages, elasticsearch or ""),
            "search": finding.measure_search(app, passages, elasticsearch or ""),
            "dossier": binding.measure(pages),
        }
        for part in wanted:
            for figure in runs[part]:
                figures.append(figure)
                click.echo(f"{figure.what}: ratio {figure.ratio:.2f} (to reach {figure.bound:g})", err=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for line in table(HEADS, [one.row() for one in figures]):
        click.echo(line)
    told = json.dumps([one.told() for one in figures], indent=2)
    if output is None:
        click.echo(told)
    else:
        output.write_text(told + "\n", encoding="utf-8")


def _deployment(instance: Path) -> Flask:
    instance.mkdir(parents=True)
    config = Config.load(instance, {})
    config.vault.mkdir()
    Keyring.make(config)
    app = create_app(instance)
    with app.app_context():
        migrations.upgrade(services().engine)
    return app


COMMANDS = (bench,)
