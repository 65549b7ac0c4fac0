"""Finished dossiers kept at hand: the printed part of each made version, sealed in the vault like any evidence.

The originals of a bundle are in the vault already, so only the PDF is shelved; it can always be made again.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.accounts import Actor
from core.db import Base
from core.errors import Conflict, Refusal
from evidence import fixity, incidents
from evidence.fixity import Finding, Transaction
from evidence.incidents import Incident
from evidence.integrity.looking import Prepared
from evidence.integrity.schedule import BlobCheck, Due, Kind, Known, Level
from evidence.keyring import Keyring
from evidence.vault import BlobContext, Receipt, Vault
from exports.bundle import PDF
from exports.register import Export, State, WrongState


class ShelfHolds(Conflict):
    """The shelved PDF is what it was when it was made, so none is made in its place."""


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
    # Whoever destroys the version ends first, and nothing of it comes back onto the shelf.
    kept = session.get_one(Export, export.id, with_for_update={"key_share": True}, populate_existing=True)
    if kept.state == State.EXPUNGED:
        raise WrongState(f"{kept.dossier} version {kept.version} is gone for good: {kept.because}")
    row = session.get(Shelved, export.id) or Shelved(export_id=export.id)
    row.blob, row.size, row.sha256, row.sha512 = receipt.blob, receipt.size, receipt.sha256, receipt.sha512
    row.sealed_sha256 = receipt.sealed_sha256
    row.wrapped_key, row.key_version = keyring.wrap_object(session, receipt.context, receipt.key)
    session.add(row)
    session.flush()


def take_off(session: Session, export: Export) -> str:
    """Take the PDF of a version off the shelf for good, with its key; gives its blob, for the caller to discard."""
    row = session.get(Shelved, export.id)
    if row is None:
        return ""
    blob = row.blob
    session.delete(row)
    session.flush()
    return blob


def take(session: Session, keyring: Keyring, export: Export) -> Receipt | None:
    """What opens the PDF of a version; nothing when it is not on the shelf.  The caller enters the reading."""
    row = session.get(Shelved, export.id)
    if row is None:
        return None
    context = context_of(export)
    key = keyring.unwrap_object(session, context, row.wrapped_key, row.key_version)
    return Receipt(row.blob, row.size, row.sha256, row.sha512, context, key, row.sealed_sha256)


@dataclass(frozen=True, slots=True)
class Dossiers:
    """The keeper of shelved dossiers, for whoever looks at all blobs in turn."""

    keyring: Keyring

    def known(self, session: Session, most: int) -> Iterable[Known]:
        """Dossiers whose blob is not on the list yet."""
        missing = ~select(BlobCheck.blob).where(BlobCheck.blob == Shelved.blob).exists()
        query = select(Shelved, Export.made_at).join(Export, Export.id == Shelved.export_id).where(missing)
        rows = session.execute(query.limit(most)).all()
        return [Known(one.blob, Kind.DOSSIER, one.export_id, one.size, made or clock.now()) for one, made in rows]

    def prepare(self, session: Session, due: Due) -> Prepared | None:
        """The shelved row, compared with the register when the look is a full one."""
        row = session.get(Shelved, due.subject)
        if row is None or row.blob != due.blob:
            return None
        export = session.get_one(Export, row.export_id)
        receipt, amiss = None, ""
        if due.level is Level.FULL or not row.sealed_sha256:
            _name, kept = _kept(session, self.keyring, row.export_id)
            receipt, amiss = (None, kept) if isinstance(kept, str) else (kept, "")
        return Prepared(row.size, row.sealed_sha256, receipt, "house/fixity", export.case_id, amiss)

    def fill(self, session: Session, _actor: Actor, due: Due, sealed_sha256: str) -> None:
        """Keep the hash of a shelved dossier's sealed bytes; the dossier can always be made again."""
        session.get_one(Shelved, due.subject).sealed_sha256 = sealed_sha256

    def fail(self, session: Session, actor: Actor, due: Due, because: str) -> None:
        """Open an incident in the case; whoever asks for the dossier is refused until it is made again."""
        fail(session, actor, due.subject, because)


def fail(session: Session, actor: Actor, export_id: UUID, because: str) -> None:
    """Open an incident in the case of a dossier whose shelved bytes do not hold; nothing is repaired by it."""
    export = session.get_one(Export, export_id)
    row = session.get(Shelved, export_id)
    if row is None:
        return  # it was destroyed by order while somebody read it
    told: dict[str, Any] = {"dossier": export.dossier, "version": export.version, "blob": row.blob}
    incidents.open_incident(
        session, actor, None, incidents.BYTES, because, file=export.id, case=export.case_id, **told
    )  # fmt: skip


def damaged(session: Session, export: Export) -> Incident | None:
    """The incident, not closed yet, that tells that the PDF which is on the shelf now does not hold."""
    row = session.get(Shelved, export.id)
    for one in incidents.of_file(session, export.id):
        if row is not None and one.state != incidents.State.CLOSED and one.words.get("blob", row.blob) == row.blob:
            return one
    return None


def amiss(transaction: Transaction, vault: Vault, keyring: Keyring, export_id: UUID) -> str:
    """Why the shelved PDF of a version has to be made again; raises ShelfHolds when it is what it was."""
    with transaction() as session:
        name, kept = _kept(session, keyring, export_id)
    if kept is None:
        return "it was not on the shelf"
    because = kept if isinstance(kept, str) else fixity.examine(vault, kept)
    if not because:
        raise ShelfHolds(f"{name} is on the shelf and is what it was when it was made; nothing was made in its place")
    return because


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
