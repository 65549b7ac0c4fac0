"""Tombstones outlast a restore: signed, chained, only ever added, and read strictly."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import text

from core.accounts import WORKER
from evidence.ending import tombstones
from evidence.ending.tombstones import Gone, TombstonesBroken
from tests.evidence.depot import depot


@pytest.fixture
def place(database_url, tmp_path):
    made = depot(database_url, tmp_path / "instance")
    yield made
    made.house.engine.dispose()


def stone(place, **destroyed):
    gone = Gone(uuid4(), "file", place.case.id, destroyed or {"blob": "ab/cd/x"}, None)
    with place.house.transaction() as session:
        return tombstones.set_up(session, WORKER, place.keyring, gone, order=uuid4(), number="12 Qs 3/26")


def lines(place):
    with place.house.transaction() as session:
        return tombstones.lines(session)


def test_each_line_follows_the_one_before_and_is_signed(place, tmp_path):
    made = [stone(place) for _ in range(3)]
    path = tmp_path / "tombstones.jsonl"

    assert tombstones.write_out(path, lines(place)) == 3
    read = list(tombstones.read(path, place.keyring.public))

    assert [one.id for one in read] == [one.id for one in made]
    assert [one.position for one in read] == [1, 2, 3]


def test_writing_out_twice_writes_once(place, tmp_path):
    stone(place)
    path = tmp_path / "tombstones.jsonl"
    tombstones.write_out(path, lines(place))
    before = path.read_bytes()

    assert tombstones.write_out(path, lines(place)) == 0
    assert path.read_bytes() == before


def test_a_line_that_a_power_cut_left_half_is_written_whole(place, tmp_path):
    stone(place)
    stone(place)
    path = tmp_path / "tombstones.jsonl"
    tombstones.write_out(path, lines(place))
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])

    assert tombstones.write_out(path, lines(place)) == 1
    assert path.read_bytes() == whole


def test_a_file_that_tells_another_story_stops_everything(place, tmp_path):
    stone(place)
    path = tmp_path / "tombstones.jsonl"
    path.write_text('{"tombstone": "{}", "signature": ""}\n')

    with pytest.raises(TombstonesBroken):
        tombstones.write_out(path, lines(place))
    assert path.read_text() == '{"tombstone": "{}", "signature": ""}\n'


@pytest.mark.parametrize("harm", ["change", "remove", "swap", "resign"])
def test_a_file_that_was_tampered_with_is_refused_and_the_first_bad_line_named(place, tmp_path, harm):
    for _ in range(3):
        stone(place)
    path = tmp_path / "tombstones.jsonl"
    tombstones.write_out(path, lines(place))
    kept = path.read_text().splitlines()
    if harm == "change":
        kept[1] = kept[1].replace("12 Qs 3/26", "12 Qs 4/26")
    elif harm == "remove":
        del kept[1]
    elif harm == "swap":
        kept[0], kept[1] = kept[1], kept[0]
    else:
        kept[1] = json.dumps(json.loads(kept[1]) | {"signature": "00" * 64})
    path.write_text("".join(f"{one}\n" for one in kept))

    with pytest.raises(TombstonesBroken, match="line 1" if harm == "swap" else "line 2"):
        list(tombstones.read(path, place.keyring.public))


def test_the_database_refuses_to_change_or_remove_one(place):
    stone(place)

    for act in ("DELETE FROM tombstones", "UPDATE tombstones SET line = ''"):
        with pytest.raises(Exception, match="only ever added"), place.house.transaction() as session:
            session.execute(text(act))


def test_one_thing_has_one_tombstone(place):
    gone = Gone(uuid4(), "file", place.case.id, {}, None)
    with place.house.transaction() as session:
        one = tombstones.set_up(session, WORKER, place.keyring, gone, order=uuid4(), number="1")
        two = tombstones.set_up(session, WORKER, place.keyring, gone, order=uuid4(), number="2")

        assert one is two
