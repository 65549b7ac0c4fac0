"""The signed report of a shelf audit: its draw, what was found, and the findings; never what a thing is."""

import hashlib
from typing import Any, Final
from uuid import UUID

import rfc8785
from sqlalchemy.orm import Session

from core import clock
from core.accounts import Actor
from core.ledger import entries as ledger
from evidence.audits import audits, findings
from evidence.audits.rows import AuditItem, Finding, ShelfAudit
from evidence.keyring import Keyring
from evidence.receipts import SignedReceipt

KIND: Final = "probanda shelf audit report"


def issue(session: Session, actor: Actor, keyring: Keyring, audit_id: UUID, *, office: str) -> SignedReceipt:
    """Sign what is known now of an audit, for an auditor, and enter that a report was given."""
    audit = audits.fetch(session, actor, audit_id)
    audits.auditor(actor)
    values = _values(session, actor, audit, office) | {"key_id": keyring.key_id}
    written = rfc8785.dumps(values)
    told: dict[str, Any] = {"sha256": hashlib.sha256(written).hexdigest(), "key_id": keyring.key_id}
    ledger.append(session, findings.CHAIN, actor, "audit report", subject=audit.id, audit=audit.number, **told)
    return SignedReceipt(values, written.decode(), keyring.sign(written), keyring.public, keyring.key_id)


def _values(session: Session, actor: Actor, audit: ShelfAudit, office: str) -> dict[str, Any]:
    return {
        "v": 1,
        "kind": KIND,
        "office": office,
        "number": audit.number,
        "auditor": audit.auditor,
        "scope": audit.scope,
        "drawn_at": clock.stamp(audit.drawn),
        "seed": audit.seed,
        "among": audit.population_size,
        "among_sha256": audit.population_sha256,
        "random_size": audit.random_size,
        "risk_size": audit.risk_size,
        "state": audit.state,
        "closed_at": clock.stamp(audit.closed) if audit.closed else "",
        "summary": audit.summary,
        "counts": audits.counts(session, audit),
        "issued_at": clock.stamp(clock.now()),
        "issued_by": actor.name,
        "items": [_item(one) for one in audits.items(session, actor, audit)],
        "findings": [_finding(audit, one) for one in findings.of_audit(session, actor, audit)],
    }


def _item(one: AuditItem) -> dict[str, Any]:
    return {
        "no": one.ordinal,
        "exhibit": str(one.exhibit_id),
        "reference": one.reference,
        "sample": one.sample,
        "risks": one.risks,
        "place": one.place,
        "seal": one.seal,
        "result": one.result,
        "found_place": one.found_place,
        "found_seal": one.found_seal,
        "checked_at": clock.stamp(one.checked) if one.checked else "",
    }


def _finding(audit: ShelfAudit, one: Finding) -> dict[str, Any]:
    return {
        "number": findings.number(audit, one),
        "kind": one.kind,
        "words": one.words,
        "deadline": clock.stamp(one.deadline),
        "assigned": one.assigned,
        "state": one.state,
        "answer": one.answer,
        "decision": one.decision,
        "found_before": one.times,
    }
