"""Hash a file again before two people: one asks, another who is there confirms, and both stand in the entry (J4)."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import access
from cases.access import Act
from cases.docket import Case
from core import approvals
from core.accounts import Actor
from core.approvals import Proposal, Standing, Wish
from core.errors import Forbidden, Missing
from evidence import custody, files
from evidence.exhibits import Exhibit
from evidence.files import Digest, File
from evidence.integrity import schedule
from evidence.integrity.schedule import Level
from evidence.vault import Receipt, Vault

KIND: Final = "recompute hashes"
ALGORITHMS: Final = ("md5", "sha1", "sha256", "sha512")


class NotAWitness(Forbidden):
    """Who sees a hash computed is a person with a duty in the case."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What one run over the bytes gave: each algorithm's value, and whether it is what was recorded."""

    values: dict[str, str]
    holds: bool


def ask(session: Session, actor: Actor, file_id: UUID, reason: str) -> Proposal:
    """Ask for a recomputation that somebody else has to see; gives the proposal."""
    file = _fetch(session, actor, file_id)
    return approvals.propose(session, actor, Wish(KIND, file.id, file.case_id, {"file": str(file.id)}), reason)


def waiting(session: Session, file: File) -> Proposal | None:
    """The recomputation of a file that somebody has asked for and nobody has seen yet."""
    query = select(Proposal).where(Proposal.kind == KIND, Proposal.subject == file.id)
    return session.scalars(query.where(Proposal.state == Standing.OPEN.value).order_by(Proposal.proposed)).first()


def confirm(session: Session, actor: Actor, proposal_id: UUID) -> tuple[Proposal, File]:
    """Confirm as a second person that both are there; raises approvals.NotASecondPerson for the one who asked."""
    proposal = approvals.fetch(session, proposal_id)
    try:
        file = _fetch(session, actor, proposal.subject) if proposal.kind == KIND else None
    except Missing:
        file = None
    if file is None:
        raise approvals.NoSuchProposal("there is no such proposal")
    approvals.decide(session, actor, proposal, grants=True, reason="I am here and see it")
    approvals.use(session, actor, KIND, file.id)
    return proposal, file


def compute(vault: Vault, receipt: Receipt) -> Computed:
    """Read every byte once and hash it in every algorithm that somebody may have stated; in no transaction.

    Raises as `Vault.open` does when the bytes do not hold.
    """
    made = {name: hashlib.new(name, usedforsecurity=False) for name in ALGORITHMS}
    for piece in vault.open(receipt):
        for one in made.values():
            one.update(piece)
    values = {name: one.hexdigest() for name, one in made.items()}
    return Computed(values, hmac.compare_digest(values["sha512"], receipt.sha512))


def enter(session: Session, actor: Actor, proposal_id: UUID, computed: Computed) -> list[Digest]:
    """Enter what came out with both names; stated values that could not be compared before now are.

    Gives the stated values that are the file's own.
    """
    proposal = session.get_one(Proposal, proposal_id)
    file = session.get_one(File, proposal.subject)
    own = list(_comparable(session, file))
    for one in own:
        one.agrees = computed.values[one.algorithm] == one.value
    exhibit = session.get_one(Exhibit, file.exhibit_id)
    words: dict[str, Any] = {
        "file": str(file.id), "asked_by": f"{proposal.proposed_by}:{proposal.proposed_by_id}",
        "proposal": str(proposal.id), "values": computed.values,
        "result": "the recorded values" if computed.holds else "not the recorded values",
    }  # fmt: skip
    outcome = "done" if computed.holds else "failed"
    custody.note_files(session, actor, exhibit, "hashes recomputed", words, outcome=outcome)
    if computed.holds and schedule.of(session, file.blob) is not None:
        schedule.seen(session, file.blob, Level.FULL)
    session.flush()
    return own


def _comparable(session: Session, file: File) -> Iterator[Digest]:
    """The stated values of the file itself in algorithms that are not kept, such as an MD5 from a report."""
    rows = files.digests(session, file)
    own = {rows[0].target, files.Target.TRANSFER.value} if rows else set()
    return (one for one in rows if one.algorithm in {"md5", "sha1"} and one.target in own)


def _fetch(session: Session, actor: Actor, file_id: UUID) -> File:
    file = files.fetch(session, actor, file_id, to=Act.SEE)
    held = access.acts(session, actor, session.get_one(Case, file.case_id))
    if not held & {Act.READ, Act.HANDLE}:
        raise NotAWitness("who sees a hash computed is a person with a duty in the case; an auditor reads the entry")
    return file
