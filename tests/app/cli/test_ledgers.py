"""The ledgers checked, signed and proved at a shell, and a proof checked by somebody who has nothing but files."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from core.ledger import notes
from tests import operators
from tests.operators import Operator


@pytest.fixture(scope="module")
def stood(tmp_path_factory):
    """A deployment with an exhibit of ana's, and a stranger."""
    folder = tmp_path_factory.mktemp("ledgers")
    operator = operators.at(folder / "instance", "--office", "Prosecution of Göteborg")
    operator.hire("ana", "investigator")
    operator.hire("bo", "investigator")
    case = operator.open_case("ana")
    (folder / "note.txt").write_text("x")
    return operator, case, operator.hand_in("ana", case, folder / "note.txt")["exhibit"]


@pytest.fixture
def copy(stood, tmp_path):
    operator, case, exhibit = stood
    return Operator(shutil.copytree(operator.instance, tmp_path / "instance")), case, exhibit


def forced(operator, *statements):
    with closing(sqlite3.connect(operator.instance / "probanda.db")) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert database.execute(statement).rowcount > 0
        database.commit()


def test_a_new_deployment_has_signed_its_first_checkpoint_under_a_name_that_stays(copy):
    operator, _case, _exhibit = copy
    first = operator.told("ledger", "checkpoint")
    assert first["note"].startswith("prosecution-of-goteborg.probanda/")
    (operator.instance / "config.toml").write_text('office = "Another name"\n')

    later = operator.told("ledger", "checkpoint")
    assert later["key"] == first["key"]
    assert (operator.instance / "log.memory").read_text() == later["note"]


def test_an_exhibits_custody_is_proved_and_checked_without_the_deployment(copy, tmp_path):
    operator, _case, exhibit = copy
    proof, entry = tmp_path / "e.tlog-proof", tmp_path / "e.entry"
    told = operator.told("ledger", "prove", exhibit, "-o", proof, "--entry", entry, "--as", "ana")
    assert told["chain"] == f"custody/{exhibit}"

    outsider = Operator(tmp_path / "nothing here")
    shown = outsider.told("ledger", "check-proof", proof, entry, "--key", told["key"])
    assert shown["origin"].startswith("prosecution-of-goteborg.probanda/")
    assert not outsider.instance.exists()

    entry.write_bytes(entry.read_bytes().replace(b"ana", b"eve"))
    assert "ProofWrong" in outsider.refused(1, "ledger", "check-proof", proof, entry, "--key", told["key"])
    other = notes.vkey("other.probanda/1", bytes(32))
    assert "NoteWrong" in outsider.refused(1, "ledger", "check-proof", proof, entry, "--key", other)
    witness = notes.vkey("w.example", bytes(range(32)), notes.COSIGNATURE)
    outsider.refused(1, "ledger", "check-proof", proof, entry, "--key", told["key"], "--witness", witness)
    assert "KeyWrong" in outsider.refused(2, "ledger", "check-proof", proof, entry, "--key", "nonsense")


def test_a_proof_of_what_one_may_not_know_is_refused_as_if_it_never_was(copy, tmp_path):
    operator, case, exhibit = copy
    said = {
        name: operator.refused(2, "ledger", "prove", name, "-o", tmp_path / "p", "--as", "bo").replace(name, "…")
        for name in (f"custody/{exhibit}", "custody/8b0d1f0e-7a55-4c0e-9a44-3a2f6a0f4c11", f"case/{case}",
                     "access/house", "custody/x", "nonsense/1")
    }  # fmt: skip
    assert len(set(said.values())) == 1
    assert not (tmp_path / "p").exists()


def test_the_whole_ledger_is_checked_with_its_tree_and_with_a_checkpoint_kept_elsewhere(copy, tmp_path):
    operator, _case, exhibit = copy
    kept = tmp_path / "print.note"
    operator.run("ledger", "checkpoint", "-o", kept)
    told = operator.told("ledger", "verify", "--checkpoint", kept)
    assert told["findings"] == []
    assert told["tree"] + told["waiting"] == told["entries"]

    chain = f"'custody/{exhibit}'"
    forced(
        operator,
        f"DELETE FROM ledger_entries WHERE chain = {chain} AND position = 2",  # noqa: S608 - our own words
        f"UPDATE ledger_heads SET position = 1 WHERE chain = {chain}",  # noqa: S608 - our own words
    )
    found = operator.told("ledger", "verify", code=1)["findings"]
    assert any(f"(custody/{exhibit}, entry 2): the entry is missing" in one for one in found)


def test_an_old_copy_of_the_database_signs_nothing_and_verify_says_since_where(copy, tmp_path):
    operator, _case, _exhibit = copy
    operator.run("ledger", "checkpoint")
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(operator.instance / "probanda.db")) as now, closing(sqlite3.connect(old)) as then:
        now.backup(then)
    operator.open_case("ana", "Another")
    operator.run("ledger", "checkpoint", "-o", tmp_path / "newest.note")

    for leftover in operator.instance.glob("probanda.db*"):
        leftover.unlink()
    shutil.copy(old, operator.instance / "probanda.db")
    operator.open_case("ana", "Something else")
    assert "WouldFork" in operator.refused(2, "ledger", "checkpoint")
    assert operator.told("ledger", "verify", code=1)["findings"]

    # Also where the memory came back with the old copy, once it is held against what was kept elsewhere.
    (operator.instance / "log.memory").unlink()
    assert "--remember" in operator.refused(2, "ledger", "checkpoint")
    assert "WouldFork" in operator.refused(2, "ledger", "checkpoint", "--remember", tmp_path / "newest.note")
    assert operator.told("ledger", "verify", "--checkpoint", tmp_path / "newest.note", code=1)["findings"]


KILLED = """
import os, signal, sys
from core import db
from core.ledger import tree
engine = db.connect(sys.argv[1])
begin = db.sessions(engine).begin
step = int(sys.argv[2])
with begin() as session:
    tree.sequence(session, 3)
with begin() as session:
    tree.sequence(session, 3)
    if step:
        session.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("step", [0, 1])
def test_a_sequencer_killed_in_the_middle_leaves_a_whole_tree_and_the_next_one_goes_on(database_url, tmp_path, step):
    operator = operators.at(tmp_path / "instance", "--database", database_url)
    for name in ("ana", "bo", "cy", "di"):
        operator.hire(name, "investigator")
    before = operator.told("ledger", "verify")
    assert before["waiting"] >= 4
    said = subprocess.run([sys.executable, "-c", KILLED, database_url, str(step)], check=False, timeout=60)
    assert said.returncode == -9

    after = operator.told("ledger", "verify")
    assert after["findings"] == []
    assert after["tree"] == before["tree"] + 3
    operator.run("ledger", "checkpoint")
    last = operator.told("ledger", "verify")
    assert last["findings"] == []
    assert last["tree"] >= before["entries"]
