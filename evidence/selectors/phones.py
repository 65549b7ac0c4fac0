"""Finds telephone numbers, with and without their country, and gives each candidate in E.164."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

_RUN = re.compile(r"(?<![\w@])(?:\+ ?|00)?\(?[0-9](?:[ ().\-/]{0,3}[0-9]){5,45}(?![\w@])")
_DATE = re.compile(
    r"(?<![\w.])(?:[0-9]{4}([-./])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([-./])[0-9]{1,2}\2(?:[0-9]{4}|[0-9]{2}))"
    r"(?:[T ,]{1,2}[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]{1,6})?)?(?![\w])"
)
_CLOCK = re.compile(r"(?<![\w:])[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?![\w:])")
_ADDRESS = re.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w.])")
_AMOUNT = re.compile(r"(?<![\w+])[0-9]{1,3}(?:[.,' ][0-9]{3})*[.,][0-9]{1,2}(?![\w]|[-/ ][0-9])")
_SEAM = re.compile(r" {2,}| ?/ ?| (?=\+|00|0[1-9])")
_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
_MOST = 6
_Hit = tuple[int, int, str, str, str]


def dates(text: str) -> Iterator[_Hit]:
    """Dates, times, amounts and internet addresses, which are no selectors, so that no number is read into them."""
    for pattern in (_DATE, _CLOCK, _ADDRESS, _AMOUNT):
        for found in pattern.finditer(text):
            yield found.start(), found.end(), "", "", ""


def regions(texts: Iterable[str]) -> list[str]:
    """The countries of numbers that are written in full in these texts, the most frequent first, at most four."""
    counted: dict[str, int] = {}
    for text in texts:
        if "+" not in text and "00" not in text:
            continue
        for found in _RUN.finditer(text):
            region = _region_of(found.group())
            if region:
                counted[region] = counted.get(region, 0) + 1
    return sorted(counted, key=lambda one: (-counted[one], one))[:4]


@lru_cache(maxsize=8192)
def _region_of(written: str) -> str | None:
    if not written.startswith(("+", "00")):
        return None
    number = _parsed("+" + re.sub(r"\D", "", written).removeprefix("00"), None)
    region = phonenumbers.region_code_for_number(number) if number else None
    return region if region and region != "001" else None


def international(digits: str) -> str:
    """The number in E.164 if these digits are one that begins with its country, or ""."""
    number = _parsed(f"+{digits}", None)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if number else ""


def numbers(text: str, taken: bytearray, region_hints: tuple[str, ...]) -> list[_Hit]:
    """Every candidate for each stretch of digits that nothing else has claimed."""
    hits: list[_Hit] = []
    for found in _RUN.finditer(text):
        start, end = found.span()
        if any(taken[start:end]):
            hits += _rest(text, start, end, taken, region_hints)
            continue
        hits += _stretch(found.group(), start, region_hints)
    return hits


def _rest(text: str, start: int, end: int, taken: bytearray, hints: tuple[str, ...]) -> list[_Hit]:
    """What of a stretch is left when a date or an amount inside it is cut away."""
    hits: list[_Hit] = []
    while start < end:
        stop = next((place for place in range(start, end) if taken[place]), end)
        part = _RUN.search(text, start, stop) if stop - start > 6 else None
        if part and part.end() <= stop:
            hits += _stretch(part.group(), part.start(), hints)
        start = next((place for place in range(stop, end) if not taken[place]), end)
    return hits


def _stretch(written: str, start: int, hints: tuple[str, ...]) -> list[_Hit]:
    candidates = _candidates(written, hints)
    if candidates:
        return [(start, start + len(written), "phone", value, basis) for value, basis in candidates]
    # Two numbers side by side look like one that is too long; each is then tried by itself.
    hits: list[_Hit] = []
    at = 0
    parts = _SEAM.split(written)
    for part in parts if len(parts) > 1 else ():
        place = written.index(part, at)
        at = place + len(part)
        if len(part) > 6:
            hits += [(start + place, start + at, "phone", value, basis) for value, basis in _candidates(part, hints)]
    return hits


@lru_cache(maxsize=8192)
def _candidates(written: str, hints: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    digits = re.sub(r"\D", "", written)
    found: dict[str, str] = {}
    if written.startswith("+") or (digits.startswith("00") and len(digits) > 9):
        number = international(digits.removeprefix("00"))
        return ((number, "written with its country"),) if number else _possible(written, digits)
    for region in hints:
        national = _parsed(written, region)
        if national and len(digits) >= 7 and _as_dialled(digits, national):
            value = phonenumbers.format_number(national, PhoneNumberFormat.E164)
            found.setdefault(value, f"a valid number in {region}")
    if 10 <= len(digits) <= 15 and not digits.startswith("0") and not re.search(r"[./]", written):
        bare = _parsed(f"+{digits}", None)
        if bare and phonenumbers.number_type(bare) in _MOBILE:
            value = phonenumbers.format_number(bare, PhoneNumberFormat.E164)
            found.setdefault(value, "a mobile number if its plus sign was left out")
    return tuple(found.items())[:_MOST]


def _as_dialled(digits: str, number: phonenumbers.PhoneNumber) -> bool:
    """Where a number of this kind is written with a zero in its country, digits without the zero are something else."""
    usual = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL).lstrip("(")
    return digits.startswith("0") or not usual.startswith("0")


def _possible(written: str, digits: str) -> tuple[tuple[str, str], ...]:
    """Number plans change: what is written with a plus sign and has a possible length is worth keeping."""
    number = _parsed(f"+{digits}", None, check=phonenumbers.is_possible_number) if written[0] == "+" else None
    if number is None:
        return ()
    value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return ((value, "written with its country, in no range that is in use today"),)


def _parsed(
    written: str,
    region: str | None,
    *,
    check: Callable[[phonenumbers.PhoneNumber], bool] = phonenumbers.is_valid_number,
) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException:
        return None
    return number if check(number) else None
