"""The engines are real ones: what the other tests stand on is itself tried."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page

from tests.conftest import Server, VeraPDF


def test_each_test_gets_a_database_that_is_empty(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE once (id INTEGER)"))
        assert sa.inspect(connection).get_table_names() == ["once"]
    engine.dispose()


def test_elasticsearch_finds_what_it_was_given(elasticsearch_url: str, index_prefix: str) -> None:
    words = json.dumps({"text": "seen at the ferry"}).encode()
    there = urllib.request.Request(
        f"{elasticsearch_url}/{index_prefix}a/_doc?refresh=true", words, {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(there, timeout=30).close()

    with urllib.request.urlopen(f"{elasticsearch_url}/{index_prefix}a/_search?q=text:ferry", timeout=30) as answer:
        assert json.load(answer)["hits"]["total"]["value"] == 1


def test_a_real_browser_runs_scripts(page: Page) -> None:
    page.set_content("<p id=p></p><script>document.querySelector('p').textContent = 6 * 7</script>")

    assert page.text_content("#p") == "42"


def test_verapdf_tells_an_archival_pdf_from_another(verapdf: VeraPDF, corpus: Path) -> None:
    folder = corpus / "standards_pdfa"
    good = next(path for path in sorted(folder.rglob("*pass*.pdf")))
    bad = next(path for path in sorted(folder.rglob("*fail*.pdf")))

    assert verapdf(good, "3b" if "3b" in str(good) else "0").passed
    verdict = verapdf(bad, "0")
    assert not verdict.passed
    assert verdict.failures


def test_an_engine_stopped_and_started_again_keeps_its_address_and_its_index(
    elasticsearch_server: Server, index_prefix: str
) -> None:
    address = f"{elasticsearch_server.url}/{index_prefix}a"
    urllib.request.urlopen(urllib.request.Request(address, method="PUT"), timeout=30).close()

    elasticsearch_server.stop(at_once=True)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address, timeout=5)
    elasticsearch_server.start()

    with urllib.request.urlopen(address, timeout=30) as answer:
        assert f"{index_prefix}a" in json.load(answer)


def test_a_database_killed_and_started_again_keeps_what_was_committed(
    postgres_url: str, postgres_engine: Server
) -> None:
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE kept (id INTEGER)"))
        connection.execute(sa.text("INSERT INTO kept VALUES (7)"))

    postgres_engine.stop(at_once=True)
    with pytest.raises(sa.exc.OperationalError), engine.connect() as connection:
        connection.scalar(sa.text("SELECT 1"))
    postgres_engine.start()

    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT id FROM kept")) == 7
    engine.dispose()
