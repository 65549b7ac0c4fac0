"""Which characters make words, and which letters count as the same one."""

import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Final

#: No script is scanned above this point: planes 2 and 3 are Han, plane 14 holds only invisible selectors.
_SCANNED: Final = 0x20000
_FAR: Final = 0x10000

#: Scripts written without spaces: every cluster (a base with its marks) is a word of its own.
_UNSPACED: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19DF),  # Tai Le, New Tai Lue
    (0x2E80, 0x2FDF),  # Han radicals
    (0x3005, 0x3007),
    (0x3021, 0x312F),  # Kana, Bopomofo
    (0x31A0, 0x31BF),
    (0x31F0, 0x4DBF),  # Kana extensions, enclosed and squared forms, Han extension A
    (0x4E00, 0xA4CF),  # Han, Yi
    (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9D),  # half-width Katakana
    (0x1AFF0, 0x1B16F),
    (0x20000, 0x3FFFF),
)

#: Alphabets in which a number may be part of a word ("B12"); elsewhere digits stand apart ("৫০০টাকা").
_WITH_DIGITS: Final = (
    (0x0030, 0x058F),
    (0x10A0, 0x10FF),
    (0x13A0, 0x13FF),
    (0x1C80, 0x1CBF),
    (0x1D00, 0x1FFF),
    (0x2070, 0x218F),
    (0x2460, 0x24FF),
    (0x2C00, 0x2DFF),
    (0xA640, 0xA69F),
    (0xA720, 0xA7FF),
    (0xAB30, 0xABBF),
    (0xFB00, 0xFB17),
    (0xFF10, 0xFF5A),
    (0x1D400, 0x1D7FF),
    (0x1F100, 0x1F1FF),
)

#: Marks that are left out of a term: accents, Arabic and Hebrew vowel points, Syriac points, Ethiopic gemination.
_DROPPED_MARKS: Final = (
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x0591, 0x05C7),
    (0x0610, 0x061A),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x0730, 0x074A),
    (0x0898, 0x089F),
    (0x08CA, 0x08FF),
    (0x135D, 0x135F),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE20, 0xFE2F),
)

#: Letters that only raise, soften or break another (ʿayn, hamza, okina, tatweel): they come and go in names.
_DROPPED_LETTERS: Final = "ʰʹʺʻʼʽʾʿˀˁˈˊˋـߺꞌ"

#: Letters that Unicode does not take apart, and letters that writers use for one another.
_SAME_LETTERS: Final[Mapping[str, str]] = {
    # Latin: Turkish dotless i, and strokes that decomposition leaves alone.
    "ı": "i", "đ": "d", "ð": "d", "ø": "o", "ł": "l", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th",
    # Arabic script: hamza carriers, Persian, Urdu, Pashto and Kurdish forms of yeh, kaf and heh.
    "ٱ": "ا", "ٲ": "ا", "ٳ": "ا", "ٵ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ۍ": "ي", "ێ": "ي", "ے": "ي", "ۓ": "ي",
    "ک": "ك", "ڪ": "ك", "ة": "ه", "ۃ": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ۀ": "ه", "ۂ": "ه", "ں": "ن",
    # Hebrew final forms.
    "ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ",
}  # fmt: skip

#: Ethiopic rows of one sound: the row on the left is read as the row on the right, order by order.
_SAME_ROWS: Final = (("ሐ", "ሀ"), ("ኀ", "ሀ"), ("ሠ", "ሰ"), ("ዐ", "አ"), ("ፀ", "ጸ"), ("ሀ", "ሀ"), ("አ", "አ"))
_ORDERS: Final = 7
#: In these two rows the fourth order sounds like the first and is written for it (አስመራ, ኣስመራ).
_SAME_ORDERS: Final[Mapping[str, str]] = {"ሃ": "ሀ", "ኣ": "አ"}

#: Older ways to write one letter with an invisible joiner, put right before joiners are left out.
OLD_SPELLINGS: Final[Mapping[str, str]] = {
    "\u09a4\u09cd\u200d": "\u09ce",  # Bengali khanda ta
    "\u0d23\u0d4d\u200d": "\u0d7a",  # Malayalam chillu letters
    "\u0d28\u0d4d\u200d": "\u0d7b",
    "\u0d30\u0d4d\u200d": "\u0d7c",
    "\u0d32\u0d4d\u200d": "\u0d7d",
    "\u0d33\u0d4d\u200d": "\u0d7e",
}

#: Invisible characters that stand inside a word; every other one (direction marks, zero-width space) parts words.
JOINERS: Final = "\u00ad\u180e\u200c\u200d\u2060\ufeff"

#: Trade signs that would otherwise be read as letters.
_NOT_LETTERS: Final = "™℠"


def _within(point: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(first <= point <= last for first, last in ranges)


def _kind(point: int) -> str:
    """One letter for what a code point is to us: word, number-friendly word, unspaced, mark, emblem."""
    character = chr(point)
    category = unicodedata.category(character)
    if category[0] == "M":
        return "m"
    if category == "Nd":
        return "n"
    if category[0] in "LN":
        return _letter_kind(point)
    if category in {"So", "Sk"} and character not in _NOT_LETTERS:
        spelt = unicodedata.normalize("NFKC", character)
        return _letter_kind(point) if any(map(str.isalnum, spelt)) else _emblem(point)
    return ""


def _letter_kind(point: int) -> str:
    if _within(point, _UNSPACED):
        return "u"
    return "n" if _within(point, _WITH_DIGITS) else "w"


def _emblem(point: int) -> str:
    return "e" if point >= 0x2190 else ""


@cache
def _ranges() -> Mapping[tuple[str, bool], str]:
    """For each kind, near and far, its characters as the inside of a regular expression's class."""
    ranges: dict[tuple[str, bool], list[list[int]]] = {(kind, far): [] for kind in "wnume" for far in (False, True)}
    for point in range(_SCANNED):
        if not (kind := _kind(point)):
            continue
        known = ranges[kind, point >= _FAR]
        if known and known[-1][1] == point - 1:
            known[-1][1] = point
        else:
            known.append([point, point])
    ranges["u", True].append([0x20000, 0x3FFFF])
    ranges["m", True].append([0xE0100, 0xE01EF])
    return {kind: "".join(f"\\U{a:08x}-\\U{b:08x}" for a, b in known) for kind, known in ranges.items()}


class Kind(StrEnum):
    """What a character is to a reader of words."""

    WORD = "w"  # a letter of an alphabet in which digits stand apart
    NUMBER = "n"  # a digit of any script, or a letter that mixes with digits
    UNSPACED = "u"  # a word by itself
    MARK = "m"  # combines with the character before
    EMBLEM = "e"  # a picture or sign that people write as a word


def characters(kind: Kind, *, far: bool = False) -> str:
    """The characters of a kind for a regular expression's class; *far* gives those above U+FFFF, else those below.

    They are kept apart because a class with many far ranges is slow for every character that is not in it.
    """
    return _ranges()[kind.value, far]


def _rows() -> dict[str, str]:
    pairs = {chr(ord(row) + n): chr(ord(kept) + n) for row, kept in _SAME_ROWS for n in range(_ORDERS)}
    return {letter: _SAME_ORDERS.get(kept, kept) for letter, kept in pairs.items()}


def folding_table() -> dict[int, str | None]:
    """For `str.translate`: what each character of a decomposed, case-folded word becomes; None drops it."""
    table: dict[int, str | None] = {ord(k): v for k, v in (_rows() | dict(_SAME_LETTERS)).items()}
    for first, last in _DROPPED_MARKS:
        table.update(dict.fromkeys(range(first, last + 1)))
    table.update(dict.fromkeys(map(ord, _DROPPED_LETTERS)))
    for point in range(_SCANNED):
        if unicodedata.category(chr(point)) == "Cf":
            table[point] = None
    table.update(dict.fromkeys([*range(0xFE00, 0xFE10), *range(0xE0000, 0xE01F0), 0x180B, 0x180C, 0x180D, 0x180F]))
    return table


def digit_table() -> dict[int, str]:
    """For `str.translate`: each decimal digit of any script to its ASCII digit, one character for one."""
    return {
        point: str(value)
        for point in range(_SCANNED)
        if point > 0x39 and (value := unicodedata.decimal(chr(point), None)) is not None
    }
