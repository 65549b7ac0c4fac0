"""What the vault gives and needs: receipts, what a blob is bound to, and the words in which it refuses."""

from dataclasses import dataclass, field
from uuid import UUID

from core.errors import Invalid, Tampered, Unavailable


class VaultFull(Unavailable):
    """The disk of the vault has no room left for these bytes."""


class VaultOutOfReach(Unavailable):
    """The disk of the vault does not do what it is asked."""


class TooLarge(Invalid):
    """More bytes came than a file may have here, or than were announced."""


class CutShort(Invalid):
    """Fewer bytes came than were announced."""


class BlobDamaged(Tampered):
    """A sealed blob is not what was put into the vault."""


class BlobGone(Tampered):
    """A sealed blob that a row points to is not on the disk."""


@dataclass(frozen=True, slots=True)
class BlobContext:
    """To what a blob belongs; bound to its bytes, so that a blob moved to another file does not open."""

    case: UUID
    exhibit: UUID
    file: UUID
    version: int = 1

    def to_bytes(self) -> bytes:
        """Give the exact bytes that are bound: a domain word, three ids, the version as four bytes."""
        ids = self.case.bytes + self.exhibit.bytes + self.file.bytes
        return b"probanda/blob/v1\x00" + ids + self.version.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the vault gives for a stream that it has sealed, and needs to open it again; `size` in bytes."""

    blob: str
    size: int
    sha256: str
    sha512: str
    context: BlobContext
    key: bytes = field(repr=False)
    # Of the bytes as they lie on disk, which can be looked over without a key; empty when it was never computed.
    sealed_sha256: str = ""
