"""Names of files exactly as they were given, and written so that nothing in them hides or turns.

A name is only ever a label: it may climb, hold controls or a zero byte, and never becomes a path on a disk of ours.
"""

import re
from typing import Final

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

LONGEST_NAME: Final = 1_000

# What a text column cannot carry is escaped with a character that a name
# has no use for, and read back exactly.
_ESCAPE: Final = "\x1a"
_UNSTORABLE: Final = re.compile("[\x00\x1a\ud800-\udfff]")
_ESCAPED: Final = re.compile("\x1a([0-9a-f]{4})")
_UNSHOWN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
)


class AsGiven(TypeDecorator[str]):
    """A text column that keeps any name exactly: with zero bytes, halves of characters, whatever came."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the interface
        """Escape what the database could not store."""
        return None if value is None else _UNSTORABLE.sub(lambda one: f"{_ESCAPE}{ord(one[0]):04x}", value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the interface
        """Give back the text as it was given."""
        return None if value is None else _ESCAPED.sub(lambda one: chr(int(one[1], 16)), value)


def shown(name: str) -> str:
    r"""Write a name so that nothing in it hides or turns: controls and direction marks appear as \u{202e}."""
    return _UNSHOWN.sub(lambda one: f"\\u{{{ord(one[0]):x}}}", name)
