"""The tables grow by migrations alone: whole, once, in turn, and never over what stands in them."""

import ast
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from app import migrations
from app.migrations.tables import METADATA, OWNERS
from core import db
from core.db import Base
from core.ledger import guards

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("core", "cases", "evidence", "search", "exports", "app")
TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname",
}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty database."""
    made = db.connect(database_url)
    yield made
    made.dispose()


def tables(engine: Engine) -> set[str]:
    """The names of all tables in a database."""
    return set(sa.inspect(engine).get_table_names())


def write_entry(engine: Engine) -> None:
    """Write one row into the ledger, past all code of ours."""
    ledger = METADATA.tables["ledger_entries"]
    words = {column.name: "x" for column in ledger.columns} | {"position": 1}
    with engine.begin() as connection:
        connection.execute(ledger.insert().values(words))


def test_the_newest_form_is_what_the_code_describes(engine: Engine) -> None:
    migrations.upgrade(engine)

    assert migrations.differences(engine) == []
    assert tables(engine) == {*METADATA.tables, "alembic_version"}


def test_a_difference_would_be_found(engine: Engine) -> None:
    migrations.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE cases ADD COLUMN rumour VARCHAR"))
        connection.execute(sa.text("DROP TABLE passages"))

    found = " ".join(migrations.differences(engine))

    assert "rumour" in found
    assert "passages" in found


def test_migrated_tables_are_guarded_like_those_made_at_once(engine: Engine) -> None:
    migrations.upgrade(engine)
    with engine.connect() as connection:
        migrated = connection.execute(sa.text(TRIGGERS[engine.dialect.name])).all()
    with engine.begin() as connection:
        Base.metadata.drop_all(connection)
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("DROP FUNCTION ledger_entries_only_added"))
        Base.metadata.create_all(connection)
    with engine.connect() as connection:
        made = connection.execute(sa.text(TRIGGERS[engine.dialect.name])).all()

    assert migrated == made
    assert len(made) == len([one for one in guards.BY_DIALECT[engine.dialect.name] if "CREATE TRIGGER" in one])


@pytest.mark.parametrize("change", ["UPDATE ledger_entries SET act = 'y'", "DELETE FROM ledger_entries"])
def test_an_entry_of_the_ledger_can_be_neither_changed_nor_removed(engine: Engine, change: str) -> None:
    migrations.upgrade(engine)
    write_entry(engine)

    with pytest.raises(sa.exc.DBAPIError, match="only ever added"), engine.begin() as connection:
        connection.execute(sa.text(change))

    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT act FROM ledger_entries")) == "x"


def test_coming_up_twice_changes_nothing_and_keeps_what_is_there(engine: Engine) -> None:
    migrations.upgrade(engine)
    write_entry(engine)

    migrations.upgrade(engine)

    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM ledger_entries")) == 1


def test_two_that_come_up_at_once_take_turns(engine: Engine) -> None:
    with ThreadPoolExecutor(2) as both:
        list(both.map(migrations.upgrade, [engine, engine]))

    assert migrations.differences(engine) == []


def test_a_step_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    last = METADATA.sorted_tables[-1].name
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE TABLE {last} (in_the_way INTEGER)"))

    with pytest.raises(sa.exc.DBAPIError, match=last):
        migrations.upgrade(engine)

    assert tables(engine) == {last}
    assert migrations.current(engine) is None


def test_there_is_no_way_down_that_would_drop_a_ledger(engine: Engine) -> None:
    migrations.upgrade(engine)
    write_entry(engine)

    with pytest.raises(RuntimeError, match="restore a backup"):
        migrations.downgrade(engine, "base")

    assert migrations.differences(engine) == []
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM ledger_entries")) == 1


def test_a_database_in_an_old_form_is_refused_with_what_to_do(engine: Engine) -> None:
    with pytest.raises(migrations.OldTables, match="probanda upgrade"):
        migrations.check(engine)

    migrations.upgrade(engine)
    migrations.check(engine)


def test_every_file_that_owns_a_table_is_known_to_the_migrations() -> None:
    owners = {
        str(path.relative_to(ROOT).with_suffix("")).replace("/", ".")
        for floor in FLOORS
        for path in (ROOT / floor).rglob("*.py")
        if any(
            isinstance(node, ast.Name) and node.id == "__tablename__" for node in ast.walk(ast.parse(path.read_text()))
        )
    }

    assert owners == {module.__name__ for module in OWNERS}
