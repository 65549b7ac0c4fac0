"""An order as its page shows it: facts in pairs, what it reaches as a tree, its steps counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.pages.views.words import Tag, state
from core import clock
from evidence.ending.rows import Order, Step
from exports.expungement import Reach, Reached


@dataclass(slots=True)
class Branch:
    """One thing that an order reaches, and what hangs on it."""

    label: str
    kind: str
    act: Tag
    because: str
    counts: str
    below: list["Branch"] = field(default_factory=list)


def branches(reach: Reach) -> list[Branch]:
    """What an order reaches: exhibits with their files and what was derived from these, then everything else."""
    made: dict[UUID, Branch] = {one.id: _branch(one) for one in reach.things}
    tops: list[Branch] = []
    for one in reach.things:
        above = made.get(one.parent) if one.parent else None
        (above.below if above is not None and above is not made[one.id] else tops).append(made[one.id])
    return tops


def facts(order: Order) -> list[tuple[str, str]]:
    """What an order says, in pairs."""
    ends = clock.stamp(order.appeal_ends)[:10] if order.appeal_ends else "final"
    told = [
        ("Order", f"{order.number}, {order.dated}"),
        ("Court", order.court),
        ("Scope", order.scope),
        ("Appeal possible until", ends),
        ("Hash values", "may stay" if order.keep_hashes else "may not stay"),
        ("What another case holds too", "is restricted here" if order.shared == "restrict" else "is destroyed here"),
        ("Registered", f"{order.registered_by}, {clock.stamp(order.registered)[:16].replace('T', ' ')} UTC"),
        ("Reason", order.reason),
    ]
    if order.copies_until:
        told.append(("Backups of before expire", clock.stamp(order.copies_until)[:10]))
    return told


def progress(steps: Sequence[Step]) -> dict[str, object]:
    """How far the carrying out is: steps done, of how many, and what comes next."""
    ahead = next((one.act for one in steps if one.done is None), "")
    return {"done": sum(1 for one in steps if one.done), "of": len(steps), "next": ahead}


def _branch(one: Reached) -> Branch:
    counts = ", ".join(f"{count:,} {name}" for name, count in one.counts)
    return Branch(one.label, one.kind, state(one.act), one.because, counts)
