"""Makers of dossiers and documents for the tests of layout and binding."""

import struct
import zlib
from dataclasses import replace
from io import BytesIO

from pikepdf import Array, Dictionary, Name, Page, Pdf

from exports.binding import Document, Plan
from exports.contents import (
    Cover,
    CustodyEntry,
    Dossier,
    ExhibitEntry,
    FactEntry,
    FileEntry,
    GapEntry,
    HashEntry,
    MoneyRow,
    MoneySchedule,
    PageEntry,
    PersonEntry,
    RoleEntry,
    SignOff,
)
from exports.lettering.faces import Style
from exports.lettering.ink import Pen, blank_canvas
from exports.lettering.setting import set_line

AT = "2026-03-0{}T10:00:00.000000Z"


def a_file(number: str = "E1.1", name: str = "statement.pdf", media_type: str = "application/pdf") -> FileEntry:
    return FileEntry(
        f"id-{number}",
        number,
        name,
        media_type,
        1234,
        "ab" * 32,
        "cd" * 64,
        reading="read",
        original=f"data/originals/{number}",
        hashes=(HashEntry("MD5", "0f" * 16, "E01 container", "Laboratory", AT.format(4), "not comparable"),),
    )


def an_entry(position: int, act: str, day: int) -> CustodyEntry:
    at = AT.format(day)
    return CustodyEntry(
        position, at, at, act, "K. Novak", "vessel", "store", "shelf B4", "S1", "S2", "bag intact", "ef" * 32, "{}"
    )


def an_exhibit(*files: FileEntry, number: str = "E1") -> ExhibitEntry:
    return ExhibitEntry(
        f"id-{number}",
        number,
        (("Police", "2026/114-B"),),
        "Mobile telephone, black",
        (("Found at", "cabin 3"),),
        (("Warrant", "GI-2026-0331"),),
        "C2",
        "held",
        files,
        (an_entry(1, "seize", 1), an_entry(2, "store", 5)),
        (GapEntry(AT.format(2), AT.format(4), "the driver was not there", "Offered and not accepted"),),
        (FactEntry("ገንዘቡ ተልኳል ለመሐመድ", "fact", "page 1", "E1.1"),),
    )


def a_schedule(result: str = "reconciled", rows: int = 3) -> MoneySchedule:
    amounts = ("1500.00", "-20.5", "0.125")
    booked = tuple(
        MoneyRow(
            at + 1, "2026-03-01", "2026-03-02", amounts[at % 3], "EUR", "credit", "احمد", "loan",
            f"{at};01.03.;x", f"row {at + 2}", "E1.1", "read",
        )
        for at in range(rows)
    )  # fmt: skip
    return MoneySchedule(
        "DE89 3704", "A. Rahimi", "E1.1", "1000.00", "2479.63", "2479.625", "EUR", result, "0.005", booked
    )


def a_dossier(
    *files: FileEntry, schedules: tuple[MoneySchedule, ...] = (), weaknesses: tuple[str, ...] = ()
) -> Dossier:
    cover = Cover(
        "Prosecution Office", "The vessel AMAL – القارب أمل", "PV-2026-0417", "case-id", "D1", 2,
        "2026-11-24T22:26:38.123456Z", "E. Vella", "prosecution", "H1", "Dossier for the court", "Criminal Court",
    )  # fmt: skip
    people = (
        PersonEntry("A. Rahimi", "person", ("Ahmad Rahimi", "احمد رحیمی"), (RoleEntry("accused", AT.format(2)),)),
        PersonEntry("W1", "person", (), (RoleEntry("witness"),), protected=True),
    )
    signed = (SignOff("M. Borg", "supervisor", "approved", AT.format(9), "Checked."),)
    return Dossier(cover, people, (an_exhibit(*files),), schedules, signed, weaknesses)


def numbered(dossier: Dossier, plan: Plan, first: int = 1) -> Dossier:
    """Give the dossier with the page numbers that a table would hand out, starting at *first*."""
    given = (PageEntry(first + at, part, page) for at, (part, page) in enumerate(plan.pages))
    return replace(dossier, pages=tuple(given))


def source(number: str, data: bytes) -> Document:
    return Document(number, lambda: data)


def clean_pdf(*texts: str, size: tuple[float, float] = (595, 842)) -> bytes:
    """Make a PDF with embedded fonts whose pages can be copied as they are."""
    out = BytesIO()
    canvas = blank_canvas(out, title="t", author="a", subject="s", language="en")
    pen = Pen(canvas)
    for text in texts:
        canvas.setPageSize(size)
        pen.write(set_line(text, 12, Style.REGULAR), 40, size[1] - 60)
        canvas.showPage()
    canvas.save()
    with Pdf.open(BytesIO(out.getvalue())) as pdf:
        for page in pdf.pages:
            if Name.Trans in page.obj:
                del page.obj[Name.Trans]
        clean = BytesIO()
        pdf.save(clean, deterministic_id=True)
    return clean.getvalue()


def loose_pdf(text: str = "Hello from Helvetica", rotate: int = 0, **page: object) -> bytes:
    """Make a PDF whose font is not embedded, so that its pages can only be pictured."""
    with Pdf.new() as pdf:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        resources = Dictionary(Font=Dictionary(F1=font))
        content = pdf.make_stream(f"BT /F1 24 Tf 40 700 Td ({text}) Tj ET".encode())
        leaf = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, 595, 842]),
            Resources=resources,
            Contents=content,
            Rotate=rotate,
            **page,
        )
        pdf.pages.append(Page(pdf.make_indirect(leaf)))
        out = BytesIO()
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def png(width: int, height: int, colour: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    """Make a picture of one colour without any library."""
    line = b"\0" + bytes(colour) * width
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(line * height)),
            (b"IEND", b""),
        )
    )
