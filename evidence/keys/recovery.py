"""The recovery file: the master key sealed to a key that only k of n shares can make (HPKE, X25519, AES-256-GCM).

Sealing needs the public half alone, so a new master key is put into the file without calling the holders together.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from core import cipher
from core.errors import Conflict
from evidence.keyring import Keyring
from evidence.keys import files, shares
from evidence.keys.files import KeysMissing, KeysWrong
from evidence.keys.providers import HeldMaster, name_of
from evidence.keys.shares import Share, ShareSet

FILE: Final = "recovery.json"
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class NotWithShares(Conflict):
    """The master key cannot leave its keeper, so no shares can bring it back."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What the recovery file says: the set of shares, the public key, and the sealed master key."""

    shares: ShareSet
    public: bytes
    master: str
    sealed: bytes


def make(keyring: Keyring, k: int, n: int) -> list[Share]:
    """Make a new set of shares and the recovery file that they open; an earlier set opens nothing new from now on."""
    master = _plain(keyring)
    seed = shares.new_seed()
    made, dealt = shares.split(seed, k, n)
    public = _private(seed).public_key().public_bytes_raw()
    # Proved before anybody relies on it: any k of the shares that are handed out open what was written.
    _write(keyring.folder / FILE, _sealed(made, public, master))
    opened(read(keyring.folder / FILE), dealt[-k:])
    return dealt


def renew(keyring: Keyring) -> bool:
    """Seal the present master key into the recovery file, if there is one; gives whether there is."""
    path = keyring.folder / FILE
    if not path.exists():
        return False
    kept = read(path)
    _write(path, _sealed(kept.shares, kept.public, _plain(keyring)))
    return True


def opened(kept: Recovery, given: list[Share]) -> HeldMaster:
    """The master key that these shares open; raises as `shares.combine` does, or KeysWrong."""
    seed = shares.combine(given, kept.shares)
    try:
        key = _SUITE.decrypt(kept.sealed, _private(seed), info=_info(kept.shares, kept.master))
    except InvalidTag as broken:
        raise KeysWrong(
            "the shares are right, and the recovery file was changed; take the one from a backup"
        ) from broken
    if name_of(key) != kept.master:
        raise KeysWrong("the recovery file opens, and what is in it is another master key than it says")
    return HeldMaster(key)


def read(path: Path) -> Recovery:
    """Read a recovery file, which holds no secret, so that anybody may; raises KeysMissing or KeysWrong."""
    if not path.is_file():
        raise KeysMissing(f"{path} is not there: no shares were made yet, or take the one from a backup")
    try:
        told: dict[str, Any] = json.loads(path.read_bytes())
        made = ShareSet(
            bytes.fromhex(told["set"]), int(told["k"]), int(told["n"]), bytes.fromhex(told["signed_by"]),
            bytes.fromhex(told["check"]),
        )  # fmt: skip
        return Recovery(made, bytes.fromhex(told["public"]), str(told["master"]), bytes.fromhex(told["sealed"]))
    except (ValueError, KeyError, TypeError) as fault:
        raise KeysWrong(f"{path} is no recovery file: it is cut or changed; take the one from a backup") from fault


def _sealed(made: ShareSet, public: bytes, master: HeldMaster) -> Recovery:
    key = X25519PublicKey.from_public_bytes(public)
    return Recovery(made, public, master.id, _SUITE.encrypt(master.key, key, info=_info(made, master.id)))


def _write(path: Path, kept: Recovery) -> None:
    told = {
        "v": 1, "kind": "probanda recovery file", "set": kept.shares.set_id.hex(), "k": kept.shares.k,
        "n": kept.shares.n, "signed_by": kept.shares.public.hex(), "check": kept.shares.check.hex(),
        "public": kept.public.hex(), "master": kept.master, "sealed": kept.sealed.hex(),
    }  # fmt: skip
    files.write(path, json.dumps(told, indent=1).encode())


def _private(seed: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(cipher.derive(seed + bytes(shares.SEED), "recovery key"))


def _info(made: ShareSet, master: str) -> bytes:
    return f"probanda/recovery/v1/{made.set_id.hex()}/{master}".encode()


def _plain(keyring: Keyring) -> HeldMaster:
    key = keyring.master.plain()
    if key is None:
        raise NotWithShares(
            "this master key never leaves its token, so it cannot be shared out; back up the token itself"
        )
    return HeldMaster(key)
