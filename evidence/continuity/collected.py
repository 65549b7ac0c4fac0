"""What is weak in how something was collected online: courts discount captures without source, collector and time."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from core import clock
from evidence.continuity.codes import Code, Weakness
from evidence.custody import Step
from evidence.exhibits import Exhibit
from evidence.online import items
from evidence.possession.arrivals import Kind


def of_online(session: Session, exhibit: Exhibit, whole: Sequence[Step]) -> Iterator[Weakness]:
    """Yield what of an exhibit's online items is missing without a reason, and a capture of which nothing is told."""
    found = items.of_exhibit(session, exhibit)
    if not found and whole and whole[0].act == Kind.CAPTURE:
        because = "it was captured online, and address, source, collector and time are not recorded as such"
        yield Weakness(Code.ONLINE_INCOMPLETE, whole[0].occurred_at, "", (whole[0].position,), because)
    at = {str(step.words.get("item")): step.position for step in reversed(whole) if "item" in step.words}
    for item in found:
        explained = items.reasons(session, item)
        lacking = [one.value for one in items.missing(session, item) if one not in explained]
        if lacking:
            because = f"online item {item.number} is without {', '.join(lacking)}, and no reason is recorded"
            position = at.get(str(item.id))
            positions = () if position is None else (position,)
            yield Weakness(Code.ONLINE_INCOMPLETE, clock.stamp(item.collected), "", positions, because)
