"""From exhibits in a case to a bundle that a stranger checks, and the same bytes again from the register."""

import io
import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pypdf
import pytest
from PIL import Image
from sqlalchemy import select

from core.ledger.entries import Entry
from evidence import text
from evidence.files import File
from evidence.money import records, statements
from exports import bundle, dossier, register
from exports.binding import Document, bind, plan
from exports.register import Export
from tests.exports.office import FORMS, NAME, Office, office
from tests.exports.test_dossier import MT940


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office with a case of three exhibits and a protected witness."""
    folder = tmp_path_factory.mktemp("office")
    made = office(f"sqlite:///{folder / 'probanda.db'}", folder)
    made.protect()
    yield made
    made.house.engine.dispose()


def picture() -> bytes:
    """A photograph, as far as this test goes."""
    held = io.BytesIO()
    Image.new("RGB", (320, 200), (20, 90, 160)).save(held, "JPEG")
    return held.getvalue()


@pytest.fixture(scope="module")
def ordered(desk: Office) -> Export:
    """A dossier that is on record, of a chat that names the witness, a photograph and a bank statement."""
    chat, photo, bank = desk.exhibit("CHAT"), desk.exhibit("PHOTO"), desk.exhibit("BANK", description="بيان مصرفي ትግርኛ")
    desk.file(chat, "chat.txt", NAME.encode(), f"{NAME}: we are at the quay")
    desk.file(chat, "other.txt", b"nobody", "call +49 30 901820")
    seen = desk.file(photo, "scene.jpg", picture(), media_type="image/jpeg")
    data = MT940.format(first="Mehari", second="", closing="750,00").encode()
    bank_file = desk.file(bank, "bank.sta", data, data.decode())
    with desk.house.transaction() as session:
        row = session.get_one(File, bank_file.id)
        key = text.key_of(session, desk.keyring, row)
        records.take(session, desk.lead, row, statements.read(data, "bank.sta"), key=key)
    gathered = desk.gather(chat, photo, bank, recipient="Regional court", looked_through=frozenset({seen.id}))
    with desk.house.transaction() as session:
        return register.enter(session, desk.prosecutor, desk.keyring, gathered)


def make(desk: Office, export: Export, folder: Path) -> bundle.Manifest:
    """Number, bind and bundle what is on record, as the front desk does."""
    with desk.house.transaction() as session:
        frozen = register.rebuild(session, desk.prosecutor, desk.keyring, export.id)
        found = dossier.receipts(session, desk.prosecutor, desk.keyring, frozen)
    numbers = {file.original: file.number for file in frozen.files() if file.original}
    documents = [
        Document(numbers[path], lambda receipt=receipt: b"".join(desk.vault.open(receipt)))
        for path, receipt in found.items()
    ]
    planned = plan(frozen, documents)
    counts = [(part, len(list(same))) for part, same in groupby(part for part, _page in planned.pages)]
    with desk.house.transaction() as session:
        numbered = register.number_pages(session, desk.prosecutor, desk.keyring, export.id, counts)
    pdf = bind(numbered, planned, documents)
    signer = bundle.Signer(desk.keyring.public, desk.keyring.sign)
    opened = ((path, desk.vault.open(receipt)) for path, receipt in found.items())
    manifest = bundle.write(folder, numbered, pdf, opened, signer)
    with desk.house.transaction() as session:
        register.finish(session, desk.prosecutor, desk.keyring, export.id, manifest, numbered)
    return manifest


def test_a_stranger_checks_what_a_prosecutor_exported_and_finds_no_protected_name(
    desk: Office, ordered: Export, tmp_path: Path
) -> None:
    first = make(desk, ordered, tmp_path / "first")
    ran = subprocess.run(
        [sys.executable, "-I", "-S", str(tmp_path / "first/verify.py"), "--key", desk.keyring.public.hex()],
        capture_output=True, text=True, env={}, cwd="/", check=False, timeout=60,
    )  # fmt: skip
    printed = "\n".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "first/data/dossier.pdf").pages)
    everything = b"".join(path.read_bytes() for path in (tmp_path / "first").rglob("*") if path.is_file())

    assert ran.returncode == 0, ran.stdout
    assert f"E1.1 is withheld: it names {desk.witness}, who is protected" in ran.stdout
    assert not any(form.encode() in everything or form in printed for form in FORMS)
    assert "Tesfay" not in printed
    assert desk.witness in printed
    assert sorted(path.name for path in (tmp_path / "first/data/originals").rglob("*.*")) == [
        "E1.2.txt", "E2.1.jpg", "E3.1.txt"
    ]  # fmt: skip
    second = make(desk, ordered, tmp_path / "second")
    assert second == first
    assert (tmp_path / "second/data/dossier.pdf").read_bytes() == (tmp_path / "first/data/dossier.pdf").read_bytes()


def test_every_original_that_left_is_in_the_reading_ledger_and_no_other(desk: Office, ordered: Export) -> None:
    with desk.house.transaction() as session:
        opened = select(Entry.subject).where(Entry.act == "file opened", Entry.case == str(desk.case.id))
        subjects = set(session.scalars(opened))
        frozen = register.rebuild(session, desk.prosecutor, desk.keyring, ordered.id)

    assert subjects == {file.id for file in frozen.files() if file.original}
