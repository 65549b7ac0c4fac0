"""A figure, how it is paired with its baseline, and how it is told."""

import hashlib
import os
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure: ours and the baseline in their unit, and the bound on their ratio or on the figure itself."""

    what: str
    baseline: str
    ours: float
    theirs: float
    unit: str
    bound: float
    note: str = ""

    @property
    def ratio(self) -> float:
        """How much more ours takes than the baseline."""
        return self.ours / self.theirs if self.theirs else float("inf")

    @property
    def reached(self) -> bool:
        """Whether the bound holds."""
        return self.ratio <= self.bound

    def told(self) -> dict[str, Any]:
        """The figure for JSON."""
        return {**asdict(self), "ratio": round(self.ratio, 3), "reached": self.reached}

    def row(self) -> tuple[str, ...]:
        """The figure as a line of a table."""
        ours, theirs = f"{self.ours:.3g} {self.unit}", f"{self.theirs:.3g} {self.unit}"
        return (
            self.what,
            ours,
            theirs,
            f"{self.ratio:.2f}",
            f"{self.bound:g}",
            "yes" if self.reached else "NO",
            self.note,
        )


def paired(ours: Callable[[], object], theirs: Callable[[], object], times: int) -> tuple[float, float]:
    """Run two things in turn, several times, and give the median seconds of each; drift of the machine hits both."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for run, kept in ((theirs, taken[1]), (ours, taken[0])):
            began = time.perf_counter()
            run()
            kept.append(time.perf_counter() - began)
    return statistics.median(taken[0]), statistics.median(taken[1])


def fill(path: Path, size: int) -> None:
    """Write a file of so many random bytes, in whole MiB."""
    with path.open("wb") as out:
        for _ in range(size // MIB):
            out.write(secrets.token_bytes(MIB))


def hash_and_copy(source: Path, target: Path) -> None:
    """The baseline of all that takes a file in: hash it, copy it, sync the copy, and remove that again."""
    digest = hashlib.sha256()
    with source.open("rb") as stream:
        while piece := stream.read(MIB):
            digest.update(piece)
    with source.open("rb") as stream, target.open("wb") as out:
        while piece := stream.read(MIB):
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    target.unlink()


def peak_mib() -> float:
    """The most memory that this process ever held, in MiB.

    Read from the kernel's account of the program itself: what `getrusage` tells begins with the parent's memory.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not say how much memory a process held")


def lines(figures: list[Figure]) -> Iterator[tuple[str, ...]]:
    """The rows of the table."""
    yield from (one.row() for one in figures)
