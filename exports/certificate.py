"""The certificate of an expungement: what was destroyed, what stays and why, who approved it, how it was verified.

Like a receipt it is canonical JSON (RFC 8785) signed over exactly its bytes; it names things by number and never by
what they said, so that it can be shown to anybody whom the order concerns.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import rfc8785
from sqlalchemy.orm import Session

from cases.docket import Case
from core import approvals, cipher, clock
from core.errors import Missing
from evidence.ending import orders, tombstones
from evidence.ending.rows import Order
from evidence.ending.tombstones import Tombstone
from evidence.keyring import Keyring

KIND: Final = "probanda certificate of expungement"
_STAYS: Final = (
    "the entries of the ledgers, with the numbers, times and persons of every act; they cannot be changed",
    "the SHA-256 of received and derived files in those entries, whether or not the order lets a hash be kept",
    "the record of who had the thing itself, and the thing itself, whose end is an order of its own",
    "copies that have left this house, among them dossiers with a court; their holders are listed and told",
)


class NoCertificate(Missing):
    """There is no certificate yet: the order has not been carried out to its end."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A signed certificate: its values, the exact signed text, and by which key."""

    values: dict[str, Any]
    statement: str
    signature: bytes
    public: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of the signed text."""
        return hashlib.sha256(self.statement.encode()).hexdigest()

    def to_json(self) -> str:
        """The certificate as one JSON text to hand over."""
        signed = {
            "algorithm": "Ed25519",
            "over": "the UTF-8 bytes of the text in «statement»",
            "public_key": self.public.hex(),
            "signature": self.signature.hex(),
        }
        return json.dumps({"statement": self.statement, "signature": signed}, ensure_ascii=False, indent=2) + "\n"


def issue(session: Session, keyring: Keyring, order: Order, *, office: str, checked: Sequence[str]) -> Certificate:
    """Sign what was done under an order; the caller has verified it and enters that the certificate was given."""
    case = session.get_one(Case, order.case_id)
    stones = tombstones.of_order(session, order.id)
    steps = Counter(one.act for one in orders.steps(session, order))
    values: dict[str, Any] = {
        "v": 1,
        "kind": KIND,
        "office": office,
        "key_id": keyring.key_id,
        "issued_at": clock.stamp(clock.now()),
        "order": {
            "id": str(order.id), "number": order.number, "court": order.court, "dated": order.dated,
            "scope": order.scope, "hashes_kept": order.keep_hashes,
        },
        "case": {"id": str(case.id), "number": case.number},
        "asked_by": order.registered_by,
        "approved_by": _approvals(session, order),
        "begun": {"at": clock.stamp(order.began) if order.began else "", "by": order.began_by},
        "steps": dict(sorted(steps.items())),
        "destroyed": [_line(one) for one in stones],
        "stays": [*_STAYS, _copies(order)],
        "recipients": len(orders.notices(session, order)),
        "verified": list(checked),
    }  # fmt: skip
    written = rfc8785.dumps(values)
    return Certificate(values, written.decode(), keyring.sign(written), keyring.public)


def of_order(order: Order) -> Certificate:
    """The certificate of an order that has ended, its signature checked; raises NoCertificate before that."""
    if not order.certificate:
        raise NoCertificate("there is no certificate yet; it is made when everything is gone and looked over")
    found = json.loads(order.certificate)
    statement, signed = found["statement"], found["signature"]
    public, signature = bytes.fromhex(signed["public_key"]), bytes.fromhex(signed["signature"])
    cipher.check_signature(public, statement.encode(), signature)
    return Certificate(json.loads(statement), statement, signature, public)


def _approvals(session: Session, order: Order) -> list[dict[str, str]]:
    used = [one for one in orders.proposals(session, order) if one.state == approvals.Standing.USED]
    return [
        {"by": one.by, "role": one.role, "at": clock.stamp(one.at), "reason": one.reason}
        for proposal in used
        for one in approvals.decisions(session, proposal.id)
    ]


def _line(stone: Tombstone) -> dict[str, Any]:
    return {"tombstone": stone.position, "what": stone.kind, "id": str(stone.id), "hash_kept": stone.kept}


def _copies(order: Order) -> str:
    until = clock.stamp(order.copies_until)[:10] if order.copies_until else "a day that was not given"
    return (
        f"backups made before the end, which the master key {order.master} opens until they expire ({until}) or until "
        "that key is destroyed everywhere; after each restore the tombstones are replayed"
    )
