"""A receipt tells what came and what did not, and whoever has the public key can check it."""

import hashlib
import json
import subprocess

import pytest

from core import cipher
from core.cipher import SignatureBroken
from core.ledger import entries as ledger
from evidence import intake, receipts
from evidence.intake import Announced
from evidence.receipts import BadReceipt


@pytest.fixture
def signed(each_place):
    """A receipt over one stored, one quarantined, one refused and one waiting file."""
    exhibit = each_place.exhibit()
    with each_place.house.transaction() as session:
        coming = [Announced("a.txt", 3), Announced("b\u202etxt", 3, "0" * 64), Announced("x" * 1001), Announced("d", 4)]
        batch, items = intake.announce(session, each_place.lead, exhibit.id, coming, source="browser")
        wanted = [item.id for item in items]
    each_place.deliver(wanted[0], b"abc")
    each_place.deliver(wanted[1], b"abc")
    with each_place.house.transaction() as session:
        return receipts.issue(session, each_place.lead, each_place.keyring, batch.id, office="The office")


def test_a_receipt_tells_of_every_item_with_its_hashes_and_its_place_in_the_chain(each_place, signed):
    lines = signed.values["items"]

    assert signed.values["counts"] == {"announced": 4, "stored": 2, "refused": 1, "waiting": 1}
    assert [one["state"] for one in lines] == ["stored", "stored", "refused", "waiting"]
    assert lines[0]["sha256"] == hashlib.sha256(b"abc").hexdigest()
    assert lines[0]["sha512"] == hashlib.sha512(b"abc").hexdigest()
    assert (lines[1]["name"], lines[1]["condition"]) == ("b\\u{202e}txt", "quarantined")
    assert "1001" in lines[2]["because"]
    with each_place.house.transaction() as session:
        chain = {one.position: one.digest for one in ledger.entries(session, lines[0]["chain"])}
        acts = [one.act for one in ledger.entries(session, f"case/{each_place.case.id}")]
    assert chain[lines[0]["position"]] == lines[0]["digest"]
    assert acts[-1] == "receipt issued"


def test_a_receipt_that_was_changed_anywhere_does_not_hold(each_place, signed):
    public = each_place.keyring.public
    text = signed.to_json()

    assert receipts.check(text, public) == signed.values
    for old, new in (("a.txt", "b.txt"), (signed.values["items"][0]["sha256"], "1" * 64), ("The office", "An office")):
        with pytest.raises(SignatureBroken):
            receipts.check(text.replace(old, new), public)


def test_a_receipt_signed_with_another_key_does_not_hold_under_ours(each_place, signed):
    other = cipher.new_key()
    forged = json.loads(signed.to_json())
    forged["signature"]["public_key"] = cipher.public_key(other).hex()
    forged["signature"]["signature"] = cipher.sign(other, forged["statement"].encode()).hex()

    receipts.check(json.dumps(forged))
    with pytest.raises(SignatureBroken):
        receipts.check(json.dumps(forged), each_place.keyring.public)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"statement": "{}", "signature": {}}', "null", '{"statement": 1}'])
def test_what_is_no_receipt_is_said_to_be_none(text):
    with pytest.raises(BadReceipt):
        receipts.check(text)


def test_a_stranger_checks_the_signature_with_openssl(signed, tmp_path):
    # The fixed beginning of an Ed25519 public key in DER (RFC 8410).
    (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + signed.public)
    (tmp_path / "statement").write_bytes(signed.statement.encode())
    (tmp_path / "signature").write_bytes(signed.signature)
    words = ["-inkey", "key.der", "-keyform", "DER", "-rawin", "-in", "statement", "-sigfile", "signature"]
    said = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert said.returncode == 0, said.stderr
