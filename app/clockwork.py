"""What comes round by itself: each round has its own time, is done by one worker, and never stops the others.

A round is one function without arguments that opens its own transactions.  What it cannot do now it does the next
time; why it could not is in the log, and whatever a person must know is written by the round itself.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Flask

from app import fixing, uploading
from app.backups import scheduled
from app.ending import rounds
from app.outside import attesting
from app.wiring import transaction
from core import jobs
from core.errors import Refusal
from core.ledger.entries import Overtaken

_LOOK: Final = 1.0
_log = logging.getLogger("probanda.clockwork")


@dataclass(frozen=True, slots=True)
class Round:
    """Work that comes round: how often, and what is done."""

    every: timedelta
    run: Callable[[], None]


# One line for each: its name, how often, the function.  Names stand in the database and do not change.
ROUNDS: Final[Mapping[str, Round]] = {
    "attest": Round(attesting.EVERY, attesting.attest),
    "heartbeat": Round(attesting.EVERY, attesting.heartbeat),
    "retention": Round(rounds.EVERY, rounds.propose),
    "uploads": Round(timedelta(minutes=10), uploading.tidy),
    "fixity": Round(fixing.EVERY, fixing.round_),
    "backup": Round(scheduled.EVERY, scheduled.look),
}


def once(names: Mapping[str, Round] = ROUNDS) -> dict[str, str]:
    """Do each round that is due, now and in this thread; gives for each one done its name and why it failed, if so.

    Needs an application context.
    """
    done = {}
    for name, one in names.items():
        try:
            with transaction() as session:
                due = jobs.take_round(session, name, one.every)
            if due:
                done[name] = ""
                one.run()
        except Overtaken:
            continue  # another worker was quicker
        except Refusal as refusal:
            _log.warning("round %s: %s", name, refusal.message)
            done[name] = refusal.message
        except Exception as fault:
            # A fault of ours in one round must not end the others; it is tried again the next time.
            _log.exception("round %s failed", name)
            done[name] = f"a fault of ours: {type(fault).__name__}; see the log"
    return done


def run(app: Flask, over: threading.Event) -> None:
    """Do rounds as they fall due until *over* is set; the worker runs this in a thread of its own."""
    with app.app_context():
        while not over.is_set():
            once()
            over.wait(_LOOK)
