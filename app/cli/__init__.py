"""The command line: groups named like the wings, each command one transaction and one verb."""

import sys
from pathlib import Path

import click

from app.cli import care, cases, demo, evidence, exports, money, people, search, serving, users
from app.cli.running import House
from core.errors import Conflict, Forbidden, Invalid, Missing, Refusal, Tampered, Unavailable

EXIT = {Missing: 2, Invalid: 2, Conflict: 2, Forbidden: 3, Unavailable: 4, Tampered: 1}


class Commands(click.Group):
    """A group that answers a refusal with its sentence and its exit code, never with a trace."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; 0 done, 1 a check found something, 2 input refused, 3 not allowed, 4 unavailable."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            click.echo(f"{refusal.code}: {refusal.message}", err=True)
            sys.exit(next(EXIT[kind] for kind in type(refusal).__mro__ if kind in EXIT))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--instance", type=click.Path(path_type=Path), default=Path("instance"), envvar="PROBANDA_INSTANCE", show_default=True,
              help="The folder of this deployment: settings, database, keys, vault, index.")  # fmt: skip
@click.version_option(package_name="probanda")
@click.pass_context
def main(ctx: click.Context, instance: Path) -> None:
    """Probanda: evidence in, found across cases, out as a dossier that anyone can check."""
    ctx.obj = House(instance)


for _part in (care, users, cases, people, evidence, money, search, exports, serving, demo):
    for _command in _part.COMMANDS:
        main.add_command(_command)
