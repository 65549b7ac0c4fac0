"""Ledger entries as rows of a table: who did what, when, with what outcome, and nothing of the content."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.pages.views.tables import Cell, Column, Place, Row, Table
from app.pages.views.words import state
from core import clock
from core.ledger.entries import Entry

COLUMNS: Final = (
    Column("When", "at"),
    Column("Who"),
    Column("Act"),
    Column("Outcome"),
    Column("Purpose"),
    Column("Role"),
    Column("From where"),
    Column("Entry"),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """One thing to filter by: its name in the address, what it is called, and what to choose from."""

    name: str
    label: str
    value: str = ""
    options: tuple[str, ...] = ()
    type: str = "text"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: the places where the ledger does not hold, or words that it does."""

    breaks: tuple[str, ...]
    words: str
    at: datetime


def entries_table(found: Iterable[Entry], here: Place, more: str, sort: str) -> Table:
    """One page of entries."""
    rows = tuple(_row(one) for one in found)
    return Table("Entries", COLUMNS, rows, here, sort=sort, next=more, empty="No entry fits these filters.")


def entry_url(entry: Entry) -> str:
    """The page of one entry."""
    return f"/ledgers/{entry.position}/{entry.chain}"


def _row(one: Entry) -> Row:
    who, _, _identity = one.actor.partition(":")
    entry = Cell(f"{one.chain.partition('/')[0]} {one.position}", href=entry_url(one), note=one.chain)
    cells = (
        Cell(when=clock.parse(one.at)),
        Cell(who, own=True),
        Cell(one.act.replace("_", " ")),
        Cell(tag=state(one.outcome)),
        Cell(one.purpose.replace("_", " ")),
        Cell(one.role),
        Cell(one.door),
        entry,
    )
    return Row(cells, tone="" if one.outcome == "done" else "orange")
