"""Whether a signer was revoked: said by its issuer's list or by a responder, and by nobody else, nor too late."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.ledger.rfc3161 import revocation
from core.ledger.rfc3161.signers import Chain, RevocationUnknown, SignerRevoked
from tests.authorities import DAY, TIME, Issuer, Responder, between, responder, root, signer

ROOT = root()
LIST, PLACE = "http://127.0.0.1/ca.crl", "http://127.0.0.1/ocsp"
OWN = signer(ROOT, answers=PLACE)


def chain(*own: Issuer) -> Chain:
    return Chain(tuple(one.certificate for one in own))


def asked(own: Issuer = OWN, issuer: Issuer = ROOT) -> bytes:
    return revocation.question(own.certificate, issuer.certificate)


def check(raw: bytes | None, own: Issuer = OWN, issuer: Issuer = ROOT, now: datetime | None = None) -> None:
    revocation.check(chain(own, issuer), [raw], now or clock.now())


# --- By a list ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def listed() -> Issuer:
    return signer(ROOT, revocations=LIST)


def test_a_signer_that_its_issuer_does_not_list_is_not_revoked(listed):
    assert revocation.lists(listed.certificate) == (LIST,)

    check(ROOT.revoking(7), listed)


def test_a_listed_signer_is_refused(listed):
    with pytest.raises(SignerRevoked, match=f"{listed.certificate.serial_number:x}"):
        check(ROOT.revoking(7, listed.certificate.serial_number), listed)


def test_a_list_that_cannot_be_relied_on_does_not_clear_a_signer(listed):
    old = ROOT.revoking(7, until=datetime.now(UTC) - DAY)

    for raw in (None, b"", b"nonsense", root().revoking(7), root("Other").revoking(7), old):
        with pytest.raises(RevocationUnknown):
            check(raw, listed)


# --- By an answer of openssl -------------------------------------------------------------------------------------


@pytest.fixture(params=["the issuer itself", "one whom it allows"])
def answering(request, tmp_path) -> Responder:
    return Responder(tmp_path / "ocsp", ROOT, None if "itself" in request.param else responder(ROOT))


def test_a_signer_of_whom_the_responder_says_good_is_not_revoked(answering):
    assert revocation.responders(OWN.certificate) == (PLACE,)
    answering.knows(OWN)
    raw = answering.answer(asked())

    check(raw)
    assert not revocation.is_list(raw)


def test_a_signer_of_whom_the_responder_says_revoked_is_refused_with_the_day(answering):
    answering.knows(revoked=(OWN,))

    with pytest.raises(SignerRevoked, match="revoked at 2026-11-01"):
        check(answering.answer(asked()))


def test_a_responder_that_does_not_know_a_signer_clears_nothing(answering):
    with pytest.raises(RevocationUnknown, match="does not know"):
        check(answering.answer(asked()))


@pytest.mark.parametrize(("more", "stands"), [(("-ndays", "2"), 48), (("-nmin", "600"), 10), (("-noverify",), 24)])
def test_an_answer_stands_as_long_as_it_says_and_without_that_for_a_day(tmp_path, more, stands):
    answering = Responder(tmp_path / "ocsp", ROOT)
    answering.knows(OWN)
    raw, now = answering.answer(asked(), *more), clock.now()

    check(raw, now=now + timedelta(hours=stands, minutes=-2))
    with pytest.raises(RevocationUnknown, match="ended"):
        check(raw, now=now + timedelta(hours=stands, minutes=2))
    with pytest.raises(RevocationUnknown, match="of a time to come"):
        check(raw, now=now - timedelta(hours=1))


def test_an_answer_about_another_or_about_one_of_that_number_elsewhere_clears_nothing(tmp_path):
    other, elsewhere = signer(ROOT, answers=PLACE), root("Elsewhere")
    here = Responder(tmp_path / "here", ROOT)
    here.knows(OWN, other)
    with pytest.raises(RevocationUnknown, match="about another certificate"):
        check(here.answer(asked(other)))
    there = Responder(tmp_path / "there", elsewhere)
    there.knows(OWN)
    with pytest.raises(RevocationUnknown, match="not signed by who issued"):
        check(there.answer(asked(OWN, elsewhere)))


@pytest.mark.parametrize("who", ["a stranger", "another's responder", "a signer of stamps", "one whose time is over"])
def test_whom_the_issuer_does_not_allow_cannot_answer(tmp_path, who):
    own = {
        "a stranger": responder(root("Nobody")),
        "another's responder": responder(between(ROOT)),
        "a signer of stamps": responder(ROOT, *TIME),
        "one whose time is over": responder(ROOT, ends=-DAY),
    }[who]
    answering = Responder(tmp_path / "ocsp", ROOT, own)
    answering.knows(OWN)

    with pytest.raises(RevocationUnknown, match="nor for it"):
        check(answering.answer(asked()))


def test_no_changed_byte_of_an_answer_clears_a_revoked_signer(tmp_path):
    answering = Responder(tmp_path / "ocsp", ROOT)
    answering.knows(revoked=(OWN,))
    raw = answering.answer(asked(), "-resp_no_certs", "-ndays", "1")
    changed = [
        raw[:place] + bytes([raw[place] ^ bit]) + raw[place + 1 :] for place in range(len(raw)) for bit in (1, 128)
    ]

    for one in (*changed, raw[:-1], raw + b"x", raw[: len(raw) // 2]):
        with pytest.raises((RevocationUnknown, SignerRevoked)):
            check(one)


@given(st.binary(max_size=300))
def test_no_bytes_at_all_break_the_reader(raw):
    with pytest.raises(RevocationUnknown):
        check(raw)


@pytest.mark.parametrize("status", [one for one in ocsp.OCSPResponseStatus if one.value])
def test_a_refusing_responder_says_why(status):
    raw = ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)

    with pytest.raises(RevocationUnknown, match=status.name.lower()):
        check(raw)


# --- In other forms ----------------------------------------------------------------------------------------------


def good(own: Issuer, top: x509.Certificate, digest: hashes.HashAlgorithm) -> ocsp.OCSPResponseBuilder:
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    return ocsp.OCSPResponseBuilder().add_response(
        own.certificate, top, digest, ocsp.OCSPCertStatus.GOOD, now, now + DAY, None, None
    )


@pytest.mark.parametrize("digest", [hashes.SHA224(), hashes.SHA256(), hashes.SHA384()], ids=lambda one: one.name)
@pytest.mark.parametrize("how", list(ocsp.OCSPResponderEncoding))
def test_the_issuer_is_known_by_whichever_hash_and_name_the_responder_takes(digest, how):
    made = good(OWN, ROOT.certificate, digest).responder_id(how, ROOT.certificate)

    check(made.sign(ROOT.key, hashes.SHA256()).public_bytes(Encoding.DER))


def test_each_certificate_below_the_root_is_asked_about_by_the_one_above_it(tmp_path):
    middle = between(ROOT)
    own = signer(middle, answers=PLACE)
    answering = Responder(tmp_path / "ocsp", middle)
    answering.knows(own)
    raw = answering.answer(asked(own, middle))
    whole = chain(own, middle, ROOT)

    revocation.check(whole, [raw, None], clock.now())  # the middle one names nobody who could be asked
    with pytest.raises(RevocationUnknown, match=r"could not be had from http://127\.0\.0\.1/ocsp"):
        revocation.check(whole, [None, None], clock.now())
    with pytest.raises(ValueError, match="shorter"):
        revocation.check(whole, [raw], clock.now())


def test_an_issuer_with_an_rsa_key_answers_too():
    key, name = rsa.generate_private_key(65537, 2048), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "RSA")])
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    top = made.serial_number(1).not_valid_before(now - DAY).not_valid_after(now + DAY).sign(key, hashes.SHA256())
    own = signer(Issuer(top, key), answers=PLACE)
    answered = good(own, top, hashes.SHA256()).responder_id(ocsp.OCSPResponderEncoding.HASH, top)
    of_both = Chain((own.certificate, top))

    raw = answered.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)

    revocation.check(of_both, [raw], clock.now())
    with pytest.raises(RevocationUnknown, match="does not belong"):
        revocation.check(of_both, [raw[:-1] + bytes([raw[-1] ^ 1])], clock.now())
