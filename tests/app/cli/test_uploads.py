"""Uploads and receipts by the command line: a sheet without a server, a courier's disk, a look, an end, a check."""

import hashlib
import json
from uuid import UUID

from app import create_app, uploading
from app.wiring import services, transaction
from core import accounts
from core.config import MIB
from evidence.uploads import sheets
from tests.operators import Operator

CONTENT = bytes(range(256)) * (3 * MIB // 256) + b"the rest"


def sheet_of(operator, path, folder):
    return operator.told("upload", "sheet", path, "--part-mib", 1, "--key", folder / "key", "--by", "the laboratory")


def begun(operator, exhibit, text):
    """An upload, begun by its sheet as the API does it."""
    sheet = sheets.read(text)
    app = create_app(operator.instance)
    with app.app_context():
        with transaction() as session:
            ana = accounts.named(session, "ana").actor("test")
        made = uploading.begin(ana, UUID(exhibit), sheet.name, sheet.plan)
        services().index.close()
        services().engine.dispose()
    return str(made.id)


def test_a_sheet_is_made_where_there_is_no_deployment(tmp_path):
    (tmp_path / "image.E01").write_bytes(CONTENT)
    nowhere = Operator(tmp_path / "nothing")
    told = sheet_of(nowhere, tmp_path / "image.E01", tmp_path)
    read = sheets.read((tmp_path / "image.E01.sheet.json").read_text())

    assert (told["sha256"], told["parts"]) == (hashlib.sha256(CONTENT).hexdigest(), 4)
    assert read.plan.parts.hex()[:64] == hashlib.sha256(CONTENT[:MIB]).hexdigest()
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "nothing").exists()
    nowhere.refused(2, "upload", "sheet", tmp_path / "image.E01", "--key", tmp_path / "key")


def test_a_couriered_disk_is_taken_in_and_a_bad_part_of_it_is_named(desk, tmp_path):
    path = tmp_path / "image.E01"
    path.write_bytes(CONTENT)
    text = tmp_path / "image.E01.sheet.json"
    sheet_of(desk.operator, path, tmp_path)
    upload = begun(desk.operator, desk.exhibit, text.read_text())
    bad = tmp_path / "disk.E01"
    bad.write_bytes(CONTENT[:MIB] + b"!" + CONTENT[MIB + 1 :])

    first = desk.operator.told("upload", "ingest", upload, bad, "--as", "ana", code=1)
    looked = desk.operator.told("upload", "status", upload, "--as", "ana")
    second = desk.operator.told("upload", "ingest", upload, path, "--as", "ana")
    desk.operator.run("work", "--until-idle")
    after = desk.operator.told("upload", "status", upload, "--as", "ana")

    assert (first["taken"], len(first["refused"])) == (3, 1)
    assert "part 2" in first["refused"][0]
    assert (looked["missing"], second["taken"]) == ("2", 1)
    assert after["state"] == "stored"
    assert desk.operator.told("ledger", "verify")["findings"] == []


def test_an_upload_is_cancelled_with_a_reason(desk, tmp_path):
    (tmp_path / "other.E01").write_bytes(CONTENT)
    sheet_of(desk.operator, tmp_path / "other.E01", tmp_path)
    upload = begun(desk.operator, desk.exhibit, (tmp_path / "other.E01.sheet.json").read_text())

    desk.operator.refused(2, "upload", "cancel", upload, "--reason", " ", "--as", "ana")
    desk.operator.run("upload", "cancel", upload, "--reason", "wrong exhibit", "--as", "ana")
    assert desk.operator.told("upload", "status", upload, "--as", "ana")["state"] == "cancelled"
    desk.operator.refused(2, "upload", "ingest", upload, tmp_path / "other.E01", "--as", "ana")


def test_a_receipt_of_a_thing_is_checked_without_a_deployment(desk, tmp_path):
    for suffix in (".pdf", ".json"):
        paper = tmp_path / f"receipt{suffix}"
        made = desk.operator.told("receipt", "issue", desk.exhibit, "--language", "fa", "-o", paper, "--as", "ana")
        nowhere = Operator(tmp_path / "nothing")
        told = nowhere.told("receipt", "check", paper, "--key", made["key"])
        assert (told["sha256"], told["values"]["language"]) == (made["sha256"], "fa")
        nowhere.run("receipt", "check", paper, "--code", told["code"])
        nowhere.refused(1, "receipt", "check", paper, "--key", "0" * 16)
    changed = json.loads((tmp_path / "receipt.json").read_text())
    changed["statement"] = changed["statement"].replace('"files":', '"files":1')
    (tmp_path / "forged.json").write_text(json.dumps(changed))
    assert Operator(tmp_path / "nothing").run("receipt", "check", tmp_path / "forged.json", code=1)
    (tmp_path / "else.pdf").write_bytes(b"%PDF-1.7 nothing")
    Operator(tmp_path / "nothing").refused(2, "receipt", "check", tmp_path / "else.pdf")
