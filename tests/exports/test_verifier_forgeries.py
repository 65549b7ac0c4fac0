"""A forger who makes every list, table and signature fit again, and a bundle that is made to hurt whoever checks it."""

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bagit
import pytest
import rfc8785

from core.errors import Unavailable
from exports import verification, verifier
from tests.exports import bundles

OFFICE = bundles.signer()
FORGER = bundles.signer(b"\x66" * 32)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A bundle that a test may spoil."""
    folder = tmp_path / "bundle"
    bundles.made(folder)
    return folder


def said(folder: Path, key: str = "") -> list[str]:
    """What the verifier says, file and words on one line."""
    return [f"{finding.file}: {finding.says}" for finding in verifier.check(str(folder), key).findings]


def altered(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Alter the dossier and make all the rest fit, signed by the forger."""
    document = bundles.document(folder)
    change(document)
    bundles.forged(folder, document)


def rewrite(entry: dict[str, Any], **record: str) -> None:
    """Rewrite the exact text of a custody entry and make its own digest fit."""
    held = json.loads(entry["body"])
    held["record"].update(record)
    entry["body"] = rfc8785.dumps(held).decode()
    entry["digest"] = hashlib.sha256(entry["body"].encode()).hexdigest()
    entry.update({"act": held["record"]["act"], "recorded_at": held["record"]["at"]})


# --- The forger -----------------------------------------------------------------------------------------------------


def test_a_forgery_that_fits_in_every_part_is_found_by_the_key_of_the_office(mine: Path) -> None:
    altered(mine, lambda document: document["exhibits"][0].update(description="nothing of interest"))

    assert said(mine) == []
    for key in (OFFICE.public.hex(), hashlib.sha256(OFFICE.public).hexdigest()):
        assert said(mine, key) == ["signature/key.pub: is not the key that you gave: somebody else signed this bundle"]


def test_the_key_of_the_office_is_taken_as_key_or_fingerprint_however_it_is_written(mine: Path) -> None:
    fingerprint = hashlib.sha256(OFFICE.public).hexdigest()

    for key in (OFFICE.public.hex(), fingerprint, fingerprint.upper(), ":".join(fingerprint)):
        assert said(mine, key) == []


def test_an_altered_custody_text_breaks_its_chain_even_when_signed_anew(mine: Path) -> None:
    altered(mine, lambda document: rewrite(document["exhibits"][0]["custody"][1], act="return"))

    assert any("entry 3 of the custody of E1 does not follow the entry before it" in one for one in said(mine))


def test_an_altered_custody_text_without_its_digest_is_named(mine: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        entry = document["exhibits"][0]["custody"][1]
        entry["body"] = entry["body"].replace("schön", "schoen")

    altered(mine, change)

    assert said(mine) == [
        "data/records/custody.jsonl: entry 2 of the custody of E1 is not the text that its digest was made from"
    ]


def test_a_custody_entry_taken_out_of_the_middle_is_named(mine: Path) -> None:
    altered(mine, lambda document: document["exhibits"][0]["custody"].pop(1))

    assert any("entry 2 of the custody of E1 is missing" in one for one in said(mine))


def test_custody_entries_that_changed_places_are_named(mine: Path) -> None:
    altered(mine, lambda document: document["exhibits"][0]["custody"].reverse())

    assert any("entry 1 of the custody of E1" in one for one in said(mine))


def test_a_chain_cut_at_its_end_is_found_by_the_signed_end_of_the_chain(mine: Path) -> None:
    document = bundles.document(mine)
    statement = (mine / verifier.STATEMENT).read_bytes()
    signature = (mine / verifier.SIGNATURE).read_bytes()
    document["exhibits"][0]["custody"].pop()
    bundles.forged(mine, document, OFFICE)
    (mine / verifier.STATEMENT).write_bytes(statement)
    (mine / verifier.SIGNATURE).write_bytes(signature)

    assert "data/records/dossier.json: is not what was signed: the statement says otherwise" in said(mine)


def test_the_custody_of_another_exhibit_is_not_taken_for_this_one(mine: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        document["exhibits"][1]["custody"] = document["exhibits"][0]["custody"]

    altered(mine, change)

    assert any("of E2 belongs to another exhibit" in one for one in said(mine))


def test_a_custody_story_that_is_not_the_one_written_down_is_named(mine: Path) -> None:
    altered(mine, lambda document: document["exhibits"][0]["custody"][1].update(act="return"))

    assert any("entry 2 of the custody of E1 is told otherwise" in one for one in said(mine))


def test_a_withheld_custody_text_keeps_its_place_in_the_chain(mine: Path) -> None:
    altered(mine, lambda document: document["exhibits"][0]["custody"][1].update(body="", note="a protected name"))
    report = verifier.check(str(mine))

    assert report.findings == []
    assert "the text of 1 is withheld" in report.exhibits[0]


def test_another_digest_for_a_withheld_custody_text_breaks_the_chain(mine: Path) -> None:
    altered(mine, lambda document: document["exhibits"][0]["custody"][1].update(body="", digest="0" * 64))

    assert any("entry 3 of the custody of E1 does not follow" in one for one in said(mine))


def test_an_original_with_other_digests_than_the_dossier_is_named_even_when_listed_anew(mine: Path) -> None:
    (mine / "data/originals/E1/E1.1.txt").write_bytes(b"+49 30 901820 called never\n")
    bundles.forged(mine, bundles.document(mine))

    assert said(mine) == ["data/originals/E1/E1.1.txt: is not E1.1 as it was recorded: its size or digest is another"]


@pytest.mark.parametrize(
    "table", ["exhibits.csv", "hashes.csv", "custody.csv", "money.csv", "hashes.json", "custody.jsonl"]
)
def test_a_table_that_says_other_than_the_dossier_is_named_even_when_signed_anew(mine: Path, table: str) -> None:
    path = mine / "data/records" / table
    path.write_bytes(path.read_bytes().replace(b"E1", b"E7", 1) if b"E1" in path.read_bytes() else b"{}\n")
    size = sum(one.stat().st_size for one in (mine / "data").rglob("*") if one.is_file())
    info = mine / "bag-info.txt"
    info.write_text("".join(f"{one}\n" for one in info.read_text().splitlines()[:-1]) + f"Payload-Oxum: {size}.10\n")
    bundles.resealed(mine, FORGER)

    assert [one.partition(" (")[0] for one in said(mine)] == [
        f"data/records/{table}: does not say what data/records/dossier.json says"
    ]


def test_a_wrong_amount_in_bag_info_is_named(mine: Path) -> None:
    info = mine / "bag-info.txt"
    info.write_text(info.read_text().replace("Payload-Oxum: ", "Payload-Oxum: 1"))
    bundles.resealed(mine, FORGER)

    assert [one.partition(":")[0] for one in said(mine)] == ["bag-info.txt"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b'{"dossier":[],"format":"probanda-dossier/1"}',
        b'{"dossier":{"cover":{},"exhibits":[{}],"schedules":[]},"format":"probanda-dossier/1"}',
        b'{"dossier":{"cover":3,"exhibits":{"a":1},"schedules":7},"format":"probanda-dossier/1"}',
        b'{"dossier":' + b"[" * 100_000 + b"]" * 100_000 + b',"format":"probanda-dossier/1"}',
        b'{"dossier":{"cover":' + b"9" * 100_000 + b'},"format":"probanda-dossier/1"}',
        b'{"dossier":{"cover":1e400},"format":"probanda-dossier/1"}',
        b'{"dossier":{"cover":NaN},"format":"probanda-dossier/1"}',
        b'{"dossier":{},"dossier":{},"format":"probanda-dossier/1"}',
        b'{"dossier":{"cover":"\\ud800"},"format":"probanda-dossier/1"}',
        b"\xff\xfe",
    ],
)  # fmt: skip
def test_a_dossier_of_any_other_shape_is_a_finding_and_not_an_accident(mine: Path, text: bytes) -> None:
    (mine / verifier.DOSSIER).write_bytes(text)

    assert any(one.startswith("data/records/dossier.json: ") for one in said(mine))


@pytest.mark.parametrize("name", ["README.txt", "data/originals/E1/E1.1.txt", "signature/key.pub", "verify.py"])
def test_a_link_in_place_of_a_file_is_not_followed(mine: Path, tmp_path: Path, name: str) -> None:
    shutil.move(mine / name, tmp_path / "outside")
    (mine / name).symlink_to(tmp_path / "outside")

    assert f"{name}: is not a plain file but a link or a device; it was not opened" in said(mine)


def test_a_link_to_a_folder_is_not_followed(mine: Path, tmp_path: Path) -> None:
    shutil.move(mine / "data/originals", tmp_path / "outside")
    (mine / "data/originals").symlink_to(tmp_path / "outside")

    assert "data/originals: is not a plain file but a link or a device; it was not opened" in said(mine)


def test_a_pipe_is_not_opened(mine: Path) -> None:
    os.mkfifo(mine / "data/pipe")

    assert "data/pipe: is not a plain file but a link or a device; it was not opened" in said(mine)


@pytest.mark.parametrize(
    "name",
    [
        "../outside", "/etc/passwd", "data/../../outside", "~/x", "data/%41", "data\\x", "./bagit.txt", "data//x",
        "data/x\ty", "data/" + "a/" * 40 + "b", unicodedata.normalize("NFD", "data/é"), "C:/x", "data/..", ".",
    ],
)  # fmt: skip
def test_a_listed_name_that_leads_elsewhere_is_refused_by_line(mine: Path, name: str) -> None:
    (mine / "manifest-sha256.txt").write_text(f"{'0' * 64}  {name}\n")
    found = said(mine)

    assert any(one.startswith("manifest-sha256.txt: line 1") for one in found)
    assert not any("passwd" in one.partition(": ")[0] for one in found)


@pytest.mark.parametrize(
    ("more", "because"),
    [
        ("{line}", "is listed twice"),
        ("{digest}  DATA/dossier.pdf", "differs from data/dossier.pdf only in its spelling"),
        ("{digest} *data/x", "is not a digest, two spaces and a name"),
        ("{upper}  data/x", "is not a digest, two spaces and a name"),
        ("{digest}  data/x\r", "is not a digest, two spaces and a name"),
    ],
)
def test_a_list_in_any_other_form_is_refused(mine: Path, more: str, because: str) -> None:
    path = mine / "manifest-sha256.txt"
    line = path.read_text().splitlines()[0]
    digest = line.partition(" ")[0]
    with path.open("a", newline="") as file:
        file.write(more.format(line=line, digest=digest, upper="A" * 64) + "\n")

    assert any(one.startswith("manifest-sha256.txt: line ") and because in one for one in said(mine))


def test_a_file_name_that_no_bundle_may_hold_is_shown_without_its_tricks(mine: Path) -> None:
    (mine / "data" / "a\u202e\x1b[2Jb").write_bytes(b"x")
    report = verifier.check(str(mine))
    printed = "\n".join(verifier.words(report))

    assert report.code == 1
    assert "\\u{202E}\\u{1B}[2J" in printed
    assert "\x1b" not in printed
    assert "\u202e" not in printed


def test_nothing_to_read_is_said_and_is_not_a_finding(tmp_path: Path) -> None:
    assert verifier.main([str(tmp_path / "absent")]) == 2
    (tmp_path / "file").write_bytes(b"")
    assert verifier.main([str(tmp_path / "file")]) == 2
    with pytest.raises(Unavailable):
        verification.verify(tmp_path / "absent")


# --- Other programs, and the suite of the Library of Congress --------------------------------------------------------


def test_the_bagit_program_agrees(mine: Path) -> None:
    assert bagit.Bag(str(mine)).is_valid()

    (mine / "data/originals/E1/E1.1.txt").write_bytes(b"other")
    assert not bagit.Bag(str(mine)).is_valid()


def test_every_bag_of_the_conformance_suite_is_judged_without_an_accident(corpus: Path) -> None:
    bags = [path.parent for path in (corpus / "standards_bagit").rglob("manifest-*.txt")]

    assert len(bags) > 20
    for bag in bags:
        report = verifier.check(str(bag))
        assert report.code == 1
        assert all(finding.says for finding in report.findings)


def test_the_vectors_of_wycheproof_agree_with_our_signature_check(corpus: Path) -> None:
    held = json.loads((corpus / "standards_crypto/ed25519_test.json").read_text())
    disagreeing = []
    for group in held["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for vector in group["tests"]:
            try:
                verifier.check_signature(key, bytes.fromhex(vector["msg"]), bytes.fromhex(vector["sig"]))
                result = "valid"
            except verifier.Wrong:
                result = "invalid"
            if result != vector["result"]:
                disagreeing.append(vector["tcId"])

    assert disagreeing == []


@pytest.mark.parametrize(
    "key",
    [
        b"\0" * 32,
        b"\1" + b"\0" * 31,
        b"\1" + b"\0" * 30 + b"\x80",
        b"\xff" * 32,
        (verifier.P + 1).to_bytes(32, "little"),
        b"short",
    ],
)
def test_keys_of_small_order_or_in_another_form_sign_nothing(key: bytes) -> None:
    with pytest.raises(verifier.Wrong):
        verifier.check_signature(key, b"anything", b"\1" + b"\0" * 63)


# --- By itself ------------------------------------------------------------------------------------------------------


def alone(folder: Path, *words: str, script: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run verify.py as a stranger does: isolated, without installed packages, with an empty environment."""
    command = [sys.executable, "-I", "-S", str(script or folder / "verify.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, env={}, cwd="/", check=False, timeout=60)


def test_the_bundle_checks_itself_on_the_standard_library_alone(mine: Path) -> None:
    ran = alone(mine, "--key", hashlib.sha256(OFFICE.public).hexdigest())

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.endswith("ALL HOLDS.\n")
    assert "E1, a telephone" in ran.stdout
    assert "the record leaves a gap: offered, not yet accepted" in ran.stdout
    assert hashlib.sha256(OFFICE.public).hexdigest() in ran.stdout
    assert "What it cannot show" in ran.stdout


def test_the_report_for_machines_names_the_same_findings(mine: Path) -> None:
    (mine / "data/dossier.pdf").write_bytes(b"%PDF-1.7 another\n")
    ran = alone(mine, "--json")
    told = json.loads(ran.stdout)

    assert ran.returncode == 1
    assert told["holds"] is False
    assert {one["file"] for one in told["findings"]} == {"bag-info.txt", "data/dossier.pdf"}


def test_a_verifier_that_no_longer_runs_is_named_by_our_own_copy(mine: Path) -> None:
    (mine / "verify.py").write_text("print('ALL HOLDS.')\n")

    assert alone(mine).returncode == 0
    assert {one.file for one in verification.verify(mine).findings} == {"verify.py"}
    assert alone(mine, str(mine), script=Path(verifier.__file__)).returncode == 1


def dotted(node: ast.Attribute) -> str:
    return f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else ""


def test_the_verifier_imports_nothing_but_the_standard_library_and_writes_nothing(mine: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in mine.rglob("*")}
    tree = ast.parse((mine / "verify.py").read_text("utf-8"), feature_version=(3, 9))
    used = {name.name.partition(".")[0] for one in ast.walk(tree) if isinstance(one, ast.Import) for name in one.names}
    used |= {str(one.module).partition(".")[0] for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
    alone(mine)

    assert used <= set(sys.stdlib_module_names)
    assert not used & {"socket", "ssl", "urllib", "http", "ctypes"}
    started = [
        one for one in ast.walk(tree) if isinstance(one, ast.Attribute) and dotted(one).startswith("subprocess.")
    ]
    assert {dotted(one) for one in started} == {"subprocess.run", "subprocess.TimeoutExpired"}
    assert (mine / "verify.py").read_text("utf-8").count("shutil.which(") == 1
    assert {path: path.stat().st_mtime_ns for path in mine.rglob("*")} == before
