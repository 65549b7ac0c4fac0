"""Late entries: written at once, since facts must not be lost, and waiting for a supervisor's signature (R-CUS-03)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from core import approvals, clock
from core.accounts import Actor
from core.approvals import Proposal, Wish
from core.ledger.entries import Entry

LATE: Final = "custody.late"
# What a house says in its settings stands on each of its sessions; this holds where nothing is said.
USUAL: Final = timedelta(hours=24)
SETTING: Final = "late_hours"
_HOUR: Final = timedelta(hours=1)


def after(session: Session) -> timedelta:
    """How long after it happened an act counts as entered late, by the settings of the house."""
    hours = session.info.get(SETTING)
    return USUAL if hours is None else timedelta(hours=int(hours))


def hours(session: Session, happened: datetime, written: datetime) -> int:
    """How many whole hours late an entry is; 0 when it is not late."""
    gap = written - happened
    return gap // _HOUR if gap > after(session) else 0


def ask(session: Session, actor: Actor, exhibit_id: UUID, case_id: UUID, entry: Entry, why: str) -> Proposal:
    """Ask a supervisor to sign an entry that was written late."""
    words = {
        "position": entry.position,
        "digest": entry.digest,
        "late_act": entry.act,
        "written": clock.stamp(clock.now()),
    }
    return approvals.propose(session, actor, Wish(LATE, exhibit_id, case_id, words), why)
