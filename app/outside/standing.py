"""How the log stands: what is signed, who vouched for it and when, where it was silent, and what that leaves weak."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import proving
from app.outside import attesting
from core import clock
from core.ledger import checkpoints, heartbeats, merkle, notes, tree
from core.ledger.checkpoints import WouldFork
from core.ledger.notes import Checkpoint, NoteKey
from core.ledger.outside import vouching
from core.ledger.outside.vouching import Word
from core.ledger.timestamps import Timestamp

_MOST_STAMPS = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of the log, for a page, a command and a program."""

    size: int
    waiting: int
    signed: int
    signed_at: datetime | None
    note: str
    vkey: str
    words: tuple[Word, ...]
    stamps: tuple[Timestamp, ...]
    beat: heartbeats.Beat | None
    silences: tuple[heartbeats.Silence, ...]
    faults: tuple[heartbeats.ClockFault, ...]
    weaknesses: tuple[str, ...]

    def facts(self) -> tuple[tuple[str, str], ...]:
        """What a person wants to know first."""
        signed = f"{self.signed:,} entries, {_moment(self.signed_at)}" if self.signed else "nothing yet"
        beat = f"{_moment(self.beat.at)}, clock {self.beat.clock}" if self.beat else "none yet"
        return (
            ("Log", self.vkey.partition("+")[0]),
            ("Entries in the tree", f"{self.size:,}; {self.waiting:,} wait to be taken in"),
            ("Last checkpoint", signed),
            ("Verifier key", self.vkey),
            ("Last heartbeat", beat),
        )

    def told(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            "size": self.size,
            "waiting": self.waiting,
            "signed": self.signed,
            "signed_at": self.signed_at,
            "key": self.vkey,
            "words": [
                {"kind": one.kind, "name": one.name, "state": one.state, "size": one.size, "since": one.since,
                 "at": one.at, "because": one.because}
                for one in self.words
            ],
            "stamps": [
                {"kind": one.kind, "of": one.subject, "authority": one.authority, "state": one.state, "at": one.at,
                 "expires": one.expires, "revocation": one.revocation, "because": one.because}
                for one in self.stamps
            ],
            "heartbeat": self.beat.at if self.beat else None,
            "silences": [str(one) for one in self.silences],
            "clock_faults": [str(one) for one in self.faults],
            "weaknesses": list(self.weaknesses),
        }  # fmt: skip


def look(session: Session) -> Standing:
    """Look at everything that is known of the log; asks nobody outside."""
    row = checkpoints.latest(session)
    query = select(Timestamp).order_by(Timestamp.wanted.desc()).limit(_MOST_STAMPS)
    return Standing(
        tree.size(session),
        tree.waiting(session),
        row.size if row else 0,
        row.at if row else None,
        checkpoints.published(session, row) if row else "",
        proving.signer(session).vkey,
        tuple(vouching.words(session)),
        tuple(session.scalars(query)),
        heartbeats.last_beat(session),
        tuple(heartbeats.silences(session)),
        tuple(heartbeats.clock_faults(session)),
        tuple(attesting.weaknesses(session)),
    )


def begins_with(session: Session, keys: Iterable[NoteKey], note: bytes) -> Checkpoint:
    """Check that the tree of today begins with that of an old checkpoint, and give what that one says.

    Raises `NoteWrong` when it is not this log's, `WouldFork` when the tree is shorter, `ProofWrong` when it differs.
    """
    shown = Checkpoint.parse(notes.open_note(note, keys).body)
    size = tree.size(session)
    if shown.size > size:
        raise WouldFork(
            f"that checkpoint covers {shown.size} entries and the tree has {size}: this is an old copy, or entries "
            "were taken out of it; run `probanda ledger verify`"
        )
    if shown.size:
        path = tree.consistency_proof(session, shown.size, size)
        merkle.check_consistency(shown.size, shown.root, size, tree.root(session), path)
    return shown


def _moment(at: datetime | None) -> str:
    return clock.stamp(at)[:19].replace("T", " ") + " UTC" if at else ""
