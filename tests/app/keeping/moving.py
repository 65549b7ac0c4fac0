"""Moves the rows of a deployment into another database, as a backup and a restore would, without either."""

from app import migrations
from app.backups import rows
from app.migrations.tables import METADATA
from core import db


def moved(played, url):
    """Put the rows of the played deployment into another database."""
    source, target = db.connect(f"sqlite:///{played / 'probanda.db'}"), db.connect(url)
    migrations.upgrade(target)
    with source.connect() as here, target.begin() as there:
        for table in METADATA.sorted_tables:
            rows.take(there, table, rows.lines(here, table))
    source.dispose()
    target.dispose()
