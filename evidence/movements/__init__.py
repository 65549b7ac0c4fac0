"""The acts of custody by the names that the rest of the house calls them; they live in `evidence.possession`."""

from evidence.possession.changes import apply
from evidence.possession.movement import (
    BadMovement,
    Movement,
    NotTheCustodian,
    NotTheReceiver,
    Overtaken,
    WrongState,
)
from evidence.possession.verbs import ARRIVALS, MOVES, Verb

__all__ = [
    "ARRIVALS",
    "MOVES",
    "BadMovement",
    "Movement",
    "NotTheCustodian",
    "NotTheReceiver",
    "Overtaken",
    "Verb",
    "WrongState",
    "apply",
]
