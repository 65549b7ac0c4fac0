"""Up to which moment the index is complete, for what one person may see, so that "no hits" can be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from cases.handling import Sensitivity
from core import clock
from core.jobs import CLAIMED, DUE, FAILED, Job
from evidence.files import File

_KINDS: Final = ("extract", "index", "unindex")


@dataclass(frozen=True, slots=True)
class Standing:
    """What came in before *complete_to* can be found; *pending* files wait, *failed* ones need a person."""

    complete_to: datetime
    pending: int
    failed: int

    def words(self) -> str:
        """Say it: "complete to 2026-11-24 14:02 UTC, 3 pending"."""
        told = f"complete to {self.complete_to:%Y-%m-%d %H:%M} UTC"
        told += f", {self.pending} pending" if self.pending else ""
        return told + (f", {self.failed} could not be read or indexed" if self.failed else "")


def standing(session: Session, levels: Mapping[UUID, Sensitivity]) -> Standing:
    """How complete the index is over the cases and classes given; work on what is hidden is not counted."""
    rows = session.execute(
        select(Job.state, func.count(Job.subject.distinct()), func.min(Job.asked))
        .join(File, File.id == Job.subject)
        .where(Job.kind.in_(_KINDS), Job.state.in_((DUE, CLAIMED, FAILED)), within(levels))
        .group_by(Job.state)
    ).all()
    waiting = [row for row in rows if row[0] != FAILED]
    return Standing(
        complete_to=min((since for _, _, since in waiting), default=clock.now()),
        pending=sum(count for _, count, _ in waiting),
        failed=sum(count for state, count, _ in rows if state == FAILED),
    )


def within(levels: Mapping[UUID, Sensitivity]) -> ColumnElement[bool]:
    """The condition that a file is in one of these cases and not above the class given for it."""
    by_level: dict[Sensitivity, list[UUID]] = {}
    for case, level in levels.items():
        by_level.setdefault(level, []).append(case)
    parts = [and_(File.case_id.in_(cases), File.sensitivity <= int(level)) for level, cases in by_level.items()]
    return or_(false(), *parts)
