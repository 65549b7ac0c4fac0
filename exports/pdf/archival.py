"""Declare a finished PDF as PDF/A-3b: colour, language, dates and the description that viewers and archives read."""

from datetime import datetime
from io import BytesIO
from typing import Any

import pikepdf
import pikepdf.pdfa
from pikepdf import Array, Name, Pdf, String

from core.errors import Conflict

FLAVOUR = "3b"
CREATOR = "Probanda"


class NotPdfA(Conflict):
    """Pages that this house made break the rules of PDF/A; this is a fault of ours and nothing was written."""


def declare(pdf: Pdf, made_at: datetime, language: str, checked: int | None = None) -> None:
    """Make *pdf* say what it is, with *made_at* (aware) as its only moment.  Raises NotPdfA if it is not so.

    Only the first *checked* pages are looked at if that is given: enough where the pages after them are stamps alone,
    drawn by the same code in the same fonts with the same words as the pages before.
    """
    for page in pdf.pages:
        # reportlab writes an empty page transition, which PDF/A does not know.
        if Name.Trans in page.obj:
            del page.obj[Name.Trans]
    date = made_at.strftime("D:%Y%m%d%H%M%SZ")
    for key in (Name.CreationDate, Name.ModDate):
        pdf.docinfo[key] = String(date)
    pdf.docinfo[Name.Creator] = String(CREATOR)
    pikepdf.pdfa.prepare(pdf, FLAVOUR)
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as described:
        # Preparing writes the time of day here; the same dossier must give the same bytes on any day.
        described["xmp:MetadataDate"] = made_at.isoformat(timespec="seconds")
        described["dc:language"] = {language}
    if checked is None or checked >= len(pdf.pages):
        _check(pdf)
        return
    whole = BytesIO()
    pdf.save(whole, **settings())
    with Pdf.open(whole) as part:
        _cut(part, checked)
        _check(part)


def _check(pdf: Pdf) -> None:
    report = pikepdf.pdfa.check(pdf, FLAVOUR, deterministic_id=True)
    if not report.passed:
        raise NotPdfA(f"our own pages break the rules of PDF/A: {report.findings[0]}")


def _cut(pdf: Pdf, count: int) -> None:
    """Drop all pages after the first *count*, and what leads to them."""
    del pdf.pages[count:]
    for key in (Name.Outlines, Name.PageLabels):
        if key in pdf.Root:
            del pdf.Root[key]
    kept = {page.obj.objgen for page in pdf.pages}
    for page in pdf.pages:
        links = [link for link in page.obj.get(Name.Annots, []) if link.Dest[0].objgen in kept]
        page.obj.Annots = Array(links)


def settings() -> dict[str, Any]:
    """Give the settings with which a PDF/A is written, always to the same bytes."""
    return dict(pikepdf.pdfa.resolve_save_kwargs(FLAVOUR, deterministic_id=True))
