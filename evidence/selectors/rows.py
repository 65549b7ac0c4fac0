"""The selectors of files as rows, by which a number leads from one file and one case to others."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, Text, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base
from evidence.files import File
from evidence.pinpoints import Pinpoint
from evidence.selectors.sightings import Seen

_BATCH = 500


class Selector(Base):
    """One selector in one passage of a file; *value* is its normal form and stands in the clear to be compared."""

    __tablename__ = "selectors"
    __table_args__ = (Index(None, "kind", "value", "case_id"), Index(None, "file_id", "ordinal"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id"))
    ordinal: Mapped[int]
    pinpoint: Mapped[str] = mapped_column(Text)
    kind: Mapped[str]
    value: Mapped[str]
    as_written: Mapped[str] = mapped_column(Text)
    basis: Mapped[str]

    @property
    def place(self) -> Pinpoint:
        """Where in the file it stands."""
        return Pinpoint.from_json(self.pinpoint)


def keep(session: Session, file: File, seen: Iterable[Seen]) -> int:
    """Write the selectors of a file in place of any earlier ones, so that it may be read again; says how many."""
    session.execute(delete(Selector).where(Selector.file_id == file.id))
    count = 0
    rows = _distinct(file, seen)
    while batch := list(islice(rows, _BATCH)):
        session.execute(insert(Selector), batch)
        count += len(batch)
    return count


def _distinct(file: File, seen: Iterable[Seen]) -> Iterator[dict[str, object]]:
    """One row for each value in a passage, however often it stands there."""
    known: set[tuple[int, str, str]] = set()
    for one in seen:
        sighting = one.sighting
        key = (one.ordinal, sighting.kind, sighting.value)
        if key in known:
            continue
        known.add(key)
        yield {
            "id": uuid4(),
            "case_id": file.case_id,
            "file_id": file.id,
            "ordinal": one.ordinal,
            "pinpoint": one.pinpoint.to_json(),
            "kind": sighting.kind,
            "value": sighting.value,
            "as_written": sighting.as_written,
            "basis": sighting.basis,
        }


def of_file(session: Session, file: File) -> Sequence[Selector]:
    """The selectors of a file in the order in which they stand; asking for rights is the caller's part."""
    rows = select(Selector).where(Selector.file_id == file.id).order_by(Selector.ordinal, Selector.kind, Selector.value)
    return session.scalars(rows).all()
