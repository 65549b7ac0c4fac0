"""The receipt of a delivery on paper: what was announced, what came, and the signed statement in it as a file."""

import hashlib
from io import BytesIO
from typing import Any

from pikepdf import AttachedFileSpec, Name, Pdf

from core import clock
from evidence.receipts import THING, UPLOAD, SignedReceipt
from exports.lettering.faces import Style
from exports.pdf.archival import declare, settings
from exports.pdf.exhibits import facts_of, notice
from exports.pdf.sheets import Sheets, document, fitted, set_in
from exports.pdf.slips import scene
from exports.pdf.style import (
    CELL_BOLD,
    CELL_MONO,
    FURNITURE,
    HAIRLINE,
    LEFT,
    MUTED,
    PAGE_NUMBER,
    QUIET,
    RIGHT,
    TITLE,
    WIDTH,
    Face,
)
from exports.pdf.tables import Align, Cell, Column, Row, row, table
from exports.pdf.wording import counted, digest, when

STATEMENT = "receipt.json"
_SIGNING = Face(7.4, 11.0, Style.MONO)


def receipt_pdf(receipt: SignedReceipt) -> bytes:
    """Give *receipt* as PDF/A-3b to print or send, with its signed text attached; the same receipt, the same bytes."""
    values = receipt.values
    pages = _drawn(receipt, 0)
    with Pdf.open(BytesIO(pages)) as counting:
        total = len(counting.pages)
    with Pdf.open(BytesIO(_drawn(receipt, total))) as pdf:
        issued = clock.parse(str(values["issued_at"]))
        date = issued.strftime("D:%Y%m%d%H%M%SZ")
        pdf.attachments[STATEMENT] = AttachedFileSpec(
            pdf,
            receipt.to_json().encode("utf-8"),
            filename=STATEMENT,
            mime_type="application/json",
            relationship=Name.Source,
            description="The signed text of this receipt",
            creation_date=date,
            mod_date=date,
        )
        declare(pdf, issued, "en")
        out = BytesIO()
        pdf.save(out, **settings())
    return out.getvalue()


def _drawn(receipt: SignedReceipt, total: int) -> bytes:
    values = receipt.values
    stream = BytesIO()
    called = _called(values)

    def furnish(sheets: Sheets) -> None:
        foot = f"{values['office']} · {called}"
        sheets.write(fitted(foot, WIDTH - 90, FURNITURE), LEFT, 22, FURNITURE.colour)
        figure = fitted(f"{sheets.page} of {total}" if total else str(sheets.page), 80, PAGE_NUMBER)
        sheets.write(figure, RIGHT - figure.width, 22, PAGE_NUMBER.colour)

    sheets = document(
        stream,
        furnish,
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
    sheets.section("Signature", keep=190)
    sheets.say(
        f"The signed text of this receipt is attached to this document as {STATEMENT}.  The signature is Ed25519 over "
        "exactly its statement; compare the key with the one that the office has published.",
        QUIET,
        after=4,
    )
    for label, value in (
        ("Key", receipt.key_id),
        ("Public key", receipt.public.hex()),
        ("Signature", receipt.signature.hex()),
        ("SHA-256 of the statement", hashlib.sha256(receipt.statement.encode("utf-8")).hexdigest()),
    ):
        lines = set_in(value, WIDTH - 130, _SIGNING)
        sheets.place(set_in(label, 124, QUIET), LEFT, sheets.y, 124, QUIET)
        sheets.place(lines, LEFT + 130, sheets.y, WIDTH - 130, _SIGNING)
        sheets.y -= max(len(lines) * _SIGNING.leading, QUIET.leading) + 2
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
