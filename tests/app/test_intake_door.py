"""Files come in by the API whole, or leave nothing behind but a reason."""

import hashlib
from pathlib import Path

import pytest

from app.wiring import services

CONTENT = b"Call +49 30 23125 999 after the landing.\n" * 50


@pytest.fixture
def exhibit(office):
    return office.exhibit("ana", office.case("ana"))


def test_what_was_sent_comes_back_byte_for_byte_with_its_receipt(office, exhibit):
    stored = office.send("ana", exhibit, CONTENT)

    assert stored["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert stored["sha512"] == hashlib.sha512(CONTENT).hexdigest()
    assert (stored["size"], stored["state"]) == (len(CONTENT), "stored")
    assert office.call("ana", "GET", f"/files/{stored['file']}/content").data == CONTENT


def test_no_byte_of_what_was_sent_lies_on_disk_in_the_clear(office, exhibit):
    office.send("ana", exhibit, CONTENT, "letter about Berlin.txt")
    office.work()

    for path in Path(office.app.instance_path).rglob("*"):
        if path.is_file():
            assert b"after the landing" not in path.read_bytes(), path


def test_the_position_given_is_that_of_the_custody_entry(office, exhibit):
    stored = office.send("ana", exhibit, CONTENT)
    steps = office.call("ana", "GET", f"/exhibits/{exhibit}/custody").json["steps"]

    entry = next(one for one in steps if one["position"] == stored["position"])
    assert entry["digest"] == stored["digest"]
    assert stored["file"] in entry["body"]


def test_a_hash_that_differs_sets_the_file_aside_and_is_written_down(office, exhibit):
    address = office.announce("ana", exhibit)
    wrong = hashlib.sha256(b"something else").hexdigest()

    answer = office.call("ana", "PUT", f"{address}/content", data=CONTENT, headers={"X-Content-SHA256": wrong})

    assert (answer.status_code, answer.json["state"]) == (201, "quarantined")
    custody = office.call("ana", "GET", f"/exhibits/{exhibit}/custody").json
    assert any(one["act"] == "integrity-failure" for one in custody["steps"])
    assert any(wrong in gap["because"] for gap in custody["gaps"])


def test_a_hash_stated_afterwards_is_compared_as_well(office, exhibit):
    address = office.announce("ana", exhibit)
    office.call("ana", "PUT", f"{address}/content", data=CONTENT)

    good = office.call("ana", "POST", f"{address}/stated", json={"sha256": hashlib.sha256(CONTENT).hexdigest()})
    bad = office.call("ana", "POST", f"{address}/stated", json={"sha256": "0" * 64})

    assert (good.status_code, good.json["state"]) == (200, "stored")
    assert (bad.status_code, bad.json["state"]) == (200, "quarantined")


def test_fewer_bytes_than_announced_leave_the_file_waiting_with_the_reason(office, exhibit):
    address = office.announce("ana", exhibit, size=len(CONTENT) + 1)

    answer = office.call("ana", "PUT", f"{address}/content", data=CONTENT)

    assert answer.status_code == 422
    item = office.call("ana", "GET", f"/batches/{address.split('/')[2]}").json["items"][0]
    assert item["state"] == "waiting"
    assert "announced" in item["because"]


def test_more_bytes_than_announced_are_refused_and_nothing_is_kept(office, exhibit):
    address = office.announce("ana", exhibit, size=10)

    answer = office.call("ana", "PUT", f"{address}/content", data=CONTENT)

    assert answer.status_code == 413
    item = office.call("ana", "GET", f"/batches/{address.split('/')[2]}").json["items"][0]
    assert item["state"] == "refused"
    with office.app.app_context():
        assert list(services().vault.root.glob("??/??/*")) == []
        assert list(services().vault.root.glob("incoming/*")) == []


def test_a_file_is_stored_once_however_often_it_is_sent(office, exhibit):
    address = office.announce("ana", exhibit)
    first = office.call("ana", "PUT", f"{address}/content", data=CONTENT)
    second = office.call("ana", "PUT", f"{address}/content", data=CONTENT)

    assert (first.status_code, second.status_code) == (201, 409)


@pytest.mark.parametrize(
    "name",
    [
        "empty.txt",
        "x" * 1000,
        "../../etc/passwd",
        "a\u202egnp.exe",
        "tab\tand\nline",
        "con.txt",
        "ሰላም.txt",
        "a" * 200 + "/" + "b" * 200,
    ],
)
def test_any_name_is_kept_as_a_label_and_never_becomes_a_path(office, exhibit, name):
    before = {path for path in Path(office.app.instance_path).parent.rglob("*") if path.is_dir()}
    stored = office.send("ana", exhibit, b"", name)
    after = {path for path in Path(office.app.instance_path).parent.rglob("*") if path.is_dir()}

    assert stored["size"] == 0
    told = office.call("ana", "GET", f"/files/{stored['file']}").json["name"]
    assert not {"\n", "\t", "\u202e"} & set(told)
    assert all("vault" in path.parts for path in after - before)


def test_a_name_too_long_to_keep_is_refused_with_the_reason(office, exhibit):
    made = office.call("ana", "POST", f"/exhibits/{exhibit}/batches", json={"items": [{"name": "x" * 5000}]}).json

    assert made["items"][0]["state"] == "refused"
    assert "5000" in made["items"][0]["because"]


def test_the_same_name_twice_is_two_files(office, exhibit):
    one, two = (office.send("ana", exhibit, CONTENT, "same.txt") for _ in range(2))

    assert one["file"] != two["file"]


def test_without_an_authority_a_file_is_stored_and_not_read_until_there_is_one(office):
    exhibit = office.exhibit("ana", office.case("ana"), authority=False)
    stored = office.send("ana", exhibit, CONTENT)
    office.work()
    before = office.call("ana", "GET", f"/files/{stored['file']}").json
    office.call("ana", "POST", f"/exhibits/{exhibit}/authorities", json={"kind": "order", "number": "7"})
    office.work()
    after = office.call("ana", "GET", f"/files/{stored['file']}").json

    assert (before["reading"], after["reading"]) == ("not_allowed", "read")
    assert "authority" in before["reading_because"]


def test_announced_stored_refused_and_waiting_add_up(office):
    case = office.case("ana")
    exhibit = office.exhibit("ana", case)
    office.send("ana", exhibit, CONTENT)
    office.announce("ana", exhibit)
    office.call("ana", "POST", f"/exhibits/{exhibit}/batches", json={"items": [{"name": "x" * 5000}]})

    counts = office.call("ana", "GET", f"/cases/{case}").json["files"]
    assert counts == {"announced": 3, "stored": 1, "refused": 1, "waiting": 1}


def test_the_receipt_of_a_delivery_is_signed_and_names_every_file(office, exhibit):
    address = office.announce("ana", exhibit, "photo.jpg")
    office.call("ana", "PUT", f"{address}/content", data=CONTENT)

    told = office.call("ana", "GET", f"/batches/{address.split('/')[2]}/receipt.json").json

    assert hashlib.sha256(CONTENT).hexdigest() in told["statement"]
    assert "photo.jpg" in told["statement"]
    assert told["signature"]["algorithm"] == "Ed25519"
