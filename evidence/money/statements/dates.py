"""Days as statements write them: in which order day, month and year stand, and which days are none."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from evidence.money.statements.amounts import latin

_PIVOT: Final = 70
_EARLIEST: Final = 1950
_LATEST: Final = 2100
_TWO_DIGITS: Final = 99
_LONGEST: Final = 40
_SHORT: Final = 2
_DIGITS: Final = re.compile(r"(\d{1,4})([./\-\s年月])\s?(\d{1,2})[./\-\s年月]\s?(\d{1,4})日?(?!\d)")
_COMPACT: Final = re.compile(r"(\d{8})(?!\d)")
_NAMED: Final = re.compile(r"(\d{1,2})[.\s/-]*\s?([^\W\d_]{3,12})\.?[\s/,-]+(\d{4}|\d{2})(?!\d)")
_NAMED_FIRST: Final = re.compile(r"([^\W\d_]{3,12})\.?\s(\d{1,2}),?\s(\d{4})(?!\d)")
_TIME: Final = re.compile(
    r"\s*(?:[T,]?\s*\d{1,2}[:.h]\d{2}([:.]\d{2}(\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?\s*\Z"
)
_MONTHS: Final = {
    word: number
    for number, words in enumerate(
        (
            (
                "jan january januar januari janvier enero gennaio gen "
                "janeiro ene stycznia ocak leden ledna tammikuu янв января"
            ),
            (
                "feb february februar februari février fevrier febrero febbraio "
                "fevereiro fev lutego şubat unora února фев февраля"
            ),
            "mar march märz maerz mrt maart mars marzo março marco mrz marca mart brezna března мар марта",
            "apr april avril abril aprile avr abr kwietnia nisan dubna апр апреля",
            "may mai mei maj mayo maggio maio mag maja mayıs kvetna května мая май",
            "jun june juni juin junio giugno junho giu czerwca haziran cervna června июн июня",
            "jul july juli juillet julio luglio julho lug lipca temmuz cervence července июл июля",
            "aug august augustus août aout agosto ago sierpnia ağustos srpna авг августа",
            "sep sept september septembre septiembre settembre setembro set września eylül zari září сен сентября",
            "oct october oktober okt octobre octubre ottobre outubro ott out października ekim rijna října окт октября",
            "nov november novembre noviembre novembro listopada kasım listopadu ноя ноября",
            (
                "dec december dezember dez décembre decembre diciembre "
                "dicembre dezembro dic grudnia aralık prosince дек декабря"
            ),
        ),
        start=1,
    )
    for word in words.split()
}


def window(year: int) -> int:
    """The year that two digits mean: 70 to 99 lie in the last century, 00 to 69 in this one."""
    if year > _TWO_DIGITS:
        return year
    return year + (1900 if year >= _PIVOT else 2000)


def make(year: int, month: int, day: int) -> date | None:
    """The day of the calendar, or None when there is none such or its year cannot be that of a bank's record."""
    if not _EARLIEST <= year <= _LATEST:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read(text: str, order: str) -> date | None:
    """The day that a cell names under one order ("DMY", "MDY", "YMD"); a time of day may follow; None otherwise."""
    parts = _split(text)
    if parts is None:
        return None
    first, second, third, orders = parts
    if order not in orders:
        order = next(iter(orders)) if len(orders) == 1 and ("N" in orders or orders == {"YMD"}) else ""
    if order == "YMD":
        return make(window(first), second, third)
    if order == "MDY":
        return make(window(third), first, second)
    return make(window(third), second, first) if order in {"DMY", "N"} else None


def orders(text: str) -> frozenset[str]:
    """The orders that a cell allows: none when it is no day, one when it can only be read in one way.

    "N" means that the month is written as a word, or stands first and last in no doubt, so no order is needed.
    """
    parts = _split(text)
    if parts is None:
        return frozenset()
    first, second, third, allowed = parts
    if "N" in allowed:
        return allowed
    return frozenset(order for order in allowed if _day(first, second, third, order))


def looks_like_a_day(text: str) -> bool:
    """Whether a cell has the form of a day, even of none that the calendar of banks knows."""
    return _split(text) is not None


def foreign_years(texts: Iterable[str]) -> list[str]:
    """Those cells that have the form of a day in a year outside 1950 to 2100: another calendar, or blanked out."""
    found = []
    for text in texts:
        parts = _split(text)
        if parts and max(parts[0], parts[2]) > _TWO_DIGITS and not orders(text):
            year = max(parts[0], parts[2])
            if not _EARLIEST <= year <= _LATEST:
                found.append(text)
    return found


def _day(first: int, second: int, third: int, order: str) -> date | None:
    year, month, day = {"YMD": (first, second, third), "MDY": (third, first, second), "DMY": (third, second, first)}[
        order
    ]
    return make(window(year), month, day)


def _split(text: str) -> tuple[int, int, int, frozenset[str]] | None:
    """The three numbers of a day as they stand, and the orders that their form alone allows."""
    if len(text) > _LONGEST:
        return None
    plain = latin(text).strip()
    if found := _DIGITS.match(plain):
        if not _TIME.match(plain, found.end()):
            return None
        first, second, third = int(found[1]), int(found[3]), int(found[4])
        if len(found[1]) > _SHORT:
            return first, second, third, frozenset({"YMD"})
        long = len(found[4]) > _SHORT
        return first, second, third, frozenset({"DMY", "MDY"} if long else {"DMY", "MDY", "YMD"})
    if (found := _COMPACT.match(plain)) and _TIME.match(plain, found.end()):
        return _compact(found[1])
    return _named(plain)


def _compact(run: str) -> tuple[int, int, int, frozenset[str]] | None:
    year_first = (int(run[:4]), int(run[4:6]), int(run[6:]))
    if make(*year_first):
        return *year_first, frozenset({"YMD"})
    return int(run[:2]), int(run[2:4]), int(run[4:]), frozenset({"DMY", "MDY"})


def _named(plain: str) -> tuple[int, int, int, frozenset[str]] | None:
    if (found := _NAMED.match(plain)) and _TIME.match(plain, found.end()):
        day, word, year = found[1], found[2], found[3]
    elif (found := _NAMED_FIRST.match(plain)) and _TIME.match(plain, found.end()):
        day, word, year = found[2], found[1], found[3]
    else:
        return None
    month = _MONTHS.get(word.casefold())
    return (int(day), month, int(year), frozenset({"N"})) if month else None
