"""Papers of the sample made at run time, the same bytes each time: PDF, Office, photo, mail, archive."""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import openpyxl
from PIL import ExifTags, Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

_FONTS: Final = Path(__file__).resolve().parents[2] / "exports" / "fonts"
_SANS, _ETHIOPIC = "SampleSans", "SampleEthiopic"
_LETTERS: Final = "\u1200-\u139f\u2d80-\u2ddf"
_STILL: Final = (2026, 3, 18, 5, 0, 0)
_NOW_WRITTEN: Final = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")
_WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pdf(title: str, lines: Sequence[str]) -> bytes:
    """A page of lines with its title; Latin and Ethiopic letters in embedded fonts."""
    for name, file in ((_SANS, "NotoSans-Regular.ttf"), (_ETHIOPIC, "NotoSansEthiopic-Regular.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(_FONTS / file)))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    canvas.setTitle(title)
    canvas.setAuthor("invented for a demonstration")
    height = A4[1] - 72
    for line in lines:
        words = canvas.beginText(56, height)
        for font, run in _runs(line):
            words.setFont(font, 10)
            words.textOut(run)
        canvas.drawText(words)
        height -= 16
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _runs(line: str) -> Iterable[tuple[str, str]]:
    """The line in stretches of one font."""
    for found in re.finditer(rf"[{_LETTERS}]+(?: +[{_LETTERS}]+)*|[^{_LETTERS}]+", line):
        yield (_ETHIOPIC if "\u1200" <= found[0][0] <= "\u2ddf" else _SANS), found[0]


def docx(paragraphs: Sequence[tuple[str, str, bool]]) -> bytes:
    """A word processor's document of paragraphs, each with its language and whether it runs from right to left."""
    body = "".join(_paragraph(*one) for one in paragraphs)
    declared = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    parts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{_TYPES}"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
            'Target="word/document.xml"/></Relationships>'
        ),
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
    }
    return archive({name: (declared + text).encode() for name, text in parts.items()})


def _paragraph(text: str, language: str, leftward: bool) -> str:  # noqa: FBT001 - a row of a table
    direction = "<w:pPr><w:bidi/></w:pPr>" if leftward else ""
    right = "<w:rtl/>" if leftward else ""
    kind = "bidi" if leftward else "val"
    return (
        f'<w:p>{direction}<w:r><w:rPr>{right}<w:lang w:{kind}="{language}"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
    )


def xlsx(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """A workbook of sheets; whole numbers are numbers, everything else is text."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([int(cell) if cell.isdigit() else cell for cell in row])
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    # The library writes the present time into the file; a sample is the same whenever it is made.
    core = "docProps/core.xml"
    parts[core] = _NOW_WRITTEN.sub(rb"\g<1>2026-03-18T05:00:00Z\g<3>", parts[core])
    return archive(parts)


def archive(parts: Mapping[str, bytes]) -> bytes:
    """A zip archive whose entries all bear one fixed time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, _STILL)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            made.writestr(entry, data)
    return out.getvalue()


def photo(words: str, latitude: float, longitude: float, taken: str) -> bytes:
    """A drawn picture as a camera would have saved it: with its make, the time and the place in EXIF."""
    picture = Image.new("RGB", (960, 640), (28, 34, 46))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 430, 960, 640), fill=(52, 56, 60))
    draw.rectangle((120, 220, 640, 470), fill=(196, 202, 208))
    draw.rectangle((660, 300, 820, 470), fill=(90, 118, 150))
    for left in (170, 300, 690):
        draw.ellipse((left, 440, left + 80, 520), fill=(15, 15, 18))
    draw.text((150, 330), words, fill=(30, 30, 40))
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Example"
    exif[ExifTags.Base.Model] = "Pocket 3"
    exif[ExifTags.Base.DateTime] = taken
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = taken
    details[ExifTags.Base.OffsetTimeOriginal] = "+01:00"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = "N" if latitude >= 0 else "S"
    place[ExifTags.GPS.GPSLatitude] = _degrees(latitude)
    place[ExifTags.GPS.GPSLongitudeRef] = "E" if longitude >= 0 else "W"
    place[ExifTags.GPS.GPSLongitude] = _degrees(longitude)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80, exif=exif)
    return out.getvalue()


def _degrees(value: float) -> tuple[float, float, float]:
    whole = abs(value)
    minutes = (whole - int(whole)) * 60
    return float(int(whole)), float(int(minutes)), round((minutes - int(minutes)) * 60, 2)


def mail(subject: str, sender: str, receiver: str, date: str, body: str, attachments: Mapping[str, bytes]) -> bytes:
    """An e-mail with its attachments, as it lies in a mailbox."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = receiver
    message["Subject"] = subject
    message["Date"] = date
    message["Message-ID"] = "<20260314-0042@meridian.example>"
    message.set_content(body)
    for name, data in attachments.items():
        main, _, sub = {"csv": "text/csv", "pdf": "application/pdf"}[name.rpartition(".")[2]].partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    message.set_boundary("=_sample_boundary_2026")
    return message.as_bytes()
