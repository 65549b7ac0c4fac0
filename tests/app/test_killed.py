"""A server or worker killed in the middle of anything leaves nothing half done, and what was promised is kept later."""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.wiring import services, transaction
from core import jobs
from core.ledger import entries as ledger
from evidence import fixity
from tests import makers

CHUNK = b"x" * 65_536


@contextmanager
def program(office, *words):
    """Our own program as an operator runs it, in a process group of its own."""
    command = [sys.executable, "-m", "app.cli", "--instance", office.app.instance_path, *words]
    process = subprocess.Popen(command, env=makers.environment(), cwd=Path(__file__).parents[2], start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as link:
                link.request("GET", "/api/v1/openapi.json")
                link.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not come up within a minute")


def everything_holds(office):
    with office.app.app_context():
        house = services()
        with transaction() as session:
            assert list(ledger.breaks(session)) == []
        assert [one for one in fixity.check(transaction, house.vault, house.keyring) if one is not None] == []


@pytest.mark.parametrize("sent", [0, 1, 65_536, 900_000])
def test_an_upload_cut_anywhere_leaves_the_item_waiting_and_can_be_sent_again(office, sent):
    exhibit = office.exhibit("ana", office.case("ana"))
    address, port = office.announce("ana", exhibit, size=1_000_000), free_port()
    with program(office, "serve", "--port", str(port), "--processes", "1", "--no-worker"):
        wait_for(port)
        link = socket.create_connection(("127.0.0.1", port))
        head = f"PUT /api/v1{address}/content HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {office.token('ana')}\r\n"
        link.sendall(f"{head}Content-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\n".encode())
        link.sendall(b"x" * sent)
        link.shutdown(socket.SHUT_RDWR)
        link.close()
        item = _settled(office, address)
    assert item["state"] == "waiting"
    assert item["because"]
    assert office.call("ana", "PUT", f"{address}/content", data=b"x" * 1_000_000).status_code == 201
    everything_holds(office)


def _settled(office, address):
    until = time.monotonic() + 20
    while True:
        item = office.call("ana", "GET", f"/batches/{address.split('/')[2]}").json["items"][0]
        if item["because"] or time.monotonic() > until:
            return item
        time.sleep(0.1)


def test_a_server_killed_during_an_upload_loses_nothing_that_was_acknowledged(office):
    exhibit = office.exhibit("ana", office.case("ana"))
    before = office.send("ana", exhibit, b"acknowledged")
    address, port = office.announce("ana", exhibit, size=50_000_000), free_port()
    with program(office, "serve", "--port", str(port), "--processes", "1", "--no-worker") as server:
        wait_for(port)
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        link.putrequest("PUT", f"/api/v1{address}/content")
        link.putheader("Authorization", f"Bearer {office.token('ana')}")
        link.putheader("Content-Length", "50000000")
        link.endheaders()
        for _ in range(100):
            link.send(CHUNK)
        os.killpg(server.pid, signal.SIGKILL)
        link.close()
    assert office.call("ana", "GET", f"/files/{before['file']}/content").data == b"acknowledged"
    item = office.call("ana", "GET", f"/batches/{address.split('/')[2]}").json["items"][0]
    assert item["state"] == "waiting"
    everything_holds(office)


def test_a_worker_killed_again_and_again_still_keeps_every_promise_once(office):
    exhibit = office.exhibit("ana", office.case("ana"))
    sent = [
        office.send("ana", exhibit, f"note {number} about the landing".encode(), f"n{number}.txt")["file"]
        for number in range(6)
    ]
    dice = random.Random(7)
    for _ in range(4):
        with program(office, "work", "--until-idle") as worker:
            time.sleep(dice.uniform(0.5, 3.0))
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
    turn = office.work()

    assert turn.failed == 0
    with office.app.app_context(), transaction() as session:
        assert jobs.pending(session, ("extract", "index", "money")) == 0
        assert {state for (_kind, state) in jobs.tally(session)} == {"done"}
    assert {office.call("ana", "GET", f"/files/{one}").json["reading"] for one in sent} == {"read"}
    assert office.call("ana", "GET", "/search", query_string={"q": "landing"}).json["total"] == len(sent)
    everything_holds(office)
