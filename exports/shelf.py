"""Finished dossiers kept at hand: the printed part of each made version, sealed in the vault like any evidence.

The originals of a bundle are in the vault already, so only the PDF is shelved; it can always be made again.
"""

from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base
from core.errors import Refusal
from evidence import fixity
from evidence.fixity import Finding, Transaction
from evidence.keyring import Keyring
from evidence.vault import BlobContext, Receipt, Vault
from exports.bundle import PDF
from exports.register import Export


class Shelved(Base):
    """The PDF of one version, sealed."""

    __tablename__ = "shelved_dossiers"

    export_id: Mapped[UUID] = mapped_column(ForeignKey("exports.id"), primary_key=True)
    blob: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    sha512: Mapped[str]
    sealed_sha256: Mapped[str] = mapped_column(default="")
    wrapped_key: Mapped[bytes]
    key_version: Mapped[int]


def context_of(export: Export) -> BlobContext:
    """To what the sealed PDF of a version is bound."""
    return BlobContext(export.case_id, export.id, export.id)


def put(session: Session, keyring: Keyring, export: Export, receipt: Receipt) -> None:
    """Keep a sealed PDF for a version, in place of an earlier one, whose blob a sweep then removes."""
    row = session.get(Shelved, export.id) or Shelved(export_id=export.id)
    row.blob, row.size, row.sha256, row.sha512 = receipt.blob, receipt.size, receipt.sha256, receipt.sha512
    row.sealed_sha256 = receipt.sealed_sha256
    row.wrapped_key, row.key_version = keyring.wrap_object(session, receipt.context, receipt.key)
    session.add(row)
    session.flush()


def take(session: Session, keyring: Keyring, export: Export) -> Receipt | None:
    """What opens the PDF of a version; nothing when it is not on the shelf.  The caller enters the reading."""
    row = session.get(Shelved, export.id)
    if row is None:
        return None
    context = context_of(export)
    key = keyring.unwrap_object(session, context, row.wrapped_key, row.key_version)
    return Receipt(row.blob, row.size, row.sha256, row.sha512, context, key, row.sealed_sha256)


def check(transaction: Transaction, vault: Vault, keyring: Keyring) -> Iterator[Finding | None]:
    """Read every dossier on the shelf again; yields None for each that holds, else the finding.

    Each is asked for in a short transaction of the door's own and read in none; nothing is repaired.
    """
    with transaction() as session:
        ids = list(session.scalars(select(Shelved.export_id).order_by(Shelved.export_id)))
    for export_id in ids:
        with transaction() as session:
            name, receipt = _kept(session, keyring, export_id)
        if isinstance(receipt, str):
            yield Finding(name, "", receipt)
        elif receipt is not None:
            because = fixity.examine(vault, receipt)
            yield Finding(name, receipt.blob, because) if because else None


def _kept(session: Session, keyring: Keyring, export_id: UUID) -> tuple[str, Receipt | str | None]:
    """What a shelved dossier is called, and what opens it, or the words why nothing does; nothing if it left."""
    export = session.get_one(Export, export_id)
    name = f"dossier {export.dossier} version {export.version} ({export.id})"
    try:
        receipt = take(session, keyring, export)
    except Refusal as why:
        return name, str(why)
    stated = export.digests.get(PDF)
    if receipt is not None and stated is not None and receipt.sha256 != stated:
        return name, f"its row has SHA-256 {receipt.sha256}, and the register has {stated}"
    return name, receipt


def spared(session: Session, blobs: Collection[str]) -> set[str]:
    """Which of these blobs stand on the shelf, so that a sweep leaves them."""
    return set(session.scalars(select(Shelved.blob).where(Shelved.blob.in_(blobs))))
