"""Commands for receipts: give one for a thing where it is taken, and check one anywhere without this system."""

from pathlib import Path
from typing import Any

import click
from pikepdf import PdfError
from pikepdf import open as open_pdf

from app.cli.running import House, acting, answering, inside, person, tell, uuid_of
from app.wiring import services, transaction
from core.errors import Conflict, Tampered
from evidence import receipts
from evidence.receipts import BadReceipt, SignedReceipt
from exports.pdf.receipt import STATEMENT, receipt_pdf
from exports.pdf.slips.scene import code_text

_PDF = b"%PDF-"


class OtherKey(Tampered):
    """The receipt is signed by another key than the one that was named."""


class PlaceTaken(Conflict):
    """There is a file already where the receipt is to go."""


@click.group("receipt")
def receipt() -> None:
    """Signed receipts: issue, check."""


@receipt.command("issue")
@click.argument("exhibit")
@click.option("--language", type=click.Choice(receipts.LANGUAGES), default="en", show_default=True,
              help="In which language the person reads.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True,
              help="Where it goes: a .pdf to print, or a .json.")  # fmt: skip
@acting
@answering
@inside
def issue(_house: House, exhibit: str, language: str, output: Path, as_user: str | None, as_json: bool) -> None:
    """Give a receipt for EXHIBIT, which needs no files for that."""
    if output.exists():
        raise PlaceTaken(f"{output} exists; nothing was written over it")
    house = services()
    with transaction() as session:
        made = receipts.for_thing(session, person(session, as_user), house.keyring, uuid_of(exhibit),
                                  office=house.config.office, language=language)  # fmt: skip
    data = made.to_json().encode() if output.suffix == ".json" else receipt_pdf(made)
    with output.open("xb") as out:
        out.write(data)
    told = {"receipt": output, "sha256": made.digest, "key": made.key_id}
    tell(told, as_json=as_json, lines=[f"{output}: sha256 {made.digest}, key {made.key_id}"])


@receipt.command("check")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", default="", help="The office's public key or its short name (hex), from a source you trust.")
@click.option("--code", default="", help="What the square code on the paper says, to compare.")
@answering
def check(path: Path, key: str, code: str, as_json: bool) -> None:
    """Check the receipt in PATH, a PDF or its JSON; needs no deployment and no network."""
    made = _read(path)
    wanted = key.strip().lower()
    if wanted and wanted not in {made.public.hex(), made.key_id}:
        raise OtherKey(f"this receipt is signed by key {made.key_id}, and not by {wanted[:16]}")
    if code and code.strip() != code_text(made):
        raise OtherKey("the square code on the paper belongs to another receipt")
    told = {"sha256": made.digest, "key": made.key_id, "public_key": made.public.hex(), "code": code_text(made),
            "values": made.values}  # fmt: skip
    lines = [
        f"the signature holds: {made.values['kind']} of {made.values['office']}, issued {made.values['issued_at']}",
        f"sha256 of the signed text: {made.digest}",
        f"square code: {code_text(made)}",
        f"signed by key {made.public.hex()}"
        + ("" if wanted else "; compare it with the one that the office publishes"),
        *_words(made.values),
    ]
    tell(told, as_json=as_json, lines=lines)


def _read(path: Path) -> SignedReceipt:
    """The receipt that a file holds, after its signature was checked under the key that it names."""
    data = path.read_bytes()
    if data.startswith(_PDF):
        try:
            with open_pdf(path) as pdf:
                data = pdf.attachments[STATEMENT].get_file().read_bytes()
        except (PdfError, KeyError) as fault:
            raise BadReceipt("this document has no signed receipt attached") from fault
    try:
        return receipts.opened(data.decode("utf-8"))
    except UnicodeDecodeError as fault:
        raise BadReceipt("this text is not a signed receipt") from fault


def _words(values: dict[str, Any]) -> list[str]:
    """What a receipt says, in lines."""
    told = []
    for name, value in values.items():
        if isinstance(value, dict):
            told += [f"{name}, {inner}: {one}" for inner, one in value.items() if one and not isinstance(one, list)]
        elif isinstance(value, list):
            told.append(f"{name}: {len(value)}")
        elif value:
            told.append(f"{name}: {value}")
    return told


COMMANDS = (receipt,)
