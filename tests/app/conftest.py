"""A whole deployment for the tests of its doors."""

import pytest

from app.wiring import services
from tests import offices
from tests.app import walled


@pytest.fixture
def office(tmp_path):
    """A deployment on SQLite and the embedded index."""
    made = offices.Office(offices.deployment(tmp_path / "instance"))
    yield made
    with made.app.app_context():
        services().index.close()
        services().engine.dispose()


@pytest.fixture(scope="session")
def walled_house(tmp_path_factory):
    """A deployment with one thing of every kind in a case that outsiders may not know of, and the ids of all of them.

    Made once, since it takes long: who uses it changes nothing that stands in it.
    """
    made = offices.Office(offices.deployment(tmp_path_factory.mktemp("walls") / "instance"))
    yield made, walled.furnished(made)
    with made.app.app_context():
        services().index.close()
        services().engine.dispose()
