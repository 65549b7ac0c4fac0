"""A table as a value: its columns, rows, sorting and pages live in the URL, and it can be taken away as CSV."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from app.pages.views.words import Tag, universal

ROWS = 50
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reader stands: the path and every filter, the sorting and the page, as they are in the URL."""

    path: str
    given: tuple[tuple[str, str], ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """The last value given for *name*."""
        return next((value for key, value in reversed(self.given) if key == name), default)

    def every(self, name: str) -> tuple[str, ...]:
        """Every value given for *name*."""
        return tuple(value for key, value in self.given if key == name)

    def having(self, **changes: str) -> "Place":
        """The same place with these values instead; an empty value takes the name away."""
        kept = tuple((key, value) for key, value in self.given if key not in changes)
        return replace(self, given=kept + tuple((key, value) for key, value in changes.items() if value))

    def without(self, name: str, value: str) -> "Place":
        """The same place less one filter, at its first page."""
        kept = tuple(pair for pair in self.given if pair != (name, value) and pair[0] != "after")
        return replace(self, given=kept)

    def also(self, name: str, value: str) -> "Place":
        """The same place with one more filter, at its first page."""
        kept = tuple(pair for pair in self.given if pair != (name, value) and pair[0] != "after")
        return replace(self, given=(*kept, (name, value)))

    @property
    def url(self) -> str:
        """The address of this place."""
        return f"{self.path}?{urlencode(self.given)}" if self.given else self.path

    def sorting(self, allowed: Sequence[str], default: str) -> tuple[str, bool]:
        """The column to sort by and whether downwards; unknown columns fall back to *default*."""
        wanted = self.get("sort", default)
        name = wanted.removeprefix("-")
        return (
            (name, wanted.startswith("-")) if name in allowed else (default.removeprefix("-"), default.startswith("-"))
        )


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and the key to sort by when it can be sorted."""

    label: str
    key: str = ""
    number: bool = False
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: text, and what it is besides (a link, a state, a moment, a hash, somebody's name, lines)."""

    text: str = ""
    href: str = ""
    tag: Tag | None = None
    when: datetime | None = None
    digest: str = ""
    own: bool = False
    lines: bool = False
    note: str = ""

    @property
    def written(self) -> str:
        """The whole content as plain text, for CSV."""
        parts = [
            self.text,
            self.digest,
            self.tag.word if self.tag else "",
            universal(self.when) if self.when else "",
            self.note,
        ]
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Row:
    """One row; its tone marks what needs the eye, and never stands alone: a cell says it in words."""

    cells: tuple[Cell, ...]
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Everything the table part of a page shows."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    place: Place
    sort: str = ""
    next: str = ""
    empty: str = "There is nothing here yet."
    total: int | None = None
    csv: bool = True

    def sort_url(self, column: Column) -> str:
        """Where a click on the heading leads: sorted by it, the other way round the second time."""
        wanted = f"-{column.key}" if self.sort == column.key else column.key
        return self.place.having(sort=wanted, after="").url

    def direction(self, column: Column) -> str:
        """The value of aria-sort for a heading."""
        if not column.key or self.sort.removeprefix("-") != column.key:
            return "none"
        return "descending" if self.sort.startswith("-") else "ascending"

    @property
    def next_url(self) -> str:
        """The next page, or nothing at the end."""
        return self.place.having(after=self.next).url if self.next else ""

    @property
    def first_url(self) -> str:
        """The first page, when this is a later one."""
        return self.place.having(after="").url if self.place.get("after") else ""

    @property
    def csv_url(self) -> str:
        """The same rows as a file."""
        return self.place.having(format="csv").url


def paged(
    rows: Sequence[Item], after: str, key: Callable[[Item], str], *, size: int = ROWS
) -> tuple[Sequence[Item], str]:
    """The rows that follow the one whose key is *after*, and the key to go on from, or an empty text at the end."""
    start = next((place for place, row in enumerate(rows, 1) if key(row) == after), 0) if after else 0
    shown = rows[start : start + size]
    return shown, key(shown[-1]) if start + size < len(rows) else ""


def as_csv(table: Table, hide: Callable[[str], str] = str) -> str:
    """The shown rows as CSV, with *hide* applied to each cell; what a spreadsheet would run as a formula is marked."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([guarded(column.label) for column in table.columns])
    writer.writerows([guarded(hide(cell.written)) for cell in row.cells] for row in table.rows)
    return "\ufeff" + out.getvalue()


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
