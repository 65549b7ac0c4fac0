"""Looking at blobs in turn: all within the days, evenly; what does not hold freezes its exhibit, a bad disk not."""

import errno
import os
import random
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from core import clock
from core.accounts import WORKER
from core.ledger import entries as ledger
from evidence import custody, files, incidents
from evidence.ending import shredding
from evidence.files import Derived, File, Frozen, State
from evidence.incidents import Incident
from evidence.integrity import schedule
from evidence.integrity.looking import Files, Round
from evidence.integrity.schedule import BlobCheck, Kind, Known, Level
from evidence.vault import VaultOutOfReach
from evidence.vault import store as vault_store
from tests.racing import meanwhile

DAYS = 90


def nothing(_length):
    """The pace of whoever waits for nothing."""


def round_of(place):
    """Whoever looks at all files of a depot."""
    return Round(place.house.transaction, place.vault, WORKER, {Kind.FILE: Files(place.keyring)})


def look(place, *, level=None):
    """Look at everything that is on the list, as a worker would whose turn it is."""
    looking = round_of(place)
    looking.enrol()
    with place.house.transaction() as session:
        rows = list(session.scalars(select(BlobCheck).order_by(BlobCheck.blob)))
        due = [schedule.Due(one.blob, Kind(one.kind), one.subject, one.size, level or Level.FULL) for one in rows]
    return looking.look(due, nothing)


def damage(place, file, change):
    """Change the sealed bytes on disk."""
    path = place.vault.root / file.blob
    path.chmod(0o600)
    path.write_bytes(change(bytearray(path.read_bytes())))


def flip(sealed):
    sealed[len(sealed) // 2] ^= 1
    return sealed


def incidents_of(place):
    with place.house.transaction() as session:
        return list(session.scalars(select(Incident).order_by(Incident.ordinal)))


@pytest.fixture
def stored(each_place):
    """Three files of one exhibit, one of them with a derived one."""
    exhibit = each_place.exhibit()
    made = [each_place.file(exhibit, os.urandom(50_000 + n), f"{n}") for n in range(3)]
    receipt = each_place.vault.seal([b"inner"], files.beside(made[0]))
    with each_place.house.transaction() as session:
        parent = session.get_one(File, made[0].id)
        method = {"method": "member", "tool": "zip", "version": "1"}
        made += files.derive(session, WORKER, each_place.keyring, parent, [Derived("inner", receipt, method)])
    return made


@pytest.mark.parametrize("level", list(Level))
def test_what_is_whole_is_written_down_as_looked_at_and_entered(each_place, stored, level):
    looked = look(each_place, level=level)

    assert (looked.held, looked.amiss, looked.troubled) == (4, [], [])
    with each_place.house.transaction() as session:
        assert schedule.coverage(session, days=DAYS).whole
        (entry,) = ledger.entries(session, f"fixity/{stored[0].exhibit_id}")
        assert set(ledger.words(entry)["files"]) == {str(one.id) for one in stored}
        assert (schedule.of(session, stored[0].blob).opened is None) == (level is Level.SCRUB)


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize(
    "change",
    [flip, lambda sealed: sealed[:-1], lambda sealed: sealed + b"\x00", lambda _: b""],
    ids=["flipped", "cut", "extended", "emptied"],
)
def test_a_blob_changed_on_disk_freezes_its_file_and_exhibit_and_opens_one_incident(each_place, stored, change, level):
    damage(each_place, stored[1], change)
    looked = look(each_place, level=level)
    again = look(each_place, level=level)

    assert [one.due.subject for one in looked.amiss] == [one.due.subject for one in again.amiss] == [stored[1].id]
    (incident,) = incidents_of(each_place)
    assert (incident.kind, incident.file_id, incident.state) == (incidents.BYTES, stored[1].id, "open")
    with each_place.house.transaction() as session:
        exhibit = session.get_one(files.File, stored[1].id)
        assert exhibit.state == State.FROZEN
        with pytest.raises(Frozen):
            files.open_file(session, each_place.lead, each_place.keyring, stored[1].id)
        acts = [entry.act for entry in ledger.entries(session, f"custody/{stored[1].exhibit_id}")]
        assert acts.count("integrity-failure") == acts.count("incident") == 1
        coverage = schedule.coverage(session, days=DAYS)
        assert (coverage.damaged, coverage.whole) == (1, False)


def test_two_blobs_that_changed_places_are_both_found_without_a_key(each_place, stored):
    one, other = (each_place.vault.root / file.blob for file in stored[:2])
    kept = each_place.vault.root / "kept"
    one.rename(kept), other.rename(one), kept.rename(other)

    looked = look(each_place, level=Level.SCRUB)

    assert {found.due.subject for found in looked.amiss} == {stored[0].id, stored[1].id}


def test_a_missing_blob_is_found_and_nothing_is_put_in_its_place(each_place, stored):
    each_place.vault.discard(stored[3].blob)
    (found,) = look(each_place).amiss

    assert "not in the vault" in found.because
    assert not (each_place.vault.root / stored[3].blob).exists()


def test_bytes_put_in_place_of_others_with_a_fitting_row_are_found_by_the_ledger(each_place, stored):
    forged = each_place.vault.seal([b"forged"], stored[0].context)
    with each_place.house.transaction() as session:
        wrapped, version = each_place.keyring.wrap_object(session, forged.context, forged.key)
        row = session.get_one(File, stored[0].id)
        row.blob, row.size, row.sha256, row.sha512 = forged.blob, forged.size, forged.sha256, forged.sha512
        row.wrapped_key, row.key_version, row.sealed_sha256 = wrapped, version, forged.sealed_sha256

    (found,) = look(each_place).amiss
    assert found.due.subject == stored[0].id
    assert "its row has SHA-256" in found.because


def test_a_disk_that_does_not_give_its_bytes_is_asked_again_and_is_no_mismatch(each_place, stored, monkeypatch):
    asked = Counter()

    def failing(fd, length):
        asked["reads"] += 1
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as ill:
        ill.setattr(vault_store.os, "read", failing)
        looked = look(each_place)

    assert looked.amiss == []
    assert len(looked.troubled) == 4
    assert asked["reads"] >= 12
    assert incidents_of(each_place) == []
    with each_place.house.transaction() as session:
        coverage = schedule.coverage(session, days=DAYS)
        assert coverage.troubled == 4
        assert "are tried again" in str(coverage)
        assert session.get_one(File, stored[0].id).state == State.STORED
    assert look(each_place).held == 4


def test_one_failed_read_is_not_even_told(each_place, stored, monkeypatch):
    real, failed = os.read, []

    def once(fd, length):
        if not failed:
            failed.append(fd)
            raise OSError(errno.EIO, "Input/output error")
        return real(fd, length)

    monkeypatch.setattr(vault_store.os, "read", once)

    assert look(each_place).held == 4


def test_a_reader_on_whom_the_disk_fails_is_told_so_and_the_file_stays_open(each_place, stored, monkeypatch):
    def failing(_fd, _length):
        raise OSError(errno.EIO, "Input/output error")

    with each_place.house.transaction() as session:
        receipt = files.receipt_of(session, each_place.keyring, session.get_one(File, stored[0].id))
    monkeypatch.setattr(vault_store.os, "read", failing)

    with pytest.raises(VaultOutOfReach, match="Input/output error"):
        b"".join(each_place.vault.open(receipt))


def test_a_row_from_before_the_sealed_hash_gets_it_by_the_first_full_look_and_that_is_entered(each_place, monkeypatch):
    exhibit, note = each_place.exhibit(), custody.note_files

    def as_before(session, actor, exhibit, act, words, **more):
        """Neither row nor entry knew the hash of the sealed bytes."""
        known = {name: value for name, value in words.items() if name != "sealed_sha256"}
        return note(session, actor, exhibit, act, known, **more)

    monkeypatch.setattr(custody, "note_files", as_before)
    file = each_place.file(exhibit)
    monkeypatch.undo()
    with each_place.house.transaction() as session:
        session.execute(update(File).values(sealed_sha256=""))

    assert look(each_place, level=Level.SCRUB).held == 1

    with each_place.house.transaction() as session:
        assert session.get_one(File, file.id).sealed_sha256 == file.sealed_sha256
        assert [one.act for one in ledger.entries(session, exhibit.chain)][-1] == "sealed hash recorded"


def many(place, sizes, at):
    """Blobs on the list alone, as if they had been stored at an instant."""
    with place.house.transaction() as session:
        schedule.enrol(session, [Known(f"{n:04}", Kind.FILE, uuid4(), size, at) for n, size in enumerate(sizes)])


@pytest.mark.parametrize(
    "sizes",
    [
        [random.Random(7).randrange(1, 5 << 20) for _ in range(700)],
        [400 << 30, *[1 << 20] * 300],
        [0] * 400,
        [12345],
    ],
    ids=["of many sizes", "one of 400 GiB among small ones", "empty ones", "a single one"],
)
def test_everything_is_looked_at_within_the_days_and_no_day_has_much_more_than_its_share(place, sizes):
    every, start = timedelta(hours=12), clock.now()
    many(place, sizes, start)
    last = dict.fromkeys((f"{n:04}" for n in range(len(sizes))), start)
    by_day, worst = Counter(), timedelta(0)
    with place.house.transaction() as session:
        for step in range(int(timedelta(days=2 * DAYS) / every)):
            at = start + step * every
            with clock.stopped(at):
                for due in schedule.due(session, days=DAYS, every=every):
                    schedule.seen(session, due.blob, due.level)
                    worst = max(worst, at - last[due.blob])
                    last[due.blob] = at
                    by_day[step * every // timedelta(days=1)] += due.size + (16 << 10)

    end = start + timedelta(days=2 * DAYS)
    assert worst <= timedelta(days=DAYS)
    assert all(end - at <= timedelta(days=DAYS) for at in last.values())
    share = sum(size + (16 << 10) for size in sizes) / (0.8 * DAYS)
    assert max(by_day.values()) <= 2 * share + max(sizes) + (32 << 20)


def test_after_an_outage_what_is_late_is_caught_up_and_told_meanwhile(place):
    every, start = timedelta(hours=6), clock.now()
    many(place, [1 << 20] * 200, start)
    back = start + timedelta(days=2 * DAYS)
    with clock.stopped(back), place.house.transaction() as session:
        told = schedule.coverage(session, days=DAYS)
        assert (told.late, told.whole) == (200, False)
        assert str(told).startswith("0 of 200")
    with place.house.transaction() as session:
        for step in range(4 * 20):
            with clock.stopped(back + step * every):
                for due in schedule.due(session, days=DAYS, every=every):
                    schedule.seen(session, due.blob, due.level)
    with clock.stopped(back + timedelta(days=20)), place.house.transaction() as session:
        assert schedule.coverage(session, days=DAYS).whole


def test_the_first_turn_opens_a_blob_and_the_next_one_reads_its_sealed_bytes_alone(place):
    start = clock.now()
    many(place, [1000], start)
    levels = []
    with place.house.transaction() as session:
        for day in range(300):
            with clock.stopped(start + timedelta(days=day)):
                for due in schedule.due(session, days=DAYS, every=timedelta(days=1)):
                    schedule.seen(session, due.blob, due.level)
                    levels.append(due.level)

    assert levels[0] is Level.FULL
    assert {Level.SCRUB, Level.FULL} <= set(levels)


def test_what_cannot_be_read_is_not_asked_for_every_time_and_keeps_nothing_else_waiting(place):
    start = clock.now()
    many(place, [1000] * 3, start)
    later = start + timedelta(days=85)
    with clock.stopped(later), place.house.transaction() as session:
        schedule.troubled(session, "0000", "Input/output error")
        asked = {due.blob for due in schedule.due(session, days=DAYS, every=timedelta(days=10))}
    assert asked == {"0001", "0002"}
    with clock.stopped(later + timedelta(hours=2)), place.house.transaction() as session:
        assert "0000" in {due.blob for due in schedule.due(session, days=DAYS, every=timedelta(days=10))}
        assert session.scalar(select(func.count()).select_from(BlobCheck)) == 3


def test_what_is_destroyed_while_it_is_looked_at_is_no_damage(each_place, monkeypatch):
    file = each_place.file(each_place.exhibit())
    examine = type(each_place.vault).examine

    def after_it_went(vault, receipt, *args):
        monkeypatch.setattr(type(each_place.vault), "examine", examine)
        with each_place.house.transaction() as session:
            row = session.get_one(File, file.id)
            shredding.shred_file(session, WORKER, row, number="12 Qs", keep_hash=False)
        each_place.vault.discard(file.blob)
        return examine(vault, receipt, *args)

    monkeypatch.setattr(type(each_place.vault), "examine", after_it_went)
    looked = look(each_place)
    with each_place.house.transaction() as session:
        assert session.scalar(select(func.count()).select_from(BlobCheck)) == 0
    assert (looked.amiss, incidents_of(each_place)) == ([], [])


def test_a_blob_that_two_put_on_the_list_at_once_is_on_it_once(each_place, monkeypatch):
    each_place.file(each_place.exhibit())
    outcome = meanwhile(monkeypatch, schedule, "enrol", lambda: round_of(each_place).enrol(), before=True)
    round_of(each_place).enrol()
    outcome()
    with each_place.house.transaction() as session:
        assert session.scalar(select(func.count()).select_from(BlobCheck)) == 1
