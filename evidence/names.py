"""Names of files exactly as they were given, and written so that nothing in them hides or turns.

A name is only ever a label: it may climb, hold controls or a zero byte, and never becomes a path on a disk of ours.
"""

import hashlib
import re
import secrets
from typing import Final

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

LONGEST_NAME: Final = 1_000
_SALT: Final = 32

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


def new_salt() -> bytes:
    """Give the random bytes that keep a commitment to a name from being guessed."""
    return secrets.token_bytes(_SALT)


def committed(name: str, salt: bytes) -> str:
    """What the ledger says instead of a name: a digest that nobody can guess who has lost the salt with the row.

    Entries are never changed, so a name that may one day have to go is not in them; whoever has the row can show by
    its name and salt that an entry speaks of it (decision 0056).
    """
    return "salted-sha256:" + hashlib.sha256(salt + name.encode("utf-8", "surrogatepass")).hexdigest()


def shown(name: str) -> str:
    r"""Write a name so that nothing in it hides or turns: controls and direction marks appear as \u{202e}."""
    return _UNSHOWN.sub(lambda one: f"\\u{{{ord(one[0]):x}}}", name)
