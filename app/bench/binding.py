"""How much longer a dossier of appended pages takes than merging the same pages, and how much memory."""

import hashlib
import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import groupby
from typing import Any, Final

from pikepdf import Pdf
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from app.bench.measuring import Figure, peak_mib
from exports.binding import Document, bind, plan
from exports.contents import Cover, Dossier, ExhibitEntry, FileEntry, PageEntry
from exports.lettering import faces

_PER_FILE: Final = 50
_LINES: Final = 45


def measure(pages: int) -> Iterator[Figure]:
    """Bind a dossier with so many appended pages, beside pikepdf merging the same PDFs, each in its own process."""
    theirs, _ = _apart(_merge, pages)
    ours, peak = _apart(_bind, pages)
    told = f"dossier of {pages:,} appended pages"
    yield Figure(told, "pikepdf merging the same PDFs", ours, theirs, "s", 4)
    yield Figure("the most memory it takes meanwhile", "512 MiB", peak, 512, "MiB", 1)


def _apart(run: Callable[[int], tuple[float, float]], pages: int) -> tuple[float, float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(run, (pages,))


def _sources(pages: int) -> list[bytes]:
    """PDFs of many pages of text, each different, with their font embedded."""
    name = "measured"
    pdfmetrics.registerFont(TTFont(name, str(faces.FONTS / "NotoSans-Regular.ttf")))
    return [_source(name, first, min(_PER_FILE, pages - first)) for first in range(0, pages, _PER_FILE)]


def _source(font: str, first: int, count: int) -> bytes:
    out = BytesIO()
    settings: dict[str, Any] = {"invariant": True, "initialFontName": font}
    made = canvas.Canvas(out, **settings)
    for page in range(first, first + count):
        made.setFont(font, 10)
        for line in range(_LINES):
            made.drawString(
                60, 780 - line * 16, f"page {page}, line {line}: carried from the landing to the house, {page * line}"
            )
        made.showPage()
    made.save()
    return out.getvalue()


def _merge(pages: int) -> tuple[float, float]:
    sources = _sources(pages)
    began = time.perf_counter()
    with Pdf.new() as merged:
        for data in sources:
            with Pdf.open(BytesIO(data)) as source:
                merged.pages.extend(source.pages)
        merged.save(BytesIO())
    return time.perf_counter() - began, peak_mib()


def _bind(pages: int) -> tuple[float, float]:
    sources = _sources(pages)
    dossier = _dossier(sources)
    documents = [Document(file.number, _giving(data)) for file, data in zip(dossier.files(), sources, strict=True)]
    began = time.perf_counter()
    planned = plan(dossier, documents)
    bind(_numbered(dossier, planned.pages), planned, documents)
    return time.perf_counter() - began, peak_mib()


def _giving(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def _dossier(sources: list[bytes]) -> Dossier:
    cover = Cover(
        "Measurement",
        "Measured pages",
        "M 1",
        "0" * 32,
        "D1",
        1,
        "2026-01-01T00:00:00.000000Z",
        "bench",
        "prosecution",
        "C2",
    )
    files = tuple(_file(f"E1.{at}", data) for at, data in enumerate(sources, start=1))
    return Dossier(cover, exhibits=(ExhibitEntry("e", "E1", (), "measured pages", (), (), "C2", "held", files),))


def _file(number: str, data: bytes) -> FileEntry:
    digests = hashlib.sha256(data).hexdigest(), hashlib.sha512(data).hexdigest()
    return FileEntry(
        number,
        number,
        f"{number}.pdf",
        "application/pdf",
        len(data),
        *digests,
        original=f"data/originals/E1/{number}.pdf",
    )


def _numbered(dossier: Dossier, pages: tuple[tuple[str, int], ...]) -> Dossier:
    counts = [(part, len(list(same))) for part, same in groupby(part for part, _page in pages)]
    places = [(part, page) for part, count in counts for page in range(1, count + 1)]
    return replace(
        dossier, pages=tuple(PageEntry(number, part, page) for number, (part, page) in enumerate(places, start=1))
    )
