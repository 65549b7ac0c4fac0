"""Time stamps: what holds is taken, and each way of not holding is refused with a reason of its own."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import rfc3161_client
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.ledger.rfc3161 import signers, tokens
from core.ledger.rfc3161.signers import (
    SignerExpired,
    StampWrong,
    TokenMalformed,
    WrongAlgorithm,
    WrongPurpose,
    WrongRoot,
    WrongSignature,
    WrongSigner,
)
from core.ledger.rfc3161.tokens import (
    Authority,
    NotGranted,
    WrongData,
    WrongNonce,
    WrongPolicy,
    WrongTime,
    check,
    request,
)
from tests.authorities import DAY, OTHER_POLICY, POLICY, TIME, Issuer, Office, between, root, signer

DATA = b"office.example/log\n37\nAAAA\n"
NONCE = 0x1234_5678_9ABC_DEF0
ROOT = root()


def believed(issuer: Issuer = ROOT, *policies: str) -> Authority:
    return Authority("authority", (issuer.certificate,), frozenset(policies or (POLICY,)))


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Office:
    return Office(tmp_path_factory.mktemp("tsa"), signer(ROOT))


@pytest.fixture(scope="module")
def good(office) -> tuple[bytes, bytes]:
    asked = request(DATA, NONCE)
    return asked, office.answer(asked)


# --- What holds is taken -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", tokens.ALGORITHMS)
def test_a_good_stamp_says_when_by_whom_and_under_which_policy(office, algorithm):
    asked = request(DATA, NONCE, algorithm)
    before = datetime.now(UTC) - timedelta(seconds=2)

    stamp = check(office.answer(asked), DATA, asked, believed())

    assert before <= stamp.at <= datetime.now(UTC) + timedelta(seconds=1)
    assert (stamp.policy, stamp.algorithm, stamp.signer) == (POLICY, algorithm, "CN=Stamps")
    assert stamp.accuracy == timedelta(seconds=1)
    assert stamp.expires == office.own.certificate.not_valid_after_utc
    assert stamp.chain.certificates == (office.own.certificate, ROOT.certificate)


def test_openssl_and_another_library_take_what_we_take(office, good, tmp_path):
    asked, answer = good
    check(answer, DATA, asked, believed())
    (tmp_path / "r.tsr").write_bytes(answer)
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    verify = "openssl ts -verify -data data -in r.tsr -CAfile ca.pem".split()
    assert b"OK" in subprocess.run(verify, cwd=tmp_path, check=True, capture_output=True).stdout

    other = rfc3161_client.VerifierBuilder().add_root_certificate(ROOT.certificate).nonce(NONCE).build()
    assert other.verify_message(rfc3161_client.decode_timestamp_response(answer), DATA)


def test_only_the_hash_leaves_and_the_request_asks_for_the_certificate():
    asked = request(b"a name that may kill", NONCE)

    assert b"name" not in asked
    read = tsp.TimeStampReq.load(asked)
    assert (read["cert_req"].native, read["nonce"].native) == (True, NONCE)
    assert read["message_imprint"]["hashed_message"].native == tokens.digest_of(b"a name that may kill", "sha256")


def test_openssl_reads_our_request(tmp_path):
    (tmp_path / "q.tsq").write_bytes(request(DATA, NONCE, "sha512"))
    read = subprocess.run("openssl ts -query -in q.tsq -text".split(), cwd=tmp_path, check=True, capture_output=True)

    assert b"Hash Algorithm: sha512" in read.stdout
    assert b"0x123456789ABCDEF0" in read.stdout
    assert b"Certificate required: yes" in read.stdout


def test_an_authority_below_one_between_is_taken_when_its_token_brings_the_chain(tmp_path):
    middle = between(ROOT)
    asked = request(DATA, NONCE)
    whole = Office(tmp_path / "a", signer(middle), chain=(middle,)).answer(asked)
    bare = Office(tmp_path / "b", signer(middle)).answer(asked)

    assert len(check(whole, DATA, asked, believed()).chain.certificates) == 3
    with pytest.raises(WrongRoot):
        check(bare, DATA, asked, believed())


def test_an_old_stamp_holds_when_it_is_checked_again_long_after(tmp_path):
    office = Office(tmp_path, signer(ROOT))
    asked = request(DATA, NONCE)
    answer, came = office.answer(asked), datetime.now(UTC)

    with clock.stopped(came + 3650 * DAY):
        assert check(answer, DATA, asked, believed(), came).signer == "CN=Stamps"
        with pytest.raises(WrongTime):
            check(answer, DATA, asked, believed())


def test_real_tokens_are_read(corpus):
    when, policy, digest = tokens.read((corpus / "standards_rfc3161/valid_timestamp.tsr").read_bytes())
    assert when.tzinfo is not None
    assert policy
    assert len(digest) in {32, 48, 64}
    tokens.read((corpus / "standards_rfc3161/self_signed.tsr").read_bytes())
    for name in ("Test1.txt.tsd", "Test5.PNG.tsd"):
        held = cms.ContentInfo.load((corpus / "standards_rfc3161" / name).read_bytes())
        assert held["content_type"].native == "timestamped_data"


# --- What does not hold is refused, each with its own reason -----------------------------------------------------


def test_a_stamp_on_other_bytes_is_refused(good):
    with pytest.raises(WrongData):
        check(good[1], DATA + b"x", good[0], believed())


def test_a_stamp_that_answers_a_request_for_other_bytes_is_refused(office, good):
    with pytest.raises(WrongData):
        check(office.answer(request(b"other", NONCE)), DATA, good[0], believed())


def test_a_stamp_with_another_nonce_or_none_is_refused(office, good):
    with pytest.raises(WrongNonce):
        check(office.answer(request(DATA, NONCE + 1)), DATA, good[0], believed())
    bare = tsp.TimeStampReq.load(good[0]).copy()
    del bare["nonce"]
    with pytest.raises(WrongNonce):
        check(office.answer(bare.dump(force=True)), DATA, good[0], believed())
    with pytest.raises(WrongNonce):
        check(office.answer(bare.dump(force=True)), DATA, bare.dump(), believed())


def test_a_stamp_over_another_algorithm_than_asked_is_refused(office, good):
    with pytest.raises(WrongAlgorithm):
        check(office.answer(request(DATA, NONCE, "sha512")), DATA, good[0], believed())


def test_a_stamp_signed_over_an_old_hash_is_refused(tmp_path, good):
    with pytest.raises(WrongAlgorithm):
        check(Office(tmp_path, signer(ROOT), digest="sha1").answer(good[0]), DATA, good[0], believed())


def test_a_stamp_under_another_policy_is_refused(office, good):
    with pytest.raises(WrongPolicy, match=POLICY):
        check(good[1], DATA, good[0], believed(ROOT, OTHER_POLICY))


def test_a_stamp_of_an_authority_below_another_root_is_refused(good):
    with pytest.raises(WrongRoot):
        check(good[1], DATA, good[0], believed(root()))
    with pytest.raises(WrongRoot):
        check(good[1], DATA, good[0], Authority("none", (), frozenset({POLICY})))


@pytest.mark.parametrize("ends", [-DAY, -timedelta(seconds=5)])
def test_a_stamp_of_an_expired_signer_is_refused(tmp_path, good, ends):
    with pytest.raises(SignerExpired):
        check(Office(tmp_path, signer(ROOT, ends=ends)).answer(good[0]), DATA, good[0], believed())


def test_a_stamp_of_a_signer_that_is_not_yet_valid_is_refused(tmp_path, good):
    with pytest.raises(SignerExpired):
        check(Office(tmp_path, signer(ROOT, begins=DAY)).answer(good[0]), DATA, good[0], believed())


def resigned(answer: bytes, own: Issuer, change=lambda _attributes: None) -> bytes:
    """The same token signed again by another certificate, as an attacker with that key could."""
    response = tsp.TimeStampResp.load(answer).copy()
    signed = response["time_stamp_token"]["content"]
    info = signed["signer_infos"][0]
    theirs = cms.CertificateChoices.load(own.certificate.public_bytes(signers.Encoding.DER))
    signed["certificates"] = cms.CertificateSet([theirs])
    info["sid"] = cms.SignerIdentifier("issuer_and_serial_number", {
        "issuer": theirs.chosen.issuer, "serial_number": theirs.chosen.serial_number,
    })  # fmt: skip
    change(info["signed_attrs"])
    exact = b"\x31" + info["signed_attrs"].dump(force=True)[1:]
    made = own.key.sign(exact, signers.ec.ECDSA(signers.SHA256()))
    info["signature"] = made
    return response.dump(force=True)


def named(own: Issuer):
    """Name a certificate in the signed attributes as the one that signs."""

    def change(attributes):
        for one in attributes:
            if one["type"].native == "signing_certificate_v2":
                der = own.certificate.public_bytes(signers.Encoding.DER)
                one["values"][0]["certs"][0]["cert_hash"] = tokens.digest_of(der, "sha256")

    return change


def test_a_token_signed_by_another_certificate_than_it_names_is_refused(good):
    other = signer(ROOT)

    assert check(resigned(good[1], other, named(other)), DATA, good[0], believed())
    with pytest.raises(WrongSigner):
        check(resigned(good[1], other), DATA, good[0], believed())


@pytest.mark.parametrize(
    "more",
    [
        {"purposes": (*TIME, ExtendedKeyUsageOID.CODE_SIGNING)},
        {"purposes": (ExtendedKeyUsageOID.CODE_SIGNING,)},
        {"critical": False},
        {"purposes": ()},
    ],
)
def test_a_signer_that_is_not_for_time_stamps_alone_is_refused(good, more):
    other = signer(ROOT, **more)

    with pytest.raises(WrongPurpose):
        check(resigned(good[1], other, named(other)), DATA, good[0], believed())


def test_a_signature_for_something_else_than_a_stamp_is_refused(office, good):
    def other_type(attributes):
        for one in attributes:
            if one["type"].native == "content_type":
                one["values"] = ["data"]

    def other_digest(attributes):
        for one in attributes:
            if one["type"].native == "message_digest":
                one["values"] = [bytes(32)]

    for change in (other_type, other_digest):
        with pytest.raises(WrongSignature):
            check(resigned(good[1], office.own, change), DATA, good[0], believed())


def test_a_token_without_the_certificate_of_its_signer_is_refused(good):
    response = tsp.TimeStampResp.load(good[1]).copy()
    response["time_stamp_token"]["content"]["certificates"] = cms.CertificateSet([])

    with pytest.raises(WrongSigner):
        check(response.dump(force=True), DATA, good[0], believed())


def test_a_stamp_whose_time_is_far_from_our_clock_is_refused(good):
    for off in (-DAY, -timedelta(minutes=6), timedelta(minutes=6), DAY):
        with clock.stopped(datetime.now(UTC) + off), pytest.raises(WrongTime, match="clock"):
            check(good[1], DATA, good[0], believed())


def test_a_refusal_of_the_authority_says_why(office):
    with pytest.raises(NotGranted, match="rejection"):
        check(office.answer(b"nonsense"), DATA, request(DATA, NONCE), believed())


def test_what_is_no_answer_is_refused_in_words(good):
    for answer in (b"", b"<html>", good[1][:-1], good[1] + b"x", good[0], bytes(tokens.MOST_BYTES + 1)):
        with pytest.raises(TokenMalformed):
            check(answer, DATA, good[0], believed())


def test_a_bit_flipped_at_any_byte_is_refused_or_changes_nothing_that_is_said(good):
    asked, answer = good
    true = check(answer, DATA, asked, believed())
    refused = 0
    for place in range(len(answer)):
        changed = bytearray(answer)
        changed[place] ^= 1 << place % 8
        try:
            stamp = check(bytes(changed), DATA, asked, believed())
        except StampWrong:
            refused += 1
        else:
            assert stamp == true, place
    assert refused > len(answer) * 0.95


@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_answer_breaks_the_check(good, data):
    raw = bytearray(good[1])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    try:
        stamp = check(bytes(raw), DATA, good[0], believed())
    except StampWrong:
        return
    assert stamp.digest == tokens.digest_of(DATA, "sha256")


@given(st.binary(max_size=300))
def test_no_bytes_at_all_break_the_reader(raw):
    with pytest.raises(StampWrong):
        check(raw, DATA, request(DATA, NONCE), believed())


# --- Roots -------------------------------------------------------------------------------------------------------


def test_a_file_of_roots_that_holds_none_is_refused():
    assert signers.roots(ROOT.pem) == (ROOT.certificate,)
    assert isinstance(signers.roots(ROOT.pem + root().pem)[1], x509.Certificate)
    for raw in (b"", b"nonsense", ROOT.pem[:100]):
        with pytest.raises(WrongRoot):
            signers.roots(raw)


def test_each_reason_is_a_class_of_its_own_with_a_sentence():
    reasons = [WrongData, WrongNonce, WrongRoot, WrongSignature, SignerExpired, WrongPolicy, WrongPurpose, WrongSigner]

    assert len({one.__name__ for one in reasons}) == len(reasons)
    assert all(issubclass(one, StampWrong) and one.__doc__ for one in reasons)
    assert Path(signers.__file__).exists()
