"""A depot for tests of evidence, on SQLite alone or on both databases."""

import pytest

from tests.evidence.depot import depot


@pytest.fixture
def place(tmp_path):
    """A depot on SQLite."""
    made = depot(f"sqlite:///{tmp_path / 'probanda.db'}", tmp_path)
    yield made
    made.house.engine.dispose()


@pytest.fixture
def each_place(database_url, tmp_path):
    """A depot once on SQLite and once on PostgreSQL."""
    made = depot(database_url, tmp_path)
    yield made
    made.house.engine.dispose()
