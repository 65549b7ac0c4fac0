"""Put the pages of the documents into their places in the laid-out dossier and write it as PDF/A-3b.

The dossier's own pages are checked against the rules of PDF/A before anything is put in; every appended document was
checked by the press when it was made ready, or is a picture.  So the whole is made of parts that each hold.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, BinaryIO

from pikepdf import Array, Dictionary, Name, Pdf

from core import clock
from core.errors import Tampered
from exports.binding.planning import Document, Plan, prepare
from exports.binding.workshop import Workshop
from exports.contents import Dossier
from exports.pdf.archival import declare, settings
from exports.pdf.layout import FRONT, LaidOut, lay_out
from exports.pdf.stamps import Hole
from exports.press.forms import seen
from exports.press.order import CannotAppend

_STAMPED = 40


class DocumentChanged(Tampered):
    """A document does not give the pages that it gave when the dossier was planned."""


def bind(dossier: Dossier, plan: Plan, documents: Iterable[Document]) -> bytes:
    """Give the finished dossier as PDF/A-3b; the same inputs give the same bytes.

    Needs the *plan* of the same dossier, whose pages have numbers by now, and the same *documents*.  Raises
    NoPageNumber, DocumentChanged, NotPdfA, and PressStopped.
    """
    out = BytesIO()
    bind_into(out, dossier, plan, documents)
    return out.getvalue()


def bind_into(out: BinaryIO, dossier: Dossier, plan: Plan, documents: Iterable[Document]) -> None:
    """Write the finished dossier to *out*, a seekable stream; see `bind`."""
    laid = lay_out(dossier, plan.appendices)
    with ExitStack() as held:
        target = held.enter_context(Pdf.open(BytesIO(laid.pdf)))
        _label(target, dossier, laid)
        own = sum(part == FRONT for part, _ in laid.pages)
        declare(target, clock.parse(dossier.cover.made_at), dossier.cover.language or "en", checked=own + _STAMPED)
        _fill(target, dossier, laid, _Sources(dossier, plan, documents, held))
        target.save(out, **settings())


def _label(target: Pdf, dossier: Dossier, laid: LaidOut) -> None:
    """Tell viewers the printed page numbers, one range for each row of numbers without a jump."""
    numbers = {(page.part, page.page): page.number for page in dossier.pages}
    ranges: list[Any] = []
    before = None
    for at, place in enumerate(laid.pages):
        number = numbers.get(place)
        if number is not None and (before is None or number != before + 1):
            ranges += [at, Dictionary(S=Name.D, St=number)]
        before = number
    if ranges:
        target.Root.PageLabels = Dictionary(Nums=Array(ranges))


@dataclass(slots=True)
class _Sources:
    """The documents made ready: from the plan where it kept them, else made anew and compared."""

    dossier: Dossier
    plan: Plan
    documents: Iterable[Document]
    held: ExitStack
    workshop: Workshop | None = None
    open: dict[str, Pdf] = field(default_factory=dict)

    def of(self, number: str) -> Pdf:
        """Give the pages of one file, open until the dossier is written."""
        if number not in self.open:
            data = self.plan.made.get(number) or self._again(number)
            pdf = self.held.enter_context(Pdf.open(BytesIO(data)))
            self._compare(number, pdf)
            self.open[number] = pdf
        return self.open[number]

    def _again(self, number: str) -> bytes:
        if self.workshop is None:
            self.workshop = self.held.enter_context(Workshop())
        file = next(file for file in self.dossier.files() if file.number == number)
        source = next((document for document in self.documents if document.number == number), None)
        try:
            if source is not None:
                return prepare(file, source, self.workshop, self.plan.room.document).pdf
        except CannotAppend as reason:
            raise DocumentChanged(f"file {number} could be appended when planned, and now: {reason}") from reason
        raise DocumentChanged(f"file {number} was there when the dossier was planned and is not any more")

    def _compare(self, number: str, pdf: Pdf) -> None:
        planned = next(appendix for appendix in self.plan.appendices if appendix.number == number)
        if len(pdf.pages) != planned.pages:
            raise DocumentChanged(f"file {number} has {len(pdf.pages)} pages where {planned.pages} were planned")


def _fill(target: Pdf, dossier: Dossier, laid: LaidOut, sources: _Sources) -> None:
    """Put every page of every document into its hole."""
    numbers = {file.number for file in dossier.files()}
    pages = list(target.pages)
    for hole in laid.holes:
        if hole.file not in numbers:
            raise DocumentChanged(f"there is no file {hole.file} in the dossier")
        source = sources.of(hole.file).pages[hole.source]
        form = target.copy_foreign(source.obj.Resources.XObject.P)
        page = pages[hole.page]
        if Name.XObject not in page.obj.Resources:
            page.obj.Resources[Name.XObject] = Dictionary()
        page.obj.Resources.XObject[Name.Exhibit] = form
        page.contents_add(target.make_stream(_placed(form, hole)), prepend=True)


def _placed(form: Any, hole: Hole) -> bytes:
    """Give the operators that draw *form* so that it fills its hole."""
    left, bottom, right, top = seen(form)
    scale = min(hole.width / (right - left), hole.height / (top - bottom))
    x, y = hole.left - left * scale, hole.bottom - bottom * scale
    return f"q {scale:.6f} 0 0 {scale:.6f} {x:.4f} {y:.4f} cm /Exhibit Do Q\n".encode("ascii")
