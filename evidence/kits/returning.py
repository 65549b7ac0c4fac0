"""Take in what was written down without a network, line by line; what does not fit waits, and nothing is dropped."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import access
from cases.access import Act
from cases.docket import Case, NoSuchCase
from core import cipher, clock
from core.accounts import Actor
from core.errors import Conflict, Invalid
from core.ledger import entries as ledger
from evidence.keyring import Keyring
from evidence.kits import format as form
from evidence.kits import kits, taking
from evidence.kits.format import BadKitFile, KitFile, Line
from evidence.kits.labels import Kit, KitEntry, KitReturn, LineState
from evidence.kits.taking import Ended, Ground

_KEY: Final = "entries of kits"
# What a person may put right; the label is not among them: a number never changes.
FIXABLE: Final = frozenset({
    "occurred_at", "seal", "description", "condition", "place", "place_found", "spot", "found_by", "officer",
    "authority", "authority_number", "text",
})  # fmt: skip


class Choice(StrEnum):
    """What a person can decide about a line that waits."""

    TAKE_IN = "take in"
    SAME_THING = "same thing"
    REFUSE = "refuse"


class NotWaiting(Conflict):
    """This line waits for nobody: it has been taken in, refused or decided."""


class BadResolution(Invalid):
    """A conflict cannot be resolved like this."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: the file, each of its lines, and whether the same file had come before."""

    back: KitReturn
    lines: Sequence[KitEntry]
    again: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """How many lines ended how; together they are all lines of the file."""
        found = Counter(one.state for one in self.lines)
        return {state.value: found[state.value] for state in LineState}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decides about a line, why, and what the person puts right in it."""

    choice: Choice
    reason: str
    fixed: Mapping[str, str] = field(default_factory=dict)


def take_in(
    session: Session, actor: Actor, keyring: Keyring, kit_id: UUID, data: bytes, *, case_id: UUID | None = None
) -> Outcome:
    """Take in one file of a kit; each line ends taken in, known already, as a conflict, or refused with its reason.

    The same file twice changes nothing.  Raises NoSuchKit, BadKitFile, NoSuchCase or NotYourDuty.
    """
    kit = kits.fetch(session, actor, kit_id)
    case = _case(session, actor, kit, case_id)
    file = form.read(form.opened(keyring, kit.id, kit.code, data))
    if file.kit != kit.code:
        raise BadKitFile(f"the file is of kit {file.kit[:20]} and not of {kit.code}; nothing of it was taken in")
    ledger.hold(session, kits.CHAIN)
    session.refresh(kit)
    case = _case(session, actor, kit, case.id)
    before = session.scalar(select(KitReturn).where(KitReturn.kit_id == kit.id, KitReturn.sha256 == file.sha256))
    if before is not None:
        _enter(session, actor, kit, "kit file came again", sha256=file.sha256)
        return Outcome(before, _lines(session, before), again=True)
    if kit.case_id is None:
        kit.case_id = case.id
    back = _kept(session, actor, kit, case, file)
    ground = Ground(kit, case, file.device, file.ahead, file.clock_source)
    key = _key(session, keyring, case.id)
    for line in file.lines:
        _one(session, actor, ground, back, line, key)
    session.flush()
    made = Outcome(back, _lines(session, back))
    counts: dict[str, Any] = {"lines": back.lines, **made.counts}
    _enter(session, actor, kit, "kit file taken in", sha256=file.sha256, device=file.device, counts=counts)
    return made


def outcome(session: Session, actor: Actor, back_id: UUID) -> Outcome:
    """What became of a file, for members of its case; raises NoSuchCase."""
    back = session.get(KitReturn, back_id)
    if back is None:
        raise NoSuchCase
    _member(session, actor, back.case_id, Act.SEE)
    return Outcome(back, _lines(session, back))


def waiting(session: Session, actor: Actor, kit: Kit) -> Sequence[KitEntry]:
    """The lines of a kit that wait for a person, for members of the case; empty for others who may know of the kit."""
    if kit.case_id is None:
        return []
    try:
        _member(session, actor, kit.case_id, Act.SEE)
    except NoSuchCase:
        return []
    query = select(KitEntry).where(KitEntry.kit_id == kit.id, KitEntry.state == LineState.CONFLICT.value)
    return session.scalars(query.order_by(KitEntry.line)).all()


def fetch(session: Session, actor: Actor, entry_id: UUID, *, to: Act) -> KitEntry:
    """A line, if the person may do this in its case; raises NoSuchCase alike for any other."""
    found = session.get(KitEntry, entry_id)
    if found is None:
        raise NoSuchCase
    _member(session, actor, found.case_id, to)
    return found


def said(session: Session, keyring: Keyring, entry: KitEntry) -> Line:
    """What a line said as it came, opened for somebody for whom it was fetched; once expunged it says nothing."""
    if not entry.sealed:
        return Line(entry.line, "", {})
    raw = cipher.unseal_note(_key(session, keyring, entry.case_id), entry.sealed, context=entry.id.bytes)
    return form.unwritten(raw.decode())


def resolve(session: Session, actor: Actor, keyring: Keyring, entry_id: UUID, decision: Decision) -> KitEntry:
    """Decide about a line that waits; its number stays, its words stay, and what was decided is written beside them.

    Raises NoSuchCase, NotWaiting, or BadResolution also when it still cannot be taken in, with what stands against it.
    """
    entry = fetch(session, actor, entry_id, to=Act.ADD)
    ledger.hold(session, kits.CHAIN)
    session.refresh(entry)
    if entry.state != LineState.CONFLICT:
        raise NotWaiting(f"this line is {entry.state} already; nothing was changed")
    if not decision.reason.strip():
        raise BadResolution("reason: say why", fields={"reason": "say why"})
    if wrong := set(decision.fixed) - FIXABLE:
        raise BadResolution("a number is never changed", fields=dict.fromkeys(sorted(wrong), "this stays as it came"))
    kit = session.get_one(Kit, entry.kit_id)
    back = session.get_one(KitReturn, entry.return_id)
    case = session.get_one(Case, entry.case_id)
    ahead = None if back.clock_ahead is None else timedelta(seconds=back.clock_ahead)
    passed = frozenset({entry.code}) if decision.choice is Choice.TAKE_IN else frozenset[str]()
    ground = Ground(kit, case, back.device, ahead, "", passed | _before(entry), decision.fixed, decision.reason.strip())
    ended = _decided(session, actor, ground, entry, said(session, keyring, entry), decision)
    if ended.state is LineState.CONFLICT:
        if ended.code == entry.code:
            raise BadResolution(f"{ended.because}; nothing was changed", fields={"reason": ended.because})
        # One thing was settled and the next stands in the way: what is settled is kept in the line.
        entry.resolution = "|".join(sorted(ground.passed))
    _note_end(entry, ended)
    if ended.state is not LineState.CONFLICT:
        entry.resolved, entry.resolved_by = clock.now(), actor.signature
        entry.resolution = f"{decision.choice.value}: {decision.reason.strip()}"
    words = {"line": entry.line, "line_sha256": entry.sha256, "label": entry.label, "choice": decision.choice.value}
    words |= {"reason": decision.reason.strip(), "state": entry.state, "put_right": sorted(decision.fixed)}
    _enter(session, actor, kit, "kit conflict decided", **words)
    return entry


def _decided(session: Session, actor: Actor, ground: Ground, entry: KitEntry, line: Line, decision: Decision) -> Ended:
    if decision.choice is Choice.REFUSE:
        return Ended(
            LineState.REFUSED, entry.code, f"{entry.because}; refused: {decision.reason.strip()}", entry.exhibit_id
        )
    if decision.choice is Choice.SAME_THING:
        if entry.code != "label used" or entry.exhibit_id is None:
            raise BadResolution("only a label that was used twice can stand on the same thing")
        return taking.same_thing(session, actor, ground, line, entry.exhibit_id)
    return taking.take(session, actor, ground, line)


def _before(entry: KitEntry) -> frozenset[str]:
    return frozenset(part for part in entry.resolution.split("|") if part) if entry.resolved is None else frozenset()


def _note_end(entry: KitEntry, ended: Ended) -> None:
    entry.state, entry.code, entry.because = ended.state.value, ended.code, ended.because
    entry.exhibit_id = ended.exhibit_id


def _one(session: Session, actor: Actor, ground: Ground, back: KitReturn, line: Line, key: bytes) -> None:
    known = None
    if line.uid and not line.fault:
        known = session.scalar(
            select(KitEntry).where(KitEntry.kit_id == back.kit_id, KitEntry.uid == line.uid).order_by(KitEntry.line)
        )
    if known is None:
        ended = taking.take(session, actor, ground, line)
    elif known.sha256 == line.sha256:
        ended = Ended(LineState.AGAIN, "", "the same line came before and counts once", known.exhibit_id)
    else:
        because = "a line of the same identity came before and said something else; both are kept"
        ended = Ended(LineState.CONFLICT, "changed", because, known.exhibit_id)
    own = uuid4()
    # What was expunged by order comes in once more as an empty place.
    gone = known is not None and not known.sealed
    entry = KitEntry(
        id=own, return_id=back.id, kit_id=back.kit_id, case_id=back.case_id, line=line.number, uid=line.uid[:64],
        kind=line.text("kind")[:20], label=line.text("label")[:40], sha256=line.sha256,
        sealed=b"" if gone else cipher.seal_note(key, line.raw.encode(), context=own.bytes), state="", resolved=None,
        resolved_by="", resolution="",
    )  # fmt: skip
    _note_end(entry, ended)
    session.add(entry)
    session.flush()


def _kept(session: Session, actor: Actor, kit: Kit, case: Case, file: KitFile) -> KitReturn:
    back = KitReturn(
        id=uuid4(), kit_id=kit.id, case_id=case.id, sha256=file.sha256, device=file.device,
        clock_ahead=None if file.ahead is None else int(file.ahead.total_seconds()), lines=len(file.lines),
        received=clock.now(), received_by=actor.signature,
    )  # fmt: skip
    session.add(back)
    session.flush()
    return back


def _lines(session: Session, back: KitReturn) -> Sequence[KitEntry]:
    return session.scalars(select(KitEntry).where(KitEntry.return_id == back.id).order_by(KitEntry.line)).all()


def _case(session: Session, actor: Actor, kit: Kit, case_id: UUID | None) -> Case:
    wanted = kit.case_id or case_id
    if wanted is None:
        raise BadResolution(
            "say which case this is for", fields={"case": "this kit was made for no case; say for which"}
        )
    if kit.case_id is not None and case_id not in {None, kit.case_id}:
        raise BadResolution("this kit belongs to another case", fields={"case": "leave it out"})
    return access.fetch(session, actor, wanted, to=Act.ADD)


def _member(session: Session, actor: Actor, case_id: UUID, to: Act) -> None:
    """Only whoever is cleared for the case's own class may know of what a kit brought into it."""
    case = access.fetch(session, actor, case_id, to=to)
    if access.clearance_of(session, actor, case_id) < case.sensitivity:
        raise NoSuchCase


def _key(session: Session, keyring: Keyring, case_id: UUID) -> bytes:
    return cipher.derive(keyring.case_key(session, case_id), _KEY)


def _enter(session: Session, actor: Actor, kit: Kit, act: str, **words: Any) -> None:
    told = json.loads(json.dumps(words, default=str))
    ledger.append(session, kits.CHAIN, actor, act, case=kit.case_id or "", subject=kit.id, kit=kit.code, **told)
