"""The whole main job from the command line, on the embedded default and on PostgreSQL with Elasticsearch."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import makers

ROOT = Path(__file__).parents[2]


def run(*words, **more):
    """Our own command line as a stranger runs it."""
    command = [sys.executable, "-m", "app.cli", *map(str, words)]
    return subprocess.run(
        command, cwd=ROOT, env=makers.environment(**more), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The sample case played through once: the instance, what was said, and the bundle."""
    instance = tmp_path_factory.mktemp("demo") / "instance"
    said = run("--instance", instance, "demo", "--no-serve")
    assert said.returncode == 0, said.stdout + said.stderr
    (bundle,) = [path for path in (instance / "demo").iterdir() if path.is_dir()]
    return instance, said.stdout, bundle


def test_it_says_what_it_did_and_how_to_sign_in(played):
    _instance, said, _bundle = played

    assert "announced 12 = stored 12 + refused 0 + waiting 0" in said
    assert "ALL HOLDS" in said
    for name in ("ines", "petra", "aude"):
        assert f"sign in at http://127.0.0.1:8000 as {name} with" in said


def test_the_number_and_the_account_are_found_in_both_cases(played):
    _instance, said, _bundle = played
    number, account = said.split("ines searches for ")[1:3]

    for part in (number, account):
        assert "[2026-OP-014]" in part
        assert "[2026-OP-019]" in part


def test_a_stranger_verifies_the_bundle_with_python_alone(played, tmp_path):
    _instance, _said, bundle = played
    checked = subprocess.run(
        [sys.executable, "-I", "-S", bundle / "verify.py"], cwd=tmp_path, capture_output=True, check=False
    )

    assert checked.returncode == 0
    assert bundle.with_suffix(".verification.txt").read_bytes().strip() == checked.stdout.strip()


def test_an_independent_program_validates_the_bag(played):
    checked = subprocess.run(
        [Path(sys.executable).parent / "bagit.py", "--validate", played[2]], capture_output=True, check=False
    )

    assert checked.returncode == 0, checked.stderr


def test_the_dossier_is_pdf_a_3b(played, verapdf):
    verdict = verapdf(played[2] / "data" / "dossier.pdf", "3b")

    assert verdict.passed, verdict.failures


def test_no_protected_name_stands_anywhere_in_the_bundle(played):
    text = subprocess.run(
        ["pdftotext", played[2] / "data" / "dossier.pdf", "-"], capture_output=True, check=True
    ).stdout
    held = {path: path.read_bytes() for path in played[2].rglob("*") if path.is_file()} | {"the dossier's text": text}

    for name in ("Tesfay", "Tesfai", "ሰላም"):
        assert not [path for path, data in held.items() if name.encode() in data], name


def test_ledger_vault_and_index_hold_afterwards(played):
    for words in (("ledger", "verify"), ("vault", "check"), ("index", "check")):
        said = run("--instance", played[0], *words)
        assert said.returncode == 0, said.stdout + said.stderr


def test_the_same_job_runs_on_postgresql_with_elasticsearch(tmp_path, postgres_url, elasticsearch_url, index_prefix):
    instance = tmp_path / "instance"
    settings = {"PROBANDA_INDEX_PREFIX": index_prefix}
    made = run("--instance", instance, "init", "--database", postgres_url, "--index", elasticsearch_url, **settings)
    assert made.returncode == 0, made.stdout + made.stderr

    said = run("--instance", instance, "demo", "--no-serve", **settings)

    assert said.returncode == 0, said.stdout + said.stderr
    assert "14 hits in 6 exhibits; searched 2 cases" in said.stdout
    assert "ALL HOLDS" in said.stdout
    for words in (("ledger", "verify"), ("vault", "check"), ("index", "check")):
        assert run("--instance", instance, *words, **settings).returncode == 0
