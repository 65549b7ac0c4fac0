"""A signed checkpoint on paper: for an office without a second machine, the sheet in the safe is the witness."""

from dataclasses import dataclass
from datetime import datetime

from core import clock
from core.ledger import notes
from core.ledger.notes import Checkpoint
from exports.lettering.faces import Style
from exports.papers import qr
from exports.papers.labels import MM, drawn
from exports.pdf.sheets import Sheets, set_in
from exports.pdf.style import BODY, BOTTOM, INK, LEFT, MUTED, PAGE, QUIET, RIGHT, SECTION, TITLE, WIDTH, Face

_QR = 92 * MM
_LABEL = 110.0
_BELOW = 100.0
_LINE = Face(8.4, 12.2, Style.MONO)
_HANDS = ("Printed by, date", "Taken by, date", "Kept where")
_WHAT = (
    "This sheet says how long the office's log was and what was in it, in one number that changes if any entry before "
    "it is changed, left out or put in.  Keep it where nobody of this office can exchange it."
)
_HOW = (
    "To check later: read the code into a text file, and let the office run «probanda ledger check-checkpoint FILE», "
    "or give the file to whoever checks a bundle.  A log that does not begin with what stands here was altered."
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it is given out: the whole note, the key that it is checked with, and when it was signed."""

    note: str
    vkey: str
    at: datetime


def page(one: Signed, *, office: str, made: datetime) -> bytes:
    """One A4 sheet with the checkpoint in words, in the exact text, and as a code that gives the exact text back."""
    checkpoint = Checkpoint.parse(notes.body_of(one.note))

    def pages(sheets: Sheets) -> None:
        sheets.turn(PAGE)
        sheets.y = PAGE[1] - 56
        sheets.say(office, QUIET, after=2)
        sheets.say("Checkpoint of the log", TITLE, after=2)
        sheets.say(_WHAT, BODY, after=8)
        for label, text in (
            ("Log", checkpoint.origin),
            ("Entries", f"{checkpoint.size:,}"),
            ("Root (base64)", notes.encoded(checkpoint.root)),
            ("Signed", clock.stamp(one.at)),
            ("Verifier key", one.vkey),
        ):
            _fact(sheets, label, text)
        sheets.space(8)
        sheets.say("The exact text", SECTION, after=2)
        for line in one.note.split("\n")[:-1]:
            sheets.say(line or " ", _LINE)
        # A note with many signatures leaves the code less room; it stays on the same sheet.
        side = min(_QR, sheets.y - BOTTOM - _BELOW)
        qr.draw(sheets, one.note, (PAGE[0] - side) / 2, sheets.y - side - 4, side)
        sheets.y -= side + 14
        sheets.say(_HOW, BODY, after=16)
        _hands(sheets)

    return drawn(pages, title="Checkpoint of the log", office=office, made=made)


def _fact(sheets: Sheets, label: str, text: str) -> None:
    lines = set_in(text, WIDTH - _LABEL, _LINE)
    sheets.place(set_in(label, _LABEL - 8, QUIET), LEFT, sheets.y, _LABEL - 8, QUIET)
    sheets.place(lines, LEFT + _LABEL, sheets.y, WIDTH - _LABEL, _LINE)
    sheets.y -= max(len(lines), 1) * _LINE.leading + 2


def _hands(sheets: Sheets) -> None:
    """Lines to sign on: who printed it, who took it away, and where it lies."""
    width = WIDTH / len(_HANDS)
    for at, words in enumerate(_HANDS):
        left = LEFT + at * width
        sheets.rule(left, min(left + width - 14, RIGHT), sheets.y - 12, INK, 0.4)
        sheets.place(set_in(words, width - 14, QUIET), left, sheets.y - 14, width - 14, Face(8.5, 12.5, colour=MUTED))
