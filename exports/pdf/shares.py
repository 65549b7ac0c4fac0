"""A share of the recovery seed on paper: one document for one holder, to be typed or scanned when it is needed."""

from io import BytesIO
from typing import Final

from pikepdf import Pdf

from core import clock
from evidence.keys.shares import Share
from exports.lettering.faces import Style
from exports.papers import qr
from exports.pdf.archival import declare, settings
from exports.pdf.sheets import Sheets, document, fitted
from exports.pdf.style import FURNITURE, LEFT, QUIET, RIGHT, TITLE, WIDTH, Face

_GROUPS: Final = Face(13, 22.0, Style.MONO)
_A_LINE: Final = 6
_SIDE: Final = 170


def share_pdf(share: Share, *, office: str, made: str) -> bytes:
    """Give the sheet of one share, made on a day (YYYY-MM-DD), as PDF/A; the same share, the same bytes."""
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
    sheets.need(_SIDE + 60)
    qr.draw(sheets, share.to_text(), LEFT, sheets.y - _SIDE, _SIDE)
    sheets.y -= _SIDE + 50
    sheets.rule(LEFT, LEFT + WIDTH / 2, sheets.y)
    sheets.say("Received by: name, date, signature", QUIET)
    sheets.close()
    sheets.canvas.save()
    with Pdf.open(BytesIO(stream.getvalue())) as pdf:
        declare(pdf, clock.parse(f"{made}T00:00:00Z"), "en")
        out = BytesIO()
        pdf.save(out, **settings())
    return out.getvalue()
