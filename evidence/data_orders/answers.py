"""What the addressee of an order for data answered, and which exhibits that brought under the order's authority."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.access import Act
from cases.docket import NoSuchCase
from core import clock
from core.accounts import Actor
from core.ledger import entries as ledger
from evidence import authorities, custody, exhibits
from evidence.authorities import Grant
from evidence.data_orders import orders, words
from evidence.data_orders.orders import BadDataOrder, NotNow
from evidence.data_orders.rows import DataAnswer, DataBrought, DataOrder
from evidence.data_orders.rules import ANSWERS, Kind, Outcome, State
from evidence.exhibits import Exhibit
from evidence.keyring import Keyring
from evidence.possession.times import as_given

BROUGHT = "brought by order for data"
_MOST = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it comes in; `came` says what came and is sealed, `ground` why it was refused and is not."""

    outcome: Outcome
    answered: datetime
    came: str = ""
    ground: str = ""
    exhibits: tuple[UUID, ...] = ()


def answer(session: Session, actor: Actor, keyring: Keyring, order_id: UUID, reply: Reply) -> DataAnswer:
    """Record what the addressee answered; the exhibits that it brought are from then on under this order.

    Raises NoSuchCase alike for an order and an exhibit that are not there, NotNow, NotYourDuty or BadDataOrder.
    """
    order = orders.fetch(session, actor, order_id, writing=True)
    _check(order, reply)
    brought = _coming(session, actor, order, reply.outcome, reply.exhibits)
    row = DataAnswer(
        id=uuid4(), order_id=order.id, outcome=reply.outcome.value, ground=reply.ground.strip(),
        answered=reply.answered.astimezone(UTC), struck_because="", recorded=clock.now(), recorded_by=actor.signature,
    )  # fmt: skip
    session.add(row)
    session.flush()
    orders.settle(session, order)
    said: dict[str, Any] = {"answer": str(row.id), "outcome": row.outcome, "ground": row.ground}
    said |= {"answered": as_given(reply.answered), "late": late(order, row)}
    said["came"] = words.keep(session, keyring, order, reply.came, row.id)
    orders.enter(session, actor, order, "order for data answered", said)
    for exhibit in brought:
        _link(session, actor, order, row, exhibit)
    return row


def bring(
    session: Session, actor: Actor, order_id: UUID, answer_id: UUID, exhibit_ids: Sequence[UUID]
) -> list[DataBrought]:
    """Say which exhibits of the same case an answer brought: the order is their authority, and their reading starts."""
    order, row = _answer(session, actor, order_id, answer_id)
    coming = _coming(session, actor, order, Outcome(row.outcome), exhibit_ids)
    return [_brought(session, row.id, one.id) or _link(session, actor, order, row, one) for one in coming]


def strike(session: Session, actor: Actor, order_id: UUID, answer_id: UUID, because: str) -> DataAnswer:
    """Strike an answer that was recorded wrongly, with the reason; it stays, and covers no exhibit any more."""
    order, row = _answer(session, actor, order_id, answer_id)
    if not because.strip() or exhibits.faults([("because", because, orders.LONGEST)]):
        raise BadDataOrder("say in a few words why it is wrong", fields={"because": "say why"})
    for link in of_answer(session, row):
        authorities.doubt(session, actor, link.exhibit_id, link.authority_id, f"the answer was struck: {because}")
    row.struck_because = because.strip()
    orders.settle(session, order)
    said = {"answer": str(row.id), "outcome": row.outcome, "because": row.struck_because}
    orders.enter(session, actor, order, "answer to order for data struck", said)
    return row


def late(order: DataOrder, row: DataAnswer) -> bool:
    """Whether data was asked for and the answer came after the deadline."""
    return order.kind == Kind.PRODUCTION and order.due is not None and row.answered > order.due


def of_answer(session: Session, row: DataAnswer) -> Sequence[DataBrought]:
    """The exhibits that an answer brought, by their ids; whoever shows them asks who may know of them."""
    query = select(DataBrought).where(DataBrought.answer_id == row.id)
    return session.scalars(query.order_by(DataBrought.exhibit_id)).all()


def of_exhibit(session: Session, exhibit: Exhibit) -> list[tuple[DataOrder, DataAnswer]]:
    """The orders and answers that brought an exhibit which the caller has fetched, in order."""
    query = select(DataOrder, DataAnswer).join(DataAnswer, DataAnswer.order_id == DataOrder.id)
    query = query.join(DataBrought, DataBrought.answer_id == DataAnswer.id)
    query = query.where(DataBrought.exhibit_id == exhibit.id).order_by(DataAnswer.recorded, DataAnswer.id)
    return [(order, row) for order, row in session.execute(query)]


def _link(session: Session, actor: Actor, order: DataOrder, row: DataAnswer, exhibit: Exhibit) -> DataBrought:
    said = {
        "order": str(order.id), "answer": str(row.id), "number": order.number, "kind": order.kind,
        "basis": order.basis, "authority": order.authority, "addressee": order.addressee,
    }  # fmt: skip
    custody.note_files(session, actor, exhibit, BROUGHT, said)
    issuer = f"{order.authority}, validated by {order.validated_by}" if order.validated_by else order.authority
    scope = f"{order.asked_for}; {order.kind} order under {order.basis} to {order.addressee}"
    grant = authorities.authorise(session, actor, exhibit.id, _grant(order, issuer, scope))
    link = DataBrought(id=uuid4(), answer_id=row.id, exhibit_id=exhibit.id, authority_id=grant.id)
    session.add(link)
    session.flush()
    told = {"answer": str(row.id), "exhibit": str(exhibit.id), "under": str(grant.id)}
    orders.enter(session, actor, order, "order for data brought an exhibit", told)
    return link


def _coming(
    session: Session, actor: Actor, order: DataOrder, outcome: Outcome, exhibit_ids: Sequence[UUID]
) -> list[Exhibit]:
    """The exhibits that an answer brought, each held before the first word is written, in the order of everybody."""
    if exhibit_ids and outcome not in {Outcome.DATA, Outcome.PART}:
        raise NotNow("this answer brought no data, so that no exhibit can have come by it")
    if len(exhibit_ids) > _MOST:
        raise BadDataOrder(f"link at most {_MOST} exhibits at once", fields={"exhibits": "too many"})
    coming = [exhibits.fetch(session, actor, one, to=Act.ADD) for one in dict.fromkeys(exhibit_ids)]
    if any(one.case_id != order.case_id for one in coming):
        raise NoSuchCase
    coming.sort(key=lambda one: one.chain)
    for one in coming:
        ledger.hold(session, one.chain)
    return coming


def _grant(order: DataOrder, issuer: str, scope: str) -> Grant:
    return Grant("order", number=order.number, issuer=issuer, scope=scope, valid_from=order.issued)


def _answer(session: Session, actor: Actor, order_id: UUID, answer_id: UUID) -> tuple[DataOrder, DataAnswer]:
    order = orders.fetch(session, actor, order_id, writing=True)
    row = session.get(DataAnswer, answer_id)
    if row is None or row.order_id != order.id:
        raise NoSuchCase
    if row.struck_because:
        raise NotNow("this answer was struck already; nothing was changed")
    return order, row


def _brought(session: Session, answer_id: UUID, exhibit_id: UUID) -> DataBrought | None:
    mine = (DataBrought.answer_id == answer_id, DataBrought.exhibit_id == exhibit_id)
    return session.scalar(select(DataBrought).where(*mine))


def _check(order: DataOrder, reply: Reply) -> None:
    if order.state == State.ENDED:
        raise NotNow("this order for data was ended; nothing was changed")
    wrong = exhibits.faults((name, getattr(reply, name), orders.LONGEST) for name in ("came", "ground"))
    if reply.outcome not in ANSWERS[Kind(order.kind)]:
        wrong["outcome"] = "use one of: " + ", ".join(ANSWERS[Kind(order.kind)])
    if reply.outcome is Outcome.REFUSED and not reply.ground.strip():
        wrong["ground"] = "say on which ground it was refused"
    if reply.answered > clock.now() + exhibits.AHEAD:
        wrong["answered"] = "this time has not come yet"
    if reply.answered < (order.received or order.issued):
        wrong["answered"] = "this is before the order reached the addressee"
    if wrong:
        raise BadDataOrder(exhibits.told(wrong), fields=wrong)
