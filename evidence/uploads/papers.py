"""The signed receipt of an upload: what was announced, which parts are held with which hashes, and how it ended."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cases.access import Act
from cases.docket import Case
from core import clock
from core.accounts import Actor
from evidence import receipts
from evidence.exhibits import Exhibit
from evidence.files import File
from evidence.intake import BatchItem
from evidence.keyring import Keyring
from evidence.receipts import SignedReceipt
from evidence.uploads import plans, sessions
from evidence.uploads.rows import Upload


def of_upload(session: Session, actor: Actor, keyring: Keyring, upload_id: UUID, *, office: str) -> SignedReceipt:
    """Sign what is known now of an upload, and enter that the receipt was given; raises as `sessions.fetch` does."""
    row = sessions.fetch(session, actor, upload_id, to=Act.SEE)
    exhibit, case = session.get_one(Exhibit, row.exhibit_id), session.get_one(Case, row.case_id)
    item = session.get(BatchItem, row.item_id) if row.item_id else None
    held = sessions.held(session, row)
    values: dict[str, Any] = {
        "v": 1,
        "kind": receipts.UPLOAD,
        "office": office,
        "case": {"id": str(case.id), "title": case.title, "number": case.number},
        "exhibit": {"id": str(exhibit.id), "reference": exhibit.reference, "description": exhibit.description},
        "upload": {
            **{name: value for name, value in sessions.told(row).items() if name != "upload"},
            "id": str(row.id),
            "name": item.shown_name if item else "",
            "state": row.state,
            "because": row.because,
            "held_bytes": row.held_bytes,
            "begun_at": clock.stamp(row.begun),
            "begun_by": row.begun_by.partition(":")[0],
            "senders": [{"name": who.partition(":")[0], "door": door} for who, door in row.senders],
            "purged_at": clock.stamp(row.purged) if row.purged else "",
        },
        "parts": [[one.start, one.length, one.sha256] for one in held],
        "sha256_of_parts": plans.whole_of([one.sha256 for one in held]),
        "file": _file(session, row),
        "issued_at": clock.stamp(clock.now()),
        "issued_by": actor.name,
    }
    words = {"upload": str(row.id)}
    return receipts.sign(session, actor, keyring, exhibit, values, words)


def _file(session: Session, row: Upload) -> dict[str, Any] | None:
    """What the upload became."""
    file = session.get(File, row.file_id) if row.file_id else None
    if file is None:
        return None
    entry = receipts.entry_of(session, file)
    return {
        "id": str(file.id),
        "size": file.size,
        "sha256": file.sha256,
        "sha512": file.sha512,
        "condition": file.state,
        "condition_because": file.state_because,
        "received_at": clock.stamp(file.received),
        **entry,
    }
