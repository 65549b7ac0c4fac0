"""How it stands with the keys: who keeps the master key, how many versions, and when what was last done; no content."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence.keyring import CaseKey, Keyring
from evidence.keys import permits, recovery

_TURNED = "old master key destroyed"
_CASE = "old case key destroyed"
_DRILL = "recovery drill"
MADE: Final = "backup made"
NOT_MADE: Final = "backup not made"


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of the keys; times are as the ledger stamps them, empty when it was never done."""

    provider: str
    master: str
    signing: str
    cases: int
    turning: int
    shares: str
    master_turned: str
    case_turned: str
    drilled: str
    backed_up: str
    # Why the last backup that should have come by itself did not, if none was made since.
    backup_hindered: str

    def words(self) -> dict[str, Any]:
        """All of it for a person or a program."""
        return {name.replace("_", " "): getattr(self, name) or "never" for name in _TIMES} | {
            "provider": self.provider, "master key": self.master, "signing key": self.signing,
            "case keys": self.cases, "half turned": self.turning, "shares": self.shares,
            "backup hindered": self.backup_hindered or "no",
        }  # fmt: skip


_TIMES = ("master_turned", "case_turned", "drilled", "backed_up")


def of(session: Session, keyring: Keyring) -> Standing:
    """How it stands now."""
    cases = select(func.count(func.distinct(CaseKey.case_id))).where(func.length(CaseKey.wrapped) > 0)
    per_case = select(CaseKey.case_id).group_by(CaseKey.case_id).having(func.count() > 1).subquery()
    half = session.scalar(select(func.count()).select_from(per_case)) or 0
    path = keyring.folder / recovery.FILE
    kept = recovery.read(path).shares if path.exists() else None
    last_of = {act: _newest(session, act) for act in (_TURNED, _CASE, _DRILL, MADE)}
    last = {act: entry.at if entry else "" for act, entry in last_of.items()}
    failed = _newest(session, NOT_MADE, "failed")
    made = last_of[MADE]
    hindered = failed is not None and (made is None or made.position < failed.position)
    return Standing(
        keyring.provider.name, keyring.master_id, keyring.key_id, session.scalar(cases) or 0,
        half + (1 if keyring.turning else 0), f"{kept.k} of {kept.n}" if kept else "none made",
        last[_TURNED], last[_CASE], last[_DRILL], last[MADE],
        str(ledger.words(failed)["because"]) if failed is not None and hindered else "",
    )  # fmt: skip


def last(session: Session, act: str) -> datetime | None:
    """When this was last entered about keys and backups, by the ledger; nothing if it never was."""
    found = _newest(session, act, "failed" if act == NOT_MADE else "done")
    return clock.parse(found.at) if found else None


def _newest(session: Session, act: str, outcome: str = "done") -> Entry | None:
    query = select(Entry).where(Entry.chain == permits.CHAIN, Entry.act == act, Entry.outcome == outcome)
    return session.scalars(query.order_by(Entry.position.desc()).limit(1)).first()
