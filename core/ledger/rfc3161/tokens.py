"""Time stamps of RFC 3161: what is asked of an authority, and everything that is checked before its answer is taken.

Only a hash leaves the house.  Each way in which an answer does not hold has a class of its own, so that a person who
reads it knows what was wrong.  Nothing here knows a table or a network.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from asn1crypto import algos, cms, tsp
from asn1crypto import core as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from core import clock
from core.ledger.rfc3161 import signers
from core.ledger.rfc3161.signers import Chain, StampWrong, TokenMalformed, WrongAlgorithm, WrongSignature, WrongSigner

ALGORITHMS: Final = ("sha256", "sha512")
# The clocks of house and authority may differ by this much, and the answer may take as long to come.
TOLERANCE: Final = timedelta(minutes=5)
MOST_BYTES: Final = 1 << 20
_FAULTS: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


class _Answer(asn1.Sequence):  # type: ignore[misc] # asn1crypto ships no types
    """An answer as RFC 3161 has it: what is refused brings no token."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class NotGranted(StampWrong):
    """The authority did not grant a stamp."""


class WrongData(StampWrong):
    """The stamp is for other bytes."""


class WrongNonce(StampWrong):
    """The answer belongs to another request."""


class WrongPolicy(StampWrong):
    """The stamp was made under a policy that is not allowed here."""


class WrongTime(StampWrong):
    """The stamp names a time that cannot be that of the request."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Whom to believe: a name for people, the pinned roots, and the policies that are allowed."""

    name: str
    roots: tuple[x509.Certificate, ...]
    policies: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a checked token says: this hash existed at this time, says this signer."""

    at: datetime
    accuracy: timedelta
    policy: str
    serial: int
    digest: bytes
    algorithm: str
    signer: str
    expires: datetime
    chain: Chain


def request(data: bytes, nonce: int, algorithm: str = "sha256") -> bytes:
    """The exact bytes of a request for a stamp on these bytes; only their hash is in it."""
    return request_for(digest_of(data, algorithm), nonce, algorithm)


def request_for(digest: bytes, nonce: int, algorithm: str = "sha256") -> bytes:
    """The exact bytes of a request for a stamp on a hash that is known already."""
    if algorithm not in ALGORITHMS or len(digest) != hashlib.new(algorithm).digest_size:
        raise WrongAlgorithm(f"stamps are asked for a {' or '.join(ALGORITHMS)}")
    imprint = {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest}
    asked = {"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}
    return bytes(tsp.TimeStampReq(asked).dump())


def digest_of(data: bytes, algorithm: str) -> bytes:
    """The hash of bytes by one of the algorithms that are taken."""
    if algorithm not in ALGORITHMS:
        raise WrongAlgorithm(f"stamps are asked for a {' or '.join(ALGORITHMS)}")
    return hashlib.new(algorithm, data).digest()


def check(response: bytes, data: bytes, request: bytes, authority: Authority, at: datetime | None = None) -> Stamp:
    """Check an answer to a request for a stamp on these bytes; see `check_digest`."""
    with _parsing():
        algorithm = str(tsp.TimeStampReq.load(request)["message_imprint"]["hash_algorithm"]["algorithm"].native)
    return check_digest(response, digest_of(data, algorithm), request, authority, at)


def check_digest(
    response: bytes, digest: bytes, request: bytes, authority: Authority, at: datetime | None = None
) -> Stamp:
    """Check everything that TSA-2 names and give what the stamp says; raises one reason for each way of not holding.

    *at* is when the answer came, now unless an old one is checked again.  Revocation is asked apart
    (`core.ledger.rfc3161.signers.check_revocation`), since its lists come over the network.
    """
    if len(response) > MOST_BYTES:
        raise TokenMalformed(f"the answer is longer than {MOST_BYTES} bytes")
    with _parsing():
        asked = tsp.TimeStampReq.load(request, strict=True)
        signed = _granted(response)
        told, content = _told(signed)
        _check_asked(told, asked, digest, authority)
        signer, others = _signer(signed)
        _check_signed(signed, signer, content)
        when = _time(told, at or clock.now())
        chain = signers.chain(signer, others, authority.roots, when)
        return Stamp(
            when,
            _accuracy(told),
            str(told["policy"].native),
            int(told["serial_number"].native),
            digest,
            str(asked["message_imprint"]["hash_algorithm"]["algorithm"].native),
            signer.subject.rfc4514_string(),
            signer.not_valid_after_utc,
            chain,
        )


def read(response: bytes) -> tuple[datetime, str, bytes]:
    """What an answer claims, unchecked: its time, its policy and the hash; for showing only."""
    with _parsing():
        told, _ = _told(_granted(response))
        return told["gen_time"].native, str(told["policy"].native), bytes(told["message_imprint"]["hashed_message"])


@contextmanager
def _parsing() -> Iterator[None]:
    try:
        yield
    except _FAULTS as fault:
        raise TokenMalformed(f"the answer is not a time stamp: {str(fault).splitlines()[0] if str(fault) else ''}"
                             ) from fault  # fmt: skip


def _granted(response: bytes) -> cms.SignedData:
    answer = _Answer.load(response, strict=True)
    status = answer["status"]
    if status["status"].native != "granted":
        why = "; ".join(str(one) for one in status["status_string"].native or ())
        raise NotGranted(f"the authority did not grant the stamp ({status['status'].native}) {why[:200]}".strip())
    token = answer["time_stamp_token"]
    if isinstance(token, asn1.Void) or token["content_type"].native != "signed_data":
        raise TokenMalformed("the answer grants a stamp and holds none")
    return token["content"]


def _told(signed: cms.SignedData) -> tuple[tsp.TSTInfo, bytes]:
    held = signed["encap_content_info"]
    if held["content_type"].native != "tst_info":
        raise TokenMalformed("what was signed is not a time stamp")
    content = bytes(held["content"].contents if held["content"].tag == 4 else held["content"].native)
    told = tsp.TSTInfo.load(content, strict=True)
    if told["version"].native != "v1":
        raise TokenMalformed("the time stamp is of a version that is not known")
    return told, content


def _check_asked(told: tsp.TSTInfo, asked: tsp.TimeStampReq, digest: bytes, authority: Authority) -> None:
    own, theirs = asked["message_imprint"], told["message_imprint"]
    if theirs["hash_algorithm"]["algorithm"].native != own["hash_algorithm"]["algorithm"].native:
        raise WrongAlgorithm(f"the stamp is on a {theirs['hash_algorithm']['algorithm'].native}, not on what was asked")
    if theirs["hashed_message"].native != own["hashed_message"].native or theirs["hashed_message"].native != digest:
        raise WrongData("the stamp is for other bytes than these")
    if asked["nonce"].native is None or told["nonce"].native != asked["nonce"].native:
        raise WrongNonce("the answer belongs to another request: its nonce is another one")
    if told["policy"].native not in authority.policies:
        allowed = ", ".join(sorted(authority.policies)) or "none"
        raise WrongPolicy(f"the stamp is made under policy {told['policy'].native}; allowed here: {allowed}")


def _time(told: tsp.TSTInfo, now: datetime) -> datetime:
    when: datetime = told["gen_time"].native
    if when.tzinfo is None:
        raise TokenMalformed("the time of the stamp lacks its zone")
    if abs(when - now) > TOLERANCE + _accuracy(told):
        raise WrongTime(
            f"the stamp says {clock.stamp(when)}, and the clock here said {clock.stamp(now)}; check this clock first"
        )
    return when.astimezone(UTC)


def _accuracy(told: tsp.TSTInfo) -> timedelta:
    held = told["accuracy"].native
    if held is None:
        return timedelta(0)
    found = timedelta(seconds=held["seconds"] or 0, milliseconds=held["millis"] or 0, microseconds=held["micros"] or 0)
    if not timedelta(0) <= found <= timedelta(hours=1):
        raise WrongTime(f"the authority says that its time is exact to {found}, which says nothing")
    return found


def _signer(signed: cms.SignedData) -> tuple[x509.Certificate, list[x509.Certificate]]:
    if len(signed["signer_infos"]) != 1:
        raise WrongSigner("a time stamp has exactly one signer")
    wanted = signed["signer_infos"][0]["sid"]
    held = [one.chosen for one in signed["certificates"] if one.name == "certificate"]
    fits = [one for one in held if _is(one, wanted)]
    if not fits:
        raise WrongSigner("the token does not bring the certificate of its signer")
    return signers.load(fits[0].dump()), [signers.load(one.dump()) for one in held if one is not fits[0]]


def _is(certificate: Any, wanted: cms.SignerIdentifier) -> bool:
    if wanted.name == "subject_key_identifier":
        return bool(certificate.key_identifier == wanted.native)
    sid = wanted.chosen
    return bool(certificate.issuer == sid["issuer"] and certificate.serial_number == sid["serial_number"].native)


def _check_signed(signed: cms.SignedData, signer: x509.Certificate, content: bytes) -> None:
    info = signed["signer_infos"][0]
    digest = str(info["digest_algorithm"]["algorithm"].native)
    if digest not in signers.HASHES:
        raise WrongAlgorithm(f"the time stamp is signed over a {digest}; taken are {', '.join(signers.HASHES)}")
    attributes = _attributes(info["signed_attrs"])
    if _one(attributes, "content_type").native != "tst_info":
        raise WrongSignature("the signature was made for something else than a time stamp")
    if _one(attributes, "message_digest").native != hashlib.new(digest, content).digest():
        raise WrongSignature("the signature belongs to another time stamp")
    _check_named(attributes, signer)
    # What is signed is the set of attributes under its own tag, whatever tag it bears in the token (RFC 5652, 5.4).
    exact = b"\x31" + info["signed_attrs"].dump()[1:]
    scheme: algos.SignedDigestAlgorithm = info["signature_algorithm"]
    if scheme.signature_algo == "rsassa_pss":
        digest = str(scheme["parameters"]["hash_algorithm"]["algorithm"].native)
    signers.check_signature(
        signer, scheme.signature_algo, digest, bytes(info["signature"]), exact, scheme["parameters"]
    )


def _check_named(attributes: dict[str, Any], signer: x509.Certificate) -> None:
    """Raise `WrongSigner` unless the signed attributes name this very certificate (ESSCertID, RFC 2634 and 5035)."""
    named = False
    for kind in ("signing_certificate", "signing_certificate_v2"):
        if kind not in attributes:
            continue
        first = _one(attributes, kind)["certs"][0]
        algorithm = "sha1" if kind == "signing_certificate" else str(first["hash_algorithm"]["algorithm"].native)
        if algorithm not in {"sha1", *signers.HASHES}:
            raise WrongAlgorithm(f"the token names its certificate by a {algorithm}")
        own = hashlib.new(algorithm, signer.public_bytes(Encoding.DER), usedforsecurity=False).digest()
        if first["cert_hash"].native != own:
            raise WrongSigner("the token was signed by another certificate than the one that it names")
        serial = first["issuer_serial"]
        if not isinstance(serial, asn1.Void) and serial["serial_number"].native not in {None, signer.serial_number}:
            raise WrongSigner("the token names a certificate with another serial number")
        named = True
    if not named:
        raise WrongSigner("the token does not name the certificate that signed it")


def _attributes(held: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in held:
        name = str(one["type"].native)
        if name in found:
            raise TokenMalformed(f"the signed attribute {name} stands there twice")
        found[name] = one["values"]
    return found


def _one(attributes: dict[str, Any], name: str) -> Any:
    values = attributes.get(name)
    if values is None or len(values) != 1:
        raise TokenMalformed(f"the signed attribute {name} is missing, or has several values")
    return values[0]
