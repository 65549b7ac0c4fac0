"""Measure binding against what pikepdf alone needs to merge the same documents, in the same minute."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TypeVar

from pikepdf import Pdf

from core import clock
from exports.binding.planning import Document, plan
from exports.binding.stitching import bind_into
from exports.contents import Cover, Dossier, ExhibitEntry, FileEntry, PageEntry
from exports.lettering.ink import Pen, blank_canvas
from exports.lettering.setting import set_paragraph
from exports.pdf.archival import declare, settings

_DOCUMENTS = 20
_MADE_AT = "2026-01-01T00:00:00.000000Z"
_WORDS = "The account was opened on the day of the crossing and emptied on the next.  " * 24
_KIB = 1024

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timing:
    """What one run took: seconds by the clock, processor seconds, and the peak of memory in MiB."""

    pages: int
    merge: float
    plan: float
    bind: float
    merge_work: float
    plan_work: float
    bind_work: float
    peak: float
    press_peak: float

    @property
    def ratio(self) -> float:
        """Planning and binding together, as a multiple of merging alone (processor time)."""
        return (self.plan_work + self.bind_work) / self.merge_work

    @property
    def bind_ratio(self) -> float:
        """Binding what is planned, as a multiple of merging alone (processor time)."""
        return self.bind_work / self.merge_work


def bench_binding(pages: int = 1000) -> Timing:
    """Bind a dossier with so many appended pages of text and time it beside a plain merge of the same documents."""
    each = max(1, pages // _DOCUMENTS)
    data = _document(each)
    numbers = [f"E1.{at}" for at in range(1, _DOCUMENTS + 1)]
    merge, merge_work, _ = _timed(lambda: _merged([data] * _DOCUMENTS))
    documents = [Document(number, lambda: data) for number in numbers]
    dossier = _dossier(numbers, len(data))
    plan_time, plan_work, planned = _timed(lambda: plan(dossier, documents))
    given = tuple(PageEntry(at, *place) for at, place in enumerate(planned.pages, start=1))
    out = BytesIO()
    bind_time, bind_work, _ = _timed(lambda: bind_into(out, replace(dossier, pages=given), planned, documents))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB
    press = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _KIB
    return Timing(each * _DOCUMENTS, merge, plan_time, bind_time, merge_work, plan_work, bind_work, peak, press)


def _timed(work: Callable[[], T]) -> tuple[float, float, T]:
    started, before = time.perf_counter(), _work()
    result = work()
    return time.perf_counter() - started, _work() - before, result


def _work() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _document(pages: int) -> bytes:
    stream = BytesIO()
    canvas = blank_canvas(stream, title="t", author="a", subject="s", language="en")
    pen = Pen(canvas)
    for page in range(pages):
        for at, line in enumerate(set_paragraph(f"{page + 1}.  {_WORDS}", 480, 10)):
            pen.write(line, 56, 780 - 14 * at)
        canvas.showPage()
    canvas.save()
    with Pdf.open(BytesIO(stream.getvalue())) as pdf:
        declare(pdf, clock.parse(_MADE_AT), "en")
        out = BytesIO()
        pdf.save(out, **settings())
    return out.getvalue()


def _merged(documents: list[bytes]) -> bytes:
    out = BytesIO()
    opened = [Pdf.open(BytesIO(data)) for data in documents]
    with Pdf.new() as target:
        for pdf in opened:
            target.pages.extend(pdf.pages)
        target.save(out)
    return out.getvalue()


def _dossier(numbers: list[str], size: int) -> Dossier:
    files = tuple(
        FileEntry(number, number, f"{number}.pdf", "application/pdf", size, "0" * 64, "0" * 128) for number in numbers
    )
    exhibit = ExhibitEntry("e", "E1", (), "Statements", (), (), "C2", "held", files)
    cover = Cover("Office", "Case", "1", "c", "D1", 1, _MADE_AT, "bench", "prosecution", "H0")
    return Dossier(cover, exhibits=(exhibit,))
