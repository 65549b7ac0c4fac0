"""Several uploads joined into one file, in the order that the sender gives (the concatenation of tus)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from core.accounts import Actor
from core.errors import Conflict
from evidence.intake import BatchItem
from evidence.keyring import Keyring
from evidence.uploads import sessions
from evidence.uploads.plans import Plan
from evidence.uploads.rows import Kind, State, Upload
from evidence.uploads.sessions import Terms
from evidence.vault import Vault


class NotJoinable(Conflict):
    """These uploads cannot be joined: one is unfinished, ended, no piece, or belongs to another exhibit."""


def join(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    vault: Vault,
    item_id: UUID,
    pieces: Sequence[UUID],
    plan: Plan,
    terms: Terms,
    *,
    metadata: str = "",
) -> Upload:
    """Make one upload of finished pieces, which is whole at once; its size is the sum of theirs.

    A piece stays where it is until the file stands, and may be part of several files.  Raises as `sessions.start` does,
    or NotJoinable.
    """
    rows = {one: sessions.fetch(session, actor, one, lock=True) for one in sorted(set(pieces), key=str)}
    size = sum(rows[one].size for one in pieces)
    whole = Plan(size, plan.sha256, plan.target, plan.stated_by, plan.part_bytes)
    exhibit_id = session.get_one(BatchItem, item_id).exhibit_id
    for one in rows.values():
        _joinable(one, exhibit_id)
        one.state = State.JOINED.value
    # The pieces lie here already, and what was promised to them goes over to the whole.
    there = sum(one.size for one in rows.values())
    row = sessions.start(
        session, actor, keyring, vault, item_id, whole, terms, metadata=metadata, lying=there
    )  # fmt: skip
    row.kind, row.joined_of = Kind.FINAL.value, [str(one) for one in pieces]
    row.held_bytes, row.held_parts, row.offset = size, sum(rows[one].held_parts for one in pieces), size
    sessions.note(session, actor, row, "uploads joined", {"upload": str(row.id), "of": row.joined_of, "size": size})
    if row.state == State.OPEN:
        sessions.complete(session, actor, row)
    session.flush()
    return row


def _joinable(row: Upload, exhibit_id: UUID) -> None:
    if row.kind != Kind.PARTIAL or row.exhibit_id != exhibit_id or not row.wrapped_key:
        raise NotJoinable("only pieces of the same exhibit that are still there can be joined")
    if row.state not in {State.WHOLE, State.JOINED}:
        raise NotJoinable(f"a piece holds {row.held_bytes} of {row.size} bytes; finish it, then join the pieces")
