"""Who signed a time stamp: the chain from its certificate to a root that is pinned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from core import clock
from core.errors import Tampered

HASHES: Final[dict[str, HashAlgorithm]] = {"sha256": SHA256(), "sha384": SHA384(), "sha512": SHA512()}
_MOST_CERTIFICATES: Final = 20


class StampWrong(Tampered):
    """A time stamp that is not taken, each reason a class of its own."""


class TokenMalformed(StampWrong):
    """The answer is not a time stamp in the form of RFC 3161."""


class WrongSigner(StampWrong):
    """The token names another certificate than the one that signed it, or brings none."""


class WrongPurpose(StampWrong):
    """The certificate is not one for time stamps and for nothing else."""


class WrongRoot(StampWrong):
    """The certificate does not lead to the root that is pinned."""


class SignerExpired(StampWrong):
    """The certificate was not valid at the time that the stamp names."""


class SignerRevoked(StampWrong):
    """The certificate, or one above it, was revoked."""


class WrongSignature(StampWrong):
    """The signature does not belong to what was signed."""


class WrongAlgorithm(StampWrong):
    """An algorithm that is not taken, or not the one that was asked for."""


class RevocationUnknown(StampWrong):
    """Whether a certificate was revoked is not known: nothing was had, or it is too old, or of somebody else."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The certificates from the signer to the pinned root, each in its exact bytes."""

    certificates: tuple[x509.Certificate, ...]

    @property
    def signer(self) -> x509.Certificate:
        """The certificate that signed."""
        return self.certificates[0]

    @property
    def pem(self) -> str:
        """All of them as text, the signer first."""
        return "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in self.certificates)

    @property
    def links(self) -> tuple[tuple[x509.Certificate, x509.Certificate], ...]:
        """Each certificate below the root with the one that issued it."""
        return tuple(zip(self.certificates, self.certificates[1:], strict=False))


def load(der: bytes) -> x509.Certificate:
    """Read one certificate; raises `TokenMalformed` when it is none."""
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm) as fault:
        raise TokenMalformed("the token brings a certificate that cannot be read") from fault


def roots(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Read the pinned roots of a file; raises `WrongRoot` when there is none in it."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm) as fault:
        raise WrongRoot("the file of pinned roots holds no certificate in PEM") from fault
    return tuple(found)


def chain(signer: x509.Certificate, others: Sequence[x509.Certificate], pinned: Iterable[x509.Certificate],
          at: datetime) -> Chain:  # fmt: skip
    """The chain from a signer to one of the pinned roots, as it was valid at an instant.

    Raises `WrongPurpose`, `SignerExpired` or `WrongRoot` with what does not fit.
    """
    _check_purpose(signer)
    if not signer.not_valid_before_utc <= at <= signer.not_valid_after_utc:
        until = clock.stamp(signer.not_valid_after_utc)
        raise SignerExpired(f"the certificate of the time stamp was not valid at its time (it ended {until})")
    own = list(pinned)
    if not own or len(others) > _MOST_CERTIFICATES:
        raise WrongRoot("no root is pinned for this authority, or the token brings too many certificates")
    above = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.CRITICAL, None)
    below = ExtensionPolicy.permit_all().require_present(x509.ExtendedKeyUsage, Criticality.CRITICAL, _only_time)
    policy = PolicyBuilder().store(Store(own)).time(at.astimezone(UTC).replace(tzinfo=None))
    verifier = policy.extension_policies(ca_policy=above, ee_policy=below).build_client_verifier()
    try:
        found = verifier.verify(signer, [one for one in others if one != signer])
    except (VerificationError, ValueError, UnsupportedAlgorithm) as fault:
        raise WrongRoot(f"the certificate of the time stamp does not lead to the pinned root: {fault}") from fault
    return Chain(tuple(found.chain))


def check_signature(signer: x509.Certificate, scheme: str, digest: str, signature: bytes, signed: bytes,
                    parameters: Any = None) -> None:  # fmt: skip
    """Raise `WrongSignature` unless the signer's key made this signature; `WrongAlgorithm` for what is not taken."""
    key, hashed = signer.public_key(), HASHES.get(digest)
    if hashed is None:
        raise WrongAlgorithm(f"the time stamp is signed over a {digest}; taken are {', '.join(HASHES)}")
    try:
        if isinstance(key, rsa.RSAPublicKey) and scheme == "rsassa_pkcs1v15":
            key.verify(signature, signed, padding.PKCS1v15(), hashed)
        elif isinstance(key, rsa.RSAPublicKey) and scheme == "rsassa_pss":
            salt = int(parameters["salt_length"].native)
            key.verify(signature, signed, padding.PSS(padding.MGF1(hashed), salt), hashed)
        elif isinstance(key, ec.EllipticCurvePublicKey) and scheme == "ecdsa":
            key.verify(signature, signed, ec.ECDSA(hashed))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey) and scheme in {"ed25519", "ed448"}:
            key.verify(signature, signed)
        else:
            raise WrongAlgorithm(f"the time stamp is signed by {scheme} with another kind of key")
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, KeyError) as broken:
        raise WrongSignature("the signature of the time stamp does not belong to what it says") from broken


def _check_purpose(signer: x509.Certificate) -> None:
    try:
        held = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as fault:
        raise WrongPurpose("the certificate of the time stamp does not say that it is for time stamps") from fault
    if not held.critical or list(held.value) != [x509.oid.ExtendedKeyUsageOID.TIME_STAMPING]:
        raise WrongPurpose("the certificate is not for time stamps alone, or does not insist on it")


def _only_time(_policy: Policy, _certificate: x509.Certificate, usage: x509.ExtendedKeyUsage) -> None:
    if list(usage) != [x509.oid.ExtendedKeyUsageOID.TIME_STAMPING]:
        raise ValueError("not for time stamps alone")
