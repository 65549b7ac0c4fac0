"""Shelf audits: an auditor draws, looks in both directions, and writes findings; nothing else can an auditor change.

The auditor sees numbers, places and seals, and never what a thing is (domain.md J11).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.accounts import Actor, Role
from core.errors import Conflict, Forbidden, Invalid, Missing
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence.audits import drawing, findings, risks
from evidence.audits.findings import CHAIN
from evidence.audits.rows import AuditItem, AuditState, FindingKind, Result, ShelfAudit
from evidence.exhibits import Exhibit
from evidence.storeroom import codes, contents, places, seals
from evidence.storeroom.codes import Thing
from evidence.storeroom.places import Place

MOST: Final = 1_000
READERS: Final = frozenset({Role.AUDITOR, Role.SUPERVISOR, Role.CUSTODIAN})
# What has left custody for good is on no shelf.
_ENDED: Final = frozenset({"returned", "forfeited", "sold", "destroyed", "transferred", "disposed", "expunged"})
_LONGEST: Final = 2_000


class NoSuchAudit(Missing):
    """There is no such audit, or none that this person may know of."""


class NotAnAuditor(Forbidden):
    """Audits are drawn, checked and closed by auditors."""


class NotYourCheck(Forbidden):
    """Nobody checks what has been in the own hands (R-CUS-04)."""


class BadAudit(Invalid):
    """An audit cannot be drawn or checked like this."""


class AuditClosed(Conflict):
    """The audit is closed, or not all of it has been checked."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many things to draw at random and by risk, and below which place; none means the whole house."""

    random: int
    risk: int
    place: UUID | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the auditor saw of one thing: whether it is there, where, and which seal it bears."""

    there: bool
    place: str = ""
    seal: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a look along one shelf gave: what fits, what is there and should not be, what should be and is not."""

    place: Place
    fits: tuple[str, ...]
    strange: tuple[str, ...]
    absent: tuple[str, ...]


def draw(session: Session, actor: Actor, wanted: Wanted, *, seed: str = "") -> ShelfAudit:
    """Draw both samples and enter the seed, among what was drawn and what came out; raises NotAnAuditor or BadAudit."""
    auditor(actor)
    _check(wanted)
    place = None if wanted.place is None else places.fetch(session, wanted.place)
    rows = _population(session, actor, place)
    known = risks.of(session, rows)
    weights = {one: risks.weight(told) for one, told in known.items()}
    text, seed = drawing.population(weights), seed or secrets.token_hex(32)
    ledger.hold(session, CHAIN)
    at = clock.now()
    last = session.scalar(select(func.max(ShelfAudit.ordinal)).where(ShelfAudit.year == at.year)) or 0
    audit = ShelfAudit(
        id=uuid4(), year=at.year, ordinal=last + 1, place_id=wanted.place, scope=place.path if place else "",
        seed=seed, random_size=wanted.random, risk_size=wanted.risk, population=text, population_size=len(weights),
        population_sha256=drawing.digest(text), drawn=at, auditor=actor.name, auditor_id=actor.id,
        state=AuditState.OPEN.value, closed=None, summary="",
    )  # fmt: skip
    session.add(audit)
    session.flush()
    by_id = {str(one.id): one for one in rows}
    for ordinal, (own, sample) in enumerate(drawn(audit), start=1):
        session.add(_item(audit, by_id[own], ordinal, sample, known[own]))
    session.flush()
    told = {"seed": seed, "among": len(weights), "among_sha256": audit.population_sha256, "scope": audit.scope}
    told |= {"random": wanted.random, "risk": wanted.risk}
    enter(session, actor, audit, "audit drawn", **told)
    return audit


def drawn(audit: ShelfAudit) -> list[tuple[str, str]]:
    """The draw done once more from the seed and the list: each id and by which sample it came; a thing comes once."""
    weights = drawing.read(audit.population)
    at_random = drawing.draw(audit.seed, weights, audit.random_size, drawing.RANDOM)
    rest = {one: weight for one, weight in weights.items() if one not in set(at_random)}
    by_risk = drawing.draw(audit.seed, rest, audit.risk_size, drawing.RISK)
    return [(one, drawing.RANDOM) for one in at_random] + [(one, drawing.RISK) for one in by_risk]


def fetch(session: Session, actor: Actor, audit_id: UUID) -> ShelfAudit:
    """The audit, for auditors, supervisors and custodians; raises NoSuchAudit alike for all others."""
    found = session.get(ShelfAudit, audit_id)
    if found is None or not actor.holds(*READERS):
        raise NoSuchAudit("there is no such audit")
    return found


def listed(session: Session, actor: Actor) -> Sequence[ShelfAudit]:
    """All audits, the newest first, for those who may know of them; for others there are none."""
    if not actor.holds(*READERS):
        return []
    return session.scalars(select(ShelfAudit).order_by(ShelfAudit.year.desc(), ShelfAudit.ordinal.desc())).all()


def items(session: Session, actor: Actor, audit: ShelfAudit) -> Sequence[AuditItem]:
    """What was drawn, without what it is: all of it for an auditor, to others only what they may know of."""
    query = select(AuditItem).where(AuditItem.audit_id == audit.id)
    if not actor.holds(Role.AUDITOR):
        query = query.where(AuditItem.exhibit_id.in_(contents.known_to(actor).with_only_columns(Exhibit.id)))
    return session.scalars(query.order_by(AuditItem.ordinal)).all()


def fetch_item(session: Session, actor: Actor, item_id: UUID, *, lock: bool = False) -> AuditItem:
    """One thing that was drawn, to be looked for by an auditor.

    Raises NotAnAuditor for whoever may know that it was drawn, and NoSuchAudit alike for all others.
    """
    found = session.get(AuditItem, item_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise NoSuchAudit("there is no such audit")
    audit = fetch(session, actor, found.audit_id)
    if found not in items(session, actor, audit):
        raise NoSuchAudit("there is no such audit")
    auditor(actor)
    return found


def check(session: Session, actor: Actor, item_id: UUID, seen: Seen) -> AuditItem:
    """Look for one thing that was drawn (record to shelf) and enter what was found, in its custody too.

    Raises NoSuchAudit, NotAnAuditor, NotYourCheck, AuditClosed, or BadAudit.
    """
    item, audit = _drawn_item(session, actor, item_id)
    exhibit = session.get_one(Exhibit, item.exhibit_id)
    _stranger(session, actor, exhibit)
    if any(len(text) > _LONGEST for text in (seen.place, seen.seal, seen.note)):
        raise BadAudit("note: say it shorter", fields={"note": "say it shorter"})
    spot = _where(session, seen.place) if seen.there else places.Spot()
    wrong = []
    if not seen.there:
        wrong.append((FindingKind.MISSING, f"not found at {item.place or 'any place: none is recorded'}"))
    else:
        if spot.path and spot.path != exhibit.place:
            wrong.append((FindingKind.ELSEWHERE, f"recorded at {exhibit.place or 'no place'}, found at {spot.path}"))
        if seals.folded(seen.seal) != seals.folded(exhibit.seal):
            wrong.append((FindingKind.SEAL, f"recorded with {_seal(exhibit.seal)}, found with {_seal(seen.seal)}"))
    _note(item, actor, seen, spot.path, wrong)
    words: dict[str, Any] = {
        "audit": audit.number,
        "result": item.result,
        "place": item.found_place,
        "seal_in": exhibit.seal,
    }
    words |= {"seal_out": exhibit.seal, "seal_seen": item.found_seal, "note": seen.note.strip()}
    ledger.append(
        session, exhibit.chain, actor, "audit-check", case=exhibit.case_id, subject=exhibit.id, purpose="audit",
        outcome="done" if item.result == Result.PRESENT else "failed", **words,
    )  # fmt: skip
    enter(session, actor, audit, "audit-check", exhibit=str(exhibit.id), reference=item.reference, result=item.result)
    for kind, because in wrong:
        findings.find(session, actor, audit, kind, _joined(because, seen.note), exhibit=exhibit, place=spot.place_id)
    return item


def sweep(
    session: Session, actor: Actor, audit_id: UUID, shelf: str, scanned: Sequence[str], unlabelled: Sequence[str] = ()
) -> Swept:
    """Scan all that lies on one shelf (shelf to record): what fits, what is strange there, and what should be there.

    `unlabelled` describes, without opening anything, what bears no label; each becomes a finding to identify it.
    """
    audit = _open(session, actor, audit_id)
    place = places.scanned(session, shelf)
    if len(scanned) + len(unlabelled) > MOST:
        raise BadAudit(f"scan at most {MOST:,} things at once")
    here = {one.id: one for one in session.scalars(select(Exhibit).where(Exhibit.place_id == place.id))}
    seen = {text: _met(session, actor, text) for text in dict.fromkeys(one.strip() for one in scanned if one.strip())}
    met = {found.id: found for found in seen.values() if found is not None and found.id in here}
    absent = [one for own, one in here.items() if own not in met]
    # First the chains of custody, then ours, as everybody takes them, or two would wait for each other.
    ledger.hold_each(session, [one.chain for one in absent])
    ledger.hold(session, CHAIN)
    audit = _open(session, actor, audit_id)
    strange = []
    for text, found in seen.items():
        if found is None:
            strange.append(text)
            findings.find(
                session, actor, audit, FindingKind.NO_RECORD, f"«{text[:200]}» is in no record", place=place.id
            )
        elif found.id not in here:
            strange.append(found.reference)
            because = f"recorded at {found.place or 'no place'}, found at {place.path}"
            findings.find(session, actor, audit, FindingKind.ELSEWHERE, because, exhibit=found, place=place.id)
    for text in (one.strip() for one in unlabelled if one.strip()):
        findings.find(session, actor, audit, FindingKind.NO_LABEL, text[:_LONGEST], place=place.id)
    for one in absent:
        findings.find(
            session, actor, audit, FindingKind.MISSING, f"not found at {place.path}", exhibit=one, place=place.id
        )
    told: dict[str, Any] = {"place": place.path, "fits": len(met), "strange": len(strange), "absent": len(absent)}
    enter(session, actor, audit, "shelf checked", unlabelled=len([one for one in unlabelled if one.strip()]), **told)
    fits, gone = (tuple(sorted(one.reference for one in group)) for group in (met.values(), absent))
    return Swept(place, fits, tuple(strange), gone)


def close(session: Session, actor: Actor, audit_id: UUID, summary: str) -> ShelfAudit:
    """Close an audit of which all that was drawn has been looked for; its findings go on until they are closed."""
    ledger.hold(session, CHAIN)
    audit = _open(session, actor, audit_id)
    left = session.scalar(
        select(func.count()).select_from(AuditItem).where(
            AuditItem.audit_id == audit.id, AuditItem.result == Result.UNCHECKED.value
        )
    )  # fmt: skip
    if left:
        raise AuditClosed(f"{left} of what was drawn have not been looked for yet; nothing was changed")
    if not summary.strip() or len(summary) > _LONGEST:
        raise BadAudit("summary: say what was found in a few words", fields={"summary": "say it in a few words"})
    audit.state, audit.closed, audit.summary = AuditState.CLOSED.value, clock.now(), summary.strip()
    enter(session, actor, audit, "audit closed", summary=summary.strip(), counts=counts(session, audit))
    return audit


def counts(session: Session, audit: ShelfAudit) -> dict[str, int]:
    """How many of what was drawn ended how."""
    query = select(AuditItem.result, func.count()).where(AuditItem.audit_id == audit.id).group_by(AuditItem.result)
    found = {row[0]: row[1] for row in session.execute(query)}
    return {one.value: found.get(one.value, 0) for one in Result}


def auditor(actor: Actor) -> None:
    """Raise NotAnAuditor for everybody else; whoever is an auditor is nothing else (`accounts.ALONE`)."""
    if not actor.holds(Role.AUDITOR):
        raise NotAnAuditor("audits are drawn, checked and closed by auditors")


def enter(session: Session, actor: Actor, audit: ShelfAudit, act: str, **words: Any) -> None:
    """Write down in the ledger of audits what was done."""
    ledger.append(session, CHAIN, actor, act, subject=audit.id, purpose="audit", audit=audit.number, **words)


def _population(session: Session, actor: Actor, place: Place | None) -> list[Exhibit]:
    query = contents.known_to(actor).where(Exhibit.state.not_in(_ENDED))
    if place is not None:
        query = query.where(Exhibit.place_id.in_(places.below(session, place)))
    found = list(session.scalars(query.order_by(Exhibit.id)))
    if not found:
        raise BadAudit(
            "nothing is recorded there, so nothing can be drawn", fields={"place": "nothing is recorded there"}
        )
    return found


def _item(audit: ShelfAudit, one: Exhibit, ordinal: int, sample: str, told: list[str]) -> AuditItem:
    return AuditItem(
        id=uuid4(), audit_id=audit.id, exhibit_id=one.id, ordinal=ordinal, sample=sample, risks=told,
        reference=one.reference, place=one.place, place_id=one.place_id, seal=one.seal, custody=one.state,
        custodian=one.custodian, result=Result.UNCHECKED.value, found_place="", found_seal="", checked=None,
        checked_by="",
    )  # fmt: skip


def _drawn_item(session: Session, actor: Actor, item_id: UUID) -> tuple[AuditItem, ShelfAudit]:
    item = fetch_item(session, actor, item_id, lock=True)
    audit = _open(session, actor, item.audit_id)
    if item.result != Result.UNCHECKED:
        raise AuditClosed(f"{item.reference} has been looked for already; write a finding if there is more to say")
    return item, audit


def _open(session: Session, actor: Actor, audit_id: UUID) -> ShelfAudit:
    audit = fetch(session, actor, audit_id)
    auditor(actor)
    session.refresh(audit)
    if audit.state != AuditState.OPEN:
        raise AuditClosed(f"audit {audit.number} is closed; nothing was changed")
    return audit


def _stranger(session: Session, actor: Actor, exhibit: Exhibit) -> None:
    """Raise when the person has ever had this thing in hand, whatever the person's role was then."""
    theirs = select(Entry.position).where(
        Entry.chain == exhibit.chain, Entry.actor == actor.signature, Entry.role != Role.AUDITOR.value
    )
    if exhibit.custodian_id == actor.id or session.scalar(theirs.limit(1)) is not None:
        raise NotYourCheck(f"{exhibit.reference} has been in your own hands; another auditor has to look for it")


def _where(session: Session, text: str) -> places.Spot:
    """Where the auditor stands; a closed place is found too, since things may lie where they should not."""
    if not codes.is_code(text):
        return places.Spot(text.strip())
    found = places.scanned(session, text)
    return places.Spot(found.path, found.id, found.code.uri)


def _met(session: Session, actor: Actor, text: str) -> Exhibit | None:
    """What bears a label, or nothing when no record knows it; a shelf's own label on a thing is no record of it."""
    try:
        if codes.is_code(text) and codes.read(text).thing is Thing.PLACE:
            return None
        met = contents.scan(session, actor, text)
    except (Missing, Invalid):
        return None
    return session.get(Exhibit, met.exhibit_id) if met.exhibit_id else None


def _note(item: AuditItem, actor: Actor, seen: Seen, path: str, wrong: Sequence[tuple[FindingKind, str]]) -> None:
    result = Result.MISSING if not seen.there else Result.DISCREPANCY if wrong else Result.PRESENT
    item.result, item.found_place, item.found_seal = result.value, path, seen.seal.strip()
    item.checked, item.checked_by = clock.now(), actor.signature


def _joined(because: str, note: str) -> str:
    return f"{because}: {note.strip()}" if note.strip() else because


def _seal(number: str) -> str:
    return f"seal {number.strip()}" if number.strip() else "no seal"


def _check(wanted: Wanted) -> None:
    wrong = {}
    for name in ("random", "risk"):
        if not 0 <= getattr(wanted, name) <= MOST:
            wrong[name] = f"draw at most {MOST:,}"
    if not wrong and wanted.random + wanted.risk < 1:
        wrong["random"] = "say how many to draw"
    if wrong:
        raise BadAudit("; ".join(f"{name}: {why}" for name, why in wrong.items()), fields=wrong)
