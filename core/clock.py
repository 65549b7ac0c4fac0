"""The current instant in UTC: the one place that asks the machine's clock, and the one that tests may stop."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from core.errors import Invalid

_held = threading.local()


class BadTime(Invalid):
    """A text that should be an instant is none."""


def now() -> datetime:
    """The current instant, aware, in UTC, to the microsecond."""
    held: datetime | None = getattr(_held, "at", None)
    return held or datetime.now(UTC)


def stamp(at: datetime) -> str:
    """Write an aware instant as ``2026-11-24T22:26:38.123456Z``: always 27 characters, so texts sort as times do."""
    if at.tzinfo is None:
        message = "a time without its zone cannot be recorded"
        raise BadTime(message)
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse(text: str) -> datetime:
    """Read an ISO 8601 instant that carries its zone; what lacks one is refused, never guessed (COC-11)."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as fault:
        message = f"«{text[:40]}» is not a time; write it like 2026-11-24T22:26:38Z"
        raise BadTime(message) from fault
    if at.tzinfo is None:
        message = f"«{text[:40]}» does not say its zone; add Z or an offset such as +01:00"
        raise BadTime(message)
    return at.astimezone(UTC)


@contextmanager
def stopped(at: datetime) -> Iterator[None]:
    """Hold the clock of this thread at one instant, for tests and for rebuilding what was frozen."""
    before: datetime | None = getattr(_held, "at", None)
    _held.at = at
    try:
        yield
    finally:
        _held.at = before
