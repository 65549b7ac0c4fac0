"""The command that plays the whole main job and then serves the desk."""

import sys
from pathlib import Path

import click

from app import demo as stage
from app.cli import care, serving
from app.cli.running import House, progress


@click.command()
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Take this folder instead of the sample.",
)
@click.option("--serve/--no-serve", "with_desk", default=True, help="Serve the desk afterwards.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.pass_context
def demo(ctx: click.Context, source: Path | None, with_desk: bool, port: int) -> None:
    """Play the whole main job on a sample case or a folder, leave dossier and verification on disk, serve the desk."""
    house: House = ctx.obj
    if not house.stands:
        ctx.invoke(care.init, database=None, index_url=None, office="Demonstration office", as_json=False)
        click.echo("")
    with progress(None, "working") as tick:
        passwords, findings = stage.play(house.app, click.echo, source, tick)
    click.echo("")
    for name in stage.SHOWN:
        click.echo(f"sign in at http://127.0.0.1:{port} as {name} with {passwords[name]}  ({stage.CAST[name][0]})")
    if findings:
        sys.exit(1)
    if with_desk:
        click.echo("serving; stop with Ctrl-C")
        serving.open_desk(house, host="127.0.0.1", port=port, processes=2, with_worker=True)


COMMANDS = (demo,)
