"""With Elasticsearch stopped and started again in the middle, nothing is lost and nobody is told otherwise."""

from datetime import UTC, datetime, timedelta

import pytest

from app.wiring import services
from core import clock
from tests import offices

TEXT = b"The engine failed at four; +49 30 23125 999 did not answer."


@pytest.fixture
def office(tmp_path, elasticsearch_server, index_prefix):
    url = elasticsearch_server.url
    made = offices.Office(offices.deployment(tmp_path / "instance", index_url=url, index_prefix=index_prefix))
    yield made
    with made.app.app_context():
        services().index.close()
        services().engine.dispose()


def search(office):
    return office.call("ana", "GET", "/search", query_string={"q": "engine failed"})


def test_intake_goes_on_search_says_so_and_the_backlog_is_made_up(office, elasticsearch_server):
    exhibit = office.exhibit("ana", office.case("ana"))
    office.send("ana", exhibit, TEXT)
    office.work()
    assert search(office).json["total"] == 1

    elasticsearch_server.stop(at_once=True)
    try:
        stored = office.send("ana", exhibit, TEXT + b" Again.")
        turn = office.work()
        away = search(office)
        read = office.call("ana", "GET", f"/files/{stored['file']}/passages")
    finally:
        elasticsearch_server.start()

    assert away.status_code == 503
    assert away.json["error"]["message"]
    assert sum(turn.waiting.values()) >= 1
    assert turn.failed == 0
    assert "Again" in read.text

    assert "1 pending" in search(office).json["index"]
    with clock.stopped(datetime.now(UTC) + timedelta(minutes=10)):
        found = office.work_in_this_thread()
    assert found.waiting == {}
    told = search(office).json
    assert told["total"] == 2
    assert "pending" not in told["index"]
