"""Time-stamp authorities made here: certificates by one library, answers by `openssl ts`, over a real HTTP server."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

POLICY = "1.2.3.4.1"
OTHER_POLICY = "1.2.3.4.2"
TIME = (ExtendedKeyUsageOID.TIME_STAMPING,)
DAY = timedelta(days=1)


@dataclass
class Issuer:
    """A certificate with its key, which may sign others."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def revoking(self, *serials: int, until: datetime | None = None) -> bytes:
        """A list of revoked certificates in DER."""
        now = datetime.now(UTC).replace(microsecond=0)
        made = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        made = made.last_update(now - 30 * DAY).next_update(until or now + DAY)
        for serial in serials:
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - timedelta(hours=1))
            made = made.add_revoked_certificate(one.build())
        return made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def root(name: str = "Root of stamps") -> Issuer:
    """A root of one's own."""
    return _made(name, None, ca=True)


def signer(
    above: Issuer,
    *,
    purposes: tuple[x509.ObjectIdentifier, ...] = TIME,
    critical: bool = True,
    begins: timedelta = -30 * DAY,
    ends: timedelta = 300 * DAY,
    revocations: str = "",
    answers: str = "",
) -> Issuer:
    """A certificate for time stamps, or one that is not quite."""
    return _made("Stamps", above, purposes=purposes, critical=critical, begins=begins, ends=ends, lists=revocations,
                 answers=answers)  # fmt: skip


def responder(above: Issuer, *purposes: x509.ObjectIdentifier, ends: timedelta = 300 * DAY) -> Issuer:
    """A certificate of who answers for an issuer whether something was revoked, or one that is not quite."""
    return _made("Answers", above, purposes=purposes or (ExtendedKeyUsageOID.OCSP_SIGNING,), critical=False, ends=ends)


def between(above: Issuer, *, revocations: str = "") -> Issuer:
    """An issuer below the root."""
    return _made("Between", above, ca=True, lists=revocations)


def _made(
    name: str,
    above: Issuer | None,
    *,
    ca: bool = False,
    purposes: tuple[x509.ObjectIdentifier, ...] = (),
    critical: bool = True,
    begins: timedelta = -30 * DAY,
    ends: timedelta = 3000 * DAY,
    lists: str = "",
    answers: str = "",
) -> Issuer:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    made = made.issuer_name(above.certificate.subject if above else subject)
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(now + begins).not_valid_after(now + ends)
    made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = made.add_extension(own, critical=False)
    parent = (above.key if above else key).public_key()
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(parent), critical=False)
    used = x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)  # noqa: FBT003 # its own order
    made = made.add_extension(used, critical=True)
    if purposes:
        made = made.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    if lists:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(lists)], None, None, None)
        made = made.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    if answers:
        place = x509.UniformResourceIdentifier(answers)
        told = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
        made = made.add_extension(x509.AuthorityInformationAccess([told]), critical=False)
    return Issuer(made.sign((above or Issuer(None, key)).key, hashes.SHA256()), key)


class Office:
    """An authority in a folder: it answers requests with `openssl ts`."""

    def __init__(
        self, folder: Path, own: Issuer, *, policy: str = POLICY, digest: str = "sha256", chain: tuple[Issuer, ...] = ()
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.own = folder, own
        (folder / "tsa.pem").write_bytes(own.pem)
        form = serialization.PrivateFormat.PKCS8
        raw = own.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        (folder / "tsa.key").write_bytes(raw)
        (folder / "chain.pem").write_bytes(b"".join(one.pem for one in chain))
        (folder / "serial").write_text("1000\n")
        certs = "certs = chain.pem\n" if chain else ""
        (folder / "tsa.cnf").write_text(
            "[tsa1]\nserial = serial\ncrypto_device = builtin\nsigner_cert = tsa.pem\nsigner_key = tsa.key\n"
            f"{certs}signer_digest = {digest}\ndefault_policy = {policy}\ndigests = sha256,sha384,sha512\n"
            "accuracy = secs:1\nordering = yes\ntsa_name = yes\ness_cert_id_alg = sha256\n"
        )

    def answer(self, request: bytes) -> bytes:
        """The response to a request, in DER."""
        (self.folder / "q.tsq").write_bytes(request)
        self.run("-reply", "-config", "tsa.cnf", "-section", "tsa1", "-queryfile", "q.tsq", "-out", "r.tsr")
        return (self.folder / "r.tsr").read_bytes()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run `openssl ts` in the folder."""
        return subprocess.run(["openssl", "ts", *arguments], cwd=self.folder, capture_output=True, check=True)


class Responder:
    """Who answers with `openssl ocsp` whether certificates of an issuer were revoked."""

    def __init__(self, folder: Path, issuer: Issuer, own: Issuer | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, own = folder, own or issuer
        (folder / "issuer.pem").write_bytes(issuer.pem)
        (folder / "own.pem").write_bytes(own.pem)
        form = serialization.PrivateFormat.PKCS8
        raw = own.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        (folder / "own.key").write_bytes(raw)
        self.knows()

    def knows(self, *good: Issuer, revoked: tuple[Issuer, ...] = ()) -> None:
        """Let these certificates be known to it and no others."""
        states = [("V", "", one) for one in good] + [("R", "261101000000Z,keyCompromise", one) for one in revoked]
        lines = [f"{state}\t361231235959Z\t{at}\t{_hex(one)}\tunknown\t/CN={_hex(one)}\n" for state, at, one in states]
        (self.folder / "index.txt").write_text("".join(lines))

    def answer(self, question: bytes, *more: str) -> bytes:
        """The answer to a question, in DER."""
        (self.folder / "q.der").write_bytes(question)
        subprocess.run(
            ["openssl", "ocsp", "-index", "index.txt", "-CA", "issuer.pem", "-rsigner", "own.pem", "-rkey", "own.key",
             "-reqin", "q.der", "-respout", "r.der", *(more or ("-ndays", "1"))],
            cwd=self.folder, capture_output=True, check=True,
        )  # fmt: skip
        return (self.folder / "r.der").read_bytes()


def _hex(one: Issuer) -> str:
    digits = f"{one.certificate.serial_number:X}"
    return digits if len(digits) % 2 == 0 else f"0{digits}"


@dataclass
class Counter:
    """What a running authority does, which a test may change, and what it was asked."""

    url: str
    stamp: Callable[[bytes], bytes]
    lists: dict[str, bytes] = field(default_factory=dict)
    asked: list[bytes] = field(default_factory=list)
    answers: Callable[[bytes], bytes] | None = None


@contextmanager
def serving(stamp: Callable[[bytes], bytes]) -> Iterator[Counter]:
    """Serve an authority over HTTP on this machine."""
    counter = Counter("", stamp)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Type"] == "application/ocsp-request":
                if counter.answers is None:
                    self.send_error(503)
                else:
                    self._send(counter.answers(asked), "application/ocsp-response")
                return
            counter.asked.append(asked)
            self._send(counter.stamp(asked), "application/timestamp-reply")

        def do_GET(self) -> None:
            if self.path in counter.lists:
                self._send(counter.lists[self.path], "application/pkix-crl")
            else:
                self.send_error(404)

        def _send(self, data: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        counter.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield counter
        finally:
            server.shutdown()
            thread.join()
