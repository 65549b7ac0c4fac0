"""The certificate of an expungement on paper, with its signed text in it as a file."""

import hashlib
from io import BytesIO
from typing import Any, Final

from pikepdf import AttachedFileSpec, Name, Pdf

from core import clock
from exports.certificate import Certificate
from exports.lettering.faces import Style
from exports.pdf.archival import declare, settings
from exports.pdf.exhibits import facts_of, notice
from exports.pdf.sheets import Sheets, document, fitted, set_in
from exports.pdf.style import FURNITURE, LEFT, PAGE_NUMBER, QUIET, RIGHT, TITLE, WIDTH, Face
from exports.pdf.tables import Align, Column, row, table
from exports.pdf.wording import counted, when

STATEMENT: Final = "certificate.json"
_SIGNING: Final = Face(7.4, 11.0, Style.MONO)


def certificate_pdf(made: Certificate) -> bytes:
    """Give *made* as PDF/A-3b to print or send, with its signed text attached; the same one gives the same bytes."""
    with Pdf.open(BytesIO(_drawn(made, 0))) as counting:
        total = len(counting.pages)
    with Pdf.open(BytesIO(_drawn(made, total))) as pdf:
        issued = clock.parse(str(made.values["issued_at"]))
        date = issued.strftime("D:%Y%m%d%H%M%SZ")
        pdf.attachments[STATEMENT] = AttachedFileSpec(
            pdf,
            made.to_json().encode("utf-8"),
            filename=STATEMENT,
            mime_type="application/json",
            relationship=Name.Source,
            description="The signed text of this certificate",
            creation_date=date,
            mod_date=date,
        )
        declare(pdf, issued, "en")
        out = BytesIO()
        pdf.save(out, **settings())
    return out.getvalue()


def _drawn(made: Certificate, total: int) -> bytes:
    values = made.values
    stream = BytesIO()
    title = f"Certificate of expungement, order {values['order']['number']}"

    def furnish(sheets: Sheets) -> None:
        sheets.write(fitted(f"{values['office']} · {title}", WIDTH - 90, FURNITURE), LEFT, 22, FURNITURE.colour)
        figure = fitted(f"{sheets.page} of {total}" if total else str(sheets.page), 80, PAGE_NUMBER)
        sheets.write(figure, RIGHT - figure.width, 22, PAGE_NUMBER.colour)

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
    _signed(sheets, made)
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


def _signed(sheets: Sheets, made: Certificate) -> None:
    sheets.section("Signature", keep=120)
    sheets.say(
        f"The signed text of this certificate is attached to this document as {STATEMENT}.  The signature is Ed25519 "
        "over exactly its statement; compare the key with the one that the office has published.",
        QUIET,
        after=4,
    )
    for label, value in (
        ("Public key", made.public.hex()),
        ("Signature", made.signature.hex()),
        ("SHA-256 of the statement", hashlib.sha256(made.statement.encode("utf-8")).hexdigest()),
    ):
        lines = set_in(value, WIDTH - 130, _SIGNING)
        sheets.place(set_in(label, 124, QUIET), LEFT, sheets.y, 124, QUIET)
        sheets.place(lines, LEFT + 130, sheets.y, WIDTH - 130, _SIGNING)
        sheets.y -= max(len(lines) * _SIGNING.leading, QUIET.leading) + 2
