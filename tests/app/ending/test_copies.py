"""Copies that were made of what ends: dossiers in the house and outside, and backups that bring things back."""

import shutil
from uuid import UUID

import pytest

from app import exporting
from app.ending import carrying_out, replaying, verifying
from app.wiring import services, transaction
from cases.access import Duty
from core.ledger import entries as ledger
from evidence.ending import tombstones
from evidence.ending.rows import Scope, State
from evidence.ending.tombstones import TombstonesBroken
from evidence.files import File
from evidence.files import State as Standing
from exports import register
from exports.attestation import Attestation
from exports.dossier import Order
from exports.shelf import Shelved
from tests.app.ending.ending_office import MARK, Desk


@pytest.fixture
def dossier(ending):
    """A dossier that holds the exhibit, made, on the shelf and sent to a court."""
    pia = ending.actor("pia", "prosecution")
    order = Order(UUID(ending.case), (UUID(ending.exhibit),), "For the court", "prosecution", "the district court")
    made = exporting.ask(pia, order, later=False)
    exporting.make(pia, made)
    return made


def test_dossiers_that_hold_it_are_emptied_and_their_recipients_are_told_and_answer(ending, dossier):
    with transaction() as session:
        blob = services().vault.root / session.get_one(Shelved, dossier).blob
        assert ending.exhibit in str(session.get_one(Attestation, dossier).ends)
    order = ending.order(Scope.EXHIBITS, (ending.exhibit,))
    told = ending.office.call("sofia", "GET", f"/endings/{order.id}/reach").json
    assert told["recipients"] == [["the district court", "D1 version 1"]]
    ending.approve(order)
    ending.carry_out(order)

    assert ending.again(order.id).state == State.DONE, ending.jobs()
    assert not blob.exists()
    assert ending.office.call("pia", "GET", f"/dossiers/{dossier}").json["state"] == "expunged"
    assert ending.office.call("pia", "GET", f"/dossiers/{dossier}/pdf", purpose="prosecution").status_code == 409
    pages = Desk(ending, "pia")
    for page in (f"/dossiers/{dossier}", f"/cases/{ending.case}/dossiers"):
        assert pages.get(page).status_code == 200
        assert "expunged" in pages.get(page).text
    with transaction() as session:
        export = session.get_one(register.Export, dossier)
        assert export.sealed == b""
        assert set(export.versions["files"].values()) == {""}
        assert session.get(Attestation, dossier) is None, "the chains' names would tell which exhibits it held"
    (notice,) = ending.office.call("sofia", "GET", f"/endings/{order.id}").json["notices"]
    path = f"/endings/{order.id}/notices/{notice['id']}"
    assert ending.office.call("pia", "POST", f"{path}/answer", json={"reason": "too soon"}).status_code == 409
    assert ending.office.call("pia", "POST", f"{path}/sent").status_code == 200
    answered = ending.office.call("pia", "POST", f"{path}/answer", json={"reason": "kept in the court file"}).json
    assert answered["answer"] == "kept in the court file"


def test_a_restored_backup_gives_nothing_back_once_the_tombstones_are_replayed(ending):
    services().engine.dispose()
    kept = ending.folder.parent / "backup"
    shutil.copytree(ending.folder, kept)
    order = ending.end(Scope.EXHIBITS, (ending.exhibit,))
    newest = ending.folder.parent / "newest.jsonl"
    shutil.copyfile(carrying_out.stones_file(), newest)
    services().engine.dispose()
    services().index.close()
    for name in ("probanda.db", "probanda.db-wal", "probanda.db-shm"):
        (ending.folder / name).unlink(missing_ok=True)
        if (kept / name).exists():
            shutil.copyfile(kept / name, ending.folder / name)
    shutil.copytree(kept / "vault", ending.folder / "vault", dirs_exist_ok=True)
    with transaction() as session:
        back = session.get_one(File, UUID(ending.files["own"]))
        assert back.state == Standing.STORED, "the backup brought it back"

    done = replaying.replay(newest)

    assert (done.taken_in, done.destroyed) == (3, 3)
    with transaction() as session:
        gone = session.get_one(File, UUID(ending.files["own"]))
        assert (gone.state, gone.name, gone.wrapped_key) == (Standing.EXPUNGED, "expunged", b"")
        assert list(ledger.breaks(session)) == []
        assert len(tombstones.of_order(session, order.id)) == 3
    assert ending.hits(MARK) == 1
    again = replaying.replay(newest)
    assert (again.taken_in, again.destroyed) == (0, 0)


def test_restrictions_set_and_lifted_since_the_backup_are_set_and_lifted_again(ending):
    told = {"kind": "exhibit", "subject": ending.exhibit, "order_number": "3 Gs 4/26", "reason": "needed as evidence"}
    early = dict(told, kind="file", subject=ending.files["there"])
    ending.admit("sofia", ending.other, Duty.SUPERVISE)
    lifted = ending.office.call("sofia", "POST", f"/cases/{ending.other}/restrictions", json=early).json["id"]
    ending.office.work()
    kept = save(ending)
    made = ending.office.call("sofia", "POST", f"/cases/{ending.case}/restrictions", json=told).json
    wish = ending.office.call("sofia", "POST", f"/restrictions/{lifted}/lifting", json={"reason": "trial over"}).json
    ending.admit("sam", ending.other, Duty.SUPERVISE)
    path, word = f"/restrictions/proposals/{wish['id']}/decision", {"grants": True, "reason": "read"}
    assert ending.office.call("sam", "POST", path, json=word).status_code == 200
    ending.office.work()
    assert ending.hits(MARK) == 1
    assert "needed as evidence" not in carrying_out.stones_file().read_text()
    put_back(ending, kept)
    assert ending.office.call("ivo", "GET", f"/exhibits/{ending.exhibit}").status_code == 200, "the backup undid it"

    done = replaying.replay()

    assert (done.lines, done.taken_in, done.destroyed, done.restricted) == (3, 2, 0, 2)
    ending.office.work()
    assert ending.office.call("ivo", "GET", f"/exhibits/{ending.exhibit}").status_code == 404
    listed = ending.office.call("sofia", "GET", f"/cases/{ending.case}/restrictions").json["restrictions"]
    assert [(one["id"], one["order_number"], one["since"]) for one in listed] == [
        (made["id"], "3 Gs 4/26", made["since"])
    ]
    assert ending.hits(MARK) == 1
    assert replaying.replay().restricted == 0
    with transaction() as session:
        assert list(ledger.breaks(session)) == []


def save(ending):
    """A copy of the whole deployment."""
    services().engine.dispose()
    return shutil.copytree(ending.folder, ending.folder.parent / "backup")


def put_back(ending, kept):
    """The database of that copy in place of the present one; what lies beside it stays."""
    services().engine.dispose()
    for name in ("probanda.db", "probanda.db-wal", "probanda.db-shm"):
        (ending.folder / name).unlink(missing_ok=True)
        if (kept / name).exists():
            shutil.copyfile(kept / name, ending.folder / name)


def test_tombstones_that_were_tampered_with_are_replayed_not_at_all(ending):
    ending.end(Scope.FILES, (ending.files["own"],))
    path = carrying_out.stones_file()
    path.write_text(path.read_text().replace(ending.files["own"], ending.files["there"]))

    with pytest.raises(TombstonesBroken):
        replaying.replay()
    assert ending.office.call("ana", "GET", f"/files/{ending.files['there']}/content").status_code == 200


def test_remains_are_named_and_an_order_with_remains_is_not_done(ending, monkeypatch):
    monkeypatch.setattr("evidence.vault.Vault.discard", lambda _self, _name: 0)
    order = ending.order(Scope.FILES, (ending.files["own"],))
    ending.approve(order)
    carrying_out.begin(ending.actor("kurt"), order.id)
    ending.office.work()

    assert ending.again(order.id).state == State.RUNNING
    ((state, because),) = ending.jobs()
    assert state == "failed"
    assert "its sealed bytes are still in the vault" in because
    told = ending.office.call("aude", "GET", f"/endings/{order.id}/verification", purpose="audit").json
    assert [one for one in told["remains"] if "sealed bytes" in one]


def test_an_auditor_looks_for_a_word_in_every_tier_column_and_raw_file(ending):
    order = ending.end(Scope.EXHIBITS, (ending.exhibit,))
    report = verifying.verify(order.id, carrying_out.stones_file(), ["querfeldein", "shared.txt"])

    assert "files.name" in {str(one).split(":")[0] for one in report.remains}, "another case has a file of that name"
    assert any(line.startswith("word 1 in the raw files: nothing left") for line in report.checked)
