"""A bundle carries its proofs: a stranger checks log, witness and time stamp with what it holds, and forgeries show."""

import io
import json
import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from app.outside import attesting
from app.outside.attesting import Attested
from app.wiring import services
from core.accounts import Role
from core.ledger import notes, proofs
from exports.bundle import Enclosed, Signer, write
from exports.contents import from_json
from tests import authorities
from tests.authorities import Responder, between, root, signer
from tests.offices import Office

E1 = "data/proofs/E1.tlog-proof"


@pytest.fixture
def office(watched):
    made = Office(watched.app)
    made.token("ana")
    made.token("paul", Role.PROSECUTOR)
    return made


@pytest.fixture
def exhibit(office):
    """An exhibit with a file, in a case that a prosecutor belongs to."""
    case = office.case("ana")
    office.call("ana", "POST", f"/cases/{case}/members", json={"user": "paul", "duty": "prosecute"})
    one = office.exhibit("ana", case)
    office.send("ana", one, b"call +49 30 23125 999 after the landing\n")
    office.call("ana", "POST", f"/exhibits/{one}/custody/store", json={"place": "shelf 4"})
    office.work()
    return case, one


def bundle(office, exhibit, folder) -> Path:
    """Order a dossier, have it made, and unpack what is given out."""
    case, one = exhibit
    told = {"exhibits": [one], "title": "For the court"}
    ordered = office.call("paul", "POST", f"/cases/{case}/dossiers", json=told, purpose="prosecution")
    assert ordered.status_code == 202, ordered.text
    assert office.work().failed == 0
    return unpack(office, ordered.json["id"], folder)


def unpack(office, export, folder) -> Path:
    answer = office.call("paul", "GET", f"/dossiers/{export}/bundle", purpose="prosecution")
    assert answer.status_code == 200, answer.text
    with tarfile.open(fileobj=io.BytesIO(answer.data)) as tar:
        tar.extractall(folder, filter="data")
    return next(folder.iterdir())


def check(folder, *words, code=0):
    """Run the bundle's own verifier as a stranger would."""
    command = [sys.executable, "-I", str(folder / "verify.py"), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def wrong(folder, *words):
    return {one["file"] for one in json.loads(check(folder, *words, "--json", code=1))["findings"]}


def test_a_stranger_checks_log_witness_and_time_with_the_bundle_alone(watched, office, exhibit, tmp_path):
    folder = bundle(office, exhibit, tmp_path / "out")
    own, witness, root = watched.vkey(), str(watched.witness.key), watched.folder / "tsa-root.pem"

    said = " ".join(check(folder, "--log", own, "--witness", witness, "--root", root).split())

    assert "is signed by the log's key (compared with the one that you gave)" in said
    assert "Witnesses outside the office signed it: court.example/w1 at" in said
    assert "nothing was left out at its end" in said
    assert "data/proofs/checkpoint.txt existed at" in said
    assert "signature/statement.json existed at" in said
    assert "against the root that you gave" in said
    assert "ALL HOLDS" in said
    page = check(folder, "--explain", "E1")
    assert "Who had it, and when" in page
    assert "shelf 4" in page


def test_the_proof_of_an_exhibit_covers_its_last_entry_and_holds_for_another_checker(
    watched, office, exhibit, tmp_path
):
    folder = bundle(office, exhibit, tmp_path / "out")
    last = (folder / "data/records/custody.jsonl").read_bytes().splitlines()[-1]
    keys = [notes.read_vkey(watched.vkey())]

    proved = proofs.check((folder / E1).read_text(), last, keys, witnesses=[watched.witness.key])

    assert proved.checkpoint.size > proved.index


def test_a_version_has_the_same_bytes_however_often_it_is_given_out(office, exhibit, tmp_path):
    folder = bundle(office, exhibit, tmp_path / "one")
    export = office.call("paul", "GET", f"/cases/{exhibit[0]}/dossiers").json["exports"][0]["id"]
    office.call("ana", "POST", f"/exhibits/{exhibit[1]}/custody/store", json={"place": "shelf 9"})
    again = unpack(office, export, tmp_path / "two")

    def everything(root):
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    assert everything(folder) == everything(again)


@pytest.mark.parametrize("option", ["--log", "--witness"])
def test_another_log_or_witness_than_the_one_that_is_trusted_is_found(watched, office, exhibit, tmp_path, option):
    folder = bundle(office, exhibit, tmp_path / "out")
    other = notes.key("other.example/log" if option == "--log" else "other.example/w", bytes(range(32)),
                      1 if option == "--log" else 4)  # fmt: skip
    # These bytes are no point of the curve; a key that is one but signed nothing is found in the same way.
    assert {E1, "data/proofs/ends.json"} <= wrong(folder, option, str(other))


def test_another_root_of_time_is_found(watched, office, exhibit, tmp_path):
    folder = bundle(office, exhibit, tmp_path / "out")
    other = tmp_path / "other.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", tmp_path / "k", "-out", other,
                    "-subj", "/CN=other", "-days", "9"], check=True, capture_output=True)  # fmt: skip

    assert wrong(folder, "--root", other) == {"data/proofs/checkpoint.1.tsr", "signature/statement.1.tsr"}


PROOFS = ("ends.json", "ends.tlog-proof", "checkpoint.txt", "checkpoint.1.tsr", "keys.txt")


@pytest.mark.parametrize("name", [E1, *(f"data/proofs/{name}" for name in PROOFS)])
def test_each_changed_proof_is_named(office, exhibit, tmp_path, name):
    folder = bundle(office, exhibit, tmp_path / "out")
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)

    assert name in wrong(folder)


def test_a_time_stamp_of_another_statement_is_refused(office, exhibit, tmp_path):
    folder = bundle(office, exhibit, tmp_path / "out")
    shutil.copy(folder / "data/proofs/checkpoint.1.tsr", folder / "signature/statement.1.tsr")

    assert wrong(folder) == {"signature/statement.1.tsr"}


def test_what_was_said_of_the_signer_goes_with_the_stamp_and_openssl_reads_it(watched, office, exhibit, tmp_path):
    """A list of the issuer above, and an answer about the signer below it; whoever adds or changes one is found."""
    top = root()
    middle = between(top, revocations=f"{watched.authority.url}/ca.crl")
    own = signer(middle, answers=f"{watched.authority.url}/ocsp")
    (watched.folder / "tsa-root.pem").write_bytes(top.pem)
    watched.authority.stamp = authorities.Office(watched.tsa.folder / "said", own, chain=(middle,)).answer
    watched.authority.lists["/ca.crl"] = top.revoking(7)
    answering = Responder(watched.tsa.folder / "ocsp", middle)
    answering.knows(own)
    watched.authority.answers = answering.answer
    folder = bundle(office, exhibit, tmp_path / "out")
    answer, listed = (folder / f"data/proofs/checkpoint.1.{name}" for name in ("0.ocsp", "1.crl"))

    assert "lies in data/proofs/checkpoint.1.0.ocsp and data/proofs/checkpoint.1.1.crl" in " ".join(
        check(folder).split()
    )
    for name, one in (("own", own), ("middle", middle), ("top", top)):
        (tmp_path / f"{name}.pem").write_bytes(one.pem)
    told = openssl(tmp_path, "ocsp", "-respin", answer, "-issuer", "middle.pem", "-cert", "own.pem",
                   "-CAfile", "top.pem", "-verify_other", "middle.pem", "-partial_chain")  # fmt: skip
    assert "own.pem: good" in told
    assert "verify OK" in openssl(tmp_path, "crl", "-inform", "DER", "-in", listed, "-CAfile", "top.pem", "-noout")

    shutil.copy(answer, folder / "data/proofs/checkpoint.2.0.ocsp")
    assert "data/proofs/checkpoint.2.0.ocsp" in wrong(folder)
    (folder / "data/proofs/checkpoint.2.0.ocsp").unlink()
    answer.write_bytes(answer.read_bytes()[:-1] + b"x")
    assert wrong(folder) == {"data/proofs/checkpoint.1.0.ocsp"}


def openssl(folder, *words):
    done = subprocess.run(["openssl", *map(str, words)], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def shortened(folder, keyring, target) -> Path:
    """The same bundle made anew with the office's own key, without the last entry of its first exhibit."""
    whole = from_json((folder / "data/records/dossier.json").read_text())
    first, *others = whole.exhibits
    less = replace(whole, exhibits=(replace(first, custody=first.custody[:-1]), *others))
    proofs_ = {str(one.relative_to(folder)): one.read_bytes() for one in (folder / "data/proofs").iterdir()}
    given = [(one.original, [(folder / one.original).read_bytes()]) for one in whole.files() if one.original]
    signer = Signer(keyring.public, keyring.sign)
    write(target, less, (folder / "data/dossier.pdf").read_bytes(), given, signer, Enclosed(proofs_))
    return target


def test_an_entry_left_out_at_the_end_is_found_even_under_the_offices_own_key(watched, office, exhibit, tmp_path):
    folder = bundle(office, exhibit, tmp_path / "out")
    with watched.app.app_context():
        keyring = services().keyring

    forged = shortened(folder, keyring, tmp_path / "forged")

    assert wrong(forged) == {"data/records/custody.jsonl", E1}
    assert "some were left out or changed" in " ".join(check(forged, code=1).split())


def test_without_any_checkpoint_the_bundle_says_why_there_is_no_proof(watched, office, exhibit, tmp_path, monkeypatch):
    monkeypatch.setattr(attesting, "attest_now", partial(Attested, missing=("the log would fork",)))
    folder = bundle(office, exhibit, tmp_path / "out")

    assert "No proof from the office's log is here: the log would fork" in " ".join(check(folder).split())
    assert wrong(folder, "--log", watched.vkey()) == {"data/proofs/"}
