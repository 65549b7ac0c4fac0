"""Uploads on SQLite and on PostgreSQL: whatever several people and workers do at once, rows, blobs and chain agree."""

import base64
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from threading import Barrier
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app import uploading
from app.wiring import services, transaction
from core import accounts, clock, jobs
from core.jobs import Job
from evidence import incidents
from evidence.uploads import parts, room, sessions
from evidence.uploads.rows import Part
from tests import offices
from tests.app.uploads import (
    CONTENT,
    PART,
    PARTS,
    acts,
    begun,
    closed,
    counted,
    custody,
    everything_holds,
    held,
    part,
    put,
    seen,
    sha,
    sheeted,
    stored,
)
from tests.offices import Office


@pytest.fixture(scope="module")
def office(tmp_path_factory, module_database_url):
    """One deployment on each database for all of these tests; each has a case of its own."""
    made = Office(offices.deployment(tmp_path_factory.mktemp("uploads") / "instance", database_url=module_database_url))
    yield made
    closed(made)


@pytest.fixture(autouse=True)
def before(office, monkeypatch):
    """Count the blobs that are there; rows of parts are read two at a time, so that five need three questions."""
    monkeypatch.setattr(parts, "_PAGE", 2)
    counted(office)


@pytest.fixture
def exhibit(office):
    return office.exhibit("ana", office.case("ana"))


def test_parts_in_any_order_make_the_file_that_was_announced(office, exhibit):
    upload = sheeted(office, exhibit)
    offsets = []
    for number in (3, 5, 4, 2, 1):
        assert put(office, upload, number).status_code == 200
        offsets.append(seen(office, upload)["offset"])
    assert offsets == [0, 0, 0, 0, len(CONTENT)]
    office.work()
    file = stored(office, upload)

    assert file["sha256"] == sha(CONTENT)
    assert office.call("ana", "GET", f"/files/{file['id']}/content").data == CONTENT
    assert everything_holds(office) == 1
    told = acts(office, exhibit)
    assert told.count("receive file") == 1
    assert told.index("upload begun") < told.index("upload complete") < told.index("upload stored")


def test_of_many_senders_of_one_part_at_once_one_wins_and_all_are_told_the_truth(office, exhibit):
    upload = begun(office, exhibit)
    office.token("ana")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _n: put(office, upload, 1), range(6)))

    assert {one.status_code for one in answers} == {200}
    assert [one.json["before"] for one in answers].count(False) == 1
    assert {one.json["sha256"] for one in answers} == {sha(part(1))}
    assert seen(office, upload)["held_bytes"] == PART
    assert everything_holds(office) == 1


def test_who_is_quicker_while_another_asks_is_no_other_cut(office, exhibit, monkeypatch):
    upload = begun(office, exhibit)
    office.token("ana")
    still_open, quicker = sessions.still_open, []
    with ThreadPoolExecutor(1) as pool:

        def meanwhile(row):
            still_open(row)
            monkeypatch.setattr(sessions, "still_open", still_open)
            quicker.append(pool.submit(put, office, upload, 1))
            # SQLite lets nobody write while one asks; PostgreSQL does.
            wait(quicker, 2)

        monkeypatch.setattr(sessions, "still_open", meanwhile)
        answers = [put(office, upload, 1), quicker[0].result()]

    assert [one.status_code for one in answers] == [200, 200]
    assert sorted(one.json["before"] for one in answers) == [False, True]
    assert everything_holds(office) == 1


def test_of_two_senders_with_different_bytes_one_is_refused(office, exhibit):
    upload = begun(office, exhibit)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda data: put(office, upload, 1, data), [b"a" * PART, b"b" * PART]))

    held_one = office.call("ana", "GET", f"/uploads/{upload['id']}/parts").json["held"][0]["sha256"]
    for one, data in zip(answers, [b"a" * PART, b"b" * PART], strict=True):
        # Who comes when the part is held already, without saying a hash, is told which bytes are held.
        told = one.json.get("sha256") or one.json["error"]["message"]
        assert held_one in told
        assert one.status_code in ({200} if sha(data) == held_one else {200, 409})
    assert everything_holds(office) == 1


def test_a_whole_that_does_not_have_its_hash_is_kept_set_aside_and_opens_an_incident(office, exhibit):
    upload = begun(office, exhibit, sha256="0" * 64)
    for number in range(1, PARTS + 1):
        put(office, upload, number)
    office.work()

    file = stored(office, upload)
    assert file["state"] == "quarantined"
    assert "integrity-failure" in acts(office, exhibit)
    with office.app.app_context(), transaction() as session:
        found = incidents.of_exhibit(session, SimpleNamespace(id=UUID(exhibit)))
        assert {one.kind for one in found} >= {incidents.UPLOAD}


def test_the_whole_hash_can_be_stated_while_sending_and_after(office, exhibit):
    early, late = (begun(office, exhibit, name=name) for name in ("a", "b"))
    told = {"value": sha(CONTENT), "stated_by": "the browser"}
    assert office.call("ana", "POST", f"/uploads/{early['id']}/stated", json=told).json["sha256"] == sha(CONTENT)
    for upload in (early, late):
        for number in range(1, PARTS + 1):
            put(office, upload, number)
    office.work()
    wrong = office.call("ana", "POST", f"/uploads/{late['id']}/stated", json={"value": "1" * 64})

    assert wrong.status_code == 200
    assert stored(office, early)["state"] == "stored"
    assert stored(office, late)["state"] == "quarantined"
    other = office.call("ana", "POST", f"/uploads/{early['id']}/stated", json={"value": "2" * 64})
    assert (other.status_code, other.json["error"]["code"]) == (409, "HashStated")


def test_another_member_goes_on_and_the_chain_says_who_had_it(office):
    case = office.case("ana")
    exhibit = office.exhibit("ana", case)
    office.token("ben")
    office.call("ana", "POST", f"/cases/{case}/members", json={"user": "ben", "duty": "investigate"})
    upload = sheeted(office, exhibit)
    put(office, upload, 1)
    for number in range(2, PARTS + 1):
        assert put(office, upload, number, who="ben").status_code == 200
    office.work()

    notes = custody(office, exhibit, "upload taken over")
    assert [(one["before"], one["now"]) for one in notes] == [("ana", "ben")]
    assert stored(office, upload)["state"] == "stored"


def test_a_cancelled_upload_is_purged_and_that_is_certified(office, exhibit):
    upload = sheeted(office, exhibit)
    for number in (1, 2, 4):
        put(office, upload, number)
    assert everything_holds(office) == 3
    answer = office.call("ana", "POST", f"/uploads/{upload['id']}/cancellation", json={"reason": "wrong exhibit"})

    assert (answer.json["state"], answer.json["because"]) == ("cancelled", "wrong exhibit")
    assert everything_holds(office) == 0
    certificate = custody(office, exhibit, "upload purged")[0]
    assert (certificate["parts"], certificate["bytes"], certificate["key"]) == (3, 3 * PART, "destroyed")
    assert put(office, upload, 3).status_code == 409
    item = office.call("ana", "GET", f"/batches/{upload['batch_id']}").json["items"][0]
    assert (item["state"], "wrong exhibit" in item["because"]) == ("refused", True)


def test_an_upload_whose_time_has_run_out_is_purged_by_the_round_and_takes_nothing_more(office, exhibit):
    upload = sheeted(office, exhibit)
    put(office, upload, 1)
    with clock.stopped(datetime.now(UTC) + timedelta(days=15)), office.app.app_context():
        uploading.tidy()
        uploading.tidy()

    assert seen(office, upload)["state"] == "expired"
    assert everything_holds(office) <= 0  # others of this module ran out too
    assert acts(office, exhibit).count("upload expired") == acts(office, exhibit).count("upload purged") == 1
    assert put(office, upload, 2).status_code == 409


def test_a_purge_that_was_cut_off_is_finished_by_the_round(office, exhibit):
    upload = sheeted(office, exhibit)
    put(office, upload, 1)
    with office.app.app_context():
        with transaction() as session:
            sessions.cancel(
                session, accounts.named(session, "ana").actor("test"), UUID(upload["id"]), "the machine then stopped"
            )
        uploading.tidy()

    assert everything_holds(office) == 0
    assert acts(office, exhibit).count("upload purged") == 1


def test_a_part_lost_on_our_own_disk_is_asked_for_again_and_nothing_else(office, exhibit):
    upload = sheeted(office, exhibit)
    for number in range(1, PARTS + 1):
        put(office, upload, number)
    with office.app.app_context():
        with transaction() as session:
            lost = session.get_one(Part, (UUID(upload["id"]), 2 * PART))
        path = services().vault.root / lost.blob
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    office.work()

    after = seen(office, upload)
    assert (after["state"], held(office, upload)) == ("open", [1, 2, 4, 5])
    assert "upload part lost" in acts(office, exhibit)
    assert put(office, upload, 3).status_code == 200
    office.work()
    assert stored(office, upload)["sha256"] == sha(CONTENT)


def test_the_last_two_parts_that_come_at_once_complete_an_upload_once(office, exhibit):
    upload = begun(office, exhibit)
    for number in (1, 2, 3):
        put(office, upload, number)
    together = Barrier(2)

    def send(number):
        together.wait()
        return put(office, upload, number).status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(send, (4, 5))) == [200, 200]
    after = seen(office, upload)
    assert (after["state"], after["held_parts"], after["held_bytes"]) == ("whole", PARTS, len(CONTENT))
    assert acts(office, exhibit).count("upload complete") == 1
    with office.app.app_context(), transaction() as session:
        promised = select(func.count()).select_from(Job).where(Job.subject == UUID(upload["id"]))
        assert session.scalar(promised) == 1
    office.work()
    assert stored(office, upload)["sha256"] == sha(CONTENT)


def test_two_workers_that_put_one_upload_together_at_once_store_it_once(office, exhibit):
    upload = sheeted(office, exhibit)
    for number in range(1, PARTS + 1):
        put(office, upload, number)
    together = Barrier(2)

    def assemble(_worker):
        with office.app.app_context():
            together.wait()
            uploading.assemble(UUID(upload["id"]))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(assemble, range(2)))
    assert stored(office, upload)["sha256"] == sha(CONTENT)
    told = acts(office, exhibit)
    assert (told.count("receive file"), told.count("upload stored")) == (1, 1)
    office.work()
    assert everything_holds(office) == 1


def test_a_part_that_comes_while_its_upload_is_cancelled_leaves_nothing(office, exhibit):
    upload = begun(office, exhibit)
    together = Barrier(4)

    def send(number):
        together.wait()
        return put(office, upload, number).status_code

    def cancel():
        together.wait()
        path = f"/uploads/{upload['id']}/cancellation"
        return office.call("ana", "POST", path, json={"reason": "the wrong telephone"}).status_code

    with ThreadPoolExecutor(4) as pool:
        sent, ended = [pool.submit(send, number) for number in (1, 2, 3)], pool.submit(cancel)
        assert {one.result() for one in sent} <= {200, 409}
        assert ended.result() == 200
    with office.app.app_context():
        uploading.tidy()
    assert everything_holds(office) == 0
    assert custody(office, exhibit, "upload purged")[0]["parts"] == [one.result() for one in sent].count(200)


def test_pieces_are_joined_where_there_is_room_for_the_whole_that_was_promised_to_them(office, exhibit, monkeypatch):
    with office.app.app_context(), transaction() as session:
        others = room.promised(session)
    # What one upload of this size needs, from which the disk is then filled as its pieces come.
    there = room.KEPT_FREE + others + room.needed(len(CONTENT)) + 4096
    monkeypatch.setattr(room, "free", lambda _vault: there - lying)
    lying = 0
    meta = f"exhibit {base64.b64encode(exhibit.encode()).decode()}"

    def tus(data, **head):
        sent = {name.replace("_", "-"): value for name, value in head.items()} | {
            "Authorization": f"Bearer {office.token('ana')}", "Tus-Resumable": "1.0.0",
            "Content-Type": "application/offset+octet-stream",
        }  # fmt: skip
        return office.app.test_client().post("/api/uploads", headers=sent, data=data)

    places = []
    for piece in (CONTENT[:7000], CONTENT[7000:]):
        made = tus(piece, Upload_Length=str(len(piece)), Upload_Concat="partial", Upload_Metadata=meta)
        assert made.status_code == 201, made.text
        places.append(made.headers["Location"])
        lying += room.needed(len(piece)) // 2
    joined = tus(b"", Upload_Concat=f"final;{' '.join(places)}", Upload_Metadata=f"{meta},filename YQ==")
    assert joined.status_code == 201, joined.text
    office.work()
    upload = office.call("ana", "GET", f"/exhibits/{exhibit}/uploads").json["uploads"][0]
    assert stored(office, upload)["sha256"] == sha(CONTENT)


def test_a_worker_that_died_with_an_upload_in_hands_is_followed_by_another(office, exhibit):
    upload = sheeted(office, exhibit)
    for number in range(1, PARTS + 1):
        put(office, upload, number)
    with office.app.app_context():
        with transaction() as session:
            taken = jobs.claim(session, (uploading.JOB,), lease=timedelta(minutes=2))
        assert taken.subject == UUID(upload["id"])
        assert seen(office, upload)["state"] == "whole"
        with clock.stopped(datetime.now(UTC) + timedelta(minutes=3)):
            assert office.work_in_this_thread().failed == 0
    assert stored(office, upload)["sha256"] == sha(CONTENT)
