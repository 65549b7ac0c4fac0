"""The commands of a witness: make one, tell it of a log, let it answer, and look at what it signed."""

import json
from pathlib import Path

import click

from app.witness import serving
from app.witness.memory import Folder

_FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))


@click.group("witness")
def witness() -> None:
    """A witness for another office's log: a small program with its own key, which needs no deployment."""


@witness.command("init")
@_FOLDER
@click.option("--name", required=True, help="Its name in signatures, as of a place on the web: court.example/witness")
def init(folder: Path, name: str) -> None:
    """Make a witness with a key of its own in FOLDER."""
    made = Folder.make(folder, name)
    click.echo(str(made.key))
    click.echo("give this line to the office whose log it is to watch, by a way that cannot be altered", err=True)


@witness.command("add-log")
@_FOLDER
@click.argument("vkey")
def add_log(folder: Path, vkey: str) -> None:
    """Let the witness watch the log with this verifier key, from its next checkpoint on."""
    key = Folder(folder).add_log(vkey)
    click.echo(f"the log {key.name} is watched from now on")


@witness.command("serve")
@_FOLDER
@click.option("--address", default="127.0.0.1:8090", show_default=True, help="HOST:PORT; put TLS in front of it.")
def serve(folder: Path, address: str) -> None:
    """Answer the logs that are known, until interrupted."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise click.BadParameter("write it like 127.0.0.1:8090", param_hint="--address")
    serving.serve(Folder(folder), host.strip("[]"), int(port), click.echo)


@witness.command("show")
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def show(folder: Path, *, as_json: bool) -> None:
    """Show the witness's key, the logs that it watches, and the last that it signed for each."""
    opened = Folder(folder)
    rows = {origin: opened.seen(origin) for origin in opened.logs()}
    if as_json:
        logs = {origin: {"size": one.size, "root": one.root.hex(), "note": one.note} for origin, one in rows.items()}
        told = {"key": str(opened.key), "logs": logs, "forks": [str(path) for path in opened.forks()]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    click.echo(str(opened.key))
    for origin, one in rows.items():
        click.echo(f"{origin}: size {one.size}, root {one.root.hex()}" if one.note else f"{origin}: nothing signed yet")
    for path in opened.forks():
        click.echo(f"signed by a log, but it does not fit what that log said before: {path}")


COMMANDS = (witness,)
