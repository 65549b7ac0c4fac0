"""Putting an upload together: every part is opened and checked, the whole is hashed and sealed as one, then stored.

The worker does this, again from the beginning when it was cut off: until the last step the parts are the truth, and a
whole without a row is noise that a sweep removes.
"""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.accounts import Actor
from core.errors import Tampered, Unavailable
from evidence import incidents, intake
from evidence.exhibits import Exhibit
from evidence.files import File, Stated, Target
from evidence.files import State as FileState
from evidence.keyring import Keyring
from evidence.uploads import parts, room, sessions
from evidence.uploads.parts import Owner
from evidence.uploads.rows import Part, State, Upload
from evidence.vault import BlobContext, Receipt, Vault, VaultFull, VaultOutOfReach

# What was lost here can be sent again at least for so long, whatever the upload's own time says.
_TO_RESEND: Final = timedelta(days=3)

Transaction = Callable[[], AbstractContextManager[Session]]


class PartGone(Tampered):
    """A held part does not open any more; `start` and `upload` name it."""

    def __init__(self, message: str, upload: UUID, start: int) -> None:
        super().__init__(message)
        self.upload, self.start = upload, start


class NotPutTogether(Unavailable):
    """An upload cannot be put together now; every part of it is kept, and it is tried again."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """What a door needs to put an upload together: whose parts in which order, and to what the whole will be bound."""

    upload: UUID
    context: BlobContext
    size: int
    owners: tuple[Owner, ...]


def prepare(session: Session, keyring: Keyring, upload_id: UUID) -> Assembly | None:
    """Everything that is needed to put an upload together; nothing when there is no such work left."""
    row = session.get(Upload, upload_id)
    if row is None or row.state != State.WHOLE or row.item_id is None:
        return None
    owners = [session.get_one(Upload, UUID(one)) for one in row.joined_of] or [row]
    keys = tuple(parts.owner(session, keyring, one) for one in owners)
    return Assembly(row.id, BlobContext(row.case_id, row.exhibit_id, uuid4()), row.size, keys)


def plain(transaction: Transaction, vault: Vault, assembly: Assembly) -> Generator[bytes, None, None]:
    """The bytes of the whole, part after part, each checked as it is opened; raises PartGone."""
    for receipt in (one for owner in assembly.owners for one in parts.receipts(transaction, owner)):
        try:
            yield from vault.open(receipt)
        except Tampered as broken:
            start = receipt.context.version - 1
            raise PartGone(broken.message, receipt.context.file, start) from broken


def seal(transaction: Transaction, vault: Vault, assembly: Assembly) -> Receipt:
    """Seal the whole out of its parts, if there is room for it; when the disk fails on the way, nothing of it is left.

    Never inside a transaction; it opens short ones of the door's own.  Raises PartGone, NoRoom before anything is
    written, and NotPutTogether.
    """
    room.check_whole(vault, assembly.size)
    try:
        with closing(plain(transaction, vault, assembly)) as stream:
            return vault.seal(stream, assembly.context, expect=assembly.size)
    except (VaultFull, VaultOutOfReach) as fault:
        because = fault.message.partition(";")[0]
        then = "make room on it" if isinstance(fault, VaultFull) else "look at the disk"
        raise NotPutTogether(
            f"{because} while this upload was put together; every part of it is kept and nothing has to be sent again: "
            f"{then}, and it goes on by itself"
        ) from fault


def wait(session: Session, upload_id: UUID, because: str) -> None:
    """Say at an upload why it is not put together yet, where its sender looks."""
    row = session.get_one(Upload, upload_id, with_for_update=True, populate_existing=True)
    if row.state == State.WHOLE:
        row.because = because


def store(session: Session, actor: Actor, keyring: Keyring, assembly: Assembly, receipt: Receipt) -> File | None:
    """Turn the whole into the announced file, as intake does with any other; nothing when somebody was quicker.

    A whole hash that does not agree keeps the file, set aside, and opens an incident.  A hash of the data inside an
    image is kept beside the others and explained: it is right to differ (domain.md 2.2).
    """
    row = session.get_one(Upload, assembly.upload, with_for_update=True, populate_existing=True)
    if row.state != State.WHOLE or row.item_id is None:
        return None
    file = intake.store_promised(session, actor, keyring, row.item_id, receipt, stated=sessions.all_stated(row))
    file.received_by = row.last_by
    words = {"upload": str(row.id), "file": str(file.id), "sha256": file.sha256, "parts": row.held_parts}
    words |= {"compared": [_compared(one, file) for one in sessions.all_stated(row)] or ["no hash was stated"]}
    sessions.note(session, actor, row, "upload stored", words)
    if file.state == FileState.QUARANTINED:
        exhibit = session.get_one(Exhibit, row.exhibit_id)
        because = f"the whole of an upload does not have its stated hash: {file.state_because}"
        incidents.open_incident(session, actor, exhibit, incidents.UPLOAD, because, file=file.id, upload=str(row.id))
    row.state, row.file_id, row.ended, row.wrapped_key = State.STORED.value, file.id, file.received, b""
    row.metadata_as_sent, row.because = "", ""
    session.flush()
    return file


def reopen(session: Session, actor: Actor, upload_id: UUID, gone: PartGone) -> None:
    """Take a part that was lost on our disk back from its upload, which waits for it again; opens an incident."""
    row = session.get_one(Upload, upload_id, with_for_update=True, populate_existing=True)
    owner = session.get_one(Upload, gone.upload, with_for_update=True, populate_existing=True)
    part = session.get(Part, (owner.id, gone.start))
    if row.state != State.WHOLE or part is None:
        return
    exhibit = session.get_one(Exhibit, row.exhibit_id)
    because = f"a sealed part of an upload was lost on the disk: {gone.message}"
    incidents.open_incident(session, actor, exhibit, incidents.UPLOAD, because, upload=str(row.id), start=gone.start)
    parts.lose(session, actor, owner, part, gone.message)
    owner.because = ""
    owner.state, owner.expires = State.OPEN.value, max(owner.expires, clock.now() + _TO_RESEND)
    if owner.id != row.id:
        _unjoin(session, actor, row)
    session.flush()


def _unjoin(session: Session, actor: Actor, row: Upload) -> None:
    """A joined file waits for nobody: it ends, its pieces stay, and they are joined again when all are there."""
    row.state, row.because = State.CANCELLED.value, "one of its pieces was lost; send it again, and join them again"
    row.wrapped_key = b""
    for one in session.scalars(select(Upload).where(Upload.id.in_([UUID(name) for name in row.joined_of]))):
        if one.state == State.JOINED:
            one.state = State.WHOLE.value
    row.joined_of = []
    sessions.note(session, actor, row, "upload cancelled", {"upload": str(row.id), "because": row.because})
    if row.item_id is not None:
        intake.give_up(session, actor, row.item_id, f"its upload was not finished: {row.because}")


def _compared(stated: Stated, file: File) -> str:
    """Say in the chain what a stated hash means beside the computed ones."""
    ours = {"sha256": file.sha256, "sha512": file.sha512}.get(stated.algorithm)
    named = f"{stated.algorithm} {stated.value} by {stated.stated_by}"
    if stated.target is Target.SOURCE_DATA:
        same = "is the same" if stated.value == ours else "differs from the file's, as it may"
        return f"{named}: stated for the data inside the file, which is not the file itself; it {same}"
    if ours is None:
        return f"{named}: kept as received, not computed here"
    return f"{named}: agrees" if stated.value == ours else f"{named}: does not agree, the file is set aside"
