"""PDF, office files and spreadsheets: each text at its page, paragraph, or row, and nothing fetched or run."""

import io
import shutil
import zipfile

import openpyxl
import pikepdf
import pytest
from openpyxl.comments import Comment
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

from evidence.extraction.reading import State
from evidence.pinpoints import Pinpoint
from tests.conftest import ROOT, leave_out
from tests.evidence.extraction.hands import places, read, text_of, zipped

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"


def pdf(*pages: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for page in pages:
        canvas.drawString(72, 720, page)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def package(main: str, parts: dict[str, str | bytes]) -> bytes:
    return zipped({"[Content_Types].xml": f'<Types><Override ContentType="{main}"/></Types>', **parts})


def word(*paragraphs: str, **more: str | bytes) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{one}</w:t></w:r></w:p>" for one in paragraphs)
    parts = {"word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>"}
    return package(WORD, {**parts, **{name.replace("__", "/"): value for name, value in more.items()}})


def test_a_pdf_is_read_page_by_page():
    reading, _ = read(pdf("Meet at the harbour", "Pay 3000 on arrival"), "note.pdf")

    assert [(one.text, one.pinpoint) for one in reading.passages] == [
        ("Meet at the harbour", Pinpoint(page=1)),
        ("Pay 3000 on arrival", Pinpoint(page=2)),
    ]
    assert reading.metadata["pages"] == "2"
    assert reading.tool == "pypdfium2"


def test_attachments_of_a_pdf_come_out_byte_for_byte():
    document = pikepdf.open(io.BytesIO(pdf("See the list")))
    document.attachments["list.bin"] = pikepdf.AttachedFileSpec(document, bytes(range(256)), filename="list.bin")
    out = io.BytesIO()
    document.save(out)
    reading, hands = read(out.getvalue(), "note.pdf")

    assert hands.whole == {"list.bin": bytes(range(256))}
    assert reading.members == 1


def test_a_locked_pdf_says_that_it_needs_its_password():
    document = pikepdf.open(io.BytesIO(pdf("Secret")))
    out = io.BytesIO()
    document.save(out, encryption=pikepdf.Encryption(user="open", owner="own"))
    reading, _ = read(out.getvalue(), "locked.pdf")

    assert (reading.state, reading.passages) == (State.REFUSED, ())
    assert "password" in reading.because


@pytest.mark.parametrize("kept", [20, 200, 600])
def test_a_pdf_cut_short_never_ends_without_a_reason(kept):
    reading, _ = read(pdf("Meet at the harbour")[:kept], "cut.pdf")

    assert reading.state in {State.REFUSED, State.FAILED, State.EMPTY} or reading.because
    assert reading.because


def test_a_pdf_with_a_zip_behind_it_is_one_pdf():
    reading, hands = read(pdf("Only this") + zipped({"a.txt": "x"}), "both.pdf")

    assert reading.media_type == "application/pdf"
    assert text_of(reading) == "Only this"
    assert hands.whole == {}


def test_a_page_that_is_a_picture_is_recognised_where_tesseract_is():
    if not shutil.which("tesseract"):
        leave_out("tesseract is not installed, so text in pictures is not read")
    picture = Image.new("L", (1200, 300), 255)
    font = ImageFont.truetype(str(next((ROOT / "exports" / "fonts").glob("NotoSans-Regular.ttf"))), 64)
    ImageDraw.Draw(picture).text((60, 100), "HARBOUR AT MIDNIGHT", fill=0, font=font)
    out = io.BytesIO()
    picture.save(out, "PDF", resolution=150)
    reading, _ = read(out.getvalue(), "scan.pdf")

    assert "MIDNIGHT" in text_of(reading)
    assert places(reading) == ["page 1"]
    assert reading.metadata["pages without a text layer"] == "1"


def test_a_word_document_gives_paragraphs_comments_and_embedded_files():
    comments = f"<w:comments {W}><w:comment><w:p><w:r><w:t>who is Ana?</w:t></w:r></w:p></w:comment></w:comments>"
    content = word("First", "دفعت المبلغ", **{"word/comments.xml": comments, "word/embeddings/list.bin": b"\0\1\2"})
    reading, hands = read(content, "letter.docx")

    assert text_of(reading).split() == ["First", "دفعت", "المبلغ", "who", "is", "Ana?"]
    assert places(reading) == ["paragraph 1", "comments, paragraph 1"]
    assert hands.whole == {"word/embeddings/list.bin": b"\0\1\2"}


def test_what_a_document_points_to_is_shown_and_not_fetched():
    rels = '<Relationships><Relationship Target="http://203.0.113.9/t.dotm" TargetMode="External"/></Relationships>'
    reading, _ = read(word("Dear", **{"word/_rels/settings.xml.rels": rels}), "letter.docx")

    assert "[points to] http://203.0.113.9/t.dotm" in text_of(reading)


TRICK = "<!DOCTYPE x [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "trick.docx",
            package(WORD, {"word/document.xml": f"{TRICK}<w:document {W}><w:p><w:t>&x;</w:t></w:p></w:document>"}),
        ),
        (
            "trick.xlsx",
            package(
                SHEET, {"xl/sharedStrings.xml": f"{TRICK}<sst><si><t>&x;</t></si></sst>", "xl/workbook.xml": "<a/>"}
            ),
        ),
    ],
)
def test_a_document_type_in_an_office_file_opens_no_file(name, content):
    reading, _ = read(content, name)

    assert "root" not in text_of(reading)
    assert "document type" in reading.because


def test_a_document_that_unpacks_to_a_gigabyte_is_refused_before_it_is_unpacked():
    content = bytearray(word("x"))
    place = content.rindex(b"PK\x01\x02")
    content[place + 24 : place + 28] = (1 << 30).to_bytes(4, "little")
    reading, _ = read(bytes(content), "bomb.docx")

    assert reading.state is State.REFUSED
    assert "1,073,7" in reading.because


def test_slides_are_pages_and_notes_stand_beside_them():
    def text(words: str) -> str:
        return f'<p:x xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>{words}</a:t></a:r></a:p></p:x>'

    parts = {"ppt/slides/slide2.xml": text("second"), "ppt/slides/slide1.xml": text("first")}
    reading, _ = read(package(SLIDES, {**parts, "ppt/notesSlides/notesSlide1.xml": text("aside")}), "talk.pptx")

    assert [(one.text, one.pinpoint.words()) for one in reading.passages] == [
        ("first", "page 1"),
        ("second", "page 2"),
        ("aside", "page 1, notes"),
    ]


def test_cells_of_a_workbook_stand_at_their_sheet_and_row():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Ledger"
    sheet["B3"], sheet["C3"] = "Ana", 3000
    sheet["B3"].comment = Comment("paid late", "Sami")
    hidden = book.create_sheet("Second book")
    hidden["A1"] = "+49 176 12345678"
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    reading, _ = read(out.getvalue(), "ledger.xlsx")

    assert [(one.text, one.pinpoint) for one in reading.passages][:2] == [
        ("Ana | 3000", Pinpoint(sheet="Ledger", row=3)),
        ("+49 176 12345678", Pinpoint(sheet="Second book", row=1)),
    ]
    assert "paid late" in text_of(reading)
    assert reading.metadata["hidden sheet"] == "Second book"


def test_an_opendocument_table_counts_repeated_rows():
    office = 'xmlns:table="urn:t" xmlns:text="urn:x"'
    row = "<table:table-row><table:table-cell><text:p>Ana</text:p></table:table-cell></table:table-row>"
    table = f'<table:table table:name="Ledger"><table:table-row table:number-rows-repeated="41"/>{row}</table:table>'
    parts = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": f"<x {office}>{table}</x>"}
    reading, _ = read(zipped(parts, zipfile.ZIP_STORED), "ledger.ods")

    assert places(reading) == ["sheet Ledger, row 42"]


def test_rtf_is_read_in_the_code_page_of_each_font():
    arabic = "".join(f"\\'{byte:02x}" for byte in "محمد".encode("cp1256"))
    document = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset178 Arial;}}"
        rb"{\info{\author Sami}}\f0 Name: \f1 " + arabic.encode() + rb"\f0\par Caf\'e9 \u20013?}"
    )
    reading, _ = read(document, "letter.rtf")

    assert text_of(reading).split() == ["Name:", "محمد", "Café", "中"]
    assert reading.metadata["author"] == "Sami"


def test_a_part_that_is_not_well_formed_is_told():
    reading, _ = read(package(WORD, {"word/document.xml": f"<w:document {W}><w:p><w:t>half"}), "cut.docx")

    assert "not well formed" in reading.because
