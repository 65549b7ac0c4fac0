"""Reads PDF page by page: text layer, forms, notes, attachments; pages without text by OCR."""

import io
import time
from collections.abc import Callable, Iterator
from typing import Any

import pypdf
import pypdfium2 as pdfium
from PIL import Image
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from evidence.extraction.families.media import recognise
from evidence.extraction.findings import CannotRead, Enough, Findings, Source, plain
from evidence.pinpoints import Pinpoint

_DPI = 200
_OCR_PIXELS = 25_000_000
_PAGES = 20_000
_ENCRYPTED = "it is encrypted and opens only with its password"


def read(source: Source, found: Findings) -> None:
    """Read a PDF; a damaged or locked one says so, and damage to one page costs that page alone."""
    found.kind("application/pdf", "pypdfium2", str(pdfium.PYPDFIUM_INFO.version))
    content = source.bytes()
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as fault:
        because = _why(str(fault), content)
        if _ENCRYPTED in because or not _other_way(content, found):
            raise CannotRead(because) from fault
        found.weak(f"{because}; what is read of it comes from a second, more forgiving library")
        return
    document.init_forms()
    for name, value in document.get_metadata_dict(skip_empty=True).items():
        found.fact(name, value)
    count = len(document)
    found.fact("pages", count)
    _pages(document, min(count, _PAGES), found)
    if count > _PAGES:
        found.weak(f"only the first {_PAGES:,} of {count:,} pages are read")
    document.close()
    _inside(content, found)


def _why(said: str, content: bytes) -> str:
    if "password" in said.lower() or "security" in said.lower():
        return _ENCRYPTED
    if b"/Encrypt" in content:
        return f"it is encrypted in a way that cannot be opened ({said})"
    return f"it is damaged or no whole PDF ({said})"


def _other_way(content: bytes, found: Findings) -> bool:
    """Text of a damaged PDF by pypdf, which mends more; gives False if that finds nothing either."""
    said = False
    try:
        for number, page in enumerate(pypdf.PdfReader(io.BytesIO(content)).pages, 1):
            text = page.extract_text().strip()
            if text:
                found.text(text, Pinpoint(page=number))
                said = True
    except Enough:
        raise
    except Exception as fault:  # noqa: BLE001  # hostile bytes may raise anything; what was found before it stands
        if said:
            found.weak(f"the pages after that cannot be read ({plain(fault)})")
    return said


def _pages(document: pdfium.PdfDocument, count: int, found: Findings) -> None:
    until = time.monotonic() + found.seconds * 0.6
    scanned = late = 0
    for number in range(1, count + 1):
        try:
            page = document[number - 1]
            text = page.get_textpage().get_text_range().replace("\r\n", "\n").replace("\ufffe", "").strip()
            if not text and _has_picture(page):
                scanned += 1
                if time.monotonic() > until:
                    late += 1
                else:
                    text = recognise(_drawn(page), found)
        except (pdfium.PdfiumError, ValueError, OSError) as fault:
            found.weak(f"page {number} cannot be read ({plain(fault)})")
            continue
        if text:
            found.text(text, Pinpoint(page=number))
    if scanned:
        found.fact("pages without a text layer", scanned)
    if late:
        found.weak(f"{late} scanned pages were not recognised in the time one file has")


def _has_picture(page: pdfium.PdfPage) -> bool:
    return next(iter(page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)), None) is not None


def _drawn(page: pdfium.PdfPage) -> Image.Image:
    width, height = page.get_size()
    scale = min(_DPI / 72, (_OCR_PIXELS / max(1.0, width * height)) ** 0.5)
    drawn: Image.Image = page.render(scale=scale, grayscale=True).to_pil()
    return drawn


def _inside(content: bytes, found: Findings) -> None:
    """Forms, notes and attachments, by a second library; where it fails the pages still stand."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            found.fact("encryption", "encrypted; its pages open without a password")
            if reader.decrypt("") is pypdf.PasswordType.NOT_DECRYPTED:
                found.weak("its forms, notes and attachments are encrypted and open only with a password")
                return
    except Exception as fault:  # noqa: BLE001  # hostile bytes may raise anything; the reason is told, the pages stand
        found.weak(f"its forms, notes and attachments cannot be looked for ({plain(fault)})")
        return
    steps: tuple[tuple[str, Callable[[pypdf.PdfReader, Findings], None]], ...] = (
        ("form", _form),
        ("notes", _notes),
        ("attachments", _attachments),
    )
    for name, step in steps:
        try:
            step(reader, found)
        except Enough:
            raise
        except Exception as fault:  # noqa: BLE001  # as above
            found.weak(f"its {name} cannot be read ({plain(fault)})")


def _form(reader: pypdf.PdfReader, found: Findings) -> None:
    fields = reader.get_fields() or {}
    for name, field in list(fields.items())[:2_000]:
        value = field.get("/V")
        if value is not None and str(value).strip() and not isinstance(value, DictionaryObject | StreamObject):
            found.text(f"{name}: {str(value).removeprefix('/')}", Pinpoint(path=f"form field {name}"))
    root = reader.root_object
    form: Any = root["/AcroForm"].get_object() if "/AcroForm" in root else ()
    if "/XFA" in form:
        found.fact("form", "it holds an XFA form; only what its pages show is read")


def _notes(reader: pypdf.PdfReader, found: Findings) -> None:
    for number, page in enumerate(reader.pages, 1):
        for note in page.get("/Annots") or ():
            said = note.get_object()
            if isinstance(said, DictionaryObject) and said.get("/Contents") and said.get("/Subtype") != "/Widget":
                author = f"{said['/T']}: " if said.get("/T") else ""
                found.text(f"[note] {author}{said['/Contents']}", Pinpoint(page=number))
            link = said.get("/A") if isinstance(said, DictionaryObject) else None
            link = link.get_object() if link is not None else None
            if isinstance(link, DictionaryObject) and isinstance(link.get("/URI"), str):
                found.text(f"[link] {link['/URI']}", Pinpoint(page=number))


def _attachments(reader: pypdf.PdfReader, found: Findings) -> None:
    seen: set[int] = set()
    for name, place, file in _embedded(reader):
        stream = file.get_object()
        if id(stream) in seen or not isinstance(stream, StreamObject):
            continue
        seen.add(id(stream))
        found.member(name, "pdf attachment", _data(stream), parameters={"where": place})


def _data(stream: StreamObject) -> Iterator[bytes]:
    yield stream.get_data()


def _embedded(reader: pypdf.PdfReader) -> Iterator[tuple[str, str, DictionaryObject]]:
    names = reader.root_object.get("/Names")
    tree = names.get_object().get("/EmbeddedFiles") if names is not None else None
    if tree is not None:
        for specification in _leaves(tree.get_object(), depth=0):
            yield from _files(specification, "whole document")
    for number, page in enumerate(reader.pages, 1):
        for note in page.get("/Annots") or ():
            said = note.get_object()
            if isinstance(said, DictionaryObject) and said.get("/Subtype") == "/FileAttachment" and "/FS" in said:
                yield from _files(said["/FS"].get_object(), f"page {number}")


def _leaves(node: object, *, depth: int) -> Iterator[object]:
    if depth > 20 or not isinstance(node, DictionaryObject):
        return
    pairs = node.get("/Names")
    pairs = pairs.get_object() if pairs is not None else ()
    if isinstance(pairs, ArrayObject):
        yield from (one.get_object() for one in pairs[1::2])
    kids = node.get("/Kids")
    kids = kids.get_object() if kids is not None else ()
    if isinstance(kids, ArrayObject):
        for kid in kids:
            yield from _leaves(kid.get_object(), depth=depth + 1)


def _files(specification: object, place: str) -> Iterator[tuple[str, str, DictionaryObject]]:
    if not isinstance(specification, DictionaryObject) or "/EF" not in specification:
        return
    files = specification["/EF"].get_object()
    name = str(specification.get("/UF") or specification.get("/F") or "attachment")
    if isinstance(files, DictionaryObject):
        for slot, file in files.items():
            if slot in {"/F", "/UF", "/DOS", "/Mac", "/Unix"}:
                yield name, f"{place}, slot {slot[1:]}", file
