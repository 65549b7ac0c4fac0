"""Triggers by which the database itself refuses to change or remove what is only ever added (COC-8)."""

from collections.abc import Iterable
from typing import Any, Final, cast

from sqlalchemy import DDL, Table, event

from core.ledger.entries import Entry

SQLITE: Final = tuple(
    f"CREATE TRIGGER ledger_entries_no_{verb.lower()} BEFORE {verb} ON ledger_entries "
    f"BEGIN SELECT RAISE(ABORT, 'ledger entries are only ever added'); END"
    for verb in ("UPDATE", "DELETE")
)
POSTGRESQL: Final = (
    (
        "CREATE FUNCTION ledger_entries_only_added() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'ledger entries are only ever added'; END $$"
    ),
    (
        "CREATE TRIGGER ledger_entries_no_change BEFORE UPDATE OR DELETE ON ledger_entries "
        "FOR EACH ROW EXECUTE FUNCTION ledger_entries_only_added()"
    ),
    (
        "CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_only_added()"
    ),
)
# Every statement that guards a table, by dialect: the first migration copies them as they are.
BY_DIALECT: Final = {"sqlite": list(SQLITE), "postgresql": list(POSTGRESQL)}


def _after_create(table: Table, dialect: str, statements: Iterable[str]) -> None:
    for statement in statements:
        trigger: Any = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call] # SQLAlchemy gives it no types
        event.listen(table, "after_create", trigger.execute_if(dialect=dialect))


def keep(table: Table, said: str, *columns: str) -> None:
    """Make the database refuse to remove rows of another table, and to change these columns (none named: any)."""
    name, words = table.name, said.replace("'", "''")
    what = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    sqlite = [
        f"CREATE TRIGGER {name}_no_{verb.partition(' ')[0].lower()} BEFORE {verb} ON {name} "
        f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        for verb in (what, "DELETE")
    ]
    kept = f"EXECUTE FUNCTION {name}_kept()"
    postgresql = [
        (
            f"CREATE OR REPLACE FUNCTION {name}_kept() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{words}'; END $$"
        ),
        f"CREATE TRIGGER {name}_no_update BEFORE {what} ON {name} FOR EACH ROW {kept}",
        f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} FOR EACH ROW {kept}",
        f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name} FOR EACH STATEMENT {kept}",
    ]
    for dialect, statements in (("sqlite", sqlite), ("postgresql", postgresql)):
        BY_DIALECT[dialect] += statements
        _after_create(table, dialect, statements)


for _dialect, _statements in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
    _after_create(cast("Table", Entry.__table__), _dialect, _statements)
