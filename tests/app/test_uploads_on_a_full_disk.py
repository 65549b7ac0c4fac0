"""Uploads and a disk that is full: refused before the first byte, or told what is held, and gone on with later."""

import base64
import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import uploading
from app.wiring import services, transaction
from core import jobs
from core.config import MIB
from core.jobs import Job
from evidence.uploads import room, whole
from tests import makers, offices, serving
from tests.app.disks import fill, small_disk
from tests.app.uploads import blobs, closed, everything_holds, held, seen, sha, stored
from tests.offices import Office

PART = 8 * MIB
CONTENT = hashlib.shake_256(b"image").digest(MIB) * 18
WHOLE = len(CONTENT)
HALF = 5 * MIB
OCTETS = "application/offset+octet-stream"
ON_ONE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """A disk so small that nothing of it is kept free."""
    monkeypatch.setattr(room, "KEPT_FREE", 0)
    with small_disk(tmp_path / "disk", 64) as made:
        yield made


@pytest.fixture
def office(disk, tmp_path, database_url):
    """An office whose vault lies on the small disk, and whose database does not."""
    told = {"vault": str(disk.place / "vault"), "database_url": database_url}
    made = Office(offices.deployment(tmp_path / "instance", **told))
    yield made
    closed(made)


@pytest.fixture
def exhibit(office):
    return office.exhibit("ana", office.case("ana"), authority=False)


def begin(office, exhibit, size=WHOLE, **told):
    asked = {"name": "image.E01", "size": size, "part_bytes": PART} | told
    return office.call("ana", "POST", f"/exhibits/{exhibit}/uploads", json=asked)


def put(office, upload, number):
    data = CONTENT[(number - 1) * PART : number * PART]
    return office.call("ana", "PUT", f"/uploads/{upload['id']}/parts/{number}", data=data)


def patch(office, upload, at, data, **head):
    sent = {"Authorization": f"Bearer {office.token('ana')}", "Tus-Resumable": "1.0.0", "Content-Type": OCTETS,
            "Upload-Offset": str(at), **head}  # fmt: skip
    return office.app.test_client().patch(upload["tus"], headers=sent, data=data)


def due_at_once(office):
    with office.app.app_context(), transaction() as session:
        for one in session.query(Job).filter(Job.kind == uploading.JOB):
            one.due = one.asked


@ON_ONE
def test_an_upload_is_refused_before_its_first_byte_by_what_is_free_and_what_is_promised(office, exhibit):
    with office.app.app_context():
        free = room.free(services().vault)
    too_long = begin(office, exhibit, free // 2 + MIB)
    first = begin(office, exhibit, free // 3)
    second = begin(office, exhibit, free // 3, name="b")

    for one in (too_long, second):
        assert (one.status_code, one.json["error"]["code"]) == (503, "NoRoom")
        assert "make room on the vault's disk, and begin again" in one.json["error"]["message"]
    assert first.status_code == 201
    told = office.call("ana", "GET", f"/exhibits/{exhibit}/uploads").json["uploads"]
    assert [one["id"] for one in told] == [first.json["id"]]
    assert blobs(office) == 0


def test_a_disk_that_fills_up_costs_no_part_that_was_acknowledged_and_all_goes_on_with_room(
    disk, office, exhibit, monkeypatch
):
    upload = begin(office, exhibit, sha256=sha(CONTENT)).json
    assert put(office, upload, 2).status_code == 200
    # Full in the middle of a part: by number, by offset, and by offset with a checksum.
    with disk.full(HALF):
        digest = base64.b64encode(hashlib.sha256(CONTENT[:PART]).digest()).decode()
        cut = [
            put(office, upload, 1),
            patch(office, upload, 0, CONTENT[:PART]),
            patch(office, upload, 0, CONTENT[:PART], **{"Upload-Checksum": f"sha256 {digest}"}),
        ]
        for one in cut:
            assert (one.status_code, one.json["error"]["code"]) == (503, "VaultFull")
            words = "no room; nothing of part 1 was kept, and everything that was held before is held: make room on it"
            assert words in one.json["error"]["message"]
        assert (held(office, upload), seen(office, upload)["offset"]) == ([2], 0)
        everything_holds(office)
    assert patch(office, upload, 0, CONTENT[:PART]).status_code == 204
    assert put(office, upload, 3).status_code == 200

    # No room for the whole: not a byte of it is written.
    if disk.mounted:
        with disk.full(HALF):
            turn = office.work()
            waits = seen(office, upload)
            assert waits["state"] == "whole"
            assert waits["because"].startswith("there is no room to put this upload together")
            assert "nothing has to be sent again" in waits["because"]
            assert list(turn.waiting) == [waits["because"]]
            everything_holds(office)
        due_at_once(office)
    # Full while the whole is written.
    real = whole.plain

    def filling(*told):
        with disk.full(HALF):
            yield from real(*told)

    with monkeypatch.context() as patched:
        patched.setattr(whole, "plain", filling)
        assert len(office.work().waiting) == 1
    waits = seen(office, upload)
    assert (waits["state"], held(office, upload)) == ("whole", [1, 2, 3])
    assert "no room while this upload was put together; every part of it is kept" in waits["because"]
    everything_holds(office)

    due_at_once(office)
    office.work()
    file = stored(office, upload)
    assert (file["sha256"], seen(office, upload)["because"]) == (sha(CONTENT), "")
    everything_holds(office)
    assert blobs(office) == 1


def test_a_disk_that_is_full_for_the_database_too_takes_back_nothing_that_was_acknowledged(disk):
    office = Office(offices.deployment(disk.place / "instance"))
    exhibit = office.exhibit("ana", office.case("ana"), authority=False)
    upload = begin(office, exhibit, sha256=sha(CONTENT)).json
    assert put(office, upload, 3).status_code == 200
    with disk.full():
        refused = [put(office, upload, 1), begin(office, exhibit, MIB, name="b"), put(office, upload, 2)]
        assert [one.status_code for one in refused] == [503] * 3
        assert all(one.json["error"]["message"] for one in refused)
    assert held(office, upload) == [3]
    assert [put(office, upload, number).status_code for number in (1, 2)] == [200, 200]
    with disk.full():
        assert len(office.work().waiting) > 0
    assert (seen(office, upload)["state"], held(office, upload)) == ("whole", [1, 2, 3])
    due_at_once(office)
    with office.app.app_context(), transaction() as session:
        jobs.release(session)
    office.work()
    assert stored(office, upload)["sha256"] == sha(CONTENT)
    everything_holds(office)
    closed(office)


@ON_ONE
def test_what_a_killed_worker_left_half_written_makes_room_by_itself_and_what_is_being_written_stays(
    disk, office, exhibit
):
    upload = begin(office, exhibit, sha256=sha(CONTENT)).json
    assert [put(office, upload, number).status_code for number in (1, 2, 3)] == [200] * 3
    left, living = (disk.place / "vault" / "incoming" / f"{letter * 40}.part" for letter in "ab")
    living.write_bytes(b"still coming")
    if disk.mounted:
        fill(left, HALF)
    left.touch()
    for one in (left, living):
        os.utime(one, (0, 0))
    with living.open() as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert len(office.work().waiting) == disk.mounted
        due_at_once(office)
        office.work()
        with office.app.app_context():
            uploading.tidy()
        assert (left.exists(), living.exists()) == (False, True)
    living.unlink()
    assert stored(office, upload)["sha256"] == sha(CONTENT)
    everything_holds(office)


@ON_ONE
def test_the_command_line_says_that_the_disk_over_there_is_full_and_goes_on_when_there_is_room(
    disk, office, exhibit, tmp_path
):
    path = tmp_path / "image.E01"
    path.write_bytes(CONTENT)
    begin(office, exhibit)
    with serving.served(office.app) as address:
        words = ["upload", "send", path, "--to", address, "--exhibit", exhibit, "--json"]
        sender = subprocess.Popen(
            [sys.executable, "-m", "app.cli", *words], cwd=Path(__file__).parents[2], text=True,
            env=makers.environment(PROBANDA_TOKEN=office.token("ana")), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            with disk.full(HALF):
                said = [next(sender.stderr)]
                while "waiting:" not in said[-1]:
                    said.append(next(sender.stderr))
            _out, err = sender.communicate(timeout=120)
        finally:
            sender.kill()
            sender.wait()
    assert sender.returncode == 0, [*said, err]
    assert "the vault's disk has no room; nothing of part " in said[-1]
    office.work()
    assert office.call("ana", "GET", f"/exhibits/{exhibit}/uploads").json["uploads"][0]["state"] == "stored"
    everything_holds(office)
