"""A share of the recovery seed on paper: one document for one holder, to be typed or scanned when it is needed."""

from io import BytesIO
from typing import Final

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.renderPDF import draw
from reportlab.graphics.shapes import Drawing

from evidence.keys.shares import Share
from exports.lettering.faces import Style
from exports.pdf.sheets import Sheets, document, fitted
from exports.pdf.style import FURNITURE, LEFT, QUIET, RIGHT, TITLE, WIDTH, Face

_GROUPS: Final = Face(13, 22.0, Style.MONO)
_A_LINE: Final = 6
_SIDE: Final = 170


def share_pdf(share: Share, *, office: str, made: str) -> bytes:
    """Give the sheet of one share; the same share, the same bytes."""
    stream = BytesIO()

    def furnish(sheets: Sheets) -> None:
        foot = f"{office} · share {share.index} of {share.n}, set {share.set_id.hex()}"
        sheets.write(fitted(foot, WIDTH, FURNITURE), LEFT, 22, FURNITURE.colour)

    sheets = document(
        stream, furnish, title=f"Share {share.index} of {share.n}", author=office, subject="Recovery", language="en"
    )
    sheets.begin("share")
    sheets.turn()
    sheets.say(office, QUIET, after=4)
    sheets.say(f"Share {share.index} of {share.n}", TITLE, after=2)
    sheets.rule(LEFT, RIGHT, sheets.y)
    sheets.y -= 14
    sheets.say(
        f"Any {share.k} of the {share.n} shares of set {share.set_id.hex()} bring back the key that opens everything "
        f"stored by this office.  Made on {made}.  Keep this sheet locked away, apart from the others, and give it to "
        "nobody: not by mail, not as a picture.  If it may have been seen, say so at once; new shares can be made."
    )
    sheets.y -= 10
    groups = share.to_text().split()
    for at in range(0, len(groups), _A_LINE):
        sheets.say(f"{at + 1:>3}   {'  '.join(groups[at : at + _A_LINE])}", _GROUPS)
    sheets.y -= 6
    sheets.say("Each group is five letters or digits and a check character.  There is no 0, 1, 8 or 9.", QUIET, after=8)
    code = QrCodeWidget(share.to_text(), barLevel="M")
    left, bottom, right, top = code.getBounds()
    scaled = Drawing(_SIDE, _SIDE, transform=[_SIDE / (right - left), 0, 0, _SIDE / (top - bottom), 0, 0])
    scaled.add(code)
    sheets.need(_SIDE + 60)
    draw(scaled, sheets.canvas, LEFT, sheets.y - _SIDE)
    sheets.y -= _SIDE + 50
    sheets.rule(LEFT, LEFT + WIDTH / 2, sheets.y)
    sheets.say("Received by: name, date, signature", QUIET)
    sheets.close()
    sheets.canvas.save()
    return stream.getvalue()
