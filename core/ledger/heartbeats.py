"""A heartbeat in the ledger, so that silence can be seen: how large the tree is, and how the clock is kept.

The clock of the server is evidence.  When it stands before what was already written, an entry says so, and so does
every list of weaknesses from then on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.accounts import HOUSE
from core.ledger import entries as ledger
from core.ledger import synchronism
from core.ledger.entries import Entry
from core.ledger.synchronism import Synchronism

CHAIN: Final = "house/heartbeat"
BEAT: Final = "heartbeat"
WENT_BACK: Final = "clock went back"
# Writers take their time before they get their turn, so entries may be written a little out of order.
SLACK: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Silence:
    """A time without a heartbeat; *until* is nothing while it lasts."""

    since: datetime
    until: datetime | None
    missed: int

    def __str__(self) -> str:
        """Say it as a sentence to a person."""
        end = f"until {clock.stamp(self.until)}" if self.until else "and it lasts"
        return f"no heartbeat from {clock.stamp(self.since)} {end}: {self.missed} are missing"


@dataclass(frozen=True, slots=True)
class ClockFault:
    """The clock of the server stood before what was already written."""

    stood: datetime
    written: datetime
    position: int

    def __str__(self) -> str:
        """Say it as a sentence to a person."""
        back = self.written - self.stood
        return (
            f"the server's clock went back by {back} or more: it stood at {clock.stamp(self.stood)} when something of "
            f"{clock.stamp(self.written)} was already written"
        )


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat as it was written."""

    at: datetime
    size: int
    every: timedelta
    clock: str


def beat(session: Session, size: int, every: timedelta, kept: Synchronism | None = None) -> list[Entry]:
    """Write a heartbeat, and before it that the clock went back if it did; gives what was written."""
    state, now, last = kept or synchronism.look(), clock.now(), _last_written(session)
    made = []
    if last is not None and last - now > SLACK and last != _already_told(session):
        seconds = int((last - now).total_seconds())
        made.append(ledger.append(session, CHAIN, HOUSE, WENT_BACK, outcome="failed",
                                  written=clock.stamp(last), seconds=seconds))  # fmt: skip
    words: dict[str, object] = {"size": size, "minutes": int(every / timedelta(minutes=1)), "clock": state.state}
    words["clock_source"] = state.source
    if state.error_ms is not None:
        words["clock_error_ms"] = state.error_ms
    made.append(ledger.append(session, CHAIN, HOUSE, BEAT, **words))  # type: ignore[arg-type] # words, not fields
    return made


def beats(session: Session) -> Iterator[Beat]:
    """The heartbeats from the first to the last."""
    for entry in ledger.entries(session, CHAIN):
        if entry.act == BEAT:
            told = ledger.words(entry)
            every = timedelta(minutes=max(1, int(told["minutes"])))
            yield Beat(clock.parse(entry.at), int(told["size"]), every, str(told["clock"]))


def silences(session: Session, now: datetime | None = None) -> list[Silence]:
    """The times in which heartbeats are missing, by the interval that was in force; the last may still last."""
    found, last = [], None
    for one in beats(session):
        if last is not None and (missed := _missed(last, one.at)):
            found.append(Silence(last.at, one.at, missed))
        last = one
    if last is not None and (missed := _missed(last, now or clock.now())):
        found.append(Silence(last.at, None, missed))
    return found


def clock_faults(session: Session) -> list[ClockFault]:
    """The times at which the clock stood before what was already written."""
    query = select(Entry).where(Entry.chain == CHAIN, Entry.act == WENT_BACK).order_by(Entry.position)
    return [
        ClockFault(clock.parse(one.at), clock.parse(str(ledger.words(one)["written"])), one.position)
        for one in session.scalars(query)
    ]


def last_beat(session: Session) -> Beat | None:
    """The newest heartbeat; nothing before the first."""
    query = select(Entry).where(Entry.chain == CHAIN, Entry.act == BEAT).order_by(Entry.position.desc()).limit(1)
    entry = session.scalar(query)
    if entry is None:
        return None
    told = ledger.words(entry)
    return Beat(clock.parse(entry.at), int(told["size"]), timedelta(minutes=int(told["minutes"])), str(told["clock"]))


def _missed(last: Beat, until: datetime) -> int:
    # Half an interval of grace: a worker that is busy or restarted is not silence.
    gap = until - last.at
    return int((gap - last.every / 2) / last.every) if gap > last.every * 1.5 else 0


def _last_written(session: Session) -> datetime | None:
    newest = session.scalar(select(func.max(Entry.at)))
    return clock.parse(newest) if newest else None


def _already_told(session: Session) -> datetime | None:
    faults = clock_faults(session)
    return faults[-1].written if faults else None
