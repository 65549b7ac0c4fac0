"""Labels to stick on things, shelves and wrists: a code to scan, the number to read, and nothing that names anybody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from pikepdf import Pdf

from evidence.storeroom.codes import Code
from exports.lettering.faces import Style
from exports.papers import qr
from exports.pdf.archival import declare, settings
from exports.pdf.sheets import Sheets, document, fitted, set_in
from exports.pdf.style import HAIRLINE, INK, MUTED, PAGE, Face

MM = 72 / 25.4
SIZE = (70 * MM, 37 * MM)
ACROSS, DOWN = 3, 8
_MARGIN = 3 * MM
_QR = 27 * MM
_TITLE = Face(12.5, 15.0, Style.BOLD)
_SMALL_TITLE = Face(9.0, 11.5, Style.BOLD)
_LINE = Face(7.6, 9.8)
_CODE = Face(5.6, 7.2, Style.MONO, MUTED)
_OFFICE = Face(5.8, 7.4, colour=MUTED)
_LONG_TITLE = 16


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on one label: its code, what to call it, a few lines, and what sort of label it is."""

    code: Code
    title: str
    lines: tuple[str, ...] = ()
    sort: str = ""


def single(labels: Sequence[Label], *, office: str, made: datetime) -> bytes:
    """One label a page, for a label printer."""

    def pages(sheets: Sheets) -> None:
        for one in labels:
            sheets.turn(SIZE)
            _label(sheets, one, office, 0, 0)

    return drawn(pages, title="Labels", office=office, made=made)


def sheet(labels: Sequence[Label], *, office: str, made: datetime, start: int = 0) -> bytes:
    """Labels on A4 sheets of 3 by 8 of 70 by 37 mm; *start* leaves so many free that are gone from the first sheet."""
    return drawn(lambda sheets: lay(sheets, labels, office, start), title="Labels", office=office, made=made)


def lay(sheets: Sheets, labels: Sequence[Label], office: str, start: int = 0) -> None:
    """Lay labels out on A4 sheets of a document, *start* of the first sheet left free."""
    page = ACROSS * DOWN
    for at, one in enumerate(labels, start=start % page):
        if at % page == 0 or at == start % page:
            sheets.turn(PAGE)
        column, row = at % ACROSS, at // ACROSS % DOWN
        top = (PAGE[1] - DOWN * SIZE[1]) / 2
        left = (PAGE[0] - ACROSS * SIZE[0]) / 2 + column * SIZE[0]
        _label(sheets, one, office, left, PAGE[1] - top - (row + 1) * SIZE[1])


def drawn(pages: Callable[[Sheets], None], *, title: str, office: str, made: datetime) -> bytes:
    """A finished PDF/A of these pages; the same input gives the same bytes."""
    stream = BytesIO()
    sheets = document(stream, lambda _sheets: None, title=title, author=office, subject=title, language="en")
    sheets.begin("labels")
    pages(sheets)
    sheets.close()
    sheets.canvas.save()
    with Pdf.open(BytesIO(stream.getvalue())) as pdf:
        declare(pdf, made, "en")
        out = BytesIO()
        pdf.save(out, **settings())
    return out.getvalue()


def _label(sheets: Sheets, one: Label, office: str, left: float, bottom: float) -> None:
    width, height = SIZE
    canvas = sheets.canvas
    canvas.setStrokeColorRGB(*HAIRLINE)
    canvas.setLineWidth(0.3)
    canvas.roundRect(left + 2, bottom + 2, width - 4, height - 4, 4, stroke=1, fill=0)
    qr.draw(sheets, one.code.uri, left + _MARGIN - 2, bottom + (height - _QR) / 2 + 4, _QR)
    x, room = left + _MARGIN + _QR + 3, width - _QR - 2 * _MARGIN - 3
    y = bottom + height - _MARGIN - 2
    if one.sort:
        sheets.write(fitted(one.sort.upper(), room, _OFFICE), x, y - 6, MUTED)
        y -= 9
    face = _SMALL_TITLE if len(one.title) > _LONG_TITLE else _TITLE
    for line in set_in(one.title, room, face)[:2]:
        y -= face.leading
        sheets.write(line, x, y + 2, INK)
    for text in one.lines:
        lines = set_in(text, room, _LINE)
        for line in lines[:2]:
            y -= _LINE.leading
            if y < bottom + 14:
                break
            # A line that runs from the right stands at the right edge.
            sheets.write(line, x + room - line.width if line.leftward else x, y, INK)
    foot = fitted(one.code.typed, width - 2 * _MARGIN, _CODE)
    sheets.write(foot, left + _MARGIN, bottom + 7, MUTED)
    name = fitted(office, width - 2 * _MARGIN - foot.width - 6, _OFFICE)
    sheets.write(name, left + width - _MARGIN - name.width, bottom + 7, MUTED)
