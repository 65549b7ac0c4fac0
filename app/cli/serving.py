"""The command that serves the desk."""

from pathlib import Path

import click

from app import create_app, serving, worker
from app.cli.running import House


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option("--processes", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--worker/--no-worker", "with_worker", default=True, help="Do promised work beside the desk.")
@click.pass_obj
def serve(house: House, host: str, port: int, processes: int, with_worker: bool) -> None:
    """Serve the desk and the API until interrupted."""
    open_desk(house, host=host, port=port, processes=processes, with_worker=with_worker)


def open_desk(house: House, *, host: str, port: int, processes: int, with_worker: bool) -> None:
    """Serve a deployment; the address must be this machine's own unless something in front of it does TLS."""
    house.check_tables()
    serving.serve(
        house.instance,
        lambda: create_app(house.instance),
        work_until_ended,
        address=f"{host}:{port}",
        processes=processes,
        worker=with_worker,
    )


def work_until_ended(instance: Path) -> None:
    """Do promised work for a deployment until the process is ended."""
    worker.work(create_app(instance, doors=False), until_idle=False)


COMMANDS = (serve,)
