"""Finds the numbers of travel documents: in machine-readable zones by their check digits, in text by their label."""

import re
from collections.abc import Iterator

from evidence.selectors import checks

# The lower line of a passport or of a card of two lines: number, nationality, birth, sex, expiry, each with its check.
_LOWER = re.compile(
    r"(?<![A-Z0-9<])([A-Z0-9<]{9})([0-9])([A-Z0<]{3})([0-9]{6})([0-9])[MFX<]([0-9]{6})([0-9])(?=[A-Z0-9<]{2,20})"
)
# The upper line of a card of three lines.
_CARD = re.compile(r"(?<![A-Z0-9<])[IAC][A-Z0-9<]([A-Z0<]{3})([A-Z0-9<]{9})([0-9<])[A-Z0-9<]{15}(?![A-Z0-9<])")
_LABELLED = re.compile(
    r"(?:\bpass(?:port|eport|aporte|aporto|nummer)?|\breisepass|\bidentity card"
    r"|\bid card|\bpersonalausweis|\bresidence permit"
    r"|\bпаспорт|جواز(?: السفر)?|گذرنامه|پاسپورت|护照|পাসপোর্ট)"
    r"[ ]?(?:n[o°ºr]\.?|number|nummer|numéro|número|رقم|شماره|№)?[ .:#-]{1,4}([A-Z]{0,3}[ ]?[0-9]{5,9}[A-Z]?)(?!\w)",
    re.IGNORECASE,
)
_Hit = tuple[int, int, str, str, str]


def documents(text: str) -> Iterator[_Hit]:
    """Numbers of passports and cards; the country, where a zone names it, is told with the basis."""
    for found in _LOWER.finditer(text):
        number, check, country, born, born_check, expires, expires_check = found.groups()
        fields = ((number, check), (born, born_check), (expires, expires_check))
        if number.strip("<") and all(checks.mrz(field, digit) for field, digit in fields):
            basis = f"three check digits of its machine-readable zone fit; nationality {_country(country)}"
            yield found.start(), found.end(), "document", number.rstrip("<"), basis
    for found in _CARD.finditer(text):
        country, number, check = found.groups()
        if number.strip("<") and checks.mrz(number, check):
            basis = f"the check digit of its machine-readable zone fits; issued by {_country(country)}"
            yield found.start(), found.end(), "document", number.rstrip("<"), basis
    for found in _LABELLED.finditer(text):
        yield found.start(1), found.end(1), "document", found.group(1).replace(" ", "").upper(), "labelled"


def _country(letters: str) -> str:
    """Text recognition takes an O for a zero, which no country has."""
    return letters.replace("0", "O").rstrip("<")
