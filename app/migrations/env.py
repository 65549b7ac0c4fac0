"""What alembic runs for each command: the steps, on the connection and in the transaction of whoever asked."""

from alembic import context

from app.migrations.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite cannot alter most of a table in place: alembic copies it instead.
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
