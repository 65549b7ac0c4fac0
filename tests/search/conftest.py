"""The engines that a search may stand on, each empty and real."""

import pytest

from search.engines.elastic import Elastic
from search.engines.embedded import Embedded


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


@pytest.fixture(params=["embedded", "elastic"])
def index(request):
    return request.getfixturevalue(request.param)
