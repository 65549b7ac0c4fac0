"""Declare a finished PDF as PDF/A-3b: colour, language, dates and the description that viewers and archives read."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
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
    _describe(pdf, made_at, language)
    with _cut(pdf, len(pdf.pages) if checked is None else checked):
        report = pikepdf.pdfa.check(pdf, FLAVOUR, deterministic_id=True)
    if not report.passed:
        raise NotPdfA(f"our own pages break the rules of PDF/A: {report.findings[0]}")


def _describe(pdf: Pdf, made_at: datetime, language: str) -> None:
    """Give *pdf* its colour profile and its description, made in an empty document: no page needs repair."""
    with Pdf.new() as empty:
        for key, value in pdf.docinfo.items():
            empty.docinfo[key] = value
        pikepdf.pdfa.prepare(empty, FLAVOUR)
        with empty.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as described:
            # Preparing writes the time of day here; the same dossier must give the same bytes on any day.
            described["xmp:MetadataDate"] = made_at.isoformat(timespec="seconds")
            described["dc:language"] = {language}
        for part in (Name.Metadata, Name.OutputIntents):
            pdf.Root[part] = pdf.copy_foreign(empty.make_indirect(empty.Root[part]))
        for key, value in empty.docinfo.items():
            pdf.docinfo[key] = value


@contextmanager
def _cut(pdf: Pdf, count: int) -> Iterator[None]:
    """Leave out all pages after the first *count*, and what leads to them, for as long as the context is held."""
    tree, root = pdf.Root.Pages, pdf.Root
    if count >= len(tree.Kids):
        yield
        return
    whole = {key: root[key] for key in (Name.Outlines, Name.PageLabels) if key in root}
    kids, kept = tree.Kids, list(tree.Kids)[:count]
    seen = {page.objgen for page in kept}
    links = {at: page.Annots for at, page in enumerate(kept) if Name.Annots in page}
    tree.Kids, tree.Count = Array(kept), count
    for key in whole:
        del root[key]
    for at, found in links.items():
        kept[at].Annots = Array([link for link in found if link.Dest[0].objgen in seen])
    try:
        yield
    finally:
        tree.Kids, tree.Count = kids, len(kids)
        for at, found in links.items():
            kept[at].Annots = found
        for key, value in whole.items():
            root[key] = value


def settings() -> dict[str, Any]:
    """Give the settings with which a PDF/A is written, always to the same bytes."""
    return dict(pikepdf.pdfa.resolve_save_kwargs(FLAVOUR, deterministic_id=True))
