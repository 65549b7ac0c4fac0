"""The ground of every table: base class, names of constraints, UTC columns, and how to connect."""

import sqlite3
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Engine, MetaData, create_engine, event
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from core.errors import Unavailable

_NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
_WAIT_MS = 30_000


class UnknownDatabase(Unavailable):
    """The setting of the database's address names none that can be used."""


class Base(DeclarativeBase):
    """The table that all tables are made from."""

    metadata = MetaData(naming_convention=_NAMES)


class Moment(TypeDecorator[datetime]):
    """A column of aware UTC instants; a time without its zone is refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Take an aware instant to UTC; raise `ValueError` for one without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time without its zone cannot be stored"
            raise ValueError(message)
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back the instant, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def connect(url: str) -> Engine:
    """Make the engine for a database URL of SQLite or PostgreSQL, tuned for durable writes.

    SQLite runs in WAL mode with foreign keys on, full sync, and a writer's lock from the first statement, so that a
    transaction that has read never finds that it may no longer write.  Raises `UnknownDatabase` for anything else.
    """
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError) as fault:
        raise UnknownDatabase("the setting database_url is no address; write sqlite:///… or postgresql://…") from fault
    if backend == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": _WAIT_MS / 1000, "check_same_thread": False})
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if backend != "postgresql":
        raise UnknownDatabase(f"{backend} is no database that this runs on; write sqlite:///… or postgresql://…")
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=20)


def sessions(engine: Engine, **settings: Any) -> sessionmaker[Session]:
    """Make sessions for an engine, which carry these settings; objects stay readable after the door's commit."""
    return sessionmaker(engine, expire_on_commit=False, info=settings)


def _tune_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_WAIT_MS}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
