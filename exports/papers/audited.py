"""The report of a shelf audit on paper, with its signed text in it as a file; it names no thing and no case."""

from io import BytesIO
from typing import Any, Final

from evidence.receipts import SignedReceipt
from exports.pdf.exhibits import facts_of, notice
from exports.pdf.sheets import Sheets, document
from exports.pdf.slips import signed
from exports.pdf.style import (
    CELL_BOLD,
    CELL_MONO,
    LEFT,
    QUIET,
    RIGHT,
    TITLE,
)
from exports.pdf.tables import Align, Column, row, table
from exports.pdf.wording import when

STATEMENT = "audit.json"
_CHECKED: Final = (
    f"The signed text of this report is attached as {STATEMENT}.  The signature is Ed25519 over exactly its statement; "
    "compare the key with the one that the office has published.  The draw can be repeated from seed and list."
)


def report_pdf(report: SignedReceipt) -> bytes:
    """Give a signed report as PDF/A-3b with its signed text attached; the same report, the same bytes."""
    return signed.bound(report, lambda total: _drawn(report, total), STATEMENT, "report")


def _drawn(report: SignedReceipt, total: int) -> bytes:
    values = report.values
    stream = BytesIO()
    title = f"Shelf audit {values['number']}"
    furnish = signed.foot(f"{values['office']} · shelf audit {values['number']}", total)
    sheets = document(
        stream, furnish, title=title, author=str(values["office"]), subject="What lies where it should", language="en"
    )
    sheets.begin("audit")
    _head(sheets, values)
    _items(sheets, values["items"])
    _findings(sheets, values["findings"])
    signed.signature(sheets, report, _CHECKED, key_id=report.key_id)
    sheets.close()
    sheets.canvas.save()
    return stream.getvalue()


def _head(sheets: Sheets, values: dict[str, Any]) -> None:
    sheets.turn()
    sheets.say(str(values["office"]), QUIET, after=4)
    sheets.say(f"Shelf audit {values['number']}", TITLE, after=2)
    sheets.rule(LEFT, RIGHT, sheets.y)
    sheets.y -= 12
    closed = f", closed {when(values['closed_at'])}" if values["closed_at"] else ""
    facts_of(
        sheets,
        [
            ("Drawn", f"{when(values['drawn_at'])} by {values['auditor']}"),
            ("Where", values["scope"] or "the whole house"),
            ("Among", f"{values['among']:,} things; {values['random_size']} at random, {values['risk_size']} by risk"),
            ("Seed", values["seed"]),
            ("List drawn from, SHA-256", values["among_sha256"]),
            ("State", f"{values['state']}{closed}"),
            ("Summary", values["summary"]),
            ("Issued", f"{when(values['issued_at'])} by {values['issued_by']}"),
        ],
    )
    sheets.y -= 4
    notice(sheets, ", ".join(f"{count:,} {name}" for name, count in values["counts"].items() if count) + ".")


def _items(sheets: Sheets, items: list[dict[str, Any]]) -> None:
    sheets.section("What was drawn")
    columns = [
        Column("No.", 6, Align.RIGHT), Column("Number", 22, face=CELL_BOLD), Column("By", 12),
        Column("Recorded at", 30),
        Column("Seal", 16, face=CELL_MONO), Column("Result", 16, face=CELL_BOLD), Column("Seen at, with seal", 28),
    ]  # fmt: skip
    rows = [
        row(
            str(one["no"]), one["reference"], one["sample"], one["place"], one["seal"], one["result"],
            ", ".join(part for part in (one["found_place"], one["found_seal"]) if part),
            beneath="  ".join(one["risks"]),
        )
        for one in items
    ]  # fmt: skip
    table(sheets, columns, rows)


def _findings(sheets: Sheets, found: list[dict[str, Any]]) -> None:
    sheets.section("Findings")
    if not found:
        sheets.say("None.", QUIET, after=4)
        return
    columns = [
        Column("Number", 16, face=CELL_BOLD), Column("What", 18), Column("In words", 44), Column("Answer by", 20),
        Column("Who", 14), Column("State", 13),
    ]  # fmt: skip
    rows = [
        row(
            one["number"], one["kind"], one["words"], when(one["deadline"]), one["assigned"], one["state"],
            beneath="  ".join(
                part
                for part in (
                    f"found {one['found_before']} times before" if one["found_before"] else "",
                    f"answer: {one['answer']}" if one["answer"] else "",
                    f"auditor: {one['decision']}" if one["decision"] else "",
                )
                if part
            ),
        )
        for one in found
    ]  # fmt: skip
    table(sheets, columns, rows)
