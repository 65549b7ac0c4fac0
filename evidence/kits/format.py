"""The file of entries that comes back from a kit: ``probanda-kit-entries/1``, plain or sealed to the office.

A whole that cannot be read is refused and nothing is taken from it.  What is wrong with one line is wrong with that
line alone: it is kept as it came and ends refused or as a conflict, so that no line is ever dropped.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core import clock
from core.errors import Invalid
from evidence.keyring import Keyring

FORMAT: Final = "probanda-kit-entries/1"
SEALED: Final = "probanda-kit-sealed/1"
MOST_BYTES: Final = 16 * 1024 * 1024
MOST_LINES: Final = 5_000
KINDS: Final = ("exhibit", "note", "wristband", "spoiled", "event")
_CURVE: Final = ec.SECP256R1()
LONGEST: Final = 4_000
_LONGEST_LINE: Final = 64 * 1024


class BadKitFile(Invalid):
    """This is no file of entries of a kit, or it was cut or changed on its way; nothing of it was taken in."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it came: its place in the file, what it says, and what is wrong with its form, if anything."""

    number: int
    raw: str
    words: Mapping[str, Any]
    fault: str = ""

    @property
    def uid(self) -> str:
        """The identity that the device gave the line."""
        return self.text("id")

    @property
    def sha256(self) -> str:
        """The hash of the line as it came."""
        return hashlib.sha256(self.raw.encode()).hexdigest()

    def text(self, name: str) -> str:
        """What the line says under a name, or nothing."""
        value = self.words.get(name, "")
        return value.strip() if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class KitFile:
    """A whole file: of which kit and device, how its clock compared with another, and its lines."""

    kit: str
    device: str
    ahead: timedelta | None
    clock_source: str
    lines: tuple[Line, ...]
    sha256: str


def public_key(keyring: Keyring, kit_id: object) -> str:
    """The key to which a kit's device seals its file (P-256, uncompressed point, base 64)."""
    point = _private(keyring, kit_id).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return b64encode(point).decode()


def opened(keyring: Keyring, kit_id: object, code: str, data: bytes) -> bytes:
    """The plain file, whether it came sealed or not; raises BadKitFile when the seal does not open."""
    if len(data) > MOST_BYTES:
        raise BadKitFile(f"the file is larger than {MOST_BYTES // 1024 // 1024} MiB; nothing of it was taken in")
    whole = _json(data)
    if whole.get("format") != SEALED:
        return data
    try:
        point, nonce, sealed = (b64decode(str(whole[name]), validate=True) for name in ("key", "nonce", "sealed"))
        other = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
        shared = _private(keyring, kit_id).exchange(ec.ECDH(), other)
        return AESGCM(_derived(shared, code)).decrypt(nonce, sealed, None)
    except (KeyError, ValueError, InvalidTag) as fault:
        raise BadKitFile(
            "the file was sealed for another kit, or it was changed; nothing of it was taken in"
        ) from fault


def sealed(public: str, code: str, data: bytes) -> bytes:
    """Seal a file to the office as the browser's form does, for a laptop without network."""
    own = ec.generate_private_key(_CURVE)
    other = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, b64decode(public, validate=True))
    nonce = hashlib.sha256(data + code.encode()).digest()[:12]  # the key is new each time, so no pair comes twice
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    body = AESGCM(_derived(own.exchange(ec.ECDH(), other), code)).encrypt(nonce, data, None)
    told = {"key": point, "nonce": nonce, "sealed": body}
    return json.dumps(
        {"format": SEALED, "kit": code, **{name: b64encode(part).decode() for name, part in told.items()}}
    ).encode()


def read(data: bytes) -> KitFile:
    """Read a plain file; raises BadKitFile when the whole is none, and marks lines whose form is wrong."""
    whole = _json(data)
    if whole.get("format") != FORMAT:
        raise BadKitFile(f"the file does not say that it is {FORMAT}; nothing of it was taken in")
    kit, device, lines = whole.get("kit"), whole.get("device", ""), whole.get("entries")
    if not isinstance(kit, str) or not isinstance(device, str) or not isinstance(lines, list):
        raise BadKitFile("the file lacks its kit or its entries; nothing of it was taken in")
    if len(lines) > MOST_LINES:
        raise BadKitFile(f"the file has more than {MOST_LINES:,} entries; nothing of it was taken in")
    ahead, source = _clock(whole.get("clock"))
    read_lines = tuple(_line(number, one) for number, one in enumerate(lines, start=1))
    return KitFile(
        kit.strip().upper(), device.strip()[:200], ahead, source, read_lines, hashlib.sha256(data).hexdigest()
    )


def unwritten(raw: str) -> Line:
    """A line read again from the text in which it was kept."""
    return _checked(0, raw, json.loads(raw))


def happened(line: Line, ahead: timedelta | None) -> datetime | None:
    """When a line says that it happened, less what its device's clock was ahead; nothing when that cannot be read.

    A time without its zone is not guessed (COC-11).
    """
    try:
        at = clock.parse(line.text("occurred_at"))
    except Invalid:
        return None
    return at - ahead if ahead is not None else at


def _line(number: int, one: Any) -> Line:
    return _checked(number, json.dumps(one, ensure_ascii=False, sort_keys=True), one)


def _checked(number: int, raw: str, one: Any) -> Line:
    if not isinstance(one, dict):
        return Line(number, raw[:_LONGEST_LINE], {}, "it is no entry")
    fault = ""
    if len(raw) > _LONGEST_LINE:
        fault = "it is too long to be an entry"
    elif one.get("kind") not in KINDS:
        fault = "it does not say what it is: " + ", ".join(KINDS)
    elif not isinstance(one.get("id"), str) or not 8 <= len(one["id"]) <= 64 or not one["id"].isascii():
        fault = "it has no identity of its own"
    elif long := [name for name, value in one.items() if isinstance(value, str) and len(value) > LONGEST]:
        fault = f"{long[0]}: use at most {LONGEST} characters"
    return Line(number, raw[:_LONGEST_LINE], one, fault)


def _clock(given: Any) -> tuple[timedelta | None, str]:
    """By how much the device's clock was ahead at its last comparison, and with what it was compared."""
    checks = given if isinstance(given, list) else []
    for check in reversed(checks):
        try:
            ahead = clock.parse(str(check["device"])) - clock.parse(str(check["true"]))
            return timedelta(seconds=round(ahead.total_seconds())), str(check.get("source", ""))[:200]
        except (Invalid, KeyError, TypeError):
            continue
    return None, ""


def _json(data: bytes) -> dict[str, Any]:
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError) as fault:
        raise BadKitFile("the file cannot be read: it was cut, or it is no file of a kit") from fault
    if not isinstance(whole, dict):
        raise BadKitFile("the file is no file of a kit; nothing of it was taken in")
    return whole


def _private(keyring: Keyring, kit_id: object) -> ec.EllipticCurvePrivateKey:
    # Made from the house's keys each time, so nothing that opens the files of a kit is stored.
    number = int.from_bytes(keyring.house_key(f"kit/{kit_id}") + keyring.house_key(f"kit/{kit_id}/more")[:16], "big")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    return ec.derive_private_key(number % (order - 1) + 1, _CURVE)


def _derived(shared: bytes, code: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"{FORMAT}/{code}".encode()).derive(shared)
