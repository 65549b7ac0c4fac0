"""Elasticsearch, the real server, as published for integration tests, run on the loopback address."""

from __future__ import annotations

import json
import os
import shutil
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import ground
import maven

VERSION = "9.5.3"
URL = "PROBANDA_TEST_ELASTICSEARCH"
HEAP = "1g"
START_SECONDS = 180
SETTINGS = """\
cluster.name: probanda-tests
discovery.type: single-node
http.host: 127.0.0.1
http.port: {http}
transport.host: 127.0.0.1
transport.port: {transport}
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
path.data: {data}
path.logs: {logs}
"""


def start() -> None:
    """Have a healthy server: the one that runs already, or a new one on a free port."""
    known = ground.recorded().get(URL, "")
    if known and healthy(known):
        ground.say(f"elasticsearch: runs already at {known}")
        return
    place = ground.home() / "elasticsearch"
    put_together(place)
    port = ground.free_port(known)
    url = f"http://127.0.0.1:{port}"
    _configure(place, port)
    log = place / "logs" / "start.log"
    ground.hand_over(place)
    server = ground.launch(["bin/elasticsearch", "-p", str(place / "pid")], log, _environ(place), place)
    ground.wait_until(lambda: healthy(url), START_SECONDS, log, server)
    ground.record({URL: url})
    ground.say(f"elasticsearch: {VERSION} runs at {url}")


def stop(*, at_once: bool) -> None:
    """End the server that we started, if it runs."""
    pid = ground.home() / "elasticsearch" / "pid"
    if pid.exists():
        ground.end(int(pid.read_text()), at_once=at_once)
        pid.unlink(missing_ok=True)
    ground.say("elasticsearch: stopped")


def healthy(url: str) -> bool:
    """Whether the cluster answers and its shards are there; this distribution has no GET / to ask."""
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health?timeout=1s", timeout=5) as answer:
            return json.load(answer)["status"] in {"green", "yellow"}
    except (urllib.error.URLError, OSError, ValueError):
        return False


def put_together(place: Path) -> None:
    """Fetch and unpack the server, unless an earlier run did."""
    done = place / "put-together"
    if done.exists() and done.read_text() == VERSION:
        return
    ground.say(f"elasticsearch: fetching {VERSION}")
    parts = ground.home() / "parts"
    shutil.rmtree(place, ignore_errors=True)
    maven.copy(f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip", parts)
    with zipfile.ZipFile(parts / f"elasticsearch-{VERSION}.zip") as packed:
        packed.extractall(parts)
    (parts / f"elasticsearch-{VERSION}").rename(place)
    for program in (place / "bin").iterdir():
        program.chmod(0o755)
    # On its very first start the server writes security settings of its own, which this distribution then
    # refuses; it does so only while its data folder is empty.
    (place / "data").mkdir()
    (place / "data" / "not-empty").write_text("kept so that the first start adds no settings\n")
    done.write_text(VERSION)
    shutil.rmtree(parts)


def _configure(place: Path, port: int) -> None:
    for folder in ("logs", "tmp"):
        (place / folder).mkdir(exist_ok=True)
    settings = SETTINGS.format(http=port, transport=ground.free_port(), data=place / "data", logs=place / "logs")
    (place / "config" / "elasticsearch.yml").write_text(settings)


def _environ(place: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "ES_JAVA_HOME": str(maven.java_home(21)),
        "ES_JAVA_OPTS": f"-Xms{HEAP} -Xmx{HEAP}",
        "ES_TMPDIR": str(place / "tmp"),
        "HOME": str(place),
    }
