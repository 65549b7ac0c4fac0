"""An upload from its first word to its end: begun with no bytes, continued by anybody who may, and never left unsaid.

Each of these verbs runs in a short transaction of a door.  The bytes themselves come in `evidence.uploads.parts`, and
are put together in `evidence.uploads.whole`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.access import Act
from cases.docket import NoSuchCase
from core import cipher, clock, jobs
from core.accounts import Actor
from core.errors import Conflict, Invalid
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence import custody, exhibits, intake
from evidence.exhibits import Exhibit
from evidence.files import Stated, Target
from evidence.intake import BatchItem, Item
from evidence.keyring import Keyring
from evidence.names import committed
from evidence.uploads import plans, room
from evidence.uploads.plans import Plan
from evidence.uploads.rows import LIVE, Kind, Part, State, Upload
from evidence.vault import TooLarge, Vault

JOB: Final = "assemble"
_TURN: Final = "house/uploads"
_LONGEST: Final = 4_000
_SENDERS: Final = 200


class UploadEnded(Conflict):
    """This upload has ended: it was stored, cancelled, or its time ran out."""


class UnderWay(Conflict):
    """The announced file is being uploaded already."""


class HashStated(Conflict):
    """Another whole hash has been stated for this upload before."""


class NoReason(Invalid):
    """An upload is cancelled with a reason."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The house's terms for uploads: how many days one may last, and the most bytes that a file may have."""

    lasting: timedelta
    limit: int


def start(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    vault: Vault,
    item_id: UUID,
    plan: Plan,
    terms: Terms,
    *,
    metadata: str = "",
    lying: int = 0,
) -> Upload:
    """Open an upload for an announced item, which has no bytes yet, and say up to when it may last.

    *lying* is how many of its bytes are on our disk already, as those of pieces are.
    Whether the same bytes lie here already, in this case or in another, is neither looked up nor told (R-INT-07).
    Raises NoSuchCase, NotYourDuty, Settled, UnderWay, BadPlan, TooLarge, and NoRoom before the first byte.
    """
    item = _waiting(session, actor, item_id)
    exhibit = session.get_one(Exhibit, item.exhibit_id)
    _check(session, vault, plan, terms, lying)
    if session.scalar(select(Upload.id).where(Upload.item_id == item.id, Upload.state.in_(LIVE))) is not None:
        raise UnderWay("this file is being uploaded already; go on with that upload, or cancel it")
    row = _row(session, actor, keyring, exhibit, plan, terms)
    row.item_id, row.metadata_as_sent = item.id, metadata
    item.size, item.because, item.changed = plan.size, "an upload is under way", row.begun
    session.add(row)
    session.flush()
    note(session, actor, row, "upload begun", told(row) | {"source_with": exhibit.custodian, "item": str(item.id),
         "name_commitment": committed(item.shown_name, item.name_salt)})  # fmt: skip
    if not plan.size:
        complete(session, actor, row)
    return row


def start_partial(
    session: Session, actor: Actor, keyring: Keyring, vault: Vault, exhibit_id: UUID, plan: Plan, terms: Terms
) -> Upload:
    """Open an upload for a piece of a file, which others will be joined to (the concatenation of tus)."""
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.ADD)
    _check(session, vault, plan, terms)
    row = _row(session, actor, keyring, exhibit, plan, terms)
    row.kind = Kind.PARTIAL.value
    session.add(row)
    session.flush()
    note(session, actor, row, "upload begun", told(row) | {"source_with": exhibit.custodian})
    if not plan.size:
        row.state = State.WHOLE.value
    return row


def fetch(session: Session, actor: Actor, upload_id: UUID, *, to: Act = Act.ADD, lock: bool = False) -> Upload:
    """The upload, if the person may add to its exhibit (or may do *to* with it); absent and hidden are the same."""
    row = session.get(Upload, upload_id, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise NoSuchCase
    exhibits.fetch(session, actor, row.exhibit_id, to=to)
    return row


def of_exhibit(session: Session, actor: Actor, exhibit_id: UUID) -> list[Upload]:
    """The uploads of an exhibit, the newest first; pieces that were joined are not among them."""
    exhibits.fetch(session, actor, exhibit_id, to=Act.SEE)
    query = select(Upload).where(Upload.exhibit_id == exhibit_id, Upload.kind != Kind.PARTIAL.value)
    return list(session.scalars(query.order_by(Upload.begun.desc(), Upload.id)))


def still_open(row: Upload) -> None:
    """Say nothing for an upload that takes bytes; raises `UploadEnded` with what became of it."""
    if row.state == State.OPEN and row.expires > clock.now():
        return
    ends = {
        State.WHOLE: "has all its bytes; they are being put together",
        State.STORED: "was stored",
        State.JOINED: "was joined to another one",
        State.CANCELLED: f"was cancelled: {row.because}",
    }
    said = ends.get(State(row.state), f"ran out on {clock.stamp(row.expires)}; begin a new one")
    raise UploadEnded(f"this upload {said}")


def held(session: Session, row: Upload) -> Sequence[Part]:
    """What is held of an upload, in its order."""
    return session.scalars(select(Part).where(Part.upload_id == row.id).order_by(Part.start)).all()


def met(session: Session, actor: Actor, row: Upload) -> None:
    """Write down a person, or another machine of a person, that goes on with an upload for the first time.

    Who comes first began it.  Each is entered once, so the chain shows who had the source in hands all the time.
    """
    who, where = actor.signature, actor.door
    if [who, where] in row.senders or len(row.senders) >= _SENDERS:
        return
    if row.senders:
        known = any(one[0] == who for one in row.senders)
        act = "upload continued elsewhere" if known else "upload taken over"
        words = {"before": row.last_by.partition(":")[0], "now": actor.name, "door": where}
        note(session, actor, row, act, {"upload": str(row.id), "held": row.held_bytes, **words})
    row.senders = [*row.senders, [who, where]]


def state_whole(session: Session, actor: Actor, upload_id: UUID, stated: Stated) -> Upload:
    """Take the whole hash from a sender who computed it while sending; after the end it is compared at once.

    Raises HashStated when another value was stated before, and BadDigest.
    """
    intake.check_digest(stated.algorithm, stated.value)
    row = fetch(session, actor, upload_id, lock=True)
    value = stated.value.strip().lower()
    known = {(one.algorithm, one.target): one.value for one in all_stated(row)}
    before = known.get((stated.algorithm, stated.target))
    if before == value:
        return row
    if before:
        raise HashStated(f"{before} was stated before for the {stated.target} of this upload; both cannot be")
    if row.state not in {*LIVE, State.STORED}:
        still_open(row)
    if not row.sha256 and stated.algorithm == "sha256":
        row.sha256, row.target, row.stated_by = value, stated.target.value, stated.stated_by
    else:
        row.also_stated = [*row.also_stated, _kept(stated)]
    note(session, actor, row, "upload hash stated", {"upload": str(row.id), **_kept(stated)})
    if row.state == State.STORED and row.item_id is not None:
        intake.state(session, actor, row.item_id, stated)
    session.flush()
    return row


def complete(session: Session, actor: Actor, row: Upload) -> None:
    """Close an upload of which every byte is held: the worker is promised to put it together."""
    row.state = State.WHOLE.value
    if row.kind == Kind.PARTIAL:
        return
    note(session, actor, row, "upload complete", {"upload": str(row.id), "bytes": row.size, "parts": row.held_parts})
    jobs.enqueue(session, JOB, row.id)


def cancel(session: Session, actor: Actor, upload_id: UUID, because: str) -> Upload:
    """End an upload with a reason: its key is destroyed here, so that no part opens any more.

    The door then removes the parts, and `certify` enters that this was done.  Raises UploadEnded, NoReason.
    """
    row = fetch(session, actor, upload_id, lock=True)
    wrong = exhibits.faults([("reason", because, _LONGEST)])
    if not because.strip():
        wrong["reason"] = "say in a few words why"
    if wrong:
        raise NoReason(exhibits.told(wrong), fields=wrong)
    if row.state not in LIVE:
        still_open(row)
    _end(session, actor, row, State.CANCELLED, because.strip(), "upload cancelled")
    if row.item_id is not None:
        intake.refuse(session, actor, row.item_id, f"its upload was cancelled: {row.because}")
    return row


def overdue(session: Session) -> list[UUID]:
    """The uploads whose time has run out, with their bytes or some of them missing."""
    ready = (Upload.kind == Kind.PARTIAL.value) | (Upload.state == State.OPEN.value)
    query = select(Upload.id).where(Upload.state.in_(LIVE), Upload.expires <= clock.now(), ready)
    return list(session.scalars(query.order_by(Upload.expires, Upload.id)))


def expire(session: Session, actor: Actor, upload_id: UUID) -> None:
    """End an upload whose time has run out; work of the house itself, so nobody is asked for a right."""
    row = session.get_one(Upload, upload_id, with_for_update=True, populate_existing=True)
    if row.id not in overdue(session):
        return
    because = f"its time ran out with {row.held_bytes} of {row.size} bytes held"
    _end(session, actor, row, State.EXPIRED, because, "upload expired")
    if row.item_id is not None:
        intake.give_up(session, actor, row.item_id, f"its upload was not finished: {because}")


def to_purge(session: Session) -> list[UUID]:
    """The ended uploads of which parts may still lie on the disk."""
    gone = select(Upload.id).where(Upload.state.not_in((*LIVE, State.JOINED.value)), Upload.purged.is_(None))
    return list(session.scalars(gone.order_by(Upload.ended, Upload.id)))


def pieces(session: Session, row: Upload) -> list[Part]:
    """The sealed parts that belong to an ended upload alone, those of the uploads joined in it included.

    The keys of these are destroyed here, so that none is joined once more while its parts are being removed.
    """
    joined = {
        one: session.get_one(Upload, UUID(one), with_for_update=True, populate_existing=True)
        for one in sorted(set(row.joined_of))
    }
    others = select(Upload).where(Upload.state.in_(LIVE), Upload.kind == Kind.FINAL.value, Upload.id != row.id)
    needed = {one for other in session.scalars(others) for one in other.joined_of}
    gone = [piece for one, piece in joined.items() if one not in needed]
    for piece in gone:
        piece.wrapped_key = b""
    owners = [row.id, *(piece.id for piece in gone)]
    return list(session.scalars(select(Part).where(Part.upload_id.in_(owners)).order_by(Part.upload_id, Part.start)))


def certify(session: Session, actor: Actor, upload_id: UUID, removed: Sequence[Part]) -> None:
    """Enter that the parts of an ended upload are gone: how many, how many bytes, and one hash over all of theirs."""
    row = session.get_one(Upload, upload_id, with_for_update=True, populate_existing=True)
    if row.purged is not None:
        return
    at = clock.now()
    row.purged = at
    for owner in {part.upload_id for part in removed} - {row.id}:
        other = session.get_one(Upload, owner)
        other.purged, other.wrapped_key = at, b""
    if row.state == State.STORED:
        return
    words = {"upload": str(row.id), "parts": len(removed), "bytes": sum(part.length for part in removed)}
    words |= {"sha256_of_parts": plans.whole_of([part.sha256 for part in removed]), "because": row.because}
    note(session, actor, row, "upload purged", words | {"key": "destroyed", "blobs": "removed"})


def spared(session: Session, names: Collection[str]) -> set[str]:
    """Which of these blobs hold parts that may still be needed, so that a sweep leaves them."""
    query = select(Part.blob).join(Upload, Upload.id == Part.upload_id)
    return set(session.scalars(query.where(Part.blob.in_(names), Upload.purged.is_(None))))


def note(
    session: Session, actor: Actor, row: Upload, act: str, words: dict[str, Any], *, outcome: str = "done"
) -> Entry:
    """Enter something about an upload in the custody chain of its exhibit."""
    exhibit = session.get_one(Exhibit, row.exhibit_id)
    return custody.note_files(session, actor, exhibit, act, words, outcome=outcome)


def told(row: Upload) -> dict[str, Any]:
    """What was announced, as the ledger keeps it."""
    return {
        "upload": str(row.id),
        "kind": row.kind,
        "size": row.size,
        "sha256": row.sha256,
        "target": row.target,
        "stated_by": row.stated_by,
        "also_stated": row.also_stated,
        "part_bytes": row.part_bytes,
        "part_hashes": row.has_sheet,
        "sheet_key": row.sheet_key,
        "expires": clock.stamp(row.expires),
    }


def _waiting(session: Session, actor: Actor, item_id: UUID) -> BatchItem:
    item = session.get(BatchItem, item_id, with_for_update=True, populate_existing=True)
    if item is None:
        raise NoSuchCase
    exhibits.fetch(session, actor, item.exhibit_id, to=Act.ADD)
    if item.state != Item.WAITING:
        raise intake.Settled(f"this file was {item.state}: {item.because or 'announce it again'}")
    return item


def _check(session: Session, vault: Vault, plan: Plan, terms: Terms, lying: int = 0) -> None:
    plans.check(plan)
    if plan.size > terms.limit:
        raise TooLarge(f"{plan.size} bytes were announced, and one file may have at most {terms.limit} here")
    # One at a time, or two that fit singly would both be promised the same room.
    ledger.hold(session, _TURN)
    room.check(session, vault, plan.size, lying=lying)


def _row(session: Session, actor: Actor, keyring: Keyring, exhibit: Exhibit, plan: Plan, terms: Terms) -> Upload:
    at: datetime = clock.now()
    row = Upload(
        id=uuid4(), case_id=exhibit.case_id, exhibit_id=exhibit.id, kind=Kind.FILE.value, size=plan.size,
        part_bytes=plan.part_bytes, sha256=plan.sha256, target=Target(plan.target).value,
        stated_by=plan.stated_by or (actor.name if plan.sha256 else ""), sheet_key=plan.sheet_key,
        also_stated=[_kept(one) for one in plan.also],
        part_hashes=plan.parts or None, has_sheet=bool(plan.parts), metadata_as_sent="", joined_of=[],
        state=State.OPEN.value, because="", held_bytes=0, held_parts=0, offset=0,
        senders=[[actor.signature, actor.door]], begun=at, begun_by=actor.signature, last_by=actor.signature,
        last_at=at, expires=at + terms.lasting,
    )  # fmt: skip
    key = cipher.new_key(cipher.WRAPPING_KEY)
    row.wrapped_key, row.key_version = keyring.wrap_object(session, row.context, key)
    return row


def _kept(stated: Stated) -> dict[str, str]:
    intake.check_digest(stated.algorithm, stated.value)
    value, by = stated.value.strip().lower(), stated.stated_by[:_LONGEST]
    return {"algorithm": stated.algorithm, "value": value, "target": stated.target.value, "stated_by": by}


def all_stated(row: Upload) -> list[Stated]:
    """Every hash that was stated for the whole of an upload, each with what it is a hash of and who says so."""
    whole = [Stated("sha256", row.sha256, Target(row.target), row.stated_by)] if row.sha256 else []
    also = [Stated(one["algorithm"], one["value"], Target(one["target"]), one["stated_by"]) for one in row.also_stated]
    return whole + also


def _end(session: Session, actor: Actor, row: Upload, state: State, because: str, act: str) -> None:
    words = {"upload": str(row.id), "because": because, "held": row.held_bytes}
    row.state, row.because, row.ended, row.wrapped_key = state.value, because, clock.now(), b""
    row.metadata_as_sent = ""
    note(session, actor, row, act, words, outcome="refused")
    session.flush()
