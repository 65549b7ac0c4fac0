"""Kits for work without a network: made with numbers of their own, handed to one person, returned or declared void.

Nothing on a label names a person or a case.  A wristband carries a number and never a name (domain.md J8).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from cases import access
from cases.access import Act
from core import accounts, clock
from core.accounts import Actor, Role, User
from core.errors import Conflict, Forbidden, Invalid, Missing
from core.ledger import entries as ledger
from evidence.kits.labels import Kit, KitEntry, KitLabel, KitReturn, KitState, LabelSort, LabelState, LineState
from evidence.storeroom import codes, seals
from evidence.storeroom.seals import Fate, Seal, SealSeries

CHAIN: Final = "house/kits"
MAKERS: Final = frozenset({Role.CUSTODIAN, Role.INVESTIGATOR, Role.EXAMINER, Role.SUPERVISOR})
KEEPERS: Final = frozenset({Role.CUSTODIAN, Role.SUPERVISOR})
READERS: Final = KEEPERS | {Role.AUDITOR}
MOST: Final = 500
_CODE: Final = 5
LASTS: Final = timedelta(days=7)


class NoSuchKit(Missing):
    """There is no such kit, or none that this person may know of."""


class NotYourKit(Forbidden):
    """Kits are made by those who work at scenes, and void only by who has, made or keeps them."""


class BadKit(Invalid):
    """A kit cannot be made like this."""


class KitEnded(Conflict):
    """The kit has been returned or declared void already."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a kit is to hold: how many numbers of each sort, and seals out of a series by its first number."""

    exhibits: int
    wristbands: int = 0
    seals: int = 0
    seals_from: str = ""


def make(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    issued_to: str,
    purpose: str,
    case_id: UUID | None = None,
    due: datetime | None = None,
) -> Kit:
    """Reserve the numbers of a kit and give it to a colleague; raises NotYourKit or BadKit with every fault."""
    if not actor.holds(*MAKERS):
        raise NotYourKit("kits are made by those who work at scenes, and by custodians and supervisors")
    if case_id is not None:
        access.fetch(session, actor, case_id, to=Act.ADD)
    holder = accounts.named(session, issued_to.strip())
    back = due or clock.now() + LASTS
    _check(wanted, holder, purpose, back)
    # One at a time, or two kits would be promised the same seals.
    ledger.hold(session, CHAIN)
    series, first = _reserve(session, wanted)
    kit = Kit(
        id=uuid4(),
        code=codes.fresh(_CODE),
        case_id=case_id,
        purpose=purpose.strip(),
        issued_to=holder.name,
        issued_to_id=holder.id,
        made=clock.now(),
        made_by=actor.signature,
        made_by_id=actor.id,
        due=back,
        state=KitState.OPEN.value,
        ended=None,
        because="",
        seal_series_id=series.id if series else None,
        seal_first=first,
        seal_count=wanted.seals,
    )
    session.add(kit)
    session.flush()
    session.add_all(_label(kit, LabelSort.EXHIBIT, at) for at in range(1, wanted.exhibits + 1))
    session.add_all(_label(kit, LabelSort.WRISTBAND, at) for at in range(1, wanted.wristbands + 1))
    session.flush()
    told: dict[str, Any] = {"exhibits": wanted.exhibits, "wristbands": wanted.wristbands, "to": kit.issued_to}
    told |= {"seals": seal_numbers(session, kit)[:: max(wanted.seals - 1, 1)], "due": clock.stamp(kit.due)}
    _enter(session, actor, kit, "kit made", **told)
    return kit


def fetch(session: Session, actor: Actor, kit_id: UUID) -> Kit:
    """The kit, if the person has it, made it, keeps kits or checks them; raises NoSuchKit alike for any other."""
    found = session.get(Kit, kit_id)
    if found is None or not (actor.holds(*READERS) or actor.id in {found.issued_to_id, found.made_by_id}):
        raise NoSuchKit("there is no such kit")
    return found


def by_code(session: Session, actor: Actor, code: str) -> Kit:
    """The kit of that printed code; raises NoSuchKit."""
    found = session.scalar(select(Kit).where(Kit.code == code.strip().upper()))
    if found is None:
        raise NoSuchKit("there is no such kit")
    return fetch(session, actor, found.id)


def mine(session: Session, actor: Actor) -> Sequence[Kit]:
    """The kits that the person may know of, the newest first."""
    query = select(Kit)
    if not actor.holds(*READERS):
        query = query.where(or_(Kit.issued_to_id == actor.id, Kit.made_by_id == actor.id))
    return session.scalars(query.order_by(Kit.made.desc(), Kit.id)).all()


def labels(session: Session, kit: Kit, sort: LabelSort | None = None) -> Sequence[KitLabel]:
    """The labels of a kit in their order."""
    query = select(KitLabel).where(KitLabel.kit_id == kit.id)
    if sort is not None:
        query = query.where(KitLabel.sort == sort)
    return session.scalars(query.order_by(KitLabel.sort, KitLabel.ordinal)).all()


def seal_numbers(session: Session, kit: Kit) -> list[str]:
    """The numbers of the seals that lie in a kit."""
    if kit.seal_series_id is None:
        return []
    series = session.get_one(SealSeries, kit.seal_series_id)
    return [series.number(at) for at in range(kit.seal_first, kit.seal_first + kit.seal_count)]


def void(session: Session, actor: Actor, kit_id: UUID, reason: str) -> tuple[int, int]:
    """Declare a lost kit void from afar: what is unused of its labels and seals is void; gives how many of each.

    What was used stays used.  Entries that come back from it later are shown as conflicts and taken in by a person.
    """
    kit = _ending(session, actor, kit_id, reason)
    spent = update(KitLabel).where(KitLabel.kit_id == kit.id, KitLabel.state == LabelState.UNUSED.value)
    free = session.scalars(
        select(KitLabel.id).where(KitLabel.kit_id == kit.id, KitLabel.state == LabelState.UNUSED.value)
    ).all()
    session.execute(spent.values(state=LabelState.VOID.value))
    numbers = {seals.folded(one): one for one in seal_numbers(session, kit)}
    used = set(session.scalars(select(Seal.number).where(Seal.number.in_(numbers))))
    gone = seals.spoil(session, actor, [one for at, one in numbers.items() if at not in used], Fate.VOID, reason)
    kit.state, kit.ended, kit.because = KitState.VOID.value, clock.now(), reason.strip()
    _enter(session, actor, kit, "kit void", reason=reason.strip(), labels=len(free), seals=len(gone))
    return len(free), len(gone)


def give_back(session: Session, actor: Actor, kit_id: UUID, reason: str) -> Kit:
    """Enter that a kit came back; its unused numbers stay reserved and are never given to another."""
    kit = _ending(session, actor, kit_id, reason)
    kit.state, kit.ended, kit.because = KitState.RETURNED.value, clock.now(), reason.strip()
    _enter(session, actor, kit, "kit returned", reason=reason.strip())
    return kit


def overdue(session: Session, actor: Actor) -> Sequence[Kit]:
    """The kits that are still out, of those that the person may know of, the most urgent first."""
    return sorted((one for one in mine(session, actor) if one.state == KitState.OPEN), key=lambda one: one.due)


def returns(session: Session, kit: Kit) -> Sequence[KitReturn]:
    """The files that came back from a kit, in order of time."""
    return session.scalars(select(KitReturn).where(KitReturn.kit_id == kit.id).order_by(KitReturn.received)).all()


def open_conflicts(session: Session, kit: Kit) -> int:
    """How many lines of a kit wait for a person."""
    query = select(func.count()).select_from(KitEntry).where(KitEntry.kit_id == kit.id)
    return session.scalar(query.where(KitEntry.state == LineState.CONFLICT.value)) or 0


def _ending(session: Session, actor: Actor, kit_id: UUID, reason: str) -> Kit:
    kit = fetch(session, actor, kit_id)
    if not actor.holds(*KEEPERS) and actor.id not in {kit.issued_to_id, kit.made_by_id}:
        raise NotYourKit("a kit is ended by who has it, who made it, a custodian or a supervisor")
    if not reason.strip():
        raise BadKit("reason: say what happened", fields={"reason": "say what happened"})
    # As whoever takes its file in does: first the chain, then its rows, or each would wait for the other.
    ledger.hold(session, CHAIN)
    session.refresh(kit)
    if kit.state != KitState.OPEN:
        raise KitEnded(f"kit {kit.code} is {kit.state} already; nothing was changed")
    return kit


def _label(kit: Kit, sort: LabelSort, at: int) -> KitLabel:
    number = f"{kit.code}-{at:03d}" if sort is LabelSort.EXHIBIT else f"{kit.code}-W{at:03d}"
    return KitLabel(
        id=uuid4(), kit_id=kit.id, sort=sort.value, ordinal=at, number=number, code=number.replace("-", ""),
        state=LabelState.UNUSED.value, exhibit_id=None,
    )  # fmt: skip


def _check(wanted: Wanted, holder: User, purpose: str, due: datetime) -> None:
    wrong = {}
    for name in ("exhibits", "wristbands", "seals"):
        if not 0 <= getattr(wanted, name) <= MOST:
            wrong[name] = f"a kit holds at most {MOST} of these"
    if wanted.exhibits + wanted.wristbands < 1:
        wrong.setdefault("exhibits", "say how many exhibit labels it is to hold")
    if wanted.seals and not wanted.seals_from.strip():
        wrong["seals_from"] = "say which seal is the first that lies in the kit"
    if not holder.active or not {Role(one) for one in holder.roles} & MAKERS:
        wrong["issued_to"] = f"{holder.name} does not work at scenes"
    if not purpose.strip() or len(purpose) > 400:
        wrong["purpose"] = "say in a few words what it is for, without any name"
    if due <= clock.now():
        wrong["due"] = "this time has passed"
    if wrong:
        raise BadKit("; ".join(f"{name}: {why}" for name, why in wrong.items()), fields=wrong)


def _reserve(session: Session, wanted: Wanted) -> tuple[SealSeries | None, int]:
    """The series and the first number of the seals in a kit; raises BadKit when any of them is not free."""
    if not wanted.seals:
        return None, 0
    series = seals.series_of(session, seals.folded(wanted.seals_from))
    why = "" if series else f"{wanted.seals_from} is in no series that was given out"
    first = 0
    if series is not None:
        first = int(seals.folded(wanted.seals_from)[len(series.prefix) :])
        last = first + wanted.seals - 1
        numbers = [seals.folded(series.number(at)) for at in range(first, last + 1)]
        kits = select(Kit).where(Kit.seal_series_id == series.id, Kit.seal_count > 0, Kit.seal_first <= last)
        clash = [one for one in session.scalars(kits) if one.seal_first + one.seal_count > first]
        if last > series.last:
            why = f"the series ends at {series.number(series.last)}"
        elif clash:
            why = f"some of these seals lie in kit {clash[0].code}"
        elif used := session.scalar(select(Seal.written).where(Seal.number.in_(numbers))):
            why = f"seal {used} is not unused"
    if why:
        raise BadKit(f"seals_from: {why}", fields={"seals_from": why})
    return series, first


def _enter(session: Session, actor: Actor, kit: Kit, act: str, **words: Any) -> None:
    ledger.append(session, CHAIN, actor, act, case=kit.case_id or "", subject=kit.id, kit=kit.code, **words)
