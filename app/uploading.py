"""The door for uploads that may last for days: parts in any order, put together by the worker, purged at their end.

As at the other door, rights are asked in a short transaction, bytes are sealed in none, and what was sealed is written
down in a second one before anybody is told.  So an offset or a part that was ever named as held is held.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO, Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.wiring import services, transaction
from core import clock
from core.accounts import HOUSE, WORKER, Actor
from core.config import MIB
from core.errors import Invalid, Refusal, Unavailable
from core.ledger.entries import Overtaken
from evidence import intake
from evidence.intake import Announced
from evidence.uploads import joining, parts, plans, sessions, whole
from evidence.uploads.parts import Coming, Held, NeedsWholePart, PartDiffers, WrongPart
from evidence.uploads.plans import Plan, Span
from evidence.uploads.rows import Upload
from evidence.uploads.sessions import Terms
from evidence.uploads.whole import PartGone
from evidence.vault import Receipt

JOB: Final = sessions.JOB
_PIECE: Final = MIB
# So long nothing half written is touched, though a living writer is known by its lock.
_LEFT_ALONE: Final = timedelta(minutes=10)
_log = logging.getLogger("probanda.uploads")


class BrokeOff(Invalid):
    """The sender's line ended before the part did; what was held before is held, and this part can be sent again."""


def terms() -> Terms:
    """The house's terms, from its settings."""
    config = services().config
    return Terms(timedelta(days=config.upload_days), config.limits.file_bytes)


def begin(actor: Actor, exhibit_id: UUID, name: str, plan: Plan, *, source: str = "api", metadata: str = "") -> Upload:
    """Announce a file for an exhibit and open the upload of its bytes, in one act."""
    house = services()
    with transaction() as session:
        item = _announced(actor, session, exhibit_id, name, plan.size, source)
        return sessions.start(session, actor, house.keyring, house.vault, item, plan, terms(), metadata=metadata)


def begin_partial(actor: Actor, exhibit_id: UUID, plan: Plan) -> Upload:
    """Open the upload of a piece of a file."""
    house = services()
    with transaction() as session:
        return sessions.start_partial(session, actor, house.keyring, house.vault, exhibit_id, plan, terms())


def join(actor: Actor, exhibit_id: UUID, name: str, pieces: list[UUID], plan: Plan, *, metadata: str = "") -> Upload:
    """Announce a file and make it of finished pieces."""
    house = services()
    with transaction() as session:
        item = _announced(actor, session, exhibit_id, name, None, "api")
        return joining.join(session, actor, house.keyring, house.vault, item, pieces, plan, terms(), metadata=metadata)


def take_part(actor: Actor, upload_id: UUID, number: int, stream: IO[bytes], *, stated: str = "") -> Held:
    """Take in one part by its number; gives what is held of it then, whoever brought it.

    Raises WrongPart after entering it, PartDiffers, BrokeOff, and what asking for the upload raises.
    """
    house = services()
    with transaction() as session:
        row = sessions.fetch(session, actor, upload_id)
        span = plans.part(row.size, row.part_bytes, number)
        coming = parts.expect(session, actor, house.keyring, upload_id, span, stated=stated)
    if isinstance(coming, Held):
        return coming
    return _take(actor, coming, _exactly(stream, span.length))


def take_stream(
    actor: Actor, upload_id: UUID, offset: int, stream: IO[bytes], *, most: int | None = None
) -> Iterator[Held]:
    """Take in bytes from an offset on, stretch after stretch, each held before the next begins; tells each.

    A stretch whose bytes break off is kept as far as it came, unless its hash was stated for the whole of it.
    """
    left, begun = most, offset
    while left is None or left > 0:
        try:
            coming = _next(actor, upload_id, offset, left)
        except NeedsWholePart:
            if offset > begun:
                return
            raise
        if coming is None:
            return
        held = _compare(coming, stream) if isinstance(coming, Held) else _take_what_comes(actor, coming, stream)
        if held is None:
            return
        yield held
        offset = held.span.end
        left = None if left is None else left - held.span.length


def take_checked(
    actor: Actor, upload_id: UUID, offset: int, stream: IO[bytes], most: int, algorithm: str, digest: bytes
) -> int:
    """Take in the bytes of one request that has a checksum, and hold none before all have come; gives the new offset.

    Raises WrongPart for a checksum that does not fit, after entering it.
    """
    house, own = services(), hashlib.new(algorithm, usedforsecurity=False)
    sealed: list[tuple[Coming, Receipt]] = []
    spans: list[Span] = []
    try:
        while most > 0:
            coming = _next(actor, upload_id, offset, most)
            if coming is None:
                break
            counted = _hashing(_exactly(stream, coming.span.length), own)
            if isinstance(coming, Held):
                _compare_all(coming, counted)
            else:
                sealed.append((coming, _seal(actor, coming, counted)))
            spans.append(coming.span)
            offset, most = coming.span.end, most - coming.span.length
        if own.digest() != digest:
            first = spans[0] if spans else Span(offset, 0, 1)
            _refused(actor, upload_id, first, f"the {algorithm} of what came from {first.start} on is another one")
    except BaseException:
        for _coming, receipt in sealed:
            house.vault.discard(receipt.blob)
        raise
    for coming, receipt in sealed:
        _keep(actor, coming, receipt)
    return offset


def ingest(actor: Actor, upload_id: UUID, path: Path) -> Iterator[Held | WrongPart]:
    """Take what is missing of an upload from a file on this machine, such as that of a couriered disk.

    A part whose bytes are wrong is given as the refusal that it met, and the next one is tried.
    """
    with transaction() as session:
        row = sessions.fetch(session, actor, upload_id)
        sessions.still_open(row)
        size, offset = row.size, row.offset
    if path.stat().st_size != size:
        raise plans.BadPlan(f"{path} has {path.stat().st_size} bytes, and this upload has {size}; it is another file")
    with path.open("rb") as stream:
        while offset < size:
            coming = _next(actor, upload_id, offset, None)
            if coming is None:
                return
            if isinstance(coming, Held):
                offset = coming.span.end
                continue
            stream.seek(coming.span.start)
            try:
                yield _take(actor, coming, _exactly(stream, coming.span.length))
            except WrongPart as wrong:
                yield wrong
            offset = coming.span.end


def _next(actor: Actor, upload_id: UUID, offset: int, most: int | None) -> Coming | Held | None:
    """What is to come at an offset, or is held there; nothing at the end."""
    with transaction() as session:
        row = sessions.fetch(session, actor, upload_id)
        span = parts.next_span(session, row, offset, most)
        if span is None or isinstance(span, Held):
            return span
        return parts.expect(session, actor, services().keyring, row.id, span)


def cancel(actor: Actor, upload_id: UUID, because: str) -> None:
    """Cancel an upload with a reason; when this returns its parts are gone and the ledger certifies it."""
    with transaction() as session:
        sessions.cancel(session, actor, upload_id, because)
    purge(actor, upload_id)


def purge(actor: Actor, upload_id: UUID) -> None:
    """Remove the sealed parts of an ended upload and certify it; may run twice, and is finished by the round."""
    with transaction() as session:
        row = session.get_one(Upload, upload_id)
        gone = sessions.pieces(session, row) if upload_id in sessions.to_purge(session) else []
        if row.purged is not None:
            return
    for part in gone:
        services().vault.discard(part.blob)
    with transaction() as session:
        sessions.certify(session, actor, upload_id, gone)


def assemble(upload_id: UUID) -> None:
    """Put a complete upload together and store it; the worker's promise, which may be kept twice.

    A part that is lost on our disk is asked for again instead of failing the whole.  Where there is no room for the
    whole, the upload says so, and the promise is kept later.
    """
    house = services()
    with transaction() as session:
        assembly = whole.prepare(session, house.keyring, upload_id)
    if assembly is None:
        return
    try:
        receipt = whole.seal(transaction, house.vault, assembly)
    except Unavailable as away:
        _say_why(upload_id, away.message)
        _clear()
        raise
    except PartGone as gone:
        _log.warning("a part of upload %s was lost: %s", upload_id, gone.message)
        with transaction() as session:
            whole.reopen(session, WORKER, upload_id, gone)
        return
    with transaction() as session:
        file = whole.store(session, WORKER, house.keyring, assembly, receipt)
    if file is None:
        house.vault.discard(receipt.blob)
        return
    purge(WORKER, upload_id)


def _clear() -> None:
    """Remove what writers that were killed have left half written: it may be a whole image, whose room is needed."""
    vault = services().vault
    for name in vault.broken_off((clock.now() - _LEFT_ALONE).timestamp()):
        _log.warning("%s of %s bytes was left by a writer that died, and is removed", name, vault.discard(name))


def _say_why(upload_id: UUID, because: str) -> None:
    """Tell at the upload why it is not put together yet; what is full may be the database's disk too."""
    try:
        with transaction() as session:
            whole.wait(session, upload_id, because)
    except Unavailable as unsaid:
        _log.warning("upload %s waits (%s), and that could not be written: %s", upload_id, because, unsaid.message)


def tidy() -> None:
    """End what has run out of time, finish every purge that was cut off, and clear; comes round by itself."""
    _clear()
    with transaction() as session:
        late = sessions.overdue(session)
    for upload_id in late:
        with transaction() as session:
            sessions.expire(session, HOUSE, upload_id)
    with transaction() as session:
        gone = sessions.to_purge(session)
    for upload_id in gone:
        purge(HOUSE, upload_id)


def _announced(actor: Actor, session: Session, exhibit_id: UUID, name: str, size: int | None, source: str) -> UUID:
    _batch, items = intake.announce(session, actor, exhibit_id, [Announced(name, size)], source=source)
    return items[0].id


def _take(actor: Actor, coming: Coming, stream: Iterable[bytes]) -> Held:
    return _keep(actor, coming, _seal(actor, coming, stream))


def _seal(actor: Actor, coming: Coming, stream: Iterable[bytes]) -> Receipt:
    try:
        return parts.seal(services().vault, coming, stream)
    except WrongPart as wrong:
        _enter_refusal(actor, coming.upload, coming.span, wrong.message)
        raise
    except OSError as cut:
        raise BrokeOff(
            f"the line ended before part {coming.span.number} did; nothing of this part was kept, send it again"
        ) from cut


def _keep(actor: Actor, coming: Coming, receipt: Receipt) -> Held:
    """Write down what was sealed; of two senders at once the second finds the first one's part."""
    vault = services().vault
    try:
        try:
            held = _kept(actor, coming, receipt)
        except Overtaken:
            held = _kept(actor, coming, receipt)
    except Unavailable:
        raise  # whether the row stands is not known; without one these bytes are noise that a sweep removes
    except Refusal:
        vault.discard(receipt.blob)
        raise
    if held.before:
        vault.discard(receipt.blob)
    return held


def _kept(actor: Actor, coming: Coming, receipt: Receipt) -> Held:
    with transaction() as session:
        return parts.keep(session, actor, coming, receipt)


def _take_what_comes(actor: Actor, coming: Coming, stream: IO[bytes]) -> Held | None:
    """Take a stretch of a stream of which nobody knows where it will break; a shorter one is kept as such."""
    if coming.sha256:
        pieces = _exactly(stream, coming.span.length)
        first = next(pieces, b"")
        return _take(actor, coming, _chain(first, pieces)) if first else None
    sender = _Sender(stream, coming.span.length)
    receipt = parts.seal_as_far(services().vault, coming, sender.pieces())
    if not receipt.size:
        services().vault.discard(receipt.blob)
        held = None
    else:
        span = Span(coming.span.start, receipt.size, coming.span.number)
        held = _keep(actor, Coming(coming.upload, span, coming.context, coming.key, "", by_sheet=False), receipt)
    if sender.broken:
        raise BrokeOff("the line ended; everything up to the offset that is told now is held")
    return held


class _Sender:
    """Reads a stretch as far as it comes, and remembers that the line broke, so that what came before is kept."""

    def __init__(self, stream: IO[bytes], length: int) -> None:
        self.broken = False
        self._stream = stream
        self._left = length

    def pieces(self) -> Iterator[bytes]:
        try:
            for piece in _exactly(self._stream, self._left):
                self._left -= len(piece)
                yield piece
        except OSError as cut:
            _log.info("a line broke with %s bytes of a stretch missing: %s", self._left, type(cut).__name__)
            self.broken = True


def _refused(actor: Actor, upload_id: UUID, span: Span, because: str) -> None:
    _enter_refusal(actor, upload_id, span, because)
    raise WrongPart(f"{because}; nothing of it was kept, send it again")


def _enter_refusal(actor: Actor, upload_id: UUID, span: Span, because: str) -> None:
    try:
        with transaction() as session:
            parts.refuse(session, actor, upload_id, span, because)
    except Refusal as unsaid:
        _log.warning("a refused part could not be entered: %s", unsaid.message)


def _compare(held: Held, stream: IO[bytes]) -> Held | None:
    """Read bytes that are held already, and look whether they are the same; they are not written again."""
    pieces = _exactly(stream, held.span.length)
    first = next(pieces, b"")
    if not first:
        return None
    _compare_all(held, _chain(first, pieces))
    return held


def _compare_all(held: Held, pieces: Iterable[bytes]) -> None:
    own, size = hashlib.sha256(), 0
    for piece in pieces:
        own.update(piece)
        size += len(piece)
    if size == held.span.length and own.hexdigest() != held.sha256:
        raise PartDiffers(f"part {held.span.number} is held with SHA-256 {held.sha256}, and other bytes came")


def _exactly(stream: IO[bytes], length: int) -> Iterator[bytes]:
    """At most this many bytes of a stream, in pieces."""
    while length > 0 and (piece := stream.read(min(_PIECE, length))):
        length -= len(piece)
        yield piece


def _hashing(pieces: Iterable[bytes], own: "hashlib._Hash") -> Iterator[bytes]:
    for piece in pieces:
        own.update(piece)
        yield piece


def _chain(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
