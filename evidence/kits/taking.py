"""What one line of a kit's file does to the house, or why a person has to look at it first.

Numbers never change here: what bears label 007 is on record under 007.  A line does all that it says or nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.docket import Case
from core import clock
from core.accounts import Actor, User
from core.errors import Refusal
from core.ledger import entries as ledger
from evidence import authorities, exhibits
from evidence.authorities import Grant
from evidence.exhibits import AHEAD, Arrival, Description, Exhibit, ExhibitNumber, Number, Origin
from evidence.kits import format as form
from evidence.kits.format import Line
from evidence.kits.labels import Kit, KitLabel, KitState, LabelSort, LabelState, LineState
from evidence.storeroom import seals

SCHEME: Final = "kit label"
_ORIGIN: Final = ("place_found", "spot", "found_by", "seized_from")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a line ended: its state, for what reason (a code for machines and a sentence), about which exhibit."""

    state: LineState
    code: str = ""
    because: str = ""
    exhibit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """On what lines are taken in: the kit, the case, the file's device, and by how much its clock was ahead."""

    kit: Kit
    case: Case
    device: str
    ahead: timedelta | None
    source: str
    # What a person has looked at and lets pass, by the codes of the conflicts; empty for a file that comes in.
    passed: frozenset[str] = frozenset()
    fixed: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    def text(self, line: Line, name: str) -> str:
        """What a line says, or what a person has put right; the line itself stays as it came."""
        return self.fixed.get(name, "").strip() or line.text(name)

    def when(self, line: Line) -> datetime | None:
        """When it happened: as a person has put it right, else by the device less what its clock was ahead."""
        if given := self.fixed.get("occurred_at", "").strip():
            return clock.parse(given)
        return form.happened(line, self.ahead)


def take(session: Session, actor: Actor, ground: Ground, line: Line) -> Ended:
    """Do what a line says in a step of its own; whatever stands against it becomes the reason for which it waits."""
    if line.fault:
        return Ended(LineState.REFUSED, "not an entry", line.fault)
    try:
        with session.begin_nested():
            return _KINDS[line.text("kind")](session, actor, ground, line)
    except _Waits as waits:
        return waits.ended
    except Refusal as refusal:
        return Ended(LineState.CONFLICT, refusal.code, refusal.message)


class _Waits(Exception):
    """A line that waits for a person; raised so that nothing of it stays behind."""

    def __init__(self, code: str, because: str, exhibit_id: UUID | None = None) -> None:
        super().__init__(because)
        self.ended = Ended(LineState.CONFLICT, code, because, exhibit_id)


def _exhibit(session: Session, actor: Actor, ground: Ground, line: Line) -> Ended:
    number = ground.text(line, "label")
    known = _label(session, ground, number, LabelSort.EXHIBIT)
    at = _time(ground, line)
    used = known is not None and known.state == LabelState.USED
    if used and known is not None and "label used" not in ground.passed:
        because = f"label {number} stands on another thing already; two devices may have used it"
        raise _Waits("label used", because, known.exhibit_id)
    seal = ground.text(line, "seal")
    if seal and (why := seals.taken(session, seal)) and "seal used" not in ground.passed:
        raise _Waits("seal used", why)
    made = _registered(session, actor, ground, line, at, "" if "seal used" in ground.passed else seal)
    if seal and not made.seal:
        made.seal = seal
        seals.claim(session, actor, made, seal, f"taken in from kit {ground.kit.code}: {ground.reason}")
    if known is not None and not used:
        known.state, known.exhibit_id = LabelState.USED.value, made.id
    _grant(session, actor, ground, line, made)
    _enter(session, actor, ground, line, made, "taken in from kit", at, seal_out=made.seal)
    return Ended(LineState.TAKEN, exhibit_id=made.id)


def _registered(session: Session, actor: Actor, ground: Ground, line: Line, at: datetime, seal: str) -> Exhibit:
    number, holder = ground.text(line, "label"), session.get_one(User, ground.kit.issued_to_id)
    own = holder.id == actor.id
    officer = ground.text(line, "officer") or holder.name
    told = {name: ground.text(line, name) for name in _ORIGIN}
    origin = Origin(**told, seized_as_written=line.text("occurred_at"), seized_at=at, officer=officer)
    reference = _reference(session, ground, number)
    what = Description(reference, ground.text(line, "description"), ground.text(line, "condition"))
    note = [f"entered without network, taken in from kit {ground.kit.code}", ground.text(line, "note"), ground.reason]
    # Whoever hands the file in only has the thing since then, unless it is the person who took it at the scene.
    arrival = Arrival(
        received_from=ground.text(line, "seized_from") if own else holder.name,
        occurred_at=at if own else None,
        occurred_as_written=line.text("occurred_at"),
        place=ground.text(line, "place"),
        seal=seal,
        note="; ".join(part for part in note if part),
        authority=ground.text(line, "authority_number") or ground.text(line, "authority"),
        provisional=True,
    )
    numbers = [Number(SCHEME, number, f"kit {ground.kit.code}")]
    return exhibits.register(session, actor, ground.case.id, what, origin=origin, numbers=numbers, arrival=arrival)


def _reference(session: Session, ground: Ground, number: str) -> str:
    """The label's number; for the second thing under one label the same number and a stroke, so that both keep it."""
    same = select(func.count()).select_from(ExhibitNumber).join(Exhibit, Exhibit.id == ExhibitNumber.exhibit_id)
    before = session.scalar(
        same.where(ExhibitNumber.scheme == SCHEME, ExhibitNumber.value == number, Exhibit.case_id == ground.case.id)
    )
    return f"{number}/{before + 1}" if before else number


def _note(session: Session, actor: Actor, ground: Ground, line: Line) -> Ended:
    number = ground.text(line, "label")
    known = _label(session, ground, number, LabelSort.EXHIBIT)
    if known is None or known.exhibit_id is None:
        raise _Waits("nothing under label", f"nothing has been taken in under label {number} yet")
    if not ground.text(line, "text"):
        raise _Waits("incomplete", "it says nothing")
    made = session.get_one(Exhibit, known.exhibit_id)
    _enter(session, actor, ground, line, made, "note", _time(ground, line), note=ground.text(line, "text"))
    return Ended(LineState.TAKEN, exhibit_id=made.id)


def same_thing(session: Session, actor: Actor, ground: Ground, line: Line, exhibit_id: UUID) -> Ended:
    """Take a second line about one thing down as a note of the first, in all its words."""
    made = session.get_one(Exhibit, exhibit_id)
    texts = [(name, value) for name, value in sorted(line.words.items()) if isinstance(value, str) and value]
    said = "; ".join(f"{name}: {value}" for name, value in texts)
    at = ground.when(line)
    _enter(session, actor, ground, line, made, "note", at, note=f"written down a second time: {said}"[:4_000])
    return Ended(LineState.TAKEN, "same thing", ground.reason, made.id)


def _wristband(session: Session, actor: Actor, ground: Ground, line: Line) -> Ended:
    del actor
    number = ground.text(line, "label")
    known = _label(session, ground, number, LabelSort.WRISTBAND)
    if known is not None:
        if known.state == LabelState.USED and "label used" not in ground.passed:
            raise _Waits("label used", f"wristband {number} is on another person already; two devices may have used it")
        known.state = LabelState.USED.value
    _time(ground, line)
    return Ended(LineState.TAKEN)


def _spoiled(session: Session, actor: Actor, ground: Ground, line: Line) -> Ended:
    del actor
    number = ground.text(line, "label")
    sort = LabelSort.WRISTBAND if "-W" in number.upper() else LabelSort.EXHIBIT
    known = _label(session, ground, number, sort)
    if known is not None:
        if known.state == LabelState.USED:
            raise _Waits("label used", f"label {number} is said to be spoiled, and something was taken in under it")
        known.state = LabelState.VOID.value
    return Ended(LineState.TAKEN)


def _event(session: Session, actor: Actor, ground: Ground, line: Line) -> Ended:
    del session, actor
    _time(ground, line)
    if not ground.text(line, "text"):
        raise _Waits("incomplete", "it says nothing")
    return Ended(LineState.TAKEN)


_KINDS: Final = {
    "exhibit": _exhibit, "note": _note, "wristband": _wristband, "spoiled": _spoiled, "event": _event,
}  # fmt: skip


def _label(session: Session, ground: Ground, number: str, sort: LabelSort) -> KitLabel | None:
    """The label of that number; raises when a person has to look first, and is nothing when one has let it pass."""
    if not number:
        raise _Waits("incomplete", "it names no label")
    known = session.scalar(select(KitLabel).where(KitLabel.number == number.upper()).with_for_update())
    if known is None or known.kit_id != ground.kit.id or known.sort != sort:
        if "not of this kit" not in ground.passed:
            raise _Waits("not of this kit", f"{number} is no {sort.value} label of kit {ground.kit.code}")
        return known if known is not None and known.sort == sort else None
    void = ground.kit.state == KitState.VOID or known.state == LabelState.VOID
    if void and "void" not in ground.passed:
        because = ground.kit.because or "this label was said to be spoiled"
        raise _Waits("void", f"label {number} was declared void before this came in: {because}")
    if void and known.state == LabelState.VOID:
        known.state = LabelState.UNUSED.value
    return known


def _time(ground: Ground, line: Line) -> datetime:
    at = ground.when(line)
    if at is None:
        raise _Waits("time unclear", "it does not say when it happened, with its zone")
    if at > clock.now() + AHEAD:
        raise _Waits("clock", "it is said to have happened at a time that has not come yet: its clock was ahead")
    if at < ground.kit.made - AHEAD:
        raise _Waits("clock", "it is said to have happened before the kit was made: its clock was behind")
    return at


def _grant(session: Session, actor: Actor, ground: Ground, line: Line, made: Exhibit) -> None:
    kind = ground.text(line, "authority")
    if not kind:
        return
    if kind not in authorities.KINDS:
        raise _Waits("authority", f"«{kind[:60]}» is no legal authority: " + ", ".join(authorities.KINDS))
    authorities.authorise(session, actor, made.id, Grant(kind, number=ground.text(line, "authority_number")))


def _enter(
    session: Session,
    actor: Actor,
    ground: Ground,
    line: Line,
    made: Exhibit,
    act: str,
    at: datetime | None,
    **more: str,
) -> None:
    """Say in the custody chain that this came from a kit: by which device, in which line, and how its clock stood."""
    words: dict[str, Any] = {
        "kit": ground.kit.code,
        "device": ground.device,
        "line_sha256": line.sha256,
        "capture": "offline",
        "occurred_at": clock.stamp(at or clock.now()),
        "occurred_as_written": line.text("occurred_at"),
        "clock_ahead_seconds": None if ground.ahead is None else int(ground.ahead.total_seconds()),
        "clock_compared_with": ground.source,
        "reason": ground.reason,
        **more,
    }
    ledger.append(session, made.chain, actor, act, case=made.case_id, subject=made.id, **words)
