"""Square codes (QR) drawn as plain rectangles, so that they need no font and no picture in a document."""

from typing import Any

from reportlab.graphics.barcode.qrencoder import QR8bitByte, QRCode, QRErrorCorrectLevel

from exports.pdf.sheets import Sheets
from exports.pdf.style import INK, PAPER

_QUIET_ZONE = 4


def squares(text: str) -> list[list[bool]]:
    """The dark and light squares of the code of a text, row by row from the top, without the light border."""
    code: Any = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(QR8bitByte(text.encode("utf-8")))
    code.make()
    count = code.getModuleCount()
    return [[bool(code.isDark(row, column)) for column in range(count)] for row in range(count)]


def draw(sheets: Sheets, text: str, left: float, top: float, width: float) -> None:
    """Draw the code of a text in a square of *width* points, its light border included."""
    rows = squares(text)
    unit = width / (len(rows) + 2 * _QUIET_ZONE)
    sheets.block(left, top - width, width, width, PAPER)
    for at, row in enumerate(rows):
        bottom = top - unit * (at + _QUIET_ZONE + 1)
        start = 0
        while start < len(row):
            end = start
            while end < len(row) and row[end]:
                end += 1
            if end > start:
                # One rectangle for each run, a hair larger than its squares, so that no printer leaves seams.
                x = left + unit * (start + _QUIET_ZONE)
                sheets.block(x, bottom, unit * (end - start), unit * 1.02, INK)
            start = end + 1
