"""Lay a frozen dossier out as pages.

Values in, values out: no session, no vault, no clock.  The same dossier and the same appendices give the same bytes.
Page numbers come with the dossier, from a table (R-DOS-01); a dossier without them is a draft and says so on its pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from core.errors import Conflict
from exports.contents import Dossier, FileEntry
from exports.pdf import exhibits, front, records, stamps
from exports.pdf.appendix import Appendix, Treatment
from exports.pdf.sheets import Sheets, Target, document, fitted
from exports.pdf.stamps import MARGIN, Hole
from exports.pdf.style import FURNITURE, LEFT, PAGE_NUMBER, RIGHT

FRONT = "dossier"


class NoPageNumber(Conflict):
    """The table of page numbers given with the dossier does not fit the pages that it has."""


class Unsettled(Conflict):
    """The dossier does not come out with the same pages twice; this is a fault of ours and nothing was written."""


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A dossier as a PDF whose exhibit pages are stamped and still empty.

    `pages` names for each page in order its part and its number within the part; `targets` are the places of the
    outline; `holes` say where the pages of the files go.
    """

    pdf: bytes
    pages: tuple[tuple[str, int], ...]
    targets: tuple[Target, ...]
    holes: tuple[Hole, ...]


@dataclass(slots=True)
class _Pass:
    """One walk through the dossier; the second knows from the first which page each entry of the index is on."""

    dossier: Dossier
    appendices: Mapping[str, Appendix]
    numbers: Mapping[tuple[str, int], int]
    before: Sequence[Target] = ()
    order: Sequence[tuple[str, int]] = ()
    holes: list[Hole] = field(default_factory=list)

    def look_ahead(self) -> tuple[list[Target], list[tuple[str, int]]]:
        """Find out which places there are and on which pages, without writing anything."""
        sheets = self.begin(BytesIO())
        self.front(sheets)
        labels = list(sheets.labels)
        targets = list(sheets.targets)
        for entry in self.dossier.exhibits:
            for at, file in enumerate(entry.files):
                targets += stamps.places(file, entry.number if at == 0 else "", len(labels))
                labels += [(file.number, page) for page in range(1, self.appendix(file).pages + 1)]
        return targets, labels

    def begin(self, stream: BytesIO) -> Sheets:
        """Begin the document with what it says about itself."""
        about = self.dossier.cover
        title = " ".join(part for part in (about.title or "Case dossier", about.dossier_number) if part)
        sheets = document(
            stream, self.furnish, title=title, author=about.office, subject=about.case_title, language=about.language
        )
        sheets.places = frozenset(target.key for target in _expected(self.dossier))
        return sheets

    def run(self) -> LaidOut:
        """Lay the whole dossier out."""
        stream = BytesIO()
        sheets = self.begin(stream)
        self.front(sheets)
        for entry in self.dossier.exhibits:
            for at, file in enumerate(entry.files):
                opens = entry.number if at == 0 else ""
                self.holes += stamps.exhibit_pages(sheets, file, self.appendix(file), opens)
        sheets.close()
        sheets.canvas.save()
        return LaidOut(stream.getvalue(), tuple(sheets.labels), tuple(sheets.targets), tuple(self.holes))

    def front(self, sheets: Sheets) -> None:
        """Draw all that stands before the pages of the exhibits."""
        dossier = self.dossier
        sheets.begin(FRONT)
        front.cover(sheets, dossier)
        front.index(sheets, self.before or _expected(dossier), self.printed)
        front.people(sheets, dossier.people)
        front.exhibit_list(sheets, dossier)
        for entry in dossier.exhibits:
            exhibits.exhibit(sheets, entry)
        records.money(sheets, dossier.schedules)
        records.hashes(sheets, dossier)
        records.concordance(sheets, dossier, self.appendix, self.number)
        records.weaknesses(sheets, dossier.weaknesses)
        records.signoffs(sheets, dossier.signoffs)

    def appendix(self, file: FileEntry) -> Appendix:
        """Give what is known of the pages of *file*; a withheld file never shows any."""
        if file.withheld_because:
            because = f"The pages of this file are withheld: {file.withheld_because}"
            return Appendix(file.number, Treatment.SLIP, because=because)
        missing = Appendix(file.number, Treatment.SLIP, because="The pages of this file were not asked for.")
        return self.appendices.get(file.number, missing)

    def number(self, part: str, page: int) -> int | None:
        """Give the number of a page from the table, or None in a draft; raises NoPageNumber if the table lacks it."""
        if not self.numbers:
            return None
        try:
            return self.numbers[part, page]
        except KeyError:
            raise NoPageNumber(f"no page number is kept for page {page} of “{part}”; number the dossier anew") from None

    def printed(self, page: int) -> str:
        """Give what the index shows for the page at place *page*."""
        if page >= len(self.order):
            return ""
        number = self.number(*self.order[page])
        return "" if number is None else str(number)

    def furnish(self, sheets: Sheets) -> None:
        """Draw head and foot of a page."""
        about = self.dossier.cover
        number = self.number(sheets.part, sheets.page)
        own = sheets.part == FRONT
        left, right = (LEFT, RIGHT) if own else (MARGIN, sheets.paper[0] - MARGIN)
        if own and sheets.page > 1:
            _head(sheets, f"{about.case_number or about.case_title}", about.handling)
        name = f"{about.office} · {about.dossier_number} · version {about.version}"
        sheets.write(fitted(name, right - left - 120, FURNITURE), left, 22, FURNITURE.colour)
        figure = fitted("draft, not numbered" if number is None else str(number), 100, PAGE_NUMBER)
        sheets.write(figure, right - figure.width, 22, PAGE_NUMBER.colour)


def lay_out(dossier: Dossier, appendices: Iterable[Appendix] = ()) -> LaidOut:
    """Lay *dossier* out as a PDF, with stamped pages left free for the pages of its files.

    Needs *appendices* for the files whose pages are known; the other files get a slip-sheet.  Raises NoPageNumber if
    the dossier has page numbers that do not fit its pages, and Unsettled if two passes differ.
    """
    known = {appendix.number: appendix for appendix in appendices}
    numbers = {(page.part, page.page): page.number for page in dossier.pages}
    targets, pages = _Pass(dossier, known, numbers).look_ahead()
    if numbers and len(numbers) != len(pages):
        raise NoPageNumber(f"{len(numbers)} page numbers are kept for a dossier of {len(pages)} pages")
    laid = _Pass(dossier, known, numbers, targets, pages).run()
    if laid.pages != tuple(pages) or laid.targets != tuple(targets):
        raise Unsettled("the dossier came out with other pages the second time; nothing was written")
    return laid


def count(dossier: Dossier, appendices: Iterable[Appendix] = ()) -> tuple[tuple[str, int], ...]:
    """Name every page that *dossier* will have, by part and number within it, before the pages have numbers."""
    _, pages = _Pass(dossier, {appendix.number: appendix for appendix in appendices}, {}).look_ahead()
    return tuple(pages)


def _expected(dossier: Dossier) -> list[Target]:
    """Foretell the entries of the index, so that the first pass gives it as many lines as the second."""
    keys = [("people", "People in their roles", 0), ("exhibits", "List of exhibits", 0)]
    keys += [(f"exhibit {entry.number}", f"Exhibit {entry.number}", 0) for entry in dossier.exhibits]
    keys += [("money", "Money schedules", 0)]
    keys += [(f"schedule {at}", "Schedule", 1) for at in range(1, len(dossier.schedules) + 1)]
    keys += [
        ("hashes", "Hash schedule", 0),
        ("concordance", "Concordance", 0),
        ("weaknesses", "Weaknesses", 0),
        ("signoffs", "Sign-offs", 0),
    ]
    for entry in dossier.exhibits:
        keys += [(f"pages {entry.number}", "Pages", 0)] if entry.files else []
        keys += [(f"file {file.number}", file.name, 1) for file in entry.files]
    return [Target(key, title, level, 0) for key, title, level in keys]


def _head(sheets: Sheets, left: str, right: str) -> None:
    told = fitted(right, 330, FURNITURE)
    sheets.write(told, RIGHT - told.width, 803, FURNITURE.colour)
    sheets.write(fitted(left, RIGHT - LEFT - told.width - 20, FURNITURE), LEFT, 803, FURNITURE.colour)
    sheets.rule(LEFT, RIGHT, 796)
