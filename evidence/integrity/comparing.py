"""Compare somebody else's list of hashes with what is stored: which agree, differ, are missing here or there.

A defence that has read a phone again gets another hash of the whole, and the same hashes of the files in it: those are
compared one by one.  Nothing of the list is kept (J4).
"""

import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from core.errors import Invalid
from evidence.files import Digest, File

MOST: Final = 200_000
_ALGORITHMS: Final = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_SUMS: Final = re.compile(r"([0-9a-fA-F]{32,128})[ \t]+[*]?(.+)")
_TAGGED: Final = re.compile(r"[A-Z0-9-]+ \((.+)\) = ([0-9a-fA-F]{32,128})")


class NotAList(Invalid):
    """What was sent is no list of hashes in a form that we know."""


@dataclass(frozen=True, slots=True)
class Line:
    """One file of the other list: its name as written there, and its hash values by algorithm."""

    number: int
    name: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A line of the list and the file here that it was compared with, by name."""

    line: Line
    here: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """What the comparison came to; nothing of it is stored."""

    agree: tuple[Pair, ...]
    differ: tuple[Pair, ...]
    extra: tuple[Line, ...]
    missing: tuple[str, ...]
    unread: tuple[int, ...]

    @property
    def whole(self) -> bool:
        """Whether both sides hold exactly the same files."""
        return not (self.differ or self.extra or self.missing or self.unread)


def parse(text: str) -> tuple[list[Line], list[int]]:
    """Read a list as `sha256sum`, BSD tools, `hashdeep` or a table with a head write it; gives lines and unread ones.

    Raises NotAList when nothing of it can be read or it is too long; a line that cannot be read is told by its number.
    """
    rows = text.removeprefix("\ufeff").splitlines()
    if len(rows) > MOST:
        raise NotAList(f"the list has {len(rows)} lines, and at most {MOST} are compared at once")
    head = next((row for row in rows if row.startswith("%%%% size,")), "")
    found: list[Line] = []
    unread: list[int] = []
    columns = _columns(head.removeprefix("%%%% ")) if head else _columns(rows[0]) if rows else []
    for number, row in enumerate(rows, 1):
        if not row.strip() or row.startswith(("%%%%", "#")) or (columns and not head and number == 1):
            continue
        line = _tabled(number, row, columns) if columns else _summed(number, row)
        if line is None:
            unread.append(number)
        else:
            found.append(line)
    if not found:
        raise NotAList("this is no list of hashes: use the output of sha256sum or hashdeep, or a CSV with a head")
    return found, unread


def compare(lines: Collection[Line], unread: Collection[int], here: Collection[tuple[File, list[Digest]]]) -> Compared:
    """Compare a list with files here: by value first, since names differ between tools, and by name where none fits."""
    by_value, by_name = _indexed(here)
    agree, differ, extra = [], [], []
    met: set[str] = set()
    for line in lines:
        same = next((by_value[one] for one in line.values if one in by_value), None)
        named = by_name.get(_last(line.name))
        if same is not None:
            met.add(same)
            other = "" if _last(same) == _last(line.name) else "under another name"
            agree.append(Pair(line, same, other))
        elif named is not None:
            name, algorithms = named
            known = any(algorithm in algorithms for algorithm, _value in line.values)
            met.add(name)
            note = "another value" if known else "no value here in that algorithm; recompute it, or use SHA-256"
            differ.append(Pair(line, name, note))
        else:
            extra.append(line)
    missing = sorted(file.shown_name for file, _ in here if file.shown_name not in met)
    return Compared(tuple(agree), tuple(differ), tuple(extra), tuple(missing), tuple(unread))


def _indexed(
    here: Collection[tuple[File, list[Digest]]],
) -> tuple[dict[tuple[str, str], str], dict[str, tuple[str, set[str]]]]:
    by_value: dict[tuple[str, str], str] = {}
    by_name: dict[str, tuple[str, set[str]]] = {}
    for file, digests in here:
        name = file.shown_name
        known = {("sha256", file.sha256), ("sha512", file.sha512)}
        known |= {(one.algorithm, one.value) for one in digests if one.agrees}
        by_value |= dict.fromkeys(known, name)
        by_name.setdefault(_last(name), (name, {algorithm for algorithm, _value in known}))
    return by_value, by_name


def _columns(row: str) -> list[str]:
    names = [name.strip().lower().replace("-", "").replace(" ", "") for name in next(csv.reader([row]), [])]
    usable = any(name in _ALGORITHMS.values() or name in {"hash", "value"} for name in names)
    return names if usable and not any(_HEX.fullmatch(name) and len(name) in _ALGORITHMS for name in names) else []


def _tabled(number: int, row: str, columns: list[str]) -> Line | None:
    limit = len(columns)
    cells = next(csv.reader(io.StringIO(row)), [])
    if len(cells) > limit:
        # hashdeep does not quote names; a comma in one is part of it.
        cells = [*cells[: limit - 1], ",".join(cells[limit - 1 :])]
    told = dict(zip(columns, cells, strict=False))
    name = next((told[one] for one in ("filename", "name", "file", "path") if told.get(one)), "")
    values = tuple(_values(told))
    return Line(number, name, values) if values else None


def _values(told: dict[str, str]) -> Iterator[tuple[str, str]]:
    for column, cell in told.items():
        value = cell.strip().lower()
        if (column in _ALGORITHMS.values() or column in {"hash", "value"}) and _HEX.fullmatch(value):
            algorithm = _ALGORITHMS.get(len(value))
            if algorithm and column in {algorithm, "hash", "value"}:
                yield algorithm, value


def _summed(number: int, row: str) -> Line | None:
    if found := _TAGGED.fullmatch(row.strip()):
        name, value = found[1], found[2].lower()
    elif found := _SUMS.fullmatch(row.strip().removeprefix("\\")):
        value, name = found[1].lower(), found[2]
    else:
        return None
    algorithm = _ALGORITHMS.get(len(value))
    return Line(number, name, ((algorithm, value),)) if algorithm else None


def _last(name: str) -> str:
    return re.split(r"[\\/]", name)[-1].casefold()
