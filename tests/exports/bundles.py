"""Makers for the tests of exports: one small dossier with custody chains, and the bundle that is written from it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import rfc8785
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

from exports import bundle, verifier
from exports.contents import (
    Cover,
    CustodyEntry,
    Dossier,
    ExhibitEntry,
    FactEntry,
    FileEntry,
    GapEntry,
    HashEntry,
    MoneyRow,
    MoneySchedule,
    PageEntry,
    PersonEntry,
    RoleEntry,
    SignOff,
)

PDF = b"%PDF-1.7\n" + b"a dossier, as far as this test goes\n" * 40
FILES = {"E1.1": b"+49 30 901820 called twice\n", "E1.2": bytes(range(256)) * 300, "E2.1": b""}
EXHIBITS = {
    "E1": "5f0c3a52-0000-4000-8000-000000000001",
    "E2": "5f0c3a52-0000-4000-8000-000000000002",
}


def signer(seed: bytes = b"\x07" * 32) -> bundle.Signer:
    """A key for signing, the same for the same seed."""
    key = ECC.construct(curve="Ed25519", seed=seed)
    public = key.public_key().export_key(format="raw")
    return bundle.Signer(public, lambda text: eddsa.new(key, "rfc8032").sign(text))


def chain(exhibit: str, acts: list[str]) -> tuple[CustodyEntry, ...]:
    """A custody chain as the ledger writes it."""
    made: list[CustodyEntry] = []
    previous = "0" * 64
    for position, act in enumerate(acts, 1):
        at = f"2026-03-0{position}T08:00:00.000000Z"
        record = {
            "act": act, "actor": "s.haile:8d0f", "at": at, "case": "c", "door": "cli", "outcome": "done",
            "purpose": "", "role": "custodian", "subject": exhibit, "v": 1, "words": {"note": "schön, مرحبا"},
        }  # fmt: skip
        text = {"chain": f"custody/{exhibit}", "position": position, "previous": previous, "record": record}
        body = rfc8785.dumps(text).decode()
        previous = hashlib.sha256(body.encode()).hexdigest()
        made.append(
            CustodyEntry(
                position, at, at, act, "S. Haile", "", "Store 2", "shelf 4", "", "B-1042", "schön", previous, body
            )
        )
    return tuple(made)


def file(number: str, name: str, **more: str) -> FileEntry:
    """A file entry with its right digests."""
    data = FILES[number]
    sha256 = hashlib.sha256(data).hexdigest()
    return FileEntry(
        id=f"0000-{number}", number=number, name=name, media_type="text/plain", size=len(data), sha256=sha256,
        sha512=hashlib.sha512(data).hexdigest(), method="received", reading="read",
        original=f"data/originals/{number.partition('.')[0]}/{number}.txt",
        hashes=(HashEntry("sha256", sha256, "container_file", "sender", "2026-03-01T08:00:00.000000Z", "yes"),),
    )  # fmt: skip


def dossier(*, title: str = "Dossier for the court") -> Dossier:
    """A small whole dossier in several scripts, with a gap, a withheld file and a schedule."""
    cover = Cover(
        "Regional Prosecutor", "Operation Meridian", "PR-17/26", "8a1e", "D1", 1, "2026-11-24T20:00:00.000000Z",
        "prosecutor", "prosecution", "C2", title=title, recipient="Regional court",
    )  # fmt: skip
    withheld = replace(
        file("E2.1", "=cmd|'/c calc'!A0"), original="", withheld_because="its text holds a protected name"
    )
    exhibits = (
        ExhibitEntry(
            EXHIBITS["E1"], "E1", (("seal", "B-1042"),), "a telephone, ساعة", (("place", "Quay 4"),),
            (("order", "17/26"),), "C2", "held", (file("E1.1", "chat\n.txt"), file("E1.2", "blob.bin")),
            chain(EXHIBITS["E1"], ["receive", "store", "offer", "accept"]),
            (GapEntry("2026-03-02T08:00:00.000000Z", "2026-03-03T08:00:00.000000Z", "offered, not yet accepted"),),
            (FactEntry("+4930901820", "selector", "row 1", "E1.1"),),
        ),
        ExhibitEntry(
            EXHIBITS["E2"], "E2", (), "@note on paper", (), (), "C2", "held", (withheld,),
            chain(EXHIBITS["E2"], ["receive"]),
        ),
    )  # fmt: skip
    row = MoneyRow(
        1, "2026-01-02", "2026-01-02", "-250.00", "EUR", "out", "+SUM(A1)", "ትግርኛ", ":61:…", "row 7", "E1.1", "read"
    )
    return Dossier(
        cover,
        (PersonEntry("W-1", "person", roles=(RoleEntry("witness"),), protected=True),),
        exhibits,
        (MoneySchedule("DE02", "W-1", "E1.1", "300.00", "50.00", "50.00", "EUR", "reconciled", "0.00", (row,)),),
        (SignOff("p.lead", "prosecutor", "prepared", "2026-11-24T20:00:00.000000Z"),),
        ("E1 had no known holder for a day",),
        (PageEntry(1, "dossier", 1),),
    )


def originals(of: Dossier) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The bytes of the files that the dossier gives."""
    for one in of.files():
        if one.original:
            yield one.original, iter([FILES[one.number][:10], FILES[one.number][10:]])


def made(folder: Path, of: Dossier | None = None, by: bundle.Signer | None = None) -> bundle.Manifest:
    """A bundle on disk."""
    of = of or dossier()
    return bundle.write(folder, of, PDF, originals(of), by or signer())


def document(folder: Path) -> dict[str, Any]:
    """The dossier record of a bundle, as plain JSON."""
    held: dict[str, Any] = json.loads((folder / verifier.DOSSIER).read_text("utf-8"))["dossier"]
    return held


def resealed(folder: Path, by: bundle.Signer) -> None:
    """What a forger does after a change: make every list anew and sign with a key of the forger's own."""
    (folder / verifier.KEY).write_bytes(verifier.public_key(by.public))
    payload = sorted(str(path.relative_to(folder)) for path in (folder / "data").rglob("*") if path.is_file())
    for lists, names in ((verifier.LISTS, payload), (verifier.TAG_LISTS, sorted(verifier.TAGS))):
        for algorithm, name in zip(verifier.ALGORITHMS, lists, strict=True):
            lines = (f"{hashlib.new(algorithm, (folder / one).read_bytes()).hexdigest()}  {one}\n" for one in names)
            (folder / name).write_text("".join(lines))
    lists = {name: (folder / name).read_bytes() for name in verifier.TAG_LISTS}
    statement = verifier.statement(document(folder), lists, by.public)
    (folder / verifier.STATEMENT).write_bytes(statement)
    (folder / verifier.SIGNATURE).write_bytes(by.sign(statement))


def forged(folder: Path, dossier: dict[str, Any], by: bundle.Signer | None = None) -> None:
    """A bundle whose dossier was altered and whose every list, table and signature was made to fit."""
    data = verifier.canonical({"dossier": dossier, "format": "probanda-dossier/1"})
    (folder / verifier.DOSSIER).write_bytes(data)
    for name, table in verifier.records(dossier).items():
        (folder / name).write_bytes(table)
    size = sum(path.stat().st_size for path in (folder / "data").rglob("*") if path.is_file())
    count = sum(path.is_file() for path in (folder / "data").rglob("*"))
    lines = (folder / "bag-info.txt").read_text().splitlines()
    (folder / "bag-info.txt").write_text(
        "".join(f"{line}\n" for line in lines[:-1]) + f"Payload-Oxum: {size}.{count}\n"
    )
    resealed(folder, by or signer(b"\x66" * 32))
