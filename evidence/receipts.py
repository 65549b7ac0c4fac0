"""The signed receipt of a delivery: what was announced, what came, with which hashes, and what was refused.

The statement is canonical JSON (RFC 8785) and the signature is over exactly its bytes, so that anybody with the public
key can check it without this system.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import rfc8785
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.access import Act
from cases.docket import Case
from core import cipher, clock
from core.accounts import Actor
from core.errors import Invalid
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence import authorities, exhibits, intake
from evidence.exhibits import Exhibit
from evidence.files import File
from evidence.intake import Batch, BatchItem, Item
from evidence.keyring import Keyring

KIND: Final = "probanda intake receipt"
# Every receipt of ours says in its text which it is; one of another kind is none of ours.
UPLOAD: Final = "probanda upload receipt"
THING: Final = "probanda exhibit receipt"
KINDS: Final = (KIND, UPLOAD, THING)
LANGUAGES: Final = ("en", "fr", "ar", "fa", "tr")


class BadReceipt(Invalid):
    """A text that should be a signed receipt is none."""


class NoSuchLanguage(Invalid):
    """A receipt cannot be printed in this language here."""


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt: its values, the exact signed text, and by which key; `public` and `signature` are bytes."""

    values: dict[str, Any]
    statement: str
    signature: bytes
    public: bytes
    key_id: str

    @property
    def digest(self) -> str:
        """The SHA-256 of the signed text, by which the receipt is known in the ledger and in its printed code."""
        return hashlib.sha256(self.statement.encode()).hexdigest()

    def to_json(self) -> str:
        """The receipt as one JSON text to hand over."""
        signed = {
            "algorithm": "Ed25519",
            "key_id": self.key_id,
            "over": "the UTF-8 bytes of the text in «statement»",
            "public_key": self.public.hex(),
            "signature": self.signature.hex(),
        }
        return json.dumps({"statement": self.statement, "signature": signed}, ensure_ascii=False, indent=2) + "\n"


def issue(session: Session, actor: Actor, keyring: Keyring, batch_id: UUID, *, office: str) -> SignedReceipt:
    """Sign what is known now of a delivery, and enter that the receipt was given; raises as `intake.fetch` does."""
    batch, items = intake.fetch(session, actor, batch_id)
    values = _values(session, actor, batch, items, office)
    return sign(session, actor, keyring, session.get_one(Exhibit, batch.exhibit_id), values, {"batch": str(batch.id)})


def for_thing(
    session: Session, actor: Actor, keyring: Keyring, exhibit_id: UUID, *, office: str, language: str = "en"
) -> SignedReceipt:
    """Sign what was taken, for the person from whom it was taken, in a language that the person understands.

    It needs no file and can be given at the scene.  It names the last entry of the custody chain, so that what the
    office says later can be held against it.  The title of the case is left out: it may name others.
    """
    if language not in LANGUAGES:
        message = "a receipt is printed in one of: " + ", ".join(LANGUAGES)
        raise NoSuchLanguage(message, fields={"language": message})
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.SEE)
    head = ledger.hold(session, exhibit.chain)
    values: dict[str, Any] = {
        "v": 1,
        "kind": THING,
        "language": language,
        "office": office,
        "case": {"number": session.get_one(Case, exhibit.case_id).number},
        "exhibit": {
            "id": str(exhibit.id),
            "reference": exhibit.reference,
            "description": exhibit.description,
            "condition": exhibit.condition,
            "seal": exhibit.seal,
            "numbers": [
                {"scheme": one.scheme, "value": one.value, "issuer": one.issuer}
                for one in exhibits.numbers(session, exhibit.id)
            ],
        },
        "taken": {
            "from": exhibit.seized_from,
            "place": exhibit.place_found,
            "as_written": exhibit.seized_as_written,
            "at": clock.stamp(exhibit.seized_at) if exhibit.seized_at else "",
            "officer": exhibit.officer,
        },
        "authorities": [
            {"kind": one.kind, "number": one.number, "issuer": one.issuer}
            for one in authorities.of_exhibit(session, exhibit)
        ],
        "registered_at": clock.stamp(exhibit.registered),
        "registered_by": exhibit.registered_by.partition(":")[0],
        "custodian": exhibit.custodian,
        "entry": {"chain": head.chain, "position": head.position, "digest": head.digest},
        "files": len(_arrivals(session, exhibit)),
        "issued_at": clock.stamp(clock.now()),
        "issued_by": actor.name,
    }
    return sign(session, actor, keyring, exhibit, values, {"language": language})


def sign(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    exhibit: Exhibit,
    values: dict[str, Any],
    words: dict[str, Any],
) -> SignedReceipt:
    """Sign the values of a receipt about an exhibit, and enter that it was given and with which digest."""
    values["key_id"] = keyring.key_id
    written = rfc8785.dumps(values)
    words |= {"kind": values["kind"], "sha256": hashlib.sha256(written).hexdigest(), "key_id": keyring.key_id}
    chain = f"case/{exhibit.case_id}"
    ledger.append(session, chain, actor, "receipt issued", case=exhibit.case_id, subject=exhibit.id, **words)
    return SignedReceipt(values, written.decode(), keyring.sign(written), keyring.public, keyring.key_id)


def entry_of(session: Session, file: File) -> dict[str, Any]:
    """Where in the custody chain a file's arrival stands, for a receipt."""
    entry = session.get(Entry, (f"custody/{file.exhibit_id}", file.position))
    return {"chain": entry.chain, "position": entry.position, "digest": entry.digest} if entry else {}


def check(text: str, public: bytes | None = None) -> dict[str, Any]:
    """Give the values of a receipt whose signature holds, under the key given or else the one it names itself.

    Raises SignatureBroken for a receipt that was changed, BadReceipt for a text that is none.
    """
    return opened(text, public).values


def opened(text: str, public: bytes | None = None) -> SignedReceipt:
    """Give a receipt whose signature holds; raises as `check` does."""
    try:
        found = json.loads(text)
        statement, signed = found["statement"], found["signature"]
        key = public if public is not None else bytes.fromhex(signed["public_key"])
        signature = bytes.fromhex(signed["signature"])
        values = json.loads(statement)
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise BadReceipt("this text is not a signed receipt") from fault
    if not isinstance(values, dict) or values.get("kind") not in KINDS:
        raise BadReceipt("this text is not a signed receipt")
    cipher.check_signature(key, statement.encode(), signature)
    return SignedReceipt(values, statement, signature, key, hashlib.sha256(key).hexdigest()[:16])


def _values(session: Session, actor: Actor, batch: Batch, items: list[BatchItem], office: str) -> dict[str, Any]:
    case = session.get_one(Case, batch.case_id)
    exhibit = session.get_one(Exhibit, batch.exhibit_id)
    rows = {file.id: file for file in session.scalars(select(File).where(File.id.in_(_stored(items))))}
    entries = _entries(session, exhibit)
    counts = {state.value: sum(item.state == state for item in items) for state in Item}
    return {
        "v": 1,
        "kind": KIND,
        "office": office,
        "case": {"id": str(case.id), "title": case.title, "number": case.number},
        "exhibit": {"id": str(exhibit.id), "reference": exhibit.reference, "description": exhibit.description},
        "batch": str(batch.id),
        "source": batch.source,
        "announced_at": clock.stamp(batch.announced),
        "announced_by": batch.announced_by.partition(":")[0],
        "issued_at": clock.stamp(clock.now()),
        "issued_by": actor.name,
        "counts": {"announced": len(items), **counts},
        "items": [_line(item, rows, entries) for item in items],
    }


def _line(item: BatchItem, rows: dict[UUID, File], entries: dict[str, Entry]) -> dict[str, Any]:
    line: dict[str, Any] = {
        "number": item.number,
        "name": item.shown_name,
        "state": item.state,
        "because": item.because,
        "announced_size": item.size,
        "stated_sha256": item.stated_sha256,
    }
    file = rows.get(item.file_id) if item.file_id else None
    if file is None:
        return line
    entry = entries[str(file.id)]
    return line | {
        "file": str(file.id),
        "size": file.size,
        "sha256": file.sha256,
        "sha512": file.sha512,
        "received_at": clock.stamp(file.received),
        "received_by": file.received_by.partition(":")[0],
        "condition": file.state,
        "condition_because": file.state_because,
        "chain": entry.chain,
        "position": entry.position,
        "digest": entry.digest,
    }


def _stored(items: list[BatchItem]) -> list[UUID]:
    return [item.file_id for item in items if item.file_id is not None]


def _arrivals(session: Session, exhibit: Exhibit) -> list[Entry]:
    query = select(Entry).where(Entry.chain == exhibit.chain, Entry.act == "receive file")
    return list(session.scalars(query.order_by(Entry.position)))


def _entries(session: Session, exhibit: Exhibit) -> dict[str, Entry]:
    """The custody entry of each received file, by the file's id."""
    return {str(ledger.words(entry)["file"]): entry for entry in _arrivals(session, exhibit)}
