"""A whole deployment for the tests of its doors."""

import pytest

from app.wiring import services
from tests import offices


@pytest.fixture
def office(tmp_path):
    """A deployment on SQLite and the embedded index."""
    made = offices.Office(offices.deployment(tmp_path / "instance"))
    yield made
    with made.app.app_context():
        services().index.close()
        services().engine.dispose()
