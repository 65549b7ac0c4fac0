"""Seal and open bytes: streams, small notes, wrapped keys and signatures.

Streams are in the published Cobblestone-256 format (C2SP chunked-encryption): a salt of 24
bytes, a commitment of 32, then chunks of 16 KiB each with its own tag, the last one always
shorter.  `cryptography` runs it and checks signatures; keys are wrapped with AES-SIV and texts
signed with Ed25519 by pycryptodome.  Nothing here knows a file, a case or a table.
"""

import hmac
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Self

from Crypto.Cipher import AES
from Crypto.Signature import eddsa
from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from core.errors import Tampered

KEY = 32
WRAPPING_KEY = 64
CHUNK = 16_384
TAG = 16
SALT = 24
HEAD = SALT + 32
NONCE = 12
GROUP = 64

_DOMAIN = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00"


# What begins a note that was sealed under a later version of its key than the first: these bytes, then the version.
# A note of the first version begins with its nonce, which is random, so the two are not taken for each other.
_TURNED = b"\x00PbTurn\x00"
MARK = len(_TURNED) + 4


class SealBroken(Tampered):
    """Sealed bytes that do not open: changed, cut, extended, swapped, or the wrong key."""


class SignatureBroken(Tampered):
    """A signature that does not belong to this text and this key."""


class TurningKey(bytes):
    """A key in its newest version, together with the versions that still stand, so that what either sealed opens.

    It is the newest key's bytes to everybody who only takes a key.  Keys derived from it turn with it.
    """

    version: int
    versions: Mapping[int, bytes]

    def __new__(cls, versions: Mapping[int, bytes], newest: int) -> Self:
        """Make it of the versions that stand; raises KeyError when the newest is not among them."""
        key = super().__new__(cls, versions[newest])
        key.version, key.versions = newest, versions
        return key

    @property
    def newest(self) -> "TurningKey":
        """The same key in its newest version, which is the one to seal with."""
        return TurningKey(self.versions, max(self.versions))

    def each(self, make: Callable[[bytes], bytes]) -> "TurningKey":
        """The key that *make* makes of it, in every version."""
        return TurningKey({version: make(key) for version, key in self.versions.items()}, self.version)


def mark_of(version: int) -> bytes:
    """With what a note begins that was sealed under this version of its key; nothing for the first."""
    return b"" if version == 1 else _TURNED + version.to_bytes(4, "big")


def new_key(length: int = KEY) -> bytes:
    """Give *length* random bytes from the operating system, for use as a key."""
    return os.urandom(length)


def seal(chunks: Iterable[bytes], key: bytes, *, context: bytes) -> Iterator[bytes]:
    """Encrypt a stream frame by frame; *context* is bound to every byte and not stored.

    Needs a key of 32 bytes that seals nothing else.  Memory stays at one frame, whatever the
    length.  Frames of 1 MiB are best: the work on one frame runs outside Python's lock.
    """
    machine = Cobblestone256Encryptor(key, context)
    for chunk in chunks:
        if sealed := machine.update(chunk):
            yield sealed
    yield machine.finalize()


def unseal(chunks: Iterable[bytes], key: bytes, *, context: bytes) -> Iterator[bytes]:
    """Decrypt a stream; each chunk is given out only after its tag has been checked.

    Raises SealBroken at the first chunk that does not hold, or at the end when the stream was
    cut.  So what was given out is genuine, and it is whole only if the iteration ends quietly.
    """
    machine = Cobblestone256Decryptor(key, context)
    try:
        for chunk in chunks:
            if plain := machine.update(chunk):
                yield plain
        if plain := machine.finalize():
            yield plain
    except InvalidTag as broken:
        raise SealBroken(_BROKEN) from broken


_BROKEN = "these sealed bytes were changed, cut or moved, or the key is not theirs"


def sealed_size(size: int) -> int:
    """Say how many sealed bytes *size* plain bytes make."""
    return HEAD + size + (size // CHUNK + 1) * TAG


def unseal_range(
    read_at: Callable[[int, int], bytes],
    key: bytes,
    *,
    context: bytes,
    size: int,
    start: int,
    length: int,
) -> Iterator[bytes]:
    """Decrypt plain bytes [start, start + length), reading only the chunks that hold them.

    *read_at(offset, count)* gives sealed bytes; *size* is the plain size of the whole, and a
    range past it is cut to it.  Raises SealBroken before a chunk with a wrong tag leaves.
    """
    if start < 0 or length < 0:
        raise ValueError("a range begins at 0 or later and is not negative")
    end = min(start + length, size)
    if start >= end:
        return
    subkey, base = _open_head(read_at(0, HEAD), key, context)
    machine = AESGCM(subkey)
    for first in range(start // CHUNK, (end - 1) // CHUNK + 1, GROUP):
        last = min(first + GROUP - 1, (end - 1) // CHUNK)
        plain = _open_chunks(machine, base, first, _read_chunks(read_at, first, last, size))
        yield plain[max(0, start - first * CHUNK) : end - first * CHUNK]


def _open_head(head: bytes, key: bytes, context: bytes) -> tuple[bytes, bytes]:
    """Derive the chunk key and base nonce, after checking what the head commits to."""
    if len(head) != HEAD:
        raise SealBroken(_BROKEN)
    info = _DOMAIN + head[:SALT] + context
    made = HKDFExpand(algorithm=SHA512(), length=KEY + NONCE + 32, info=info).derive(key)
    if not hmac.compare_digest(made[KEY + NONCE :], head[SALT:]):
        raise SealBroken(_BROKEN)
    return made[:KEY], made[KEY : KEY + NONCE]


def _read_chunks(read_at: Callable[[int, int], bytes], first: int, last: int, size: int) -> memoryview:
    """Read the sealed chunks first..last in one go, as long as they must be."""
    count = min(last - first + 1, size // CHUNK - first + 1)
    whole = min(count * CHUNK, size - first * CHUNK) + count * TAG
    sealed = read_at(HEAD + first * (CHUNK + TAG), whole)
    if len(sealed) != whole:
        raise SealBroken(_BROKEN)
    return memoryview(sealed)


def _open_chunks(machine: AESGCM, base: bytes, first: int, sealed: memoryview) -> bytes:
    """Check and decrypt consecutive chunks, the first of which has number *first*."""
    counter = int.from_bytes(base, "big")
    step = CHUNK + TAG
    try:
        return b"".join(
            machine.decrypt(
                (counter ^ (first + number)).to_bytes(NONCE, "big"),
                sealed[number * step : (number + 1) * step],
                None,
            )
            for number in range((len(sealed) + step - 1) // step)
        )
    except InvalidTag as broken:
        raise SealBroken(_BROKEN) from broken


def wrap(kek: bytes, key: bytes, *, context: bytes) -> bytes:
    """Wrap *key* with a key of 64 bytes by AES-SIV; *context* is bound to it.

    Nothing random goes in, so nothing can be repeated by mistake: the same key under the same
    context wraps to the same bytes.
    """
    machine = AES.new(kek, AES.MODE_SIV)
    machine.update(context)
    sealed, tag = machine.encrypt_and_digest(key)
    return tag + sealed


def unwrap(kek: bytes, wrapped: bytes, *, context: bytes) -> bytes:
    """Give the key that was wrapped; raises SealBroken for another key, context or text."""
    machine = AES.new(kek, AES.MODE_SIV)
    machine.update(context)
    try:
        return machine.decrypt_and_verify(wrapped[TAG:], wrapped[:TAG])
    except ValueError as broken:
        raise SealBroken("this wrapped key was changed, or is not opened by this key") from broken


def derive(key: bytes, label: str, length: int = KEY) -> bytes:
    """Make a key for one use, named by *label*, out of a strong random key (HKDF, SHA-512)."""
    if isinstance(key, TurningKey):
        return key.each(lambda one: derive(one, label, length))
    info = b"probanda/v1/" + label.encode()
    return HKDFExpand(algorithm=SHA512(), length=length, info=info).derive(key)


def seal_note(key: bytes, plaintext: bytes, *, context: bytes) -> bytes:
    """Seal one small record with AES-256-GCM: the version of a turned key, a random nonce, the bytes, the tag."""
    nonce = os.urandom(NONCE)
    mark = mark_of(key.version) if isinstance(key, TurningKey) else b""
    return mark + nonce + AESGCM(key).encrypt(nonce, plaintext, context)


def unseal_note(key: bytes, sealed: bytes, *, context: bytes) -> bytes:
    """Open one small record; raises SealBroken when it, its key or its context is another."""
    if isinstance(key, TurningKey):
        key, sealed = _turned(key, sealed)
    if len(sealed) < NONCE + TAG:
        raise SealBroken(_BROKEN)
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], context)
    except InvalidTag as broken:
        raise SealBroken(_BROKEN) from broken


def _turned(key: TurningKey, sealed: bytes) -> tuple[bytes, bytes]:
    """The version of the key that a note names, and the note without that name."""
    version = 1
    if sealed.startswith(_TURNED):
        version, sealed = int.from_bytes(sealed[len(_TURNED) : MARK], "big"), sealed[MARK:]
    if version not in key.versions:
        raise SealBroken(f"this was sealed under version {version} of its key, which is destroyed or not made yet")
    return key.versions[version], sealed


def sign(private: bytes, message: bytes) -> bytes:
    """Sign *message* with an Ed25519 seed of 32 bytes; gives 64 bytes."""
    return eddsa.new(eddsa.import_private_key(private), "rfc8032").sign(message)


def check_signature(public: bytes, message: bytes, signature: bytes) -> None:
    """Say nothing when *signature* is good; raises SignatureBroken otherwise.

    It is the strict rule, the same as in the verifier of a bundle: no multiplication by the cofactor, every number in
    its one form, and no key of small order, since such a key signs texts that nobody ever signed.
    """
    y = int.from_bytes(public, "little") & _SIGNLESS
    if len(public) != KEY or y >= _FIELD or y in _SMALL:
        raise SignatureBroken("this is no Ed25519 key in its one right form, or one under which anything seems signed")
    try:
        # Compares the bytes of R with those that it works out, so R and S have one form, too.
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as broken:
        raise SignatureBroken("the signature does not belong to this text and key") from broken


_FIELD = 2**255 - 19
_SIGNLESS = 2**255 - 1
# The eight points of Ed25519 whose order divides 8 have these five heights, with either sign (RFC 8032 writes a point
# as its y and the sign of its x): 0 is of order 4, 1 of order 1, -1 of order 2, the other two of order 8.
_EIGHTH = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL = frozenset({0, 1, _FIELD - 1, _EIGHTH, _FIELD - _EIGHTH})


def public_key(private: bytes) -> bytes:
    """Give the 32 public bytes that belong to an Ed25519 seed."""
    return eddsa.import_private_key(private).public_key().export_key(format="raw")
