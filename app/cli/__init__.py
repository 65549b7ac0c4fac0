"""The command line: groups named like the wings, each command one transaction and one verb."""

import sys
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from app.cli import (
    bench,
    care,
    cases,
    collecting,
    demo,
    ending,
    evidence,
    exports,
    integrity,
    ledgers,
    money,
    people,
    search,
    serving,
    users,
)
from app.cli.keeping import backups, keys, log
from app.cli.possession import commands as possession
from app.cli.refusing import from_database, from_disk, from_letters
from app.cli.running import House
from app.cli.store import audits, kits, obligations, places
from app.cli.uploads import commands as uploads
from app.witness import commands as witness
from core.errors import Conflict, Forbidden, Invalid, Missing, Refusal, Tampered, Unavailable

EXIT = {Missing: 2, Invalid: 2, Conflict: 2, Forbidden: 3, Unavailable: 4, Tampered: 1}


class Commands(click.Group):
    """A group that answers a refusal with its sentence and its exit code, never with a trace."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; 0 done, 1 a check found something, 2 input refused, 3 not allowed, 4 unavailable."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            _end(refusal)
        except UnicodeEncodeError as fault:
            _end(from_letters(fault))
        except OSError as fault:
            _end(from_disk(fault))
        except SQLAlchemyError as fault:
            _end(from_database(fault))


def _end(refusal: Refusal) -> NoReturn:
    """Say why not, with the reason of each field that the sentence does not name already, and end."""
    click.echo(f"{refusal.code}: {refusal.message}", err=True)
    for name, why in refusal.fields.items():
        if why not in refusal.message:
            click.echo(f"  {name}: {why}", err=True)
    sys.exit(next(EXIT[kind] for kind in type(refusal).__mro__ if kind in EXIT))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--instance", type=click.Path(path_type=Path), default=Path("instance"), envvar="PROBANDA_INSTANCE",
              show_default=True,
              help="The folder of this deployment: settings, database, keys, vault, index.")  # fmt: skip
@click.version_option(package_name="probanda")
@click.pass_context
def main(ctx: click.Context, instance: Path) -> None:
    """Probanda: evidence in, found across cases, out as a dossier that anyone can check."""
    ctx.obj = House(instance)
    ctx.call_on_close(ctx.obj.close)


_PARTS = (
    care, keys, backups, log, users, cases, people, evidence, possession, uploads, money, search, exports, ledgers,
    serving, demo, bench, witness, ending, places, kits, audits, obligations, integrity, collecting,
)  # fmt: skip
for _part in _PARTS:
    for _command in _part.COMMANDS:
        main.add_command(_command)
