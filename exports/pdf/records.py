"""The schedules at the end: money, hashes with their targets, weaknesses, and who signed off."""

from collections.abc import Callable, Sequence

from exports.contents import Dossier, FileEntry, HashEntry, MoneyRow, MoneySchedule, SignOff
from exports.pdf.appendix import Appendix, Treatment
from exports.pdf.exhibits import facts_of, notice
from exports.pdf.sheets import Sheets
from exports.pdf.style import BODY, CELL_BOLD, CELL_MONO, CELL_QUIET, QUIET
from exports.pdf.tables import Align, Cell, Column, Row, row, table
from exports.pdf.wording import amount, counted, digest, size, when

NumberOf = Callable[[str, int], int | None]

_SHOWN = {Treatment.COPIED: "As they are.", Treatment.PICTURED: "", Treatment.SLIP: "By a slip-sheet."}
_RESULTS = {
    "reconciled": "Reconciled: opening balance and rows give the closing balance.",
    "unreconciled": "Unreconciled: opening balance and rows do not give the closing balance.",
    "not_reconcilable": "Not reconcilable: the statement does not state what would be needed to check it.",
}


def money(sheets: Sheets, schedules: Sequence[MoneySchedule]) -> None:
    """Draw each statement as a schedule whose rows lead back to the file and place that they were read from."""
    sheets.title("Money schedules", "money")
    if not schedules:
        sheets.say("This dossier holds no money schedule.", QUIET)
    for at, schedule in enumerate(schedules, start=1):
        _schedule(sheets, schedule, at)


def _schedule(sheets: Sheets, schedule: MoneySchedule, at: int) -> None:
    title = f"Schedule {at}: account {schedule.account}" if schedule.account else f"Schedule {at}: account not stated"
    sheets.section(title, keep=150)
    sheets.mark(f"schedule {at}", title, 1)
    facts_of(sheets, [("Holder", schedule.holder), ("Read from", schedule.file), ("Currency", schedule.currency)])
    result = _RESULTS.get(schedule.result, schedule.result)
    if schedule.result == "reconciled":
        sheets.say(result, BODY, after=4)
    else:
        difference = f"  Difference {amount(schedule.difference)} {schedule.currency}." if schedule.difference else ""
        notice(sheets, result + difference)
    columns = [
        Column("No.", 7, Align.RIGHT),
        Column("Booked\nvalue date", 17),
        Column("Counterparty; purpose", 39),
        Column("Direction", 14),
        Column("Amount", 24, Align.DECIMAL),
        Column("Where", 22, face=CELL_QUIET),
    ]
    table(sheets, columns, [*map(_booking, schedule.rows), *_totals(schedule)])


def _booking(entry: MoneyRow) -> Row:
    dates = "\n".join(part for part in (entry.booked, entry.value_date) if part)
    told = "\n".join(part for part in (entry.counterparty, entry.purpose_text) if part)
    where = "\n".join(part for part in (entry.file, entry.pinpoint) if part)
    read = "" if entry.status in {"", "read", "confirmed"} else f"{entry.status}.  "
    return row(
        str(entry.number),
        dates,
        told,
        entry.direction,
        amount(entry.amount),
        Cell(where, to=f"file {entry.file}" if entry.file else ""),
        beneath=f"{read}As written: {entry.as_written}" if entry.as_written else read.strip(),
    )


def _totals(schedule: MoneySchedule) -> list[Row]:
    """Give the balances; none of them is shown without the word that says whether they agree."""
    word = "" if schedule.result == "reconciled" else f" ({schedule.result.replace('_', ' ')})"
    figures = [
        ("Opening balance as stated", schedule.opening),
        ("Closing balance as computed from the rows", schedule.computed),
        ("Closing balance as stated", schedule.closing),
    ]
    return [
        row(
            "",
            "",
            Cell(label + word, CELL_BOLD),
            Cell(schedule.currency, CELL_BOLD),
            Cell(amount(value) or "not stated", CELL_BOLD),
            "",
            strong=True,
        )
        for label, value in figures
    ]


def hashes(sheets: Sheets, dossier: Dossier) -> None:
    """Draw every digest with what it was taken of, by whom, when, and whether it agrees with ours."""
    sheets.title("Hash schedule", "hashes")
    sheets.say(
        "SHA-256 and SHA-512 were computed once, while the bytes came in.  Other digests were stated by others; each "
        "names what it was taken of, because digests of different things differ without anything being wrong.",
        QUIET,
        after=8,
    )
    columns = [
        Column("File", 10, face=CELL_BOLD),
        Column("Algorithm", 14),
        Column("Value", 40, face=CELL_MONO),
        Column("Taken of", 26),
        Column("Stated by, when", 29),
        Column("Agrees", 13),
    ]
    rows = [line for file in dossier.files() for line in _digests(file)]
    if rows:
        table(sheets, columns, rows)
    else:
        sheets.say("This dossier holds no files.", QUIET)


def _digests(file: FileEntry) -> list[Row]:
    own = [
        HashEntry("SHA-256", file.sha256, f"file as received, {size(file.size)}", "this system", "", ""),
        HashEntry("SHA-512", file.sha512, "file as received", "this system", "", ""),
    ]
    ours = {entry.value for entry in own}
    stated = [entry for entry in file.hashes if entry.value not in ours or entry.stated_by]
    return [_digest(file, entry, at == 0) for at, entry in enumerate([entry for entry in own if entry.value] + stated)]


def _digest(file: FileEntry, entry: HashEntry, first: bool) -> Row:  # noqa: FBT001 - reads as what it says at its call
    number = Cell(file.number, to=f"file {file.number}") if first else Cell("")
    stated = "\n".join(part for part in (entry.stated_by, when(entry.at)) if part)
    return row(number, entry.algorithm, digest(entry.value), entry.target, stated, entry.agrees)


def concordance(
    sheets: Sheets, dossier: Dossier, appendix_of: Callable[[FileEntry], Appendix], number_of: NumberOf
) -> None:
    """Draw which pages of this dossier show which file and how: as they are, as pictures, or why not (R-DOS-03)."""
    sheets.title("Concordance", "concordance")
    columns = [
        Column("File", 10, face=CELL_BOLD),
        Column("Name", 42),
        Column("Pages", 9, Align.RIGHT),
        Column("Numbers here", 20, Align.RIGHT),
        Column("Shown", 46),
    ]
    rows = [_concord(file, appendix_of(file), number_of) for file in dossier.files()]
    if rows:
        table(sheets, columns, rows)
    else:
        sheets.say("This dossier holds no files.", QUIET)


def _concord(file: FileEntry, appendix: Appendix, number_of: NumberOf) -> Row:
    first, last = number_of(file.number, 1), number_of(file.number, appendix.pages)
    numbers = "" if first is None or last is None else str(first) if first == last else f"{first}–{last}"
    told = _SHOWN[appendix.treatment] + (f"  {appendix.because}" if appendix.because else "")
    if appendix.treatment is Treatment.PICTURED:
        told = f"As pictures of its pages, because {appendix.because}."
    if appendix.lost:
        told += f"  {counted(len(appendix.lost), 'page', 'pages')} could not be read."
    return row(
        Cell(file.number, to=f"file {file.number}"), file.name, str(appendix.pages), numbers or "–", told.strip()
    )


def weaknesses(sheets: Sheets, found: Sequence[str]) -> None:
    """Draw the weaknesses that the system itself found; they are stated, never filled in."""
    sheets.title("Weaknesses", "weaknesses")
    if not found:
        sheets.say("The system found no weakness in what this dossier holds.", QUIET)
        return
    sheets.say(
        f"The system found {counted(len(found), 'weakness', 'weaknesses')} in what this dossier holds.  They are "
        "listed as found; only a statement can explain them.",
        QUIET,
        after=8,
    )
    columns = [Column("No.", 6, Align.RIGHT), Column("What was found", 100)]
    table(sheets, columns, [row(str(at), text) for at, text in enumerate(found, start=1)])


def signoffs(sheets: Sheets, entries: Sequence[SignOff]) -> None:
    """Draw who put their name to this version."""
    sheets.title("Sign-offs", "signoffs")
    if not entries:
        sheets.say("Nobody has signed off this version.", QUIET)
        return
    columns = [Column("Who", 26, face=CELL_BOLD), Column("Role", 22), Column("Act", 22), Column("When", 26)]
    table(sheets, columns, [row(e.who, e.role, e.act, when(e.at), beneath=e.words) for e in entries])
