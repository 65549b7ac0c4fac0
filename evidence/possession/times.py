"""A time as somebody gives it: local time and zone are kept as given, the instant in UTC beside them (COC-11)."""

from datetime import UTC, datetime, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import Invalid


class BadZone(Invalid):
    """A local time cannot be placed: its zone is unknown, or the clock showed it twice or never there."""


def instant(local: datetime, zone: str) -> datetime:
    """The instant at which clocks in a zone showed a local time; never a guess.

    `zone` is a name such as Europe/Rome or an offset such as +02:00.  A time that was shown twice or never, because
    the clocks were changed, is refused: give the offset then.
    """
    if local.tzinfo is not None:
        return local
    place = _zone(zone)
    early, late = (local.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        return early
    back = early.astimezone(UTC).astimezone(place).replace(tzinfo=None)
    often = "twice" if back == local else "never"
    message = f"clocks in {zone} showed this time {often} that day; give the offset instead, such as +02:00"
    raise BadZone(message, fields={"occurred_zone": message})


def as_given(at: datetime) -> str:
    """A time with the offset with which it was given, for the entry."""
    return at.isoformat(timespec="seconds")


def _zone(name: str) -> ZoneInfo | timezone:
    text = name.strip()
    if text[:1] in {"+", "-", "Z"}:
        try:
            offset = datetime.fromisoformat(f"2000-01-01T00:00:00{text}").utcoffset()
        except ValueError:
            offset = None
        if offset is not None:
            return timezone(offset)
    else:
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    message = f"«{text[:40]}» is no time zone; write a name like Europe/Rome or an offset like +02:00"
    raise BadZone(message, fields={"occurred_zone": message})
