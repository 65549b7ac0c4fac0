"""Reads text in any encoding, tables with separators, JSON, HTML, XML and SVG."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator

from lxml import etree, html

from evidence.extraction.families import chats
from evidence.extraction.families.encodings import decode
from evidence.extraction.findings import CannotRead, Findings, Source, plain
from evidence.extraction.reading import PASSAGE, split
from evidence.pinpoints import Pinpoint

_MOST = 128 * 1024 * 1024
_DELIMITERS = (",", ";", "\t", "|")
_BLOCKS = frozenset(
    "address article aside blockquote body br caption dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 head "
    "header hr html li main nav ol option p pre section table tbody td tfoot th thead title tr ul".split()
)
_SILENT = frozenset({"script", "style", "template", "noscript"})
_SHOWN_LINKS = ("mailto:", "tel:", "sms:")
_DECLARED = re.compile(rb"(?:charset\s*=\s*|encoding\s*=\s*)[\"']?([\w.:-]{2,40})", re.IGNORECASE)


def read(source: Source, found: Findings) -> None:
    """Read a text file of whatever sort and encoding; says which encoding it took and why."""
    media_type = source.kind.media_type
    found.kind(media_type, "probanda text", "1")
    content = source.bytes(_MOST)
    if source.size > _MOST:
        found.weak(f"only the first {_MOST // 2**20} MiB of text are read")
    marked = media_type in {"text/html", "application/xml", "image/svg+xml"}
    declared = _DECLARED.search(content[:2048]) if marked else None
    text, encoding, how = decode(content, declared.group(1).decode("ascii") if declared else "")
    found.fact("encoding", f"{encoding} ({how})")
    if "\ufffd" in text and how.startswith("guessed"):
        found.weak("some bytes fit no known encoding and are shown as \ufffd")
    if media_type == "text/html":
        _html(text, found)
    elif marked:
        _xml(content, found)
    elif media_type in {"text/csv", "text/tab-separated-values"}:
        _table(text, found)
    elif media_type == "application/json" or text.lstrip()[:1] in {"{", "["}:
        _json(text, found)
    else:
        _plain(text, found)


def _plain(text: str, found: Findings) -> None:
    if not chats.lines(text, found):
        in_lines(text, found)


def in_lines(text: str, found: Findings) -> None:
    """Send a text in passages, each with the number of the line on which it begins."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    line, start = 1, 0
    for passage in split(text, Pinpoint()):
        at = text.find(passage.text, start)
        if at >= 0:
            line += text.count("\n", start, at)
            start = at
        found.text(passage.text, Pinpoint(path=f"line {line}"))


def _json(text: str, found: Findings) -> None:
    """A Telegram export becomes messages; other JSON stays text, with escaped letters written out."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        _plain(text, found)
        return
    if chats.telegram(value, found):
        return
    if "\\u" in text:
        text = json.dumps(value, ensure_ascii=False, indent=1)
        found.fact("shown as", "escaped letters written out, one value a line")
    in_lines(text, found)


def _table(text: str, found: Findings) -> None:
    """Rows of a table; row 1 is the first record of the file, whether it is a heading or not."""
    delimiter, columns = _layout(text)
    found.fact("delimiter", {"\t": "tab"}.get(delimiter, delimiter))
    found.fact("columns", columns)
    csv.field_size_limit(1 << 24)
    rows = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows += 1
            filled = " | ".join(cell.strip() for cell in row)
            if filled.strip(" |"):
                found.text(filled, Pinpoint(row=rows))
    except csv.Error as fault:
        found.weak(f"the table breaks off after row {rows} ({fault})")
    found.fact("rows", rows)


def _layout(text: str) -> tuple[str, int]:
    """The separator that cuts the first rows into the same number of columns most often, and that number."""
    sample = "\n".join(text.splitlines()[:60])
    best = (0.0, ",", 1)
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row]
        except csv.Error:
            continue
        usual = max(set(widths), key=widths.count, default=1)
        if usual > 1:
            best = max(best, (widths.count(usual) / len(widths) * min(usual, 4), delimiter, usual))
    return best[1], best[2]


def _html(text: str, found: Findings) -> None:
    tree = _tree(text)
    if tree is None:
        found.weak("it is nested too deeply, so all of its text is given, without regard to what a browser would show")
        in_lines(_bare(text), found)
        return
    if chats.telegram_page(tree, found):
        return
    for name, content in _meta(tree):
        found.fact(name, content)
    in_lines(_text_of(tree), found)


def html_text(text: str) -> str:
    """The readable text of an HTML document; nothing it refers to is fetched and no script is run."""
    tree = _tree(text)
    return _bare(text) if tree is None else _text_of(tree)


def _bare(text: str) -> str:
    """What is left when all that looks like a mark is taken out."""
    return re.sub(r"[ \t]+", " ", re.sub(r"<[^<>]{0,2000}>", " ", text)).strip()


def _tree(text: str) -> html.HtmlElement | None:
    """The document parsed, or None where the parser gave up, which for HTML means that it is nested too deeply."""
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8", huge_tree=True)
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return None if any("depth" in one.message for one in parser.error_log) else tree


def _meta(tree: html.HtmlElement) -> Iterator[tuple[str, str]]:
    for one in tree.iter("title"):
        yield "title", one.text or ""
        break
    for one in tree.iter("meta"):
        if one.get("name") and one.get("content"):
            yield str(one.get("name")), str(one.get("content"))


def _text_of(tree: html.HtmlElement) -> str:
    parts: list[str] = []
    silent = 0
    for event, one in etree.iterwalk(tree, events=("start", "end")):
        tag = one.tag if isinstance(one.tag, str) else ""
        opening = event == "start"
        if tag in _SILENT:
            silent += 1 if opening else -1
        elif tag in _BLOCKS:
            parts.append("\n")
        if not opening and tag == "a" and str(one.get("href", "")).lower().startswith(_SHOWN_LINKS):
            parts.append(f" <{one.get('href')}>")
        said = one.text if opening else one.tail
        if said and not silent:
            parts.append(re.sub(r"\s+", " ", said))
    lines = (line.strip() for line in "".join(parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def xml_tree(content: bytes, what: str, found: Findings) -> etree._Element:
    """Parse XML without its document type: no entity is expanded and nothing is fetched.

    XML that is not well formed is read as far as it goes, and that is told; raises CannotRead if it goes nowhere.
    """
    try:
        return etree.fromstring(content, _parser(recover=False))
    except (etree.XMLSyntaxError, ValueError) as fault:
        tree: etree._Element | None = None
        if isinstance(fault, etree.XMLSyntaxError):
            tree = etree.fromstring(content, _parser(recover=True))
        if tree is None:
            raise CannotRead(f"{what} cannot be parsed ({plain(fault)})") from fault
        found.weak(f"{what} is not well formed, so what is read of it may lack parts ({plain(fault)})")
        return tree


def _parser(*, recover: bool) -> etree.XMLParser:
    """Depth and length are bounded by the sandbox; the parser's own bounds would cut a long text without a word."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=recover, remove_pis=True, huge_tree=True
    )


def element_name(one: etree._Element) -> str:
    """The name of an element without its namespace; "" for a comment or an entity."""
    tag: object = one.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def _xml(content: bytes, found: Findings) -> None:
    tree = xml_tree(content, "the XML", found)
    if re.search(rb"<!(ENTITY|DOCTYPE[^>\[]*(SYSTEM|PUBLIC))", content):
        found.weak("its document type is not followed: no entity is expanded and nothing it points to is opened")
    found.fact("root element", element_name(tree))
    in_groups(_said(tree), found)


def _said(tree: etree._Element) -> Iterator[tuple[str, str]]:
    """What an XML document says, in text and in attributes, with the line on which each element begins."""
    for one in tree.iter():
        if element_name(one) in {"", *_SILENT}:
            continue
        for said in (one.text, *one.attrib.values(), *(inner.tail for inner in one)):
            if said and str(said).strip():
                yield f"line {_line(one)}", str(said).strip()


def in_groups(items: Iterable[tuple[str, str]], found: Findings, joint: str = "\n") -> None:
    """Send small texts joined to passages of the usual length, each under the place of its first."""
    kept: list[str] = []
    place, length = "", 0
    for where, text in items:
        if kept and length + len(text) > PASSAGE:
            found.text(joint.join(kept), Pinpoint(path=place))
            kept, length = [], 0
        place = place if kept else where
        kept.append(text)
        length += len(text)
    if kept:
        found.text(joint.join(kept), Pinpoint(path=place))


def _line(one: etree._Element) -> int:
    line: object = one.sourceline
    return line if isinstance(line, int) else 1
