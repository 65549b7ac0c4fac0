"""The database rewritten, so that no free page, no journal and no dead row still holds what was destroyed."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.wiring import services
from core.errors import Unavailable
from evidence.ending import shredding
from evidence.uploads.rows import Part, Upload

#: What an ending empties or changes; PostgreSQL rewrites these, SQLite its whole file.
TABLES: Final = (
    *(one.__tablename__ for one in shredding.WITH_A_FILE),
    *(one.__tablename__ for one in (Upload, Part)),
    *shredding.ALSO_WITH_A_FILE,
    "files", "intake_items", "exhibits", "exhibit_numbers", "authorities", "name_forms", "person_roles", "case_keys",
    "cases", "exports", "shelved_dossiers", "searches",
)  # fmt: skip


class NotRewritten(Unavailable):
    """The database could not be rewritten now, since somebody is using it; it is tried again by itself."""


def rewrite() -> None:
    """Rewrite what held destroyed rows; it waits for readers a bounded time and raises NotRewritten after that."""
    engine = services().engine
    try:
        if engine.dialect.name == "sqlite":
            _sqlite()
        else:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("SET lock_timeout = '20s'"))
                for name in TABLES:
                    connection.execute(text(f'VACUUM FULL "{name}"'))
                connection.execute(text("RESET lock_timeout"))
    except DBAPIError as busy:
        raise NotRewritten("the database is in use and is rewritten later; nothing is lost meanwhile") from busy


def _sqlite() -> None:
    connection = services().engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        held_up = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.close()
    finally:
        connection.close()
    if held_up:
        raise NotRewritten("somebody still reads an older state of the database; its journal is emptied later")
