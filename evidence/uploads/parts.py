"""Bytes of an upload as they come: asked for, hashed and sealed, and only then written down as held.

What is written down is durable: the blob is synced before its row exists, and the row is committed before a sender is
told.  A part that does not have the hash that the sender's sheet states for it leaves nothing behind but an entry.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import cipher, clock
from core.accounts import Actor
from core.errors import Conflict, Invalid
from evidence.keyring import Keyring
from evidence.uploads import plans, sessions
from evidence.uploads.plans import DIGEST, Span
from evidence.uploads.rows import Part, Upload
from evidence.vault import BlobContext, CutShort, Receipt, Vault, VaultFull, VaultOutOfReach

_PAGE: Final = 256


class WrongPart(Invalid):
    """The bytes of a part do not have the hash that was stated for it; nothing of it was kept."""


class PartDiffers(Conflict):
    """Other bytes are held in this place already."""


class NeedsWholePart(Invalid):
    """Each part of this upload has its stated hash, so only whole parts can be taken."""


@dataclass(frozen=True, slots=True)
class Coming:
    """What a door needs to seal one stretch of an upload and to write it down; plain values, no rows."""

    upload: UUID
    span: Span
    context: BlobContext
    key: bytes
    # What the bytes must have as their SHA-256, by the sheet or by the sender's own word with them; may be nothing.
    sha256: str
    by_sheet: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """An upload whose parts are to be opened: to what its key is bound, and the key."""

    context: BlobContext
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Held:
    """A stretch that is held: its hash, and whether it was so before this sender came."""

    span: Span
    sha256: str
    before: bool


def expect(
    session: Session, actor: Actor, keyring: Keyring, upload_id: UUID, span: Span, *, stated: str = ""
) -> Coming | Held:
    """Ask whether these bytes may come now; what is held already is said and need not be sent.

    Raises NoSuchCase, NotYourDuty, UploadEnded, and WrongPart when the sender's own hash is not that of the sheet.
    """
    row = sessions.fetch(session, actor, upload_id)
    there = _in_the_way(session, row, span)
    wanted = _by_sheet(session, row, span)
    if stated and wanted and stated != wanted:
        raise WrongPart(f"the hash sent with part {span.number} is {stated}, and the sheet states {wanted}")
    if there is not None and _same_cut(there, span):
        if stated and stated != there.sha256:
            raise PartDiffers(f"part {span.number} is held with SHA-256 {there.sha256}; {stated} is other bytes")
        return Held(span, there.sha256, before=True)
    sessions.still_open(row)
    _apart(there)
    key = keyring.unwrap_object(session, row.context, row.wrapped_key, row.key_version)
    return Coming(row.id, span, row.at(span.start), key, wanted or stated, bool(wanted))


def seal(vault: Vault, coming: Coming, stream: Iterable[bytes]) -> Receipt:
    """Seal the bytes of one stretch, if they are whole and have the hash they must have; else nothing is left.

    Never inside a transaction.  Raises WrongPart, CutShort, and what `Vault.seal` raises.
    """
    with _kept_before(coming.span.number):
        return vault.seal(_checked(coming, stream), coming.context, expect=coming.span.length)


def seal_as_far(vault: Vault, coming: Coming, stream: Iterable[bytes]) -> Receipt:
    """Seal the bytes of one stretch as far as they come; a shorter one is sealed as such, if nothing states its hash.

    Never inside a transaction.  Raises what `Vault.seal` raises.
    """
    with _kept_before(coming.span.number):
        return vault.seal(stream, coming.context, limit=coming.span.length)


def keep(session: Session, actor: Actor, coming: Coming, receipt: Receipt) -> Held:
    """Write down that a sealed stretch is held; the last one completes the upload.

    When another sender of the same stretch was quicker, its bytes stay, and this one is told whether they are the same;
    the door then discards the second blob.
    """
    row = sessions.fetch(session, actor, coming.upload, lock=True)
    there = _in_the_way(session, row, coming.span)
    if there is not None and _same_cut(there, coming.span):
        if there.sha256 != receipt.sha256:
            raise PartDiffers(
                f"another sender brought other bytes for part {coming.span.number}: {there.sha256} is held, and "
                f"{receipt.sha256} came; nothing of yours was kept"
            )
        return Held(coming.span, there.sha256, before=there.blob != receipt.blob)
    sessions.still_open(row)
    _apart(there)
    sessions.met(session, actor, row)
    row.last_by, row.last_at = actor.signature, clock.now()
    session.add(
        Part(
            upload_id=row.id, start=coming.span.start, length=receipt.size, sha256=receipt.sha256,
            sha512=receipt.sha512, blob=receipt.blob, by=actor.signature, at=row.last_at,
            wrapped_key=cipher.wrap(coming.key, receipt.key, context=coming.context.to_bytes()),
        )
    )  # fmt: skip
    session.flush()
    row.held_bytes, row.held_parts = row.held_bytes + receipt.size, row.held_parts + 1
    _advance(session, row)
    if row.held_bytes == row.size:
        sessions.complete(session, actor, row)
    session.flush()
    return Held(coming.span, receipt.sha256, before=False)


def refuse(session: Session, actor: Actor, upload_id: UUID, span: Span, because: str) -> None:
    """Enter that a part came with other bytes than were stated; only that part is to be sent again."""
    row = sessions.fetch(session, actor, upload_id, lock=True)
    sessions.met(session, actor, row)
    words = {"upload": str(row.id), "part": span.number, "start": span.start, "because": because}
    sessions.note(session, actor, row, "upload part refused", words, outcome="failed")


def next_span(session: Session, row: Upload, offset: int, most: int | None = None) -> Span | Held | None:
    """What is to come at an offset: a stretch up to the end of its part or to what is held, or what is held there.

    Nothing when the upload ends there.
    """
    if offset >= row.size:
        return None
    known = session.get(Part, (row.id, offset))
    span = plans.at(row.size, row.part_bytes, offset)
    if known is not None:
        return Held(Span(offset, known.length, span.number), known.sha256, before=True)
    behind = select(func.min(Part.start)).where(Part.upload_id == row.id, Part.start > offset)
    until = min(span.end, session.scalar(behind) or span.end, span.end if most is None else offset + most)
    return Span(offset, until - offset, span.number)


def owner(session: Session, keyring: Keyring, row: Upload) -> Owner:
    """An upload with the key of its parts."""
    return Owner(row.context, keyring.unwrap_object(session, row.context, row.wrapped_key, row.key_version))


def receipts(transaction: Callable[[], AbstractContextManager[Session]], owner: Owner) -> Iterator[Receipt]:
    """What the vault needs to open each part of an upload, in order.

    Rows are read a page at a time, each in a short transaction of the door's own: an image has tens of thousands, and
    neither the database nor memory is to be held while they are opened.
    """
    start = 0
    while True:
        query = select(Part).where(Part.upload_id == owner.context.file, Part.start >= start)
        with transaction() as session:
            page = session.scalars(query.order_by(Part.start).limit(_PAGE)).all()
        for part in page:
            context = replace(owner.context, version=part.start + 1)
            own = cipher.unwrap(owner.key, part.wrapped_key, context=context.to_bytes())
            yield Receipt(part.blob, part.length, part.sha256, part.sha512, context, own)
        if len(page) < _PAGE:
            return
        start = page[-1].end


def lose(session: Session, actor: Actor, row: Upload, part: Part, because: str) -> None:
    """Take back a held part whose sealed bytes do not hold any more; only it has to be sent again."""
    words = {"upload": str(row.id), "start": part.start, "length": part.length, "sha256": part.sha256}
    sessions.note(session, actor, row, "upload part lost", words | {"because": because}, outcome="failed")
    session.delete(part)
    session.flush()
    row.held_bytes, row.held_parts = row.held_bytes - part.length, row.held_parts - 1
    row.offset = min(row.offset, part.start)


def _checked(coming: Coming, stream: Iterable[bytes]) -> Iterator[bytes]:
    """Pass the bytes on, and raise at their end if they are not those that must come, before anything is kept."""
    own, size = hashlib.sha256(), 0
    for piece in stream:
        own.update(piece)
        size += len(piece)
        yield piece
    if size < coming.span.length:
        raise CutShort(f"part {coming.span.number} has {coming.span.length} bytes and {size} came; send it again")
    if coming.sha256 and own.hexdigest() != coming.sha256:
        says = "the sheet" if coming.by_sheet else "the sender"
        raise WrongPart(
            f"part {coming.span.number} came with SHA-256 {own.hexdigest()}, and {says} states {coming.sha256}; "
            "nothing of it was kept, send this part again"
        )


@contextmanager
def _kept_before(number: int) -> Iterator[None]:
    """Say of a fault of our disk what it means for an upload: this part is not kept, all that was told before is."""
    try:
        yield
    except (VaultFull, VaultOutOfReach) as fault:
        because = fault.message.partition(";")[0]
        then = "make room on it" if isinstance(fault, VaultFull) else "look at the disk"
        raise type(fault)(
            f"{because}; nothing of part {number} was kept, and everything that was held before is held: {then}, and "
            "send this part again"
        ) from fault


def _in_the_way(session: Session, row: Upload, span: Span) -> Part | None:
    """The part that holds bytes of this stretch, if one does: the stretch itself, or another cut.

    One question, not one for each of the two: between two of them another sender's part may be committed, and would
    then be taken for another cut.
    """
    held = select(Part).where(Part.upload_id == row.id, Part.start < span.end)
    # None overlaps another, so of those that begin before its end the last one reaches farthest.
    newest = held.order_by(Part.start.desc()).limit(1).execution_options(populate_existing=True)
    last = session.scalars(newest).first()
    return last if last is not None and last.end > span.start else None


def _same_cut(part: Part, span: Span) -> bool:
    return (part.start, part.length) == (span.start, span.length)


def _by_sheet(session: Session, row: Upload, span: Span) -> str:
    """The hash that the sender's sheet states for exactly this stretch; nothing without a sheet."""
    if not row.has_sheet:
        return ""
    if span != plans.part(row.size, row.part_bytes, span.number):
        raise NeedsWholePart(
            f"the hash of each part of this upload is stated beforehand, so send whole parts of {row.part_bytes} bytes"
        )
    one = func.substr(Upload.part_hashes, (span.number - 1) * DIGEST + 1, DIGEST)
    found = session.scalar(select(one).where(Upload.id == row.id))
    return bytes(found or b"").hex()


def _apart(other: Part | None) -> None:
    """Raise if bytes of a stretch are held in another cut."""
    if other is not None:
        raise PartDiffers(
            f"bytes {other.start} to {other.end} are held in another cut; send what is missing between them, or go on "
            "by the offset"
        )


def _advance(session: Session, row: Upload) -> None:
    """Move the offset on over all that lies behind it, page by page: the first part of an image may come last."""
    offset, more = row.offset, True
    while more:
        query = select(Part.start, Part.length).where(Part.upload_id == row.id, Part.start >= offset)
        page = session.execute(query.order_by(Part.start).limit(_PAGE)).all()
        more = len(page) == _PAGE
        for start, length in page:
            if start != offset:
                more = False
                break
            offset += length
    row.offset = offset
