"""A number handed in in one case is found from another, by those who may know and by nobody else."""

import pytest

from core.accounts import Role

NUMBER = "+49 30 23125 999"


@pytest.fixture
def two_cases(office):
    """Ana's case and Ben's case, in both of which the same number stands."""
    cases = {}
    for name in ("ana", "ben"):
        cases[name] = office.case(name, f"The case of {name}")
        office.send(name, office.exhibit(name, cases[name]), f"{name} wrote down {NUMBER} after the landing".encode())
    office.work()
    return cases


def search(office, name, query, **more):
    return office.call(name, "GET", "/search", query_string={"q": query, **more}).json


def test_the_same_number_is_found_in_another_case_by_who_is_in_both(office, two_cases):
    office.call("ben", "POST", f"/cases/{two_cases['ben']}/members", json={"user": "ana", "duty": "investigate"})

    told = search(office, "ana", "030 23125-999")

    assert told["total"] == 2
    assert {group["case"] for group in told["groups"]} == set(two_cases.values())
    assert all("23125 999" in hit["text"] for group in told["groups"] for hit in group["hits"])


def test_who_is_in_one_case_finds_and_counts_only_that_one(office, two_cases):
    told = search(office, "ana", "landing")

    assert (told["total"], told["cases"]) == (1, 1)
    assert two_cases["ben"] not in str(told)
    assert sum(one["count"] for one in told["facets"]["case"]) == 1


def test_a_search_is_entered_without_its_words(office, two_cases):
    search(office, "ana", "landing")
    office.token("aude", Role.AUDITOR)
    told = office.call("aude", "GET", "/ledger?actor=ana&act=search", purpose="audit").json

    assert len(told["entries"]) == 1
    assert "landing" not in str(told)


def test_a_search_run_again_says_what_changed(office, two_cases):
    first = search(office, "ana", "landing")
    same = office.call("ana", "POST", f"/searches/{first['id']}/again").json
    office.send("ana", office.exhibit("ana", two_cases["ana"]), b"a second landing")
    office.work()
    changed = office.call("ana", "POST", f"/searches/{first['id']}/again").json

    assert same["differences"] == []
    assert any("1 hit then, 2 now" in one for one in changed["differences"])


def test_a_protected_name_is_neither_found_nor_shown(office, two_cases):
    exhibit = office.exhibit("ana", two_cases["ana"])
    office.send("ana", exhibit, b"Selam Tesfay saw the boat")
    office.work()
    assert search(office, "ana", "selam")["total"] == 1

    person = {"name": "Selam Tesfay", "role": "witness", "protected": True}
    label = office.call("ana", "POST", f"/cases/{two_cases['ana']}/people", json=person).json["label"]
    office.work()

    assert search(office, "ana", "selam")["total"] == 0
    shown = search(office, "ana", "boat")["groups"][0]["hits"][0]["text"]
    assert "Selam" not in shown
    assert label in shown
