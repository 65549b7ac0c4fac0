"""Finds the numbers of travel documents: in machine-readable zones by their check digits, in text by their label."""

import re
from collections.abc import Iterator

from evidence.selectors import checks

_LINE = re.compile(r"[A-Z0-9<«‹ ]{28,60}")
_LABELLED = re.compile(
    r"(?:\bpass(?:port|eport|aporte|aporto|nummer)?|\breisepass|\bidentity card"
    r"|\bid card|\bpersonalausweis|\bresidence permit"
    r"|\bпаспорт|جواز(?: السفر)?|گذرنامه|پاسپورت|护照|পাসপোর্ট)"
    r"[ ]?(?:n[o°ºr]\.?|number|nummer|numéro|número|رقم|شماره|№)?[ .:#-]{1,4}([A-Z]{0,3}[ ]?[0-9]{5,9}[A-Z]?)(?!\w)",
    re.IGNORECASE,
)
_Hit = tuple[int, int, str, str, str]


def documents(text: str) -> Iterator[_Hit]:
    """Numbers of passports and cards, as ``country:number`` from a zone and as the number alone beside a label."""
    lines = [(found.start(), found.end(), _clean(found.group())) for found in _LINE.finditer(text)]
    for place, (start, end, line) in enumerate(lines):
        if line[:1] in "PVIAC" and len(line) in {30, 36, 44} and "<" in line:
            below = lines[place + 1] if place + 1 < len(lines) else None
            yield from _zone(start, end, line, below)
    for found in _LABELLED.finditer(text):
        value = found.group(1).replace(" ", "").upper()
        yield found.start(1), found.end(1), "document", value, "labelled"


def _clean(line: str) -> str:
    return re.sub(r"[«‹]", "<", line).replace(" ", "").strip()


def _zone(start: int, end: int, line: str, below: tuple[int, int, str] | None) -> Iterator[_Hit]:
    if len(line) == 30:
        field, check, until = line[5:14], line[14], end
    elif below and len(below[2]) == len(line):
        field, check, until = below[2][:9], below[2][9], below[1]
    else:
        return
    number = field.rstrip("<")
    if number and "<" not in number and checks.mrz(field, check):
        country = line[2:5].rstrip("<")
        yield start, until, "document", f"{country}:{number}", "the check digit of its machine-readable zone fits"
