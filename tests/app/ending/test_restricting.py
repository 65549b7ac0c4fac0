"""What is kept for a court alone: no hit, no list, no link, no analysis; read by a supervisor for a court's order."""

from app.wiring import services, transaction
from search import indexing
from tests.app.ending.ending_office import MARK


def restrict(ending, kind, subject, name="sofia"):
    told = {"kind": kind, "subject": subject, "order_number": "3 Gs 4/26", "reason": "needed as evidence"}
    return ending.office.call(name, "POST", f"/cases/{ending.case}/restrictions", json=told)


def test_a_restricted_exhibit_is_found_listed_and_read_by_nobody_but_for_the_court(each_ending):
    ending = each_ending
    own = ending.files["own"]
    assert ending.hits(MARK) == 4
    assert restrict(ending, "exhibit", ending.exhibit).status_code == 201
    assert ending.hits(MARK) == 1, "the database disposes at once, before the index has heard of it"
    ending.office.work()

    assert ending.hits(MARK) == 1
    assert list(indexing.check(transaction, services().index)) == []
    for path in (f"/exhibits/{ending.exhibit}", f"/files/{own}", f"/files/{own}/content"):
        assert ending.office.call("ivo", "GET", path).status_code == 404
        assert ending.office.call("pia", "GET", path, purpose="court_order").status_code == 404
    listed = ending.office.call("ivo", "GET", f"/cases/{ending.case}/exhibits").json["exhibits"]
    assert ending.exhibit not in {one["id"] for one in listed}
    there = ending.files["there"]
    assert "shared.txt" not in ending.office.call("ana", "GET", f"/files/{there}/also-seen").text
    assert ending.office.call("sofia", "GET", f"/files/{own}/content").status_code == 404
    court = ending.office.call("sofia", "GET", f"/files/{own}/content", purpose="court_order")
    assert MARK.encode() in court.data


def test_it_ends_by_the_decision_of_another_person_and_everything_is_found_again(ending):
    made = restrict(ending, "file", ending.files["own"]).json
    ending.office.work()
    assert ending.hits(MARK) == 2
    wish = ending.office.call(
        "sofia", "POST", f"/restrictions/{made['id']}/lifting", json={"reason": "trial over"}
    ).json
    path, word = f"/restrictions/proposals/{wish['id']}/decision", {"grants": True, "reason": "read"}

    assert ending.office.call("sofia", "POST", path, json=word).status_code == 403
    assert ending.office.call("ivo", "POST", path, json=word).status_code == 404
    assert ending.office.call("pia", "POST", path, json=word).status_code == 200
    ending.office.work()
    assert ending.hits(MARK) == 4


def test_who_has_the_thing_itself_can_still_hand_it_over_and_reads_nothing(ending):
    assert restrict(ending, "exhibit", ending.exhibit).status_code == 201

    assert ending.office.call("ana", "GET", f"/exhibits/{ending.exhibit}").status_code == 200
    assert ending.office.call("ana", "GET", f"/files/{ending.files['own']}/content").status_code == 404
    note = ending.office.call("ana", "POST", f"/exhibits/{ending.exhibit}/custody/note", json={"note": "still here"})
    assert note.status_code == 201, note.text


def test_a_restricted_person_stands_under_a_pseudonym_for_everybody(ending):
    told = {"name": "Rosa Quitzow", "role": "witness"}
    person = ending.office.call("ana", "POST", f"/cases/{ending.case}/people", json=told).json["id"]
    ending.office.send("ana", ending.exhibit, b"we saw Rosa Quitzow on the pier", "chat.txt")
    ending.office.work()
    assert ending.hits("quitzow") == 1
    assert restrict(ending, "person", person).status_code == 201
    ending.office.work()

    assert ending.hits("quitzow") == 0
    assert "Quitzow" not in ending.office.call("ana", "GET", f"/cases/{ending.case}/people").text


def test_only_a_supervisor_of_the_case_restricts(ending):
    for name, status in (("ana", 403), ("pia", 403), ("stranger", 404), ("aude", 403)):
        assert restrict(ending, "exhibit", ending.exhibit, name).status_code == status
