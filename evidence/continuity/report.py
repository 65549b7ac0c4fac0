"""The continuity report of an exhibit: who had it when, every weakness, and what people state about each."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from cases.access import Act
from core import clock
from core.accounts import Actor
from core.ledger.entries import Entry
from evidence import custody, exhibits
from evidence.continuity import collected, proofs, statements, weaknesses
from evidence.continuity.codes import Weakness, in_order
from evidence.continuity.spans import Span, spans
from evidence.continuity.statements import Stated
from evidence.custody import Step
from evidence.exhibits import Exhibit


@dataclass(frozen=True, slots=True)
class Explained:
    """A weakness and what people state about it."""

    weakness: Weakness
    statements: tuple[Stated, ...]

    def words(self) -> str:
        """The weakness in one sentence, and beside it each statement with its author and day."""
        said = [f"{one.by} states on {one.at[:10]}: «{one.text}»" for one in self.statements]
        return ". ".join([self.weakness.because, *said])


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that somebody who doubts the custody of one exhibit can ask for."""

    exhibit: Exhibit
    at: str
    steps: tuple[Step, ...]
    spans: tuple[Span, ...]
    weaknesses: tuple[Explained, ...]
    whole: tuple[Stated, ...]
    handlers: tuple[tuple[str, list[int]], ...]


def of_exhibit(session: Session, exhibit: Exhibit) -> list[Weakness]:
    """Every weakness of an exhibit that the caller has fetched, in the order of time."""
    whole = list(custody.steps(session, exhibit))
    return in_order(list(_found(session, exhibit, whole)))


def of_possession(session: Session, exhibit: Exhibit) -> list[Weakness]:
    """What the entries of an exhibit show by themselves, which is quickly found for many exhibits."""
    return in_order(list(weaknesses.of_steps(exhibit, list(custody.steps(session, exhibit)))))


def report(session: Session, exhibit: Exhibit) -> Report:
    """The whole report of an exhibit that the caller has fetched."""
    whole = list(custody.steps(session, exhibit))
    found = in_order(list(_found(session, exhibit, whole)))
    said = statements.of_steps(whole)
    explained = tuple(Explained(one, tuple(said_ for said_ in said if said_.weakness == one.key)) for one in found)
    keys = {one.key for one in found}
    return Report(
        exhibit=exhibit,
        at=clock.stamp(clock.now()),
        steps=tuple(whole),
        spans=tuple(spans(whole)),
        weaknesses=explained,
        whole=tuple(one for one in said if one.weakness not in keys),
        handlers=tuple(statements.handlers(whole)),
    )


def state(session: Session, actor: Actor, exhibit_id: UUID, key: str, text: str) -> Entry:
    """Enter a statement about a weakness that the record of the exhibit shows; raises as `statements.state` does."""
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.SEE)
    return statements.state(session, actor, exhibit_id, of_exhibit(session, exhibit), key, text)


def _found(session: Session, exhibit: Exhibit, whole: list[Step]) -> Iterator[Weakness]:
    yield from weaknesses.of_steps(exhibit, whole)
    yield from collected.of_online(session, exhibit, whole)
    yield from proofs.of_record(session, exhibit, whole)
