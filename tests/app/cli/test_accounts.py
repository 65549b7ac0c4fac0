"""Accounts by the command line: made, shown, changed, closed, each with its entry, and refused in one sentence."""

import pytest

from tests.makers import PASSWORD


def names(operator):
    return {one["name"]: one for one in operator.told("users", "list")}


def test_an_account_is_made_and_listed_without_its_password(operator):
    told = operator.told("users", "add", "ana", "--role", "investigator", "--display", "Ana Lind",
                         PROBANDA_PASSWORD=PASSWORD)  # fmt: skip

    assert (told["name"], told["roles"]) == ("ana", ["investigator"])
    listed = names(operator)["ana"]
    assert listed == {**told, "display": "Ana Lind", "active": True}
    assert PASSWORD not in operator.run("users", "list").stdout


def test_a_password_may_be_typed_twice_and_is_not_shown(operator):
    said = operator.run("users", "add", "ana", "--role", "investigator", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert PASSWORD not in said.output
    assert "ana" in names(operator)


@pytest.mark.parametrize(
    ("words", "password", "reason"),
    [
        (("Ana Lind", "--role", "investigator"), PASSWORD, "BadAccount"),
        (("ana", "--role", "investigator"), "short", "characters"),
        (("ana", "--role", "auditor", "--role", "investigator"), PASSWORD, "stand alone"),
        (("ana", "--role", "king"), PASSWORD, "king"),
        (("ana",), PASSWORD, "--role"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_the_reason(operator, words, password, reason):
    said = operator.refused(2, "users", "add", *words, PROBANDA_PASSWORD=password)

    assert reason in said
    assert names(operator) == {}


def test_a_name_is_given_once(operator):
    operator.hire("ana", "investigator")

    said = operator.refused(2, "users", "add", "ana", "--role", "auditor", PROBANDA_PASSWORD=PASSWORD)
    assert "NameTaken" in said
    assert names(operator)["ana"]["roles"] == ["investigator"]


def test_roles_and_password_are_changed_and_an_account_is_closed(operator):
    operator.hire("ana", "investigator")

    operator.run("users", "roles", "ana", "--role", "prosecutor", "--role", "supervisor")
    operator.run("users", "password", "ana", PROBANDA_PASSWORD="another long password")
    assert names(operator)["ana"]["roles"] == ["prosecutor", "supervisor"]

    operator.run("users", "close", "ana")
    assert names(operator)["ana"]["active"] is False
    assert "closed" in operator.refused(2, "cases", "list", "--as", "ana")


@pytest.mark.parametrize("verb", [("password",), ("roles", "--role", "auditor"), ("close",),
                                  ("token", "--label", "x", "--scope", "see")])  # fmt: skip
def test_nobody_is_changed_who_is_not_there(operator, verb):
    said = operator.refused(2, "users", verb[0], "nobody", *verb[1:], PROBANDA_PASSWORD=PASSWORD)

    assert "nobody" in said


def test_a_token_is_shown_once_with_its_end_and_only_for_acts_that_exist(operator):
    operator.hire("ana", "investigator")

    told = operator.told("users", "token", "ana", "--label", "scanner", "--scope", "add", "--scope", "see")
    assert told["token"].startswith("probanda_")
    assert told["scopes"] == ["add", "see"]
    assert told["expires"].endswith("Z")
    assert told["token"] not in operator.run("users", "list", "--json").stdout

    assert "everything" in operator.refused(2, "users", "token", "ana", "--label", "x", "--scope", "everything")


def test_each_change_of_an_account_is_an_entry(operator):
    before = operator.told("ledger", "verify")["entries"]
    operator.hire("ana", "investigator")
    operator.run("users", "roles", "ana", "--role", "analyst")
    operator.run("users", "close", "ana")

    said = operator.told("ledger", "verify")
    assert (said["entries"], said["findings"]) == (before + 3, [])
