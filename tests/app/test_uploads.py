"""Uploads through the API: parts in any order, wrong ones refused alone, and put together only when all are right."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest

from app import uploading
from app.wiring import services, transaction
from core import accounts, clock
from core.accounts import Role
from core.ledger import entries as ledger
from evidence import fixity, incidents
from evidence.uploads import room, sessions
from evidence.uploads.rows import Part
from tests import offices
from tests.app import uploads
from tests.app.uploads import CONTENT, PART, PARTS, acts, begun, held, part, put, seen, sha, sheet, sheeted, stored
from tests.offices import Office


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """One deployment for all of these tests; each has a case of its own."""
    made = Office(offices.deployment(tmp_path_factory.mktemp("uploads") / "instance"))
    yield made
    with made.app.app_context():
        services().index.close()
        services().engine.dispose()


@pytest.fixture(autouse=True)
def before(office):
    """How many blobs were there before the test."""
    with office.app.app_context():
        office.made["blobs"] = str(len(list(services().vault.root.glob("??/??/*"))))


@pytest.fixture
def exhibit(office):
    return office.exhibit("ana", office.case("ana"))


def everything_holds(office):
    """Ledger, rows and blobs agree; gives how many blobs have come in this test."""
    with office.app.app_context():
        house = services()
        with transaction() as session:
            assert list(ledger.breaks(session)) == []
        assert [one for one in fixity.check(transaction, house.vault, house.keyring) if one is not None] == []
        blobs = list(house.vault.root.glob("??/??/*"))
        assert list(house.vault.root.glob("incoming/*")) == []
        return len(blobs) - int(office.made["blobs"])


def custody(office, exhibit, act):
    steps = office.call("ana", "GET", f"/exhibits/{exhibit}/custody").json["steps"]
    return [json.loads(one["body"])["record"]["words"] for one in steps if one["act"] == act]


def test_parts_in_any_order_make_the_file_that_was_announced(office, exhibit):
    upload = sheeted(office, exhibit)
    for number in (3, 1, 5, 2, 4):
        assert put(office, upload, number).status_code == 200
    office.work()
    file = stored(office, upload)

    assert file["sha256"] == sha(CONTENT)
    assert office.call("ana", "GET", f"/files/{file['id']}/content").data == CONTENT
    assert everything_holds(office) == 1
    told = acts(office, exhibit)
    assert told.count("receive file") == 1
    assert told.index("upload begun") < told.index("upload complete") < told.index("upload stored")


def test_a_part_with_a_wrong_hash_is_refused_alone_and_the_chain_says_so(office, exhibit):
    upload = sheeted(office, exhibit)
    assert put(office, upload, 1).status_code == 200
    spoilt = put(office, upload, 2, b"x" * PART)

    assert (spoilt.status_code, spoilt.json["error"]["code"]) == (422, "WrongPart")
    assert held(office, upload) == [1]
    assert everything_holds(office) == 1
    refused = custody(office, exhibit, "upload part refused")
    assert [(one["part"], sha(b"x" * PART) in one["because"]) for one in refused] == [(2, True)]
    assert put(office, upload, 2).status_code == 200
    assert held(office, upload) == [1, 2]


def test_a_part_is_checked_against_the_hash_that_comes_with_it_where_there_is_no_sheet(office, exhibit):
    upload = begun(office, exhibit)

    wrong = put(office, upload, 1, b"y" * PART, **{"X-Content-SHA256": sha(part(1))})
    right = put(office, upload, 1, **{"X-Content-SHA256": sha(part(1))})
    assert (wrong.status_code, right.status_code) == (422, 200)
    assert right.json["sha256"] == sha(part(1))


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART + 1])
def test_a_part_that_is_shorter_or_longer_than_it_must_be_is_not_kept_wrong(office, exhibit, size):
    upload = begun(office, exhibit)
    answer = put(office, upload, 2, b"z" * size)

    if size > PART:
        assert answer.json["length"] == PART
    else:
        assert answer.status_code == 422
        assert held(office, upload) == []


def test_a_part_that_is_held_is_said_to_be_held_and_other_bytes_in_its_place_are_not_taken(office, exhibit):
    upload = begun(office, exhibit)
    first, again = put(office, upload, 1), put(office, upload, 1)
    other = put(office, upload, 1, b"o" * PART, **{"X-Content-SHA256": sha(b"o" * PART)})

    assert (first.json["before"], again.json["before"]) == (False, True)
    assert (other.status_code, other.json["error"]["code"]) == (409, "PartDiffers")
    assert everything_holds(office) == 1


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


def test_a_tools_hash_of_the_data_inside_is_explained_and_is_no_error(office, exhibit):
    by = {"target": "source_data", "stated_by": "the imaging tool 7.6"}
    also = [{"value": "e" * 64, **by}, {"algorithm": "md5", "value": "d" * 32, **by}]
    upload = sheeted(office, exhibit, also=also)
    for number in range(1, PARTS + 1):
        put(office, upload, number)
    office.work()

    assert stored(office, upload)["state"] == "stored"
    compared = " ".join(custody(office, exhibit, "upload stored")[0]["compared"])
    assert "differs from the file's, as it may" in compared
    with office.app.app_context(), transaction() as session:
        assert incidents.of_exhibit(session, SimpleNamespace(id=UUID(exhibit))) == []


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


def test_who_may_not_add_to_the_exhibit_can_neither_send_nor_cancel(office):
    case = office.case("ana")
    upload = sheeted(office, office.exhibit("ana", case))
    office.token("carla", Role.PROSECUTOR)
    office.call("ana", "POST", f"/cases/{case}/members", json={"user": "carla", "duty": "prosecute"})

    assert put(office, upload, 1, who="carla").status_code == 403
    cancelled = office.call("carla", "POST", f"/uploads/{upload['id']}/cancellation", json={"reason": "x"})
    assert cancelled.status_code == 403
    assert held(office, upload) == []


def test_the_same_bytes_elsewhere_are_neither_looked_up_nor_told(office):
    other = office.exhibit("olga", office.case("olga", "A case that ana knows nothing of"))
    first = sheeted(office, other, who="olga")
    for number in range(1, PARTS + 1):
        put(office, first, number, who="olga")
    office.work()
    mine = office.exhibit("ana", office.case("ana"))

    answers = [sheeted(office, mine), sheeted(office, mine, text=sheet(CONTENT[::-1], "other.ufdr"))]
    told = [{name for name in one if one[name] not in {"", None}} for one in answers]
    assert told[0] == told[1]
    assert [put(office, answers[0], number).json["before"] for number in range(1, PARTS + 1)] == [False] * PARTS


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


@pytest.mark.parametrize("reason", ["", "   ", "\x07"])
def test_an_upload_is_not_cancelled_without_a_reason(office, exhibit, reason):
    upload = sheeted(office, exhibit)
    answer = office.call("ana", "POST", f"/uploads/{upload['id']}/cancellation", json={"reason": reason})

    assert answer.status_code == 422
    assert seen(office, upload)["state"] == "open"


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


def test_a_sweep_spares_the_parts_of_an_upload_that_goes_on(office, exhibit):
    upload = sheeted(office, exhibit)
    put(office, upload, 1)
    with office.app.app_context(), clock.stopped(datetime.now(UTC) + timedelta(days=5)):
        gone = list(fixity.sweep(transaction, services().vault, older_than=timedelta(0), spared=lambda _s, _n: set()))

    assert gone == []
    for number in range(2, PARTS + 1):
        put(office, upload, number)
    office.work()
    assert stored(office, upload)["sha256"] == sha(CONTENT)


def test_an_upload_for_which_there_is_no_room_is_refused_before_its_first_byte(office, exhibit, monkeypatch):
    with office.app.app_context(), transaction() as session:
        others = room.promised(session)
    monkeypatch.setattr(room, "free", lambda _vault: room.KEPT_FREE + others + room.needed(len(CONTENT)) + 1)
    first = sheeted(office, exhibit)
    put(office, first, 1)
    second = office.call("ana", "POST", f"/exhibits/{exhibit}/uploads", json={"sheet": sheet(name="b")})

    assert (second.status_code, second.json["error"]["code"]) == (503, "NoRoom")
    assert str(room.needed(len(CONTENT))) in second.json["error"]["message"]
    counts = office.call("ana", "GET", f"/exhibits/{exhibit}/uploads").json["uploads"]
    assert [one["id"] for one in counts] == [first["id"]]


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


def test_no_byte_of_a_part_lies_on_disk_in_the_clear(office, exhibit):
    content = b"call Selam after the landing " * 1000
    upload = sheeted(office, exhibit, text=sheet(content))
    put(office, upload, 1, content[:PART])
    put(office, upload, 2, content[PART : 2 * PART])

    for path in Path(office.app.instance_path).rglob("*"):
        if path.is_file():
            assert b"after the landing" not in path.read_bytes(), path


def test_a_part_moved_to_another_place_does_not_open(office, exhibit):
    upload = sheeted(office, exhibit)
    for number in range(1, PARTS + 1):
        put(office, upload, number)
    with office.app.app_context(), transaction() as session:
        one, two = (session.get_one(Part, (UUID(upload["id"]), start)) for start in (0, PART))
        names = one.blob, two.blob
    with office.app.app_context():
        root = services().vault.root
        spare = root / "incoming" / "spare"
        (root / names[0]).rename(spare)
        (root / names[1]).rename(root / names[0])
        spare.rename(root / names[1])
    office.work()

    assert seen(office, upload)["state"] == "open"
    assert held(office, upload) != [1, 2, 3, 4, 5]


def test_a_file_of_no_bytes_is_complete_at_once(office, exhibit):
    upload = begun(office, exhibit, size=0, name="empty.bin")
    office.work()

    assert stored(office, upload)["sha256"] == hashlib.sha256().hexdigest()


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"part_bytes": 10}, "part_bytes"),
        ({"part_sha256": ["0" * 64]}, "part_sha256"),
        ({"size": 10**15}, ""),
        ({"size": None}, "size"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(office, exhibit, told, field):
    asked = {"name": "a", "size": len(CONTENT), "part_bytes": PART} | told
    answer = office.call("ana", "POST", f"/exhibits/{exhibit}/uploads", json=asked)

    assert answer.status_code in {413, 422}, answer.text
    assert field in answer.text


def test_a_sheet_that_was_changed_or_does_not_fit_together_is_refused(office, exhibit):
    good = sheet()
    for text in (
        good.replace("phone.ufdr", "laptop.E01"),
        sheet(size=len(CONTENT) - PART),
        sheet(parts=[]),
        sheet(part_bytes=3),
        sheet(kind="shopping list"),
        "[]",
        "{",
    ):
        answer = office.call("ana", "POST", f"/exhibits/{exhibit}/uploads", json={"sheet": text})
        assert answer.status_code >= 400, text
        assert answer.json["error"]["code"] in {"BadSheet", "SignatureBroken"}
    assert office.call("ana", "GET", f"/exhibits/{exhibit}/uploads").json["uploads"] == []


def test_the_receipt_of_an_upload_lists_its_parts_and_can_be_checked(office, exhibit, tmp_path):
    upload = sheeted(office, exhibit)
    put(office, upload, 2)
    told = office.call("ana", "GET", f"/uploads/{upload['id']}/receipt.json").json
    values = json.loads(told["statement"])

    assert values["parts"] == [[PART, PART, sha(part(2))]]
    assert values["upload"]["sheet_key"] == uploads.KEY_ID
    assert office.call("ana", "GET", f"/uploads/{upload['id']}/receipt.pdf").data.startswith(b"%PDF-")
