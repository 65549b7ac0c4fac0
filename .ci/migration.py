"""Write a migration: the first one anew while nothing is released (no words), or the next one (its words)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy.types import TypeDecorator, TypeEngine

from app import migrations
from app.migrations.tables import METADATA
from core import clock, db
from core.ledger.guards import BY_DIALECT

FIRST = "20261124_first_tables"
VERSIONS = migrations.FOLDER / "versions"
HEAD = '''"""{opening}"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before!r}

'''
TRIGGERS = """\
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))
"""
NO_WAY_DOWN = '''

def downgrade() -> None:
    """Refuse: below the first tables there is nothing, and no ledger is ever dropped by a command."""
    message = "there is no form of the tables below the first; restore a backup instead"
    raise RuntimeError(message)
'''


def plain_type(kind: str, thing: object, _context: object) -> str | bool:
    """Write a column type of ours as the type that it has in the database, so that a migration outlives our code."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{TypeEngine.__repr__(thing.impl_instance)}"
    return False


def rendered(steps: list[ops.MigrateOperation], *, batch: bool) -> str:
    """The body of a function that takes these steps."""
    text = render_python_code(ops.UpgradeOps(steps), render_item=plain_type, render_as_batch=batch)
    return "\n".join(line for line in text.splitlines() if not line.strip().startswith("# ###")).strip()


def per_table(steps: list[ops.MigrateOperation]) -> dict[str, list[ops.MigrateOperation]]:
    """Each new table's name with the steps that make it and its indices, in the order in which they must be taken."""
    grouped: dict[str, list[ops.MigrateOperation]] = {}
    for step in steps:
        grouped.setdefault(step.table_name, []).append(step)
    return grouped


def guards() -> str:
    """The statements that make the database refuse to change a ledger, copied as they are on this day."""
    lines = ["\nGUARDS = {"]
    for dialect, statements in BY_DIALECT.items():
        lines += [f'    "{dialect}": (', *(f"        {statement!r}," for statement in statements), "    ),"]
    return "\n".join([*lines, "}\n"])


def first(steps: list[ops.MigrateOperation]) -> str:
    """The text of the first migration: one function per table."""
    tables = per_table(steps)
    text = HEAD.format(opening="The first tables.", revision=FIRST, before=None) + guards()
    text += '\n\ndef upgrade() -> None:\n    """Make every table, then forbid changes of what is only ever added."""\n'
    text += "    for make in _TABLES:\n        make()\n" + TRIGGERS
    text += NO_WAY_DOWN
    for name, made in tables.items():
        text += f"\n\ndef _{name}() -> None:\n    {rendered(made, batch=False)}\n"
    return text + "\n\n_TABLES = (\n" + "".join(f"    _{name},\n" for name in tables) + ")\n"


def following(both: ops.MigrationScript, words: str, revision: str) -> str:
    """The text of a migration that takes the tables from the newest form to what the code has now."""
    text = HEAD.format(opening=f"{words.capitalize()}.", revision=revision, before=migrations.head())
    text += (
        f'\ndef upgrade() -> None:\n    """{words.capitalize()}."""\n    {rendered(both.upgrade_ops.ops, batch=True)}\n'
    )
    text += f'\n\ndef downgrade() -> None:\n    """Undo it."""\n    {rendered(both.downgrade_ops.ops, batch=True)}\n'
    return text


def main(words: str) -> None:
    """Compare an empty database, or one in the newest form, with the code, and write the difference down."""
    with tempfile.TemporaryDirectory() as folder:
        engine = db.connect(f"sqlite:///{Path(folder) / 'compared.db'}")
        if words:
            migrations.upgrade(engine)
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            both = produce_migrations(context, METADATA)
        engine.dispose()
    revision = f"{clock.now():%Y%m%d}_{words.replace(' ', '_')}" if words else FIRST
    path = VERSIONS / f"{revision}.py"
    path.write_text(following(both, words, revision) if words else first(both.upgrade_ops.ops))
    sys.stdout.write(f"{path.name} is written; read it, then commit it\n")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]).lower())
