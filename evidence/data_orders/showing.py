"""An order for data as it is shown: what is sealed for those who read content, exhibits for those who may know them."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from cases import access
from cases.access import Act
from cases.docket import Case
from core.accounts import Actor
from core.ledger import entries as ledger
from evidence import exhibits
from evidence.data_orders import answers, orders, words
from evidence.data_orders.rows import DataAnswer, DataOrder
from evidence.exhibits import Exhibit
from evidence.keyring import Keyring

#: What an entry says for machines alone.
_IDS: Final = frozenset({"number", "answer", "exhibit", "under", "follows"})


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One answer, what came where the reader may read it, and the exhibits of which the reader may know."""

    row: DataAnswer
    late: bool
    came: str
    exhibits: tuple[Exhibit, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry about the order."""

    position: int
    act: str
    at: str
    by: str
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything about one order that its reader may know."""

    row: DataOrder
    target: str
    sealed: bool
    follows: DataOrder | None
    answers: tuple[ShownAnswer, ...]
    history: tuple[Happened, ...]


def shown(session: Session, actor: Actor, keyring: Keyring, order_id: UUID) -> Shown:
    """The order with its answers and history for this reader; raises NoSuchCase as for one that never was."""
    row = orders.fetch(session, actor, order_id)
    case = session.get_one(Case, row.case_id)
    reads = Act.READ in access.acts(session, actor, case)
    said = words.of_order(session, keyring, row) if reads else {}
    known = {one.id: one for one in session.scalars(exhibits.seen(session, actor, case.id))}
    given = []
    for one in orders.answers(session, row):
        brought = (known.get(link.exhibit_id) for link in answers.of_answer(session, one))
        seen = tuple(sorted((each for each in brought if each is not None), key=lambda each: each.reference))
        given.append(ShownAnswer(one, answers.late(row, one), said.get(one.id, ""), seen))
    return Shown(
        row=row,
        target=said.get(None, ""),
        sealed=not reads,
        follows=session.get(DataOrder, row.follows_id) if row.follows_id else None,
        answers=tuple(given),
        history=tuple(_history(session, row)),
    )


def _history(session: Session, row: DataOrder) -> list[Happened]:
    found = []
    for entry in orders.history(session, row):
        told = tuple(_pairs({name: one for name, one in ledger.words(entry).items() if name not in _IDS}))
        found.append(Happened(entry.position, entry.act, entry.at, entry.actor.partition(":")[0], told))
    return found


def _pairs(told: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Words of an entry as labelled texts; a table inside is written out under its own name."""
    pairs: list[tuple[str, str]] = []
    for name, value in told.items():
        label = f"{before}{name.replace('_', ' ')}"
        if isinstance(value, dict):
            pairs += _pairs(value, f"{label}, ")
        elif value not in {"", None}:
            pairs.append((label, _written(value)))
    return pairs


def _written(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
