"""Shares of one secret: any k of n give it back, fewer say nothing, and each share that does not belong says so.

A seed of 16 bytes is split by Shamir's scheme.  A share names its set, its number, k and n, and is signed by a key
derived from the seed; the public half stands in the recovery file.  On paper a share is groups of letters, each with a
digit that shows a slip of the pen.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from Crypto.Protocol.SecretSharing import Shamir

from core import cipher
from core.errors import Invalid

SEED: Final = 16
_HEAD: Final = b"PbS1"
_MOST: Final = 255
_CHECK: Final = 8
_GROUP: Final = 5
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class ShareWrong(Invalid):
    """A share is damaged, forged or of another set; its number is told where it can be read."""


class SharesDouble(Invalid):
    """The same share was given twice."""


class TooFewShares(Invalid):
    """Fewer shares were given than are needed."""


class SharesDoNotOpen(Invalid):
    """Enough good-looking shares were given, and what they make is not the seed."""


@dataclass(frozen=True, slots=True)
class Share:
    """One share: number *index* of *n*, of which *k* are needed, of the set named by 8 bytes."""

    set_id: bytes
    index: int
    k: int
    n: int
    value: bytes
    signature: bytes

    @property
    def body(self) -> bytes:
        """What is signed."""
        return _HEAD + self.set_id + bytes([self.index, self.k, self.n]) + self.value

    def to_bytes(self) -> bytes:
        """The whole share with its signature."""
        return self.body + self.signature

    def to_text(self) -> str:
        """The share in groups of five letters, each followed by its check digit."""
        letters = base64.b32encode(self.to_bytes()).decode().rstrip("=")
        groups = [letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP)]
        return " ".join(f"{group}{_digit(number, group)}" for number, group in enumerate(groups, start=1))


@dataclass(frozen=True, slots=True)
class ShareSet:
    """What may be known of a set: its name, k and n, the public key that signed it, and the check value of the seed."""

    set_id: bytes
    k: int
    n: int
    public: bytes
    check: bytes


def new_seed() -> bytes:
    """Sixteen random bytes."""
    return cipher.new_key(SEED)


def split(seed: bytes, k: int, n: int) -> tuple[ShareSet, list[Share]]:
    """Split a seed into n shares of which any k give it back."""
    if len(seed) != SEED or not 2 <= k <= n <= _MOST:
        raise ShareWrong("shares are made as k of n with 2 or more of at most 255, of a seed of 16 bytes")
    signing = cipher.derive(seed + bytes(SEED), "shares/signing")
    made = ShareSet(cipher.new_key(8), k, n, cipher.public_key(signing), check_of(seed))
    found = []
    for index, value in Shamir.split(k, n, seed):
        unsigned = Share(made.set_id, index, k, n, bytes(value), b"")
        found.append(Share(made.set_id, index, k, n, bytes(value), cipher.sign(signing, unsigned.body)))
    return made, found


def read(text: str) -> Share:
    """Read a share as it was typed or scanned; raises ShareWrong and names the group in which the slip is."""
    letters = []
    for number, group in enumerate(text.upper().split(), start=1):
        whole, digit = group[:-1], group[-1]
        if not whole or len(whole) > _GROUP or any(one not in _ALPHABET for one in whole):
            raise ShareWrong(
                f"group {number}, «{group[:8]}», is not {_GROUP} letters and a digit; look at the sheet again"
            )
        if digit != _digit(number, whole):
            raise ShareWrong(
                f"group {number}, «{group}», has a slip: its check digit does not fit; look at the sheet again"
            )
        letters.append(whole)
    joined = "".join(letters)
    try:
        raw = base64.b32decode(joined + "=" * (-len(joined) % 8))
    except ValueError as fault:
        raise ShareWrong("this is not a whole share: some groups are missing") from fault
    if len(raw) != len(_HEAD) + 8 + 3 + SEED + 64 or not raw.startswith(_HEAD):
        raise ShareWrong("this is not a whole share: some groups are missing, or it is something else")
    set_id, (index, k, n), rest = raw[4:12], raw[12:15], raw[15:]
    return Share(set_id, index, k, n, rest[:SEED], rest[SEED:])


def combine(shares: Sequence[Share], of: ShareSet) -> bytes:
    """Give the seed; raises ShareWrong, SharesDouble, TooFewShares or SharesDoNotOpen, each with its own words."""
    seen: set[int] = set()
    for share in shares:
        _belongs(share, of)
        if share.index in seen:
            raise SharesDouble(f"share {share.index} was given twice; {of.k} different ones are needed")
        seen.add(share.index)
    if len(seen) < of.k:
        raise TooFewShares(
            f"{len(seen)} shares were given, and {of.k} of {of.n} are needed; nothing can be said from fewer"
        )
    seed = bytes(Shamir.combine([(share.index, share.value) for share in shares[: of.k]]))
    if not hmac.compare_digest(check_of(seed), of.check):
        raise SharesDoNotOpen("these shares do not make the seed: its check value differs; nothing was opened")
    return seed


def check_of(seed: bytes) -> bytes:
    """The check value of a seed, which tells right from wrong and nothing else (ENC-8)."""
    return cipher.derive(seed + bytes(SEED), "shares/check value", _CHECK)


def _belongs(share: Share, of: ShareSet) -> None:
    if share.set_id != of.set_id:
        raise ShareWrong(f"share {share.index} is of set {share.set_id.hex()}, and this is set {of.set_id.hex()}")
    try:
        cipher.check_signature(of.public, share.body, share.signature)
    except cipher.SignatureBroken as broken:
        raise ShareWrong(
            f"share {share.index} was changed: its signature does not hold; ask its holder again"
        ) from broken


def _digit(number: int, group: str) -> str:
    return _ALPHABET[hashlib.sha256(f"{number}/{group}".encode()).digest()[0] % 32]
