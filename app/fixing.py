"""The round that looks at every stored blob within the set number of days, evenly and out of everybody's way.

It runs on a thread of its own at the lowest priority that the system gives, so that neither the desk nor the other
rounds wait for it, and it pauses while the machine is busy.
"""

import ctypes
import ctypes.util
import logging
import os
import platform
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from flask import Flask, current_app
from sqlalchemy.orm import Session

from app.wiring import Services, services, transaction
from core.accounts import WORKER, Actor
from core.errors import Refusal
from evidence.integrity import schedule
from evidence.integrity.looking import Files, Keeper, Looked, Round
from evidence.integrity.schedule import Coverage, Kind
from exports.shelf import Dossiers

EVERY: Final = timedelta(minutes=2)
_BUSY: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
_IDLE_CLASS: Final = 3 << 13
_IOPRIO_SET: Final = {"x86_64": 251, "aarch64": 30}
_log = logging.getLogger("probanda.fixity")
_running = threading.Lock()


def everything(house: Services, actor: Actor) -> Round:
    """Somebody who can look at all that the vault holds."""
    keepers: dict[Kind, Keeper] = {Kind.FILE: Files(house.keyring), Kind.DOSSIER: Dossiers(house.keyring)}
    return Round(transaction, house.vault, actor, keepers)


def slice_now(pace: Callable[[int], None] = lambda _length: None, *, every: timedelta = EVERY) -> Looked:
    """Look at what is due now, in this thread; needs an application context."""
    house = services()
    round_ = everything(house, WORKER)
    round_.enrol()
    with transaction() as session:
        due = schedule.due(session, days=house.config.fixity_days, every=every)
    looked = round_.look(due, pace)
    for one in looked.amiss:
        _log.error("blob %s does not hold: %s", one.due.blob, one.because)
    for because in looked.troubled:
        _log.warning("the vault's disk does not give a blob, which is tried again: %s", because)
    return looked


def round_() -> None:
    """Begin the next slice on a thread of its own, unless the one before is still at work."""
    if _running.locked():
        return
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 # Flask's own way to pass an application on
    threading.Thread(target=_slice, args=(app,), name="fixity", daemon=True).start()


def coverage(session: Session) -> Coverage:
    """How much of everything was looked at within the days."""
    return schedule.coverage(session, days=services().config.fixity_days)


def _slice(app: Flask) -> None:
    with _running, app.app_context():
        _step_back()
        try:
            slice_now(_Pace())
        except Refusal as refusal:
            _log.warning("checking stored bytes: %s", refusal.message)
        except Exception:  # noqa: BLE001 # the last door of a thread: what passes here would be seen by nobody
            # A fault of ours here must not end the worker; the next slice begins where this one ended.
            _log.exception("checking stored bytes failed")


class _Pace:
    """Waits as long as reading took while the machine is busy, so that others come first."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def __call__(self, _length: int) -> None:
        """One piece was read."""
        took = time.monotonic() - self._since
        if took > _BUSY:
            if os.getloadavg()[0] > (os.cpu_count() or 1):
                time.sleep(min(took, _LONGEST_PAUSE))
            self._since = time.monotonic()


def _step_back() -> None:
    """Give this thread the lowest priority for the processor and for the disk, as far as the system knows that."""
    own = threading.get_native_id()
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, own, 19)
    number = _IOPRIO_SET.get(platform.machine())
    if platform.system() == "Linux" and number is not None:
        # The C library has no function for it; where the call is not allowed, it does nothing.
        ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True).syscall(number, 1, own, _IDLE_CLASS)
