"""The register of exports: who asked for what, for whom, from which versions, when, and with which digests.

Each version of a dossier is frozen here as one canonical text, sealed with the case's key, so that it can be made again
to the byte.  A second person signs it off.  States: ordered, made, failed; nothing is ever taken out.
"""

import hashlib
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, LargeBinary, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases import access, people
from cases.access import Act
from core import cipher, clock
from core.accounts import Actor, Role
from core.db import Base, Moment
from core.errors import Conflict, Forbidden, Missing
from core.ledger import entries as ledger
from evidence import exhibits
from evidence.files import File
from evidence.keyring import Keyring
from exports import numbering
from exports.bundle import PDF, Manifest
from exports.contents import Dossier, SignOff, from_json, to_json
from exports.gathering import withholding
from exports.gathering.pieces import Keys

_LONGEST: Final = 2_000
SIGNERS: Final = (Role.PROSECUTOR, Role.SUPERVISOR)


class State(StrEnum):
    """How far an export has come."""

    ORDERED = "ordered"
    MADE = "made"
    FAILED = "failed"
    EXPUNGED = "expunged"


class NoSuchExport(Missing):
    """There is no such export, or none that this person may know of."""


class NotTheSame(Conflict):
    """What was made is not, byte for byte, what was made before from the same frozen contents."""


class WrongState(Conflict):
    """The export is not in a state in which this can be done."""


class NamedSince(Forbidden):
    """Somebody who is named in this version has been put under protection since it was frozen."""


class NotASecondPerson(Forbidden):
    """A dossier is signed off by a prosecutor or supervisor who did not order it."""


class Export(Base):
    """One version of a dossier: its order, its frozen contents under seal, and what became of it."""

    __tablename__ = "exports"
    __table_args__ = (UniqueConstraint("case_id", "dossier", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    dossier: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    recipient: Mapped[str]
    purpose: Mapped[str]
    state: Mapped[str] = mapped_column(default=State.ORDERED.value)
    because: Mapped[str] = mapped_column(default="")
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    asked_name: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(Moment)
    made_at: Mapped[datetime | None] = mapped_column(Moment)
    # Which things in which version: file id to SHA-256, exhibit id to the end of its custody chain.
    versions: Mapped[dict[str, Any]] = mapped_column(JSON)
    # The digest of what the dossier says, page numbers and signatures left aside: this is what is signed off.
    substance: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    digests: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    key_id: Mapped[str] = mapped_column(default="")


class SignedOff(Base):
    """A second person's name under a version, for exactly what it said."""

    __tablename__ = "sign_offs"
    __table_args__ = (UniqueConstraint("export_id", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    export_id: Mapped[UUID] = mapped_column(ForeignKey("exports.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    who: Mapped[str]
    role: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)
    words: Mapped[str]
    substance: Mapped[str]


def enter(session: Session, actor: Actor, keyring: Keyring, dossier: Dossier) -> Export:
    """Put a gathered dossier into the register as ordered, frozen and sealed; gives its row.

    Raises as `access.fetch` does.  From here on the order is on record whatever becomes of it.
    """
    cover = dossier.cover
    case = access.fetch(session, actor, UUID(cover.case_id), to=Act.EXPORT)
    export = Export(
        id=uuid4(), case_id=case.id, dossier=cover.dossier_number, version=cover.version, title=cover.title,
        recipient=cover.recipient, purpose=cover.purpose, state=State.ORDERED.value, because="", asked_by=actor.id,
        asked_name=actor.name, asked_at=clock.now(), versions=_versions(session, dossier), substance=substance(dossier),
        digests={}, key_id="",
    )  # fmt: skip
    _freeze(session, keyring, export, dossier)
    session.add(export)
    session.flush()
    _note(session, actor, export, "dossier ordered", recipient=cover.recipient, exhibits=export.versions["exhibits"])
    return export


def fetch(session: Session, actor: Actor, export_id: UUID, *, to: Act = Act.SEE) -> Export:
    """The export, if the person may do this in its case; hidden and absent give the same answer."""
    export = session.get(Export, export_id)
    if export is None:
        raise NoSuchExport("there is no such export, or none that you may see")
    try:
        access.fetch(session, actor, export.case_id, to=to)
    except Missing as hidden:
        raise NoSuchExport("there is no such export, or none that you may see") from hidden
    return export


def of_case(session: Session, actor: Actor, case_id: UUID) -> list[Export]:
    """The exports of a case, newest first."""
    access.fetch(session, actor, case_id, to=Act.SEE)
    query = select(Export).where(Export.case_id == case_id)
    return list(session.scalars(query.order_by(Export.asked_at.desc(), Export.id)))


def rebuild(session: Session, actor: Actor, keyring: Keyring, export_id: UUID) -> Dossier:
    """Give the frozen contents again, exactly; made from them, the bytes must be the same (see `finish`).

    Whoever asks must still be allowed each of the exhibits in it.  Raises NamedSince when it holds a name, or an
    original, that would not leave any more.
    """
    export = fetch(session, actor, export_id, to=Act.EXPORT)
    dossier = _thaw(session, keyring, export)
    for exhibit in dossier.exhibits:
        exhibits.fetch(session, actor, UUID(exhibit.id), to=Act.EXPORT)
    _check_protection(session, keyring, export, dossier)
    _note(session, actor, export, "dossier opened")
    return dossier


def number_pages(
    session: Session, actor: Actor, keyring: Keyring, export_id: UUID, counts: list[tuple[str, int]]
) -> Dossier:
    """Give the pages of an ordered version their numbers from the table and freeze them into it.

    *counts* are (part, how many pages) in the order of the printed dossier.  Raises numbering.PagesGiven when this
    version had other pages before.
    """
    export = _held(session, actor, export_id)
    dossier = _thaw(session, keyring, export)
    pages = numbering.give_pages(session, export.id, counts)
    if dossier.pages != pages:
        dossier = replace(dossier, pages=pages)
        _freeze(session, keyring, export, dossier)
        session.flush()
    return dossier


def finish(
    session: Session, actor: Actor, keyring: Keyring, export_id: UUID, manifest: Manifest, printed: Dossier
) -> Export:
    """Write down with which digests a version was made; made again, they must be the same.

    What was *printed* is what stays frozen: who signed off while it was being made stands in the register alone.
    Raises NotTheSame, naming what differs, when a rebuild gave other bytes.
    """
    export = _held(session, actor, export_id)
    if export.state == State.EXPUNGED:
        raise WrongState(f"this version is gone for good: {export.because}")
    digests = {**manifest.digests(), "bytes": sum(one.size for one in manifest.files)}
    if export.state == State.MADE:
        if differing := [name for name in digests if digests[name] != export.digests.get(name)]:
            raise NotTheSame(
                f"{export.dossier} version {export.version} came out otherwise than before: {', '.join(differing)}"
            )
        _note(session, actor, export, "dossier made again", digests=export.digests)
        return export
    if _thaw(session, keyring, export) != printed:
        _freeze(session, keyring, export, printed)
    export.state, export.because, export.made_at = State.MADE.value, "", clock.now()
    export.digests, export.key_id = digests, manifest.key_id
    session.flush()
    _note(session, actor, export, "dossier made", digests=export.digests, key=export.key_id)
    return export


def compare(export: Export, pdf: str) -> None:
    """Raise NotTheSame when a PDF that was made again (its SHA-256) is not the one that is on record."""
    if pdf != (stated := export.digests.get(PDF)):
        raise NotTheSame(
            f"{export.dossier} version {export.version} came out otherwise than before: SHA-256 {pdf}, and the "
            f"register has {stated}; the copy on the shelf was left as it is"
        )


def remade(session: Session, actor: Actor, export_id: UUID, pdf: str, because: str) -> Export:
    """Enter that the PDF of a made version was made again for the shelf, and why.

    Raises WrongState, or NotTheSame as `compare` does.
    """
    export = _held(session, actor, export_id)
    if export.state != State.MADE:
        raise WrongState(f"this version is {export.state}; only one that was made can be made again")
    compare(export, pdf)
    _note(session, actor, export, "dossier made again", pdf=pdf, because=because[:_LONGEST])
    return export


def not_remade(session: Session, actor: Actor, export_id: UUID, because: str) -> None:
    """Enter that the PDF of a version could not be made again, and why; what is on record stays."""
    export = fetch(session, actor, export_id, to=Act.EXPORT)
    _note(session, actor, export, "dossier not made again", outcome="failed", because=because[:_LONGEST])


def fail(session: Session, actor: Actor, export_id: UUID, because: str) -> Export:
    """Write down that an ordered version could not be made, and why; it can be tried again."""
    export = _held(session, actor, export_id)
    if export.state in {State.MADE, State.EXPUNGED}:
        raise WrongState(f"this version is {export.state} already; what was made stays on record")
    export.state, export.because = State.FAILED.value, because[:_LONGEST]
    session.flush()
    _note(session, actor, export, "dossier not made", outcome="failed", because=export.because)
    return export


def sign_off(session: Session, actor: Actor, keyring: Keyring, export_id: UUID, words: str) -> SignedOff:
    """Put a second person's name under a version, for exactly what it says.

    A version that is not made yet bears the name in print; one that was made bears it in the register, since its
    bytes do not change any more.  Raises NotASecondPerson, or WrongState when this person has signed already.
    """
    export = _held(session, actor, export_id)
    if export.asked_by == actor.id or not actor.holds(*SIGNERS):
        raise NotASecondPerson("a dossier is signed off by a prosecutor or supervisor who did not order it")
    if any(one.user_id == actor.id for one in signed_off(session, export)):
        raise WrongState("you have signed off this version already")
    role = next(role for role in SIGNERS if actor.holds(role))
    signed = SignedOff(
        id=uuid4(), export_id=export.id, user_id=actor.id, who=actor.name, role=role.value, at=clock.now(),
        words=words[:_LONGEST], substance=export.substance,
    )  # fmt: skip
    session.add(signed)
    if export.state != State.MADE:
        dossier = _thaw(session, keyring, export)
        entry = SignOff(signed.who, signed.role, "signed off", clock.stamp(signed.at), signed.words)
        _freeze(session, keyring, export, replace(dossier, signoffs=(*dossier.signoffs, entry)))
    session.flush()
    _note(session, actor, export, "dossier signed off", substance=export.substance)
    return signed


def signed_off(session: Session, export: Export) -> list[SignedOff]:
    """Who has signed off a version, in order of time."""
    query = select(SignedOff).where(SignedOff.export_id == export.id)
    return list(session.scalars(query.order_by(SignedOff.at, SignedOff.id)))


def substance(dossier: Dossier) -> str:
    """The SHA-256 of what a dossier says, with page numbers and signatures left aside."""
    return hashlib.sha256(to_json(replace(dossier, pages=(), signoffs=())).encode()).hexdigest()


def _check_protection(session: Session, keyring: Keyring, export: Export, dossier: Dossier) -> None:
    before, now = export.versions.get("protected", ""), withholding.guarded(session, export.case_id)
    if before == now:
        return
    masks = people.masks(session, export.case_id, key=keyring.case_key(session, export.case_id))
    held = [session.get_one(File, UUID(file.id)) for file in dossier.files() if file.original]
    # While somebody was protected, what could not be searched was given only when a person had looked through it.
    vouched = {file.id for file in held} if before else set()
    verdicts = withholding.judge(session, Keys(session, keyring).of, held, masks, vouched)
    if withholding.masked(dossier, masks) != dossier or any(one.protects for one in verdicts.values()):
        raise NamedSince(
            f"{export.dossier} version {export.version} holds what would not leave now, since somebody has been put "
            "under protection after it was frozen: order a new version"
        )


def _versions(session: Session, dossier: Dossier) -> dict[str, Any]:
    ends = {one.id: one.custody[-1].digest if one.custody else "" for one in dossier.exhibits}
    return {
        "exhibits": ends,
        "files": {file.id: file.sha256 for file in dossier.files()},
        "protected": withholding.guarded(session, UUID(dossier.cover.case_id)),
    }


def _freeze(session: Session, keyring: Keyring, export: Export, dossier: Dossier) -> None:
    export.key_version = keyring.version(session, export.case_id)
    key = cipher.derive(keyring.case_key(session, export.case_id, export.key_version), "dossiers")
    export.sealed = cipher.seal_note(key, to_json(dossier).encode(), context=export.id.bytes)


def expunge(session: Session, actor: Actor, export: Export, *, number: str, gone: Collection[str]) -> None:
    """Destroy the frozen contents of a version by order; that it was made, for whom and with which digests, stays.

    *gone* are the files whose hashes may not be kept.  Copies that have left the house are not reached by this.
    """
    export.sealed, export.state, export.because = b"", State.EXPUNGED.value, f"expunged by order {number}"
    export.title = State.EXPUNGED.value
    kept = {file: "" if file in gone else value for file, value in export.versions.get("files", {}).items()}
    export.versions = {**export.versions, "files": kept}
    session.flush()
    _note(session, actor, export, "dossier expunged", order=number)


def frozen(session: Session, keyring: Keyring, export: Export) -> str:
    """The frozen contents of a version as one text, for the ending of data, which has to know whom it names."""
    return to_json(_thaw(session, keyring, export))


def _thaw(session: Session, keyring: Keyring, export: Export) -> Dossier:
    if export.state == State.EXPUNGED or not export.sealed:
        raise WrongState(f"{export.dossier} version {export.version} is gone for good: {export.because}")
    key = cipher.derive(keyring.case_key(session, export.case_id, export.key_version), "dossiers")
    return from_json(cipher.unseal_note(key, export.sealed, context=export.id.bytes).decode())


def _held(session: Session, actor: Actor, export_id: UUID) -> Export:
    """The export as it is now, for a change, kept from being changed by others until the transaction ends."""
    export = fetch(session, actor, export_id, to=Act.EXPORT)
    session.refresh(export, with_for_update={"key_share": True})
    return export


def _note(
    session: Session,
    actor: Actor,
    export: Export,
    act: str,
    outcome: str = "done",
    **words: Any,
) -> None:
    ledger.append(
        session, f"access/{export.case_id}", actor, act, case=export.case_id, subject=export.id, outcome=outcome,
        dossier=export.dossier, version=export.version, **words,
    )  # fmt: skip
