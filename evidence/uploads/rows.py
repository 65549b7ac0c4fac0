"""The rows of uploads: a session, and each stretch of bytes that is held of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Moment
from evidence.vault import BlobContext


class State(StrEnum):
    """How far an upload has come."""

    OPEN = "open"
    WHOLE = "whole"  # every byte is held, and the worker puts them together
    STORED = "stored"
    JOINED = "joined"  # a partial upload that became part of another one
    CANCELLED = "cancelled"
    EXPIRED = "expired"


# Those that hold bytes or may still take some.
LIVE: Final = (State.OPEN.value, State.WHOLE.value)
ENDED: Final = tuple(one.value for one in State if one.value not in LIVE)


class Kind(StrEnum):
    """What an upload is for: a file by itself, a piece of one, or the file that such pieces make."""

    FILE = "file"
    PARTIAL = "partial"
    FINAL = "final"


class PartContext(BlobContext):
    """To what a sealed part is bound: its upload (in the place of the file), and where in it the part begins.

    A part moved to another place of the upload, to another upload or into the place of a file does not open.
    """

    def to_bytes(self) -> bytes:
        """Give the exact bytes that are bound: a domain word, three ids, the start as eight bytes."""
        ids = self.case.bytes + self.exhibit.bytes + self.file.bytes
        return b"probanda/upload-part/v1\x00" + ids + self.version.to_bytes(8, "big")


class Upload(Base):
    """One upload: what was announced, what is held, by whom it was sent, and how it ended."""

    __tablename__ = "uploads"
    __table_args__ = (Index(None, "state", "expires"), Index(None, "exhibit_id", "begun"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"))
    # The announced item whose bytes these are; a partial upload has none.
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("intake_items.id"), index=True)
    kind: Mapped[str] = mapped_column(default=Kind.FILE.value)
    size: Mapped[int] = mapped_column(BigInteger)
    part_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(default="")
    target: Mapped[str]
    stated_by: Mapped[str] = mapped_column(default="")
    also_stated: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    sheet_key: Mapped[str] = mapped_column(default="")
    # 32 bytes for each part, read one by one and never as a whole where one is enough.
    part_hashes: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    has_sheet: Mapped[bool] = mapped_column(default=False)
    # What a client of tus sent with it and wants back; forgotten at the end, since it may name anything.
    metadata_as_sent: Mapped[str] = mapped_column(default="")
    joined_of: Mapped[list[str]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(default=State.OPEN.value)
    because: Mapped[str] = mapped_column(default="")
    held_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    held_parts: Mapped[int] = mapped_column(default=0)
    # Up to where all bytes from the first on are held.
    offset: Mapped[int] = mapped_column(BigInteger, default=0)
    senders: Mapped[list[Any]] = mapped_column(JSON, default=list)
    begun: Mapped[datetime] = mapped_column(Moment)
    begun_by: Mapped[str]
    last_by: Mapped[str]
    last_at: Mapped[datetime] = mapped_column(Moment)
    expires: Mapped[datetime] = mapped_column(Moment)
    ended: Mapped[datetime | None] = mapped_column(Moment)
    # When the sealed parts were removed from the disk; nothing as long as some may lie there.
    purged: Mapped[datetime | None] = mapped_column(Moment)
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("files.id"))
    # The key of this upload, wrapped by its case's; empty once its parts must not be opened any more.
    wrapped_key: Mapped[bytes]
    key_version: Mapped[int]

    @property
    def context(self) -> BlobContext:
        """To what the key of the upload is bound when it is wrapped."""
        return PartContext(self.case_id, self.exhibit_id, self.id, 0)

    def at(self, start: int) -> BlobContext:
        """To what the part that begins here is bound; zero stands for the key itself."""
        return PartContext(self.case_id, self.exhibit_id, self.id, start + 1)


class Part(Base):
    """One stretch of bytes of an upload that is held, sealed, with its hash and who sent it when."""

    __tablename__ = "upload_parts"

    upload_id: Mapped[UUID] = mapped_column(ForeignKey("uploads.id"), primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    length: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    sha512: Mapped[str]
    blob: Mapped[str] = mapped_column(index=True)
    wrapped_key: Mapped[bytes]
    by: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.start + self.length
