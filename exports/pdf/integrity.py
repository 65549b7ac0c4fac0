"""The explanation sheet of a file's hashes in plain words, and a draft certificate that nobody has signed."""

from io import BytesIO
from typing import Final

from pikepdf import Pdf

from core import clock
from evidence.integrity.view import View
from exports.pdf.archival import declare, settings
from exports.pdf.exhibits import facts_of, notice
from exports.pdf.sheets import Sheets, document
from exports.pdf.slips import codes, signed
from exports.pdf.style import BODY, CELL_MONO, HAIRLINE, LEFT, QUIET, RIGHT, TITLE, WIDTH
from exports.pdf.tables import Cell, Column, row, table
from exports.pdf.wording import digest, when

_CODE: Final = 96.0
_WHY: Final = (
    "A hash is a fingerprint of bytes: the same bytes give the same value, and one changed letter gives another.  "
    "Several values of one exhibit can all be right, because each is the fingerprint of something else: of the data "
    "that were acquired, of the file in which they were packed, of one file inside it, of a copy, of a page made to be "
    "shown.  Values of different things are not compared; values of the same thing must be the same."
)
_COMPARED: Final = (
    "I have compared this value with that of the copy that is produced, by the following process of digital "
    "identification: ____________ (tool and version), on ____________ (date)."
)
_DRAFT: Final = (
    "DRAFT, not signed.  It becomes a certificate only when the person named has read it, corrected it, and signed it; "
    "this system signs no certificate for anybody."
)


def explanation_pdf(told: View, *, office: str, case: str, exhibit: str, examiner: str, by: str, at: str) -> bytes:
    """Give the sheet as PDF/A-3b: hashes by target, the walk from the seal, checks, anchor, and the draft certificate.

    `examiner` is the person for whom the certificate is drafted; an empty name leaves a line to fill in by hand.
    """
    first = _drawn(told, 0, office=office, case=case, exhibit=exhibit, examiner=examiner, by=by, at=at)
    with Pdf.open(BytesIO(first)) as counting:
        total = len(counting.pages)
    made = _drawn(told, total, office=office, case=case, exhibit=exhibit, examiner=examiner, by=by, at=at)
    with Pdf.open(BytesIO(made)) as pdf:
        declare(pdf, clock.parse(at), "en")
        out = BytesIO()
        pdf.save(out, **settings())
    return out.getvalue()


def code_text(told: View) -> str:
    """What the square code holds: the file and the SHA-256 that was computed when it came in."""
    return f"probanda:file:{told.file}:sha256:{_own(told)}"


def _drawn(
    told: View, total: int, *, office: str, case: str, exhibit: str, examiner: str, by: str, at: str
) -> bytes:  # fmt: skip
    stream = BytesIO()
    furnish = signed.foot(f"{office} · integrity of file {told.file}", total)
    sheets = document(
        stream, furnish, title=f"Integrity of file {told.file}", author=office, subject=case, language="en"
    )  # fmt: skip
    sheets.begin("integrity")
    _head(sheets, told, office, [("Case", case), ("Exhibit", exhibit), ("Written", f"{when(at)} by {by}")])
    _hashes(sheets, told)
    _walk(sheets, told)
    _looks(sheets, told)
    _anchor(sheets, told)
    _certificate(sheets, told, examiner, exhibit)
    sheets.close()
    sheets.canvas.save()
    return stream.getvalue()


def _head(sheets: Sheets, told: View, office: str, pairs: list[tuple[str, str]]) -> None:
    sheets.turn()
    sheets.mark("integrity", "What the hashes of this file mean")
    codes.draw(sheets, code_text(told), RIGHT - _CODE, sheets.y + 10, _CODE)
    width = WIDTH - _CODE - 10
    sheets.say(office, QUIET, width=width, after=4)
    sheets.say("What the hashes of this file mean", TITLE, width=width)
    sheets.y = min(sheets.y - 4, 772.0 - _CODE + 2)
    sheets.rule(LEFT, RIGHT, sheets.y)
    sheets.y -= 12
    facts_of(sheets, [*pairs, ("File", told.name), ("State", told.state)])
    sheets.y -= 4
    sheets.say(_WHY, BODY, after=6)
    for caution in told.cautions:
        notice(sheets, f"{caution[:1].upper()}{caution[1:]}.")


def _hashes(sheets: Sheets, told: View) -> None:
    sheets.section("Hashes by what they are a hash of")
    columns = [
        Column("Hash of", 16), Column("Algorithm", 10), Column("Value", 40, face=CELL_MONO), Column("Stated by", 22),
        Column("Compared", 16),
    ]  # fmt: skip
    lines = []
    for one in told.hashes:
        beneath = f"{one.meaning}. {one.because}".rstrip()
        cells = (one.target.replace("_", " "), one.algorithm, Cell(digest(one.value)), one.by, one.result)
        lines.append(row(*cells, beneath=beneath))
    table(sheets, columns, lines)


def _walk(sheets: Sheets, told: View) -> None:
    sheets.section("The walk from the seal to this file")
    columns = [Column("Step", 14), Column("What", 30), Column("When and by whom", 26), Column("With", 26)]
    lines = []
    for step in told.walk:
        tool = " ".join(part for part in (step.tool, step.version) if part)
        who = ", ".join(part for part in (_moment(step.at), step.by) if part)
        beneath = "; ".join((*([step.parameters] if step.parameters else []), *step.missing))
        if step.sha256:
            beneath = f"SHA-256 {step.sha256}" + (f"; {beneath}" if beneath else "")
        lines.append(row(step.what, step.name or "none recorded", who, tool, beneath=beneath))
    table(sheets, columns, lines)


def _looks(sheets: Sheets, told: View) -> None:
    sheets.section("When the stored bytes were looked at")
    if not told.looks:
        sheets.say("They have not been looked at since they came in.", BODY, after=4)
        return
    columns = [Column("When", 22), Column("What", 26), Column("By", 18), Column("Outcome", 26), Column("Entry", 8)]
    table(
        sheets, columns, [row(when(one.at), one.what, one.by, one.result, str(one.position)) for one in told.looks]
    )  # fmt: skip


def _anchor(sheets: Sheets, told: View) -> None:
    sheets.section("Where the arrival of this file is anchored")
    if told.anchor is None:
        sheets.say("No entry tells how this file came.", BODY, after=4)
        return
    one = told.anchor
    pairs = [("Entry", f"{one.position} of {one.chain}"), ("Its digest", one.digest)]
    if one.index is not None:
        pairs.append(("Index in the log", str(one.index)))
    signed = f"{one.size} entries, signed {when(one.at)}" if one.size else "none covers it yet"
    facts_of(sheets, [*pairs, ("First checkpoint", signed), *([("Its root", one.root)] if one.root else [])])


def _certificate(sheets: Sheets, told: View, examiner: str, exhibit: str) -> None:
    sheets.turn()
    sheets.mark("certificate", "Draft certificate")
    sheets.say("Draft of a certificate of data copied from an electronic device", TITLE, after=4)
    notice(sheets, _DRAFT)
    name = examiner or "______________________________"
    words = (
        f"I, {name}, am qualified to compare digital data by hash values (state training, experience: ____________).",
        f"The file with the identity {told.file}, of exhibit {exhibit}, has the SHA-256 value {_own(told)}.",
        _COMPARED,
        "The two values are the same, so the copy holds exactly the same data.  (Strike out what does not apply.)",
        "The form is that of US Federal Rule of Evidence 902(14); a court elsewhere may ask for other words.",
    )
    for one in words:
        sheets.say(one, BODY, after=6)
    sheets.y -= 46
    sheets.rule(LEFT, LEFT + WIDTH / 2, sheets.y, HAIRLINE, 0.8)
    sheets.y -= 12
    sheets.say("Place, date and signature of the person named above, by hand or by that person's own signature", QUIET)


def _own(told: View) -> str:
    return next((one.value for one in told.hashes if one.computed and one.algorithm == "sha256"), "")


def _moment(text: str) -> str:
    return when(text) if text.endswith("Z") else text
