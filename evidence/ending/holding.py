"""What keeps a thing from ending: the holds that are in force on it, as the record of its possession says."""

from sqlalchemy.orm import Session

from evidence.exhibits import Exhibit
from evidence.possession import orders


def holds_on(session: Session, exhibit: Exhibit) -> list[str]:
    """The holds in force on an exhibit, in words; none when nothing stands in the way."""
    return [f"{exhibit.reference}: {one.number}" for one in orders.holds(session, exhibit)]
