"""Who had an exhibit from when until when, as stretches that follow one another; a stretch without a name is a gap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from evidence.custody import Step
from evidence.possession.verbs import ENDED

_ENDED: Final = frozenset(one.value for one in ENDED)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time with one custodian; an empty `until` means still so, an empty `custodian` a gap.

    `outside` says that it was not in this house, `ended` that custody had ended.
    """

    since: str
    until: str
    custodian: str
    state: str
    position: int
    outside: bool = False
    ended: bool = False


_AWAY: Final = frozenset({"out", "at_laboratory", "at_court"})


def spans(whole: Sequence[Step]) -> Iterator[Span]:
    """Yield the stretches of a custody in the order of its entries; together they leave no instant out.

    Where a later entry is said to have happened before the one before it, its stretch begins where that one began, so
    that no instant has two custodians.
    """
    moves = [step for step in whole if step.moves]
    begun: list[tuple[str, Step]] = []
    for step in moves:
        at = max(step.occurred_at, begun[-1][0]) if begun else step.occurred_at
        if not begun or step.custodian != begun[-1][1].custodian or _state(step) in _ENDED:
            begun.append((at, step))
    for place, (since, step) in enumerate(begun):
        until = begun[place + 1][0] if place + 1 < len(begun) else ""
        ended = _state(step) in _ENDED
        name = str(step.words.get("to", "")) if ended else step.custodian
        yield Span(since, until, name, _state(step), step.position, _state(step) in _AWAY, ended)


def _state(step: Step) -> str:
    return str(step.words.get("state", ""))
