"""Elasticsearch stopped in the middle: search says so, nothing is lost, and the backlog is made up."""

import time

import pytest

from search import indexing
from search.engines.protocol import IndexOutOfReach


@pytest.fixture
def index(elastic):
    return elastic


def until_back(act):
    """Do it as the worker would: again and again, until the engine takes it."""
    deadline = time.monotonic() + 90
    while True:
        try:
            return act()
        except IndexOutOfReach:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def test_a_power_cut_of_elasticsearch_loses_nothing(library, elasticsearch_server):
    ana = library.actor("ana")
    exhibit = library.exhibit(ana, library.case(ana))
    library.file(exhibit, "the boat left", name="before")

    elasticsearch_server.stop(at_once=True)
    during = library.file(exhibit, "the boat came", name="during", indexed=False)
    with pytest.raises(IndexOutOfReach, match="evidence is safe"):
        library.bring_in(during)
    with pytest.raises(IndexOutOfReach):
        library.find(ana, "boat")
    elasticsearch_server.start()

    until_back(lambda: library.bring_in(during))
    assert until_back(lambda: library.find(ana, "boat")).total == 2
    assert list(indexing.check(library.transaction, library.index)) == []
