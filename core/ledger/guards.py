"""Triggers by which the database itself refuses to change or remove a ledger entry (COC-8)."""

from typing import Any, Final

from sqlalchemy import DDL, event

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
BY_DIALECT: Final = {"sqlite": SQLITE, "postgresql": POSTGRESQL}

for _dialect, _statements in BY_DIALECT.items():
    for _statement in _statements:
        _trigger: Any = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call] # SQLAlchemy gives it no types
        event.listen(Entry.__table__, "after_create", _trigger.execute_if(dialect=_dialect))
