"""The sheet of an evidence bag: what is known in print, lines for handwriting, and custody on carbon copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.storeroom.codes import Code
from exports.lettering.faces import Style
from exports.papers import qr
from exports.papers.labels import MM, drawn
from exports.pdf.sheets import Sheets, fitted, set_in
from exports.pdf.style import BODY, FURNITURE, HAIRLINE, HEAD, INK, LEFT, MUTED, PAGE, QUIET, RIGHT, TITLE, WIDTH, Face

_FIELD = 116.0
_ROW = 34.0
_ROWS = 13
_QR = 30 * MM
_CODE = Face(6.8, 8.6, Style.MONO, MUTED)
_COLUMNS = (
    ("No.", 5.0), ("Date, time, zone", 17.0), ("Given by: name, signature", 23.0), ("Taken by: name, signature", 23.0),
    ("Why, and where to", 19.0), ("Seal found / put on", 13.0),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bag:
    """What is printed on the sheet of one bag; an empty value is left as a line to write on."""

    code: Code
    reference: str
    facts: tuple[tuple[str, str], ...]


def sheets_of(bags: Sequence[Bag], *, office: str, made: datetime) -> bytes:
    """One A4 sheet for each bag."""

    def pages(sheets: Sheets) -> None:
        for one in bags:
            sheets.turn(PAGE)
            _head(sheets, one, office)
            _fields(sheets, one)
            _custody(sheets)
            _foot(sheets, one)

    return drawn(pages, title="Evidence bag sheets", office=office, made=made)


def _head(sheets: Sheets, one: Bag, office: str) -> None:
    qr.draw(sheets, one.code.uri, RIGHT - _QR + 8, PAGE[1] - 42 - _QR, _QR)
    sheets.y = PAGE[1] - 52
    room = WIDTH - _QR - 10
    sheets.say(office, QUIET, width=room, after=2)
    sheets.say(one.reference or "Evidence bag", TITLE, width=room, after=0)
    sheets.say("Evidence bag sheet: goes with the bag wherever it goes.", QUIET, width=room, after=2)
    sheets.write(fitted(one.code.typed, room, _CODE), LEFT, sheets.y - 4, MUTED)
    sheets.y = PAGE[1] - 46 - _QR - 12
    sheets.rule(LEFT, RIGHT, sheets.y)
    sheets.y -= 6


def _fields(sheets: Sheets, one: Bag) -> None:
    for label, value in one.facts:
        lines = set_in(value, WIDTH - _FIELD, BODY)[:3] if value.strip() else ()
        height = max(len(lines) * BODY.leading + 3, 21.0)
        sheets.place(set_in(label, _FIELD - 8, QUIET), LEFT, sheets.y - 2, _FIELD - 8, QUIET)
        sheets.place(lines, LEFT + _FIELD, sheets.y - 1, WIDTH - _FIELD, BODY)
        sheets.y -= height
        sheets.rule(LEFT + (0 if lines else _FIELD), RIGHT, sheets.y, HAIRLINE, 0.4)
    sheets.y -= 12


def _custody(sheets: Sheets) -> None:
    sheets.say("Custody. Write through: the sheet beneath stays with whoever gives.", HEAD, after=2)
    total = sum(share for _title, share in _COLUMNS)
    edges = [LEFT]
    for _title, share in _COLUMNS:
        edges.append(edges[-1] + WIDTH * share / total)
    top = sheets.y
    for (title, _share), left, right in zip(_COLUMNS, edges, edges[1:], strict=False):
        sheets.place(set_in(title, right - left - 4, HEAD), left + 2, top - 1, right - left - 4, HEAD)
    sheets.y -= 24
    rows = min(_ROWS, int((sheets.y - 52) // _ROW))
    head = sheets.y
    for number in range(rows + 1):
        sheets.rule(LEFT, RIGHT, head - number * _ROW, INK, 0.5)
        if number < rows:
            sheets.write(fitted(str(number + 1), 16, FURNITURE), LEFT + 3, head - number * _ROW - 12, MUTED)
    canvas = sheets.canvas
    canvas.setStrokeColorRGB(*HAIRLINE)
    canvas.setLineWidth(0.5)
    for edge in edges:
        canvas.line(edge, top, edge, head - rows * _ROW)
    sheets.y = head - rows * _ROW


def _foot(sheets: Sheets, one: Bag) -> None:
    words = "A seal that differs, is broken or missing: do not take it over; write it down and call the custodian."
    sheets.write(fitted(words, WIDTH - 60, FURNITURE), LEFT, 30, MUTED)
    number = fitted(one.reference, 60, FURNITURE)
    sheets.write(number, RIGHT - number.width, 30, MUTED)
