"""The receipt of a delivery on paper: what was announced, what came, and the signed statement in it as a file."""

from io import BytesIO
from typing import Any, Final

from evidence.receipts import THING, UPLOAD, SignedReceipt
from exports.pdf.exhibits import facts_of, notice
from exports.pdf.sheets import Sheets, document, fitted
from exports.pdf.slips import scene, signed
from exports.pdf.style import (
    CELL_BOLD,
    CELL_MONO,
    FURNITURE,
    HAIRLINE,
    LEFT,
    MUTED,
    QUIET,
    RIGHT,
    TITLE,
    WIDTH,
)
from exports.pdf.tables import Align, Cell, Column, Row, row, table
from exports.pdf.wording import counted, digest, when

STATEMENT = "receipt.json"
_CHECKED: Final = (
    f"The signed text of this receipt is attached to this document as {STATEMENT}.  The signature is Ed25519 over "
    "exactly its statement; compare the key with the one that the office has published."
)


def receipt_pdf(receipt: SignedReceipt) -> bytes:
    """Give *receipt* as PDF/A-3b to print or send, with its signed text attached; the same receipt, the same bytes."""
    return signed.bound(receipt, lambda total: _drawn(receipt, total), STATEMENT, "receipt")


def _drawn(receipt: SignedReceipt, total: int) -> bytes:
    values = receipt.values
    stream = BytesIO()
    called = _called(values)
    sheets = document(
        stream,
        signed.foot(f"{values['office']} · {called}", total),
        title=called[:1].upper() + called[1:],
        author=str(values["office"]),
        subject=str(values["case"].get("title", values["case"]["number"])),
        language="en",
    )
    sheets.begin("receipt")
    if values["kind"] == THING:
        scene.thing(sheets, receipt)
    elif values["kind"] == UPLOAD:
        scene.upload(sheets, receipt)
    else:
        _head(sheets, values)
        _items(sheets, values["items"])
    _signed(sheets, receipt)
    sheets.close()
    sheets.canvas.save()
    return stream.getvalue()


def _called(values: dict[str, Any]) -> str:
    """How a receipt is called at the foot of its pages and by programs that list documents."""
    if values["kind"] == THING:
        return f"receipt for exhibit {values['exhibit']['reference']}"
    return f"receipt for upload {values['upload']['id']}" if values["kind"] == UPLOAD else (
        f"receipt for delivery {values['batch']}"
    )  # fmt: skip


def _head(sheets: Sheets, values: dict[str, Any]) -> None:
    sheets.turn()
    sheets.mark("receipt", "Receipt for evidence")
    sheets.say(str(values["office"]), QUIET, after=4)
    sheets.say("Receipt for evidence", TITLE, after=2)
    sheets.rule(LEFT, RIGHT, sheets.y)
    sheets.y -= 12
    case, exhibit, counts = values["case"], values["exhibit"], values["counts"]
    facts_of(
        sheets,
        [
            ("Case", " ".join(part for part in (case["number"], case["title"]) if part)),
            ("Exhibit", " ".join(part for part in (exhibit["reference"], exhibit["description"]) if part)),
            ("Came from", str(values["source"])),
            ("Announced", f"{when(values['announced_at'])} by {values['announced_by']}"),
            ("Issued", f"{when(values['issued_at'])} by {values['issued_by']}"),
        ],
    )
    states = ", ".join(f"{counts[state]:,} {state}" for state in counts if state != "announced")
    sheets.y -= 4
    notice(sheets, f"{counted(counts['announced'], 'item', 'items')} announced: {states}.")


def _items(sheets: Sheets, items: list[dict[str, Any]]) -> None:
    sheets.y -= 4
    columns = [
        Column("No.", 7, Align.RIGHT),
        Column("Name", 36),
        Column("Bytes", 17, Align.RIGHT),
        Column("State", 16, face=CELL_BOLD),
        Column("SHA-256", 42, face=CELL_MONO),
        Column("Entry", 8, Align.RIGHT),
    ]
    table(sheets, columns, [_item(item) for item in items])


def _item(item: dict[str, Any]) -> Row:
    """Draw what became of one item; a hash that was only stated is never shown as if it had been computed."""
    size = item.get("size", item["announced_size"])
    reasons = [str(item[key]) for key in ("because", "condition_because") if item.get(key)]
    state = str(item["state"])
    if item.get("condition") not in {None, "", state}:
        state += f", {item['condition']}"
    return row(
        str(item["number"]),
        str(item["name"]),
        "" if size is None else f"{int(size):,}",
        state,
        Cell(digest(str(item.get("sha256", "")))),
        str(item.get("position", "")),
        beneath="  ".join(reasons),
    )


def _signed(sheets: Sheets, receipt: SignedReceipt) -> None:
    signed.signature(sheets, receipt, _CHECKED, key_id=receipt.key_id, keep=190)
    if receipt.values["kind"] == THING:
        scene.signing_lines(sheets, str(receipt.values["language"]))
        return
    sheets.need(70)
    sheets.y -= 46
    half = (WIDTH - 24) / 2
    for left, words in ((LEFT, "Handed over by: name, date, signature"), (LEFT + half + 24, "Received by")):
        sheets.rule(left, left + half, sheets.y, HAIRLINE, 0.8)
        sheets.write(fitted(words, half, FURNITURE), left, sheets.y - 11, MUTED)
    sheets.y -= 20
