"""Findings of audits: each has a deadline and somebody to answer it; what comes again is answered sooner, by others."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core import accounts, clock
from core.accounts import Actor, Role
from core.errors import Conflict, Forbidden, Invalid, Missing
from core.ledger import entries as ledger
from evidence import incidents
from evidence.audits.rows import Finding, FindingKind, FindingState, ShelfAudit
from evidence.exhibits import Exhibit
from evidence.storeroom import contents

CHAIN: Final = "house/audits"
ANSWER_WITHIN: Final = timedelta(days=14)
AGAIN_WITHIN: Final = timedelta(days=5)
_REMEMBERED: Final = timedelta(days=730)
_SERIOUS: Final = frozenset({FindingKind.MISSING, FindingKind.SEAL})
_LONGEST: Final = 4_000


class NoSuchFinding(Missing):
    """There is no such finding, or none that this person may know of."""


class NotYourFinding(Forbidden):
    """A finding is answered by whom it is given to, a custodian or a supervisor, and closed by an auditor."""


class BadFinding(Invalid):
    """A finding cannot be written, answered or closed like this."""


class FindingEnded(Conflict):
    """The finding has been answered or closed already."""


def find(
    session: Session,
    actor: Actor,
    audit: ShelfAudit,
    kind: FindingKind,
    words: str,
    *,
    exhibit: Exhibit | None = None,
    place: UUID | None = None,
) -> Finding:
    """Write a finding of an audit; what was found before of the same thing or place escalates and has less time.

    The same in the same audit is written once.  Something missing or under another seal opens an incident too.
    """
    text = _said(words, "words")
    same = _same(session, kind, exhibit, place)
    if exhibit is not None and (known := next((one for one in same if one.audit_id == audit.id), None)):
        return known
    before = [one for one in same if one.audit_id != audit.id]
    ordinal = session.scalar(select(func.max(Finding.ordinal)).where(Finding.audit_id == audit.id)) or 0
    at = clock.now()
    made = Finding(
        id=uuid4(), audit_id=audit.id, ordinal=ordinal + 1, kind=kind.value,
        exhibit_id=exhibit.id if exhibit else None, place_id=place, words=text, made=at,
        deadline=at + (AGAIN_WITHIN if before else ANSWER_WITHIN), assigned=exhibit.custodian if exhibit else "",
        assigned_id=exhibit.custodian_id if exhibit else None, state=FindingState.OPEN.value, answer="",
        answered=None, answered_by="", decision="", closed=None, closed_by="",
        repeats=before[0].id if before else None, times=len({one.audit_id for one in before}),
    )  # fmt: skip
    session.add(made)
    session.flush()
    told: dict[str, Any] = {
        "kind": made.kind,
        "words": text,
        "deadline": clock.stamp(made.deadline),
        "to": made.assigned,
    }
    if before:
        told |= {"escalated": True, "found_before": made.times}
    _enter(session, actor, audit, made, "finding", **told)
    if kind in _SERIOUS and exhibit is not None:
        incidents.open_incident(session, actor, exhibit, incidents.AUDIT, f"audit {audit.number}: {text}")
    return made


def assign(session: Session, actor: Actor, finding_id: UUID, name: str) -> Finding:
    """Give a finding to somebody who is to answer it; an auditor or a supervisor does this."""
    found, audit = _fetched(session, actor, finding_id)
    if not actor.holds(Role.AUDITOR, Role.SUPERVISOR):
        raise NotYourFinding("a finding is given to somebody by an auditor or a supervisor")
    user = accounts.named(session, name.strip())
    if found.state == FindingState.CLOSED:
        raise FindingEnded("this finding is closed; nothing was changed")
    if not user.active or not {Role.CUSTODIAN, Role.SUPERVISOR, Role.INVESTIGATOR, Role.EXAMINER} & set(user.roles):
        raise BadFinding(
            "assigned: choose somebody who keeps things", fields={"assigned": "choose somebody who keeps things"}
        )
    found.assigned, found.assigned_id = user.name, user.id
    _enter(session, actor, audit, found, "finding given", to=user.name)
    return found


def answer(session: Session, actor: Actor, finding_id: UUID, statement: str) -> Finding:
    """State how it came and what was done; nothing in the record of the thing is changed by it."""
    found, audit = _fetched(session, actor, finding_id)
    if actor.holds(Role.AUDITOR) or (
        actor.id != found.assigned_id and not actor.holds(Role.CUSTODIAN, Role.SUPERVISOR)
    ):
        raise NotYourFinding("a finding is answered by whom it is given to, a custodian or a supervisor")
    if found.times and not actor.holds(Role.SUPERVISOR):
        raise NotYourFinding("this was found before; a supervisor has to answer it now")
    if found.state != FindingState.OPEN:
        raise FindingEnded(f"this finding is {found.state} already; nothing was changed")
    text = _said(statement, "statement")
    found.answer, found.answered, found.answered_by = text, clock.now(), actor.signature
    found.state = FindingState.ANSWERED.value
    _enter(session, actor, audit, found, "finding answered", statement=text)
    return found


def decide(session: Session, actor: Actor, finding_id: UUID, decision: str, *, enough: bool) -> Finding:
    """Close an answered finding, or say that the answer is not enough, which opens it again until the same day."""
    found, audit = _fetched(session, actor, finding_id)
    if not actor.holds(Role.AUDITOR):
        raise NotYourFinding("a finding is closed by an auditor")
    if found.state != FindingState.ANSWERED:
        raise FindingEnded(f"this finding is {found.state}; it is closed after it was answered")
    text = _said(decision, "decision")
    found.decision = text
    found.state = (FindingState.CLOSED if enough else FindingState.OPEN).value
    if enough:
        found.closed, found.closed_by = clock.now(), actor.signature
    _enter(session, actor, audit, found, "finding closed" if enough else "finding not answered", decision=text)
    return found


def fetch(session: Session, actor: Actor, finding_id: UUID) -> Finding:
    """The finding, if the person may know of it; hidden and absent give the same answer."""
    return _fetched(session, actor, finding_id)[0]


def of_audit(session: Session, actor: Actor, audit: ShelfAudit) -> Sequence[Finding]:
    """The findings of an audit that the person may know of, in their order."""
    return session.scalars(
        select(Finding).where(Finding.audit_id == audit.id, _known(actor)).order_by(Finding.ordinal)
    ).all()


def waiting(session: Session, actor: Actor) -> Sequence[Finding]:
    """The findings that are not closed and that the person may know of, the most urgent first."""
    open_ones = select(Finding).where(Finding.state != FindingState.CLOSED.value, _known(actor))
    return session.scalars(open_ones.order_by(Finding.deadline, Finding.id)).all()


def number(audit: ShelfAudit, found: Finding) -> str:
    """How a finding is called."""
    return f"{audit.number}/{found.ordinal}"


def _known(actor: Actor) -> Any:
    """An auditor knows all; whoever it is given to knows it; custodians and supervisors know what is no exhibit's."""
    if actor.holds(Role.AUDITOR):
        return Finding.id.is_not(None)
    theirs = Finding.assigned_id == actor.id
    if not actor.holds(Role.CUSTODIAN, Role.SUPERVISOR):
        return theirs
    mine = contents.known_to(actor).with_only_columns(Exhibit.id)
    return or_(theirs, Finding.exhibit_id.is_(None), Finding.exhibit_id.in_(mine))


def _fetched(session: Session, actor: Actor, finding_id: UUID) -> tuple[Finding, ShelfAudit]:
    query = select(Finding).where(Finding.id == finding_id, _known(actor)).with_for_update()
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NoSuchFinding("there is no such finding")
    return found, session.get_one(ShelfAudit, found.audit_id)


def _same(session: Session, kind: FindingKind, exhibit: Exhibit | None, place: UUID | None) -> list[Finding]:
    """Findings of the same kind about the same thing, or about the same place where there is no thing; newest first."""
    query = select(Finding).where(Finding.kind == kind.value, Finding.made >= clock.now() - _REMEMBERED)
    if exhibit is not None:
        query = query.where(Finding.exhibit_id == exhibit.id)
    elif place is not None:
        query = query.where(Finding.exhibit_id.is_(None), Finding.place_id == place)
    else:
        return []
    return list(session.scalars(query.order_by(Finding.made.desc())))


def _said(text: str, field: str) -> str:
    if not text.strip() or len(text) > _LONGEST:
        raise BadFinding(f"{field}: say it in a few words", fields={field: "say it in a few words"})
    return text.strip()


def _enter(session: Session, actor: Actor, audit: ShelfAudit, found: Finding, act: str, **words: Any) -> None:
    told = {"audit": audit.number, "finding": number(audit, found), "exhibit": str(found.exhibit_id or ""), **words}
    ledger.append(
        session, CHAIN, actor, act, subject=found.id, purpose="audit" if actor.holds(Role.AUDITOR) else "", **told
    )
