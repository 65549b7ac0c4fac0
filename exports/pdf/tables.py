"""Tables that run over pages: heads repeated, rows kept whole where they fit, amounts aligned on their points."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from exports.lettering.setting import Line, measure, shown
from exports.pdf.sheets import Sheets, set_in
from exports.pdf.style import ACCENT, BOTTOM, CELL, HAIRLINE, HEAD, LEFT, TINT, TOP, WIDTH, Face

_PAD = 3.6
_GUTTER = 8.0
_SCRAP = 120.0


class Align(StrEnum):
    """How the cells of a column stand."""

    LEFT = "left"
    RIGHT = "right"
    DECIMAL = "decimal"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head and its width as a share of the table."""

    head: str
    share: float
    align: Align = Align.LEFT
    face: Face = CELL


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of one cell, with a face of its own and a place that it leads to if those are given."""

    text: str
    face: Face | None = None
    to: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row; a row with `beneath` has that text below its cells, over the whole width.

    `strong` rows are kept on one page with the strong rows after them, `railed` ones hang on a rail at the left.
    """

    cells: tuple[Cell, ...]
    strong: bool = False
    beneath: str = ""
    railed: bool = False


Draw = Callable[[Sheets], None]


@dataclass(frozen=True, slots=True)
class _Slot:
    left: float
    width: float
    column: Column
    fraction: float


def row(*cells: str | Cell, strong: bool = False, beneath: str = "", railed: bool = False) -> Row:
    """Make a row of plain texts and cells."""
    return Row(tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells), strong, beneath, railed)


def table(sheets: Sheets, columns: Sequence[Column], rows: Sequence[Row | Draw]) -> None:
    """Draw *rows* under the heads of *columns*; a function among the rows draws a band of its own instead."""
    slots = _slots(columns, [item for item in rows if isinstance(item, Row)])
    heads = [set_in(slot.column.head, slot.width, HEAD) for slot in slots]
    head_height = max(map(len, heads)) * HEAD.leading + 2 * _PAD
    sheets.need(head_height + 2 * CELL.leading)

    def again() -> None:
        _draw_heads(sheets, slots, heads, head_height)

    again()
    for at, item in enumerate(rows):
        if isinstance(item, Row):
            follows = _strong_after(slots, rows[at + 1 :]) if item.strong else 0.0
            _draw_row(sheets, slots, item, again, follows)
        else:
            item(sheets)
    sheets.space(8)


def _strong_after(slots: Sequence[_Slot], rows: Sequence[Row | Draw]) -> float:
    """Give the height of the strong rows that stand first in *rows*."""
    together = takewhile(lambda item: isinstance(item, Row) and item.strong, rows)
    return sum(_laid(slots, item)[3] for item in together if isinstance(item, Row))


def _slots(columns: Sequence[Column], rows: Sequence[Row]) -> list[_Slot]:
    whole = sum(column.share for column in columns)
    room = WIDTH - _GUTTER * (len(columns) - 1)
    slots, left = [], LEFT
    for at, column in enumerate(columns):
        width = room * column.share / whole
        cells = [item.cells[at] for item in rows if at < len(item.cells)] if column.align is Align.DECIMAL else []
        slots.append(_Slot(left, width, column, max(map(_fraction_width, cells), default=0.0)))
        left += width + _GUTTER
    return slots


def _fraction_width(cell: Cell) -> float:
    _, point, fraction = cell.text.partition(".")
    return measure(shown(point + fraction), CELL.size)


def _draw_heads(sheets: Sheets, slots: Sequence[_Slot], heads: Sequence[Sequence[Line]], height: float) -> None:
    sheets.block(LEFT - 4, sheets.y - height, WIDTH + 8, height, TINT)
    for slot, lines in zip(slots, heads, strict=True):
        right = slot.column.align is not Align.LEFT
        sheets.place(lines, slot.left, sheets.y - _PAD, slot.width, HEAD, right=right)
    sheets.y -= height


def _laid(slots: Sequence[_Slot], item: Row) -> tuple[list[Face], list[tuple[Line, ...]], tuple[Line, ...], float]:
    """Set a row: the faces and lines of its cells, the lines beneath them, and the height of all."""
    faces = [cell.face or slot.column.face for slot, cell in zip(slots, item.cells, strict=True)]
    cells = [set_in(cell.text, slot.width, face) for slot, cell, face in zip(slots, item.cells, faces, strict=True)]
    under = set_in(item.beneath, WIDTH - _indent(slots), CELL) if item.beneath else ()
    return faces, cells, under, _height(cells, faces) + len(under) * CELL.leading + (_PAD if under else 0)


def _indent(slots: Sequence[_Slot]) -> float:
    """Give how far in the text beneath a row stands: under its second column, the third if the first is a rail."""
    return slots[1 if slots[0].column.head else 2].left - LEFT


def _draw_row(
    sheets: Sheets, slots: Sequence[_Slot], item: Row, heads: Callable[[], None], follows: float = 0.0
) -> None:
    """Draw one row; it moves to the next page whole, or in pieces if it is taller than a page."""
    faces, left, under, height = _laid(slots, item)
    if sheets.y - height - follows < BOTTOM and (height < TOP - BOTTOM - 60 or sheets.y - BOTTOM < _SCRAP):
        sheets.turn()
        heads()
    page, top = sheets.index, sheets.y
    while any(left):
        lines = max(1, int((sheets.y - BOTTOM - 2 * _PAD) / max(face.leading for face in faces)))
        part = [cell[:lines] for cell in left]
        left = [cell[lines:] for cell in left]
        _draw_cells(sheets, slots, item, faces, part)
        if any(left):
            sheets.turn()
            heads()
    _draw_under(sheets, under, _indent(slots), heads)
    if item.railed:
        _draw_rail(sheets, top if sheets.index == page else TOP)
    sheets.rule(LEFT - 4, LEFT + WIDTH + 4, sheets.y, HAIRLINE, 0.9 if item.strong else 0.4)


def _draw_rail(sheets: Sheets, top: float) -> None:
    """Draw the rail beside a row, with a dot where the row begins."""
    sheets.canvas.setStrokeColorRGB(*ACCENT)
    sheets.canvas.setFillColorRGB(*ACCENT)
    sheets.canvas.setLineWidth(1.1)
    sheets.canvas.line(LEFT + 2, sheets.y, LEFT + 2, top)
    sheets.canvas.circle(LEFT + 2, top - _PAD - 6.4, 2.6, stroke=0, fill=1)


def _height(cells: Sequence[Sequence[Line]], faces: Sequence[Face]) -> float:
    return max(len(lines) * face.leading for lines, face in zip(cells, faces, strict=True)) + 2 * _PAD


def _draw_cells(
    sheets: Sheets, slots: Sequence[_Slot], item: Row, faces: Sequence[Face], part: Sequence[Sequence[Line]]
) -> None:
    height = _height(part, faces)
    top = sheets.y - _PAD
    for slot, cell, face, lines in zip(slots, item.cells, faces, part, strict=True):
        if slot.column.align is Align.DECIMAL:
            shift = slot.fraction - _fraction_width(cell)
            sheets.place(lines, slot.left, top, slot.width - shift, face, right=True)
        else:
            sheets.place(lines, slot.left, top, slot.width, face, right=slot.column.align is Align.RIGHT)
        if cell.to and lines:
            sheets.link(cell.to, slot.left, top - len(lines) * face.leading, slot.left + slot.width, top)
    sheets.y -= height


def _draw_under(sheets: Sheets, lines: Sequence[Line], indent: float, heads: Callable[[], None]) -> None:
    for line in lines:
        if sheets.y - CELL.leading < BOTTOM:
            sheets.turn()
            heads()
        sheets.place([line], LEFT + indent, sheets.y + 1, WIDTH - indent, CELL)
        sheets.y -= CELL.leading
    if lines:
        sheets.y -= _PAD
