"""The end of an order: what is left is looked for, and only if nothing is found is the certificate signed."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.ending import verifying
from app.wiring import services, transaction
from core import clock
from core.accounts import WORKER
from core.errors import Conflict
from evidence.ending import orders
from evidence.ending.rows import Notice, Order, State
from exports import certificate
from exports.expungement import Reach


class RemainsFound(Conflict):
    """Something of what had to go was found; the order is not done, and each place is named."""


def notify(session: Session, order: Order, reach: Reach) -> None:
    """Put each recipient of a version on the list of those who must be told."""
    for recipient, what in reach.recipients:
        session.add(Notice(id=uuid4(), order_id=order.id, recipient=recipient, what=what))
    session.flush()


def certify(order_id: UUID, stones: Path) -> None:
    """Look for remains, sign what was done, and end the order; raises RemainsFound with the first places."""
    house = services()
    report = verifying.verify(order_id, stones)
    if report.remains:
        raise RemainsFound("not everything is gone: " + "; ".join(str(one) for one in report.remains[:5]))
    with transaction() as session:
        order = session.get_one(Order, order_id, with_for_update=True)
        if order.state == State.DONE:
            return
        order.state, order.ended = State.DONE.value, clock.now()
        made = certificate.issue(session, house.keyring, order, office=house.config.office, checked=report.checked)
        order.certificate = made.to_json()
        told: dict[str, object] = {"number": order.number, "certificate": made.digest, "key": house.keyring.key_id}
        orders.enter(session, WORKER, order, "expungement done", **told, checked=list(_short(report.checked)))


def _short(checked: Sequence[str]) -> Sequence[str]:
    return [one[:200] for one in checked]
