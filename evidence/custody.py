"""Who has an exhibit: each act is one change of state and one entry in the exhibit's custody chain, in one step.

What happened and when it was written down are two times.  What is weak in a custody is found by `evidence.continuity`
(domain.md 2.4, R-CUS-01 to R-CUS-04).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import column, func, select, table
from sqlalchemy.orm import Session

from cases.access import Act
from core import clock
from core.accounts import Actor
from core.ledger import entries as ledger
from core.ledger import synchronism
from core.ledger.entries import Entry
from evidence import exhibits, incidents
from evidence.exhibits import Exhibit, State
from evidence.possession import changes, late, verbs
from evidence.possession.changes import Change
from evidence.possession.movement import Movement, Overtaken
from evidence.possession.verbs import ARRIVALS, DISPOSALS, TRANSFERS, Verb
from evidence.storeroom import places, seals

# Only the digests of the files that came in are asked here; what a file is, is nothing that custody knows.
_FILES: Final = table("files", column("exhibit_id"), column("parent_id"), column("sha256"))
_NEWLY_SEALED: Final = frozenset({Verb.SEAL, Verb.RESEAL})


def move(session: Session, actor: Actor, exhibit_id: UUID, verb: Verb, movement: Movement) -> Entry:
    """Do one act of custody and write it down; gives the entry, whose position and digest are the proof.

    An act that is written down late is written at once and waits for a supervisor's signature; a seal that differs,
    a loss and the like open an incident in the same transaction.  Raises NoSuchCase or NotYourDuty, WrongState or
    Overtaken, NotTheCustodian or NotTheReceiver, BadMovement, and for what ends custody as `orders.carry_out` does.
    """
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.HANDLE)
    head = ledger.hold(session, exhibit.chain)
    session.refresh(exhibit)
    if movement.seen is not None and movement.seen != head.position:
        raise Overtaken("somebody did something with this exhibit after you last looked; look again")
    movement, spot = places.told(session, movement)
    before, sealed, place = exhibit.custodian, exhibit.seal, exhibit.place
    change = changes.apply(session, actor, exhibit, verb, movement)
    spot.settle(exhibit, place)
    _seal_used(session, actor, exhibit, verb, movement, sealed)
    session.flush()
    at = clock.now()
    happened = movement.happened or at
    words = movement.words() | spot.words() | change.words
    words |= {
        "from": before,
        "to": movement.outside.strip() if verb in DISPOSALS else exhibit.offered_to or exhibit.custodian,
        "custodian": exhibit.custodian,
        "state": exhibit.state,
        "occurred_at": clock.stamp(happened),
        "late_hours": late.hours(session, happened, at),
        "clock": str(synchronism.look()),
        "seal_in": movement.seal.strip() if verb in ARRIVALS else sealed,
        "seal_out": exhibit.seal,
    }
    if verb in TRANSFERS:
        words |= hash_point(session, exhibit)
    case, mine = exhibit.case_id, exhibit.id
    entry = ledger.append(session, exhibit.chain, actor, verb.value, case=case, subject=mine, at=at, **words)
    if words["late_hours"]:
        late.ask(session, actor, mine, case, entry, movement.note.strip())
    _seal_met(session, actor, exhibit, verb, movement, sealed)
    _incident(session, actor, exhibit, change, entry)
    return entry


def hash_point(session: Session, exhibit: Exhibit) -> dict[str, Any]:
    """What an entry says of the files of an exhibit when it changes hands: how many, and one digest over all (COC-5).

    The digest is the SHA-256 of the files' own SHA-256 values, sorted, one a line.
    """
    mine = (_FILES.c.exhibit_id == exhibit.id, _FILES.c.parent_id.is_(None))
    digests = sorted(session.scalars(select(_FILES.c.sha256).where(*mine)))
    if not digests:
        return {}
    over = hashlib.sha256("".join(f"{one}\n" for one in digests).encode()).hexdigest()
    return {"files": len(digests), "files_sha256": over}


def _seal_used(session: Session, actor: Actor, exhibit: Exhibit, verb: Verb, movement: Movement, sealed: str) -> None:
    """Keep the register of seals: a number put on must be free, and one that was opened is used up."""
    if verb in _NEWLY_SEALED:
        seals.put_on(session, actor, exhibit.seal, exhibit.id)
    if sealed and (verb in {Verb.OPEN_SEAL, Verb.SEAL_BREAK} or movement.put_on.strip()):
        seals.broken(session, actor, sealed, movement.reason.strip() or movement.note.strip() or verb.value)


def _seal_met(session: Session, actor: Actor, exhibit: Exhibit, verb: Verb, movement: Movement, sealed: str) -> None:
    """Tell the register which seal was found where it is not the one that left."""
    if verb in ARRIVALS and exhibit.seal != sealed:
        seals.met(session, actor, exhibit, sealed, exhibit.seal, movement.note.strip() or f"{verb.value} {sealed}")


def _incident(session: Session, actor: Actor, exhibit: Exhibit, change: Change, entry: Entry) -> None:
    if change.incident:
        told: dict[str, Any] = {"position": entry.position, "done": entry.act}
        incidents.open_incident(session, actor, exhibit, change.incident, change.because, **told)


def note_files(
    session: Session, actor: Actor, exhibit: Exhibit, act: str, words: Mapping[str, Any], *, outcome: str = "done"
) -> Entry:
    """Enter what happened to the digital files of an exhibit in its custody chain; possession stays as it is."""
    told = {**words, "clock": str(synchronism.look())}
    return ledger.append(
        session, exhibit.chain, actor, act, told, case=exhibit.case_id, subject=exhibit.id, outcome=outcome
    )


def outstanding(session: Session, case_id: UUID) -> int:
    """How many exhibits of a case are out of the house or on offer."""
    open_ones = Exhibit.state.in_([one.value for one in (*verbs.AWAY, State.OFFERED)])
    return session.scalar(select(func.count()).select_from(Exhibit).where(Exhibit.case_id == case_id, open_ones)) or 0


def offered_to(session: Session, actor: Actor) -> list[Exhibit]:
    """The exhibits that wait for this person's answer."""
    waiting = select(Exhibit).where(Exhibit.offered_to_id == actor.id, Exhibit.state == State.OFFERED.value)
    return list(session.scalars(waiting.order_by(Exhibit.case_id, Exhibit.reference)))


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a custody chain, read back from its exact bytes; times are UTC texts."""

    position: int
    act: str
    by: str
    role: str
    recorded_at: str
    occurred_at: str
    from_: str
    to: str
    custodian: str
    place: str
    seal_in: str
    seal_out: str
    reason: str
    note: str
    outcome: str
    words: dict[str, Any]
    digest: str
    body: str

    @property
    def moves(self) -> bool:
        """Whether the entry says who has the exhibit; what is said of files and statements says nothing of that."""
        return "custodian" in self.words


def steps(session: Session, exhibit: Exhibit) -> Iterator[Step]:
    """Yield the custody of an exhibit from its first entry to its last."""
    for entry in ledger.entries(session, exhibit.chain):
        words = ledger.words(entry)
        told = {name: str(words.get(name, "")) for name in _TOLD}
        yield Step(
            position=entry.position,
            act=entry.act,
            by=entry.actor.partition(":")[0],
            role=entry.role,
            recorded_at=entry.at,
            occurred_at=str(words.get("occurred_at") or entry.at),
            from_=str(words.get("from", "")),
            outcome=entry.outcome,
            words=words,
            digest=entry.digest,
            body=entry.body,
            **told,
        )


_TOLD: Final = ("to", "custodian", "place", "seal_in", "seal_out", "reason", "note")


def custodian(session: Session, exhibit: Exhibit, at: datetime | None = None) -> str:
    """Who had the exhibit at an instant, by what was written down; nobody before its first entry or after its end."""
    until = clock.stamp(at or clock.now())
    held = ""
    for step in steps(session, exhibit):
        if step.moves and step.occurred_at <= until:
            held = step.custodian
    return held
