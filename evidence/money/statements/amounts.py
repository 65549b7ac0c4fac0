"""Amounts and currencies as statements write them: decimal figures only, and nothing is guessed (R-FIN-03)."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pycountry

# Codes withdrawn from ISO 4217 that older statements still carry.
_WITHDRAWN: Final = (
    "ADP AFA ANG ATS AZM BEF BGL BGN BYB BYR CSD CSK CUC CYP DEM EEK ESP FIM FRF GHC GRD HRK IEP ITL "
    "LTL LUF LVL MGF MRO MTL MZM NLG PTE ROL RUR SDD SIT SKK SLL SRG STD TMM TRL VEB VEF XEU YUM ZMK "
    "ZWD ZWL ZWN ZWR"
)
CURRENCIES: Final = frozenset(str(currency.alpha_3) for currency in pycountry.currencies) | frozenset(
    _WITHDRAWN.split()
)
# Signs that stand for one currency alone; the dollar, pound and yen signs stand for many and name none.
_SIGNS: Final = {
    "€": "EUR",
    "₴": "UAH",
    "₺": "TRY",
    "₽": "RUB",
    "₹": "INR",
    "৳": "BDT",
    "₪": "ILS",
    "₫": "VND",
    "؋": "AFN",
}
_SPACES: Final = " \u00a0\u202f\u2009'’٬"
_MARKED: Final = re.compile(r"[(]?(?P<before>[+-])?(?P<figure>[0-9][0-9.,٫٬'’\s]*|[.,٫][0-9]+)(?P<after>[+-])?[)]?")
_LETTERS: Final = re.compile(r"[^\W\d_]+\.?|[$€£¥₴₺₽₹৳₪₫؋]")
_STUCK: Final = re.compile(r"([^\W\d_]+)\.\d")
_SHORT: Final = frozenset({"kr", "zł", "zl", "kč", "kc", "ft", "lei", "tk", "rs"})
_MINUS: Final = str.maketrans({"−": "-", "–": "-", "‐": "-", "﹣": "-", "-": "-", "+": "+"})
_MAX: Final = 60
_TWO: Final = 2
_LAST_GROUP: Final = 3
_EITHER: Final = re.compile(r"\d{1,3}([.,])\d{3}\Z")
_SIDES: Final = {"CR": 1, "C": 1, "DR": -1, "D": -1}


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount taken out of its cell: the digits with their marks, the sign, and the currency if one is named."""

    digits: str
    negative: bool
    signed: bool
    currency: str = ""


def known(code: str) -> bool:
    """Whether a code is, or was, in ISO 4217."""
    return code in CURRENCIES


def latin(text: str) -> str:
    """The text with the digits of every script as 0-9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in text)


def take(text: str) -> Figure | None:
    """The figure in a cell that holds nothing but an amount, or None.

    Takes signs before and after, brackets for money out, CR and DR, a currency code or sign, and digits of any script.
    """
    if len(text) > _MAX:
        return None
    plain = latin(text).translate(_MINUS).strip()
    # In "Rs.500" the point ends the word; after any other word it could be a decimal sign, so it is not read.
    if any(stuck.casefold() not in _SHORT for stuck in _STUCK.findall(plain)):
        return None
    marks = [mark.group().rstrip(".") for mark in _LETTERS.finditer(plain)]
    bare = _LETTERS.sub("", plain).strip().replace("- ", "-").replace("+ ", "+")
    found = _MARKED.fullmatch(bare)
    if found is None or len(marks) > _TWO or (bare.startswith("(")) != bare.endswith(")"):
        return None
    side = next((_SIDES[mark.upper()] for mark in marks if mark.upper() in _SIDES), 0)
    currency = _named(marks)
    if len(marks) > (1 if side else 0) + (1 if currency or _sign(marks) else 0):
        return None
    minus = bare.startswith("(") or "-" in {found["before"], found["after"]} or side < 0
    signed = minus or side > 0 or "+" in {found["before"], found["after"]}
    return Figure(found["figure"].strip(), minus, signed, currency)


def _named(marks: Iterable[str]) -> str:
    for mark in marks:
        code = _SIGNS.get(mark, mark.upper())
        if known(code):
            return code
    return ""


def _sign(marks: Iterable[str]) -> bool:
    """Whether a sign or an abbreviation that names no single currency stands in the cell."""
    return any(mark in "$£¥" or mark.casefold() in _SHORT for mark in marks)


def decimal_signs(digits: str) -> frozenset[str]:
    """Which decimal signs a written figure allows: one, two when it could be either, none when no sign is in it.

    "1.234,56" allows the comma alone, "1,234" allows both, "1234" says nothing.
    """
    marks = [mark for mark in digits if mark in ".,٫"]
    if "٫" in marks:
        return frozenset("٫")
    kinds = set(marks)
    if not kinds:
        return frozenset()
    if len(kinds) == _TWO:  # point and comma: the later one is the decimal sign
        return frozenset(marks[-1])
    if len(marks) > 1:
        return frozenset(".,") - kinds
    return frozenset(".,") if _EITHER.match(digits) and not digits.startswith("0") else frozenset(kinds)


def value(figure: Figure, decimal: str) -> Decimal | None:
    """The amount of a figure under one decimal sign, or None when it is not written that way.

    Needs the decimal sign that was confirmed for the table ("" when none was ever seen).  Groups must be groups of
    three, or of two before a last three as in South Asia.
    """
    whole, sign, part = figure.digits.partition(decimal) if decimal else (figure.digits, "", "")
    if sign and not part.isdigit() and part:
        return None
    groups = re.split(r"[.,٬\s'’]", whole)
    if not _grouped(groups, whole, decimal) or not all(group.isdigit() for group in groups if group):
        return None
    amount = Decimal(("".join(groups) or "0") + "." + (part or "0")) if part else Decimal("".join(groups) or "0")
    return -amount if figure.negative else amount


def _grouped(groups: list[str], whole: str, decimal: str) -> bool:
    if len(groups) == 1:
        return bool(groups[0]) or bool(decimal)
    marks = {mark for mark in whole if mark in ".,٬'’"}
    if decimal in marks or len(marks) > 1 or (not decimal and marks & {".", ","}):
        return False
    head, *middle, last = groups
    return 1 <= len(head) <= _LAST_GROUP and len(last) == _LAST_GROUP and all(len(group) in {2, 3} for group in middle)


def plain(text: str) -> Decimal | None:
    """The amount of a text in the form of XML schema: digits with at most one point; None for any other."""
    return Decimal(text) if re.fullmatch(r"[0-9]{1,18}(\.[0-9]{0,10})?", text) and len(text) <= _MAX else None
