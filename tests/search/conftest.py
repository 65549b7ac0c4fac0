"""The engines that a search may stand on, each empty and real."""

import pytest

from evidence.keyring import Keyring
from search.engines.elastic import Elastic
from search.engines.embedded import Embedded
from tests import makers
from tests.search.library import Library


@pytest.fixture
def embedded(tmp_path):
    made = Embedded(tmp_path / "index")
    yield made
    made.close()


@pytest.fixture
def elastic(elasticsearch_url, index_prefix):
    made = Elastic(elasticsearch_url, index_prefix)
    yield made
    made.close()


@pytest.fixture
def index(request):
    """The embedded engine, save where a test asks for both with `on_both_engines`."""
    return request.getfixturevalue(getattr(request, "param", "embedded"))


@pytest.fixture
def database(tmp_path):
    """The address of an empty database, on SQLite save where a test file asks for more."""
    return f"sqlite:///{tmp_path / 'house.db'}"


@pytest.fixture
def library(tmp_path, index, database):
    """An empty house on that database and that engine."""
    plain = makers.house(database)
    keyring = Keyring.make(makers.config(tmp_path))
    yield Library(plain.engine, plain.sessions, keyring=keyring, index=index)
    plain.engine.dispose()
