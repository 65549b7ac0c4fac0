"""What all papers share that carry their own signed text: the foot, the signature in print, and the text as a file."""

import hashlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final, Protocol

from pikepdf import AttachedFileSpec, Name, Pdf

from core import clock
from exports.lettering.faces import Style
from exports.pdf.archival import declare, settings
from exports.pdf.sheets import Sheets, fitted, set_in
from exports.pdf.style import FURNITURE, LEFT, PAGE_NUMBER, QUIET, RIGHT, WIDTH, Face

SIGNING: Final = Face(7.4, 11.0, Style.MONO)


class Signed(Protocol):
    """Something that was signed: its values, the exact text, and by which key."""

    @property
    def values(self) -> dict[str, Any]:
        """What the text says."""

    @property
    def statement(self) -> str:
        """The exact signed text."""

    @property
    def signature(self) -> bytes:
        """The signature over it."""

    @property
    def public(self) -> bytes:
        """The key that checks the signature."""

    def to_json(self) -> str:
        """Text and signature to hand over."""


def bound(made: Signed, drawn: Callable[[int], bytes], name: str, called: str) -> bytes:
    """Give pages as PDF/A-3b with their signed text attached; the same text gives the same bytes.

    *drawn* draws the pages, knowing how many there are; it is first asked with nothing, to count them.
    """
    with Pdf.open(BytesIO(drawn(0))) as counting:
        total = len(counting.pages)
    with Pdf.open(BytesIO(drawn(total))) as pdf:
        issued = clock.parse(str(made.values["issued_at"]))
        date = issued.strftime("D:%Y%m%d%H%M%SZ")
        pdf.attachments[name] = AttachedFileSpec(
            pdf,
            made.to_json().encode("utf-8"),
            filename=name,
            mime_type="application/json",
            relationship=Name.Source,
            description=f"The signed text of this {called}",
            creation_date=date,
            mod_date=date,
        )
        declare(pdf, issued, "en")
        out = BytesIO()
        pdf.save(out, **settings())
    return out.getvalue()


def foot(words: str, total: int) -> Callable[[Sheets], None]:
    """What draws the foot of each page: these words, and which page of how many it is."""

    def furnish(sheets: Sheets) -> None:
        sheets.write(fitted(words, WIDTH - 90, FURNITURE), LEFT, 22, FURNITURE.colour)
        figure = fitted(f"{sheets.page} of {total}" if total else str(sheets.page), 80, PAGE_NUMBER)
        sheets.write(figure, RIGHT - figure.width, 22, PAGE_NUMBER.colour)

    return furnish


def signature(sheets: Sheets, made: Signed, words: str, *, key_id: str = "", keep: float = 120) -> None:
    """The section that says how the signed text is checked, with the key, the signature and the digest in print."""
    sheets.section("Signature", keep=keep)
    sheets.say(words, QUIET, after=4)
    told = [
        ("Key", key_id), ("Public key", made.public.hex()), ("Signature", made.signature.hex()),
        ("SHA-256 of the statement", hashlib.sha256(made.statement.encode("utf-8")).hexdigest()),
    ]  # fmt: skip
    for label, value in told if key_id else told[1:]:
        lines = set_in(value, WIDTH - 130, SIGNING)
        sheets.place(set_in(label, 124, QUIET), LEFT, sheets.y, 124, QUIET)
        sheets.place(lines, LEFT + 130, sheets.y, WIDTH - 130, SIGNING)
        sheets.y -= max(len(lines) * SIGNING.leading, QUIET.leading) + 2
