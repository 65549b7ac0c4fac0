"""Times in forms about what others did: a local time with its zone, kept as it was given."""

from datetime import datetime
from urllib.parse import unquote

from flask import request

from app.pages.counter import typed
from app.pages.views.inputs import clock_time
from core.errors import Invalid
from evidence.possession import times


class NoTime(Invalid):
    """A time that is needed was not given."""


def at(name: str) -> datetime | None:
    """The time in a field, in the zone that the form names; nothing for an empty field."""
    local = clock_time(name, typed(name))
    return None if local is None else times.instant(local, typed("occurred_zone"))


def needed(name: str) -> datetime:
    """The time in a field; raises NoTime when it is empty."""
    read = at(name)
    if read is None:
        raise NoTime(f"{name}: say when", fields={name: "say when"})
    return read


def zone() -> str:
    """The reader's own zone, for a form to begin with."""
    return unquote(request.cookies.get("zone", "UTC"))
