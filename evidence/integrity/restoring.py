"""Bringing back the good copy of a damaged blob: proposed by one person, approved by another, done by a third step.

The damaged bytes are kept aside and never removed here; the copy is taken only if it is exactly what was sealed.  The
incident stays open until people have explained and closed it (R-INT-05).
"""

from typing import Any, BinaryIO, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.access import Act
from core import approvals
from core.accounts import Actor, Role
from core.approvals import Proposal, Standing, Wish
from core.errors import Conflict, Forbidden, Missing
from evidence import custody, exhibits, files
from evidence.exhibits import Exhibit
from evidence.files import File, State
from evidence.integrity import schedule
from evidence.vault import Receipt, Vault

KIND: Final = "bring back a good copy"


class NotFrozen(Conflict):
    """The file is not frozen, so nothing has to be brought back."""


class NotYours(Forbidden):
    """Bringing back bytes is proposed by who handles the exhibit and approved by a supervisor."""


def propose(session: Session, actor: Actor, file_id: UUID, reason: str) -> Proposal:
    """Propose to bring back a frozen file's bytes from a copy; raises NotFrozen, or as `files.fetch` does."""
    file = files.fetch(session, actor, file_id, to=Act.SEE)
    exhibits.fetch(session, actor, file.exhibit_id, to=Act.HANDLE)
    if file.state != State.FROZEN:
        raise NotFrozen(f"this file is {file.state}; nothing has to be brought back")
    words = {"file": str(file.id), "sealed_sha256": file.sealed_sha256}
    return approvals.propose(session, actor, Wish(KIND, file.id, file.case_id, words), reason)


def decide(session: Session, actor: Actor, proposal_id: UUID, *, grants: bool, reason: str) -> Proposal:
    """Approve or refuse it as a supervisor who has not proposed it."""
    proposal = approvals.fetch(session, proposal_id)
    try:
        file = files.fetch(session, actor, proposal.subject, to=Act.SEE) if proposal.kind == KIND else None
    except Missing:
        file = None
    if file is None:
        raise approvals.NoSuchProposal("there is no such proposal")
    if not actor.holds(Role.SUPERVISOR):
        raise NotYours("that a good copy is brought back is approved by a supervisor")
    return approvals.decide(session, actor, proposal, grants=grants, reason=reason)


def standing(session: Session, file: File) -> Proposal | None:
    """The proposal for a file that is open or granted and not used."""
    query = select(Proposal).where(Proposal.kind == KIND, Proposal.subject == file.id)
    query = query.where(Proposal.state.in_((Standing.OPEN.value, Standing.GRANTED.value)))
    return session.scalars(query.order_by(Proposal.proposed)).first()


def approved(session: Session, file_id: UUID) -> File:
    """The frozen file whose bytes may be brought back now; raises approvals.NotApproved when nobody approved it."""
    file = session.get_one(File, file_id)
    proposal = standing(session, file)
    if proposal is None or proposal.state != Standing.GRANTED:
        raise approvals.NotApproved("another person has to approve that a good copy is brought back")
    if file.state != State.FROZEN:
        raise NotFrozen(f"this file is {file.state}; nothing has to be brought back")
    return file


def bring_back(vault: Vault, receipt: Receipt, copy: BinaryIO) -> str:
    """Set the damaged bytes aside and write the copy in their place, in no transaction; gives where they are kept.

    The copy is written and judged before anything is moved, so a bad one changes nothing.
    """
    return vault.replace(copy, receipt)


def enter(session: Session, actor: Actor, file_id: UUID, aside: str) -> File:
    """Use up the approval, open the file again, and enter who brought back what; the incident stays open.

    The door has read the copy from end to end in its new place before.
    """
    file = files.held(session, file_id)
    exhibit = session.get_one(Exhibit, file.exhibit_id)
    if file.state != State.FROZEN:
        raise NotFrozen(f"this file is {file.state}; nothing has to be brought back")
    proposal = approvals.use(session, actor, KIND, file.id)
    file.state, file.state_because = State.STORED.value, ""
    told: dict[str, Any] = {"file": str(file.id), "sealed_sha256": file.sealed_sha256, "proposal": str(proposal.id)}
    if aside:
        custody.note_files(session, actor, exhibit, "damaged bytes set aside", {"file": str(file.id), "kept": aside})
    told |= {"proposed_by": f"{proposal.proposed_by}:{proposal.proposed_by_id}", "blob": file.blob}
    custody.note_files(session, actor, exhibit, "good copy brought back", told)
    if schedule.of(session, file.blob) is not None:
        schedule.seen(session, file.blob, schedule.Level.FULL)
    session.flush()
    return file
