"""The ledger holds, says where it does not, and lets nobody change it."""

import hashlib
import json
import threading
from uuid import uuid4

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.accounts import HOUSE
from core.ledger import entries as ledger
from core.ledger.entries import Unwritable
from tests import makers

CHAIN = "custody/one"


@pytest.fixture
def house(database_url):
    made = makers.house(database_url)
    yield made
    made.engine.dispose()


def write(house, count=5, chain=CHAIN, **words):
    ana = house.actor("ana")
    with house.transaction() as session:
        return [ledger.append(session, chain, ana, "moved", subject="exhibit", number=n, **words) for n in range(count)]


def force(house, statement, **values):
    """Do what a person with the database's own password could do."""
    with house.transaction() as session:
        if house.engine.dialect.name == "postgresql":
            session.execute(text("ALTER TABLE ledger_entries DISABLE TRIGGER ALL"))
        else:
            for verb in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER ledger_entries_no_{verb}"))
        session.execute(text(statement), values)


def breaks(house, chain=None):
    with house.transaction() as session:
        return list(ledger.breaks(session, chain))


NAMES = pytest.mark.parametrize("name", ["act", "case", "subject", "at", "outcome", "purpose", "chain", "session"])


def test_an_entry_is_canonical_json_whose_digest_anybody_can_recompute(house):
    written = write(house, 2, who='Ωmar "the" \\ 文 \u202e')

    for entry in written:
        read = json.loads(entry.body)
        assert rfc8785.dumps(read).decode() == entry.body
        assert hashlib.sha256(entry.body.encode()).hexdigest() == entry.digest
    assert json.loads(written[0].body)["previous"] == ledger.NOTHING_BEFORE
    assert json.loads(written[1].body)["previous"] == written[0].digest
    assert ledger.words(written[1]) == {"number": 1, "who": 'Ωmar "the" \\ 文 \u202e'}


def test_a_whole_ledger_has_no_breaks(house):
    write(house)
    write(house, chain="access/two")

    assert breaks(house) == []


@pytest.mark.parametrize("statement", ["UPDATE ledger_entries SET act = 'x'", "DELETE FROM ledger_entries"])
def test_the_database_itself_refuses_to_change_an_entry(house, statement):
    write(house)

    with pytest.raises(DBAPIError, match="only ever added"), house.transaction() as session:
        session.execute(text(statement))
    assert breaks(house) == []


CHANGED = {
    "act": "UPDATE ledger_entries SET act = 'changed' WHERE position = 3",
    "actor": "UPDATE ledger_entries SET actor = 'changed' WHERE position = 3",
    "at": "UPDATE ledger_entries SET at = 'changed' WHERE position = 3",
    "case": "UPDATE ledger_entries SET \"case\" = 'changed' WHERE position = 3",
    "door": "UPDATE ledger_entries SET door = 'changed' WHERE position = 3",
    "outcome": "UPDATE ledger_entries SET outcome = 'changed' WHERE position = 3",
    "purpose": "UPDATE ledger_entries SET purpose = 'changed' WHERE position = 3",
    "role": "UPDATE ledger_entries SET role = 'changed' WHERE position = 3",
    "subject": "UPDATE ledger_entries SET subject = 'changed' WHERE position = 3",
}


@pytest.mark.parametrize("column", sorted(CHANGED))
def test_a_column_changed_by_hand_is_found(house, column):
    write(house)
    force(house, CHANGED[column])

    assert [(one.chain, one.position) for one in breaks(house)] == [(CHAIN, 3)]


def test_a_body_changed_together_with_its_digest_is_found_at_the_entry_that_follows(house):
    written = write(house)
    body = written[2].body.replace('"number":2', '"number":9')
    digest = hashlib.sha256(body.encode()).hexdigest()
    force(
        house, "UPDATE ledger_entries SET body = :body, digest = :digest WHERE position = 3", body=body, digest=digest
    )

    assert [one.position for one in breaks(house)] == [4]


def test_a_last_entry_rewritten_with_its_digest_is_found(house):
    written = write(house)
    body = written[4].body.replace('"number":4', '"number":9')
    digest = hashlib.sha256(body.encode()).hexdigest()
    force(
        house, "UPDATE ledger_entries SET body = :body, digest = :digest WHERE position = 5", body=body, digest=digest
    )

    assert [one.position for one in breaks(house)] == [5]


@pytest.mark.parametrize(("gone", "named"), [(1, 2), (3, 4), (5, 5)])
def test_an_entry_taken_out_is_found(house, gone, named):
    write(house)
    force(house, "DELETE FROM ledger_entries WHERE position = :gone", gone=gone)

    found = breaks(house)
    assert found[0].position == named
    assert "missing" in found[0].because


def test_a_chain_taken_out_whole_is_found(house):
    write(house)
    write(house, chain="access/two")
    force(house, "DELETE FROM ledger_entries WHERE chain = :chain", chain=CHAIN)

    assert [(one.chain, one.position) for one in breaks(house)] == [(CHAIN, 1)]


def test_two_entries_that_changed_places_are_found(house):
    write(house)
    force(house, "UPDATE ledger_entries SET position = 99 WHERE position = 2")
    with house.transaction() as session:
        session.execute(text("UPDATE ledger_entries SET position = 2 WHERE position = 3"))
        session.execute(text("UPDATE ledger_entries SET position = 3 WHERE position = 99"))

    assert breaks(house)[0].position == 2


def test_two_writers_of_one_chain_wait_for_each_other_and_lose_nothing(house):
    ana, faults = house.actor("ana"), []

    def run():
        try:
            for _ in range(10):
                with house.transaction() as session:
                    ledger.append(session, CHAIN, ana, "moved")
        except DBAPIError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert breaks(house) == []
    with house.transaction() as session:
        assert [one.position for one in ledger.entries(session, CHAIN)] == list(range(1, 41))


@pytest.mark.parametrize("bad", [1.5, float("nan"), b"bytes", object(), 2**60, "\ud800"])
def test_what_canonical_json_cannot_carry_is_refused_and_leaves_nothing(house, bad):
    ana = house.actor("ana")

    with pytest.raises(Unwritable), house.transaction() as session:
        ledger.append(session, CHAIN, ana, "moved", value=bad)
    assert breaks(house) == []


@NAMES
def test_a_detail_may_have_any_name_and_stays_a_detail(house, name):
    with house.transaction() as session:
        ledger.append(session, "case/a", HOUSE, "note", {name: "told"}, case="c", purpose="audit", reason="why")
    with house.transaction() as session:
        (entry,) = ledger.entries(session, "case/a")

    assert ledger.words(entry) == {name: "told", "reason": "why"}
    assert (entry.act, entry.case, entry.purpose) == ("note", "c", "audit")


def test_a_detail_that_is_told_twice_is_refused_by_its_name(house):
    with house.transaction() as session, pytest.raises(Unwritable, match="«reason» twice"):
        ledger.append(session, "case/a", HOUSE, "note", {"reason": "one"}, reason="another")
    with house.transaction() as session:
        assert list(ledger.entries(session, "case/a")) == []


@pytest.mark.parametrize("bad", ['quote"', "back\\slash", "new\nline", "ünïcode", "x" * 201])
def test_a_head_that_could_be_read_in_two_ways_is_refused(house, bad):
    ana = house.actor("ana")

    with pytest.raises(Unwritable), house.transaction() as session:
        ledger.append(session, CHAIN, ana, bad)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_WORDS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(value=_WORDS)
def test_any_words_come_back_as_they_went_in(value):
    body = ledger.body_of(
        dict.fromkeys(
            ("chain", "previous", "act", "actor", "at", "case", "door", "outcome", "purpose", "role", "subject"), "x"
        )
        | {"position": 1},
        {"value": value},
    )

    assert rfc8785.dumps(json.loads(body)).decode() == body
    assert json.loads(body)["record"]["words"]["value"] == value


def test_one_act_in_many_chains_is_written_as_one_after_the_other_would_be(house):
    cases = sorted(uuid4() for _ in range(3))
    with house.transaction() as session:
        ledger.append(session, f"access/{cases[1]}", HOUSE, "read", case=cases[1])
        told = {f"access/{case}": (case, {"passages": number}) for number, case in enumerate(cases)}
        ledger.append_each(session, HOUSE, "shown", told, subject="s")
        ledger.append_each(session, HOUSE, "shown", {})
        ledger.append(session, f"access/{cases[1]}", HOUSE, "read", case=cases[1])
    with house.transaction() as session:
        held = {case: list(ledger.entries(session, f"access/{case}")) for case in cases}
        assert [[one.act for one in held[case]] for case in cases] == [["shown"], ["read", "shown", "read"], ["shown"]]
        assert list(ledger.breaks(session)) == []
