"""Uploads through the API: what is refused, what is told to whom, and what lies on the disk."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest

from app.wiring import services, transaction
from core import clock
from core.accounts import Role
from evidence import fixity, incidents
from evidence.uploads import room
from evidence.uploads.rows import Part
from tests import offices
from tests.app import uploads
from tests.app.uploads import (
    CONTENT,
    PART,
    PARTS,
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
    sheet,
    sheeted,
    stored,
)
from tests.offices import Office


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """One deployment for all of these tests; each has a case of its own."""
    made = Office(offices.deployment(tmp_path_factory.mktemp("uploads") / "instance"))
    yield made
    closed(made)


@pytest.fixture(autouse=True)
def before(office):
    counted(office)


@pytest.fixture
def exhibit(office):
    return office.exhibit("ana", office.case("ana"))


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


@pytest.mark.parametrize("reason", ["", "   ", "\x07"])
def test_an_upload_is_not_cancelled_without_a_reason(office, exhibit, reason):
    upload = sheeted(office, exhibit)
    answer = office.call("ana", "POST", f"/uploads/{upload['id']}/cancellation", json={"reason": reason})

    assert answer.status_code == 422
    assert seen(office, upload)["state"] == "open"


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
