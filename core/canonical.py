"""Canonical JSON (RFC 8785) of what entries hold: the same thing is always the same bytes.

Written by Python's own encoder in C, which writes texts as the standard asks; the order of names and the bounds of
numbers are seen to before.  A test holds it against `rfc8785`.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core import clock
from core.errors import Invalid

_LARGEST: Final = 2**53 - 1
_WRITE: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class NotCanonical(Invalid):
    """A value that canonical JSON cannot carry, or that has more than one form in it."""


def dumps(value: Any) -> str:
    """Write a value; instants, ids and exact numbers become texts.  Raises `NotCanonical` or `UnicodeEncodeError`."""
    return _WRITE(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, int):
        if value and not -_LARGEST <= value <= _LARGEST:
            raise NotCanonical(f"{value} is beyond the whole numbers that every reader of JSON holds exactly")
        return value
    if isinstance(value, Mapping):
        named = {str(name): _plain(one) for name, one in value.items()}
        return {name: named[name] for name in sorted(named, key=_units)}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return _text(value)


def _text(value: Any) -> Any:
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, datetime):
        return clock.stamp(value)
    if isinstance(value, (set, frozenset)):
        return sorted(str(one) for one in value)
    raise NotCanonical(f"a {type(value).__name__} has no canonical form")


def _units(name: str) -> bytes:
    # The standard orders names by their UTF-16 units, which is not the order of their letters beyond U+FFFF.
    return name.encode("utf-16-be")
