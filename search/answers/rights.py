"""Which cases a search may run over, and which of the proposed files the person may really see."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import access
from cases.access import Act
from cases.docket import Case
from cases.handling import Sensitivity
from core.accounts import Actor
from evidence.exhibits import Exhibit
from evidence.files import File
from search.engines.protocol import Scope
from search.indexing import LOOKED_INTO, tier_of

_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """A case that may be searched: up to which class, and what it is called."""

    level: Sensitivity
    restricted: bool
    title: str
    number: str


@dataclass(frozen=True, slots=True)
class Rights:
    """Everything that one person may search at this moment, for a purpose."""

    places: Mapping[UUID, Place]

    @property
    def levels(self) -> dict[UUID, Sensitivity]:
        """For each case the highest class that may be read in it."""
        return {case: place.level for case, place in self.places.items()}

    def without(self, case: UUID) -> "Rights":
        """The same in all cases but this one."""
        return Rights({one: place for one, place in self.places.items() if one != case})

    def scope(self) -> Scope:
        """The indices to be asked, each with the cases that may be read in it (R-PRO-11)."""
        tiers: dict[str, set[UUID]] = {}
        for case, place in self.places.items():
            for level in range(place.level + 1):
                tiers.setdefault(tier_of(level, restricted=place.restricted), set()).add(case)
        return {tier: frozenset(cases) for tier, cases in tiers.items()}


@dataclass(frozen=True, slots=True)
class Known:
    """A file that the person may read, with what a list shows of it."""

    file: UUID
    case: UUID
    exhibit: UUID
    name: str
    media_type: str
    language: str


def held(session: Session, actor: Actor, case: UUID | None = None) -> Rights:
    """What this person may search, in one case or in all; raises as `access.fetch` does for a case named."""
    levels = access.readable(session, actor, to=Act.SEARCH)
    if case is not None:
        access.fetch(session, actor, case, to=Act.SEARCH)
        levels = {case: levels[case]}
    rows = session.execute(select(Case.id, Case.restricted, Case.title, Case.number).where(Case.id.in_(list(levels))))
    return Rights({row.id: Place(levels[row.id], row.restricted, row.title, row.number) for row in rows})


def checked(session: Session, rights: Rights, files: Iterable[UUID]) -> dict[UUID, Known]:
    """Those of the proposed files that exist and that the person may read, by the database's word alone."""
    waiting = iter(files)
    known: dict[UUID, Known] = {}
    while batch := list(islice(waiting, _BATCH)):
        known.update((one.file, one) for one in _known(session, rights, batch))
    return known


def _known(session: Session, rights: Rights, files: list[UUID]) -> Iterator[Known]:
    columns = (File.id, File.case_id, File.exhibit_id, File.name, File.media_type, File.language)
    query = (
        select(*columns, File.sensitivity, Exhibit.sensitivity)
        .join(Exhibit, Exhibit.id == File.exhibit_id)
        .where(File.id.in_(files), File.reading.in_(LOOKED_INTO))
        .where(File.restricted.is_(False), Exhibit.restricted.is_(False))
    )
    for file, case, exhibit, name, media_type, language, own, above in session.execute(query):
        place = rights.places.get(case)
        if place is not None and max(own, above) <= place.level:
            yield Known(file, case, exhibit, name, media_type, language)
