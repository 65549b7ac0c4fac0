"""Pages that carry an exhibit: their stamps, the frame left free for the page itself, and slip-sheets."""

from dataclasses import dataclass

from exports.contents import FileEntry
from exports.lettering.setting import set_line
from exports.pdf.appendix import Appendix, Treatment
from exports.pdf.exhibits import facts_of, notice
from exports.pdf.sheets import Sheets, Target, fitted, set_in
from exports.pdf.style import (
    FURNITURE,
    HAIRLINE,
    LEFT,
    MUTED,
    NOTICE,
    PAGE,
    QUIET,
    STAMP,
    TITLE,
    WIDTH,
    Face,
)
from exports.pdf.wording import shortened, size

MARGIN = 28.0
HEAD_ROOM = 44.0
FOOT_ROOM = 36.0
_AS_IT_IS = 0.995
# A slip-sheet is one page whatever stands on it, because its page was counted before it was drawn.
_MOST = 300


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a page of a file is to be put: on which page (from 0), and the rectangle that it will fill."""

    page: int
    file: str
    source: int
    left: float
    bottom: float
    width: float
    height: float


def exhibit_pages(sheets: Sheets, file: FileEntry, appendix: Appendix, opens: str = "") -> list[Hole]:
    """Draw the stamped pages of one file and give the places where its own pages go.

    *opens* is the number of the exhibit whose pages begin here, if they do.
    """
    sheets.begin(file.number)
    if appendix.treatment is Treatment.SLIP:
        _slip(sheets, file, appendix, opens)
        return []
    holes = []
    for at, (width, height) in enumerate(appendix.sizes):
        paper = PAGE if width <= height else (PAGE[1], PAGE[0])
        sheets.turn(paper)
        if at == 0:
            _mark(sheets, file, opens)
        place = f"page {at + 1} of {appendix.pages} of this file"
        if at in appendix.lost:
            _stamp(sheets, file, place, paper)
            _lost(sheets, at)
            continue
        scale = _scale(width, height, paper)
        shrunk = f"shown at {scale:.0%}" if scale < _AS_IT_IS else ""
        _stamp(sheets, file, " · ".join(part for part in (place, shrunk, appendix.note) if part), paper)
        holes.append(_hole(sheets, file.number, at, (width, height), paper))
    return holes


def _lost(sheets: Sheets, at: int) -> None:
    """Tell of a page that could not be read, in its place."""
    sheets.y = 640
    notice(sheets, f"Page {at + 1} of this file is damaged and could not be read.  The original is in the bundle.")


def places(file: FileEntry, opens: str, page: int) -> list[Target]:
    """Name the places that the first page of a file gives the outline; *page* is where it lies, from 0."""
    own = Target(f"file {file.number}", f"{file.number}  {file.name}", 1, page)
    return [Target(f"pages {opens}", f"Pages of exhibit {opens}", 0, page), own] if opens else [own]


def _mark(sheets: Sheets, file: FileEntry, opens: str) -> None:
    sheets.y = sheets.paper[1] - 24
    for place in places(file, opens, sheets.index):
        sheets.mark(place.key, place.title, place.level)


def _scale(width: float, height: float, paper: tuple[float, float]) -> float:
    room = (paper[0] - 2 * MARGIN, paper[1] - HEAD_ROOM - FOOT_ROOM)
    return min(1.0, room[0] / width, room[1] / height)


def _hole(sheets: Sheets, number: str, source: int, size: tuple[float, float], paper: tuple[float, float]) -> Hole:
    scale = _scale(*size, paper)
    width, height = size[0] * scale, size[1] * scale
    left = (paper[0] - width) / 2
    bottom = paper[1] - HEAD_ROOM - height
    sheets.canvas.setStrokeColorRGB(*HAIRLINE)
    sheets.canvas.setLineWidth(0.4)
    sheets.canvas.rect(left - 0.4, bottom - 0.4, width + 0.8, height + 0.8, stroke=1, fill=0)
    return Hole(sheets.index, number, source, left, bottom, width, height)


def _stamp(sheets: Sheets, file: FileEntry, note: str, paper: tuple[float, float]) -> None:
    """Draw the exhibit stamp in the head margin, where it hides nothing of the page."""
    top = paper[1] - 30
    number = set_line(file.number, STAMP.size, STAMP.style)
    sheets.write(number, MARGIN, top, STAMP.colour)
    told = fitted(note, 260, FURNITURE)
    sheets.write(told, paper[0] - MARGIN - told.width, top, FURNITURE.colour)
    room = paper[0] - 2 * MARGIN - number.width - told.width - 24
    sheets.write(fitted(file.name, room, FURNITURE), MARGIN + number.width + 12, top, MUTED)


def _slip(sheets: Sheets, file: FileEntry, appendix: Appendix, opens: str) -> None:
    sheets.turn()
    _mark(sheets, file, opens)
    _stamp(sheets, file, "slip-sheet", PAGE)
    sheets.y = 640
    sheets.say(f"Slip-sheet for {file.number}", TITLE, after=4)
    sheets.rule(LEFT, LEFT + WIDTH, sheets.y)
    sheets.y -= 16
    _notice(sheets, shortened(appendix.because, _MOST))
    facts_of(
        sheets,
        [
            ("Name", shortened(file.name, _MOST)),
            ("Kind", shortened(file.media_type, _MOST)),
            ("Size", size(file.size)),
            ("Derived from", shortened(f"{file.parent or ''} {file.method}".strip(), _MOST)),
            ("In the bundle", "withheld" if file.withheld_because else shortened(file.original, _MOST)),
        ],
    )
    _mono(sheets, "SHA-256", file.sha256)
    _mono(sheets, "SHA-512", file.sha512)
    sheets.y -= 8
    sheets.say("This sheet stands for the file and keeps its place and its page number.", QUIET)


def _notice(sheets: Sheets, text: str) -> None:
    sheets.say(text, NOTICE, after=12)


def _mono(sheets: Sheets, label: str, value: str) -> None:
    if not value:
        return
    face = Face(8.0, 12.0)
    sheets.place(set_in(label, 120, QUIET), LEFT, sheets.y, 120, QUIET)
    lines = set_in(value, WIDTH - 128, face)
    sheets.place(lines, LEFT + 128, sheets.y, WIDTH - 128, face)
    sheets.y -= len(lines) * face.leading + 3
