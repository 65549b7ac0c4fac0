"""An upload cut, killed and resumed at random over real HTTP: what was acknowledged is held, and the whole is right."""

import hashlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from app.wiring import services, transaction
from core import jobs
from core.config import MIB
from evidence.uploads import sessions
from tests import makers, offices
from tests.app.test_killed import everything_holds, free_port, program, wait_for
from tests.app.uploads import SEED, closed, held, seen, sha
from tests.offices import Office

PART = 64 * 1024
CONTENT = random.Random(4).randbytes(24 * PART + 777)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def each_office(tmp_path, database_url):
    """A deployment on each database."""
    made = Office(offices.deployment(tmp_path / "instance", database_url=database_url))
    yield made
    closed(made)


def begin(office, exhibit):
    told = {"name": "image.E01", "size": len(CONTENT), "part_bytes": PART, "sha256": sha(CONTENT)}
    return office.call("ana", "POST", f"/exhibits/{exhibit}/uploads", json=told).json


def ask(port, office, method, path, body=None, **head):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as link:
        sent = {"Authorization": f"Bearer {office.token('ana')}", "Tus-Resumable": "1.0.0"} | head
        link.request(method, path, body=body, headers=sent)
        answer = link.getresponse()
        answer.read()
        return answer.status, answer.headers


@pytest.mark.parametrize("cut", [1, PART // 2, PART, 3 * PART + 11])
def test_a_line_cut_in_the_middle_keeps_what_came_and_the_offset_says_exactly_that(office, cut):
    upload = begin(office, office.exhibit("ana", office.case("ana")))
    port = free_port()
    with program(office, "serve", "--port", str(port), "--processes", "1", "--no-worker"):
        wait_for(port)
        link = socket.create_connection(("127.0.0.1", port))
        head = (
            f"PATCH {upload['tus']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {office.token('ana')}\r\n"
            "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
            f"Content-Length: {len(CONTENT)}\r\n\r\n"
        )
        link.sendall(head.encode() + CONTENT[:cut])
        time.sleep(0.5)
        link.shutdown(socket.SHUT_RDWR)
        link.close()
        until = time.monotonic() + 20
        while seen(office, upload)["offset"] < cut and time.monotonic() < until:
            time.sleep(0.1)
        status, told = ask(port, office, "HEAD", upload["tus"])
        assert (status, told["Upload-Offset"]) == (200, str(cut))
        octets = "application/offset+octet-stream"
        status, told = ask(port, office, "PATCH", upload["tus"], CONTENT[cut:],
                           **{"Upload-Offset": str(cut), "Content-Type": octets})  # fmt: skip
        assert (status, told["Upload-Offset"]) == (204, str(len(CONTENT)))
    office.work()
    assert seen(office, upload)["state"] == "stored"
    everything_holds(office)


def test_a_server_killed_again_and_again_forgets_no_part_that_it_acknowledged(each_office):
    office = each_office
    upload = begin(office, office.exhibit("ana", office.case("ana")))
    dice, acknowledged = random.Random(11), set()
    for _round in range(2):
        port = free_port()
        with program(office, "serve", "--port", str(port), "--processes", "1", "--no-worker") as server:
            wait_for(port)
            timer = threading.Timer(dice.uniform(0.02, 0.4), lambda: os.killpg(server.pid, signal.SIGKILL))
            timer.start()
            with suppress(OSError, http.client.HTTPException):
                for number in dice.sample(range(1, 26), 25):
                    if number in acknowledged:
                        continue
                    data = CONTENT[(number - 1) * PART : number * PART]
                    path = f"/api/v1/uploads/{upload['id']}/parts/{number}"
                    if ask(port, office, "PUT", path, data)[0] == 200:
                        acknowledged.add(number)
            timer.join()
        told = office.call("ana", "GET", f"/uploads/{upload['id']}/parts").json["held"]
        assert acknowledged <= {one["number"] for one in told}
        assert all(one["sha256"] == sha(CONTENT[one["start"] : one["start"] + one["length"]]) for one in told)
        everything_holds(office)
    for number in range(1, 26):
        data = CONTENT[(number - 1) * PART : number * PART]
        assert office.call("ana", "PUT", f"/uploads/{upload['id']}/parts/{number}", data=data).status_code == 200
    office.work()
    assert seen(office, upload)["state"] == "stored"
    everything_holds(office)


def test_a_worker_killed_while_it_puts_an_upload_together_does_it_again_and_once(each_office):
    office = each_office
    size = 24 * MIB
    content = random.Random(5).randbytes(MIB) * 24
    exhibit = office.exhibit("ana", office.case("ana"), authority=False)
    told = {"name": "image.E01", "size": size, "part_bytes": 8 * MIB, "sha256": hashlib.sha256(content).hexdigest()}
    upload = office.call("ana", "POST", f"/exhibits/{exhibit}/uploads", json=told).json
    for number in (2, 3, 1):
        data = content[(number - 1) * 8 * MIB : number * 8 * MIB]
        assert office.call("ana", "PUT", f"/uploads/{upload['id']}/parts/{number}", data=data).status_code == 200
    dice, killed = random.Random(3), 0
    for _ in range(2):
        with office.app.app_context(), transaction() as session:
            jobs.release(session)  # as if the dead worker's lease had passed
        with program(office, "work", "--until-idle") as worker:
            until = time.monotonic() + 30
            with office.app.app_context():
                incoming = services().vault.root / "incoming"
            while not list(incoming.glob("*.part")) and worker.poll() is None and time.monotonic() < until:
                time.sleep(0.002)
            time.sleep(dice.uniform(0.0, 0.05))
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
                killed += 1
        if seen(office, upload)["state"] == "whole":
            assert held(office, upload) == [1, 2, 3]
        everything_holds(office)
    assert killed
    with office.app.app_context(), transaction() as session:
        jobs.release(session)
    office.work()

    after = seen(office, upload)
    assert after["state"] == "stored"
    assert office.call("ana", "GET", f"/files/{after['file_id']}").json["sha256"] == told["sha256"]
    steps = office.call("ana", "GET", f"/exhibits/{exhibit}/custody").json["steps"]
    assert [one["act"] for one in steps].count("receive file") == 1
    with office.app.app_context(), transaction() as session:
        assert sessions.to_purge(session) == []
    everything_holds(office)


@pytest.mark.parametrize("sheet", [True, False])
def test_the_command_line_sends_over_a_server_that_dies_and_goes_on_by_itself(office, tmp_path, sheet):
    exhibit, path = office.exhibit("ana", office.case("ana")), tmp_path / "image.E01"
    path.write_bytes(CONTENT)
    (tmp_path / "key").write_bytes(SEED)
    (tmp_path / "key").chmod(0o600)
    port, more = free_port(), []
    command = [sys.executable, "-m", "app.cli", "upload"]
    env = makers.environment(PROBANDA_TOKEN=office.token("ana"))
    if sheet:
        words = [*command, "sheet", path, "--key", tmp_path / "key", "--part-mib", "1", "--json"]
        said = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
        made = json.loads(said.stdout)
        assert made["sha256"] == sha(CONTENT)
        more = ["--sheet", made["sheet"]]
    send = [*command, "send", path, "--to", f"http://127.0.0.1:{port}", "--exhibit", exhibit, "--json", *more]
    sender = subprocess.Popen(send, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for delay in (0.3, 60.0):
            with program(office, "serve", "--port", str(port), "--processes", "1", "--no-worker"):
                wait_for(port)
                with suppress(subprocess.TimeoutExpired):
                    sender.wait(delay)
        out, err = sender.communicate(timeout=60)
    finally:
        sender.kill()
    assert sender.returncode == 0, err
    office.work()
    upload = office.call("ana", "GET", f"/exhibits/{exhibit}/uploads").json["uploads"]
    assert [(one["state"], one["sha256"]) for one in upload] == [("stored", sha(CONTENT))]
    assert json.loads(out)["held_bytes"] == len(CONTENT)
    assert isinstance(office, Office)
    everything_holds(office)
