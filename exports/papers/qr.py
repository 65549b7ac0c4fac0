"""Draw a QR code as plain rectangles, so that it stays sharp on any printer."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from reportlab.graphics.barcode import qrencoder

from exports.pdf.sheets import Sheets
from exports.pdf.style import INK

# A quarter of the code may be torn or wet and it still reads.
_LEVEL = qrencoder.QRErrorCorrectLevel.Q
QUIET = 4


@lru_cache(maxsize=1_000)
def squares(text: str) -> tuple[int, tuple[tuple[int, int, int], ...]]:
    """How many modules wide the code of a text is, and its dark runs: row from the top, first column, length."""
    code: Any = qrencoder.QRCode(None, _LEVEL)
    code.addData(text)
    code.make()
    size = code.getModuleCount()
    return size, tuple(_runs(code, size))


def draw(sheets: Sheets, text: str, left: float, bottom: float, side: float) -> None:
    """Draw the code of a text with its quiet zone in a square of this side."""
    size, runs = squares(text)
    module = side / (size + 2 * QUIET)
    canvas = sheets.canvas
    canvas.saveState()
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(left, bottom, side, side, stroke=0, fill=1)
    canvas.setFillColorRGB(*(0.0 * part for part in INK))
    for row, first, length in runs:
        x, y = left + (first + QUIET) * module, bottom + (size - 1 - row + QUIET) * module
        canvas.rect(x, y, length * module, module, stroke=0, fill=1)
    canvas.restoreState()


def _runs(code: Any, size: int) -> Iterator[tuple[int, int, int]]:
    for row in range(size):
        first = 0
        while first < size:
            length = 0
            while first + length < size and code.isDark(row, first + length):
                length += 1
            if length:
                yield row, first, length
            first += length + 1
