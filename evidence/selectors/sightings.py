"""Finds selectors in a text: which stretch, as written, and which normal form it has.

What a number belongs to is decided once: an account number is not also a telephone number, and a date is neither.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import schwifty
from schwifty import exceptions, registry

from evidence.pinpoints import Pinpoint
from evidence.selectors import checks, phones
from evidence.selectors.papers import documents

_LONGEST = 200_000
_LEADING = re.compile(r"[0-9@]")  # every selector holds one of these


@dataclass(frozen=True, slots=True)
class Sighting:
    """One selector in a text: its kind, its normal form, and the stretch from *start* to *end* as written.

    *basis* says on what it rests: a check digit, a label beside it, or the way a number is usually written.  One
    stretch may give several candidates, as a telephone number without its country does.
    """

    kind: str
    value: str
    as_written: str
    start: int
    end: int
    basis: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A sighting in one passage of a file; *ordinal* counts passages from 1."""

    sighting: Sighting
    ordinal: int
    pinpoint: Pinpoint


class _Placed(Protocol):
    @property
    def text(self) -> str: ...

    @property
    def pinpoint(self) -> Pinpoint: ...


_Hit = tuple[int, int, str, str, str]  # start, end, kind, value, basis

_EMAIL = re.compile(r"(?<![\w.+-])([\w.!#$%&'*+/=?^`{|}~-]{1,64})@((?:[\w-]{1,63}\.){1,8}\w[\w-]{1,62})(?![\w@-])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){10,32}")
_BASE58 = re.compile(r"(?<![A-Za-z0-9])[13T][1-9A-HJ-NP-Za-km-z]{25,34}(?![A-Za-z0-9])")
_BECH32 = re.compile(r"(?<![A-Za-z0-9])(?:bc1[02-9ac-hj-np-z]{11,71}|BC1[02-9AC-HJ-NP-Z]{11,71})(?![A-Za-z0-9])")
_ETHEREUM = re.compile(r"(?<![A-Za-z0-9])0x[0-9A-Fa-f]{40}(?![A-Za-z0-9])")
_IMEI = re.compile(
    r"(?<![\w.])(IMEI(?:SV)?[^\d\n]{0,20})?([0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{6}[ -]?[0-9])(?![\w])", re.IGNORECASE
)
_IMO = re.compile(r"\bIMO[ .:#-]{0,3}(?:(?:no|number|nr)[ .:#-]{0,3})?([0-9]{7})(?!\w)", re.IGNORECASE)
_MMSI = re.compile(r"\bMMSI[ .:#-]{0,3}(?:(?:no|number|nr)[ .:#-]{0,3})?([2-7][0-9]{8})(?!\w)", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w.])[2-6](?:[ -]?[0-9]){12,18}(?![\w])")
_PLATE = re.compile(
    r"(?:\b(?:licen[cs]e|number|registration) plates?|\bplate (?:no|number)|\bkennzeichen|\btarga|\bimmatriculation"
    r"|\bmatr[ií]cula|\bplaka|\bregistracijska|\brendszám|\bгосномер|\bномерной знак|\bπινακίδα|پلاک|لوحة(?: السيارة)?)"
    r"[ .:#№-]{1,4}([A-Z0-9ÄÖÜА-ЯΑ-Ω]{1,4}(?:[ -]?[A-Z0-9ÄÖÜА-ЯΑ-Ω]{1,4}){1,3})(?!\w)",
    re.IGNORECASE,
)
_MOBILE_ID = re.compile(r"(?<!\d)([0-9]{7,15})@(?:s\.whatsapp\.net|c\.us|lid)\b")
_HANDSETS = ("01", "35", "86", "99", "91", "49", "44", "45", "50", "51", "52", "53", "54")


def sighted(passages: Iterable[_Placed], region_hints: Iterable[str] = ()) -> Iterator[Seen]:
    """Everything that is found in the passages of one file, each with the place of its passage.

    The countries of numbers that are written in full anywhere in the file become hints for those that are not.
    """
    kept = list(passages)
    hints = tuple(dict.fromkeys([*region_hints, *phones.regions(plain(one.text) for one in kept)]))
    for ordinal, passage in enumerate(kept, 1):
        for sighting in find(passage.text, hints):
            yield Seen(sighting, ordinal, passage.pinpoint)


def find(text: str, region_hints: Iterable[str] = ()) -> list[Sighting]:
    """The selectors in a text, in the order in which they stand.

    *region_hints* are ISO 3166 codes of the countries in which a national number may have been written; without
    them only numbers that name their country are found.  Offsets count characters of *text* as given.
    """
    text = text[:_LONGEST]
    even = plain(text)
    if not _LEADING.search(even):
        return []
    taken = bytearray(len(even) + 1)
    hits: list[_Hit] = []
    for finder in _FINDERS:
        for hit in finder(even):
            start, end, kind, _, _ = hit
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                if kind:
                    hits.append(hit)
    hits += phones.numbers(even, taken, tuple(region_hints))
    return [Sighting(kind, value, text[a:b], a, b, basis) for a, b, kind, value, basis in sorted(hits)]


def plain(text: str) -> str:
    """The text, character for character, with digits of all scripts, full-width letters, dashes and spaces as ASCII."""
    if text.isascii():
        return text
    return "".join(letter if letter.isascii() else _plain(letter) for letter in text)


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    value = unicodedata.decimal(letter, None)
    if value is not None:
        return str(value)
    if 0xFF01 <= ord(letter) <= 0xFF5E:
        return chr(ord(letter) - 0xFEE0)
    kind = unicodedata.category(letter)
    return {"Pd": "-", "Zs": " ", "Cf": " "}.get(kind, "-" if letter == "\u2212" else letter)


def _emails(text: str) -> Iterator[_Hit]:
    for found in _MOBILE_ID.finditer(text):
        number = phones.international(found.group(1))
        if number:
            yield found.start(), found.end(), "phone", number, "the account name of a messenger"
    for found in _EMAIL.finditer(text):
        domain = found.group(2).lower()
        name = found.group(1).lstrip("'").lower()
        if domain.rsplit(".", 1)[-1].isdigit() or ".." in name or name.startswith("."):
            continue
        start = found.start() + len(found.group(1)) - len(name)
        yield start, found.end(), "email", f"{name}@{domain}", "the way addresses are written"


def _ibans(text: str) -> Iterator[_Hit]:
    start = 0
    while found := _IBAN.search(text, start):
        start = found.start() + 1
        end = _iban_end(text, found.start())
        if end:
            written = re.sub(r"[ -]", "", text[found.start() : end]).upper()
            if _iban(written):
                start = end
                yield found.start(), end, "iban", written, "its check digits fit"


def _iban_end(text: str, start: int) -> int:
    """Where the account number must end: its length is laid down for each country."""
    length = _length(text[start : start + 2].upper())
    at, count = start, 0
    while at < len(text) and count < length:
        if text[at].isascii() and text[at].isalnum():
            count += 1
        elif text[at] not in " -" or not text[at - 1].isalnum():
            return 0
        at += 1
    whole = length and count == length and not (text[at : at + 1].isalnum())
    return at if whole else 0


@lru_cache(maxsize=1024)
def _length(country: str) -> int:
    """How many letters and digits an account number of a country has; 0 where there are none."""
    try:
        return int(registry.get_iban_spec(country).iban_length)
    except exceptions.SchwiftyException:
        return 0


def _iban(written: str) -> bool:
    try:
        schwifty.IBAN(written)
    except exceptions.SchwiftyException:
        return False
    return True


def _wallets(text: str) -> Iterator[_Hit]:
    for found in _ETHEREUM.finditer(text):
        if checks.ethereum(found.group()):
            mixed = found.group()[2:] not in {found.group()[2:].lower(), found.group()[2:].upper()}
            basis = "its capitals fit (EIP-55)" if mixed else "the way Ethereum addresses are written"
            yield found.start(), found.end(), "wallet", f"eth:{found.group().lower()}", basis
    for found in _BECH32.finditer(text):
        if checks.bech32(found.group()):
            yield found.start(), found.end(), "wallet", f"btc:{found.group().lower()}", "its checksum fits"
    for found in _BASE58.finditer(text):
        body = checks.base58(found.group())
        coin = {b"\x00": "btc", b"\x05": "btc", b"\x41": "tron"}.get(body[:1]) if body and len(body) == 21 else None
        if coin:
            yield found.start(), found.end(), "wallet", f"{coin}:{found.group()}", "its checksum fits"


def _devices(text: str) -> Iterator[_Hit]:
    for found in _IMEI.finditer(text):
        digits = re.sub(r"\D", "", found.group(2))
        labelled = bool(found.group(1))
        if checks.luhn(digits) and (labelled or digits.startswith(_HANDSETS)) and len(set(digits)) > 3:
            basis = "labelled, and its check digit fits" if labelled else "its check digit fits"
            yield found.start(2), found.end(2), "imei", digits, basis


def _vessels(text: str) -> Iterator[_Hit]:
    for found in _IMO.finditer(text):
        if checks.imo(found.group(1)):
            yield found.start(1), found.end(1), "vessel", f"imo:{found.group(1)}", "labelled, and its check digit fits"
    for found in _MMSI.finditer(text):
        yield found.start(1), found.end(1), "vessel", f"mmsi:{found.group(1)}", "labelled"


def _cards(text: str) -> Iterator[_Hit]:
    """Payment cards are no selectors here; they are found so that nothing else is read into their digits."""
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found.group())
        if len(digits) >= 15 and checks.luhn(digits):
            yield found.start(), found.end(), "", digits, ""


def _plates(text: str) -> Iterator[_Hit]:
    for found in _PLATE.finditer(text):
        value = re.sub(r"[^0-9A-ZÄÖÜА-ЯΑ-Ω]", "", found.group(1).upper())
        if re.search(r"\d", value) and 4 <= len(value) <= 10:
            yield found.start(1), found.end(1), "plate", value, "labelled"


_FINDERS: tuple[Callable[[str], Iterable[_Hit]], ...] = (
    documents,
    _emails,
    _ibans,
    _wallets,
    _vessels,
    _devices,
    _cards,
    _plates,
    phones.dates,
)
