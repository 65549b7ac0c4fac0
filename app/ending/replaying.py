"""After a restore: what had been destroyed since the backup was made is destroyed again, by the tombstones' word alone.

The file of tombstones is newer than the restored database.  Its lines are signed and chained; nothing else than what
they name is touched, and the ledger says of each that it was replayed (decision 0055).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.ending import carrying_out, restricting, wiping
from app.wiring import services, transaction
from cases.docket import Case
from cases.people import Person
from core import jobs
from core.accounts import WORKER
from evidence.ending import shredding, tombstones
from evidence.ending.tombstones import Stone
from evidence.exhibits import Exhibit
from evidence.files import File, State
from exports import attestation, register, shelf
from exports.register import Export
from search.answers import searches
from search.answers.searches import Search


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many lines were read, how many the database lacked, and how much was destroyed or restricted again."""

    lines: int
    taken_in: int
    destroyed: int
    restricted: int = 0


def replay(path: Path | None = None) -> Replayed:
    """Destroy again what the tombstones name and the database still has; it may run any number of times.

    Raises TombstonesBroken before anything is touched when the file is not what was signed.
    """
    house = services()
    stones = list(tombstones.read(path or carrying_out.stones_file(), house.keyring.public))
    taken_in = destroyed = restricted = 0
    gone: list[UUID] = []
    for stone in stones:
        with transaction() as session:
            known = tombstones.of(session, stone.id) is not None
            if stone.kind in {restricting.SET, restricting.LIFTED}:
                restricted += restricting.again(session, stone)
                blob = None
            else:
                blob = _again(session, stone)
            if not known:
                tombstones.take_in(session, WORKER, stone)
                taken_in += 1
        if blob is not None:
            destroyed += 1
        for name in {blob or "", str(stone.destroyed.get("blob", "")), *stone.destroyed.get("parts", ())} - {""}:
            house.vault.discard(name)
        if stone.kind == "file":
            gone.append(stone.id)
    if destroyed:
        _off_the_index(gone)
        wiping.rewrite()
    return Replayed(len(stones), taken_in, destroyed, restricted)


def _off_the_index(gone: Sequence[UUID]) -> None:
    """Take files out of the index; an engine may keep them for a while, and then the worker asks until none is left."""
    index = services().index
    for one in gone:
        index.drop(one)
    if index.purge():
        with transaction() as session:
            for one in gone:
                jobs.enqueue(session, "unindex", one)


def _again(session: Session, stone: Stone) -> str | None:
    """Destroy one thing that is back; gives its blob, or nothing when it is not there or empty already."""
    return _AGAIN[stone.kind](session, stone)


def _file(session: Session, stone: Stone) -> str | None:
    file = session.get(File, stone.id)
    if file is None or file.state == State.EXPUNGED:
        return None
    blob = file.blob
    shredding.shred_file(session, WORKER, file, number=stone.order, keep_hash=stone.kept is not None)
    return blob


def _exhibit(session: Session, stone: Stone) -> str | None:
    exhibit = session.get(Exhibit, stone.id)
    if exhibit is None or exhibit.description.startswith(f"{shredding.EMPTY} by order"):
        return None
    shredding.shred_exhibit(session, WORKER, exhibit, number=stone.order)
    return ""


def _person(session: Session, stone: Stone) -> str | None:
    person = session.get(Person, stone.id)
    if person is None or not shredding.named_still(session, person):
        return None
    shredding.shred_person(session, WORKER, person, number=stone.order)
    return ""


def _case(session: Session, stone: Stone) -> str | None:
    case = session.get(Case, stone.id)
    if case is None or case.title.startswith(f"{shredding.EMPTY} by order"):
        return None
    shredding.shred_case(session, WORKER, services().keyring, case, number=stone.order)
    return ""


def _dossier(session: Session, stone: Stone) -> str | None:
    export = session.get(Export, stone.id)
    if export is None or export.state == register.State.EXPUNGED:
        return None
    blob = shelf.take_off(session, export)
    attestation.forget(session, export)
    gone = set(export.versions.get("files", {}))
    register.expunge(session, WORKER, export, number=stone.order, gone=gone)
    return blob


def _search(session: Session, stone: Stone) -> str | None:
    search = session.get(Search, stone.id)
    if search is None or not search.sealed:
        return None
    searches.empty(session, search.id)
    return ""


_AGAIN: Final[Mapping[str, Callable[[Session, Stone], str | None]]] = {
    "file": _file,
    "exhibit": _exhibit,
    "person": _person,
    "case": _case,
    "dossier": _dossier,
    "search": _search,
}
