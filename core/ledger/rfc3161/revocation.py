"""Whether the signer of a time stamp was revoked: by its issuer's list (CRL), or by a responder's answer (OCSP).

A list is preferred, since it says the same to everybody and does not tell the responder who asks about whom.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from asn1crypto import keys
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from core import clock
from core.ledger.rfc3161 import signers
from core.ledger.rfc3161.signers import Chain, RevocationUnknown, SignerRevoked, WrongAlgorithm, WrongSignature

_APART: Final = timedelta(minutes=5)
# An answer that does not say until when it stands is of today or of no use (RFC 6960 2.4).
_STANDS: Final = timedelta(days=1)


def lists(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where a certificate says that its issuer's list of revoked ones can be had; nothing if it does not."""
    try:
        held = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return _web(name for point in held for name in point.full_name or ())


def responders(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where a certificate says that somebody answers whether it was revoked; nothing if it does not."""
    try:
        held = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return _web(one.access_location for one in held if one.access_method == AuthorityInformationAccessOID.OCSP)


def question(own: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """The question about one certificate, in DER (RFC 6960 4.1); raises `RevocationUnknown` if none can be made.

    Without a nonce, since many responders sign their answers beforehand (RFC 5019); how old one may be is checked.
    """
    try:
        # SHA-1 only names the issuer here, and many responders know no other (RFC 5019 2.1.1).
        asked = ocsp.OCSPRequestBuilder().add_certificate(own, issuer, hashes.SHA1())  # noqa: S303 # see above
        return asked.build().public_bytes(Encoding.DER)
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise RevocationUnknown("no question can be made about the certificate of the time stamp") from fault


def check(found: Chain, said: Sequence[bytes | None], now: datetime) -> None:
    """Raise `SignerRevoked` when a certificate below the root was revoked by its issuer.

    *said* holds for each certificate below the root what was had about it, a list or an answer; nothing where neither
    is named.  Raises `RevocationUnknown` for what cannot be relied on: missing, not signed by the issuer or whom it
    allows, about another certificate, or out of date.
    """
    for (own, issuer), raw in zip(found.links, said, strict=True):
        named = lists(own) + responders(own)
        if not named:
            continue
        if raw is None:
            raise RevocationUnknown(f"whether the certificate was revoked could not be had from {named[0]}")
        since = _since(raw, own, issuer, now)
        if since is not None:
            at = clock.stamp(since)
            raise SignerRevoked(f"the certificate {own.serial_number:x} of the time stamp was revoked at {at}")


def is_list(raw: bytes) -> bool:
    """Whether this is a list and no answer of a responder."""
    try:
        _list(raw)
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm):
        return False
    return True


def _web(names: Iterable[x509.GeneralName]) -> tuple[str, ...]:
    found = (one.value for one in names if isinstance(one, x509.UniformResourceIdentifier))
    return tuple(one for one in found if one.lower().startswith(("http://", "https://")))


def _since(raw: bytes, own: x509.Certificate, issuer: x509.Certificate, now: datetime) -> datetime | None:
    """Since when a certificate is revoked; nothing when it is not."""
    if is_list(raw):
        return _since_by_list(_list(raw), own, issuer, now)
    try:
        answer = ocsp.load_der_ocsp_response(raw)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise RevocationUnknown(
                f"the responder says of the certificate only: {answer.response_status.name.lower()}"
            )
        return _since_by_answer(answer, own, issuer, now)
    except (ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm) as fault:
        raise RevocationUnknown("what was had about the certificate is neither a list nor an answer") from fault


def _list(raw: bytes) -> x509.CertificateRevocationList:
    return x509.load_pem_x509_crl(raw) if raw.startswith(b"-----") else x509.load_der_x509_crl(raw)


def _since_by_list(
    found: x509.CertificateRevocationList, own: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> datetime | None:
    try:
        # A key of a kind that signs no lists is a TypeError.
        good = found.issuer == issuer.subject and found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise RevocationUnknown("the list of revoked certificates cannot be read") from fault
    if not good:
        raise RevocationUnknown("the list of revoked certificates is not signed by who issued the certificate")
    if found.next_update_utc is not None and found.next_update_utc < now:
        raise RevocationUnknown(f"the list of revoked certificates ended {clock.stamp(found.next_update_utc)}")
    revoked = found.get_revoked_certificate_by_serial_number(own.serial_number)
    return revoked.revocation_date_utc if revoked is not None else None


def _since_by_answer(
    answer: ocsp.OCSPResponse, own: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> datetime | None:
    _signed(answer, _responder(answer, issuer, now))
    for one in answer.responses:
        if one.serial_number == own.serial_number and _of(one, issuer):
            break
    else:
        raise RevocationUnknown("the answer of the responder is about another certificate")
    if one.this_update_utc > now + _APART:
        raise RevocationUnknown(f"the answer of the responder is of a time to come: {clock.stamp(one.this_update_utc)}")
    until = one.next_update_utc or one.this_update_utc + _STANDS
    if until < now:
        raise RevocationUnknown(f"the answer of the responder ended {clock.stamp(until)}")
    if one.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        raise RevocationUnknown("the responder does not know the certificate of the time stamp")
    return one.revocation_time_utc if one.certificate_status is ocsp.OCSPCertStatus.REVOKED else None


def _responder(answer: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> x509.Certificate:
    """Who may have signed this answer: the issuer, or whom it made a certificate for just that (RFC 6960 4.2.2.2)."""
    for one in (issuer, *answer.certificates):
        if answer.responder_name not in {None, one.subject}:
            continue
        if answer.responder_key_hash not in {None, hashlib.sha1(_key_bits(one), usedforsecurity=False).digest()}:
            continue
        if one == issuer or _delegated(one, issuer, now):
            return one
    raise RevocationUnknown("the answer of the responder is not signed by who issued the certificate, nor for it")


def _delegated(one: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    try:
        one.verify_directly_issued_by(issuer)
        uses = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in uses and one.not_valid_before_utc <= now <= one.not_valid_after_utc


def _signed(answer: ocsp.OCSPResponse, by: x509.Certificate) -> None:
    digest = answer.signature_hash_algorithm
    schemes: dict[type, str] = {
        rsa.RSAPublicKey: "rsassa_pkcs1v15", ec.EllipticCurvePublicKey: "ecdsa",
        ed25519.Ed25519PublicKey: "ed25519", ed448.Ed448PublicKey: "ed448",
    }  # fmt: skip
    scheme = next((name for kind, name in schemes.items() if isinstance(by.public_key(), kind)), "")
    try:
        # Keys that hash by themselves name no digest, and then none is used.
        named = digest.name if digest is not None else "sha512"
        signers.check_signature(by, scheme, named, answer.signature, answer.tbs_response_bytes)
    except (WrongSignature, WrongAlgorithm) as wrong:
        raise RevocationUnknown("the signature of the responder does not belong to its answer") from wrong


def _of(one: ocsp.OCSPSingleResponse, issuer: x509.Certificate) -> bool:
    """Whether a part of an answer speaks of certificates of this issuer."""
    name = hashlib.new(one.hash_algorithm.name, issuer.subject.public_bytes(), usedforsecurity=False)
    key = hashlib.new(one.hash_algorithm.name, _key_bits(issuer), usedforsecurity=False)
    return (one.issuer_name_hash, one.issuer_key_hash) == (name.digest(), key.digest())


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The bits of a certificate's key without tag, length and count of unused bits, as RFC 6960 4.1.1 hashes them."""
    der = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return bytes(keys.PublicKeyInfo.load(der)["public_key"].contents[1:])
