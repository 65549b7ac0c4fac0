"""The tables of a deployment, brought from any released form to the one that the code expects."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, text

from app.migrations.tables import METADATA
from core.errors import Unavailable

FOLDER: Final = Path(__file__).parent
# Any number will do, as long as every process that migrates this database asks for the same one.
_LOCK: Final = 0x50_52_4F_42


class OldTables(Unavailable):
    """The database is not in the form that this version needs, and nothing was read from it."""


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the tables up, all steps or none; who tries at the same time waits, and done twice it does nothing."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        try:
            command.upgrade(_config(connection), to)
        except CommandError as fault:
            message = f"the tables cannot be brought up: {fault}; they may belong to a later version"
            raise OldTables(message) from fault


def downgrade(engine: Engine, to: str) -> None:
    """Take the tables down to an earlier form, all steps or none."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), to)


def head() -> str:
    """The newest form there is: the one that this code needs."""
    return str(ScriptDirectory(str(FOLDER)).get_current_head())


def current(engine: Engine) -> str | None:
    """The form that a database is in; None for one without our tables."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check(engine: Engine) -> None:
    """Raise `OldTables` unless the database is in the form that this code needs."""
    found = current(engine)
    if found != head():
        message = f"the tables are in form {found or 'none'}, this version needs {head()}: run `probanda upgrade`"
        raise OldTables(message)


def differences(engine: Engine) -> list[str]:
    """What the tables in a database have otherwise than the code; an empty list when they are the same."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [repr(difference) for difference in compare_metadata(context, METADATA)]


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config
