"""What the database holds comes into the index, and every difference between the two is found."""

import time
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text as sql

from cases.handling import Sensitivity
from core import jobs
from search import asking, indexing
from search.engines.protocol import TIERS, IndexOutOfReach
from search.indexing import tier_of
from search.passages import Source, documents
from tests.search.library import on_both_engines

BOAT = asking.read("boat").question


@pytest.fixture
def lead(library):
    return library.actor("ana")


@pytest.fixture
def exhibit(library, lead):
    return library.exhibit(lead, library.case(lead))


def check(library):
    return [str(one) for one in indexing.check(library.transaction, library.index)]


def held(library):
    return {kept.file: (kept.tier, kept.documents) for kept in library.index.census()}


def execute(library, statement):
    with library.transaction() as session:
        session.execute(sql(statement))


@on_both_engines
def test_a_file_comes_in_once_however_often_its_job_runs(library, exhibit):
    file = library.file(exhibit, "the boat left", "at night")
    assert library.bring_in(file) == 3
    assert held(library) == {file.id: ("open", 3)}
    assert check(library) == []


def test_a_file_that_is_read_anew_with_less_text_keeps_nothing_of_before(library, exhibit):
    file = library.file(exhibit, "the boat left", "the boat came")
    execute(library, "DELETE FROM passages WHERE ordinal = 2")
    assert library.bring_in(file) == 2
    assert check(library) == []


@pytest.mark.parametrize(
    ("sensitivity", "restricted", "tier"),
    [(2, False, "open"), (3, False, "restricted"), (4, False, "sealed"), (5, True, "sealed"), (2, True, "restricted")],
)
def test_the_class_and_a_restricted_case_decide_the_index(sensitivity, restricted, tier):
    assert tier_of(sensitivity, restricted=restricted) == tier


@on_both_engines
def test_a_file_moves_with_its_class(library, exhibit):
    file = library.file(exhibit, "the boat left")
    execute(library, "UPDATE exhibits SET sensitivity = 3")
    assert check(library) == [f"file {file.id}: it stands in the open index and belongs in the restricted one"]
    library.bring_in(file)
    assert held(library) == {file.id: ("restricted", 2)}
    assert check(library) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE exhibits SET sensitivity = 6",
        "UPDATE files SET reading = 'not_allowed'",
        "DELETE FROM files",
    ],
)
def test_what_must_not_be_looked_into_is_found_by_the_check_and_taken_out(library, exhibit, statement):
    file = library.file(exhibit, "the boat left")
    execute(library, "DELETE FROM passages")
    execute(library, statement)
    assert "does not have or does not allow" in check(library)[0]
    assert library.bring_in(file) == 0
    assert held(library) == {}
    assert check(library) == []


@on_both_engines
def test_the_check_finds_every_kind_of_difference(library, lead, exhibit):
    absent = library.file(exhibit, "the boat left", indexed=False)
    short = library.file(exhibit, "the boat left", "the boat came")
    library.index.drop(short.id, keep=[short.id], tier="open")
    moved = library.file(exhibit, "the boat left")
    other = library.case(lead, "Another")
    source = Source(moved.id, exhibit.id, other.id, "open", "x", "text")
    library.index.put(documents(source, [], str))
    library.index.drop(moved.id, keep=[moved.id], tier="open")
    stranger = Source(uuid4(), exhibit.id, exhibit.case_id, "sealed", "x", "text")
    library.index.put(documents(stranger, [], str))

    found = dict(line.removeprefix("file ").split(": ", 1) for line in check(library))

    assert found[str(absent.id)] == "it is not in the index; 2 passages cannot be found"
    assert found[str(short.id)] == "the index holds 1 passages of it, the database 3"
    assert found[str(moved.id)] == "it stands in the index under another case"
    assert "does not have" in found[str(stranger.file)]
    assert len(found) == 4


def test_a_file_in_two_indices_at_once_is_found(library, exhibit):
    file = library.file(exhibit, "the boat left")
    source = Source(file.id, exhibit.id, exhibit.case_id, "sealed", "x", "text")
    library.index.put(documents(source, [], str))
    assert any("more than once" in line or "sealed index" in line for line in check(library))


def test_a_file_whose_job_still_waits_is_no_difference(library, exhibit):
    file = library.file(exhibit, "the boat left", indexed=False)
    with library.transaction() as session:
        jobs.enqueue(session, "index", file.id)
    assert check(library) == []


@on_both_engines
def test_a_rebuild_brings_everything_in_and_takes_out_what_does_not_belong(library, exhibit):
    files = [library.file(exhibit, "the boat left", name=f"{number}", indexed=False) for number in range(5)]
    stranger = Source(uuid4(), exhibit.id, exhibit.case_id, "sealed", "x", "text")
    library.index.put(documents(stranger, [], str))
    steps = []

    count = indexing.rebuild(library.transaction, library.index, library.keyring, told=steps.append)

    with library.transaction() as session:
        assert count == sum(steps) == indexing.size(session) == 10
    assert held(library) == {file.id: ("open", 2) for file in files}
    assert check(library) == []


@on_both_engines
def test_a_file_of_many_passages_comes_in_whole(library, exhibit, monkeypatch):
    monkeypatch.setattr(indexing, "_SLICE", 10)
    file = library.file(exhibit, *[f"the boat {number}" for number in range(30)])
    scope = dict.fromkeys(TIERS, frozenset({exhibit.case_id}))
    assert [hit.ordinal for hit in library.index.ask(BOAT, scope)] == list(range(1, 31))
    assert held(library)[file.id] == ("open", 31)
    assert check(library) == []


def test_unindexing_leaves_no_trace(library, exhibit):
    file = library.file(exhibit, "the boat left")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            indexing.unindex_file(library.index, file.id)
        except IndexOutOfReach:
            time.sleep(2)
        else:
            break
    assert library.index.ready().dropped == 0
    assert held(library) == {}


class Away:
    """An engine that is away while this stands in its place."""

    def __getattr__(self, name):
        def refuse(*_, **__):
            raise IndexOutOfReach("away")

        return refuse


def test_while_the_engine_is_away_nothing_is_lost_and_the_backlog_is_made_up(library, exhibit):
    away = replace(library, index=Away())
    file = library.file(exhibit, "the boat left", indexed=False)
    with pytest.raises(IndexOutOfReach):
        away.bring_in(file)
    library.bring_in(file)
    assert check(library) == []


def test_no_transaction_is_open_while_the_engine_works(library, exhibit):
    open_now = []

    class Watching:
        def __getattr__(self, name):
            def verb(*_, **__):
                open_now.append(library.engine.pool.checkedout())
                return 0

            return verb

    watching = replace(library, index=Watching())
    watching.file(exhibit, "the boat left")
    assert open_now == [0, 0]


def test_protected_classes_never_share_an_index_with_open_ones():
    assert [tier_of(level, restricted=False) for level in Sensitivity][:5] == ["open"] * 3 + ["restricted", "sealed"]
