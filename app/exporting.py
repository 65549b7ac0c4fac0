"""Make a dossier: freeze what is asked for, give it its numbers, bind it, bundle it, check it.

The database is asked in short transactions; binding and bundling, which last, run in none.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app import proving, reading
from app.outside import attesting
from app.wiring import services, transaction
from cases.access import Act
from core import jobs
from core.accounts import Actor, User
from core.errors import Refusal, Tampered
from core.ledger.entries import Overtaken
from evidence.ending.tombstones import Tombstone
from evidence.exhibits import Exhibit
from evidence.files import File
from evidence.vault import Receipt
from exports import attestation, bundle, dossier, doubts, register, shelf, verification
from exports.binding import Document, bind, plan
from exports.bundle import Enclosed, Manifest, Signer
from exports.contents import Dossier
from exports.dossier import Order
from exports.press.order import Bounds
from exports.register import Export, State, WrongState
from exports.verifier import Report

JOB = "dossier"


@dataclass(frozen=True, slots=True)
class Made:
    """A finished version: its row in the register, its frozen contents, its PDF, and what opens the originals."""

    export: Export
    dossier: Dossier
    pdf: bytes
    originals: dict[str, Receipt]
    actor: Actor
    enclosed: Enclosed

    @property
    def name(self) -> str:
        """What its bundle is called."""
        return bundle.bundle_name(self.dossier)


def ask(actor: Actor, order: Order, *, later: bool) -> UUID:
    """Freeze what is asked for and put it on record; with ``later`` the worker makes it."""
    house = services()
    with transaction() as session:
        # Whoever freezes, reads or destroys one of its files ends first, or finds the version on record.
        session.execute(_files_of(order).order_by(File.id).with_for_update(read=True))
        ends = attestation.enter_ends(session, actor, order.case_id)
        gone = session.scalar(select(func.max(Tombstone.position))) or 0
        gathered = dossier.gather(session, actor, order, keyring=house.keyring, office=house.config.office)
        _still_whole(session, gathered, gone)
        export = register.enter(session, actor, house.keyring, gathered)
        attestation.begin(session, export, gathered, ends)
        if later:
            jobs.enqueue(session, JOB, export.id)
        return export.id


def _files_of(order: Order) -> Select[UUID]:
    return select(File.id).where(File.exhibit_id.in_(order.exhibits))


def _still_whole(session: Session, gathered: Dossier, gone: int) -> None:
    """Raise when something of it was frozen, or destroyed after so many tombstones, while it was gathered."""
    own = [UUID(one.id) for one in gathered.exhibits]
    session.execute(select(Exhibit.id).where(Exhibit.id.in_(own)).order_by(Exhibit.id).with_for_update(read=True))
    doubts.refuse_any(session, gathered)
    things = own + [UUID(one.id) for one in gathered.files()]
    since = select(Tombstone.position).where(Tombstone.position > gone, Tombstone.id.in_(things))
    if session.scalar(since.limit(1)) is not None:
        raise Overtaken("something of it was destroyed by order while it was gathered; order the dossier again")


def bind_version(actor: Actor, export_id: UUID) -> Made:
    """Number and bind a version that is on record; a refusal is written into the register and raised again."""
    with _on_record(actor, export_id):
        return _bound(actor, export_id)


def write(made: Made, actor: Actor, folder: Path) -> tuple[Manifest, Report]:
    """Write the bundle of a version into a folder that does not exist yet, enter its digests, and check it at once."""
    with _on_record(actor, made.export.id):
        manifest = bundle.write(folder, made.dossier, made.pdf, _streams(made), _signer(), made.enclosed)
    with transaction() as session:
        register.finish(session, actor, services().keyring, made.export.id, manifest, made.dossier)
    _stamped(made.export.id, manifest)
    return manifest, verification.verify(folder)


def make(actor: Actor, export_id: UUID) -> None:
    """Make a version and put it on the shelf; its bundle is run through once, so that its digests are on record."""
    made = bind_version(actor, export_id)
    with _on_record(actor, export_id):
        manifest = bundle.manifest(made.dossier, made.pdf, _streams(made), _signer(), made.enclosed)
    with transaction() as session:
        register.finish(session, actor, services().keyring, export_id, manifest, made.dossier)
    _stamped(export_id, manifest)
    shelve(made)


def shelve(made: Made) -> None:
    """Keep the PDF of a version at hand, sealed."""
    house = services()
    sealed = house.vault.seal(iter([made.pdf]), shelf.context_of(made.export))
    with transaction() as session:
        shelf.put(session, house.keyring, made.export, sealed)


def remake(actor: Actor, export_id: UUID) -> Export:
    """Make a version's PDF again whose copy on the shelf does not hold, and put it in its place.

    It has to be the same to the byte: another one is refused, entered and told, and the shelf is left as it is.  The
    damaged blob is no longer pointed to, and the next sweep removes it.  Raises as `bind_version` does, ShelfHolds,
    WrongState, NotTheSame.
    """
    house = services()
    with transaction() as session:
        if (export := register.fetch(session, actor, export_id, to=Act.EXPORT)).state != State.MADE:
            raise WrongState(f"this version is {export.state}; only one that was made can be made again")
    because = shelf.amiss(transaction, house.vault, house.keyring, export_id)
    try:
        made = bind_version(actor, export_id)
        pdf = hashlib.sha256(made.pdf).hexdigest()
        register.compare(export, pdf)
    except Refusal as refusal:
        with transaction() as session:
            register.not_remade(session, actor, export_id, refusal.message)
        raise
    sealed = house.vault.seal(iter([made.pdf]), shelf.context_of(export))
    with transaction() as session:
        export = register.remade(session, actor, export_id, pdf, because)
        shelf.put(session, house.keyring, export, sealed)
    return export


def make_for(export_id: UUID) -> None:
    """Make a version for the person who asked for it, with that person's rights as they are now."""
    with transaction() as session:
        export = session.get_one(Export, export_id)
        user = session.get_one(User, export.asked_by)
        actor = user.actor("worker", export.purpose)
    make(actor, export_id)


def stream(actor: Actor, export_id: UUID) -> tuple[str, Iterator[bytes]]:
    """The bundle of a made version as one tar stream, with its name; each reading is entered before the first byte."""
    made = from_shelf(actor, export_id)
    return made.name, bundle.tar(made.dossier, made.pdf, _streams(made), _signer(), made.name, made.enclosed)


def from_shelf(actor: Actor, export_id: UUID) -> Made:
    """A made version as it was made: from the shelf, or bound anew, which gives the same bytes."""
    house = services()
    with transaction() as session:
        frozen = register.rebuild(session, actor, house.keyring, export_id)
        export = register.fetch(session, actor, export_id)
        receipt = shelf.take(session, house.keyring, export)
        originals = dossier.receipts(session, actor, house.keyring, frozen)
    if receipt is None:
        return bind_version(actor, export_id)
    pdf = b"".join(_shelved(actor, export, receipt))
    return Made(export, frozen, pdf, originals, actor, _enclosed(export, frozen))


@contextmanager
def _on_record(actor: Actor, export_id: UUID) -> Iterator[None]:
    """Write into the register why a version was not made, and raise it again."""
    try:
        yield
    except Refusal as refusal:
        with transaction() as session:
            if register.fetch(session, actor, export_id).state != State.MADE:
                register.fail(session, actor, export_id, refusal.message)
        raise


def _bound(actor: Actor, export_id: UUID) -> Made:
    house = services()
    with transaction() as session:
        frozen = register.rebuild(session, actor, house.keyring, export_id)
        originals = dossier.receipts(session, actor, house.keyring, frozen)
        export = register.fetch(session, actor, export_id)
    documents = list(_documents(actor, frozen, originals))
    planned = plan(frozen, documents)
    with transaction() as session:
        numbered = register.number_pages(session, actor, house.keyring, export_id, list(planned.counts()))
    pdf = bind(numbered, planned, documents)
    missing = attesting.attest_now().missing
    return Made(export, numbered, pdf, originals, actor, _enclosed(export, numbered, "; ".join(missing)))


def _enclosed(export: Export, frozen: Dossier, because: str = "") -> Enclosed:
    """The proofs from the log that go with a version."""
    keys = [one.key for one in services().config.witnesses]
    with transaction() as session:
        return attestation.enclose(session, export, frozen, proving.signer(session), keys, because)


def _stamped(export_id: UUID, manifest: Manifest) -> None:
    """Have what was signed stamped; who does not answer is asked again, and the stamp goes with the next reading."""
    attesting.stamp_statement(str(export_id), manifest.digest)


def _documents(actor: Actor, frozen: Dossier, originals: dict[str, Receipt]) -> Iterator[Document]:
    for file in frozen.files():
        receipt = originals.get(file.original)
        if receipt is not None and receipt.size <= Bounds().document_bytes:
            yield Document(file.number, _opened(actor, receipt))


def _opened(actor: Actor, receipt: Receipt) -> Callable[[], bytes]:
    return lambda: b"".join(reading.opened(actor, receipt))


def _shelved(actor: Actor, export: Export, receipt: Receipt) -> Iterator[bytes]:
    """The PDF of a version from the shelf; when it does not hold, the case is told, and it can be made again."""
    try:
        yield from services().vault.open(receipt)
    except Tampered as broken:
        with transaction() as session:
            shelf.fail(session, actor, export.id, broken.message)
        raise


def _streams(made: Made) -> Iterator[tuple[str, Iterator[bytes]]]:
    for file in made.dossier.files():
        if file.original:
            yield file.original, reading.opened(made.actor, made.originals[file.original])


def _signer() -> Signer:
    keyring = services().keyring
    return Signer(keyring.public, keyring.sign)
