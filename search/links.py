"""Where else the same number or the same content stands: in other cases that the person may read, and in no others."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from cases.access import Act
from cases.masks import Masks
from core.accounts import Actor
from core.ledger import entries as ledger
from evidence import files
from evidence.exhibits import Exhibit
from evidence.files import File
from evidence.keyring import Keyring
from evidence.names import shown
from evidence.pinpoints import Pinpoint
from evidence.selectors import Selector
from search.answers import rights as walls
from search.answers.rights import Known, Rights
from search.answers.searches import digest, rights_digest
from search.indexing import masks_of

#: The kind under which the same content is told beside the kinds of selectors.
CONTENT: Final = "content"
#: No more files than this are listed for one value; their number is always told.
LISTED: Final = 50
_BATCH: Final = 400

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A file of another case in which the same stands, with the first place in it."""

    case: UUID
    case_title: str
    case_number: str
    exhibit: UUID
    reference: str
    file: UUID
    name: str
    ordinal: int
    pinpoint: str


@dataclass(frozen=True, slots=True)
class AlsoSeen:
    """A value, how many files of how many other cases it stands in, and the first of these files."""

    kind: str
    value: str
    files: int
    cases: int
    places: tuple[Elsewhere, ...]


def also_seen(session: Session, actor: Actor, keyring: Keyring, file_id: UUID) -> tuple[AlsoSeen, ...]:
    """For a file: its content, then each of its selectors, as far as they stand in other cases that may be read.

    The look is entered in the ledger of who looked.  Raises as `files.fetch` does, and `NoPurpose`.
    """
    file = files.fetch(session, actor, file_id, to=Act.SEARCH)
    others = walls.held(session, actor).without(file.case_id)
    own = select(Selector.kind, Selector.value).where(Selector.file_id == file.id).distinct()
    keys = sorted((kind, value) for kind, value in session.execute(own))
    held = {(CONTENT, file.sha256): _same_content(session, others, file)} | _same_values(session, others, keys)
    seen = tuple(_told(session, keyring, others, held))
    _enter(session, actor, others, file.case_id, file.id, seen)
    return seen


def also_seen_value(
    session: Session, actor: Actor, keyring: Keyring, case: UUID, kind: str, value: str
) -> AlsoSeen | None:
    """For one selector of a case, in its normal form: where it stands in other cases; nothing where in none.

    The look is entered as for `also_seen`.  Raises as `access.fetch` does for the case, and `NoPurpose`.
    """
    walls.held(session, actor, case)
    others = walls.held(session, actor).without(case)
    seen = tuple(_told(session, keyring, others, _same_values(session, others, [(kind, value)])))
    _enter(session, actor, others, case, case, seen)
    return seen[0] if seen else None


def _same_content(session: Session, others: Rights, file: File) -> dict[UUID, int]:
    """Files of other cases with the same bytes; an empty file is like every other and says nothing."""
    if not file.size:
        return {}
    query = select(File.id).where(File.sha256 == file.sha256, File.case_id.in_(list(others.places)))
    return dict.fromkeys(session.scalars(query), 0)


def _same_values(session: Session, others: Rights, keys: Collection[_Key]) -> dict[_Key, dict[UUID, int]]:
    """For each value the files of other cases it stands in, each with the first passage."""
    found: dict[_Key, dict[UUID, int]] = {key: {} for key in keys}
    waiting = iter(keys)
    while batch := list(islice(waiting, _BATCH)):
        query = (
            select(Selector.kind, Selector.value, Selector.file_id, func.min(Selector.ordinal))
            .where(tuple_(Selector.kind, Selector.value).in_(batch), Selector.case_id.in_(list(others.places)))
            .group_by(Selector.kind, Selector.value, Selector.file_id)
        )
        for kind, value, file, ordinal in session.execute(query):
            found[kind, value][file] = ordinal
    return found


def _told(
    session: Session, keyring: Keyring, others: Rights, held: Mapping[_Key, Mapping[UUID, int]]
) -> Iterator[AlsoSeen]:
    """What may be told of each value: files that may not be read are not counted either."""
    known = walls.checked(session, others, dict.fromkeys(file for places in held.values() for file in places))
    shelf = _Shelf(session, keyring, others)
    for (kind, value), places in held.items():
        mine = sorted((one for one in map(known.get, places) if one is not None), key=lambda one: (one.case, one.file))
        if mine:
            listed = tuple(shelf.place(one, kind, value, places[one.file]) for one in mine[:LISTED])
            yield AlsoSeen(kind, value, len(mine), len({one.case for one in mine}), listed)


@dataclass(slots=True)
class _Shelf:
    """Fetches what is shown of files of other cases, with each case's protected names masked."""

    session: Session
    keyring: Keyring
    others: Rights
    masks: dict[UUID, Masks] = field(default_factory=dict)

    def place(self, known: Known, kind: str, value: str, ordinal: int) -> Elsewhere:
        """One file of another case."""
        if known.case not in self.masks:
            self.masks |= masks_of(self.session, self.keyring, [known.case])
        mask, case = self.masks[known.case], self.others.places[known.case]
        exhibit = self.session.get_one(Exhibit, known.exhibit)
        return Elsewhere(
            case=known.case,
            case_title=case.title,
            case_number=case.number,
            exhibit=known.exhibit,
            reference=mask.apply(exhibit.reference),
            file=known.file,
            name=shown(mask.apply(known.name)),
            ordinal=ordinal,
            pinpoint=self._pinpoint(known.file, kind, value, ordinal),
        )

    def _pinpoint(self, file: UUID, kind: str, value: str, ordinal: int) -> str:
        if kind == CONTENT:
            return Pinpoint().words()
        query = select(Selector.pinpoint).where(
            Selector.file_id == file, Selector.ordinal == ordinal, Selector.kind == kind, Selector.value == value
        )
        return Pinpoint.from_json(self.session.scalars(query.limit(1)).one()).words()


def _enter(
    session: Session, actor: Actor, others: Rights, case: UUID, subject: UUID, seen: Collection[AlsoSeen]
) -> None:
    """Write down that somebody looked into other cases from this one, and how much was found, not what."""
    ledger.append(
        session,
        f"access/user/{actor.id}",
        actor,
        "looked for the same elsewhere",
        case=case,
        subject=subject,
        cases=len(others.places),
        rights=rights_digest(others.levels),
        values=len(seen),
        found=digest(f"{one.kind} {one.value} {place.file}" for one in seen for place in one.places),
    )
