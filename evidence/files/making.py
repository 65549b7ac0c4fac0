"""What is made from a file, and what is set aside because it is not what it should be."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from cases.docket import NoSuchCase
from core import jobs
from core.accounts import Actor
from core.ledger import entries as ledger
from evidence import custody, incidents
from evidence.exhibits import Exhibit
from evidence.files.keeping import add, children
from evidence.files.rows import Derived, File, State
from evidence.incidents import Incident
from evidence.keyring import Keyring
from evidence.vault import BlobContext

# The work of the house by which every dossier that holds an exhibit is told of its incident.
MARK: Final = "mark dossiers"
_PER_ENTRY: Final = 200
# What a method says of the content itself: it stands in the row and in no entry, since it may have to go.
_SAYING: Final = frozenset({"folder", "content id", "owner", "name as stored"})


def beside(parent: File) -> BlobContext:
    """A context for something derived from *parent*, under which to seal it before `derive` is called."""
    return BlobContext(parent.case_id, parent.exhibit_id, uuid4())


def held(session: Session, file_id: UUID, *, entering: bool = True) -> File:
    """A file as it is now, kept from being set aside or destroyed by others until the transaction ends.

    Who enters something in the custody of its exhibit holds that chain first, as all do, and says so by *entering*.
    """
    file = session.get(File, file_id)
    if file is None:
        raise NoSuchCase
    if entering:
        ledger.hold(session, f"custody/{file.exhibit_id}")
    session.refresh(file, with_for_update={"key_share": True})
    return file


def derive(session: Session, actor: Actor, keyring: Keyring, parent: File, made: Sequence[Derived]) -> list[File]:
    """Write rows for what was made from a file, with parent and method, and enter them in the chain (R-INT-04).

    May run twice: what was derived before from the same parent, by the same method and with the same bytes, is given
    back and not written again; its second blob has no row, and a sweep removes it.
    """
    exhibit = session.get_one(Exhibit, parent.exhibit_id)
    before = {(one.name, one.sha256, ledger_words(one.method)): one for one in children(session, parent)}
    known, fresh = [], []
    for one in made:
        same = before.get((one.name, one.receipt.sha256, ledger_words(one.method)))
        if same is not None:
            known.append(same)
            continue
        row = add(
            session,
            actor,
            keyring,
            exhibit,
            one.receipt,
            name=one.name,
            parent=parent,
            method=one.method,
            target=one.target,
        )
        fresh.append(row)
    for start in range(0, len(fresh), _PER_ENTRY):
        told = [_told(row) for row in fresh[start : start + _PER_ENTRY]]
        custody.note_files(session, actor, exhibit, "derive", {"parent": str(parent.id), "files": told})
    return known + fresh


def ledger_words(method: dict[str, Any]) -> str:
    """A method as one text, the same for the same facts; the same bytes by a later version of a tool are not new."""
    return repr(sorted((name, value) for name, value in method.items() if name not in {"tool", "version"}))


def _told(file: File) -> dict[str, Any]:
    method = {str(name): str(value) for name, value in file.method.items() if name not in _SAYING}
    told = {"file": str(file.id), "name_commitment": file.commitment, "sha256": file.sha256, "size": file.size}
    return {**told, "sealed_sha256": file.sealed_sha256, "method": method}


def quarantine(session: Session, actor: Actor, file: File, because: str) -> None:
    """Set a file aside whose bytes are not those that were stated; it is kept, can be opened, and is not processed.

    One that is frozen stays so, and nothing is said of one that was expunged meanwhile.
    """
    held(session, file.id)
    if file.state == State.EXPUNGED:
        return
    _set_aside(session, actor, file, State.QUARANTINED, because)


def freeze(session: Session, actor: Actor, file_id: UUID, because: str) -> Incident | None:
    """Close a file whose stored bytes did not hold and open an incident, which keeps its whole exhibit from leaving.

    Nothing is repaired (R-INT-05).  A file that is frozen already stays as it is, and no second incident is opened;
    then, and for a file that was expunged meanwhile, nothing is given back.
    """
    # Two who find it at once come one after the other, and the second sees what the first wrote.
    file = held(session, file_id)
    exhibit = session.get_one(Exhibit, file.exhibit_id)
    if file.state in {State.FROZEN, State.EXPUNGED}:
        return None
    _set_aside(session, actor, file, State.FROZEN, because)
    opened = incidents.open_incident(session, actor, exhibit, incidents.BYTES, because, file=file.id)
    jobs.enqueue(session, MARK, exhibit.id)
    return opened


def _set_aside(session: Session, actor: Actor, file: File, state_: State, because: str) -> None:
    if file.state == State.FROZEN:
        state_ = State.FROZEN
    else:
        file.state, file.state_because = state_.value, because
    exhibit = session.get_one(Exhibit, file.exhibit_id)
    words = {"file": str(file.id), "name_commitment": file.commitment, "because": because, "state": state_.value}
    custody.note_files(session, actor, exhibit, "integrity-failure", words, outcome="failed")
    session.flush()
