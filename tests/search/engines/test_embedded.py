"""What only the embedded index must do: wipe for good, keep no text, and say so when it cannot be used."""

import multiprocessing
import stat
import threading
from uuid import uuid4

import pytest

from evidence.pinpoints import Pinpoint
from search import asking
from search.engines.embedded import Embedded
from search.engines.protocol import TIERS, IndexOutOfReach
from search.passages import Piece, Source, documents

CASE = uuid4()
SCOPE = {tier: frozenset({CASE}) for tier in TIERS}
SECRET = asking.read("zarathustra").question


def one_file(text):
    source = Source(uuid4(), uuid4(), CASE, "open", "note.txt", "text")
    return list(documents(source, [Piece(uuid4(), 1, text, Pinpoint())], str))


def bytes_on_disk(embedded):
    return b"".join(path.read_bytes() for path in embedded.folder.iterdir())


def test_a_purge_leaves_no_word_of_what_was_dropped(embedded):
    dropped, kept = one_file("zarathustra waited by the boat"), one_file("the boat left")
    embedded.put([*dropped, *kept])
    embedded.drop(dropped[0].file)
    assert embedded.ready().dropped == 2

    assert embedded.purge() == 0

    assert b"zarathustra" not in bytes_on_disk(embedded)
    assert [hit.file for hit in embedded.ask(asking.read("boat").question, SCOPE)] == [kept[0].file]


def test_a_purge_with_nothing_to_wipe_changes_nothing(embedded):
    embedded.put(one_file("zarathustra"))
    assert embedded.purge() == 0
    assert len(list(embedded.ask(SECRET, SCOPE))) == 1


def test_a_purge_says_so_while_somebody_still_reads_the_old_pages(embedded, monkeypatch):
    monkeypatch.setattr("search.engines.embedded._WAIT_SECONDS", 0.05)
    dropped = [one_file("zarathustra") for _ in range(5)]
    embedded.put(one for each in dropped for one in each)
    reading = embedded.ask(SECRET, SCOPE)
    next(reading)
    for each in dropped:
        embedded.drop(each[0].file)

    assert embedded.purge() == 10
    assert b"zarathustra" in bytes_on_disk(embedded)
    assert len(list(reading)) == 4
    assert embedded.purge() == 0
    assert b"zarathustra" not in bytes_on_disk(embedded)


def test_what_others_drop_meanwhile_is_not_what_a_purge_was_asked_to_wipe(embedded):
    """Two workers at once: the one that has wiped its own need not wait for the other."""
    kept, ended = [one_file("zarathustra") for _ in range(30)], threading.Event()
    embedded.put(one for each in kept for one in each)

    def drop():
        for each in kept:
            embedded.drop(each[0].file)
        ended.set()

    other = threading.Thread(target=drop)
    other.start()
    told = []
    while not ended.is_set():
        told.append(embedded.purge())
    other.join()
    assert set(told) == {0}
    assert embedded.purge() == 0
    assert embedded.ready().dropped == 0


def test_no_running_text_is_kept(embedded):
    embedded.put(one_file("zarathustra waited by the boat"))
    assert b"waited by the boat" not in bytes_on_disk(embedded)


def test_the_folder_is_closed_to_other_accounts(embedded):
    embedded.ready()
    assert stat.S_IMODE(embedded.folder.stat().st_mode) == 0o700


def _ask_in_child(embedded, pipe):
    pipe.send(len(list(embedded.ask(SECRET, SCOPE))))


def test_a_forked_process_asks_with_a_connection_of_its_own(embedded):
    embedded.put(one_file("zarathustra"))
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=_ask_in_child, args=(embedded, theirs))
    child.start()
    child.join(30)

    assert ours.recv() == 1
    assert child.exitcode == 0


def test_another_process_sees_what_was_put(embedded):
    embedded.put(one_file("zarathustra"))
    other = Embedded(embedded.folder)
    assert len(list(other.ask(SECRET, SCOPE))) == 1
    other.close()


def test_an_index_that_is_no_database_is_refused_and_not_overwritten(embedded):
    embedded.folder.mkdir()
    for tier in TIERS:
        (embedded.folder / f"{tier}.db").write_bytes(b"not a database " * 1000)
    with pytest.raises(IndexOutOfReach, match="evidence is safe"):
        embedded.ready()
    assert (embedded.folder / "open.db").read_bytes().startswith(b"not a database")
