"""Evidence by the command line: in, listed, found, and out again as it came."""

import hashlib
import os

import pytest

from tests.app.cli.conftest import NOTE

SHA256 = hashlib.sha256(NOTE.encode()).hexdigest()
CSV = """Booking date;Value date;Purpose;Amount;Currency;Balance
2026-03-01;2026-03-01;Rent;-100.00;EUR;900.00
2026-03-15;2026-03-15;Wages;50.00;EUR;950.00
2026-03-20;2026-03-20;Ferry;-25.50;EUR;924.50
"""


def test_each_file_of_a_folder_ends_stored_or_refused_with_its_reason(desk):
    came = desk.came

    states = {one["name"]: (one["state"], one["sha256"]) for one in came["items"]}
    assert states["phone/note.txt"] == ("stored", SHA256)
    assert states["phone/nothing.txt"] == ("stored", hashlib.sha256(b"").hexdigest())
    assert states["phone/link"] == ("refused", None)
    assert (came["stored"], came["refused"], came["waiting"]) == (2, 1, 0)
    assert "link" in next(one["because"] for one in came["items"] if one["state"] == "refused")


def test_the_counts_of_a_case_add_up_and_every_file_says_how_it_was_read(desk):
    told = desk.operator.told("evidence", "list", desk.case, "--as", "ana")

    assert told["announced"] == told["stored"] + told["refused"] + told["waiting"]
    reading = {file["name"]: file["reading"] for one in told["exhibits"] for file in one["files"]}
    assert reading["phone/note.txt"] == "read"
    said = desk.operator.run("evidence", "list", desk.case, "--as", "ana").stdout
    assert f"announced {told['announced']} = stored {told['stored']}" in said


def test_an_exhibit_shows_numbers_authority_and_digests(desk):
    told = desk.operator.told("evidence", "show", desk.exhibit, "--as", "ana")

    assert told["numbers"] == [{"scheme": "lab", "value": "77", "issuer": "Police laboratory"}]
    assert [one["kind"] for one in told["authorities"]] == ["warrant"]
    note = next(one for one in told["files"] if one["id"] == desk.files["note.txt"])
    assert (note["size"], note["sha256"]) == (len(NOTE), SHA256)
    assert hashlib.sha512(NOTE.encode()).hexdigest() == note["sha512"]
    assert SHA256 in desk.operator.run("evidence", "show", desk.exhibit, "--as", "ana").stdout


def test_custody_names_every_step_and_the_gap_before_the_first(desk):
    told = desk.operator.told("evidence", "custody", desk.exhibit, "--as", "ana")

    assert [one["position"] for one in told["steps"]] == list(range(1, len(told["steps"]) + 1))
    assert sum(one["act"] == "receive file" for one in told["steps"]) == 2
    assert told["custodian"] == "ana"
    assert told["gaps"]
    assert "GAP" in desk.operator.run("evidence", "custody", desk.exhibit, "--as", "ana").stdout


def test_a_file_comes_out_as_it_came_and_its_reading_is_entered(desk, tmp_path):
    before = desk.operator.told("ledger", "verify")["entries"]
    out = tmp_path / "out.txt"
    said = desk.operator.run(
        "evidence", "get", desk.files["note.txt"], "--purpose", "investigation", "-o", out, "--as", "ana"
    )

    assert out.read_text() == NOTE
    assert SHA256 in said.stderr
    assert list(tmp_path.iterdir()) == [out]
    assert desk.operator.told("ledger", "verify")["entries"] == before + 1


def test_nothing_is_written_over_and_nothing_entered_where_the_file_cannot_go(desk, tmp_path):
    (tmp_path / "out.txt").write_text("mine")
    (tmp_path / "out.txt.part").write_text("mine as well")
    before = desk.operator.told("ledger", "verify")["entries"]
    get = ("evidence", "get", desk.files["note.txt"], "--purpose", "investigation", "--as", "ana", "-o")

    assert "PlaceTaken" in desk.operator.refused(2, *get, tmp_path / "out.txt")
    desk.operator.refused(2, *get, tmp_path / "no such folder" / "out.txt")
    desk.operator.refused(2, *get, tmp_path)
    assert (tmp_path / "out.txt").read_text() == "mine"
    assert (tmp_path / "out.txt.part").read_text() == "mine as well"
    assert desk.operator.told("ledger", "verify")["entries"] == before


def test_content_is_not_handed_out_to_who_may_not_read_it(desk, tmp_path):
    get = ("evidence", "get", desk.files["note.txt"], "-o", tmp_path / "out.txt")

    desk.operator.refused(3, *get, "--purpose", "audit", "--as", "otto")
    desk.operator.refused(2, *get, "--purpose", "audit", "--as", "ada")
    desk.operator.refused(2, *get, "--as", "ana")
    desk.operator.refused(2, *get, "--purpose", "curiosity", "--as", "ana")
    assert not (tmp_path / "out.txt").exists()


@pytest.mark.parametrize("verb", [("show",), ("custody",), ("get", "--purpose", "audit", "-o", "out")])
@pytest.mark.parametrize("name", ["nonsense", "00000000-0000-4000-8000-000000000000", "\udcff", ""])
def test_what_is_not_there_is_refused_in_one_sentence(desk, verb, name):
    assert "NoSuchCase" in desk.operator.refused(2, "evidence", verb[0], name, *verb[1:], "--as", "ana")


def test_more_files_are_added_to_an_exhibit_and_a_pipe_is_refused(desk, tmp_path):
    (tmp_path / "more.txt").write_text("more")
    os.mkfifo(tmp_path / "pipe")
    told = desk.operator.told("evidence", "add", desk.case, tmp_path / "more.txt", tmp_path / "pipe",
                              "--exhibit", desk.exhibit, "--as", "ana")  # fmt: skip

    assert told["exhibit"] == desk.exhibit
    assert {one["name"]: one["state"] for one in told["items"]} == {"more.txt": "stored", "pipe": "refused"}


@pytest.mark.parametrize(
    "words",
    [("--number", "x"), ("--authority", "rumour"), ("--description", "a\x00b"), ("--exhibit", "nonsense"),
     ("--reference", "x" * 5000)],
)  # fmt: skip
def test_an_exhibit_that_cannot_be_is_refused_and_nothing_is_announced(desk, tmp_path, words):
    (tmp_path / "more.txt").write_text("more")
    before = desk.operator.told("evidence", "list", desk.case, "--as", "ana")["announced"]

    desk.operator.refused(2, "evidence", "add", desk.case, tmp_path / "more.txt", *words, "--as", "ana")
    assert desk.operator.told("evidence", "list", desk.case, "--as", "ana")["announced"] == before


def test_paths_without_a_file_are_refused(desk, tmp_path):
    for place, because in ((tmp_path, "there is no file"), (tmp_path / "none", "does not exist")):
        assert because in desk.operator.refused(2, "evidence", "add", desk.case, place, "--as", "ana")


def test_a_name_that_is_no_text_comes_in_and_is_shown_without_harm(desk, tmp_path):
    (tmp_path / os.fsdecode(b"\xff\xfe\x07.txt")).write_text("x")
    told = desk.operator.told("evidence", "add", desk.case, tmp_path, "--as", "ana")

    assert told["stored"] == 1
    assert "\\u{dcff}" in told["items"][0]["name"]


def test_a_search_finds_by_word_and_number_and_says_how_far_the_index_reaches(desk):
    told = desk.operator.told("search", "landing", "--purpose", "investigation", "--as", "ana")

    assert (told["total"], told["query"], told["purpose"]) == (1, "landing", "investigation")
    assert told["groups"][0]["hits"][0]["file"] == desk.files["note.txt"]
    said = desk.operator.run("search", "landing", "--purpose", "investigation", "--as", "ana").stdout
    assert "[landing]" in said
    assert "index complete to" in said
    within = ("--case", desk.case, "--limit", "1", "--as", "paul")
    assert desk.operator.told("search", '"Selam Haile"', "--purpose", "prosecution", *within)["total"] == 1


def test_a_search_shows_nothing_to_who_is_in_no_case(desk):
    assert desk.operator.told("search", "landing", "--purpose", "audit", "--as", "otto")["total"] == 0


@pytest.mark.parametrize(
    "words",
    [('"landing', "--purpose", "investigation"), ("", "--purpose", "investigation"), ("landing",),
     ("landing", "--purpose", "curiosity"), ("landing", "--purpose", "audit", "--case", "nonsense"),
     ("landing", "--purpose", "audit", "--limit", "0"), ("\udcff", "--purpose", "audit")],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused(desk, words):
    desk.operator.refused(2, "search", *words, "--as", "ana")


def test_a_statement_is_read_stored_and_confirmed_and_adds_up(desk, tmp_path):
    paper = tmp_path / "statement.csv"
    paper.write_text(CSV)
    read = desk.operator.told("money", "read", paper)
    assert (read["format"], read["confirmed"]) == ("csv", False)
    assert [(one["rows"], one["result"]) for one in read["statements"]] == [(3, "reconciled")]
    assert "closing 924.50" in desk.operator.run("money", "read", paper).stdout

    file = desk.operator.hand_in("ana", desk.case, paper)["items"][0]["file"]
    desk.operator.run("work", "--until-idle")
    asked = ("--purpose", "investigation", "--as", "ana")
    assert "statement" in desk.operator.told("money", "confirm", file, *asked)["said"]

    shown = desk.operator.told("money", "show", desk.case, *asked)
    rows = desk.operator.told("money", "show", desk.case, "--statement", shown["statements"][0]["id"], *asked)["rows"]
    assert [(one["amount"], one["currency"]) for one in rows] == [
        ("-100.00", "EUR"),
        ("50.00", "EUR"),
        ("-25.50", "EUR"),
    ]


def test_what_is_no_statement_says_so(desk, tmp_path):
    for name, content in (("note.txt", NOTE), ("empty.csv", ""), ("noise.sta", "\x00\x01" * 100)):
        (tmp_path / name).write_text(content)
        assert "NotAStatement" in desk.operator.refused(2, "money", "read", tmp_path / name)
    desk.operator.refused(2, "money", "read", tmp_path / "none")
    asked = ("--purpose", "investigation", "--as", "ana")
    desk.operator.refused(2, "money", "confirm", desk.files["note.txt"], *asked)
    desk.operator.refused(2, "money", "confirm", desk.files["note.txt"], "--answer", "dates=dmy", *asked)
    desk.operator.refused(2, "money", "show", desk.case, "--statement", "nonsense", *asked)
    desk.operator.refused(3, "money", "show", desk.case, "--purpose", "audit", "--as", "otto")
