"""Make a foreign PDF ready for binding: its own pages where they keep the rules of PDF/A, pictures of them where not.

Runs in the press only: what is read here is hostile until it has been written anew.
"""

import logging
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
import pikepdf.pdfa
import pypdfium2
from pikepdf import Name, Pdf
from pypdfium2.raw import FPDF_ERR_PASSWORD

from exports.press.forms import add_page, stamp_form, written
from exports.press.ghost import GhostText
from exports.press.judging import FLAVOUR, judge
from exports.press.order import Bounds, CannotAppend, Made
from exports.press.pictures import image_of

_POINTS = 72
_UNFIT = (
    pikepdf.PdfError,
    pikepdf.DependencyError,
    pikepdf.DataDecodingError,
    pikepdf.ForeignObjectError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
)
_SHEET = 842
_DAMAGE_SIGNS = ("is damaged", "econstruct", "recover", "decod", "EOF", "loop")
_PLAIN = (595.0, 842.0)
_PICTURE = "picture of the page"
_DAMAGED = "the file is damaged and may not be shown whole"
_LONGEST = 14_000
_SHORTEST = 3


def make(data: bytes, bounds: Bounds) -> Made:
    """Give the pages of a PDF as plain pages; raises CannotAppend with the reason where there is no way."""
    logging.getLogger("pikepdf").setLevel(logging.ERROR)
    faults: list[str] = []
    notes: list[str] = []
    try:
        copied = _copied(data, bounds, faults, notes)
    except pikepdf.PasswordError:
        raise CannotAppend("The file is protected by a password that is not known here.") from None
    except _UNFIT as fault:
        # qpdf and its binding meet malformed objects in many ways; the pages may still be drawn.
        faults.append(f"its pages could not be copied ({type(fault).__name__})")
        copied = None
        notes.append(_DAMAGED)
    return copied or _pictured(data, bounds, faults, notes)


def _copied(data: bytes, bounds: Bounds, faults: list[str], notes: list[str]) -> Made | None:
    with pikepdf.open(BytesIO(data)) as source, Pdf.new() as target:
        _check_count(len(source.pages), bounds)
        hidden = _hides_something(source)
        if hidden:
            faults.append(hidden)
            return None
        notes += _notes(source)
        if Name.AcroForm in source.Root:
            source.generate_appearance_streams()
        source.flatten_annotations("screen")
        forms = [_copy(page, target) for page in source.pages]
        sizes = [_add(target, form) for form in forms]
        verdict = judge(forms)
        if verdict.repaired:
            _repair(target)
            verdict = judge(forms)
        if _is_damaged(source):
            notes.append(_DAMAGED)
        if not verdict.passed or verdict.repaired:
            faults.append("its pages do not keep the rules of PDF/A")
            return None
        settings = pikepdf.pdfa.resolve_save_kwargs(FLAVOUR, deterministic_id=True)
        return Made(written(target, settings), tuple(sizes), note="; ".join(notes))


def _repair(target: Pdf) -> None:
    """Put right what can be without a change in what is seen, and drop the description that comes with it."""
    pikepdf.pdfa.prepare(target, FLAVOUR)
    # It holds the time of day.
    for key in (Name.Metadata, Name.OutputIntents):
        if key in target.Root:
            del target.Root[key]
    if Name.Info in target.trailer:
        del target.trailer[Name.Info]


def _check_count(count: int, bounds: Bounds) -> None:
    if count == 0:
        raise CannotAppend("The file has no pages.")
    if count > bounds.pages:
        raise CannotAppend(f"The file has {count:,} pages; at most {bounds.pages:,} of one file are appended.")


def _hides_something(source: Pdf) -> str:
    """Name what would change how the pages look if they were copied out of their document."""
    if Name.OCProperties in source.Root:
        return "it has layers"
    form = source.Root.get(Name.AcroForm)
    if form is not None and Name.XFA in form:
        return "it has a form that only its own program draws"
    return ""


def _is_damaged(source: Pdf) -> bool:
    """Tell damage from mere sloppiness among what qpdf had to put right."""
    return any(sign in warning for warning in source.get_warnings() for sign in _DAMAGE_SIGNS)


def _notes(source: Pdf) -> list[str]:
    """Say what stands on the pages that paper cannot show."""
    noted = sum(
        1
        for page in source.pages
        for item in page.obj.get(Name.Annots, [])
        if isinstance(item, pikepdf.Dictionary) and item.get(Name.Subtype) in {Name.Text, Name.FileAttachment}
    )
    return [f"{noted} notes or attachments on its pages: see the original"] if noted else []


def _copy(page: pikepdf.Page, target: Pdf) -> Any:
    """Copy what *page* shows into a form, cropped and turned as a viewer shows it."""
    crop = page.cropbox
    for key in (Name.TrimBox, Name.BleedBox, Name.ArtBox):
        if key in page.obj:
            del page.obj[key]
    page.obj[Name.TrimBox] = crop
    return target.copy_foreign(page.as_form_xobject())


def _add(target: Pdf, form: Any) -> tuple[float, float]:
    width, height = add_page(target, form)
    if min(width, height) < _SHORTEST or max(width, height) > _LONGEST:
        raise ValueError("a page without a sensible size")
    return width, height


def _pictured(data: bytes, bounds: Bounds, faults: list[str], notes: list[str]) -> Made:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as fault:
        if getattr(fault, "err_code", None) == FPDF_ERR_PASSWORD:
            raise CannotAppend("The file is protected by a password that is not known here.") from None
        raise CannotAppend("The file is damaged: its pages could not be read.") from None
    with document, Pdf.new() as target:
        _check_count(len(document), bounds)
        if document.get_formtype():
            document.init_forms()
        ghost = GhostText(target)
        sizes: list[tuple[float, float]] = []
        lost: list[int] = []
        for at, page in enumerate(_drawn(document)):
            if page is None:
                lost.append(at)
                sizes.append(add_page(target, stamp_form(target, b"", *_PLAIN, pikepdf.Dictionary())))
            else:
                sizes.append(_picture_page(target, ghost, page, bounds))
        if len(lost) == len(sizes):
            raise CannotAppend("The file is damaged: none of its pages could be read.")
        ghost.finish()
        return Made(written(target), tuple(sizes), "; ".join(faults), "; ".join([_PICTURE, *notes]), tuple(lost))


def _drawn(document: Any) -> Iterator[Any]:
    """Give each page of a pdfium document, or None for one that cannot be read or has no size to draw it at."""
    for at in range(len(document)):
        try:
            page = document[at]
        except pypdfium2.PdfiumError:
            yield None
            continue
        yield page if all(_SHORTEST <= side <= _LONGEST for side in page.get_size()) else None
        page.close()


def _picture_page(target: Pdf, ghost: GhostText, page: Any, bounds: Bounds) -> tuple[float, float]:
    size = page.get_size()
    # A large sheet is shown on A4, so a dot of the picture need be no finer than one of that.
    longest = max(size)
    dots = bounds.dots_per_inch * min(1.0, _SHEET / longest)
    picture = page.render(scale=dots / _POINTS, rev_byteorder=True).to_pil()
    image = image_of(target, picture)
    text, resources = ghost.under(page)
    resources[Name.XObject] = pikepdf.Dictionary(I=image)
    content = f"q {size[0]:.3f} 0 0 {size[1]:.3f} 0 0 cm /I Do Q\n".encode("ascii") + text
    return add_page(target, stamp_form(target, content, size[0], size[1], resources))
