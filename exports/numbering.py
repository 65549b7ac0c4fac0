"""Numbers given once, from tables: of dossiers and versions, exhibits, files and pages (R-DOS-01).

A number that was given stays with its thing for good and never names another, even when the thing is withheld later.
A renderer is told its numbers and works out none.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base
from core.errors import Conflict, Missing
from exports.contents import PageEntry

_BATCH: Final = 5_000


class NoSuchDossier(Missing):
    """The case has no dossier of that number."""


class PagesGiven(Conflict):
    """The pages of this version have their numbers already, and these are other pages."""


class Counter(Base):
    """The last number given in one series: the lock that whoever gives the next one takes."""

    __tablename__ = "counters"

    series: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class ExhibitGiven(Base):
    """The number of an exhibit in the dossiers of its case: 1 is printed as E1."""

    __tablename__ = "dossier_exhibits"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]


class FileGiven(Base):
    """The number of a file within its exhibit: 2 in exhibit 1 is printed as E1.2."""

    __tablename__ = "dossier_files"
    __table_args__ = (UniqueConstraint("exhibit_id", "number"),)

    file_id: Mapped[UUID] = mapped_column(ForeignKey("files.id"), primary_key=True)
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"))
    number: Mapped[int]


class PageGiven(Base):
    """The number of one page of one version of a dossier; `part` is "dossier" or the number of a file."""

    __tablename__ = "dossier_pages"
    __table_args__ = (UniqueConstraint("export_id", "part", "page"),)

    export_id: Mapped[UUID] = mapped_column(ForeignKey("exports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    part: Mapped[str]
    page: Mapped[int]


def new_dossier(session: Session, case_id: UUID) -> str:
    """Give the number of a new dossier of a case: D1, D2 and so on."""
    counter = _hold(session, f"dossiers/{case_id}")
    counter.last += 1
    session.flush()
    return f"D{counter.last}"


def next_version(session: Session, case_id: UUID, dossier: str) -> int:
    """Give the next version of a dossier, from 1; raises NoSuchDossier for a number that was never given."""
    known = session.get(Counter, f"dossiers/{case_id}")
    if known is None or dossier not in {f"D{number}" for number in range(1, known.last + 1)}:
        raise NoSuchDossier(f"this case has no dossier «{dossier[:20]}»")
    counter = _hold(session, f"versions/{case_id}/{dossier}")
    counter.last += 1
    session.flush()
    return counter.last


def exhibits(session: Session, case_id: UUID, wanted: Sequence[UUID]) -> dict[UUID, str]:
    """Give each exhibit of a case its number, E1, E2 and so on: the one that it has, or the next in this order."""
    counter = _hold(session, f"exhibits/{case_id}")
    rows = session.scalars(select(ExhibitGiven).where(ExhibitGiven.exhibit_id.in_(wanted)))
    given = {row.exhibit_id: row.number for row in rows}
    for exhibit_id in wanted:
        if exhibit_id not in given:
            counter.last += 1
            given[exhibit_id] = counter.last
            session.add(ExhibitGiven(exhibit_id=exhibit_id, case_id=case_id, number=counter.last))
    session.flush()
    return {exhibit_id: f"E{given[exhibit_id]}" for exhibit_id in wanted}


def files(session: Session, exhibit_id: UUID, exhibit: str, wanted: Sequence[UUID]) -> dict[UUID, str]:
    """Give each file of an exhibit its number, E1.1, E1.2 and so on: the one that it has, or the next in this order."""
    counter = _hold(session, f"files/{exhibit_id}")
    rows = session.scalars(select(FileGiven).where(FileGiven.exhibit_id == exhibit_id))
    given = {row.file_id: row.number for row in rows}
    for file_id in wanted:
        if file_id not in given:
            counter.last += 1
            given[file_id] = counter.last
            session.add(FileGiven(file_id=file_id, exhibit_id=exhibit_id, number=counter.last))
    session.flush()
    return {file_id: f"{exhibit}.{given[file_id]}" for file_id in wanted}


def give_pages(session: Session, export_id: UUID, counts: Iterable[tuple[str, int]]) -> tuple[PageEntry, ...]:
    """Give every page of a version its number, from 1 in this order of (part, how many pages).

    Asked again for the same pages it gives the same numbers; raises PagesGiven for other ones.
    """
    _hold(session, f"pages/{export_id}")
    places = [(part, page) for part, count in counts for page in range(1, count + 1)]
    wanted = tuple(PageEntry(number, part, page) for number, (part, page) in enumerate(places, 1))
    before = pages(session, export_id)
    if before and before != wanted:
        raise PagesGiven("this version has its page numbers already and its pages have changed: order a new version")
    rows = [{"export_id": export_id, "number": one.number, "part": one.part, "page": one.page} for one in wanted]
    for start in range(0, 0 if before else len(rows), _BATCH):
        session.execute(insert(PageGiven), rows[start : start + _BATCH])
    return wanted


def pages(session: Session, export_id: UUID) -> tuple[PageEntry, ...]:
    """The page numbers that a version was given, in order; none before `give_pages`."""
    query = select(PageGiven).where(PageGiven.export_id == export_id).order_by(PageGiven.number)
    return tuple(PageEntry(row.number, row.part, row.page) for row in session.scalars(query))


def _hold(session: Session, series: str) -> Counter:
    """The counter of a series, held against other givers until the transaction ends."""
    counter = session.get(Counter, series, with_for_update=True, populate_existing=True)
    if counter is None:
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(make(Counter).values(series=series, last=0).on_conflict_do_nothing())
        counter = session.get_one(Counter, series, with_for_update=True, populate_existing=True)
    return counter
