"""How the house is, as the administrator's page shows it; nothing of any case stands here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.pages.views.tables import Cell, Column, Place, Row, Table
from app.pages.views.words import Tag, state
from core.accounts import User
from core.jobs import Job

_USERS: Final = (Column("Name"), Column("Person"), Column("Roles"), Column("State"), Column("Since"))
_JOBS: Final = (Column("Work"), Column("State"), Column("How many", number=True))
_FAILURES: Final = (Column("Work"), Column("About (id)"), Column("Why"), Column("Tries", number=True), Column("Ended"))
_STATES: Final = {
    "due": Tag("waiting", "grey", "○"),
    "claimed": Tag("being done", "blue", "◐"),
    "done": Tag("done", "green", "✓"),
    "failed": Tag("failed", "red", "✕"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the house and whether it is well."""

    title: str
    note: str
    tag: Tag


def users_table(users: Iterable[User], here: Place) -> Table:
    """All accounts."""
    rows = tuple(_user(one) for one in users)
    return Table("Accounts", _USERS, rows, here, total=len(rows), csv=False)


def jobs_table(tally: Mapping[tuple[str, str], int], here: Place) -> Table:
    """The work by kind and state."""
    rows = tuple(
        Row((Cell(kind), Cell(tag=_STATES[now]), Cell(f"{count:,}"))) for (kind, now), count in sorted(tally.items())
    )
    return Table("Work", _JOBS, rows, here, csv=False, empty="No work has been asked for yet.")


def failures_table(failed: Iterable[Job], here: Place) -> Table:
    """What failed, and why."""
    rows = tuple(_failure(one) for one in failed)
    return Table("What failed", _FAILURES, rows, here, csv=False, empty="Nothing has failed.")


def _user(one: User) -> Row:
    name = Cell(one.name, href=f"/administration/accounts/{one.name}")
    now = state("active" if one.active else "closed")
    return Row((name, Cell(one.display, own=True), Cell(", ".join(one.roles)), Cell(tag=now), Cell(when=one.created)))


def _failure(one: Job) -> Row:
    cells = (
        Cell(one.kind),
        Cell(str(one.subject)),
        Cell(one.because, own=True),
        Cell(str(one.tries)),
        Cell(when=one.ended),
    )
    return Row(cells, tone="red")
