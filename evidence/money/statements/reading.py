"""Read a statement of account whatever its form: the one verb that the worker, the desk and the command line call."""

import json
from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter, ValidationError

from core.errors import Refusal
from evidence.money.statements import camt, swift, text
from evidence.money.statements.sheets import reading as sheets
from evidence.money.statements.sheets.detect import detect, reviewed
from evidence.money.statements.sheets.layout import Layout
from evidence.money.statements.values import BadReading, NotAStatement, Statements

_HEAD: Final = 65_536
_OTHERS: Final[Mapping[bytes, str]] = {
    b"PK\x03\x04": "this is a workbook or an archive, not a text; export the sheet as CSV, or hand in what it holds",
    b"%PDF": "this is a PDF; its rows cannot be read as figures yet, its text can be searched",
    b"OFXHEADER": "this is an OFX statement, a form that cannot be read into rows yet; its text can be searched",
    b"!Type:": "this is a QIF statement, a form that cannot be read into rows yet; its text can be searched",
    b"{\\rtf": "this is a word processor's text, not a statement of account",
}
_LAYOUT: Final = TypeAdapter(Layout)


def read(data: bytes, name: str, layout: Layout | None = None) -> Statements:
    """Read a statement: MT940, MT942, camt.052, 053, 054, or a table by *layout*.

    *name* is the name of the file, said in a refusal.  Without a layout one is detected.  While it has open questions,
    also where what was given leaves some open, no row is read: the answer holds the layout and no statement.  A
    table's reading is never confirmed here: that is a person's act.
    Raises NotAStatement or BrokenStatement with the reason in plain words, LayoutOpen for a layout that is not settled.
    """
    text.bounded(data)
    head = data[:_HEAD]
    if layout is not None:
        return _table(data, reviewed(layout, data))
    for mark, reason in _OTHERS.items():
        if head.lstrip(b"\xef\xbb\xbf \r\n").startswith(mark) or (mark == b"OFXHEADER" and b"<OFX>" in head):
            raise NotAStatement(f"«{name[-60:]}»: {reason}" if name else reason)
    if camt.looks_like_it(head):
        return camt.read(data)
    if swift.looks_like_it(head.decode("latin-1").replace("\r", "\n")):
        return swift.read(data)
    return _table(data, detect(data))


def _table(data: bytes, layout: Layout) -> Statements:
    if layout.questions:
        return Statements("csv", layout=layout, confirmed=False, remarks=layout.doubts)
    return sheets.read(data, layout)


def read_csv(data: bytes, layout: Layout) -> Statements:
    """Read a table by a layout that has no open questions; raises LayoutOpen for one that has."""
    return sheets.read(data, layout)


def answered(data: bytes, layout: Layout, answers: Mapping[str, str]) -> Layout:
    """The layout with a person's answers, examined again: an answer may settle more, or bring up a new question.

    Raises BadAnswer naming each answer that cannot be taken.
    """
    return reviewed(layout.answered(answers), data)


def layout_to_json(layout: Layout) -> str:
    """Write a layout as JSON."""
    return _LAYOUT.dump_json(layout).decode()


def layout_from_json(text: str | bytes) -> Layout:
    """Take back what `layout_to_json` wrote; raises BadReading for anything else."""
    try:
        return _LAYOUT.validate_json(text)
    except ValidationError as fault:
        raise BadReading("the layout of this statement is not written as it should be") from fault


def read_to_json(data: bytes, name: str, layout: str = "") -> str:
    """Read a statement inside a closed process: bytes in, one JSON text out, never an exception for a bad file.

    Gives {"reading": …} as `Statements.to_json` writes it, or {"refused": code, "because": words, "fields": …}.
    """
    try:
        found = read(data, name, layout_from_json(layout) if layout else None)
    except Refusal as refusal:
        return json.dumps({"refused": refusal.code, "because": str(refusal), "fields": refusal.fields})
    return f'{{"reading": {found.to_json()}}}'


def from_json(answer: str | bytes) -> Statements:
    """Take what `read_to_json` gave; raises NotAStatement with its reason where the file was refused."""
    try:
        found = json.loads(answer)
    except ValueError as fault:
        raise BadReading("the reading of this statement came back damaged; the file itself is untouched") from fault
    if isinstance(found, dict) and "refused" in found:
        raise NotAStatement(str(found.get("because", ""))[:1000])
    if not isinstance(found, dict) or "reading" not in found:
        raise BadReading("the reading of this statement came back damaged; the file itself is untouched")
    return Statements.from_json(json.dumps(found["reading"]))
