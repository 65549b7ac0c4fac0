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
def library(tmp_path, index):
    """An empty house whose index is, in turn, each engine."""
    plain = makers.house(f"sqlite:///{tmp_path / 'house.db'}")
    keyring = Keyring.make(makers.config(tmp_path))
    yield Library(plain.engine, plain.sessions, keyring=keyring, index=index)
    plain.engine.dispose()
