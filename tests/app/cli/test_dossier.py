"""Dossiers by the command line: made, listed, signed off, and checked by anyone with the folder alone."""

import json
import shutil
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def made(desk, tmp_path_factory):
    """What making the first dossier said."""
    place = tmp_path_factory.mktemp("court") / "bundle"
    return desk.operator.told("exports", "dossier", desk.case, "-o", place, "--purpose", "prosecution", "--as", "paul")


def test_a_dossier_is_made_listed_and_checked_at_once(desk, made):
    listed = desk.operator.told("exports", "list", desk.case, "--as", "paul")

    assert made["findings"] == []
    assert made["pages"] > 0
    first = next(one for one in listed if one["id"] == made["export"])
    assert (first["dossier"], first["state"], first["asked_by"]) == ("D1", "made", "paul")
    assert first["asked_at"].endswith("Z")
    assert made["digests"].items() <= first["digests"].items()
    assert "D1" in desk.operator.run("exports", "list", desk.case, "--as", "sue").stdout


def test_the_bundle_holds_by_our_own_verifier_and_by_the_one_that_lies_in_it(desk, made):
    told = desk.operator.told("verify", made["bundle"])
    assert (told["findings"], told["files"]) == ([], made["files"])
    assert "WRONG" not in desk.operator.run("verify", made["bundle"]).stdout

    alone = subprocess.run([sys.executable, "-I", "verify.py"], cwd=made["bundle"], capture_output=True, check=False)
    assert alone.returncode == 0


def test_the_wrong_key_is_a_finding(desk, made):
    told = desk.operator.told("verify", made["bundle"], "--key", "00" * 32, code=1)

    assert "key.pub" in json.dumps(told["findings"])


def test_one_flipped_byte_anywhere_in_a_bundle_is_found_and_the_file_named(desk, made, tmp_path):
    bundle = tmp_path / "bundle"
    shutil.copytree(made["bundle"], bundle)
    names = [path for path in sorted(bundle.rglob("*")) if path.is_file()]
    assert len(names) == made["files"]
    for path in names:
        whole = path.read_bytes()
        if not whole:
            continue
        at = len(whole) // 2
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        said = desk.operator.run("verify", bundle, code=1).stdout
        path.write_bytes(whole)
        assert f"WRONG  {path.relative_to(bundle)}" in said
    desk.operator.run("verify", bundle)


def test_a_dossier_is_signed_off_by_a_second_person_only(desk, made):
    sign = ("exports", "sign", made["export"], "--purpose", "prosecution", "--as")

    assert "NotASecondPerson" in desk.operator.refused(3, *sign, "paul")
    assert "sue" in desk.operator.run(*sign, "sue", "--words", "read and agreed").stdout
    desk.operator.refused(2, *sign, "sue")
    desk.operator.refused(2, "exports", "sign", "nonsense", "--purpose", "prosecution", "--as", "sue")


def test_a_place_that_is_taken_is_refused_before_anything_is_put_on_record(desk, made):
    before = desk.operator.told("exports", "list", desk.case, "--as", "paul")
    dossier = ("exports", "dossier", desk.case, "--purpose", "prosecution", "--as", "paul", "-o")

    assert "BundleExists" in desk.operator.refused(2, *dossier, made["bundle"])
    assert desk.operator.told("exports", "list", desk.case, "--as", "paul") == before


def test_a_dossier_that_may_not_or_cannot_be_made_leaves_no_folder(desk, made, tmp_path):
    dossier = ("exports", "dossier", desk.case, "-o", tmp_path / "bundle")

    assert "NotYourDuty" in desk.operator.refused(3, *dossier, "--purpose", "prosecution", "--as", "ana")
    desk.operator.refused(2, *dossier, "--as", "paul")
    purposeful = (*dossier, "--purpose", "prosecution", "--as", "paul")
    desk.operator.refused(2, *purposeful, "--exhibit", "nonsense")
    desk.operator.refused(2, *purposeful, "--next-of", "D99")
    desk.operator.refused(2, "exports", "dossier", "nonsense", *purposeful[3:])
    assert list(tmp_path.iterdir()) == []


def test_a_dossier_whose_place_cannot_be_written_is_on_record_as_not_made(desk, made, tmp_path):
    (tmp_path / "file").write_text("no folder")
    place = tmp_path / "file" / "bundle"

    desk.operator.refused(4, "exports", "dossier", desk.case, "-o", place, "--purpose", "prosecution", "--as", "paul")
    newest = desk.operator.told("exports", "list", desk.case, "--as", "paul")[0]
    assert newest["state"] == "failed"
    assert newest["because"]


def test_what_is_no_bundle_is_said_so(desk, tmp_path):
    assert "missing" in desk.operator.run("verify", tmp_path, code=1).stdout
    desk.operator.refused(2, "verify", tmp_path / "none")
    (tmp_path / "file").write_text("x")
    desk.operator.refused(2, "verify", tmp_path / "file")
