"""Foreign pages are bound whole and stamped, or a slip-sheet says why not; the result is PDF/A-3b, always the same."""

import struct
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pikepdf import Array, Dictionary, Encryption, Name, ObjectStreamMode, Page, Pdf
from PIL import Image, ImageChops, ImageStat
from pypdfium2 import PdfDocument

from exports.binding import Document, bind, plan
from exports.binding.planning import Room
from exports.binding.stitching import DocumentChanged
from exports.binding.workshop import Workshop
from exports.contents import Dossier
from exports.pdf.appendix import Appendix, Treatment
from exports.press.order import MIB, Bounds, CannotAppend
from tests.conftest import VeraPDF
from tests.exports.dossiers import a_dossier, a_file, clean_pdf, loose_pdf, numbered, png, source

Bind = Callable[..., bytes]
One = Callable[..., tuple[Appendix, bytes]]


@pytest.fixture(scope="module")
def press() -> Iterator[Workshop]:
    with Workshop() as workshop:
        yield workshop


@pytest.fixture
def bound(press: Workshop) -> Bind:
    def make(dossier: Dossier, documents: list[Document], room: Room | None = None) -> bytes:
        planned = plan(dossier, documents, room, press)
        return bind(numbered(dossier, planned), planned, documents)

    return make


@pytest.fixture
def one(press: Workshop) -> One:
    def make(data: bytes, name: str = "a.pdf", media_type: str = "application/pdf") -> tuple[Appendix, bytes]:
        dossier, documents = a_dossier(a_file(name=name, media_type=media_type)), [source("E1.1", data)]
        planned = plan(dossier, documents, workshop=press)
        return planned.appendices[0], bind(numbered(dossier, planned), planned, documents)

    return make


def text_of(pdf: bytes, page: int = -1) -> str:
    with PdfDocument(pdf) as document:
        return document[page % len(document)].get_textpage().get_text_bounded()


def picture_of(pdf: bytes, page: int = -1) -> Image.Image:
    with PdfDocument(pdf) as document:
        return document[page % len(document)].render(scale=1).to_pil().convert("RGB")


def is_red(dot: object) -> bool:
    red, green, blue = dot  # a dot of an RGB picture
    return bool(red > 150 and green < 90 and blue < 90)


def test_pages_with_embedded_fonts_are_copied_with_their_text(one: One) -> None:
    appendix, pdf = one(clean_pdf("first page ሰላም", "second page مرحبا"))

    assert appendix.treatment is Treatment.COPIED
    assert appendix.pages == 2
    assert "second page" in text_of(pdf)
    assert "first page ሰላም" in text_of(pdf, -2)
    assert "E1.1" in text_of(pdf)


def test_pages_that_break_the_rules_are_pictured_and_their_words_still_found(one: One) -> None:
    appendix, pdf = one(loose_pdf("Hello from Helvetica"))

    assert appendix.treatment is Treatment.PICTURED
    assert "rules of PDF/A" in appendix.because
    assert "Hello from Helvetica" in text_of(pdf)
    assert "picture of the page" in text_of(pdf)


def test_every_kind_bound_together_is_pdf_a(verapdf: VeraPDF, tmp_path: Path) -> None:
    files = [
        a_file("E1.1"),
        a_file("E1.2"),
        a_file("E1.3", "p.png", "image/png"),
        a_file("E1.4", "x.docx", "application/x"),
    ]
    sources = [
        source("E1.1", clean_pdf("copied")),
        source("E1.2", loose_pdf("pictured")),
        source("E1.3", png(300, 200)),
        source("E1.4", b"PK no pages"),
    ]
    dossier = a_dossier(*files)
    planned = plan(dossier, sources)
    (tmp_path / "dossier.pdf").write_bytes(bind(numbered(dossier, planned), planned, sources))

    assert [str(found.treatment) for found in planned.appendices] == ["copied", "pictured", "copied", "slip"]
    verdict = verapdf(tmp_path / "dossier.pdf")
    assert verdict.failures == ()
    assert verdict.passed


def test_real_and_hostile_files_of_the_corpus_bind_to_pdf_a(
    verapdf: VeraPDF, corpus: Path, tmp_path: Path, bound: Bind
) -> None:
    paths = sorted([*(corpus / "hostile_pdf").glob("*.pdf"), *(corpus / "images").iterdir()])
    paths += [corpus / "documents_pdf" / name for name in ("rotation.pdf", "habibi.pdf", "pdflatex-forms.pdf")]
    files = [
        a_file(f"E1.{at}", path.name, "application/pdf" if path.suffix == ".pdf" else "image/x")
        for at, path in enumerate(paths, start=1)
    ]
    sources = [Document(file.number, path.read_bytes) for file, path in zip(files, paths, strict=True)]

    pdf = bound(a_dossier(*files), sources)
    (tmp_path / "dossier.pdf").write_bytes(pdf)

    assert verapdf(tmp_path / "dossier.pdf").failures == ()


def test_the_same_documents_give_the_same_bytes_whether_kept_or_made_anew(bound: Bind) -> None:
    dossier = a_dossier(a_file("E1.1"), a_file("E1.2", "p.png", "image/png"))
    documents = [source("E1.1", loose_pdf()), source("E1.2", png(90, 60))]

    assert bound(dossier, documents) == bound(dossier, documents) == bound(dossier, documents, Room(kept=0))


def test_page_numbers_are_those_of_the_table() -> None:
    dossier, documents = a_dossier(a_file()), [source("E1.1", clean_pdf("a", "b"))]
    planned = plan(dossier, documents)

    pdf = bind(numbered(dossier, planned, first=501), planned, documents)

    assert planned.counts()[0][0] == "dossier"
    assert planned.counts()[1] == ("E1.1", 2)
    assert str(500 + len(planned.pages)) in text_of(pdf)
    with Pdf.open(BytesIO(pdf)) as held:
        assert held.pages[0].label == "501"


def test_exhibits_and_files_stand_in_the_bookmarks(one: One) -> None:
    _, pdf = one(clean_pdf("a"))

    with Pdf.open(BytesIO(pdf)) as held, held.open_outline() as outline:
        titles = [item.title for item in outline.root]
        inner = [child.title for item in outline.root for child in item.children]
    assert "Pages of exhibit E1" in titles
    assert "E1.1  a.pdf" in inner


def test_a_turned_page_is_shown_as_a_viewer_shows_it(one: One) -> None:
    with Pdf.new() as pdf:
        content = pdf.make_stream(b"1 0 0 rg 0 742 100 100 re f")
        leaf = Dictionary(
            Type=Name.Page, MediaBox=Array([0, 0, 595, 842]), Contents=content, Rotate=90, Resources=Dictionary()
        )
        pdf.pages.append(Page(pdf.make_indirect(leaf)))
        out = BytesIO()
        pdf.save(out)
    appendix, whole = one(out.getvalue())
    drawn = picture_of(whole)

    assert appendix.treatment is Treatment.COPIED
    assert drawn.width > drawn.height
    assert is_red(drawn.getpixel((drawn.width - 100, 70)))
    assert not is_red(drawn.getpixel((100, 70)))


def test_only_what_the_crop_shows_is_shown(one: One) -> None:
    data = loose_pdf("visible", CropBox=Array([0, 600, 300, 800]))
    appendix, _ = one(data)

    assert appendix.sizes == ((300.0, 200.0),)


def test_a_page_that_cannot_be_read_is_told_of_in_its_place(one: One) -> None:
    with Pdf.open(BytesIO(clean_pdf("first", "second", "third"))) as pdf:
        pdf.pages[1].obj.MediaBox = Array([0, 0, 1, 1])
        out = BytesIO()
        pdf.save(out)

    appendix, whole = one(out.getvalue())

    assert (appendix.pages, appendix.lost) == (3, (1,))
    assert "first" in text_of(whole, -3)
    assert "Page 2 of this file is damaged and could not be read." in " ".join(text_of(whole, -2).split())
    assert "third" in text_of(whole, -1)


def test_a_damaged_file_that_was_put_right_says_so_on_its_pages(one: One) -> None:
    data = clean_pdf("whole")

    appendix, _ = one(data[: data.rindex(b"startxref")])

    assert "damaged" in appendix.note


@pytest.mark.parametrize(
    "name", ["testPDF_rotated", "testAnnotations", "pdflatex-image", "minimal-document", "testComment"]
)
def test_a_bound_page_looks_like_the_original(press: Workshop, corpus: Path, name: str) -> None:
    data = (corpus / "documents_pdf" / f"{name}.pdf").read_bytes()

    made = press.make("pdf", data, Bounds())

    assert not made.pictured
    with PdfDocument(data) as before, PdfDocument(made.pdf) as after:
        if before.get_formtype():
            before.init_forms()
        for old, new in zip(before, after, strict=True):
            pictures = [page.render(scale=1).to_pil().convert("L") for page in (old, new)]
            difference = ImageChops.difference(pictures[0], pictures[1].resize(pictures[0].size))
            assert ImageStat.Stat(difference).mean[0] < 1


def test_a_photo_is_turned_upright(one: One) -> None:
    picture = Image.new("RGB", (120, 80), "white")
    picture.paste((220, 20, 20), (0, 0, 40, 80))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = BytesIO()
    picture.save(out, "JPEG", exif=exif, dpi=(72, 72))

    appendix, pdf = one(out.getvalue(), "p.jpg", "image/jpeg")
    drawn = picture_of(pdf)

    assert appendix.sizes == ((80.0, 120.0),)
    assert is_red(drawn.getpixel((drawn.width // 2, 44 + 20)))
    assert not is_red(drawn.getpixel((drawn.width // 2, 44 + 100)))


def test_every_page_of_a_paged_image_is_bound(one: One) -> None:
    out = BytesIO()
    Image.new("1", (300, 400), 1).save(out, "TIFF", save_all=True, append_images=[Image.new("L", (300, 400), 90)])

    assert one(out.getvalue(), "scan.tif", "image/tiff")[0].pages == 2


def locked() -> bytes:
    out = BytesIO()
    with Pdf.open(BytesIO(clean_pdf("secret"))) as pdf:
        pdf.save(out, encryption=Encryption(owner="o", user="u"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "media_type", "because"),
    [
        (locked(), "application/pdf", "password"),
        (b"%PDF-1.7\nnothing more", "application/pdf", "damaged"),
        (b"", "application/pdf", "no bytes"),
        (b"<svg/>", "image/svg+xml", "no pages of its own"),
        (b"PK\x03\x04", "application/zip", "no pages of its own"),
        (b"no picture at all", "image/jpeg", "not an image"),
        (png(300, 200)[:80], "image/png", "damaged"),
    ],
    ids=["locked", "damaged", "empty", "drawing", "archive", "nonsense", "cut"],
)
def test_what_cannot_be_appended_gets_a_slip_sheet_with_the_reason(
    data: bytes, media_type: str, because: str, one: One
) -> None:
    appendix, pdf = one(data, "x", media_type)

    assert appendix.treatment is Treatment.SLIP
    assert because in appendix.because
    assert because in " ".join(text_of(pdf).split())


def test_a_withheld_file_is_never_even_fetched(bound: Bind) -> None:
    def never() -> bytes:
        raise AssertionError("the bytes of a withheld file were asked for")

    withheld = replace(a_file(), withheld_because="its text holds the name of a protected person")

    pdf = bound(a_dossier(withheld), [Document("E1.1", never)])

    assert "protected person" in text_of(pdf)


def test_a_document_that_changed_after_planning_is_noticed() -> None:
    dossier = a_dossier(a_file())
    planned = plan(dossier, [source("E1.1", clean_pdf("a", "b"))], Room(kept=0))

    with pytest.raises(DocumentChanged):
        bind(numbered(dossier, planned), planned, [source("E1.1", clean_pdf("a"))])
    with pytest.raises(DocumentChanged):
        bind(numbered(dossier, planned), planned, [])


def test_a_document_that_never_ends_is_stopped_in_time(press: Workshop) -> None:
    endless = b"q 1 0 0 1 0 0 cm 0 0 m 500 700 500 20 20 600 c S Q " * 4_000_000
    with Pdf.open(BytesIO(loose_pdf())) as pdf:
        pdf.pages[0].contents_add(pdf.make_stream(zlib.compress(endless), Filter=Name.FlateDecode))
        out = BytesIO()
        pdf.save(out)
    started = time.monotonic()

    with pytest.raises(CannotAppend, match="seconds"):
        press.make("pdf", out.getvalue(), Bounds(seconds=2))

    assert time.monotonic() - started < 15
    assert press.make("pdf", clean_pdf("still here"), Bounds()).sizes == ((595.0, 842.0),)


def test_an_image_of_absurd_size_is_refused_before_it_is_unpacked(press: Workshop) -> None:
    side = 60_000
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    )

    with pytest.raises(CannotAppend, match="60,000 by 60,000"):
        press.make("image", data, Bounds())


def test_a_document_with_too_many_pages_or_bytes_is_refused(press: Workshop) -> None:
    with pytest.raises(CannotAppend, match="3 pages"):
        press.make("pdf", clean_pdf("a", "b", "c"), Bounds(pages=2))
    with pytest.raises(CannotAppend, match="bytes"):
        press.make("pdf", clean_pdf("a"), Bounds(document_bytes=10))


def test_memory_of_the_press_is_bounded(press: Workshop) -> None:
    with pytest.raises(CannotAppend):
        press.make("image", png(7000, 7000), Bounds(memory=420 * MIB))


def test_nothing_of_a_document_reaches_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one: One) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    one(loose_pdf("secret"))

    assert list(tmp_path.iterdir()) == []


def test_scripts_and_attachments_of_a_document_do_not_come_along(one: One) -> None:
    with Pdf.open(BytesIO(clean_pdf("a"))) as pdf:
        pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
        pdf.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.Launch, F="evil.exe"))
        pdf.attachments["inner.bin"] = b"payload"
        out = BytesIO()
        pdf.save(out)

    _, whole = one(out.getvalue())

    with Pdf.open(BytesIO(whole)) as held:
        unpacked = BytesIO()
        held.save(unpacked, compress_streams=False, object_stream_mode=ObjectStreamMode.disable)
    assert b"JavaScript" not in unpacked.getvalue()
    assert b"evil.exe" not in unpacked.getvalue()
    assert b"payload" not in unpacked.getvalue()
