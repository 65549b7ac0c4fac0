"""Sealed blobs on disk: a stream goes in and a receipt comes out, a receipt goes in and the stream comes out."""

from evidence.vault.hashing import FRAME, Pace
from evidence.vault.receipt import (
    BlobContext,
    BlobDamaged,
    BlobGone,
    CutShort,
    Receipt,
    TooLarge,
    VaultFull,
    VaultOutOfReach,
)
from evidence.vault.store import Vault

__all__ = [
    "FRAME",
    "BlobContext",
    "BlobDamaged",
    "BlobGone",
    "CutShort",
    "Pace",
    "Receipt",
    "TooLarge",
    "Vault",
    "VaultFull",
    "VaultOutOfReach",
]
