"""Plan a dossier: make every document ready once and count its pages, so that a table can give out the numbers."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import dataclass, field

from exports.binding.workshop import Workshop
from exports.contents import Dossier, FileEntry
from exports.pdf.appendix import Appendix, Treatment
from exports.pdf.layout import count
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
        for file, begun in _begun(dossier.files(), sources, running, bounds.document):
            surveyed.settle(file, begun)
    return Plan(tuple(surveyed.appendices), count(dossier, surveyed.appendices), surveyed.made, bounds)


def _begun(
    files: Iterable[FileEntry], sources: Mapping[str, Document], workshop: Workshop, bounds: Bounds
) -> Iterator[tuple[FileEntry, "Future[Made]"]]:
    """Give each file with the work begun on it, in order, a few ahead; bytes are fetched by the caller's own thread."""
    waiting: deque[tuple[FileEntry, Future[Made]]] = deque()
    for file in files:
        waiting.append((file, _begin(file, sources.get(file.number), workshop, bounds)))
        if len(waiting) > workshop.hands:
            yield waiting.popleft()
    yield from waiting


def _begin(file: FileEntry, source: Document | None, workshop: Workshop, bounds: Bounds) -> "Future[Made]":
    if file.withheld_because:
        return _no(f"The pages of this file are withheld: {file.withheld_because}")
    if file.size > bounds.document_bytes:
        return _no(f"The file has {file.size:,} bytes; at most {bounds.document_bytes:,} are appended.")
    if source is None:
        return _no("The pages of this file were not asked for.")
    data = source.content()
    kind = kind_of(file, data)
    return workshop.begin(kind, data, bounds) if kind else _no(_WITHOUT_PAGES)


def _no(because: str) -> "Future[Made]":
    future: Future[Made] = Future()
    future.set_exception(CannotAppend(because))
    return future


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

    def settle(self, file: FileEntry, begun: "Future[Made]") -> None:
        """Take one file as it was made ready, or note why it cannot be appended."""
        try:
            self._take(file, begun.result())
        except CannotAppend as reason:
            self.appendices.append(Appendix(file.number, Treatment.SLIP, because=str(reason)))

    def _take(self, file: FileEntry, made: Made) -> None:
        if self.appended + len(made.pdf) > self.room.appended:
            raise CannotAppend(f"The dossier already holds {self.appended:,} bytes of appended pages, its limit.")
        self.appended += len(made.pdf)
        if self.kept + len(made.pdf) <= self.room.kept:
            self.kept += len(made.pdf)
            self.made[file.number] = made.pdf
        treatment = Treatment.PICTURED if made.pictured else Treatment.COPIED
        self.appendices.append(Appendix(file.number, treatment, made.sizes, made.pictured, made.note, made.lost))


def prepare(file: FileEntry, source: Document, workshop: Workshop, bounds: Bounds) -> Made:
    """Fetch one document and have it made ready; raises CannotAppend with the reason for its slip-sheet."""
    return _begin(file, source, workshop, bounds).result()
