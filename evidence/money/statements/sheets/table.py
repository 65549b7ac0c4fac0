"""A text cut into records and cells, each record with the line on which it begins and its words as written."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Final

from evidence.money.statements.values import BrokenStatement

MOST_COLUMNS: Final = 400
MOST_RECORDS: Final = 12_000_000
_CELL: Final = 131_072


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a table: the line where it begins, its cells, and the record as written."""

    line: int
    cells: tuple[str, ...]
    verbatim: str


def records(content: str, delimiter: str) -> Iterator[Record]:
    """Yield the records of a table that are not empty.

    Raises BrokenStatement for a record of more than 400 cells, a cell of more than 128 KiB, or too many records.
    """
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in StringIO(content, newline=""):
            taken.append(line)
            yield line

    reader = csv.reader(lines(), delimiter=delimiter)
    begun = 1
    try:
        for cells in reader:
            verbatim = "".join(taken).rstrip("\r\n")
            if len(cells) > MOST_COLUMNS:
                raise BrokenStatement(
                    f"line {begun} has {len(cells)} cells; a bank's table has no more than {MOST_COLUMNS}"
                )
            if any(cell.strip() for cell in cells):
                yield Record(begun, tuple(cells), verbatim)
            taken.clear()
            begun = reader.line_num + 1
            if begun > MOST_RECORDS:
                raise BrokenStatement(f"the table has more than {MOST_RECORDS:,} lines; ask for it in parts")
    except csv.Error as fault:
        raise BrokenStatement(f"the table breaks at line {begun}: {fault}") from fault
