"""What comes round for retention: proposals are made where something is due, and nothing else."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from app.wiring import services, transaction
from cases.docket import Case
from evidence.ending import retention, rules
from evidence.exhibits import Exhibit

EVERY: Final = timedelta(hours=12)


def propose() -> None:
    """Make the proposals of retention that are due, each case in a transaction of its own."""
    profile = rules.profile(services().config.instance)
    with transaction() as session:
        cases = list(session.scalars(select(Case.id).where(Case.id.in_(select(Exhibit.case_id))).order_by(Case.id)))
    for case_id in cases:
        with transaction() as session:
            retention.propose_due(session, case_id, profile)
