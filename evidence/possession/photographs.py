"""Which files of an exhibit are photographs of it, and what they show: at seizure, before opening, and so on."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, Moment
from evidence.exhibits import Exhibit


class Shows(StrEnum):
    """At which moment a photograph was taken."""

    AT_SEIZURE = "at seizure"
    BEFORE_OPENING = "before opening"
    AFTER_OPENING = "after opening"
    SEALED = "sealed"
    DAMAGE = "damage"
    DISPOSAL = "disposal"


class Photograph(Base):
    """A file of an exhibit that is a photograph of the exhibit itself."""

    __tablename__ = "photographs"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id"), primary_key=True)
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"), index=True)
    shows: Mapped[str]
    marked: Mapped[datetime] = mapped_column(Moment)
    marked_by: Mapped[str]


def of_exhibit(session: Session, exhibit: Exhibit) -> Sequence[Photograph]:
    """The photographs of an exhibit, in the order in which they were marked."""
    query = select(Photograph).where(Photograph.exhibit_id == exhibit.id)
    return session.scalars(query.order_by(Photograph.marked, Photograph.file_id)).all()
