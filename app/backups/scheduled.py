"""Backups that come round by themselves, into a folder that somebody has chosen and that holds one already.

The first backup is made by hand.  So a disk that is not mounted, whose empty folder stands there in its place, is never
taken for a new one, and nobody believes in backups that lie beside what they are to save.
"""

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.backups import making, store
from app.backups.store import BackupUnderWay, NoBackup, Store
from app.wiring import services, transaction
from core import clock, jobs
from core.accounts import WORKER
from core.config import Config
from core.errors import Refusal, Unavailable
from core.ledger import entries as ledger
from evidence.keys import permits, standing

JOB: Final = "backup"
EVERY: Final = timedelta(minutes=10)
# A disk that is away is not asked for each ten minutes: each try that fails is entered.
_AGAIN: Final = timedelta(hours=1)
_log = logging.getLogger("probanda.backups")


class NoFolder(Unavailable):
    """The folder of backups is not there, or is not the one that was chosen."""


def look() -> None:
    """Promise a backup when the newest is as old as the settings allow and none is promised; the worker's round."""
    if not services().config.backup_folder:
        return
    with transaction() as session:
        if _due(session, timedelta(hours=services().config.backup_hours)) and not jobs.pending(session, (JOB,)):
            jobs.enqueue(session, JOB, permits.HOUSE)


def make(_subject: UUID) -> None:
    """Make the promised backup and remove those beyond the number that is kept; the worker's promise.

    What hinders it is entered and shown to the administrator, and it is tried again an hour later.  A restored
    deployment finds a promise in its rows, and its settings may name no folder.
    """
    if not services().config.backup_folder:
        return
    try:
        _make(services().config)
    except BackupUnderWay as busy:
        _log.info("no backup is made now: %s", busy.message)
    except Refusal as why:
        _hindered(why.message)
    except OSError as fault:
        folder = services().config.backup_folder
        _hindered(f"{folder}: {fault.strerror}; what was made of this backup does not count, and those before it do")


def _hindered(because: str) -> None:
    _log.warning("no backup was made: %s", because)
    with transaction() as session:
        ledger.append(session, permits.CHAIN, WORKER, standing.NOT_MADE, outcome="failed", because=because)


def _make(config: Config) -> None:
    at = Store(config.instance / config.backup_folder)
    _chosen(at)
    with at.alone():
        made = making.make_alone(WORKER, at)
        lacking = [str(one) for one in made.faults if "row names it" in one.because]
        if lacking:
            raise NoFolder(f"{made.folder} was made, and {len(lacking)} blobs are missing from it: {lacking[0]}")
        if config.backup_keep:
            making.prune(WORKER, at, config.backup_keep)


def _chosen(at: Store) -> None:
    """Raise NoFolder unless this folder holds a backup of this very office."""
    if not at.folder.is_dir():
        raise NoFolder(f"{at.folder} is not there; is its disk mounted?")
    try:
        public = store.read_manifest(at.newest()).public
    except NoBackup as none:
        raise NoFolder(
            f"{at.folder} holds no backup; mount its disk, or, if it is a new folder, make the first one by hand: "
            f"probanda backup {at.folder}"
        ) from none
    if public != services().keyring.public:
        raise NoFolder(f"the newest backup in {at.folder} is of another office; choose another folder for this one")


def _due(session: Session, every: timedelta) -> bool:
    """Whether nothing was made within this time, nor tried in vain within the last hour; the future is no past."""
    now = clock.now()
    made, failed = (standing.last(session, act) for act in (standing.MADE, standing.NOT_MADE))
    return not (made and now - every < made <= now) and not (failed and now - _AGAIN < failed <= now)
