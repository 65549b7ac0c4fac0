"""A check finds every blob and row that is not what it was, and a sweep removes only what no row points to."""

import io
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from core.accounts import WORKER
from evidence import files, fixity, intake
from evidence.files import Derived, Digest, File
from evidence.intake import Announced, Reckoning
from evidence.keyring import CaseKey
from tests import makers

ROOT = Path(__file__).resolve().parents[2]


def findings(place) -> list[fixity.Finding]:
    found = list(fixity.check(place.house.transaction, place.vault, place.keyring))
    return [one for one in found if one is not None]


def swept(place, older_than=timedelta(0), spared=frozenset()) -> list[str]:
    found = fixity.sweep(
        place.house.transaction, place.vault, older_than=older_than, spared=lambda _session, _blobs: set(spared)
    )
    return [one.blob for one in found]


def age(place, minutes: int = 10) -> None:
    """Let everything in the vault have been written some minutes earlier."""
    for path in place.vault.root.rglob("*"):
        if path.is_file():
            was = path.stat().st_mtime - 60 * minutes
            os.utime(path, (was, was))


def damage(place, file, change) -> None:
    path = place.vault.root / file.blob
    path.chmod(0o600)
    path.write_bytes(change(bytearray(path.read_bytes())))


def flip(sealed: bytearray) -> bytearray:
    sealed[len(sealed) // 2] ^= 1
    return sealed


@pytest.fixture
def stored(each_place):
    """Three files, one of them with a derived one."""
    exhibit = each_place.exhibit()
    made = [each_place.file(exhibit, os.urandom(50_000 + n), f"{n}") for n in range(3)]
    receipt = each_place.vault.seal([b"inner"], files.beside(made[0]))
    with each_place.house.transaction() as session:
        parent = session.get_one(File, made[0].id)
        made += files.derive(
            session, WORKER, each_place.keyring, parent, [Derived("inner", receipt, {"name": "member"})]
        )
    return made


def test_a_whole_house_gives_one_answer_for_each_file_and_no_finding(each_place, stored):
    answers = list(fixity.check(each_place.house.transaction, each_place.vault, each_place.keyring))

    assert answers == [None] * 4


@pytest.mark.parametrize("change", [flip, lambda sealed: sealed[:-1], lambda sealed: sealed + b"\x00", lambda _: b""])
def test_a_blob_flipped_cut_extended_or_emptied_is_found_and_named(each_place, stored, change):
    damage(each_place, stored[1], change)
    (found,) = findings(each_place)

    assert (found.subject, found.blob) == (str(stored[1].id), stored[1].blob)
    assert stored[1].blob in found.because


def test_a_missing_blob_is_found_and_named(each_place, stored):
    each_place.vault.discard(stored[3].blob)
    (found,) = findings(each_place)

    assert found.subject == str(stored[3].id)
    assert "not in the vault" in found.because


@pytest.mark.parametrize("column", ["sha256", "sha512", "size"])
def test_a_row_changed_by_hand_is_found(each_place, stored, column):
    value = 5 if column == "size" else "0" * len(getattr(stored[0], column))
    with each_place.house.transaction() as session:
        session.execute(update(File).where(File.id == stored[0].id).values({column: value}))

    assert [one.subject for one in findings(each_place)] == [str(stored[0].id)]


def test_bytes_put_in_place_of_others_with_a_fitting_row_are_found_by_the_ledger(each_place, stored):
    """Somebody with the keys and the database seals other bytes for the same file and changes the row to fit."""
    forged = each_place.vault.seal(io.BytesIO(b"forged"), stored[0].context)
    with each_place.house.transaction() as session:
        wrapped, version = each_place.keyring.wrap_object(session, forged.context, forged.key)
        row = session.get_one(File, stored[0].id)
        row.blob, row.size, row.sha256, row.sha512 = forged.blob, forged.size, forged.sha256, forged.sha512
        row.wrapped_key, row.key_version, row.sealed_sha256 = wrapped, version, forged.sealed_sha256

    (found,) = findings(each_place)
    assert found.subject == str(stored[0].id)
    assert "its row has SHA-256" in found.because


def test_a_row_that_was_removed_is_found_by_the_ledger(each_place, stored):
    with each_place.house.transaction() as session:
        session.execute(delete(Digest).where(Digest.file_id == stored[3].id))
        session.execute(delete(File).where(File.id == stored[3].id))

    (found,) = findings(each_place)
    assert found.subject == str(stored[3].id)
    assert "its row is gone" in found.because


def test_a_lost_case_key_is_told_for_every_file_and_stops_nothing(each_place, stored):
    with each_place.house.transaction() as session:
        session.execute(delete(CaseKey))

    assert len(findings(each_place)) == 4


def test_a_sweep_removes_what_no_row_points_to_and_nothing_else(each_place, stored):
    stray = each_place.vault.seal(io.BytesIO(b"never accepted"), stored[0].context)

    assert swept(each_place) == []
    age(each_place)
    assert swept(each_place, timedelta(hours=1)) == []
    assert swept(each_place, spared={stray.blob}) == []
    assert swept(each_place) == [stray.blob]
    assert swept(each_place) == []
    assert findings(each_place) == []


UPLOAD = """
import io, os, sys
from pathlib import Path
from uuid import UUID
from core import db
from core.accounts import User
from core.config import Config
from evidence import intake
from evidence.keyring import Keyring
from evidence.vault import Vault

folder, name, item, url = Path(sys.argv[1]), sys.argv[2], UUID(sys.argv[3]), sys.argv[4]
config = Config.load(folder, {})
sessions = db.sessions(db.connect(url))
keyring, vault = Keyring(config), Vault(config.vault)

def stop(step):
    if sys.argv[5] == step:
        os.kill(os.getpid(), 9)

def slowly():
    for _ in range(4):
        yield os.urandom(1 << 20)
    stop("sealing")

with sessions.begin() as session:
    actor = session.query(User).filter_by(name=name).one().actor("test", "investigation")
    delivery = intake.expect(session, actor, item, limit=1 << 30)
stop("expected")
receipt = vault.seal(slowly(), delivery.context)
stop("sealed")
with sessions.begin() as session:
    intake.accept(session, actor, keyring, delivery, receipt)
    session.flush()
    stop("accepting")
stop("accepted")
"""


@pytest.mark.parametrize("step", ["expected", "sealing", "sealed", "accepting", "accepted"])
def test_killed_at_any_step_an_upload_is_whole_or_waiting_and_never_half(place, tmp_path, step):
    item = place.announce(place.exhibit(), Announced("a"))[0]
    url = str(place.house.engine.url)
    command = [sys.executable, "-c", UPLOAD, tmp_path, place.lead.name, str(item), url, step]
    ended = subprocess.run(command, cwd=ROOT, env=makers.environment(), check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr

    whole = step == "accepted"
    with place.house.transaction() as session:
        reckoning = intake.reckon(session, place.lead, place.case.id)
    assert reckoning == Reckoning(announced=1, stored=int(whole), refused=0, waiting=int(not whole))
    assert findings(place) == []
    age(place)
    assert len(swept(place)) == int(step in {"sealing", "sealed", "accepting"})
    assert sum(path.is_file() for path in place.vault.root.rglob("*")) == int(whole)
    if not whole:
        assert place.deliver(item, b"once more").size == 9
