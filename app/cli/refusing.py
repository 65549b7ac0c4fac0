"""Faults of the machine, turned into refusals that say what was not there or not possible."""

import errno
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from app.wiring import DatabaseAway
from core.errors import Invalid, Refusal, Unavailable

# The person named a place that cannot be; anything else is the machine's own state.
_NAMED_WRONGLY: Final = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.ENAMETOOLONG,
    errno.ELOOP,
    errno.EINVAL,
}


class NoSuchPlace(Invalid):
    """A path that was given leads to nothing, or to something of another kind."""


class PlaceOutOfReach(Unavailable):
    """A file or folder of this machine does not do what it is asked."""


class NotText(Invalid):
    """Some letters cannot be carried from or to the terminal."""


def from_disk(fault: OSError) -> Refusal:
    """A fault of a file or folder: refused when the place was named wrongly, else unavailable."""
    place = fault.filename2 or fault.filename
    words = f"{place}: {fault.strerror}" if place else str(fault.strerror or fault)
    if fault.errno in _NAMED_WRONGLY:
        return NoSuchPlace(words)
    return PlaceOutOfReach(f"{words}; what was stored before is as it was")


def from_database(fault: SQLAlchemyError) -> Refusal:
    """A fault of the database outside of any transaction, in one line."""
    said = str(getattr(fault, "orig", None) or fault).strip().splitlines()
    return DatabaseAway(f"the database cannot be used: {said[0] if said else type(fault).__name__}")


def from_letters(fault: UnicodeEncodeError) -> Refusal:
    """Letters that no text has, or that this terminal cannot show."""
    if fault.encoding.replace("-", "").lower() == "utf8":
        return NotText("what was given is not text in UTF-8; a path may have any name, but words must be readable")
    return NotText(f"this terminal shows {fault.encoding} only; set PYTHONIOENCODING=utf-8 and ask again")
