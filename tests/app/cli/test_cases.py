"""Cases, members and people by the command line, by whoever may and by nobody else."""

import shutil

import pytest

from cases.access import Duty
from tests.operators import Operator


@pytest.fixture(scope="module")
def crowded(pristine, tmp_path_factory):
    operator = Operator(shutil.copytree(pristine, tmp_path_factory.mktemp("crowded") / "instance"))
    for name, role in {"ana": "investigator", "ben": "investigator", "paul": "prosecutor", "otto": "auditor"}.items():
        operator.hire(name, role)
    return operator.instance


@pytest.fixture
def crew(crowded, tmp_path):
    return Operator(shutil.copytree(crowded, tmp_path / "instance"))


def test_whoever_opens_a_case_leads_it_and_finds_it_listed(crew):
    case = crew.open_case("ana", "Sealed truck", "--number", "7/26")

    assert crew.told("cases", "list", "--as", "ana") == [
        {"id": case, "title": "Sealed truck", "number": "7/26", "state": "open", "restricted": False}
    ]
    led = crew.told("cases", "members", "list", case, "--as", "ana")
    assert [(one["user"], one["duty"]) for one in led] == [("ana", str(Duty.LEAD))]
    assert led[0]["since"].endswith("Z")


def test_a_case_is_named_by_number_or_the_beginning_of_its_id(crew):
    case = crew.open_case("ana", "Sealed truck", "--number", "7/26")

    for name in ("7/26", case[:8], case):
        crew.run("cases", "amend", name, "--title", f"Lorry {name}", "--as", "ana")
        assert crew.told("cases", "list", "--as", "ana")[0]["title"] == f"Lorry {name}"


def test_a_case_that_is_hidden_is_refused_in_the_same_words_as_one_that_is_not_there(crew):
    case = crew.open_case("ana", "Sealed truck", "--restricted")

    hidden = crew.refused(2, "evidence", "list", case, "--as", "ben")
    absent = crew.refused(2, "evidence", "list", "00000000-0000-4000-8000-000000000000", "--as", "ben")
    nonsense = crew.refused(2, "evidence", "list", "nonsense", "--as", "ben")

    assert hidden == absent == nonsense
    assert crew.told("cases", "list", "--as", "ben") == []


def test_who_may_not_is_told_so_and_it_is_written_down(crew):
    case = crew.open_case("ana")
    before = crew.told("ledger", "verify")["entries"]

    assert "NotAnOpener" in crew.refused(3, "cases", "open", "Mine", "--as", "otto")
    crew.run("cases", "members", "add", case, "paul", "--duty", "prosecute", "--as", "ana")
    assert "NotYourDuty" in crew.refused(3, "cases", "close", case, "--reason", "over", "--as", "paul")

    told = crew.told("ledger", "verify")
    assert told["findings"] == []
    assert told["entries"] >= before + 2


@pytest.mark.parametrize("title", ["", "x" * 5000, "two\nlines", "\udcff"])
def test_a_title_that_cannot_be_is_refused(crew, title):
    crew.refused(2, "cases", "open", title, "--as", "ana")

    assert crew.told("cases", "list", "--as", "ana") == []


@pytest.mark.parametrize("who", [(), ("--as", "nobody"), ("--as", "\udcff")])
def test_somebody_must_act(crew, who):
    crew.refused(2, "cases", "open", "Sealed truck", *who)


def test_who_acts_may_stand_in_the_environment(crew):
    told = crew.told("cases", "open", "Sealed truck", PROBANDA_AS="ana")

    assert crew.told("cases", "list", "--as", "ana")[0]["id"] == told["id"]


def test_members_come_and_go(crew):
    case = crew.open_case("ana", "Sealed truck", "--restricted")
    crew.run("cases", "members", "add", case, "ben", "--duty", "investigate", "--clearance", "C3", "--as", "ana")

    members = {one["user"]: one for one in crew.told("cases", "members", "list", case, "--as", "ben")}
    assert (members["ben"]["duty"], members["ben"]["clearance"]) == ("investigate", "C3")

    crew.run("cases", "members", "remove", case, "ben", "--as", "ana")
    assert crew.told("cases", "list", "--as", "ben") == []
    assert "not a member" in crew.refused(2, "cases", "members", "remove", case, "ben", "--as", "ana")


@pytest.mark.parametrize(
    "words",
    [("otto", "--duty", "prosecute"), ("nobody", "--duty", "lead"), ("ben", "--duty", "sleep"),
     ("ben", "--duty", "lead", "--clearance", "C9"), ("ben",)],
)  # fmt: skip
def test_a_member_that_cannot_be_is_refused(crew, words):
    case = crew.open_case("ana")
    crew.refused(2, "cases", "members", "add", case, *words, "--as", "ana")

    assert len(crew.told("cases", "members", "list", case, "--as", "ana")) == 1


def test_a_case_is_restricted_closed_and_opened_again(crew):
    case = crew.open_case("ana")
    states = []
    for verb in (("restrict",), ("restrict", "--lift"), ("close",), ("reopen",)):
        crew.run("cases", verb[0], case, "--reason", "ordered", *verb[1:], "--as", "ana")
        one = crew.told("cases", "list", "--as", "ana")[0]
        states.append((one["state"], one["restricted"]))

    assert states == [("open", True), ("open", False), ("closed", False), ("open", False)]


def test_a_closed_case_takes_nothing_more(crew, tmp_path):
    case = crew.open_case("ana")
    (tmp_path / "note.txt").write_text("late")
    crew.run("cases", "close", case, "--reason", "over", "--as", "ana")

    assert "CaseClosed" in crew.refused(2, "evidence", "add", case, tmp_path / "note.txt", "--as", "ana")
    assert "WrongState" in crew.refused(2, "cases", "close", case, "--reason", "again", "--as", "ana")


def test_a_person_is_entered_as_written_and_protected_under_a_pseudonym(crew):
    case = crew.open_case("ana")
    omar = crew.told("people", "add", case, "Omar Berhe", "--role", "suspect", "--as", "ana")
    written = ("--also", "ሰላም ኃይሌ", "--protected")
    selam = crew.told("people", "add", case, "Selam Haile", "--role", "witness", *written, "--as", "ana")

    assert (omar["label"], omar["protected"]) == ("Omar Berhe", False)
    assert "Selam" not in selam["label"]
    people = {one["id"]: one for one in crew.told("people", "list", case, "--as", "ana")}
    assert people[omar["id"]]["roles"] == ["suspect"]
    assert people[selam["id"]]["names"] == []

    crew.run("people", "protect", case, omar["id"], "--reason", "threatened", "--as", "ana")
    said = crew.run("people", "list", case, "--as", "ana").stdout
    assert "Omar" not in said
    assert "Selam" not in said


@pytest.mark.parametrize(
    ("name", "role"), [("", "witness"), ("x" * 501, "witness"), ("Omar", "king"), ("\udcff", "witness")]
)
def test_a_person_that_cannot_be_is_refused(crew, name, role):
    case = crew.open_case("ana")
    crew.refused(2, "people", "add", case, name, "--role", role, "--as", "ana")

    assert crew.told("people", "list", case, "--as", "ana") == []


def test_only_a_person_of_the_case_is_protected(crew):
    one, other = crew.open_case("ana"), crew.open_case("ana")
    omar = crew.told("people", "add", other, "Omar Berhe", "--role", "suspect", "--as", "ana")

    for name in (omar["id"], "nonsense"):
        said = crew.refused(2, "people", "protect", one, name, "--reason", "x", "--as", "ana")
        assert "Omar" not in said
    assert crew.told("people", "list", one, "--as", "ana") == []
