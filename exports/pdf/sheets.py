"""The pages of a document as they fill: where the next line goes, when a page turns, what can be jumped to.

Nothing here knows what a dossier is.  The same input gives the same pages: no clock, no counter that outlives a
document.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from exports.lettering.ink import Pen, blank_canvas
from exports.lettering.setting import Line, set_line, set_paragraph, shown
from exports.pdf.style import BODY, BOTTOM, HAIRLINE, LEFT, PAGE, RIGHT, SECTION, TITLE, TOP, WIDTH, Colour, Face

_ELLIPSIS = "…"
_LONG = 0.55
# PDF/A wants links, too, marked as what is printed.
_PRINTED = 4


@dataclass(frozen=True, slots=True)
class Target:
    """A place that can be jumped to: its key, its title in the outline, how deep it lies and on which page (from 0)."""

    key: str
    title: str
    level: int
    page: int


@lru_cache(maxsize=2_000)
def set_in(text: str, width: float, face: Face) -> tuple[Line, ...]:
    """Set foreign text in lines of *width* points, with what cannot be drawn shown in brackets."""
    return set_paragraph(shown(text), width, face.size, face.style)


def fills(lines: Sequence[Line], width: float) -> bool:
    """Tell whether right-to-left lines are long enough to stand at the right of *width*."""
    return any(line.leftward and line.width > width * _LONG for line in lines)


@lru_cache(maxsize=2_000)
def fitted(text: str, width: float, face: Face) -> Line:
    """Set foreign text as one line no wider than *width*, shortened in its middle if it must be."""
    flat = shown(text).replace("\n", " ")
    line = set_line(flat, face.size, face.style)
    keep = len(flat)
    while line.width > width and keep > 1:
        keep = min(keep - 1, int(keep * width / line.width) + 1)
        tail = keep // 3
        line = set_line(flat[: keep - tail] + _ELLIPSIS + flat[len(flat) - tail :], face.size, face.style)
    return line


@dataclass(slots=True)
class Sheets:
    """One document in the making.

    `furnish` draws head and foot of each page that `turn` opens; `places` are the keys that links may lead to.
    """

    canvas: Canvas
    pen: Pen
    furnish: Callable[["Sheets"], None]
    part: str = ""
    page: int = 0
    y: float = TOP
    paper: tuple[float, float] = PAGE
    places: frozenset[str] = frozenset()
    labels: list[tuple[str, int]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    @property
    def index(self) -> int:
        """The place of the current page in the document, from 0."""
        return len(self.labels) - 1

    def begin(self, part: str) -> None:
        """Start a part; its pages count from 1."""
        self.part, self.page = part, 0

    def turn(self, size: tuple[float, float] = PAGE) -> None:
        """Close the current page, if any, and open the next of the part."""
        self.close()
        self.page += 1
        self.labels.append((self.part, self.page))
        self.paper = size
        self.canvas.setPageSize(size)
        self.y = TOP
        self.furnish(self)

    def close(self) -> None:
        """Close the current page."""
        if self.labels:
            self.canvas.showPage()

    def need(self, height: float) -> None:
        """Turn the page unless *height* points are left on it."""
        if self.y - height < BOTTOM:
            self.turn()

    def space(self, height: float) -> None:
        """Leave *height* points free."""
        self.y -= height

    def mark(self, key: str, title: str, level: int = 0) -> None:
        """Make the current place one that links and bookmarks lead to."""
        self.targets.append(Target(key, title, level, self.index))
        self.canvas.bookmarkPage(key, fit="XYZ", left=0, top=self.y + 24, zoom=0)
        self.canvas.addOutlineEntry(shown(title).replace("\n", " "), key, level, closed=level > 0)

    def link(self, key: str, left: float, bottom: float, right: float, top: float) -> None:
        """Make a rectangle lead to the place called *key*, if the document has such a place."""
        if key in self.places:
            place = left, bottom, right, top
            self.canvas.linkRect(f"to {key}", key, place, thickness=0, Border="[0 0 0]", F=_PRINTED)

    def write(self, line: Line, x: float, y: float, colour: Colour) -> None:
        """Draw a set line."""
        self.pen.write(line, x, y, colour)

    def place(
        self, lines: Sequence[Line], left: float, top: float, width: float, face: Face, *, right: bool = False
    ) -> None:
        """Draw lines under each other from *top*; all of them end at the right edge if *right*.

        Right-to-left lines end there too, unless all are so short that they would seem to belong to what stands beside.
        """
        y = top - face.leading + (face.leading - face.size) * 0.6
        turned = fills(lines, width)
        for line in lines:
            x = left + width - line.width if right or (turned and line.leftward) else left
            self.write(line, x, y, face.colour)
            y -= face.leading

    def say(self, text: str, face: Face = BODY, *, left: float = LEFT, width: float = WIDTH, after: float = 0) -> None:
        """Write a paragraph of foreign or own text, over page ends where it must."""
        lines = set_in(text, width, face)
        turned = fills(lines, width)
        for line in lines:
            self.need(face.leading)
            self.place([line], left, self.y, width, face, right=turned and line.leftward)
            self.y -= face.leading
        self.y -= after

    def title(self, text: str, key: str, *, outline: str = "") -> None:
        """Start a new page with a large title that is bookmarked, under *outline* if that is given."""
        self.turn()
        self.mark(key, outline or text)
        self.say(text, TITLE, after=4)
        self.rule(LEFT, RIGHT, self.y)
        self.y -= 14

    def section(self, text: str, *, keep: float = 60) -> None:
        """Write a section head that does not stand alone at the foot of a page."""
        self.need(SECTION.leading + keep)
        self.y -= 8
        self.say(text, SECTION, after=3)

    def rule(self, left: float, right: float, y: float, colour: Colour = HAIRLINE, weight: float = 0.6) -> None:
        """Draw a level line."""
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(weight)
        self.canvas.line(left, y, right, y)

    def block(self, left: float, bottom: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle."""
        self.canvas.setFillColorRGB(*colour)
        self.canvas.rect(left, bottom, width, height, stroke=0, fill=1)

    def dashed(self, left: float, bottom: float, width: float, height: float, colour: Colour) -> None:
        """Draw the outline of a rectangle in dashes."""
        self.canvas.saveState()
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(0.9)
        self.canvas.setDash(3, 2.4)
        self.canvas.rect(left, bottom, width, height, stroke=1, fill=0)
        self.canvas.restoreState()


def document(
    stream: BytesIO, furnish: Callable[[Sheets], None], *, title: str, author: str, subject: str, language: str
) -> Sheets:
    """Begin a document that is written to *stream* when its canvas is saved."""
    words = [shown(text).replace("\n", " ") for text in (title, author, subject)]
    canvas = blank_canvas(stream, title=words[0], author=words[1], subject=words[2], language=language)
    return Sheets(canvas, Pen(canvas), furnish)
