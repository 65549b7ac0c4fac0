"""After a restore: what had been destroyed since the backup was made is destroyed again, by the tombstones' word alone.

The file of tombstones is newer than the restored database.  Its lines are signed and chained; nothing else than what
they name is touched, and the ledger says of each that it was replayed (decision 0055).
"""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from app.ending import carrying_out, wiping
from app.wiring import services, transaction
from cases.docket import Case
from cases.people import Person
from core.accounts import WORKER
from evidence.ending import shredding, tombstones
from evidence.ending.tombstones import Stone
from evidence.exhibits import Exhibit
from evidence.files import File, State
from exports import register, shelf
from exports.register import Export


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many tombstones were read, how many of them the restored database did not have, and what was destroyed again."""

    lines: int
    taken_in: int
    destroyed: int


def replay(path: Path | None = None) -> Replayed:
    """Destroy again what the tombstones name and the database still has; it may run any number of times.

    Raises TombstonesBroken before anything is touched when the file is not what was signed.
    """
    house = services()
    stones = list(tombstones.read(path or carrying_out.stones_file(), house.keyring.public))
    taken_in = destroyed = 0
    gone: list[UUID] = []
    for stone in stones:
        with transaction() as session:
            known = tombstones.of(session, stone.id) is not None
            blob = _again(session, stone)
            if not known:
                tombstones.take_in(session, WORKER, stone)
                taken_in += 1
        if blob is not None:
            destroyed += 1
        for one in {blob or "", str(stone.destroyed.get("blob", ""))} - {""}:
            house.vault.discard(one)
        if stone.kind == "file":
            gone.append(stone.id)
    if destroyed:
        for one in gone:
            house.index.drop(one)
        house.index.purge()
        wiping.rewrite()
    return Replayed(len(stones), taken_in, destroyed)


def _again(session: Session, stone: Stone) -> str | None:
    """Destroy one thing that is back; gives its blob, or nothing when it is not there or empty already."""
    number = stone.order
    if stone.kind == "file":
        file = session.get(File, stone.id)
        if file is not None and file.state != State.EXPUNGED:
            blob = file.blob
            shredding.shred_file(session, WORKER, file, number=number, keep_hash=stone.kept is not None)
            return blob
    elif stone.kind == "exhibit":
        exhibit = session.get(Exhibit, stone.id)
        if exhibit is not None and not exhibit.description.startswith(f"{shredding.EMPTY} by order"):
            shredding.shred_exhibit(session, WORKER, exhibit, number=number)
            return ""
    elif stone.kind == "person":
        person = session.get(Person, stone.id)
        if person is not None and shredding.named_still(session, person):
            shredding.shred_person(session, WORKER, person, number=number)
            return ""
    elif stone.kind == "case":
        case = session.get(Case, stone.id)
        if case is not None and not case.title.startswith(f"{shredding.EMPTY} by order"):
            shredding.shred_case(session, WORKER, case, number=number)
            return ""
    elif stone.kind == "dossier":
        export = session.get(Export, stone.id)
        if export is not None and export.state != register.State.EXPUNGED:
            blob = shelf.take_off(session, export)
            gone = set(export.versions.get("files", {}))
            register.expunge(session, WORKER, export, number=number, gone=gone)
            return blob
    return None
