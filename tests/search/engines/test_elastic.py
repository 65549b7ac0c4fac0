"""What only Elasticsearch can do to us: be away, be slow, or have lost an index."""

import socket
import time
from uuid import uuid4

import pytest

from evidence.pinpoints import Pinpoint
from search import asking
from search.engines.elastic import Elastic
from search.engines.protocol import TIERS, IndexOutOfReach
from search.passages import Piece, Source, documents

CASE = uuid4()
SCOPE = {tier: frozenset({CASE}) for tier in TIERS}
BOAT = asking.read("boat").question


def one_file():
    source = Source(uuid4(), uuid4(), CASE, "open", "note.txt", "text")
    return list(documents(source, [Piece(uuid4(), 1, "the boat left", Pinpoint())], str))


@pytest.fixture
def away():
    """An engine at an address where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        engine = Elastic(f"http://127.0.0.1:{taken.getsockname()[1]}")
        yield engine
        engine.close()


@pytest.fixture
def silent():
    """An engine that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        engine = Elastic(f"http://127.0.0.1:{server.getsockname()[1]}", seconds=1)
        yield engine
        engine.close()


VERBS = [
    lambda engine: engine.put(one_file()),
    lambda engine: engine.drop(CASE),
    lambda engine: list(engine.ask(BOAT, SCOPE)),
    lambda engine: engine.tally(BOAT, SCOPE),
    lambda engine: list(engine.census()),
    lambda engine: engine.ready(),
    lambda engine: engine.purge(),
]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_says_that_the_index_is_out_of_reach(away, verb):
    with pytest.raises(IndexOutOfReach, match="evidence is safe"):
        verb(away)


def test_a_server_that_never_answers_is_given_up_in_time(silent):
    started = time.monotonic()
    with pytest.raises(IndexOutOfReach):
        silent.tally(BOAT, SCOPE)
    assert time.monotonic() - started < 10


def test_an_index_that_is_gone_is_refused_and_not_answered_with_nothing(elastic):
    elastic.put(one_file())
    elastic.client.indices.delete(index=elastic.names["open"])

    with pytest.raises(IndexOutOfReach, match="rebuild"):
        list(elastic.ask(BOAT, SCOPE))


def test_each_tier_is_an_index_of_its_own_that_keeps_no_source(elastic):
    elastic.put(one_file())
    mappings = elastic.client.indices.get_mapping(index=list(elastic.names.values()))

    assert len(mappings.body) == len(TIERS)
    for index in mappings.body.values():
        assert index["mappings"]["_source"] == {"enabled": False}
        assert index["mappings"]["dynamic"] == "strict"


def test_a_purge_in_the_end_leaves_nothing_of_what_was_dropped(elastic):
    held = one_file()
    elastic.put(held)
    elastic.drop(held[0].file)
    deadline = time.monotonic() + 60
    while elastic.purge() and time.monotonic() < deadline:
        time.sleep(2)

    assert elastic.ready().dropped == 0
