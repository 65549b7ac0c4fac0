"""The printed part of a kit: its labels, a list of its numbers, and forms to fill in where no device works."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from exports.papers.labels import Label, drawn, lay
from exports.pdf.sheets import Sheets, fitted, set_in
from exports.pdf.style import BODY, FURNITURE, HAIRLINE, HEAD, INK, LEFT, MUTED, PAGE, QUIET, RIGHT, TITLE, WIDTH
from exports.pdf.tables import Column, row, table
from exports.pdf.wording import counted

_FORM: tuple[str, ...] = (
    "Label",
    "Date, time and zone",
    "What it is, neutrally",
    "Seal",
    "Condition, quantity",
    "Where found: place, exact spot",
    "Found by",
    "Taken from: wristband no., never a name",
    "Under which authority, number",
    "Photographs taken: yes / no",
    "Who was present",
    "Remarks",
)
_AN_ENTRY = 44.0
_CLOCK = "Clock of the device / true time, and by what it was compared"


@dataclass(frozen=True, slots=True)
class KitPapers:
    """What is printed of a kit: its code, who has it, until when, its labels and its seals."""

    code: str
    issued_to: str
    purpose: str
    due: str
    labels: Sequence[Label]
    seals: Sequence[str]
    forms: int


def papers(kit: KitPapers, *, office: str, made: datetime) -> bytes:
    """The whole kit on paper: a list of what lies in it, its labels, and its forms."""

    def pages(sheets: Sheets) -> None:
        _list(sheets, kit, office)
        lay(sheets, kit.labels, office)
        for number in range(kit.forms):
            _form(sheets, kit, office, number + 1)

    return drawn(pages, title=f"Kit {kit.code}", office=office, made=made)


def _list(sheets: Sheets, kit: KitPapers, office: str) -> None:
    _head(sheets, office, f"Kit {kit.code}", f"Given to {kit.issued_to}. To be back by {kit.due}.")
    sheets.say(kit.purpose, BODY, after=6)
    for words in (
        "Each number is used once. A label that tears is kept and written down as spoiled.",
        "A wristband carries its number and never a name. Who wears it is written where the protected are kept.",
        "Compare the clock of the device with another before the first entry, and write both down.",
        "If the kit or a device is lost, call the office at once: what is unused is declared void from there.",
    ):
        sheets.say(f"–  {words}", QUIET, after=1)
    sheets.y -= 8
    sheets.say(
        f"{counted(len(kit.labels), 'label', 'labels')}, {counted(len(kit.seals), 'seal', 'seals')}", HEAD, after=4
    )
    columns = [Column("Sort", 20), Column("Number", 30), Column("Used for, or spoiled because", 60)]
    rows = [row(one.sort, one.title, "") for one in kit.labels] + [row("seal", one, "") for one in kit.seals]
    table(sheets, columns, rows)


def _form(sheets: Sheets, kit: KitPapers, office: str, number: int) -> None:
    _head(
        sheets,
        office,
        f"Kit {kit.code}: form {number}",
        "One form for each thing. Write what you see, not what you conclude.",
    )
    for label in (*_FORM, _CLOCK):
        sheets.place(set_in(label, 150, QUIET), LEFT, sheets.y - 4, 150, QUIET)
        sheets.y -= _AN_ENTRY
        sheets.rule(LEFT + 156, RIGHT, sheets.y + 6, INK, 0.4)
    half = (WIDTH - 24) / 2
    for left, words in ((LEFT, "Taken by: name, date, signature"), (LEFT + half + 24, "Present: name, signature")):
        sheets.rule(left, left + half, 54, INK, 0.6)
        sheets.write(fitted(words, half, FURNITURE), left, 43, MUTED)


def _head(sheets: Sheets, office: str, title: str, beneath: str) -> None:
    sheets.turn(PAGE)
    sheets.say(office, QUIET, after=2)
    sheets.say(title, TITLE, after=0)
    sheets.say(beneath, QUIET, after=3)
    sheets.rule(LEFT, RIGHT, sheets.y, HAIRLINE)
    sheets.y -= 10
