"""Dates and times as browsers send them, turned into instants; what cannot be read is said beside its field."""

from datetime import UTC, datetime

from core.errors import Invalid


class NotATime(Invalid):
    """What was typed is no date or time."""


def moment(name: str, text: str) -> datetime | None:
    """An instant in UTC from what a date or time field sends; nothing for an empty field."""
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as fault:
        message = "write it as 2026-03-01 or 2026-03-01 14:30"
        raise NotATime(f"{name}: {message}", fields={name: message}) from fault
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def clock_time(name: str, text: str) -> datetime | None:
    """A time as a clock showed it, still without its zone unless one is written; nothing for an empty field."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError as fault:
        message = "write it as 2026-03-01 14:30"
        raise NotATime(f"{name}: {message}", fields={name: message}) from fault
