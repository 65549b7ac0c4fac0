"""Go's transparency log code and OpenSSL agree with our log, and refuse what was tampered with."""

import base64
import subprocess

import pytest
from sqlalchemy import select

from core import cipher
from core.ledger import checkpoints, notes, tree
from core.ledger.checkpoints import Signer
from core.ledger.entries import Entry
from core.ledger.memory import Memory
from tests import makers
from tests.core.trees import take_in, write

SEED = bytes(range(32))
SIGNER = Signer("office.probanda/0011", cipher.public_key(SEED), lambda message: cipher.sign(SEED, message))
COUNTS = (1, 2, 5, 300, 213)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A folder with a checkpoint for each step of a growing log, proofs, entries, and hashes between the steps."""
    folder = tmp_path_factory.mktemp("log")
    house = makers.house(f"sqlite:///{folder / 'house.db'}")
    for count in COUNTS:
        write(house, f"custody/{count}", count, who='Ωmar "the" \\ 文')
        take_in(house)
        with house.transaction() as session:
            row = checkpoints.sign(session, SIGNER, Memory.of(folder))
            own = notes.cosign_line("w.example", lambda message: cipher.sign(SEED[::-1], message),
                                    cipher.public_key(SEED[::-1]), row.body, 1_800_000_000)  # fmt: skip
            checkpoints.add_cosignature(session, row, own)
            (folder / f"{row.size}.note").write_text(checkpoints.published(session, row))
    sizes = sorted(int(path.stem) for path in folder.glob("*.note"))
    with house.transaction() as session:
        for index in (0, 1, 2, 7, 8, 255, 256, 300, sizes[-1] - 1):
            chain, position = tree.entry_at(session, index)
            (folder / f"{index}.tlog-proof").write_text(checkpoints.proof_text(session, chain, position))
            body = session.scalar(select(Entry.body).where(Entry.chain == chain, Entry.position == position))
            (folder / f"{index}.entry").write_bytes(body.encode())
        for old in sizes:
            for new in sizes:
                if old <= new:
                    path = tree.consistency_proof(session, old, new)
                    (folder / f"{old}-{new}").write_text("\n".join(notes.encoded(one) for one in path) + "\n")
    house.engine.dispose()
    return folder


def test_go_agrees_with_every_proof(tlogcheck, log):
    for proof in log.glob("*.tlog-proof"):
        said = tlogcheck("proof", SIGNER.vkey, proof, log / f"{proof.stem}.entry")
        assert (said.returncode, said.stdout) == (0, f"OK {proof.stem} {sum(COUNTS)}\n"), said.stderr


def test_go_agrees_that_the_log_only_grew(tlogcheck, log):
    pairs = [path for path in log.iterdir() if "-" in path.name and path.suffix == ""]
    assert len(pairs) == 15
    for pair in pairs:
        old, new = pair.name.split("-")
        said = tlogcheck("tree", SIGNER.vkey, log / f"{old}.note", log / f"{new}.note", pair)
        assert (said.returncode, said.stdout) == (0, f"OK {old} {new}\n"), said.stderr


SPOILT = {
    "another index": ("proof", lambda text: text.replace("index 300", "index 301")),
    "a size more": ("proof", lambda text: text.replace("\n521\n", "\n522\n")),
    "a hash less": ("proof", lambda text: "\n".join(text.split("\n")[:2] + text.split("\n")[3:])),
    "a hash changed": ("proof", lambda text: text.replace(text.split("\n")[2], notes.encoded(b"x" * 32))),
    "another name": ("proof", lambda text: text.replace(SIGNER.origin, "another/log")),
    "another entry": ("entry", lambda text: text.replace("moved", "found")),
    "an entry with a line end": ("entry", lambda text: text + "\n"),
}


@pytest.mark.parametrize("how", sorted(SPOILT))
def test_go_refuses_what_was_tampered_with(tlogcheck, log, tmp_path, how):
    which, spoil = SPOILT[how]
    paths = {"proof": log / "300.tlog-proof", "entry": log / "300.entry"}
    before = paths[which].read_text()
    assert spoil(before) != before
    paths[which] = tmp_path / "spoilt"
    paths[which].write_text(spoil(before))

    said = tlogcheck("proof", SIGNER.vkey, paths["proof"], paths["entry"])
    assert said.returncode == 1
    assert said.stderr.startswith("refused: ")


def test_go_refuses_another_key_and_another_growth(tlogcheck, log):
    other = notes.vkey(SIGNER.origin, cipher.public_key(SEED[::-1]))
    assert tlogcheck("proof", other, log / "300.tlog-proof", log / "300.entry").returncode == 1
    for old, new, hashes in ((3, 521, "1-521"), (8, 521, "8-308"), (308, 8, "8-308")):
        said = tlogcheck("tree", SIGNER.vkey, log / f"{old}.note", log / f"{new}.note", log / hashes)
        assert said.returncode == 1


def test_openssl_agrees_with_the_signature_of_a_checkpoint_and_refuses_another_text(openssl, log, tmp_path):
    note = (log / "521.note").read_text()
    body, _, lines = note.partition("\n\n")
    blob = base64.b64decode(lines.split("\n")[0].split(" ")[2])
    (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + SIGNER.public)
    (tmp_path / "signature").write_bytes(blob[4:])
    command = [openssl, "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", tmp_path / "key.der", "-rawin",
               "-in", tmp_path / "text", "-sigfile", tmp_path / "signature"]  # fmt: skip
    for text, code in ((body + "\n", 0), (body.replace("521", "522") + "\n", 1), (body, 1)):
        (tmp_path / "text").write_text(text)
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert said.returncode == code, said.stderr
