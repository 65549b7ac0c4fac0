"""The mark of a restored deployment: while it stands, the log signs nothing, since something newer may be out there.

It goes when somebody shows the newest checkpoint that was given out, and the restored tree begins with it.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from app.backups import unfinished
from core import clock
from core.accounts import Actor
from core.errors import Conflict
from core.ledger import checkpoints, merkle, notes, tree
from core.ledger import entries as ledger
from core.ledger.checkpoints import Signer, WouldFork
from core.ledger.memory import RESTORED, Memory
from core.ledger.merkle import ProofWrong
from core.ledger.notes import Checkpoint
from evidence.keys import files, permits


class NotRestored(Conflict):
    """This deployment was not restored, or has come back to its log already."""


@dataclass(frozen=True, slots=True)
class Rejoined:
    """How the log was taken on: up to which size it was shown to be the one that was given out."""

    size: int
    entries: int


def put(instance: Path, backup: str) -> None:
    """Mark a folder as restored from a backup."""
    told = {"v": 1, "backup": backup, "at": clock.stamp(clock.now())}
    files.write(instance / RESTORED, json.dumps(told).encode())


def rejoin(session: Session, actor: Actor, instance: Path, signer: Signer, note: str) -> Rejoined:
    """Take the log on after a restore, on the newest checkpoint that a witness, a print or a bundle holds.

    Raises NotRestored; NoteWrong when it is not this log's; WouldFork when the restored tree does not begin with it.
    The caller takes the mark away with `done` after the transaction.
    """
    permits.administrator(actor)
    if not (instance / RESTORED).exists():
        raise NotRestored("this deployment carries no mark of a restore; its log goes on by itself")
    shown = Checkpoint.parse(notes.open_note(note, signer.keys).body)
    size = tree.size(session)
    memory = Memory.of(instance).note()
    for who, one in (("the checkpoint shown", shown), *((("its own memory", Checkpoint.parse(notes.body_of(memory))),)
                                                        if memory else ())):  # fmt: skip
        _begins_with(session, size, one, who)
    unfinished.done(session.connection(), instance)  # whoever was killed right after the folder had its name
    words = {"shown": shown.size, "root": shown.root.hex(), "entries": size}
    ledger.append(session, permits.CHAIN, actor, "log rejoined", words)
    return Rejoined(shown.size, size)


def done(instance: Path, note: str) -> None:
    """Remember the checkpoint that was shown, then take the mark away; killed in between, it is shown once more."""
    memory = Memory.of(instance)
    kept = memory.note()
    if kept is None or Checkpoint.parse(notes.body_of(kept)).size < Checkpoint.parse(notes.body_of(note)).size:
        files.write(memory.path, note.encode())
    (instance / RESTORED).unlink(missing_ok=True)
    files.sync(instance)


def newest(session: Session) -> str:
    """The newest checkpoint that the restored database itself holds, as text; nothing when it holds none."""
    row = checkpoints.latest(session)
    return row.note if row else ""


def _begins_with(session: Session, size: int, one: Checkpoint, who: str) -> None:
    if one.size > size:
        raise WouldFork(
            f"{who} covers {one.size} entries and this copy has {size}: the backup is older than what was given out.  "
            "Nothing was signed.  Restore a newer backup; if there is none, what is missing is lost: begin a new log "
            "and say so to everybody who holds a checkpoint of this one."
        )
    if not one.size:
        return
    try:
        path = tree.consistency_proof(session, one.size, size)
        merkle.check_consistency(one.size, one.root, size, tree.root(session), path)
    except ProofWrong as wrong:
        raise WouldFork(f"this copy does not begin with the {one.size} entries of {who}; nothing was signed") from wrong
