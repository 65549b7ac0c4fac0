"""Passages are sealed in the database, come back as they were, and die with the key of their case."""

import sqlite3
from itertools import islice
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from core.cipher import SealBroken
from core.ledger import entries as ledger
from evidence import text
from evidence.files import File
from evidence.keyring import CaseKey, KeysWrong
from evidence.pinpoints import BadPinpoint, Pinpoint
from evidence.text import Passage, PassageRow

WORDS = "the witness waits at the old mill"


def passage(words: str, **place: object) -> Passage:
    return Passage(uuid4(), uuid4(), 0, Pinpoint(**place), words)


def keep(place, file, *passages: Passage) -> int:
    with place.house.transaction() as session:
        row = session.get_one(File, file.id)
        return text.keep(session, row, passages, text.key_of(session, place.keyring, row))


def kept(place, file) -> list[Passage]:
    with place.house.transaction() as session:
        row = session.get_one(File, file.id)
        return list(text.passages(session, row, text.key_of(session, place.keyring, row)))


def test_passages_come_back_in_order_with_their_places(each_place):
    file = each_place.file(each_place.exhibit())
    number = keep(
        each_place, file, passage("ሰላም", page=3), passage("سلام\x00", sheet="Led\x00ger", row=12), passage("", row=7)
    )

    assert number == 3
    assert [(one.ordinal, one.text, one.pinpoint.words()) for one in kept(each_place, file)] == [
        (1, "ሰላም", "page 3"),
        (2, "سلام\x00", "sheet Led\x00ger, row 12"),
        (3, "", "row 7"),
    ]


def test_more_passages_than_fit_one_statement(place):
    file = place.file(place.exhibit())

    assert keep(place, file, *[passage(f"line {n}", row=n) for n in range(1, 1202)]) == 1201
    assert [one.text for one in kept(place, file)] == [f"line {n}" for n in range(1, 1202)]


def test_reading_again_replaces_and_gives_the_same_ids(place):
    file = place.file(place.exhibit())
    keep(place, file, passage("one"), passage("two"))
    before = [one.id for one in kept(place, file)]
    keep(place, file, passage("ONE"))

    assert [(one.id, one.text) for one in kept(place, file)] == [(before[0], "ONE")]


def test_nothing_of_a_passage_is_in_the_database_in_the_clear(place, tmp_path):
    file = place.file(place.exhibit())
    keep(place, file, passage(WORDS, sheet="payments to the old mill", row=1))
    with place.house.transaction() as session:
        row = session.get_one(File, file.id)
        text.keep_facts(session, row, {"Author": WORDS}, text.key_of(session, place.keyring, row))
    with sqlite3.connect(tmp_path / "probanda.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()

    on_disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"old mill" not in on_disk


def test_hits_are_read_many_at_once_with_their_files(each_place):
    exhibit = each_place.exhibit()
    one, other = each_place.file(exhibit, b"1"), each_place.file(exhibit, b"2")
    keep(each_place, one, passage("first", page=1))
    keep(each_place, other, passage("second", page=2))
    (first,), (second,) = kept(each_place, one), kept(each_place, other)
    ids = [first.id, second.id, uuid4()]

    with each_place.house.transaction() as session:
        found = text.some(session, each_place.keyring, ids)
        assert {(words.text, file.id) for words, file in found.values()} == {("first", one.id), ("second", other.id)}
        assert text.passage(session, each_place.keyring, ids[0]) == first
        assert text.passage(session, each_place.keyring, ids[2]) is None


def test_a_passage_that_was_moved_or_changed_does_not_open(place):
    file = place.file(place.exhibit())
    keep(place, file, passage("one"), passage("two"))
    with place.house.transaction() as session:
        rows = session.scalars(select(PassageRow).order_by(PassageRow.ordinal)).all()
        session.execute(update(PassageRow).where(PassageRow.id == rows[0].id).values(sealed=rows[1].sealed))

    with pytest.raises(SealBroken):
        kept(place, file)


def test_with_the_key_of_the_case_its_passages_and_its_files_are_gone(place):
    file = place.file(place.exhibit())
    keep(place, file, passage(WORDS))
    with place.house.transaction() as session:
        session.execute(delete(CaseKey))

    with pytest.raises(KeysWrong, match="gone"):
        kept(place, file)


def test_facts_of_a_file_come_back_and_are_forgotten_with_it(place):
    file = place.file(place.exhibit())
    with place.house.transaction() as session:
        row = session.get_one(File, file.id)
        key = text.key_of(session, place.keyring, row)
        assert text.facts(row, key) == {}
        text.keep_facts(session, row, {"Author": "ab\ud800", "GPS": "51.03, 2.37"}, key)
    with place.house.transaction() as session:
        row = session.get_one(File, file.id)
        assert text.facts(row, key) == {"Author": "ab\ud800", "GPS": "51.03, 2.37"}


def test_whoever_stops_early_leaves_no_cursor_open(each_place):
    file = each_place.file(each_place.exhibit())
    keep(each_place, file, passage("one"), passage("two"))
    with each_place.house.transaction() as session:
        row = session.get_one(File, file.id)
        key = text.key_of(session, each_place.keyring, row)
        assert next(text.passages(session, row, key)).text == "one"
        assert [one.text for one in islice(text.passages(session, row, key), 1)] == ["one"]
        assert next(ledger.entries(session, f"custody/{file.exhibit_id}")).act == "receive"


# --- Pinpoints -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pinpoint", "words", "kind"),
    [
        (Pinpoint(page=3), "page 3", "page"),
        (Pinpoint(sheet="Ledger", row=12), "sheet Ledger, row 12", "sheet"),
        (Pinpoint(message="41", at="2026-03-01 14:02"), "message 41, 2026-03-01 14:02", "message"),
        (Pinpoint(row=7), "row 7", "row"),
        (Pinpoint(path="/Document/Stmt[2]"), "/Document/Stmt[2]", "path"),
        (Pinpoint(), "whole file", "whole"),
    ],
)
def test_a_pinpoint_is_said_as_a_person_would(pinpoint, words, kind):
    assert (pinpoint.words(), pinpoint.kind) == (words, kind)


@given(
    st.builds(
        Pinpoint,
        page=st.none() | st.integers(),
        sheet=st.none() | st.text(),
        row=st.none() | st.integers(),
        message=st.none() | st.text(),
        at=st.none() | st.text(),
        path=st.none() | st.text(),
    )
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_pinpoint_is_read_as_it_was_written(pinpoint):
    assert Pinpoint.from_json(pinpoint.to_json()) == pinpoint


@pytest.mark.parametrize(
    "written", ["", "[]", "1", '{"page": true}', '{"page": "1"}', '{"row": 1.5}', '{"line": 1}', "{"]
)
def test_what_is_no_pinpoint_is_refused(written):
    with pytest.raises(BadPinpoint):
        Pinpoint.from_json(written)
