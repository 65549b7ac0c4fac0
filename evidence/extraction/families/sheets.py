"""Reads spreadsheets by sheet and row: xlsx, ods, and the older binary kinds."""

import datetime as dt
import io
import re
from collections.abc import Iterator

import kreuzberg
import openpyxl
from lxml import etree
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from evidence.extraction.families.office import plain_text
from evidence.extraction.families.packages import Package, facts
from evidence.extraction.families.plain import element_name
from evidence.extraction.findings import CannotRead, Findings, Source, plain
from evidence.pinpoints import Pinpoint

_ROWS = 1_048_576


def read(source: Source, found: Findings) -> None:
    """Read a spreadsheet; each row that holds anything is a passage with its sheet and row number."""
    media_type, content = source.kind.media_type, source.bytes()
    if "spreadsheetml" in media_type:
        _workbook(content, media_type, found)
    elif "opendocument" in media_type:
        _opendocument(content, media_type, found)
    else:
        _binary(content, media_type, found)


def _workbook(content: bytes, media_type: str, found: Findings) -> None:
    found.kind(media_type, "openpyxl", openpyxl.__version__)
    package = Package(content)
    for name in package.under("xl/", ".xml"):
        if b"<!DOCTYPE" in package.content(name)[:4096]:
            raise CannotRead(f"its part {name} carries a document type, which no office program writes; it is not read")
    for _, tree in package.trees(["docProps/core.xml", "docProps/app.xml"], found):
        facts(tree, found)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception as fault:  # openpyxl raises of every kind on damaged parts; the reason is kept
        raise CannotRead(f"the workbook cannot be opened ({plain(fault)})") from fault
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            found.fact("hidden sheet", sheet.title)
        if isinstance(sheet, ReadOnlyWorksheet):
            sheet.reset_dimensions()  # else every row is padded to the widest that the file declares
        try:
            _rows(sheet.title, sheet.iter_rows(values_only=True), found)
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as fault:
            found.weak(f"sheet {sheet.title} breaks off ({plain(fault)})")
    _beside(package, found)


def _rows(title: str, rows: Iterator[tuple[object, ...]], found: Findings) -> None:
    for number, row in enumerate(rows, 1):
        written = " | ".join(_written(value) for value in row).strip(" |")
        if written:
            found.text(written, Pinpoint(sheet=title, row=number))
        if number >= _ROWS:
            break


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds").removesuffix(" 00:00:00")
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value).strip()


def _beside(package: Package, found: Findings) -> None:
    """Comments, text boxes and outside references, which stand beside the rows."""
    drawn = [*package.under("xl/comments", ".xml"), *package.under("xl/drawings/", ".xml")]
    linked = [*package.under("xl/externalLinks/", ".xml"), *package.under("xl/worksheets/_rels/", ".rels")]
    for name, tree in package.trees([*drawn, *linked], found):
        where = name.rsplit("/", 1)[-1]
        for one in tree.iter():
            said, place = _said_beside(one)
            if said:
                found.text(said, Pinpoint(path=f"{place} ({where})"))
    package.members(("xl/",), "embedded in a workbook", found)
    if "xl/vbaProject.bin" in package.names:
        found.fact("macros", "it carries macros, which are not read and never run")


def _said_beside(one: etree._Element) -> tuple[str, str]:
    kind = element_name(one)
    if kind in {"comment", "txBody"}:
        said = "".join(inner.text or "" for inner in one.iter() if element_name(inner) == "t")
        return said, f"comment on cell {one.get('ref')}" if kind == "comment" else "text box"
    if kind == "ddeLink":
        return f"[points to] {one.get('ddeService')} {one.get('ddeTopic')}", "references"
    if one.get("TargetMode") == "External":
        return f"[points to] {one.get('Target')}", "references"
    return "", ""


def _opendocument(content: bytes, media_type: str, found: Findings) -> None:
    found.kind(media_type, "probanda office", "1")
    package = Package(content)
    if "META-INF/manifest.xml" in package.names and b"encryption-data" in package.content("META-INF/manifest.xml"):
        raise CannotRead("it is encrypted and opens only with its password")
    for _, tree in package.trees(["meta.xml"], found):
        facts(tree, found)
    for _, tree in package.trees(["content.xml"], found):
        for table in (one for one in tree.iter() if element_name(one) == "table"):
            _table(table, found)
    for _, tree in package.trees(["styles.xml"], found):
        for one in tree.iter():
            if element_name(one) == "p" and (said := "".join(str(part) for part in one.itertext()).strip()):
                found.text(said, Pinpoint(path="header or footer"))
    package.members(("Pictures/", "Object"), "embedded in a workbook", found)


def _table(table: etree._Element, found: Findings) -> None:
    title = next((str(value) for name, value in table.attrib.items() if str(name).endswith("}name")), "")
    number = 1
    for row in (one for one in table.iter() if element_name(one) == "table-row"):
        times = _times(row, "number-rows-repeated")
        written = " | ".join(_cells(row)).strip(" |")
        if written:
            for one in range(number, number + min(times, 100)):
                found.text(written, Pinpoint(sheet=title, row=one))
        number += times
        if number > _ROWS:
            break


def _cells(row: etree._Element) -> Iterator[str]:
    for cell in row:
        if element_name(cell) in {"table-cell", "covered-table-cell"}:
            said = "\n".join("".join(str(part) for part in one.itertext()) for one in cell if element_name(one) == "p")
            for _ in range(min(_times(cell, "number-columns-repeated"), 50 if said else 1)):
                yield said.strip()


def _times(one: etree._Element, name: str) -> int:
    said = next((str(value) for key, value in one.attrib.items() if str(key).endswith(f"}}{name}")), "1")
    return int(said) if re.fullmatch(r"\d{1,7}", said) else 1


def _binary(content: bytes, media_type: str, found: Findings) -> None:
    """Old Excel, from kreuzberg: its rows begin at the first used cell, so row numbers are told as counted."""
    found.kind(media_type, "kreuzberg", kreuzberg.__version__)
    result = plain_text(content, media_type)
    names = result.metadata.get("sheet_names") or []
    found.fact("sheets", ", ".join(str(name) for name in names))
    rows = 0
    for number, table in enumerate(result.tables):
        place = int(table.page_number or number + 1) - 1
        title = str(names[place]) if 0 <= place < len(names) else f"sheet {place + 1}"
        for count, row in enumerate(table.cells, 1):
            written = " | ".join(str(cell).strip() for cell in row).strip(" |")
            if written:
                rows += 1
                found.text(written, Pinpoint(sheet=title, row=count))
    if rows:
        found.fact("row numbers", "counted from the first row that holds anything")
    else:
        found.text(result.content, Pinpoint())
