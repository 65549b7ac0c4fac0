"""The first pages: cover, linked index, the people in their roles, the list of exhibits."""

from collections.abc import Callable, Sequence

from exports.contents import Cover, Dossier, PersonEntry, RoleEntry
from exports.pdf.sheets import Sheets, Target, fitted, set_in
from exports.pdf.style import (
    ACCENT,
    BODY,
    CELL_BOLD,
    CELL_QUIET,
    COVER_LINE,
    COVER_SMALL,
    COVER_TITLE,
    EXHIBIT,
    HAIRLINE,
    LABEL,
    LEFT,
    QUIET,
    RIGHT,
    WIDTH,
    Face,
)
from exports.pdf.tables import Align, Cell, Column, Row, row, table
from exports.pdf.wording import counted, when

NumberOf = Callable[[int], str]


def cover(sheets: Sheets, dossier: Dossier) -> None:
    """Draw the first page: whose dossier this is, of which case, in which version, for whom and why."""
    about = dossier.cover
    sheets.turn()
    sheets.mark("cover", "Cover")
    sheets.block(LEFT, 700, 46, 5, ACCENT)
    sheets.y = 680
    sheets.say(about.office, COVER_SMALL, after=26)
    sheets.say(about.title or "Case dossier", COVER_TITLE, after=4)
    sheets.say(about.case_title, COVER_LINE, after=30)
    for label, value in _cover_lines(about):
        if value:
            _labelled(sheets, label, value)
    sheets.y -= 14
    sheets.rule(LEFT, RIGHT, sheets.y)
    sheets.y -= 10
    sheets.say(_holdings(dossier), QUIET)
    sheets.say(
        "Every figure, fact and entry in this dossier leads back to an exhibit, and every exhibit to the hash that was "
        "taken when it came in.  What is missing or unclear is listed under “Weaknesses”.",
        QUIET,
    )


def _cover_lines(about: Cover) -> list[tuple[str, str]]:
    return [
        ("Case number", about.case_number),
        ("Dossier", about.dossier_number),
        ("Version", str(about.version)),
        ("Handling", about.handling),
        ("For", about.recipient),
        ("Purpose", about.purpose),
        ("Made", when(about.made_at)),
        ("Made by", about.made_by),
        ("Case record", about.case_id),
    ]


def _labelled(sheets: Sheets, label: str, value: str) -> None:
    lines = set_in(value, WIDTH - 110, BODY)
    sheets.need(len(lines) * BODY.leading)
    sheets.place(set_in(label, 104, LABEL), LEFT, sheets.y - 1, 104, LABEL)
    sheets.place(lines, LEFT + 110, sheets.y, WIDTH - 110, BODY)
    sheets.y -= len(lines) * BODY.leading + 3


def _holdings(dossier: Dossier) -> str:
    files = dossier.files()
    withheld = sum(1 for file in files if file.withheld_because)
    parts = [
        counted(len(dossier.exhibits), "exhibit", "exhibits"),
        counted(len(files), "file", "files") + (f" ({withheld} withheld)" if withheld else ""),
        counted(len(dossier.people), "person or organisation", "persons and organisations"),
        counted(len(dossier.schedules), "money schedule", "money schedules"),
    ]
    return "Holds " + ", ".join(parts) + "."


def index(sheets: Sheets, targets: Sequence[Target], number_of: NumberOf) -> None:
    """Draw the index: each entry leads to its page and shows the number printed there."""
    sheets.title("Index", "index")
    for target in targets:
        if target.key in {"cover", "index"}:
            continue
        face = EXHIBIT if target.level == 0 else BODY
        above = 5.0 if target.level == 0 else 0.0
        sheets.need(face.leading + above)
        sheets.y -= above
        _index_line(sheets, target, face, 16.0 * target.level, number_of(target.page))
        sheets.y -= face.leading


def _index_line(sheets: Sheets, target: Target, face: Face, indent: float, number: str) -> None:
    title = fitted(target.title, WIDTH - indent - 70, face)
    figure = fitted(number, 60, face)
    sheets.place([title], LEFT + indent, sheets.y, WIDTH - indent - 60, face)
    sheets.place([figure], RIGHT - 60, sheets.y, 60, face, right=True)
    base = sheets.y - face.leading + 5
    start, end = LEFT + indent + title.width + 6, RIGHT - figure.width - 6
    if not title.leftward and end > start:
        sheets.canvas.saveState()
        sheets.canvas.setDash(0.6, 3)
        sheets.rule(start, end, base, HAIRLINE, 0.7)
        sheets.canvas.restoreState()
    sheets.link(target.key, LEFT + indent, sheets.y - face.leading, RIGHT, sheets.y)


def people(sheets: Sheets, entries: Sequence[PersonEntry]) -> None:
    """Draw the people of the case in their roles; a protected person has a label and nothing else."""
    sheets.title("People in their roles", "people")
    if not entries:
        sheets.say("No person or organisation is recorded in this dossier.", QUIET)
        return
    columns = [
        Column("Shown as", 22, face=CELL_BOLD),
        Column("Names as written", 30),
        Column("Role", 18),
        Column("From, until", 28),
        Column("Through", 20),
    ]
    table(sheets, columns, [line for person in entries for line in _person(person)])


def _said(role: str) -> str:
    return role.replace("_", " ")


def _person(person: PersonEntry) -> list[Row]:
    names = Cell("Protected: name sealed", CELL_QUIET) if person.protected else Cell("\n".join(person.names))
    roles = person.roles or (RoleEntry("no role recorded"),)
    first, *others = roles
    label = person.label if person.kind in {"", "person"} else f"{person.label}\n{person.kind}"
    return [
        row(label, names, _said(first.role), _span(first), first.event),
        *(row("", "", _said(role.role), _span(role), role.event) for role in others),
    ]


def _span(role: RoleEntry) -> str:
    if not role.since and not role.until:
        return ""
    return f"{when(role.since) or 'not known'}\n{when(role.until) or 'open'}"


def exhibit_list(sheets: Sheets, dossier: Dossier) -> None:
    """Draw one row an exhibit: number, what it is, its other numbers, state, files; each leads to its own part."""
    sheets.title("List of exhibits", "exhibits")
    columns = [
        Column("No.", 10, face=CELL_BOLD),
        Column("Description", 46),
        Column("Other numbers", 30),
        Column("Class, state", 20),
        Column("Files", 8, Align.RIGHT),
    ]
    rows = [
        row(
            Cell(exhibit.number, to=f"exhibit {exhibit.number}"),
            exhibit.description,
            "\n".join(f"{scheme} {value}" for scheme, value in exhibit.references),
            "\n".join(part for part in (exhibit.sensitivity, exhibit.state) if part),
            str(len(exhibit.files)),
        )
        for exhibit in dossier.exhibits
    ]
    table(sheets, columns, rows)
