"""Who may come in, for how long, and what ends it."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import argon2
import pytest
from sqlalchemy import text

from core import accounts, clock
from core.accounts import BadAccount, NameTaken, NoSuchUser, Role, TooManyTries
from tests import makers
from tests.racing import meanwhile

ROOT = Path(__file__).parents[2]
START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
IDLE = timedelta(minutes=30)


@pytest.fixture
def house(tmp_path):
    made = makers.house(f"sqlite:///{tmp_path / 'x.db'}")
    made.actor("ana")
    yield made
    made.engine.dispose()


def try_password(house, password, name="ana", door="web 10.0.0.1"):
    with house.transaction() as session:
        return accounts.check_password(session, name, password, door)


def test_the_right_password_opens_and_no_other_does(house):
    assert try_password(house, makers.PASSWORD).name == "ana"
    assert try_password(house, makers.PASSWORD + " ") is None
    assert try_password(house, makers.PASSWORD, name="nobody") is None


def test_a_password_is_kept_as_argon2id_only(house):
    with house.transaction() as session:
        kept = session.execute(text("SELECT password FROM users")).scalar_one()

    assert kept.startswith("$argon2id$")
    assert makers.PASSWORD not in kept


def test_outside_these_tests_a_password_costs_whoever_guesses_it_memory_and_time():
    """RFC 9106, 4: 64 MiB, three passes, four lanes."""
    told = "from core import accounts; print(accounts._hashed('a long enough password'))"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    kept = argon2.extract_parameters(done.stdout.strip())
    assert kept == argon2.profiles.RFC_9106_LOW_MEMORY


def test_after_eight_failures_even_the_right_password_waits_and_then_opens(house):
    with clock.stopped(START):
        for _ in range(8):
            assert try_password(house, "wrong wrong wrong") is None
        with pytest.raises(TooManyTries):
            try_password(house, makers.PASSWORD)
    with clock.stopped(START + timedelta(minutes=16)):
        assert try_password(house, makers.PASSWORD) is not None


def test_of_many_tries_at_once_no_more_are_looked_at_than_one_after_the_other(database_url):
    made = makers.house(database_url)
    made.actor("ana")
    start = Barrier(12)

    def one(number):
        start.wait()
        try:
            return try_password(made, "wrong wrong wrong", door=f"web 10.0.0.{number}")
        except TooManyTries as refused:
            return refused.code

    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(one, range(12)))
    made.engine.dispose()

    assert (told.count(None), told.count("TooManyTries")) == (8, 4)


def test_one_place_cannot_try_many_names(house):
    with clock.stopped(START):
        for number in range(8):
            try_password(house, "wrong wrong wrong", name=f"name{number}")
        with pytest.raises(TooManyTries):
            try_password(house, "wrong wrong wrong", name="another")


def open_one(house):
    with house.transaction() as session:
        return accounts.open_sign_in(session, accounts.named(session, "ana"), "web 10.0.0.1")


def find(house, secret):
    with house.transaction() as session:
        return accounts.find_sign_in(session, secret, IDLE)


def test_a_sign_in_ends_after_half_an_hour_of_nothing(house):
    with clock.stopped(START):
        secret = open_one(house)
    with clock.stopped(START + timedelta(minutes=29)):
        assert find(house, secret) is not None
    with clock.stopped(START + timedelta(minutes=31)):
        assert find(house, secret) is None


@pytest.mark.parametrize("change", ["password", "roles", "close"])
def test_a_changed_password_role_or_account_ends_every_sign_in_and_token(house, change):
    secrets = [open_one(house), open_one(house)]
    with house.transaction() as session:
        user = accounts.named(session, "ana")
        _token, shown = accounts.issue_token(session, user, "script", ["read"], timedelta(days=1))
        if change == "password":
            accounts.change_password(session, user, "another long password")
        elif change == "roles":
            accounts.change_roles(session, user, [Role.PROSECUTOR])
        else:
            accounts.deactivate(session, user)

    assert [find(house, one) for one in secrets] == [None, None]
    with house.transaction() as session:
        assert accounts.find_token(session, shown) is None


def test_the_secrets_of_sign_ins_and_tokens_are_kept_as_digests(house):
    secret = open_one(house)
    with house.transaction() as session:
        _token, shown = accounts.issue_token(
            session, accounts.named(session, "ana"), "script", ["read"], timedelta(days=1)
        )
        kept = [*session.execute(text("SELECT secret FROM sign_ins UNION SELECT secret FROM tokens")).scalars()]

    assert secret not in kept
    assert shown not in kept
    assert all(len(one) == 64 for one in kept)


def test_a_token_works_until_it_expires_or_is_revoked(house):
    with clock.stopped(START), house.transaction() as session:
        user = accounts.named(session, "ana")
        token, shown = accounts.issue_token(session, user, "script", ["read"], timedelta(days=1))
        assert accounts.find_token(session, shown)[0].scopes == ["read"]
    with clock.stopped(START + timedelta(days=1)), house.transaction() as session:
        assert accounts.find_token(session, shown) is None
    with clock.stopped(START), house.transaction() as session:
        accounts.revoke_token(session, accounts.named(session, "ana"), token.id)
        assert accounts.find_token(session, shown) is None


@pytest.mark.parametrize("name", ["", "Ana", "a b", "a:b", "ana\n", "x" * 65, "../x", "house", "аna"])
def test_a_name_that_could_be_read_in_two_ways_is_refused(house, name):
    with pytest.raises(BadAccount), house.transaction() as session:
        accounts.add(session, name, [Role.INVESTIGATOR], makers.PASSWORD)


def test_a_name_is_given_once(house):
    with pytest.raises(NameTaken), house.transaction() as session:
        accounts.add(session, "ana", [Role.INVESTIGATOR], makers.PASSWORD)


@pytest.mark.parametrize("alone", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_whoever_checks_has_no_other_role(house, alone):
    with pytest.raises(BadAccount), house.transaction() as session:
        accounts.add(session, "ben", [alone, Role.INVESTIGATOR], makers.PASSWORD)


def test_a_short_password_is_refused(house):
    with pytest.raises(BadAccount, match="12"), house.transaction() as session:
        accounts.add(session, "ben", [Role.INVESTIGATOR], "short")


def test_an_unknown_account_is_said_to_be_unknown(house):
    with pytest.raises(NoSuchUser), house.transaction() as session:
        accounts.named(session, "nobody")


def test_what_was_issued_between_two_changes_that_came_at_once_is_void(database_url, monkeypatch):
    house = makers.house(database_url)
    ana = house.actor("ana")

    def changed():
        with house.transaction() as session:
            accounts.change_roles(session, session.get_one(accounts.User, ana.id), [Role.ANALYST])

    outcome = meanwhile(monkeypatch, accounts, "_hashed", changed)
    with house.transaction() as session:
        accounts.change_password(session, session.get_one(accounts.User, ana.id), "another long password")
    outcome()
    with house.transaction() as session:
        user = session.get_one(accounts.User, ana.id)
    house.engine.dispose()

    assert (user.epoch, user.roles) == (3, ["analyst"])
