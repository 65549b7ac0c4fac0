"""Keeps what was promised: takes jobs one by one, each kind by its function, until stopped or idle.

A job may run twice, so each function writes the same thing again.  Reading happens outside any transaction, since it
lasts; its outcome is written in one.
"""

import fcntl
import logging
import platform
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session

from app import clockwork, exporting, uploading
from app.backups import scheduled
from app.ending import carrying_out, restricting
from app.reading import opened
from app.wiring import Services, services, transaction
from core import jobs
from core.accounts import WORKER
from core.errors import Conflict, Refusal, Unavailable
from core.jobs import Job
from evidence import authorities, files, selectors, text
from evidence.extraction import sandbox
from evidence.extraction.reading import Member, MemberCut, Origin, Reading
from evidence.files import Derived, File
from evidence.money import closed, layouts, selecting
from evidence.money import reading as statements
from evidence.money.statements.values import NotAStatement
from evidence.vault import Receipt
from exports import doubts
from search import indexing

LEASE: Final = timedelta(minutes=2)
_RENEW_EVERY: Final = 30.0
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(minutes=2)
_PAUSE: Final = 1.0
# A file that bears one of these endings is said to be a statement; why it could not be read as one is worth telling.
_STATEMENTS: Final = (".sta", ".mt940", ".940", ".942", ".camt", ".swi", ".csv", ".tsv")
_log = logging.getLogger("probanda.worker")


@dataclass(slots=True)
class Turn:
    """What one run of the worker did, and what it could not do."""

    done: int = 0
    failed: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    running: set[UUID] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, *, done: bool) -> None:
        """Count one job that ended."""
        with self.lock:
            if done:
                self.done += 1
            else:
                self.failed += 1

    def postponed(self, because: str) -> None:
        """Count one job that waits for something."""
        with self.lock:
            self.waiting[because] = self.waiting.get(because, 0) + 1


def work(app: Flask, *, until_idle: bool, threads: int = 2, told: Callable[[int], None] = lambda _step: None,
         stop: threading.Event | None = None) -> Turn:  # fmt: skip
    """Do promised work; with ``until_idle`` only until nothing is due, else until ``stop`` is set.

    ``told`` is called with 1 after each job.  What waits for an engine that is away is tried again later and is not
    waited for; the turn says how much that is and why.
    """
    turn, ended, over = Turn(), stop or threading.Event(), threading.Event()
    with app.app_context(), _alone(services()) as alone:
        if alone:
            with transaction() as session:
                jobs.release(session)
        keeper = threading.Thread(target=_keep_claims, args=(app, turn, over), name="claims", daemon=True)
        keeper.start()
        rounds = threading.Thread(target=clockwork.run, args=(app, over), name="rounds", daemon=True)
        if not until_idle:
            rounds.start()
        with ThreadPoolExecutor(threads, thread_name_prefix="worker") as pool:
            running = [pool.submit(loop, app, turn, told, ended, until_idle=until_idle) for _ in range(threads)]
            for one in running:
                one.result()
        over.set()
        keeper.join()
        if not until_idle:
            rounds.join()
    return turn


def _keep_claims(app: Flask, turn: Turn, over: threading.Event) -> None:
    """Renew the claims on what is being worked on, so that only a dead worker's are taken by another."""
    with app.app_context():
        while not over.wait(_RENEW_EVERY):
            try:
                with transaction() as session:
                    jobs.renew(session, list(turn.running), lease=LEASE)
            except Unavailable as away:
                _log.warning("claims are renewed later: %s", away.message)


def loop(
    app: Flask,
    turn: Turn,
    told: Callable[[int], None] = lambda _step: None,
    ended: threading.Event | None = None,
    *,
    until_idle: bool,
) -> None:
    """Do one job after the other in this thread, and count them in ``turn``."""
    stop = ended or threading.Event()
    with app.app_context():
        while not stop.is_set():
            job = _claimed(turn)
            if job is not None:
                turn.running.add(job.id)
                _do(job, turn)
                turn.running.discard(job.id)
                told(1)
            elif until_idle:
                return
            else:
                stop.wait(_PAUSE)


def _claimed(turn: Turn) -> Job | None:
    try:
        with transaction() as session:
            return jobs.claim(session, tuple(KINDS), lease=LEASE)
    except Unavailable as away:
        _log.warning("no work can be taken: %s", away.message)
        turn.postponed(away.message)
        return None


def _do(job: Job, turn: Turn) -> None:
    try:
        KINDS[job.kind](job.subject)
    except Unavailable as away:
        turn.postponed(away.message)
        _put_back(job, away.message)
    except Refusal as refusal:
        _give_up(job, turn, refusal.message)
    except Exception as fault:
        # A fault of ours in one job must not end the worker: the job fails with its trace in the log, is shown to the
        # administrator, and can be asked for again.
        _log.exception("job %s (%s) failed", job.id, job.kind)
        _give_up(job, turn, f"a fault of ours: {type(fault).__name__}; see the log")
    else:
        turn.count(done=True)
        _end(job, jobs.finish)


def _put_back(job: Job, because: str) -> None:
    _end(job, lambda session, kept: jobs.postpone(session, kept, because, wait=_wait(kept)))


def _give_up(job: Job, turn: Turn, because: str) -> None:
    turn.count(done=False)
    _end(job, lambda session, kept: jobs.fail(session, kept, because))


def _end(job: Job, how: Callable[[Session, Job], None]) -> None:
    try:
        with transaction() as session:
            how(session, session.get_one(Job, job.id))
    except Unavailable as away:
        _log.warning("job %s is done again later: %s", job.id, away.message)


def _wait(job: Job) -> timedelta:
    # `asked` is when it was promised: what has waited long is tried less often.
    return min(_LONGEST_WAIT, max(_FIRST_WAIT, (job.due - job.asked) / 2))


def extract(file_id: UUID) -> None:
    """Read a file if an authority allows it: text, facts, members and selectors, in a process without network."""
    receipt = _allowed(file_id)
    if receipt is None:
        return
    house = services()
    found = _Members(house, file_id)
    plain = opened(WORKER, receipt)
    reading = sandbox.read(plain, receipt.size, found.name, house.config.limits, found.take, found.origin)
    _keep(reading, found, list(selectors.sighted(reading.passages)))


def money(file_id: UUID) -> None:
    """Read a file as a statement of account where it may be one; it may turn out not to be."""
    if _allowed(file_id) is None:
        return
    house = services()
    with transaction() as session:
        file = session.get_one(File, file_id)
        if not closed.worth_trying(file.name, file.media_type):
            return
        order = statements.plan(session, house.keyring, file)
    try:
        found = statements.read(order, opened(WORKER, order.receipt), house.config.limits)
    except NotAStatement as reason:
        if order.name.lower().endswith(_STATEMENTS):
            _not_a_statement(file_id, reason.message)
        return
    seen = selecting.sighted(found)
    with transaction() as session:
        file = files.held(session, file_id, entering=False)
        if file.state != files.State.EXPUNGED:
            statements.keep(session, WORKER, house.keyring, file, found, seen)


def _not_a_statement(file_id: UUID, because: str) -> None:
    with transaction() as session:
        file = files.held(session, file_id, entering=False)
        if file.state == files.State.EXPUNGED:
            return
        key = text.key_of(session, services().keyring, file)
        text.keep_facts(session, file, {**text.facts(file, key), "as a statement of account": because}, key)


def index(file_id: UUID) -> None:
    """Put a file's passages into the index in place of what stood there."""
    indexing.index_file(transaction, services().index, services().keyring, file_id)


def mark_dossiers(exhibit_id: UUID) -> None:
    """Tell every dossier that holds an exhibit of its incident."""
    with transaction() as session:
        doubts.mark(session, WORKER, exhibit_id)


def unindex(file_id: UUID) -> None:
    """Take a file out of the index, because it may no longer be found."""
    indexing.unindex_file(services().index, file_id)


KINDS: Final[Mapping[str, Callable[[UUID], None]]] = {
    "extract": extract,
    layouts.JOB: money,
    "index": index,
    "unindex": unindex,
    files.MARK: mark_dossiers,
    exporting.JOB: exporting.make_for,
    carrying_out.JOB: carrying_out.carry_out,
    restricting.JOB: carrying_out.write_out,
    uploading.JOB: uploading.assemble,
    scheduled.JOB: scheduled.make,
}


def _allowed(file_id: UUID) -> Receipt | None:
    with transaction() as session:
        file = session.get_one(File, file_id)
        try:
            try:
                authorities.allow_reading(session, file)
            except Conflict:
                # Whoever records an authority just now is waited for, or would not find this file waiting for it.
                files.held(session, file_id)
                authorities.allow_reading(session, file)
        except Conflict as reason:
            if file.reading in {files.Reading.WAITING, files.Reading.NOT_ALLOWED}:
                files.set_reading(session, file, files.Reading.NOT_ALLOWED, reason.message)
            return None
        return files.receipt_of(session, services().keyring, file)


class _Members:
    """Seals what comes out of a file as it comes, and keeps the reason for what does not."""

    def __init__(self, house: Services, file_id: UUID) -> None:
        self.made: list[Derived] = []
        self.left: dict[str, str] = {}
        self.parent_id = file_id
        self._house = house
        with transaction() as session:
            self._parent = session.get_one(File, file_id)
            self.name = self._parent.name
            self.origin = _origin(self._parent)

    def take(self, member: Member) -> None:
        """Seal one member, or note why it stays inside."""
        if member.content is None:
            self.left[f"not taken out: {member.name}"] = member.because
            return
        context = files.beside(self._parent)
        size = 0

        def counted(content: Iterator[bytes]) -> Iterator[bytes]:
            nonlocal size
            for piece in content:
                size += len(piece)
                yield piece

        try:
            receipt = self._house.vault.seal(counted(member.content), context)
        except MemberCut as cut:
            self.left[f"not taken out: {member.name}"] = cut.message
            return
        level = {"depth": self.origin.depth + 1, "members": self.origin.members + len(self.made) + 1}
        told = {"method": member.method, **member.parameters, **level, "unpacked": self.origin.unpacked + size}
        self.made.append(Derived(member.name, receipt, told))


def _origin(file: File) -> Origin:
    told = file.method
    return Origin(int(told.get("depth", 0)), int(told.get("members", 0)), int(told.get("unpacked", 0)))


def _keep(reading: Reading, found: _Members, sightings: list[selectors.Seen]) -> None:
    house = services()
    with transaction() as session:
        file = files.held(session, found.parent_id, entering=bool(found.made))
        if file.state == files.State.EXPUNGED:
            return  # it was destroyed while it was being read; what came of that has no row, and a sweep removes it
        key = text.key_of(session, house.keyring, file)
        # A reader out of the standard library has the version of the language; one that says none has none here.
        own = f"Python {platform.python_version()}" if reading.tool in sys.stdlib_module_names else ""
        tool = {"tool": reading.tool, "version": reading.version or own}
        made = [replace(one, method={**one.method, **tool}) for one in found.made]
        files.derive(session, WORKER, house.keyring, file, made)
        text.keep(session, file, reading.passages, key)
        text.keep_facts(session, file, {**reading.metadata, **_how(reading), **found.left}, key)
        selectors.keep(session, file, sightings)
        state, kind = files.Reading(reading.state.value), reading.media_type
        files.set_reading(session, file, state, reading.because, media_type=kind, language=reading.language)
        jobs.enqueue(session, "index", file.id)
        jobs.enqueue(session, layouts.JOB, file.id)


def _how(reading: Reading) -> dict[str, str]:
    """With what a file was read, and what held its reader back while it was (COC-10)."""
    return {"read with": f"{reading.tool} {reading.version}".strip(), "reader held by": ", ".join(reading.protections)}


@contextmanager
def _alone(house: Services) -> Iterator[bool]:
    """Whether this is the only worker of a deployment on one machine, so that old claims are known to be dead."""
    with (house.config.instance / "worker.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield house.engine.dialect.name == "sqlite"
        fcntl.flock(lock, fcntl.LOCK_UN)
