"""Acts about stored bytes that last: recompute before two people, bring back a good copy, make a derived file again.

The database is asked in short transactions, and bytes are read in none.
"""

import hashlib
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from app.reading import opened
from app.wiring import services, transaction
from cases.access import Act
from core.accounts import Actor
from core.errors import Tampered
from evidence import authorities, files
from evidence.extraction import sandbox
from evidence.extraction.reading import Member, MemberCut, Origin
from evidence.files import File
from evidence.integrity import recomputing, restoring
from evidence.integrity.recomputing import Computed


@dataclass(frozen=True, slots=True)
class Redone:
    """What came of making a derived file again: same, different, or not possible, and why."""

    verdict: str
    because: str
    recorded: str
    found: str = ""


def recompute(actor: Actor, proposal_id: UUID) -> Computed:
    """Confirm as the second person, read every byte, and enter what came out with both names.

    Bytes that do not hold freeze the file, as on any reading, and the refusal is raised again.
    """
    house = services()
    with transaction() as session:
        _proposal, file = recomputing.confirm(session, actor, proposal_id)
        receipt = files.receipt_of(session, house.keyring, file)
    try:
        computed = recomputing.compute(house.vault, receipt)
    except Tampered as broken:
        with transaction() as session:
            files.freeze(session, actor, receipt.context.file, broken.message)
        raise
    with transaction() as session:
        recomputing.enter(session, actor, proposal_id, computed)
        if not computed.holds:
            files.freeze(session, actor, receipt.context.file, "its bytes are not those whose SHA-512 was recorded")
    return computed


def bring_back(actor: Actor, file_id: UUID, copy: BinaryIO) -> File:
    """Put a good copy in the place of damaged bytes, once a second person has approved it."""
    house = services()
    with transaction() as session:
        receipt = files.receipt_of(session, house.keyring, restoring.approved(session, file_id))
    aside = restoring.bring_back(house.vault, receipt, copy)
    house.vault.examine(receipt)
    with transaction() as session:
        return restoring.enter(session, actor, file_id, aside)


def redo(actor: Actor, file_id: UUID) -> Redone:
    """Make a derived file again from its parent, in the sandbox, and compare; says why when that cannot be done."""
    house = services()
    with transaction() as session:
        file = files.fetch(session, actor, file_id, to=Act.READ)
        if file.parent_id is None:
            return Redone("not possible", "it is an original; nothing made it here", file.sha256)
        if file.method.get("person") or "method" not in file.method:
            tool = f"{file.method.get('tool', 'a tool')} {file.method.get('version', '')}".strip()
            return Redone("not possible", f"it was made outside this system with {tool}", file.sha256)
        parent = session.get_one(File, file.parent_id)
        authorities.allow_reading(session, parent)
        receipt, name, told = files.receipt_of(session, house.keyring, parent), parent.name, parent.method
    taken = _Again(file)
    origin = Origin(int(told.get("depth", 0)), int(told.get("members", 0)), int(told.get("unpacked", 0)))
    reading = sandbox.read(opened(actor, receipt), receipt.size, name, house.config.limits, taken.take, origin)
    tool = f"with {reading.tool} {reading.version}".rstrip()
    before = f"{file.method.get('tool', '')} {file.method.get('version', '')}".strip()
    tool += "" if before in {"", f"{reading.tool} {reading.version}".strip()} else f", where {before} was used before"
    if not taken.found:
        return Redone("not possible", f"read again {tool}, the parent gave no file of that name", file.sha256)
    same = file.sha256 in taken.found
    because = f"read again {tool}, the parent gave {'the same bytes' if same else 'other bytes under that name'}"
    return Redone("same" if same else "different", because, file.sha256, file.sha256 if same else taken.found[0])


class _Again:
    """Hashes those members that bear the name of the one that is looked for, and lets the others pass."""

    def __init__(self, wanted: File) -> None:
        self.found: list[str] = []
        self._name = wanted.name

    def take(self, member: Member) -> None:
        """Read one member to its end."""
        if member.content is None:
            return
        digest = hashlib.sha256()
        try:
            for piece in member.content:
                digest.update(piece)
        except MemberCut:
            return
        if member.name == self._name:
            self.found.append(digest.hexdigest())
