"""Those who keep keys and backups at their shell: share out, try, lose, bring back, restore what predates a turn."""

import json

import pytest

from evidence.keyring import MASTER
from tests import operators
from tests.operators import Operator


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A deployment with evidence, an administrator, a supervisor, shares three of five, and a backup."""
    place = tmp_path_factory.mktemp("keepers")
    operator = operators.at(place / "instance")
    for name, role in (("ines", "investigator"), ("ada", "administrator"), ("sue", "supervisor")):
        operator.hire(name, role)
    case = operator.open_case("ines")
    (place / "note.txt").write_text("Call +49 30 23125 999 after the landing.\n")
    operator.hand_in("ines", case, place / "note.txt")
    agreed(operator, "split")
    operator.run("keys", "split", "-k", "3", "-n", "5", "--into", place / "shares", "--as", "ada")
    operator.run("backup", place / "backups", "--as", "ada")
    return operator, case, place


def agreed(operator, what, *more):
    proposal = operator.told("keys", "propose", what, *more, "--reason", "yearly", "--as", "ada")["proposal"]
    operator.run("keys", "grant", proposal, "--as", "sue")


def given(place, *numbers):
    return [word for number in numbers for word in ("--share", place / "shares" / f"share-{number}.txt")]


def test_each_holder_has_a_sheet_of_his_own_and_no_file_holds_two_shares(desk, verapdf):
    _operator, _case, place = desk
    names = sorted(one.name for one in (place / "shares").iterdir())

    assert names == sorted([f"share-{n}.{kind}" for n in range(1, 6) for kind in ("pdf", "txt")])
    for one in (place / "shares").iterdir():
        assert one.stat().st_mode & 0o077 == 0
    assert verapdf(place / "shares" / "share-1.pdf").failures == ()


def test_a_drill_proves_that_shares_open_and_leaves_an_entry_and_no_key(desk):
    operator, _case, place = desk
    before = {one: one.read_bytes() for one in (operator.instance / "keys").iterdir()}

    said = operator.run("keys", "drill", *given(place, 5, 1, 3), "--as", "ada")

    assert "open the master key in use" in said.output
    assert {one: one.read_bytes() for one in (operator.instance / "keys").iterdir()} == before
    assert operator.told("keys", "status")["drilled"] != "never"


def test_shares_typed_in_with_a_slip_are_asked_for_again(desk):
    operator, _case, place = desk
    texts = [(place / "shares" / f"share-{n}.txt").read_text().strip() for n in (1, 2, 4)]
    slip = ("B" if texts[0][0] == "A" else "A") + texts[0][1:]

    said = operator.run("keys", "drill", "--as", "ada", typed="\n".join([slip, *texts]) + "\n")

    assert "group 1" in said.stderr


@pytest.mark.parametrize(
    ("numbers", "words"), [((1, 2), "2 shares were given, and 3 of 5"), ((1, 2, 2), "share 2 was given twice")]
)
def test_shares_that_do_not_do_say_why(desk, numbers, words):
    operator, _case, place = desk
    assert words in operator.refused(2, "keys", "drill", *given(place, *numbers), "--as", "ada")


def test_nobody_shares_out_the_key_alone(desk):
    operator, _case, place = desk
    refused = operator.refused(2, "keys", "split", "-k", "2", "-n", "3", "--into", place / "mine", "--as", "ada")
    assert "approval of another person" in refused
    assert operator.refused(3, "keys", "split", "-k", "2", "-n", "3", "--into", place / "mine", "--as", "ines")


def test_a_lost_master_key_comes_back_from_the_shares_and_a_restore_needs_nothing_else(desk, tmp_path):
    operator, _case, place = desk
    key = operator.instance / "keys" / MASTER
    lost = key.read_bytes()
    key.unlink()
    assert "is not there" in operator.refused(4, "keys", "check")
    operator.run("keys", "recover", *given(place, 2, 3, 4), "--as", "ada")
    assert key.read_bytes() == lost
    assert operator.told("vault", "check")["findings"] == []

    whole = next(one for one in (place / "backups").iterdir() if (one / "manifest.json").exists())
    words = ("--recovery", whole / "keys" / "recovery.json", "--out", tmp_path / "master.key")
    nowhere = Operator(tmp_path / "nowhere")
    nowhere.run("keys", "recover", *given(place, 1, 2, 5), *words)
    again = Operator(tmp_path / "restored")
    said = again.run("restore", place / "backups", "--master", tmp_path / "master.key")
    assert "nothing is signed until" in said.output
    assert again.told("vault", "check")["findings"] == []
    assert again.told("index", "check")["findings"] == []


def test_a_backup_from_before_a_turn_is_opened_by_the_old_key_from_the_same_shares(desk, tmp_path):
    operator, case, place = desk
    agreed(operator, "rotate-master")
    operator.run("keys", "rotate-master", "--as", "ada")
    agreed(operator, "rotate-case", "--case", case)
    operator.run("keys", "rotate-case", case, "--as", "ada")
    operator.run("keys", "drill", *given(place, 1, 2, 3), "--as", "ada")

    new = operator.instance / "keys" / MASTER
    again = Operator(tmp_path / "restored")
    refused = again.refused(4, "restore", place / "backups", "--master", new)
    assert "right pair" in refused
    assert not again.instance.exists()
    whole = next(one for one in (place / "backups").iterdir() if (one / "manifest.json").exists())
    words = ("--recovery", whole / "keys" / "recovery.json", "--out", tmp_path / "old.key")
    again.run("keys", "recover", *given(place, 1, 2, 5), *words)
    again.run("restore", place / "backups", "--master", tmp_path / "old.key")
    assert again.told("vault", "check")["findings"] == []


def test_a_damaged_backup_ends_the_check_with_one_and_names_what(desk, tmp_path):
    operator, _case, place = desk
    assert operator.told("backup", "check", place / "backups")["findings"] == []
    blob = next(one for one in (place / "backups" / "blobs").rglob("*") if one.is_file())
    kept = blob.read_bytes()
    blob.write_bytes(kept[:-1])
    try:
        found = operator.told("backup", "check", place / "backups", code=1)["findings"]
        refused = Operator(tmp_path / "restored").refused(
            1, "restore", place / "backups", "--master", operator.instance / "keys" / MASTER
        )
    finally:
        blob.write_bytes(kept)

    assert blob.name in json.dumps(found)
    assert blob.name in refused


def test_an_environment_that_names_another_deployment_stops_a_restore(desk, tmp_path):
    _operator, _case, place = desk
    words = ("restore", place / "backups")
    refused = Operator(tmp_path / "restored").refused(2, *words, PROBANDA_DATABASE_URL="sqlite:////tmp/other.db")
    assert "PROBANDA_DATABASE_URL" in refused


def test_the_state_of_the_keys_is_told_without_a_word_of_any_case(desk):
    operator, _case, _place = desk
    told = operator.told("keys", "status")
    assert told["provider"] == "file"
    assert told["shares"] == "3 of 5"
    assert told["backed up"] != "never"
