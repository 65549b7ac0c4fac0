"""Reads every file of the shared corpus and counts how it ended: ``python -m tests.evidence.extraction.corpus``."""

import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from core.config import Limits
from evidence.extraction import sandbox
from evidence.extraction.reading import Member, Reading, State

ROOT = Path(__file__).resolve().parents[3]
LIMITS = Limits(extract_seconds=60)
STATES = tuple(State)


@dataclass(frozen=True)
class Outcome:
    """How one file of the corpus ended, with how long its reading took in seconds."""

    path: str
    reading: Reading
    members: tuple[Member, ...]
    seconds: float

    @property
    def family(self) -> str:
        """The folder of the corpus in which it lies."""
        return self.path.partition("/")[0]


def outcomes(folder: Path) -> Iterator[Outcome]:
    """Read every file, two at a time; with PROBANDA_CORPUS_EACH=7 in the environment only every seventh."""
    step = int(os.environ.get("PROBANDA_CORPUS_EACH", "1"))
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.parent != folder)
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(lambda path: _read(folder, path), paths[::step])


def _read(folder: Path, path: Path) -> Outcome:
    members: list[Member] = []

    def take(member: Member) -> None:
        if member.content is not None:
            for _ in member.content:
                pass
        members.append(member)

    content = path.read_bytes()
    began = time.monotonic()
    reading = sandbox.read([content], len(content), path.name, LIMITS, take)
    return Outcome(str(path.relative_to(folder)), reading, tuple(members), time.monotonic() - began)


def table(found: list[Outcome]) -> str:
    """The outcomes by family as the table that docs/extraction.md shows."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        for family in (one.family, "all"):
            counted[family]["files"] += 1
            counted[family][one.reading.state] += 1
            counted[family]["in part"] += one.reading.state is State.READ and bool(one.reading.because)
            counted[family]["members"] += one.reading.members
            counted[family]["left"] += one.reading.members_left
    columns = ("files", "read", "in part", "empty", "refused", "failed", "members", "left")
    names = [*sorted(set(counted) - {"all"}), "all"]
    lines = ["| family | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    lines += [f"| {name} | " + " | ".join(str(counted[name][column]) for column in columns) + " |" for name in names]
    return "\n".join(lines)


def where() -> Path:
    """The folder of the corpus: beside the checkout, or where the environment says."""
    return Path(os.environ.get("PROBANDA_CORPUS") or ROOT.parent / "shared" / "corpus")


def main() -> int:
    """Print the table, then each file that is not read whole with its reason."""
    found = list(outcomes(where()))
    lines = [f"{one.path}\t{one.reading.state}\t{one.reading.because}" for one in found if one.reading.because]
    slowest = max(found, key=_seconds).path
    pace = f"{sum(one.seconds for one in found) / len(found):.2f} s a file, slowest {slowest}"
    sys.stdout.write("\n".join([table(found), "", pace, "", *lines, ""]))
    return 0


def _seconds(one: Outcome) -> float:
    return one.seconds


if __name__ == "__main__":
    sys.exit(main())
