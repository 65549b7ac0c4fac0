"""Continuity as its page shows it: a picture of who had it when, the same as a table, and each weakness."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.pages.views.tables import Cell, Column, Place, Row, Table
from app.pages.views.words import state
from core import clock
from evidence.continuity.report import Explained, Report
from evidence.continuity.spans import Span
from evidence.continuity.statements import Stated

WIDTH: Final = 1000
_LEAST: Final = 14
_SHOWN: Final = 60
_FITS: Final = 11


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of the picture: where it begins, how wide it is, what stands in it, and as what it is drawn."""

    x: int
    width: int
    words: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A weakness in the picture: where, and which one of the list."""

    x: int
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Possession as a band from the first entry to now."""

    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    words: str


@dataclass(frozen=True, slots=True)
class WeaknessView:
    """A weakness as the page shows it, with its number in the list."""

    number: int
    key: str
    code: str
    title: str
    since: datetime | None
    until: datetime | None
    entries: str
    because: str
    statements: tuple[tuple[str, datetime, str, int], ...]


def picture(report: Report) -> Picture:
    """Draw the stretches to scale, the shortest still wide enough to be seen."""
    shown = report.spans[-_SHOWN:]
    widths = _widths([_seconds(one, report.at) for one in shown])
    bars, x = [], 0
    for one, width in zip(shown, widths, strict=True):
        kind = (
            "gap" if not one.custodian and not one.ended else "end" if one.ended else "out" if one.outside else "held"
        )
        name = one.custodian or ("custody ended" if one.ended else "nobody on record")
        words = name if len(name) * _FITS <= width else ""
        bars.append(Bar(x, width, words, kind, f"{name}, from {_day(one.since)} to {_day(one.until) or 'now'}"))
        x += width
    ends = [(one.since, bar.x, bar.width, one.until or report.at) for one, bar in zip(shown, bars, strict=True)]
    marks = [
        Mark(_at(one.weakness.since or one.weakness.until, ends), number, one.weakness.title)
        for number, one in enumerate(report.weaknesses, 1)
        if one.weakness.since or one.weakness.until
    ]
    gaps = sum(bar.kind == "gap" for bar in bars)
    held = f"{len(bars)} stretches" if len(bars) != 1 else "1 stretch"
    told = (
        f"Who had it from {_day(shown[0].since) if shown else '–'} to now: {held}, {gaps} of them without a custodian."
    )
    return Picture(tuple(bars), tuple(marks), told)


def spans_table(report: Report, here: Place) -> Table:
    """The same as the picture, as a table."""
    columns = (Column("Who"), Column("From"), Column("Until"), Column("State"), Column("Entry", number=True))
    rows = tuple(_row(one) for one in report.spans)
    return Table("Who had it when", columns, rows, here, empty="Nothing is written down about who has had it.")


def weaknesses(report: Report) -> list[WeaknessView]:
    """The weaknesses by number."""
    return [_weakness(number, one) for number, one in enumerate(report.weaknesses, 1)]


def said(found: Sequence[Stated]) -> tuple[tuple[str, datetime, str, int], ...]:
    """Statements as rows: who, when, what, and which entry."""
    return tuple((one.by, clock.parse(one.at), one.text, one.position) for one in found)


def _weakness(number: int, one: Explained) -> WeaknessView:
    weak = one.weakness
    return WeaknessView(
        number=number,
        key=weak.key,
        code=weak.code.value,
        title=weak.title,
        since=clock.parse(weak.since) if weak.since else None,
        until=clock.parse(weak.until) if weak.until else None,
        entries=", ".join(map(str, sorted(weak.positions))),
        because=weak.because[:1].upper() + weak.because[1:],
        statements=said(one.statements),
    )


def _row(one: Span) -> Row:
    who = one.custodian or ("custody ended" if one.ended else "nobody on record")
    until = Cell(when=clock.parse(one.until)) if one.until else Cell("still so")
    cells = (
        Cell(who, own=True) if one.custodian else Cell(tag=state("gap") if not one.ended else state("done"), note=who),
        Cell(when=clock.parse(one.since)),
        until,
        Cell(tag=state(one.state)),
        Cell(str(one.position)),
    )
    return Row(cells)


def _seconds(one: Span, now: str) -> float:
    return max(0.0, (clock.parse(one.until or now) - clock.parse(one.since)).total_seconds())


def _widths(lengths: Sequence[float]) -> list[int]:
    """Widths that fill the picture: each at least so wide that it can be seen, the rest by length."""
    if not lengths:
        return []
    whole = sum(lengths) or 1.0
    free = WIDTH - _LEAST * len(lengths)
    widths = [_LEAST + int(free * length / whole) for length in lengths]
    widths[-1] += WIDTH - sum(widths)
    return widths


def _at(at: str, ends: Sequence[tuple[str, int, int, str]]) -> int:
    for since, x, width, until in ends:
        if since <= at <= until:
            whole = (clock.parse(until) - clock.parse(since)).total_seconds() or 1.0
            return x + int(width * (clock.parse(at) - clock.parse(since)).total_seconds() / whole)
    return 0 if not ends or at < ends[0][0] else WIDTH


def _day(at: str) -> str:
    return at[:16].replace("T", " ") + " UTC" if at else ""
