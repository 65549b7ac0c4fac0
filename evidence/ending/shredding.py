"""Destroying what rows say: keys, text, figures, names; each verb gives what went, for the tombstone.

A row whose content is gone stays as an empty place, so that numbers never name another thing and what refers to it
still stands.  Nothing here asks who may: the worker calls it for an approved order, and the replay after a restore.
"""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cases.docket import CLOSED, Case
from cases.people import NameForm, Person, PersonRole
from core import clock
from core.accounts import Actor
from core.ledger import entries as ledger
from evidence import custody
from evidence.authorities import Authority
from evidence.data_orders import words as asked
from evidence.derivation import Making
from evidence.ending.tombstones import Gone
from evidence.exhibits import Exhibit, ExhibitNumber
from evidence.files import Digest, File, Reading, State, held
from evidence.intake import BatchItem
from evidence.keyring import Keyring
from evidence.kits.labels import KitEntry
from evidence.money.layouts import LayoutRecord
from evidence.money.records import StatementRecord, TransactionRecord
from evidence.names import new_salt
from evidence.online import items as online
from evidence.online.rows import OnlinePart
from evidence.possession.photographs import Photograph
from evidence.selectors import Selector
from evidence.text import PassageRow
from evidence.uploads.rows import Part, Upload

EMPTY: Final = "expunged"
#: Tables whose rows about a file go with it; a test sees to it that no table with a file in it is forgotten.
WITH_A_FILE: Final = (
    PassageRow, Selector, TransactionRecord, StatementRecord, LayoutRecord, Digest, Photograph, OnlinePart,
)  # fmt: skip
#: Tables whose rows go although they name the file in another column.
ALSO_WITH_A_FILE: Final = frozenset({"makings"})
#: Tables that may cite a destroyed file afterwards, and why; each holds nothing of what it said.
STAYS_WITH_A_FILE: Final = {
    "files": "an empty place, so that what was derived and what was numbered still stands",
    "intake_items": "that something was announced and came; its name and hash are emptied",
    "dossier_files": "its number, which never names another file",
    "incidents": "that something happened to it",
    "tombstones": "what is left of it",
    "uploads": "that it was sent in parts, when and by whom; what its name, hashes and key were is emptied",
}
_EMPTY_UPLOAD: Final[dict[str, Any]] = {
    "sha256": "", "also_stated": [], "part_hashes": None, "sheet_key": "", "metadata_as_sent": "", "because": "",
    "wrapped_key": b"",
}  # fmt: skip
#: What a line of a kit said of a thing.  Its hash stays, so that the same line is known when it comes in once more.
_EMPTY_LINE: Final[dict[str, Any]] = {"sealed": b""}
_UNKNOWN: Final = "application/octet-stream"


def shred_file(session: Session, actor: Actor, file: File, *, number: str, keep_hash: bool) -> Gone:
    """Destroy the key of a file and all that was read from it; its blob is discarded by the caller afterwards."""
    # Whoever is reading it has kept what came of that before, and is seen here, or finds it gone.
    held(session, file.id)
    kept = {"sha256": file.sha256, "sha512": file.sha512} if keep_hash and file.sha256 else None
    destroyed: dict[str, Any] = {"blob": file.blob, "object_key_version": file.key_version, "exhibit": file.exhibit_id}
    destroyed = {name: str(value) for name, value in destroyed.items()}
    for table in WITH_A_FILE:
        session.execute(delete(table).where(table.file_id == file.id))
    parts = _forget_arrival(session, file)
    file.name, file.name_salt, file.size, file.blob = EMPTY, new_salt(), 0, f"{EMPTY}/{file.id}"
    file.sha256, file.sha512 = (kept["sha256"], kept["sha512"]) if kept else ("", "")
    file.wrapped_key, file.sealed_facts, file.method, file.language, file.dated = b"", None, {}, "", None
    file.media_type, file.reading, file.reading_because = _UNKNOWN, Reading.NOT_ALLOWED.value, ""
    file.state, file.state_because, file.restricted = State.EXPUNGED.value, f"expunged by order {number}", False
    file.sealed_sha256 = ""
    session.flush()
    exhibit = session.get_one(Exhibit, file.exhibit_id)
    words = {"file": str(file.id), "order": number, "hash_kept": kept is not None}
    custody.note_files(session, actor, exhibit, "expunge", words)
    return Gone(file.id, "file", file.case_id, destroyed | ({"parts": parts} if parts else {}), kept)


def _forget_arrival(session: Session, file: File) -> list[str]:
    """Empty what tells how a file came or was made; gives the blobs of the parts in which it was sent."""
    arrived = select(BatchItem.id).where(BatchItem.file_id == file.id)
    session.execute(delete(Making).where((Making.parent_id == file.id) | Making.item_id.in_(arrived)))
    empty = {"name": EMPTY, "name_salt": new_salt(), "stated_sha256": "", "size": None, "because": ""}
    session.execute(update(BatchItem).where(BatchItem.file_id == file.id).values(empty))
    of_file = Part.upload_id.in_(select(Upload.id).where(Upload.file_id == file.id))
    parts = list(session.scalars(select(Part.blob).where(of_file).order_by(Part.blob)))
    session.execute(delete(Part).where(of_file))
    session.execute(update(Upload).where(Upload.file_id == file.id).values(_EMPTY_UPLOAD))
    return parts


def shred_exhibit(session: Session, actor: Actor, exhibit: Exhibit, *, number: str) -> Gone:
    """Destroy what is written about an exhibit; its reference and the record of who had it stay."""
    ledger.hold(session, exhibit.chain)
    session.execute(delete(ExhibitNumber).where(ExhibitNumber.exhibit_id == exhibit.id))
    session.execute(update(Authority).where(Authority.exhibit_id == exhibit.id).values(scope="", out_of_scope=""))
    waiting = BatchItem.exhibit_id == exhibit.id
    empty = {"name": EMPTY, "name_salt": new_salt(), "stated_sha256": "", "size": None, "because": ""}
    session.execute(update(BatchItem).where(waiting).values(empty))
    session.execute(update(KitEntry).where(KitEntry.exhibit_id == exhibit.id).values(_EMPTY_LINE))
    asked.empty_exhibit(session, exhibit.id)
    online.empty_exhibit(session, exhibit.id)
    exhibit.description, exhibit.condition, exhibit.place_found, exhibit.spot = f"{EMPTY} by order {number}", "", "", ""
    exhibit.found_by, exhibit.seized_from, exhibit.seized_as_written, exhibit.officer = "", "", "", ""
    exhibit.seized_at, exhibit.restricted = None, False
    session.flush()
    custody.note_files(session, actor, exhibit, "expunge", {"order": number, "what": "the description"})
    return Gone(exhibit.id, "exhibit", exhibit.case_id, {"reference": exhibit.reference})


def shred_person(session: Session, actor: Actor, person: Person, *, number: str) -> Gone:
    """Destroy every name and role of a person; the pseudonym stays, since entries and dossiers stand under it."""
    session.execute(delete(NameForm).where(NameForm.person_id == person.id))
    session.execute(delete(PersonRole).where(PersonRole.person_id == person.id))
    session.flush()
    chain = f"case/{person.case_id}"
    words: dict[str, Any] = {"order": number, "pseudonym": person.pseudonym}
    ledger.append(session, chain, actor, "person expunged", case=person.case_id, subject=person.id, **words)
    return Gone(person.id, "person", person.case_id, {"pseudonym": person.pseudonym})


def shred_case(session: Session, actor: Actor, keyring: Keyring, case: Case, *, number: str) -> Gone:
    """Destroy the keys of a case and its title; whatever was sealed under them opens nowhere any more.

    The empty places of the keys stay, so that nobody makes new ones for the case.
    """
    # Whoever turns the key holds the case too, so that no version comes up beside those that go.
    session.refresh(case, with_for_update=True)
    destroyed: dict[str, Any] = {"case_key_versions": keyring.destroy_case(session, case.id)}
    session.execute(update(KitEntry).where(KitEntry.case_id == case.id).values(_EMPTY_LINE))
    asked.empty_case(session, case.id)
    case.title, case.state, case.closed = f"{EMPTY} by order {number}", CLOSED, case.closed or clock.now()
    session.flush()
    ledger.append(session, case.chain, actor, "case expunged", case=case.id, order=number, **destroyed)
    return Gone(case.id, "case", case.id, destroyed)


def family(session: Session, file_id: UUID) -> list[File]:
    """A file and all that was derived from it, the deepest first, so that no parent goes before its children."""
    found, level = [session.get_one(File, file_id)], [file_id]
    while level:
        query = select(File).where(File.parent_id.in_(level)).order_by(File.received, File.id)
        children = list(session.scalars(query))
        found += children
        level = [one.id for one in children]
    return list(reversed(found))


def named_still(session: Session, person: Person) -> bool:
    """Whether any written form of a person's name is left."""
    return session.scalar(select(NameForm.id).where(NameForm.person_id == person.id).limit(1)) is not None
