"""What the database holds, brought into the index, compared with it, and brought in anew.

Each step opens a transaction of its own through the door's function and closes it before the engine is called, so
that a slow or silent engine holds up nobody's writing.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases import people
from cases.docket import Case
from cases.handling import Sensitivity, strictest
from cases.masks import Masks
from cases.people import NameForm, Person
from core.jobs import CLAIMED, DUE, Job
from evidence import text
from evidence.exhibits import Exhibit
from evidence.files import File, Reading
from evidence.keyring import Keyring
from evidence.text import PassageRow
from search.engines.protocol import OUT_OF_REACH, Index, IndexOutOfReach, Kept
from search.passages import Document, Piece, Source, documents, kind_of

Transaction = Callable[[], AbstractContextManager[Session]]

#: Privileged and court-sealed material is in no index at all (domain.md 5.3).
HIGHEST: Final = Sensitivity.C5
#: A file that may not be read, or has not been yet, is not looked into.
LOOKED_INTO: Final = (Reading.READ, Reading.EMPTY, Reading.REFUSED, Reading.FAILED)
_SLICE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A file about which database and index do not agree, and how."""

    file: UUID
    because: str

    def __str__(self) -> str:
        """Say it as a sentence to a person."""
        return f"file {self.file}: {self.because}"


@dataclass(frozen=True, slots=True)
class _Expected:
    tier: str
    case: UUID
    documents: int


def index_file(transaction: Transaction, index: Index, keyring: Keyring, file_id: UUID) -> int:
    """Bring a file into the index in place of what stood there, and give the number of its documents.

    It may run any number of times.  A file that is gone, not read, or above class `HIGHEST` is taken out instead.
    Raises `IndexOutOfReach` when the engine is; what was sent by then is sent again by the next run.
    """
    now, sent = _stand(transaction, file_id), False
    while True:
        kept: list[UUID] = []
        tier = ""
        for batch in _slices(transaction, keyring, file_id):
            index.put(batch)
            kept += (one.id for one in batch)
            tier, sent = batch[0].tier, True
        index.drop(file_id, keep=kept, tier=tier)
        # Whoever restricted it, destroyed it or put somebody under protection since it was read has the last word.
        before, now = now, _stand(transaction, file_id)
        if before == now:
            break
    if sent and now is None:
        unindex_file(index, file_id)
    return len(kept)


def unindex_file(index: Index, file_id: UUID) -> None:
    """Take a file out of the index and off its disk; raises `IndexOutOfReach` while the engine still keeps a trace."""
    index.drop(file_id)
    if left := index.purge():
        raise IndexOutOfReach(OUT_OF_REACH.format(f"{left} dropped passages are still being wiped from its disk"))


def rebuild(
    transaction: Transaction, index: Index, keyring: Keyring, *, told: Callable[[int], None] = lambda _passages: None
) -> int:
    """Bring every file in anew while people go on searching, then take out what does not belong; give the count.

    *told* is called with the number of documents after each step.
    """
    with transaction() as session:
        files = list(session.scalars(select(File.id).order_by(File.case_id, File.id)))
    count = 0
    for batch in _gathered(transaction, keyring, files):
        index.put(batch)
        count += len(batch)
        told(len(batch))
    for file_id in dict.fromkeys([found.file for found in check(transaction, index)]):
        index_file(transaction, index, keyring, file_id)
    return count


def size(session: Session) -> int:
    """How many documents a rebuild will bring in, for a progress bar."""
    return sum(expected.documents for expected in _expected(session).values())


def check(transaction: Transaction, index: Index) -> Iterator[Discrepancy]:
    """Compare database and index both ways and yield every difference; files whose job still waits are left out.

    Nothing yielded: whatever may be found is in the index, once, under its case, in the tier of its class.
    """
    with transaction() as session:
        expected, waiting = _expected(session), _waiting(session)
    found = list(_compared(index, expected, waiting))
    if found:
        with transaction() as session:
            now, waiting = _expected(session), _waiting(session)
        # What changed while the index was being read is work in progress and no difference.
        yield from (one for one in found if one.file not in waiting and now.get(one.file) == expected.get(one.file))


def _compared(index: Index, expected: Mapping[UUID, _Expected], waiting: Collection[UUID]) -> Iterator[Discrepancy]:
    met: set[UUID] = set()
    for kept in index.census():
        if kept.file in met:
            yield Discrepancy(kept.file, "it stands in the index more than once, in different tiers or cases")
        elif because := _fault(kept, expected.get(kept.file)):
            yield Discrepancy(kept.file, because)
        met.add(kept.file)
    for file, wanted in expected.items():
        if file not in met and file not in waiting:
            yield Discrepancy(file, f"it is not in the index; {wanted.documents} passages cannot be found")


def tier_of(sensitivity: int, *, restricted: bool) -> str:
    """The index in which something of this class stands; what is in a restricted case is never in the open one."""
    return strictest([Sensitivity(sensitivity), Sensitivity.C3 if restricted else Sensitivity.C0]).tier


def _fault(kept: Kept, wanted: _Expected | None) -> str:
    if wanted is None:
        return f"the index holds {kept.documents} passages of it, which the database does not have or does not allow"
    if kept.tier != wanted.tier:
        return f"it stands in the {kept.tier} index and belongs in the {wanted.tier} one"
    if kept.case != wanted.case:
        return "it stands in the index under another case"
    if kept.documents != wanted.documents:
        return f"the index holds {kept.documents} passages of it, the database {wanted.documents}"
    return ""


def _slices(transaction: Transaction, keyring: Keyring, file_id: UUID) -> Iterator[list[Document]]:
    """The documents of a file in pieces, each gathered in a transaction that ends before the piece is handed on."""
    after, more = 0, True
    while more:
        with transaction() as session:
            source = _source(session, file_id)
            if source is None:
                return
            batch, more = _slice(session, keyring, source, after)
        if batch:
            after = batch[-1].ordinal
            yield batch


def _gathered(transaction: Transaction, keyring: Keyring, files: Iterable[UUID]) -> Iterator[list[Document]]:
    """The documents of many files, small ones together, so that the engine is not called for each."""
    held: list[Document] = []
    for file_id in files:
        for batch in _slices(transaction, keyring, file_id):
            held += batch
            if len(held) >= _SLICE:
                yield held
                held = []
    if held:
        yield held


def _slice(session: Session, keyring: Keyring, source: Source, after: int) -> tuple[list[Document], bool]:
    """The next documents of a file, and whether there may be more; the file's card comes with the first."""
    file = session.get_one(File, source.file)
    key = text.key_of(session, keyring, file)
    stored = list(islice(text.passages(session, file, key, after=after), _SLICE))
    pieces = (Piece(one.id, one.ordinal, one.text, one.pinpoint) for one in stored)
    mask = masks_of(session, keyring, [source.case])[source.case]
    made = list(documents(source, pieces, mask.apply))
    return (made if after == 0 else made[1:]), len(stored) == _SLICE


def masks_of(session: Session, keyring: Keyring, cases: Collection[UUID]) -> dict[UUID, Masks]:
    """What hides the protected names of each case, in the index and in what is shown of its hits alike."""
    query = select(Person.case_id).where(Person.case_id.in_(cases), Person.protected.is_(True)).distinct()
    with_protected = frozenset(session.scalars(query))
    return {
        case: people.masks(session, case, key=keyring.case_key(session, case)) if case in with_protected else Masks({})
        for case in cases
    }


def _stand(transaction: Transaction, file_id: UUID) -> tuple[Source, frozenset[UUID]] | None:
    """How a file may stand in the index now, and which forms of names are hidden there; nothing if it may not."""
    with transaction() as session:
        source = _source(session, file_id)
        if source is None:
            return None
        forms = select(NameForm.id).join(Person, Person.id == NameForm.person_id)
        hidden = forms.where(Person.case_id == source.case, Person.protected.is_(True))
        return source, frozenset(session.scalars(hidden))


def _source(session: Session, file_id: UUID) -> Source | None:
    row = session.execute(
        select(File, Exhibit.sensitivity, Case.sensitivity, Case.restricted)
        .join(Exhibit, Exhibit.id == File.exhibit_id)
        .join(Case, Case.id == File.case_id)
        .where(File.id == file_id, File.reading.in_(LOOKED_INTO))
        .where(File.restricted.is_(False), Exhibit.restricted.is_(False))
    ).one_or_none()
    if row is None:
        return None
    file, *classes, restricted = row
    strict = max(file.sensitivity, *classes)
    if strict > HIGHEST:
        return None
    return Source(
        file=file.id,
        exhibit=file.exhibit_id,
        case=file.case_id,
        tier=tier_of(strict, restricted=restricted),
        name=file.name,
        kind=kind_of(file.media_type),
        language=file.language,
        day=file.dated.date().isoformat() if file.dated else "",
    )


def _expected(session: Session) -> dict[UUID, _Expected]:
    """What should stand in the index: for each file its card and its passages."""
    counts = select(PassageRow.file_id, func.count().label("passages")).group_by(PassageRow.file_id).subquery()
    rows = session.execute(
        select(
            File.id, File.case_id, File.sensitivity, Exhibit.sensitivity, Case.sensitivity, Case.restricted,
            func.coalesce(counts.c.passages, 0),
        )
        .join(Exhibit, Exhibit.id == File.exhibit_id)
        .join(Case, Case.id == File.case_id)
        .outerjoin(counts, counts.c.file_id == File.id)
        .where(File.reading.in_(LOOKED_INTO), File.restricted.is_(False), Exhibit.restricted.is_(False))
    )  # fmt: skip
    return {
        file: _Expected(tier_of(max(classes), restricted=restricted), case, passages + 1)
        for file, case, *classes, restricted, passages in rows
        if max(classes) <= HIGHEST
    }


def _waiting(session: Session) -> frozenset[UUID]:
    query = select(Job.subject).where(Job.kind.in_(("extract", "index", "unindex")), Job.state.in_((DUE, CLAIMED)))
    return frozenset(session.scalars(query))
