"""Databases with their tables in them, each made once and copied for every test that wants one."""

import atexit
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Engine

from core import db
from core.db import Base

Make = Callable[[Engine], None]
_forms: dict[tuple[str, Make, frozenset[str]], bytes | str] = {}


def furnish(engine: Engine, make: Make) -> None:
    """Bring an empty database to what *make* makes of one; one that holds anything is given to *make* itself."""
    key = (engine.dialect.name, make, frozenset(Base.metadata.tables))
    if engine.dialect.name == "sqlite":
        path = Path(engine.url.database or "")
        if not engine.url.database or path.exists():
            make(engine)
            return
        if key not in _forms:
            _forms[key] = _file(make)
        path.write_bytes(bytes(_forms[key]))
    elif sa.inspect(engine).get_table_names():
        make(engine)
    else:
        engine.dispose()
        if key not in _forms:
            _forms[key] = _database(engine, make)
        name = engine.url.database
        _server(engine, f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {_forms[key]}")


def _file(make: Make) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        engine = db.connect(f"sqlite:///{folder}/form.db")
        make(engine)
        # Who closes last writes what is still in the log into the file.
        engine.dispose()
        assert [one.name for one in Path(folder).iterdir()] == ["form.db"]
        return (Path(folder) / "form.db").read_bytes()


def _database(engine: Engine, make: Make) -> str:
    name = f"form_{secrets.token_hex(6)}"
    _server(engine, f"CREATE DATABASE {name} TEMPLATE template0")
    atexit.register(_server, engine, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    made = db.connect(engine.url.set(database=name).render_as_string(hide_password=False))
    make(made)
    made.dispose()
    return name


def _server(engine: Engine, *statements: str) -> None:
    server = sa.create_engine(engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for one in statements:
            connection.exec_driver_sql(one)
    server.dispose()
