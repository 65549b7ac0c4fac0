"""What stands on labels: short opaque codes with check digits, to be scanned or typed, that name nobody and no case.

A code is ``PROBANDA:X/`` and the thing's number in Crockford's base 32, then two check letters: the whole, read as one
number, is a multiple of 1021.  That is a prime above all differences of two letters, so every single wrong letter and
every two neighbours that changed places are found.  (The check digits of an IBAN do not promise that where a letter is
taken for a digit.)  Capitals alone are used, since a QR code holds them in two thirds of the room.
"""

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from core.errors import Invalid

SCHEME: Final = "PROBANDA:"
LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Read aloud or copied by hand, these are taken for one another.
MISREAD: Final = {"O": "0", "I": "1", "L": "1", "U": "V"}
_HEARD: Final = str.maketrans(MISREAD)
_WIDE: Final = 26
PRIME: Final = 1021
_CODE: Final = re.compile(r"(?:PROBANDA:)?([A-Z])/([0-9A-Z-]+)\Z")


class BadCode(Invalid):
    """What was scanned or typed is no code of ours, or one that was misread."""


class Thing(StrEnum):
    """What a code stands on."""

    EXHIBIT = "X"
    PLACE = "P"
    LABEL = "K"


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says: the sort of thing and its number there."""

    thing: Thing
    number: str

    @property
    def uri(self) -> str:
        """The whole code as it stands in the QR code."""
        return f"{SCHEME}{self.thing.value}/{self.number}{check_letters(self.number)}"

    @property
    def typed(self) -> str:
        """The same to be typed, in groups of four."""
        whole = self.number + check_letters(self.number)
        return f"{self.thing.value}/" + "-".join(whole[at : at + 4] for at in range(0, len(whole), 4))

    @property
    def uuid(self) -> UUID:
        """The identity that the number of an exhibit stands for."""
        value = 0
        for letter in self.number:
            value = value * 32 + LETTERS.index(letter)
        if len(self.number) != _WIDE or value >> 128:
            raise BadCode(_wrong("this is no exhibit's number"))
        return UUID(int=value)


def exhibit(exhibit_id: UUID) -> Code:
    """The code of an exhibit."""
    value, letters = exhibit_id.int, ""
    for _ in range(_WIDE):
        value, at = divmod(value, 32)
        letters = LETTERS[at] + letters
    return Code(Thing.EXHIBIT, letters)


def place(short: str) -> Code:
    """The code of a place."""
    return Code(Thing.PLACE, short)


def label(number: str) -> Code:
    """The code of a label of a kit, whose number is printed with a dash."""
    return Code(Thing.LABEL, number.replace("-", ""))


def is_code(text: str) -> bool:
    """Whether a text has the outer form of a code; only `read` tells whether it is one."""
    return bool(_CODE.match(text.strip().upper()))


def read(text: str) -> Code:
    """Read what was scanned or typed; raises BadCode for anything whose check letters do not fit."""
    found = _CODE.match(text.strip().upper())
    if found is None or found[1] not in set(Thing):
        raise BadCode(_wrong("this is no code of ours"))
    whole = found[2].replace("-", "").translate(_HEARD)
    number, letters = whole[:-2], whole[-2:]
    if not number or check_letters(number) != letters:
        raise BadCode(_wrong("its check letters do not fit"))
    return Code(Thing(found[1]), number)


def fresh(length: int) -> str:
    """A new random number of so many letters."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def check_letters(number: str) -> str:
    """The two letters after a number that make the whole a multiple of 1021; raises BadCode for a letter not in use."""
    value = 0
    for letter in number:
        at = LETTERS.find(letter)
        if at < 0:
            raise BadCode(_wrong(f"«{letter}» is no letter of a code"))
        value = (value * 32 + at) % PRIME
    high, low = divmod(-value * 1024 % PRIME, 32)
    return LETTERS[high] + LETTERS[low]


def _wrong(why: str) -> str:
    return f"{why}; nothing was looked up. Scan it again, or type all letters and digits that stand under it"
