"""Plan a dossier: make every document ready once and count its pages, so that a table can give out the numbers."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from exports.binding.workshop import Workshop
from exports.contents import Dossier, FileEntry
from exports.pdf.appendix import Appendix, Treatment
from exports.pdf.layout import lay_out
from exports.press.order import MIB, Bounds, CannotAppend, Made

_WITHOUT_PAGES = "A file of this kind has no pages of its own and is not appended."
_UNREADABLE_IMAGES = frozenset({"image/svg+xml"})
_PDF_HEAD = 1024


@dataclass(frozen=True, slots=True)
class Document:
    """A file whose pages are to be appended: its number in the dossier and how to get its bytes, already decrypted."""

    number: str
    content: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Room:
    """How much may be appended to one dossier and how much of it is kept in memory, in bytes."""

    document: Bounds = field(default_factory=Bounds)
    appended: int = 512 * MIB
    kept: int = 96 * MIB


@dataclass(frozen=True, slots=True)
class Plan:
    """The pages of a dossier before they have numbers.

    `pages` names every page in order by part and number within it: this is what the table of numbers is given.
    `made` keeps documents that were made ready already, as far as there is room.
    """

    appendices: tuple[Appendix, ...]
    pages: tuple[tuple[str, int], ...]
    made: Mapping[str, bytes]
    room: Room

    def counts(self) -> tuple[tuple[str, int], ...]:
        """Give each part with its number of pages, in order: what `numbering.give_pages` is asked with."""
        return tuple(Counter(part for part, _ in self.pages).items())


def plan(
    dossier: Dossier, documents: Iterable[Document], room: Room | None = None, workshop: Workshop | None = None
) -> Plan:
    """Make the *documents* of *dossier* ready and count all pages; nothing of it is written to disk.

    A document that cannot be appended becomes a slip-sheet that says why; no document stops the others.  A *workshop*
    given is used and left open.  Raises PressStopped if the program that prepares pages is gone.
    """
    bounds = room or Room()
    sources = {document.number: document for document in documents}
    surveyed = _Survey(bounds)
    with nullcontext(workshop) if workshop else Workshop() as running:
        for file in dossier.files():
            surveyed.look_at(file, sources.get(file.number), running)
    laid = lay_out(dossier, surveyed.appendices, numbered=False)
    return Plan(tuple(surveyed.appendices), laid.pages, surveyed.made, bounds)


def kind_of(file: FileEntry, data: bytes) -> str:
    """Say how the press takes a file: as "pdf", as "image", or not at all (empty)."""
    if file.media_type == "application/pdf" or b"%PDF-" in data[:_PDF_HEAD]:
        return "pdf"
    if file.media_type.startswith("image/") and file.media_type not in _UNREADABLE_IMAGES:
        return "image"
    return ""


@dataclass(slots=True)
class _Survey:
    """What is known so far of the documents, and how much room is left."""

    room: Room
    appendices: list[Appendix] = field(default_factory=list)
    made: dict[str, bytes] = field(default_factory=dict)
    appended: int = 0
    kept: int = 0

    def look_at(self, file: FileEntry, source: Document | None, workshop: Workshop) -> None:
        """Make one file ready, or note why it cannot be appended."""
        if file.withheld_because:
            self._slip(file, f"The pages of this file are withheld: {file.withheld_because}")
            return
        if source is None:
            self._slip(file, "The pages of this file were not asked for.")
            return
        try:
            self._take(file, prepare(file, source, workshop, self.room.document))
        except CannotAppend as reason:
            self._slip(file, str(reason))

    def _take(self, file: FileEntry, made: Made) -> None:
        if self.appended + len(made.pdf) > self.room.appended:
            raise CannotAppend(f"The dossier already holds {self.appended:,} bytes of appended pages, its limit.")
        self.appended += len(made.pdf)
        if self.kept + len(made.pdf) <= self.room.kept:
            self.kept += len(made.pdf)
            self.made[file.number] = made.pdf
        treatment = Treatment.PICTURED if made.pictured else Treatment.COPIED
        self.appendices.append(Appendix(file.number, treatment, made.sizes, made.pictured, made.note))

    def _slip(self, file: FileEntry, because: str) -> None:
        self.appendices.append(Appendix(file.number, Treatment.SLIP, because=because))


def prepare(file: FileEntry, source: Document, workshop: Workshop, bounds: Bounds) -> Made:
    """Fetch one document and have it made ready; raises CannotAppend with the reason for its slip-sheet."""
    data = source.content()
    kind = kind_of(file, data)
    if not kind:
        raise CannotAppend(_WITHOUT_PAGES)
    return workshop.make(kind, data, bounds)
