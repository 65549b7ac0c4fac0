"""What somebody with the machine's own rights changes behind the system's back is found by its checks, and named."""

import shutil
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

from core import db
from tests import operators
from tests.operators import Operator


@pytest.fixture
def copy(desk, tmp_path):
    """A deployment with evidence in it, which a test may spoil."""
    return Operator(shutil.copytree(desk.operator.instance, tmp_path / "instance"))


def blob_of(operator, file):
    with closing(sqlite3.connect(operator.instance / "probanda.db")) as database:
        row = database.execute("SELECT blob FROM files WHERE id = ?", (file.replace("-", ""),)).fetchone()
    return operator.instance / "vault" / row[0]


def spoil(path, change):
    """Change sealed bytes, which nobody may write by accident."""
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(change(whole))


# Whoever owns the database takes its guards off first.
UNGUARDED = {
    "sqlite": "DROP TRIGGER ledger_entries_no_update",
    "postgresql": "ALTER TABLE ledger_entries DISABLE TRIGGER USER",
}


@pytest.mark.parametrize(
    ("column", "value"),
    [("at", "'2020-01-01T00:00:00.000000Z'"), ("actor", "'eve:0'"), ("digest", "'00'"),
     ("body", "replace(body, 'ana', 'eve')")],
)  # fmt: skip
def test_a_ledger_row_changed_by_hand_is_found_and_named(database_url, tmp_path, column, value):
    operator = operators.at(tmp_path / "instance", "--database", database_url)
    operator.hire("ana", "investigator")
    case = operator.open_case("ana", "Sealed truck of ana")
    (tmp_path / "note.txt").write_text("x")
    exhibit = operator.hand_in("ana", case, tmp_path / "note.txt")["exhibit"]
    chain = f"custody/{exhibit}"
    assert operator.told("ledger", "verify")["findings"] == []

    engine = db.connect(database_url)
    changed = sa.text(f"UPDATE ledger_entries SET {column} = {value} WHERE chain = :chain AND position = 1")  # noqa: S608 - our own words
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="only ever added"):
        connection.execute(changed, {"chain": chain})
    with engine.begin() as connection:
        connection.execute(sa.text(UNGUARDED[engine.dialect.name]))
        assert connection.execute(changed, {"chain": chain}).rowcount == 1
    engine.dispose()

    found = operator.told("ledger", "verify", code=1)["findings"]
    assert found[0].startswith(f"{chain}, entry 1: ")
    assert f"{chain}, entry 1" in operator.run("ledger", "verify", code=1).stdout
    assert operator.told("ledger", "verify", "--chain", chain, code=1)["findings"] == found
    assert operator.told("ledger", "verify", "--chain", "access/house")["findings"] == []


@pytest.mark.parametrize(
    "change",
    [lambda whole: whole[:-1], lambda whole: whole + b"x",
     lambda whole: bytes([whole[0] ^ 1]) + whole[1:], lambda _whole: b""],
    ids=["cut", "extended", "flipped", "emptied"],
)  # fmt: skip
def test_a_blob_cut_by_one_byte_or_otherwise_changed_is_found_and_its_file_named(copy, desk, change):
    file = desk.files["note.txt"]
    spoil(blob_of(copy, file), change)

    found = copy.told("vault", "check", code=1)
    assert [one.partition(":")[0] for one in found["findings"]] == [file]
    assert found["files"] == 1
    assert file in copy.run("vault", "check", code=1).stdout


def test_a_blob_that_is_cut_is_not_handed_out_and_the_file_is_frozen(copy, desk, tmp_path):
    file = desk.files["note.txt"]
    spoil(blob_of(copy, file), lambda whole: whole[:-1])
    get = ("evidence", "get", file, "--purpose", "investigation", "-o", tmp_path / "out", "--as", "ana")

    assert "BlobDamaged" in copy.refused(1, *get)
    assert not (tmp_path / "out").exists()
    shown = copy.told("evidence", "show", desk.exhibit, "--as", "ana")["files"]
    assert {one["id"]: one["state"] for one in shown}[file] == "frozen"


def test_two_blobs_that_changed_places_are_both_found(copy, desk):
    one, other = (blob_of(copy, desk.files[name]) for name in ("note.txt", "nothing.txt"))
    first, second = one.read_bytes(), other.read_bytes()
    spoil(one, lambda _whole: second)
    spoil(other, lambda _whole: first)

    found = copy.told("vault", "check", code=1)["findings"]
    assert {line.partition(":")[0] for line in found} == {desk.files["note.txt"], desk.files["nothing.txt"]}


@pytest.mark.parametrize("change", ["blob", "row", "gone"])
def test_a_dossier_on_the_shelf_that_was_changed_is_found_and_named(shelved, tmp_path, change):
    operator = Operator(shutil.copytree(shelved[0].instance, tmp_path / "instance"))
    with closing(sqlite3.connect(operator.instance / "probanda.db")) as database:
        blob = database.execute("SELECT blob FROM shelved_dossiers").fetchone()[0]
        if change == "row":
            database.execute("UPDATE shelved_dossiers SET sha256 = ?", ("0" * 64,))
            database.commit()
    path = operator.instance / "vault" / blob
    if change == "blob":
        spoil(path, lambda whole: whole[:-1])
    if change == "gone":
        path.unlink()

    found = operator.told("vault", "check", code=1)["findings"]
    assert len(found) == 1
    assert found[0].startswith(f"dossier D1 version 1 ({shelved[1]}): ")
