"""Whatever is wrong with folder, settings, keys or database: one sentence, the right exit code, and no trace."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests import makers
from tests.app.cli.test_care import ROOT
from tests.operators import Operator

COMMANDS = (
    ("users", "list"),
    ("cases", "list", "--as", "ana"),
    ("work", "--until-idle"),
    ("search", "x", "--purpose", "audit", "--as", "ana"),
    ("ledger", "verify"),
    ("vault", "check"),
    ("index", "check"),
    ("serve",),
)


def every_command_is_refused(operator, code):
    said = {operator.refused(code, *words).strip() for words in COMMANDS}
    assert len(said) == 1
    return said.pop()


@pytest.mark.parametrize("place", ["missing", "file", "file/below", "empty"])
def test_a_folder_without_a_deployment_is_said_to_be_one(tmp_path, place):
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()

    assert "holds no deployment" in every_command_is_refused(Operator(tmp_path / place), 2)


def test_a_deployment_is_not_made_where_no_folder_can_be(tmp_path):
    (tmp_path / "file").write_text("x")

    for place in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 300)):
        assert "NoSuchPlace" in Operator(place).refused(2, "init")


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can act as somebody else")
def test_a_folder_that_may_not_be_written_is_unavailable(operator, tmp_path):
    way = [tmp_path, *list(tmp_path.parents)[:2]]
    modes = [folder.stat().st_mode for folder in way]
    for folder in way:
        folder.chmod(0o755)
    # As an account without rights, in this process: the program's own files may not be readable to it elsewhere.
    os.seteuid(65_534)
    try:
        assert "PlaceOutOfReach" in Operator(tmp_path / "new").refused(4, "init")
        for words in COMMANDS:
            operator.refused(4, *words)
    finally:
        os.seteuid(0)
        for folder, mode in zip(way, modes, strict=True):
            folder.chmod(mode)
    assert operator.told("users", "list") == []


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (b"= = =", "TOML"),
        (b"\xff\xfe", "TOML"),
        (b"limits = 3", "limits"),
        (b'nonsense = 1\nidle_minutes = "x"', "nonsense"),
        (b'database_url = "nonsense"', "database_url"),
        (b'database_url = "mysql://x/y"', "mysql"),
        (b'database_url = "postgresql://host:port/x"', "database_url"),
        (b'database_url = "postgresql://nobody@127.0.0.1:1/x"', "database"),
        (b'database_url = "sqlite:////no/such/folder/x.db"', "database"),
        (b'index_url = "nonsense"', "index_url"),
        (b'index_url = "http://"', "index_url"),
    ],
)
def test_settings_that_cannot_be_used_are_named(operator, settings, reason):
    (operator.instance / "config.toml").write_bytes(settings)

    assert reason in every_command_is_refused(operator, 4)


def test_a_folder_in_place_of_the_settings_is_said_so(operator):
    (operator.instance / "config.toml").mkdir()

    assert "config.toml" in every_command_is_refused(operator, 4)


@pytest.mark.parametrize(
    "option",
    [
        ("--database", "nonsense"),
        ("--database", "sqlite:///:memory:"),
        ("--database", "postgresql://nobody@127.0.0.1:1/x"),
        ("--index", "nonsense"),
    ],
)
def test_an_init_that_fails_leaves_nothing_that_stands_in_the_way_of_the_next(tmp_path, option):
    operator = Operator(tmp_path / "instance")

    operator.refused(4, "init", *option)
    operator.run("init", "--office", "Kassel")
    assert operator.told("users", "list") == []


def test_init_writes_over_no_settings(tmp_path):
    (tmp_path / "config.toml").write_text('office = "Kassel"\n')

    assert "SettingsThere" in Operator(tmp_path).refused(2, "init", "--office", "Berlin")
    Operator(tmp_path).run("init")
    assert makers.config(tmp_path).office == "Kassel"


@pytest.mark.parametrize("name", ["master.key", "signing.key"])
def test_a_key_that_is_missing_foreign_or_open_is_unavailable(operator, pristine, tmp_path, name):
    key = operator.instance / "keys" / name
    whole = key.read_bytes()

    key.unlink()
    assert name in every_command_is_refused(operator, 4)
    for wrong in (b"", whole[:-1], whole + b"x", bytes(len(whole))):
        key.write_bytes(wrong)
        key.chmod(0o600)
        operator.refused(4, "users", "list")
    key.write_bytes(whole)
    key.chmod(0o644)
    assert "chmod 600" in operator.refused(4, "users", "list")
    key.chmod(0o600)
    assert operator.told("users", "list") == []


def test_tables_of_an_older_or_a_later_form_are_refused_before_anything_is_read(operator):
    with closing(sqlite3.connect(operator.instance / "probanda.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = 'another'")
        database.commit()

    assert "upgrade" in every_command_is_refused(operator, 4)
    assert "OldTables" in operator.refused(4, "upgrade")


@pytest.mark.parametrize(
    ("instead", "because"), [(b"", "OldTables"), (b"not a database" * 100, "DatabaseAway"), (None, "DatabaseAway")]
)
def test_a_database_that_is_none_is_unavailable(operator, instead, because):
    for path in operator.instance.glob("probanda.db*"):
        path.unlink()
    if instead is None:
        (operator.instance / "probanda.db").mkdir()
    else:
        (operator.instance / "probanda.db").write_bytes(instead)

    assert because in every_command_is_refused(operator, 4)


@pytest.mark.parametrize("left", ["an empty folder, as of a disk that is not mounted", "nothing"])
def test_a_vault_that_is_not_there_freezes_nothing(desk, tmp_path, left):
    operator = Operator(shutil.copytree(desk.operator.instance, tmp_path / "instance"))
    shutil.move(operator.instance / "vault", tmp_path / "elsewhere")
    if left != "nothing":
        (operator.instance / "vault").mkdir()
    get = ("evidence", "get", desk.files["note.txt"], "--purpose", "audit", "-o", tmp_path / "out", "--as", "ana")

    found = operator.told("vault", "check", code=1)["findings"]
    assert found
    assert all("is its disk mounted?" in one for one in found)
    assert "VaultOutOfReach" in operator.refused(4, *get)
    shutil.rmtree(operator.instance / "vault", ignore_errors=True)
    shutil.move(tmp_path / "elsewhere", operator.instance / "vault")
    assert operator.told("vault", "check")["findings"] == []
    operator.run(*get)


def test_blobs_that_are_gone_are_told_file_by_file_and_frozen(desk, tmp_path):
    operator = Operator(shutil.copytree(desk.operator.instance, tmp_path / "instance"))
    for path in (operator.instance / "vault").glob("[0-9a-f][0-9a-f]"):
        shutil.rmtree(path)
    get = ("evidence", "get", desk.files["note.txt"], "--purpose", "audit", "-o", tmp_path / "out", "--as", "ana")

    found = operator.told("vault", "check", code=1)["findings"]
    assert {one.partition(":")[0] for one in found} == {one for one in desk.files.values() if one}
    assert "Frozen" in operator.refused(2, *get)
    assert not (tmp_path / "out").exists()


def test_a_terminal_that_cannot_show_a_letter_is_told_apart_from_bad_input(operator):
    operator.hire("ana", "investigator")
    operator.open_case("ana", "ሰላም")
    command = [sys.executable, "-m", "app.cli", "--instance", operator.instance, "cases", "list", "--as", "ana"]
    environ = makers.environment(PYTHONIOENCODING="latin-1")
    said = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)

    assert said.returncode == 2
    assert "terminal" in said.stderr
    assert "Traceback" not in said.stderr
