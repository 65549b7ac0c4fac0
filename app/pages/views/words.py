"""Words for what is shown: states with a shape, sizes, times, amounts, hashes; pure and in one place."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

KIB = 1024
_OVERRIDE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_DISGUISE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
SHORT = 12


@dataclass(frozen=True, slots=True)
class Tag:
    """A state as a word, with a shape for those who see no colour and a tone for those who do."""

    word: str
    tone: str = "grey"
    shape: str = "●"


STATES = {
    "held": Tag("held", "green", "●"),
    "stored": Tag("stored", "green", "✓"),
    "offered": Tag("offered", "yellow", "◐"),
    "out": Tag("out", "orange", "▲"),
    "frozen": Tag("frozen", "blue", "■"),
    "sealed": Tag("sealed", "purple", "◆"),
    "incident": Tag("incident", "red", "✕"),
    "waiting": Tag("waiting", "grey", "○"),
    "expected": Tag("waiting", "grey", "○"),
    "refused": Tag("refused", "red", "✕"),
    "quarantined": Tag("quarantined", "red", "■"),
    "read": Tag("read", "green", "✓"),
    "empty": Tag("holds no text", "grey", "○"),
    "failed": Tag("failed", "red", "✕"),
    "not_allowed": Tag("not allowed yet", "orange", "■"),
    "reconciled": Tag("reconciled", "green", "✓"),
    "unreconciled": Tag("unreconciled", "red", "≠"),
    "not_reconcilable": Tag("not reconcilable", "orange", "?"),
    "unconfirmed": Tag("layout to confirm", "yellow", "◐"),
    "confirmed": Tag("layout confirmed", "green", "✓"),
    "open": Tag("open", "green", "●"),
    "restricted": Tag("restricted", "purple", "◆"),
    "closed": Tag("closed", "grey", "■"),
    "done": Tag("done", "green", "✓"),
    "built": Tag("built", "green", "✓"),
    "building": Tag("being built", "blue", "◐"),
    "requested": Tag("waiting to be built", "grey", "○"),
    "withdrawn": Tag("withdrawn", "grey", "■"),
    "signed_off": Tag("signed off", "green", "✓"),
    "well": Tag("well", "green", "✓"),
    "ill": Tag("needs attention", "red", "✕"),
    "away": Tag("out of reach", "orange", "▲"),
    "active": Tag("active", "green", "●"),
    "locked": Tag("locked", "grey", "■"),
    "same": Tag("same", "green", "✓"),
    "differs": Tag("differs", "red", "≠"),
    "unstated": Tag("not stated", "grey", "○"),
    "protected": Tag("protected", "purple", "◆"),
    "here": Tag("here", "green", "●"),
    "gap": Tag("gap", "red", "◇"),
}


def state(name: object) -> Tag:
    """The tag of a state; one that has no entry is shown by its own word, never hidden."""
    word = str(getattr(name, "value", name)).lower()
    return STATES.get(word.replace(" ", "_"), Tag(word.replace("_", " ") or "unknown"))


def size(count: int) -> str:
    """A number of bytes for a person, with the exact number behind it when it was rounded."""
    if count < KIB:
        return "1 byte" if count == 1 else f"{count} bytes"
    value = float(count)
    for unit in ("KiB", "MiB", "GiB"):
        value /= KIB
        if value < KIB:
            return f"{value:.1f} {unit}"
    return f"{value / KIB:.1f} TiB"


def exact(count: int) -> str:
    """A whole number with its thousands apart."""
    return f"{count:,}"


def zone(name: str) -> tzinfo:
    """The time zone of that name, or UTC when the browser told something that is no zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def local(moment: datetime, where: tzinfo, *, seconds: bool = False) -> str:
    """A moment on the reader's own clock."""
    return moment.astimezone(where).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def universal(moment: datetime) -> str:
    """The same moment in UTC, as it stands on paper and in the tooltip."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def amount(value: Decimal, currency: str = "") -> str:
    """A sum of money with all its decimals, thousands apart, a true minus, and its currency."""
    written = f"{abs(value):,f}"
    return f"{'−' if value < 0 else ''}{written} {currency}".rstrip()


def short(digest: str) -> str:
    """The first characters of a hash, which is enough for the eye and never for a proof."""
    return digest if len(digest) <= SHORT else digest[:SHORT] + "…"


def plain(text: str) -> str:
    """A name with control and direction characters written out, so that it cannot disguise itself."""
    return _DISGUISE.sub(_code, text)


def plain_lines(text: str) -> str:
    """Running text with overriding and control characters written out; lines, tabs and ordinary marks stay."""
    return _OVERRIDE.sub(_code, text.replace("\r\n", "\n"))


def _code(found: re.Match[str]) -> str:
    return f"\\u{{{ord(found[0]):x}}}"
