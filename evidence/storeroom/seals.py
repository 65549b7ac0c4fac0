"""Seals by their numbers: series given out, and what became of each; a number is used once.

A number is compared as people read it: without blanks and whatever its case.  A number of no series of ours (another
office's seal) is kept in the same register, so it cannot be used twice either.  Where something has happened already
and is only written down, a second use is recorded as a conflict and stands open until somebody explains it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.accounts import Actor, Role, User
from core.db import Base, Moment
from core.errors import Conflict, Forbidden, Invalid, Missing
from core.ledger import entries as ledger

CHAIN: Final = "house/seals"
KEEPERS: Final = frozenset({Role.CUSTODIAN, Role.SUPERVISOR})
READERS: Final = KEEPERS | {Role.AUDITOR}
MOST: Final = 1_000_000
_PREFIX: Final = re.compile(r"[A-Z0-9][A-Z0-9./-]{0,15}|")
_WIDEST: Final = 12


class Fate(StrEnum):
    """What became of a seal."""

    UNUSED = "unused"
    USED = "used"
    BROKEN = "broken"
    VOID = "void"
    LOST = "lost"


class NotYourSeals(Forbidden):
    """The register of seals is kept by custodians and supervisors, and read by auditors."""


class NoSuchSeries(Missing):
    """There is no such series of seals."""


class BadSeries(Invalid):
    """A series of seals cannot be entered like this."""


class SealUsed(Conflict):
    """A seal is used once, and this number is not free."""


class NoSuchConflict(Missing):
    """There is no such conflict about a seal, or it has been explained."""


class SealSeries(Base):
    """Seals that were given out together: one beginning, and all numbers from the first to the last."""

    __tablename__ = "seal_series"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    prefix: Mapped[str] = mapped_column(index=True)
    width: Mapped[int]
    first: Mapped[int]
    last: Mapped[int]
    issued_to: Mapped[str]
    issued_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    issued: Mapped[datetime] = mapped_column(Moment)
    issued_by: Mapped[str]

    def number(self, at: int) -> str:
        """One of its numbers as it is printed."""
        return f"{self.prefix}{at:0{self.width}d}"


class Seal(Base):
    """A seal of which something is known; an unused one of a series has no row."""

    __tablename__ = "seals"

    # As it is compared; `written` is how it was first written.
    number: Mapped[str] = mapped_column(primary_key=True)
    written: Mapped[str]
    series_id: Mapped[UUID | None] = mapped_column(ForeignKey("seal_series.id"), index=True)
    fate: Mapped[str]
    exhibit_id: Mapped[UUID | None] = mapped_column(ForeignKey("exhibits.id"), index=True)
    since: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str]
    because: Mapped[str] = mapped_column(default="")


class SealConflict(Base):
    """A number that was found or written down where it should not be; somebody explains it, nothing resolves itself."""

    __tablename__ = "seal_conflicts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str] = mapped_column(index=True)
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"), index=True)
    first_exhibit_id: Mapped[UUID | None] = mapped_column(ForeignKey("exhibits.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    because: Mapped[str]
    found: Mapped[datetime] = mapped_column(Moment)
    found_by: Mapped[str]
    explanation: Mapped[str] = mapped_column(default="")
    explained: Mapped[datetime | None] = mapped_column(Moment)
    explained_by: Mapped[str] = mapped_column(default="")


@dataclass(frozen=True, slots=True)
class Tally:
    """A series and how many of its seals ended how."""

    series: SealSeries
    counts: dict[Fate, int]


def issue(
    session: Session, actor: Actor, prefix: str, first: int, last: int, *, width: int, issued_to: str = ""
) -> SealSeries:
    """Enter that a series was given out, to a colleague by account name or to an office in words.

    Raises NotYourSeals, or BadSeries also when any of the numbers is in a series already.
    """
    if not actor.holds(*KEEPERS):
        raise NotYourSeals("series of seals are given out by custodians and supervisors")
    begin = folded(prefix)
    # One at a time, or two would both find the same numbers free.
    ledger.hold(session, CHAIN)
    _check(session, begin, first, last, width, issued_to)
    user = session.scalar(select(User).where(User.name == issued_to.strip()))
    made = SealSeries(
        id=uuid4(),
        prefix=begin,
        width=width,
        first=first,
        last=last,
        issued_to=user.name if user else issued_to.strip(),
        issued_to_id=user.id if user else None,
        issued=clock.now(),
        issued_by=actor.signature,
    )
    session.add(made)
    session.flush()
    # Seals that were used before their series was entered belong to it from now on.
    for one in session.scalars(select(Seal).where(Seal.series_id.is_(None), Seal.number.startswith(begin))):
        one.series_id = made.id if _within(made, one.number) else None
    words: dict[str, Any] = {"first": made.number(first), "last": made.number(last), "to": made.issued_to}
    ledger.append(session, CHAIN, actor, "seals given out", subject=made.id, **words)
    return made


def tallies(session: Session, actor: Actor) -> list[Tally]:
    """Every series with its counts, for those who keep or check the register."""
    if not actor.holds(*READERS):
        raise NotYourSeals("the register of seals is kept by custodians and supervisors")
    counted: dict[UUID, dict[Fate, int]] = {}
    query = select(Seal.series_id, Seal.fate, func.count()).where(Seal.series_id.is_not(None))
    for series_id, fate, count in session.execute(query.group_by(Seal.series_id, Seal.fate)):
        if series_id is not None:
            counted.setdefault(series_id, {})[Fate(fate)] = count
    return [
        Tally(one, _whole(one, counted.get(one.id, {})))
        for one in session.scalars(select(SealSeries).order_by(SealSeries.prefix, SealSeries.first))
    ]


def of_series(session: Session, actor: Actor, series_id: UUID) -> tuple[SealSeries, Sequence[Seal]]:
    """A series and the seals of it of which something is known; raises NoSuchSeries or NotYourSeals."""
    found = session.get(SealSeries, series_id)
    if found is None:
        raise NoSuchSeries("there is no such series of seals")
    if not actor.holds(*READERS):
        raise NotYourSeals("the register of seals is kept by custodians and supervisors")
    return found, session.scalars(select(Seal).where(Seal.series_id == found.id).order_by(Seal.number)).all()


def write_off(session: Session, actor: Actor, numbers: Iterable[str], fate: Fate, because: str) -> int:
    """Enter that unused seals are void or lost, which no longer may be used; gives how many.

    Raises NotYourSeals, BadSeries for a number of no series, and SealUsed for one that is not unused.
    """
    if not actor.holds(*KEEPERS):
        raise NotYourSeals("seals are written off by custodians and supervisors")
    if fate not in {Fate.VOID, Fate.LOST} or not because.strip():
        raise BadSeries("say whether they are void or lost, and why", fields={"because": "say why"})
    return len(spoil(session, actor, numbers, fate, because))


def spoil(session: Session, actor: Actor, numbers: Iterable[str], fate: Fate, because: str) -> list[str]:
    """The same for whoever has asked whether the person may, such as a kit that is void."""
    gone = []
    for written in numbers:
        number = folded(written)
        if session.get(Seal, number) is not None:
            raise SealUsed(f"{written} is not unused; nothing was written off")
        series = series_of(session, number)
        if series is None:
            raise BadSeries(f"{written} is in no series that was given out; nothing was written off")
        _keep(session, actor, written, series, fate, None, because)
        gone.append(number)
    if gone:
        session.flush()
        ledger.append(session, CHAIN, actor, f"seals {fate.value}", numbers=gone, reason=because.strip())
    return gone


def put_on(session: Session, actor: Actor, number: str, exhibit_id: UUID) -> None:
    """Enter in the register that a seal is put on an exhibit; the caller writes the custody entry.

    Raises SealUsed when the number is not free.  It tells that and never where the number is on record.
    """
    if not folded(number):
        return
    if because := taken(session, number):
        raise SealUsed(f"{because}; look again at the number", fields={"seal": because})
    series = series_of(session, folded(number))
    _keep(session, actor, number, series, Fate.USED, exhibit_id, "")
    session.flush()


def taken(session: Session, number: str) -> str:
    """Why a number may not be put on anything, or an empty text when it is free."""
    known = session.get(Seal, folded(number))
    if known is None:
        return ""
    if known.fate in {Fate.VOID, Fate.LOST}:
        return f"seal {number.strip()} was written off as {known.fate}"
    return f"seal {number.strip()} has been used before, and a seal is used once"


def broken(session: Session, actor: Actor, number: str, because: str) -> None:
    """Enter in the register that a seal was opened; the caller writes the custody entry."""
    known = session.get(Seal, folded(number))
    if known is not None:
        known.fate, known.since, known.by, known.because = Fate.BROKEN.value, clock.now(), actor.signature, because


def met(session: Session, actor: Actor, exhibit: Any, expected: str, found: str, because: str) -> SealConflict | None:
    """Enter in the register which seal an exhibit really bears when that is not the one it should bear.

    What has happened is never refused here: a number that is on record elsewhere becomes a conflict that stays open.
    """
    if folded(expected) and folded(expected) != folded(found):
        known = session.get(Seal, folded(expected))
        if known is not None and known.exhibit_id == exhibit.id and known.fate == Fate.USED:
            known.fate, known.since, known.by, known.because = Fate.LOST.value, clock.now(), actor.signature, because
    return claim(session, actor, exhibit, found, because) if folded(found) else None


def claim(session: Session, actor: Actor, exhibit: Any, number: str, because: str) -> SealConflict | None:
    """Take a seal down for an exhibit on which it is already: free, or recorded as a conflict and never refused."""
    known = session.get(Seal, folded(number))
    if known is None:
        try:
            with session.begin_nested():
                _keep(session, actor, number, series_of(session, folded(number)), Fate.USED, exhibit.id, "")
        except IntegrityError:
            # Somebody took the same number down a moment ago: what is here is no less true, and is the conflict.
            known = session.get_one(Seal, folded(number), populate_existing=True)
        else:
            return None
    if known.exhibit_id == exhibit.id and known.fate == Fate.USED:
        return None
    made = SealConflict(
        id=uuid4(),
        number=known.number,
        exhibit_id=exhibit.id,
        first_exhibit_id=known.exhibit_id,
        case_id=exhibit.case_id,
        because=f"{taken(session, number)}: {because}".strip(": "),
        found=clock.now(),
        found_by=actor.signature,
        explanation="",
        explained=None,
        explained_by="",
    )
    session.add(made)
    session.flush()
    words: dict[str, Any] = {"seal": number.strip(), "because": made.because}
    ledger.append(session, exhibit.chain, actor, "seal conflict", case=exhibit.case_id, subject=exhibit.id, **words)
    return made


def conflicts(session: Session, exhibit_ids: Iterable[UUID]) -> Sequence[SealConflict]:
    """The conflicts about seals of these exhibits, those that are open first."""
    query = select(SealConflict).where(SealConflict.exhibit_id.in_(list(exhibit_ids)))
    return session.scalars(query.order_by(SealConflict.explained.is_not(None), SealConflict.found)).all()


def fetch_conflict(session: Session, exhibit: Any, conflict_id: UUID) -> SealConflict:
    """A conflict about a seal of an exhibit that was fetched; raises NoSuchConflict."""
    found = session.get(SealConflict, conflict_id)
    if found is None or found.exhibit_id != exhibit.id:
        raise NoSuchConflict("there is no such conflict about a seal of this exhibit")
    return found


def explain(session: Session, actor: Actor, exhibit: Any, conflict_id: UUID, statement: str) -> SealConflict:
    """Put a person's statement beside a conflict about a seal; the record of both uses stays as it is."""
    found = fetch_conflict(session, exhibit, conflict_id)
    session.refresh(found, with_for_update=True)
    if found.explained is not None:
        raise NoSuchConflict("this conflict has been explained already; what was said of it stays")
    if not statement.strip():
        raise BadSeries("statement: say how it came", fields={"statement": "say how it came"})
    found.explanation, found.explained, found.explained_by = statement.strip(), clock.now(), actor.signature
    words: dict[str, Any] = {"seal": found.number, "statement": statement.strip()}
    ledger.append(
        session, exhibit.chain, actor, "seal conflict explained", case=exhibit.case_id, subject=exhibit.id, **words
    )
    return found


def series_of(session: Session, number: str) -> SealSeries | None:
    """The series to which a number belongs, if it was given out."""
    digits = len(number) - len(number.rstrip("0123456789"))
    for length in range(digits + 1, 0, -1):
        begin, rest = number[: len(number) - length], number[len(number) - length :]
        if not rest.isdecimal():
            continue
        query = select(SealSeries).where(
            SealSeries.prefix == begin, SealSeries.width == len(rest), SealSeries.first <= int(rest),
            SealSeries.last >= int(rest),
        )  # fmt: skip
        if found := session.scalar(query):
            return found
    return None


def folded(number: str) -> str:
    """A number as it is compared: in capitals and without blanks."""
    return "".join(number.split()).upper()


def _within(series: SealSeries, number: str) -> bool:
    rest = number[len(series.prefix) :]
    return len(rest) == series.width and rest.isdecimal() and series.first <= int(rest) <= series.last


def _whole(series: SealSeries, known: dict[Fate, int]) -> dict[Fate, int]:
    unused = series.last - series.first + 1 - sum(known.values())
    return {Fate.UNUSED: unused, **{fate: known.get(fate, 0) for fate in Fate if fate is not Fate.UNUSED}}


def _keep(
    session: Session, actor: Actor, written: str, series: SealSeries | None, fate: Fate, on: UUID | None, because: str
) -> None:
    session.add(
        Seal(
            number=folded(written), written=written.strip(), series_id=series.id if series else None, fate=fate.value,
            exhibit_id=on, since=clock.now(), by=actor.signature, because=because.strip(),
        )
    )  # fmt: skip


def _check(session: Session, prefix: str, first: int, last: int, width: int, issued_to: str) -> None:
    wrong = {}
    if not _PREFIX.fullmatch(prefix):
        wrong["prefix"] = "use at most 16 letters, digits, dots, dashes and slashes, or none"
    if not 1 <= width <= _WIDEST:
        wrong["width"] = f"say how many digits a number has: 1 to {_WIDEST}"
    elif not 0 <= first <= last < 10**width:
        wrong["first"] = "the first is not after the last, and both have that many digits"
    elif last - first >= MOST:
        wrong["last"] = f"one series holds at most {MOST:,} seals"
    if not issued_to.strip() or len(issued_to) > 200:
        wrong["issued_to"] = "say to whom they were given"
    if not wrong:
        same = select(SealSeries.id).where(SealSeries.prefix == prefix, SealSeries.width == width)
        if session.scalar(same.where(SealSeries.first <= last, SealSeries.last >= first)) is not None:
            wrong["first"] = "some of these numbers are in a series already"
    if wrong:
        raise BadSeries("; ".join(f"{name}: {why}" for name, why in wrong.items()), fields=wrong)
