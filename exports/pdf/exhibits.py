"""The part of one exhibit: where it comes from, by what right, its files, what they say, and who has had it."""

from collections.abc import Callable, Sequence

from exports.contents import CustodyEntry, ExhibitEntry, FactEntry, FileEntry, GapEntry
from exports.pdf.sheets import Sheets, fills, set_in
from exports.pdf.style import (
    ACCENT,
    BODY,
    CELL,
    CELL_BOLD,
    CELL_MONO,
    CELL_QUIET,
    INK,
    LABEL,
    LEFT,
    NOTICE,
    PAPER,
    QUIET,
    WIDTH,
)
from exports.pdf.tables import Align, Cell, Column, Row, row, table
from exports.pdf.wording import size, when

_LABEL_WIDTH = 128.0


def exhibit(sheets: Sheets, entry: ExhibitEntry) -> None:
    """Draw everything about one exhibit except its pages."""
    heading = f"Exhibit {entry.number}"
    sheets.title(heading, f"exhibit {entry.number}", outline=f"{heading}  {entry.description}")
    sheets.say(entry.description, BODY, after=8)
    pairs = [*entry.references, *entry.origin]
    pairs += [("Class", entry.sensitivity), ("State", entry.state)]
    facts_of(sheets, pairs)
    sheets.section("Authority")
    if entry.authority:
        facts_of(sheets, entry.authority)
    else:
        notice(sheets, "No authority is recorded for this exhibit.")
    files(sheets, entry.files)
    facts(sheets, entry.facts)
    custody(sheets, entry)


def facts_of(sheets: Sheets, pairs: Sequence[tuple[str, str]]) -> None:
    """Draw labelled values under each other."""
    for label, value in pairs:
        if not value:
            continue
        lines = set_in(when(value), WIDTH - _LABEL_WIDTH, BODY)
        names = set_in(label, _LABEL_WIDTH - 8, LABEL)
        for at in range(max(len(lines), len(names))):
            sheets.need(BODY.leading)
            sheets.place(names[at : at + 1], LEFT, sheets.y - 1, _LABEL_WIDTH - 8, LABEL)
            line = lines[at : at + 1]
            right = fills(lines, WIDTH - _LABEL_WIDTH) and any(one.leftward for one in line)
            sheets.place(line, LEFT + _LABEL_WIDTH, sheets.y, WIDTH - _LABEL_WIDTH, BODY, right=right)
            sheets.y -= BODY.leading
        sheets.y -= 2


def notice(sheets: Sheets, text: str) -> None:
    """Draw a sentence that must not be overlooked: in bold, in a dashed box."""
    lines = set_in(text, WIDTH - 24, NOTICE)
    height = len(lines) * NOTICE.leading + 12
    sheets.need(height + 6)
    sheets.dashed(LEFT, sheets.y - height, WIDTH, height, INK)
    sheets.place(lines, LEFT + 12, sheets.y - 6, WIDTH - 24, NOTICE)
    sheets.y -= height + 6


def files(sheets: Sheets, entries: Sequence[FileEntry]) -> None:
    """Draw the files of an exhibit: number, name, kind, size, how read, where from; each leads to its pages."""
    sheets.section("Files")
    if not entries:
        sheets.say("This exhibit holds no files.", QUIET)
        return
    columns = [
        Column("No.", 11, face=CELL_BOLD),
        Column("Name", 44),
        Column("Kind", 28),
        Column("Size", 19, Align.RIGHT),
        Column("Reading", 22),
    ]
    table(sheets, columns, [_file(entry) for entry in entries])


def _file(entry: FileEntry) -> Row:
    beneath = []
    if entry.parent:
        by = f" by {entry.method}" if entry.method else ""
        beneath.append(f"Derived from {entry.parent}{by}.")
    if entry.walk:
        beneath.append("From the seal: " + " → ".join(entry.walk))
    if entry.because:
        beneath.append(entry.because)
    if entry.withheld_because:
        beneath.append(f"Withheld: {entry.withheld_because}")
    return row(
        Cell(entry.number, to=f"file {entry.number}"),
        entry.name,
        entry.media_type,
        size(entry.size).replace(" (", "\n("),
        entry.reading,
        beneath="\n".join(beneath),
    )


def facts(sheets: Sheets, entries: Sequence[FactEntry]) -> None:
    """Draw what the exhibit says or an officer concludes, each with its pinpoint."""
    sheets.section("Facts")
    if not entries:
        sheets.say("No fact is recorded for this exhibit.", QUIET)
        return
    columns = [Column("Kind", 17), Column("As found or concluded", 66), Column("Where", 33)]
    table(sheets, columns, [_fact(entry) for entry in entries])


def _fact(entry: FactEntry) -> Row:
    where = ", ".join(part for part in (entry.file, entry.pinpoint) if part)
    return row(Cell(entry.kind, CELL_QUIET), entry.text, Cell(where, to=f"file {entry.file}" if entry.file else ""))


def custody(sheets: Sheets, entry: ExhibitEntry) -> None:
    """Draw the custody history in its order, with every weakness as a gap in the rail that runs beside it."""
    sheets.section("Custody", keep=90)
    if not entry.custody:
        notice(sheets, "No custody entry is recorded for this exhibit.")
        return
    columns = [
        Column("", 2),
        Column("No.", 6, Align.RIGHT),
        Column("When", 25),
        Column("Act", 17, face=CELL_BOLD),
        Column("By; from, to; place", 42),
        Column("Seal in, out", 22),
    ]
    table(sheets, columns, _history(entry.custody, entry.gaps))


def _history(entries: Sequence[CustodyEntry], gaps: Sequence[GapEntry]) -> list[Row | Callable[[Sheets], None]]:
    """Put the gaps where they stand in time: after the last entry that is not later than their beginning."""
    waiting = sorted(gaps, key=lambda gap: gap.since)
    history: list[Row | Callable[[Sheets], None]] = []
    for at, entry in enumerate(entries):
        history.append(_movement(entry))
        later = entries[at + 1].at if at + 1 < len(entries) else ""
        while waiting and (not later or waiting[0].since < later):
            history.append(_gap_band(waiting.pop(0)))
    return history


def _movement(entry: CustodyEntry) -> Row:
    moment = when(entry.at)
    if entry.recorded_at and when(entry.recorded_at) != moment:
        recorded = when(entry.recorded_at)
        moment += f"\nrecorded {recorded[11:] if recorded[:10] == moment[:10] else recorded}"
    ways = [entry.by]
    if entry.from_ or entry.to:
        ways.append(f"{entry.from_ or 'not stated'} → {entry.to or 'not stated'}")
    ways.append(entry.place)
    seals = [f"in {entry.seal_in}" if entry.seal_in else "", f"out {entry.seal_out}" if entry.seal_out else ""]
    return row(
        "",
        str(entry.position),
        moment,
        entry.act,
        "\n".join(part for part in ways if part),
        Cell("\n".join(part for part in seals if part), CELL_MONO),
        beneath=entry.note,
        railed=True,
    )


def _span(gap: GapEntry) -> str:
    if gap.since and gap.since == gap.until:
        return f"at {when(gap.since)}"
    return f"from {when(gap.since) or 'an unknown time'} to {when(gap.until) or 'now'}"


def _gap_band(gap: GapEntry) -> Callable[[Sheets], None]:
    def draw(sheets: Sheets) -> None:
        # What was frozen before weaknesses had names knew stretches without a custodian only.
        text = f"{gap.weakness or 'Nobody is known to have had this exhibit'}\n{_span(gap)}"
        lines = set_in(text, WIDTH - 40, NOTICE)
        reason = set_in(gap.because, WIDTH - 40, CELL) if gap.because else ()
        height = len(lines) * NOTICE.leading + len(reason) * CELL.leading + 22
        sheets.need(height)
        sheets.block(LEFT - 4, sheets.y - height, WIDTH + 8, height, PAPER)
        sheets.dashed(LEFT + 12, sheets.y - height + 5, WIDTH - 12, height - 10, ACCENT)
        sheets.place(lines, LEFT + 24, sheets.y - 10, WIDTH - 40, NOTICE)
        sheets.place(reason, LEFT + 24, sheets.y - 10 - len(lines) * NOTICE.leading, WIDTH - 40, CELL)
        sheets.y -= height

    return draw
