"""A restore that was broken off, and how it is known again: by one word in its folder and in the database it fills.

The database may be a server's, where the rows stand from one commit on, while the folder has no name yet.  Whoever says
the same restore again goes on in that database, and in no other that holds anything.
"""

import json
import secrets
import shutil
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    Row,
    Select,
    String,
    Table,
    insert,
    inspect,
    literal_column,
    select,
    text,
    update,
)

from app.migrations.tables import METADATA
from core import clock
from core.errors import Conflict
from evidence.keys import files

UNFINISHED: Final = ".restoring"
WORD: Final = "restoring.json"
_UNDER_WAY, _WHOLE = "under way", "whole"
# It stands beside the tables and is none of them: the deployment never sees it.
_MARK: Final = Table(
    "unfinished_restore", MetaData(), Column("word", String, primary_key=True), Column("backup", String),
    Column("at", String), Column("state", String),
)  # fmt: skip


class NotEmpty(Conflict):
    """The place to restore into holds something already."""


def folder_of(instance: Path) -> Path:
    """Where a deployment is made before it has its name."""
    return instance.with_name(f"{instance.name}{UNFINISHED}")


def begin(folder: Path) -> str:
    """Make the folder, or clear what a restore that was broken off left in it; gives the word of both."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    clear(folder)
    try:
        return str(json.loads((folder / WORD).read_bytes())["word"])
    except (OSError, ValueError, KeyError, TypeError):
        word = secrets.token_hex(16)
    files.write(folder / WORD, json.dumps({"v": 1, "word": word}).encode())
    files.sync(folder.parent)
    return word


def clear(folder: Path) -> None:
    """Take everything out of the folder but its word."""
    for one in folder.iterdir() if folder.is_dir() else ():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        elif one.name != WORD:
            one.unlink()


def left(engine: Engine, word: str, folder: Path) -> bool:
    """Whether the database holds what this very restore left when it was broken off; changes nothing.

    Raises NotEmpty when it holds anything else.
    """
    there = set(inspect(engine).get_table_names())
    with engine.connect() as connection:
        mark = connection.execute(select(_MARK)).first() if _MARK.name in there else None
        # Of each table nothing but whether it has a row: those of an older release have other columns.
        ours = [table for table in METADATA.sorted_tables if table.name in there]
        filled = next((table.name for table in ours if connection.scalar(_any(table))), "")
    if not filled:
        return False
    if mark is None or mark.word != word:
        raise NotEmpty(_held(filled, mark, folder))
    return True


def _any(table: Table) -> Select[Any]:
    return select(literal_column("1")).select_from(table).limit(1)


def _held(filled: str, mark: Row[tuple[str, ...]] | None, folder: Path) -> str:
    if mark is None or mark.state != _UNDER_WAY:
        return f"the database holds rows already ({filled}); name an empty one"
    return (
        f"the database holds what a restore of {mark.backup} left when it was broken off after {mark.at}, and {folder} "
        "is not the folder that this restore was making: nothing was changed.  Say that restore again with the same "
        "--instance and it goes on; or make the database anew and restore from the beginning"
    )


def put(connection: Connection, word: str, backup: str) -> None:
    """Mark the database, in the transaction that fills it."""
    _MARK.create(connection, checkfirst=True)
    connection.execute(_MARK.delete())
    told = {"word": word, "backup": backup, "at": clock.stamp(clock.now()), "state": _UNDER_WAY}
    connection.execute(insert(_MARK), told)


def whole(engine: Engine) -> None:
    """Say in the database that nothing is missing any more but the name."""
    with engine.begin() as connection:
        connection.execute(update(_MARK).values(state=_WHOLE))


def done(connection: Connection, folder: Path) -> None:
    """Take word and mark away, now that the folder has its name; said twice it does nothing."""
    _MARK.drop(connection, checkfirst=True)
    (folder / WORD).unlink(missing_ok=True)
    files.sync(folder)


def empty(connection: Connection) -> None:
    """Take all rows out of the tables, past the triggers that keep them, in the transaction that fills them anew."""
    if connection.dialect.name == "postgresql":
        names = [f'"{table.name}"' for table in METADATA.sorted_tables]
        for name in names:
            connection.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
        connection.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY"))
        for name in names:
            connection.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))
        return
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _sql in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    for table in reversed(METADATA.sorted_tables):
        connection.execute(table.delete())
    for _name, sql in triggers:
        connection.exec_driver_sql(sql)
