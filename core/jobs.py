"""Promised work as rows: the promise exists only if the transaction that made it necessary does."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import JSON, CursorResult, Index, Select, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.db import Base, Moment

DUE, CLAIMED, DONE, FAILED = "due", "claimed", "done", "failed"
MOST_TRIES = 5
# So far may the clocks of two workers be apart, or one be held up after it has looked at its clock.
_APART = timedelta(minutes=1)


class Job(Base):
    """One piece of promised work; it may run twice, so every kind of job must bear that."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_state_due", "state", "due"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    subject: Mapped[UUID] = mapped_column(index=True)
    words: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(default=DUE)
    tries: Mapped[int] = mapped_column(default=0)
    asked: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    due: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    lease: Mapped[datetime | None] = mapped_column(Moment)
    ended: Mapped[datetime | None] = mapped_column(Moment)
    because: Mapped[str] = mapped_column(default="")


class Round(Base):
    """Work that comes round by itself, such as a heartbeat: when it is next due, whichever worker does it."""

    __tablename__ = "rounds"

    name: Mapped[str] = mapped_column(primary_key=True)
    due: Mapped[datetime] = mapped_column(Moment)


def take_round(session: Session, name: str, every: timedelta) -> bool:
    """Whether this round is due now and this caller has it; of several workers exactly one gets it each time.

    A round that is due later than it can be shows that the clock went back: it is done now, not when the clock has
    caught up.  A moment later shows nothing: whoever had the round looked at a clock after this caller did.
    """
    at = clock.now()
    due = (Round.due <= at) | (Round.due > at + every + _APART)
    taken = update(Round).where(Round.name == name, due).values(due=at + every)
    if cast("CursorResult[Any]", session.execute(taken)).rowcount == 1:
        return True
    if session.get(Round, name) is not None:
        return False
    session.add(Round(name=name, due=at + every))
    session.flush()
    return True


def enqueue(session: Session, kind: str, subject: UUID, **words: Any) -> Job:
    """Promise work of a kind on a subject; the promise is kept by the worker after the caller's transaction."""
    job = Job(id=uuid4(), kind=kind, subject=subject, words=words)
    session.add(job)
    return job


def claim(session: Session, kinds: Collection[str], *, lease: timedelta) -> Job | None:
    """Take the next due job of the given kinds, or one whose worker was lost, for as long as the lease.

    A job that was claimed too often without an end is marked failed, so one bad file cannot hold the queue.
    """
    at = clock.now()
    ready = _ready(kinds, at).limit(1)
    if session.get_bind().dialect.name == "postgresql":
        ready = ready.with_for_update(skip_locked=True)
    while (job := session.scalar(ready)) is not None:
        if job.tries < MOST_TRIES:
            job.state, job.lease, job.tries = CLAIMED, at + lease, job.tries + 1
            session.flush()
            return job
        fail(session, job, f"given up after {job.tries} tries that never ended")
    return None


def renew(session: Session, jobs: Collection[UUID], *, lease: timedelta) -> None:
    """Keep the claims of a worker that is alive and still at these jobs."""
    held = update(Job).where(Job.id.in_(jobs), Job.state == CLAIMED).values(lease=clock.now() + lease)
    session.execute(held)


def finish(session: Session, job: Job) -> None:
    """Mark a job as done."""
    _end(session, job, DONE, "")


def fail(session: Session, job: Job, because: str) -> None:
    """Mark a job as failed for good, with its reason; an administrator can ask for it again."""
    _end(session, job, FAILED, because)


def postpone(session: Session, job: Job, because: str, *, wait: timedelta) -> None:
    """Put a job back because something it needs is out of reach; this does not count as a try."""
    job.state, job.lease, job.because = DUE, None, because
    job.due, job.tries = clock.now() + wait, max(0, job.tries - 1)
    session.flush()


def again(session: Session, job: Job) -> None:
    """Ask once more for a job that failed."""
    job.state, job.tries, job.due, job.lease, job.ended, job.because = DUE, 0, clock.now(), None, None, ""
    session.flush()


def pending(session: Session, kinds: Collection[str], subjects: Collection[UUID] | None = None) -> int:
    """Count the promises of these kinds that are not yet kept."""
    query = select(func.count()).select_from(Job).where(Job.kind.in_(kinds), Job.state.in_((DUE, CLAIMED)))
    if subjects is not None:
        query = query.where(Job.subject.in_(subjects))
    return session.scalar(query) or 0


def tally(session: Session) -> dict[tuple[str, str], int]:
    """Count the jobs by kind and state."""
    rows = session.execute(select(Job.kind, Job.state, func.count()).group_by(Job.kind, Job.state))
    return {(kind, state): count for kind, state, count in rows}


def oldest_due(session: Session, kinds: Collection[str]) -> datetime | None:
    """The instant since which some work of these kinds waits; nothing when none does."""
    return session.scalar(select(func.min(Job.asked)).where(Job.kind.in_(kinds), Job.state.in_((DUE, CLAIMED))))


def release(session: Session) -> None:
    """Let go of all claims at once, when it is known that no worker is alive."""
    session.execute(update(Job).where(Job.state == CLAIMED).values(state=DUE, lease=None))


def _ready(kinds: Collection[str], at: datetime) -> Select[Job]:
    waiting = (Job.state == DUE) & (Job.due <= at)
    lost = (Job.state == CLAIMED) & (Job.lease < at)
    return select(Job).where(Job.kind.in_(kinds), waiting | lost).order_by(Job.due, Job.asked)


def _end(session: Session, job: Job, state: str, because: str) -> None:
    job.state, job.because, job.ended, job.lease = state, because, clock.now(), None
    session.flush()
