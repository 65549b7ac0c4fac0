"""What every engine must do, and the values that go in and come out; the index proposes, the database disposes."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from core.errors import Invalid, Unavailable
from search.asking import Question
from search.passages import Document

#: Physically separate indices, so that no statistics are shared between what is open and what is sealed (R-PRO-11).
TIERS: Final = ("open", "restricted", "sealed")

#: What a person is told when an engine fails, with the engine's own words in it.
OUT_OF_REACH: Final = "the search index cannot be used now ({}); evidence is safe, and what waits is indexed later"

#: For each tier that may be asked, the cases in it that the person may read.
Scope = Mapping[str, frozenset[UUID]]


class IndexOutOfReach(Unavailable):
    """The index cannot be asked or written now; the evidence is safe, and what waits is indexed later."""


class TooBroad(Invalid):
    """The query would match more different words than an engine can hold."""


@lru_cache(maxsize=10_000)
def file_id(written: str) -> UUID:
    """The id of a file as an engine writes it; the same few stand in most hits of an answer."""
    return UUID(written)


class Hit(NamedTuple):
    """A passage that an engine proposes, with its day or none; hits are ordered by file, then by place in the file."""

    file: UUID
    ordinal: int
    day: str


@dataclass(frozen=True, slots=True)
class Kept:
    """How many documents of a file an engine holds in one tier, and under which case."""

    tier: str
    file: UUID
    case: UUID
    documents: int


@dataclass(frozen=True, slots=True)
class Condition:
    """How an engine is: its name, how many documents it holds, and how many dropped ones it has yet to wipe."""

    engine: str
    documents: int
    dropped: int


class Index(Protocol):
    """An engine; every verb raises `IndexOutOfReach` when it cannot be reached in a bounded time."""

    def put(self, documents: Iterable[Document]) -> int:
        """Take documents in, in place of those with the same id, and give their number; they can be found at once."""
        ...

    def drop(self, file: UUID, *, keep: Collection[UUID] = (), tier: str = "") -> int:
        """Let go of the documents of *file*, save those in *keep* that stand in *tier*; give how many went."""
        ...

    def ask(
        self,
        question: Question,
        scope: Scope,
        *,
        files: Collection[UUID] | None = None,
        each: int | None = None,
        after: tuple[UUID, int] | None = None,
    ) -> Iterator[Hit]:
        """Yield every hit in order: of *files* alone, at most the first *each* of a file, only what follows *after*."""
        ...

    def tally(self, question: Question, scope: Scope) -> dict[tuple[UUID, str], int]:
        """Count the hits of each file and month (YYYY-MM, or nothing for those without a day)."""
        ...

    def census(self) -> Iterator[Kept]:
        """Yield what is held, file by file, for comparison with the database."""
        ...

    def ready(self) -> Condition:
        """Make what is not yet there and tell how the engine is."""
        ...

    def purge(self) -> int:
        """Wipe all that was dropped until now from the disk too (ENC-7), and give how many of it may still be on it.

        Unless that is none, ask again.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
