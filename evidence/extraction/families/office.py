"""Reads Word, PowerPoint, OpenDocument and RTF, old and new; embedded files come out as members."""

import io
import re

import kreuzberg
import msoffcrypto
from lxml import etree
from msoffcrypto.exceptions import FileFormatError

from evidence.extraction.families import rtf
from evidence.extraction.families.packages import Package, facts
from evidence.extraction.families.plain import element_name, in_groups
from evidence.extraction.findings import CannotRead, Findings, Source, plain
from evidence.pinpoints import Pinpoint

_ENCRYPTED = "it is encrypted and opens only with its password"
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "line-break": "\n", "s": " ", "noBreakHyphen": "-"}
_SKIPPED = {"instrText", "delInstrText", "tracked-changes", "fallback", "Fallback"}
_EXTERNAL = re.compile(
    rb'Target="([^"]{1,500})"[^>]*TargetMode="External"|TargetMode="External"[^>]*Target="([^"]{1,500})"'
)
_WORD_PARTS = (
    ("", ("word/document",)),
    ("footnotes", ("word/footnotes", "word/endnotes")),
    ("comments", ("word/comments",)),
    ("header or footer", ("word/header", "word/footer")),
)


def read(source: Source, found: Findings) -> None:
    """Read a document; encrypted ones say so."""
    media_type, content = source.kind.media_type, source.bytes()
    if media_type == "application/x-encrypted-office":
        found.kind(media_type, "msoffcrypto", "")
        raise CannotRead(_ENCRYPTED)
    if "wordprocessingml" in media_type:
        _word(content, media_type, found)
    elif "presentationml" in media_type:
        _slides(content, media_type, found)
    elif "opendocument" in media_type:
        _opendocument(content, media_type, found)
    elif media_type == "application/rtf":
        rtf.read(content, found)
    else:
        _older(content, media_type, found)


def _word(content: bytes, media_type: str, found: Findings) -> None:
    found.kind(media_type, "probanda office", "1")
    package = Package(content)
    _properties(package, found)
    if "word/document.xml" not in package.names:
        raise CannotRead("the package holds no document")
    for words, starts in _WORD_PARTS:
        names = [name for start in starts for name in package.under(start, ".xml")]
        for _, tree in package.trees(names, found):
            _numbered(_paragraphs(tree, {"p"}), words, found)
    _external(package, "word/_rels/", found)
    package.members(("word/",), "embedded in a document", found)
    if "word/vbaProject.bin" in package.names:
        found.fact("macros", "it carries macros, which are not read and never run")


def _numbered(paragraphs: list[str], words: str, found: Findings) -> None:
    """Send paragraphs in passages of the usual length, each with the number of the paragraph it begins with."""
    before = f"{words}, " if words else ""
    in_groups(((f"{before}paragraph {number}", text) for number, text in enumerate(paragraphs, 1)), found, "\n\n")


def _slides(content: bytes, media_type: str, found: Findings) -> None:
    found.kind(media_type, "probanda office", "1")
    package = Package(content)
    _properties(package, found)
    slides = package.under("ppt/slides/slide", ".xml")
    found.fact("slides", len(slides))
    for folder, words in (
        ("ppt/slides/slide", ""),
        ("ppt/notesSlides/notesSlide", "notes"),
        ("ppt/comments/", "comments"),
    ):
        for name, tree in package.trees(package.under(folder, ".xml"), found):
            number = int(re.sub(r"\D", "", name.rsplit("/", 1)[-1]) or 0) or None
            text = "\n".join(_paragraphs(tree, {"p", "text", "cm"}))
            if text.strip():
                found.text(text, Pinpoint(page=number, path=words or None))
    _external(package, "ppt/slides/_rels/", found)
    package.members(("ppt/",), "embedded in slides", found)


def _properties(package: Package, found: Findings) -> None:
    for _, tree in package.trees(["docProps/core.xml", "docProps/app.xml", "docProps/custom.xml"], found):
        facts(tree, found)


def _external(package: Package, folder: str, found: Findings) -> None:
    """What a document points to outside itself is shown and never fetched."""
    for name in package.under(folder, ".rels"):
        for first, second in _EXTERNAL.findall(package.content(name)):
            found.text(f"[points to] {(first or second).decode('utf-8', 'replace')}", Pinpoint(path="references"))


def _paragraphs(tree: etree._Element, names: set[str]) -> list[str]:
    """The text of each outermost paragraph, in order."""
    kept: list[str] = []
    inside = 0
    parts: list[str] = []
    skipped = 0
    for event, one in etree.iterwalk(tree, events=("start", "end")):
        name = element_name(one)
        opening = event == "start"
        if name in _SKIPPED:
            skipped += 1 if opening else -1
        if name in names:
            inside += 1 if opening else -1
            if (parts and not inside) or (opening and inside > 1):
                parts.append("\n")
        if inside and not skipped:
            parts.append(
                (_BREAKS.get(name, "") + (one.text or "")) if opening else (one.tail or "") if name not in names else ""
            )
        if not inside and parts:
            text = re.sub(r"[ \t]*\n[ \t\n]*", "\n", "".join(parts)).strip()
            kept += [text] if text else []
            parts = []
    return kept


def _opendocument(content: bytes, media_type: str, found: Findings) -> None:
    found.kind(media_type, "probanda office", "1")
    package = Package(content)
    if "META-INF/manifest.xml" in package.names and b"encryption-data" in package.content("META-INF/manifest.xml"):
        raise CannotRead(_ENCRYPTED)
    for _, tree in package.trees(["meta.xml"], found):
        facts(tree, found)
    for name, tree in package.trees(["content.xml", "styles.xml"], found):
        pages = [one for one in tree.iter() if element_name(one) == "page" and "drawing" in str(one.tag)]
        for number, one in enumerate(pages or [tree], 1):
            words = "header or footer" if name == "styles.xml" else ""
            paragraphs = _paragraphs(one, {"p", "h"})
            if pages:
                found.text("\n".join(paragraphs), Pinpoint(page=number, path=words or None))
            else:
                _numbered(paragraphs, words, found)
    package.members(("Pictures/", "Object", "media/"), "embedded in a document", found)


def _older(content: bytes, media_type: str, found: Findings) -> None:
    """Old Word and PowerPoint, whose text comes from kreuzberg without pages."""
    found.kind(media_type, "kreuzberg", kreuzberg.__version__)
    if _locked(content):
        raise CannotRead(_ENCRYPTED)
    result = plain_text(content, media_type)
    for name, value in (result.metadata or {}).items():
        if isinstance(value, str | int) and value:
            found.fact(str(name), value)
    found.text(result.content, Pinpoint())
    if not result.content.strip():
        found.weak("no text was found in it")
    if b"O\0l\0e\0" in content:
        found.weak("files embedded in it are not taken out: this older format is read for its text only")


def _locked(content: bytes) -> bool:
    try:
        return bool(msoffcrypto.OfficeFile(io.BytesIO(content)).is_encrypted())
    except (FileFormatError, OSError, ValueError, TypeError, KeyError, IndexError):
        return False


def plain_text(content: bytes, media_type: str) -> kreuzberg.ExtractionResult:
    """What kreuzberg makes of a document, without cache, OCR, network or guessing; raises CannotRead."""
    settings = kreuzberg.ExtractionConfig(use_cache=False, output_format="plain")
    try:
        return kreuzberg.extract_bytes_sync(content, media_type, settings)
    except (kreuzberg.KreuzbergError, ValueError, RuntimeError, OSError) as fault:
        raise CannotRead(f"its text cannot be read ({plain(fault)})") from fault
