"""Signed notes, checkpoints and cosignatures in the published text formats (C2SP), read strictly and written exactly.

A note is a text, an empty line, and signature lines.  A checkpoint is a note whose text names a log, its size and its
root.  A cosignature is a witness's signature with a time.  Nothing here knows a table, a file or a network.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from core import cipher
from core.cipher import SignatureBroken
from core.errors import Invalid, Tampered

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
KINDS: Final = (ED25519, COSIGNATURE)
MOST_SIGNATURES: Final = 100
LARGEST: Final = 2**63 - 1

_DASH: Final = "— "
_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_ID = re.compile(r"[0-9a-fA-F]{8}\Z")

Signing = Callable[[bytes], bytes]


class NoteWrong(Tampered):
    """A signed note that does not hold: malformed, or not signed by the keys that are trusted."""


class KeyWrong(Invalid):
    """A text that should be a verifier key is none, or a name cannot be that of a key."""


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A key that signs notes: whose it is, what kind of signature it makes, its public bytes and its short id."""

    name: str
    kind: int
    public: bytes
    id: bytes

    def __str__(self) -> str:
        """Write it as a verifier key."""
        return vkey(self.name, self.public, self.kind)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was checked: by which key, the line as it stands in the note, and a witness's time."""

    key: NoteKey
    line: str
    time: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A note that holds: its text, and those of its signatures that were checked."""

    body: str
    signatures: tuple[Signature, ...]

    @property
    def keys(self) -> tuple[NoteKey, ...]:
        """Who signed, each once, however many signatures they made."""
        return tuple(dict.fromkeys(one.key for one in self.signatures))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log commits to: its name, how many entries it has, and the root of their tree."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The exact text that is signed; raises `NoteWrong` for what cannot be one."""
        text = f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"
        if self.parse(text) != self:
            raise NoteWrong("a checkpoint has one line of origin, a size and a root of 32 bytes")
        return text

    @classmethod
    def parse(cls, body: str) -> Self:
        """Read the text of a checkpoint: exactly three lines, and nothing that could be written in two ways."""
        lines = body.split("\n")
        if len(lines) != 4 or lines[3]:
            raise NoteWrong("a checkpoint is three lines, each with its end: origin, size, root")
        origin, size, root = lines[:3]
        if not origin or _CONTROL.search(body):
            raise NoteWrong("the origin of the checkpoint is empty or holds control characters")
        made = decoded(root)
        if len(made) != 32:
            raise NoteWrong(f"the root of the checkpoint has {len(made)} bytes, not 32")
        return cls(origin, number(size), made)


def number(text: str) -> int:
    """Read a size or an index: decimal, without leading zeros, below 2^63; raises `NoteWrong` for anything else."""
    if not _NUMBER.match(text) or int(text) > LARGEST:
        raise NoteWrong(f"«{text[:40]}» is not a size: decimal digits without leading zeros, below 2^63")
    return int(text)


def encoded(data: bytes) -> str:
    """Write bytes in base64."""
    return base64.b64encode(data).decode("ascii")


def decoded(text: str) -> bytes:
    """Read base64 in its one exact form; raises `NoteWrong` for anything else."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as fault:
        raise NoteWrong(f"«{text[:40]}» is not base64") from fault
    if encoded(data) != text:
        raise NoteWrong(f"«{text[:40]}» is not base64 in its one exact form")
    return data


def key_id(name: str, public: bytes, kind: int) -> bytes:
    """The four bytes by which a signature line names its key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def key(name: str, public: bytes, kind: int = ED25519) -> NoteKey:
    """A key from its parts; raises `KeyWrong` for a name, kind or length that cannot be."""
    if not _is_name(name):
        raise KeyWrong(f"«{name[:60]}» cannot name a key: not empty, no spaces, no plus, no control characters")
    if kind not in KINDS or len(public) != cipher.KEY:
        raise KeyWrong("only Ed25519 keys of 32 bytes are known, for logs (type 1) and for witnesses (type 4)")
    return NoteKey(name, kind, public, key_id(name, public, kind))


def vkey(name: str, public: bytes, kind: int = ED25519) -> str:
    """Write a verifier key: name, id and public bytes in one text."""
    made = key(name, public, kind)
    return f"{name}+{made.id.hex()}+{encoded(bytes([kind]) + public)}"


def read_vkey(text: str) -> NoteKey:
    """Read a verifier key; raises `KeyWrong` when it is none or its id is not that of its bytes."""
    name, plus, rest = text.strip().partition("+")
    own, more, material = rest.partition("+")
    if not (plus and more and _ID.match(own)):
        raise KeyWrong(f"«{text[:60]}» is not a verifier key: name+8 hex digits+base64")
    try:
        raw = decoded(material)
    except NoteWrong as fault:
        raise KeyWrong(f"the verifier key of «{name[:60]}» does not end in base64") from fault
    made = key(name, raw[1:], raw[0] if raw else 0)
    if made.id.hex() != own.lower():
        raise KeyWrong(f"the verifier key of «{name[:60]}» was altered: its id is {made.id.hex()}, not {own}")
    return made


def sign_line(name: str, sign: Signing, public: bytes, body: str) -> str:
    """Make the signature line of a log's key under a text; *sign* signs bytes with Ed25519.  It ends in a newline."""
    own = key(name, public, ED25519)
    return f"{_DASH}{name} {encoded(own.id + sign(_text(body)))}\n"


def cosign_line(name: str, sign: Signing, public: bytes, body: str, unix_time: int) -> str:
    """Make the cosignature line of a witness under a checkpoint's text, at a time in whole seconds."""
    own = key(name, public, COSIGNATURE)
    signature = sign(cosigned(body, unix_time))
    blob = unix_time.to_bytes(8, "big") + signature
    return f"{_DASH}{name} {encoded(own.id + blob)}\n"


def cosigned(body: str, unix_time: int) -> bytes:
    """The exact bytes that a witness signs."""
    if not 0 < unix_time <= LARGEST:
        raise NoteWrong("a cosignature has a time in whole seconds after 1970")
    return f"cosignature/v1\ntime {unix_time}\n".encode() + _text(body)


def note(body: str, lines: Iterable[str]) -> str:
    """Put a text and its signature lines together."""
    return body + "\n" + "".join(lines)


def body_of(text: str | bytes) -> str:
    """The text of a note of which nothing was checked yet; raises `NoteWrong` when it is no note."""
    return _split(text)[0]


def open_note(text: str | bytes, keys: Iterable[NoteKey]) -> Opened:
    """Check a note against the keys that are trusted, and give its text with the signatures that hold.

    Unknown keys are passed over.  Raises `NoteWrong` when a trusted key's signature does not hold, whatever others
    say, and when no trusted key signed at all.
    """
    trusted: dict[tuple[str, bytes], NoteKey] = {}
    for one in keys:
        if trusted.setdefault((one.name, one.id), one) != one:
            raise KeyWrong(f"two different keys are both called {one.name} {one.id.hex()}; name one of them anew")
    body, lines = _split(text)
    good = []
    for name, blob, line in lines:
        known = trusted.get((name, blob[:4]))
        if known is not None:
            good.append(_checked(known, body, blob[4:], line))
    if not good:
        raise NoteWrong("none of the keys that are trusted signed this")
    return Opened(body, tuple(good))


def _checked(known: NoteKey, body: str, blob: bytes, line: str) -> Signature:
    time, message, signature = None, body.encode(), blob
    if known.kind == COSIGNATURE:
        time, signature = int.from_bytes(blob[:8], "big"), blob[8:]
        message = cosigned(body, time)
    try:
        cipher.check_signature(known.public, message, signature)
    except SignatureBroken as broken:
        raise NoteWrong(f"the signature of {known.name} does not belong to this text") from broken
    return Signature(known, line, time)


def _split(text: str | bytes) -> tuple[str, Sequence[tuple[str, bytes, str]]]:
    try:
        whole = text.decode("utf-8") if isinstance(text, bytes) else text.encode("utf-8").decode("utf-8")
    except UnicodeError as fault:
        raise NoteWrong("a note is text in UTF-8") from fault
    if _CONTROL.search(whole):
        raise NoteWrong("a note holds no control characters but line ends")
    at = whole.rfind("\n\n")
    if at < 0 or not whole.endswith("\n"):
        raise NoteWrong("a note is a text, an empty line and signature lines, each with its end")
    lines = whole[at + 2 :].split("\n")[:-1]
    if len(lines) > MOST_SIGNATURES:
        raise NoteWrong(f"this note has {len(lines)} signatures; {MOST_SIGNATURES} are read at most")
    return whole[: at + 1], [_line(line) for line in lines]


def _line(line: str) -> tuple[str, bytes, str]:
    name, space, material = line.removeprefix(_DASH).partition(" ")
    if not (line.startswith(_DASH) and space and _is_name(name)):
        raise NoteWrong(f"«{line[:60]}» is not a signature line: dash, name, base64")
    blob = decoded(material)
    if len(blob) < 5:
        raise NoteWrong(f"the signature line of {name[:60]} holds no signature")
    return name, blob, line + "\n"


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(one.isspace() or ord(one) < 32 for one in name)


def _text(body: str) -> bytes:
    if not body.endswith("\n") or _CONTROL.search(body):
        raise NoteWrong("a text that is signed ends with a newline and holds no other control characters")
    try:
        return body.encode("utf-8")
    except UnicodeEncodeError as fault:
        raise NoteWrong("a text that is signed is UTF-8") from fault
