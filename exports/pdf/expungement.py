"""The certificate of an expungement on paper, with its signed text in it as a file."""

from io import BytesIO
from typing import Any, Final

from exports.certificate import Certificate
from exports.pdf.exhibits import facts_of, notice
from exports.pdf.sheets import Sheets, document
from exports.pdf.slips import signed
from exports.pdf.style import LEFT, QUIET, RIGHT, TITLE
from exports.pdf.tables import Align, Column, row, table
from exports.pdf.wording import counted, when

STATEMENT: Final = "certificate.json"
_CHECKED: Final = (
    f"The signed text of this certificate is attached to this document as {STATEMENT}.  The signature is Ed25519 over "
    "exactly its statement; compare the key with the one that the office has published."
)


def certificate_pdf(made: Certificate) -> bytes:
    """Give *made* as PDF/A-3b to print or send, with its signed text attached; the same one gives the same bytes."""
    return signed.bound(made, lambda total: _drawn(made, total), STATEMENT, "certificate")


def _drawn(made: Certificate, total: int) -> bytes:
    values = made.values
    stream = BytesIO()
    title = f"Certificate of expungement, order {values['order']['number']}"
    furnish = signed.foot(f"{values['office']} · {title}", total)
    sheets = document(
        stream, furnish, title=title, author=str(values["office"]), subject=str(values["case"]["id"]), language="en"
    )
    sheets.begin("certificate")
    _head(sheets, values)
    _gone(sheets, values["destroyed"])
    sheets.section("What stays, and why")
    for one in values["stays"]:
        sheets.say(f"· {one}", QUIET, after=2)
    sheets.section("What was looked at afterwards")
    for one in values["verified"]:
        sheets.say(f"· {one}", QUIET, after=2)
    signed.signature(sheets, made, _CHECKED)
    sheets.close()
    sheets.canvas.save()
    return stream.getvalue()


def _head(sheets: Sheets, values: dict[str, Any]) -> None:
    order, begun = values["order"], values["begun"]
    sheets.turn()
    sheets.mark("certificate", "Certificate of expungement")
    sheets.say(str(values["office"]), QUIET, after=4)
    sheets.say("Certificate of expungement", TITLE, after=2)
    sheets.rule(LEFT, RIGHT, sheets.y)
    sheets.y -= 12
    approved = "; ".join(f"{one['by']} ({one['role']}), {when(one['at'])}" for one in values["approved_by"])
    kept = "may be kept" if order["hashes_kept"] else "may not be kept"
    facts = [
        ("Order", f"{order['number']} of {order['court']}, {order['dated']}"),
        ("Scope", f"{order['scope']}; hash values {kept}"),
        ("Case", values["case"]["number"] or values["case"]["id"]),
        ("Asked by", str(values["asked_by"])),
        ("Approved by", approved),
        ("Carried out", f"begun {when(begun['at'])} by {begun['by']}, ended {when(values['issued_at'])}"),
    ]
    facts_of(sheets, facts)
    sheets.y -= 4
    things = counted(len(values["destroyed"]), "thing", "things")
    told = counted(values["recipients"], "recipient has", "recipients have")
    notice(sheets, f"{things} destroyed.  {told} a copy outside this house.")


def _gone(sheets: Sheets, gone: list[dict[str, Any]]) -> None:
    columns = [Column("Tombstone", 16, Align.RIGHT), Column("What", 16), Column("Number", 60), Column("Hash kept", 34)]
    rows = [
        row(str(one["tombstone"]), one["what"], one["id"], (one["hash_kept"] or {}).get("sha256", "no")) for one in gone
    ]
    table(sheets, columns, rows)
