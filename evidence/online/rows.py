"""The tables of what was collected online; the network identity is sealed, and each record stays as it was."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Moment
from evidence.names import new_salt


class Role(StrEnum):
    """What a file is of an online item."""

    SOURCE = "page source"
    CAPTURE = "full-page capture"
    MEDIA = "embedded media"
    METADATA = "metadata"
    CONTEXT = "context"


class Element(StrEnum):
    """What belongs to an online item by the Berkeley Protocol, beyond its address and the hashes of its files."""

    SOURCE = "page source"
    CAPTURE = "full-page capture"
    MEDIA = "embedded media"
    METADATA = "metadata"
    CONTEXT = "context"
    COLLECTION = "collection data"


MEANINGS: Final = {
    Element.SOURCE: "the source code of the page (HTML)",
    Element.CAPTURE: "a capture of the full page",
    Element.MEDIA: "the media that were embedded in it",
    Element.METADATA: "the metadata that were embedded in it",
    Element.CONTEXT: "its context: what led there, what stood around it, whether one was signed in",
    Element.COLLECTION: "who collected it, when, with what, and under which network identity",
}


class OnlineItem(Base):
    """One address that was collected into an exhibit; a corrected record stays and names what came in its place."""

    __tablename__ = "online_items"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"), index=True)
    number: Mapped[int]
    typed: Mapped[str]
    final: Mapped[str] = mapped_column(default="")
    context: Mapped[str] = mapped_column(default="")
    # With this the ledger speaks of addresses and context without saying them; it goes when they have to.
    salt: Mapped[bytes] = mapped_column(LargeBinary, default=new_salt)
    collector: Mapped[str]
    tool: Mapped[str]
    tool_version: Mapped[str]
    collected: Mapped[datetime] = mapped_column(Moment)
    # The same time with the offset with which it was given (COC-11).
    collected_local: Mapped[str]
    # Under which account, address or exit it was collected; an undercover identity may hang on it.
    sealed: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    disclosed: Mapped[bool] = mapped_column(default=False)
    replaced_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("online_items.id"), index=True)
    recorded: Mapped[datetime] = mapped_column(Moment)
    recorded_by: Mapped[str]


class OnlinePart(Base):
    """Which part of an online item a file is; the newest of a file counts."""

    __tablename__ = "online_parts"
    __table_args__ = (UniqueConstraint("item_id", "file_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("online_items.id"))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id"), index=True)
    role: Mapped[str]


class OnlineReason(Base):
    """Why something of an online item is not here; the newest of an element counts."""

    __tablename__ = "online_reasons"
    __table_args__ = (UniqueConstraint("item_id", "element"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("online_items.id"))
    element: Mapped[str]
    reason: Mapped[str]
    entered: Mapped[datetime] = mapped_column(Moment)
    entered_by: Mapped[str]
