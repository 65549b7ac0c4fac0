"""Orders for data as they are made, received, confirmed, extended, corrected and ended; each change is one entry.

Nothing that an entry says names the person whose data it is: that is sealed, and the entry commits to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import access
from cases.access import Act
from cases.docket import Case, NoSuchCase
from core import clock
from core.accounts import Actor
from core.errors import Conflict, Invalid
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence import exhibits
from evidence.data_orders import words
from evidence.data_orders.rows import DataAnswer, DataOrder
from evidence.data_orders.rules import AFTER, EU_BASIS, EU_SINCE, OPEN, Category, Kind, Law, Outcome, State, deadline
from evidence.keyring import Keyring
from evidence.possession.times import as_given

LONGEST: Final = 4_000
_SHORT: Final = 300
# Whoever works on the case writes down what was ordered: investigators and custodians, and prosecutors, who order it.
_WRITERS: Final = (Act.ADD, Act.AMEND)


class BadDataOrder(Invalid):
    """An order for data cannot be recorded or changed like this; `fields` names each fault."""


class NotNow(Conflict):
    """The order for data is not in the state in which this can be done."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order for data as it is recorded; `target` says whose data or which account it is, and is sealed."""

    number: str
    kind: Kind
    authority: str
    addressee: str
    category: Category
    issued: datetime
    law: Law = Law.EU
    basis: str = ""
    validated_by: str = ""
    representative: str = ""
    emergency: str = ""
    received: datetime | None = None
    own_deadline: datetime | None = None
    own_because: str = ""
    follows: UUID | None = None
    target: str = ""


_WANTED: Final = {
    "number": "give the number of the order",
    "authority": "name the authority that issued it",
    "addressee": "name the service provider to whom it goes",
}
_NAMES: Final = ("number", "authority", "validated_by", "addressee", "representative", "basis")
_KEPT: Final = tuple(one.name for one in fields(Wanted) if one.name not in {"follows", "target"})
#: What a correction may change; another kind or another law is another order.
CORRECTABLE: Final = (
    "number", "authority", "validated_by", "addressee", "representative", "category", "basis", "emergency", "issued",
    "received", "target",
)  # fmt: skip


def record(session: Session, actor: Actor, keyring: Keyring, case_id: UUID, wanted: Wanted) -> DataOrder:
    """Record an order for data in a case; raises NoSuchCase, NotYourDuty, or BadDataOrder with every fault at once."""
    case = _writing(session, actor, case_id)
    if wanted.law is Law.EU and not wanted.basis.strip():
        wanted = replace(wanted, basis=EU_BASIS)
    _check(wanted)
    before = _followed(session, case, wanted)
    told = {name: _kept(getattr(wanted, name)) for name in _KEPT}
    row = DataOrder(
        id=uuid4(), case_id=case.id, follows_id=wanted.follows, recorded=clock.now(), recorded_by=actor.signature,
        confirmation="", extended="", ended_because="", **told,
    )  # fmt: skip
    session.add(row)
    session.flush()
    for one in (row, before):
        if one is not None:
            settle(session, one)
    said: dict[str, Any] = {name: _said(getattr(wanted, name)) for name in _KEPT} | _due(row)
    said |= {"target": words.keep(session, keyring, row, wanted.target), "follows": str(wanted.follows or "")}
    enter(session, actor, row, "order for data recorded", said)
    return row


def fetch(session: Session, actor: Actor, order_id: UUID, *, writing: bool = False) -> DataOrder:
    """An order for data, if the person may know of it; *writing* also asks for that and holds it for this act."""
    found = session.get(DataOrder, order_id, with_for_update=writing or None, populate_existing=writing)
    if found is None:
        raise NoSuchCase
    if writing:
        _writing(session, actor, found.case_id)
    else:
        access.fetch(session, actor, found.case_id, to=Act.SEE)
    return found


def of_case(session: Session, actor: Actor, case_id: UUID) -> list[DataOrder]:
    """The orders for data of a case, the newest first; raises as `access.fetch` does."""
    access.fetch(session, actor, case_id, to=Act.SEE)
    query = select(DataOrder).where(DataOrder.case_id == case_id)
    return list(session.scalars(query.order_by(DataOrder.issued.desc(), DataOrder.id)))


def waiting(session: Session, actor: Actor) -> Sequence[DataOrder]:
    """The orders whose deadline runs or has passed, in all cases that the person may know of, the most urgent first."""
    known = access.visible(actor).with_only_columns(Case.id)
    query = select(DataOrder).where(DataOrder.case_id.in_(known), DataOrder.due.is_not(None))
    query = query.where(DataOrder.state.in_([one.value for one in OPEN]))
    return session.scalars(query.order_by(DataOrder.due, DataOrder.id)).all()


def receive(session: Session, actor: Actor, order_id: UUID, at: datetime) -> DataOrder:
    """Record when the addressee received the order; from then on its deadline runs."""
    row = fetch(session, actor, order_id, writing=True)
    if row.received is not None:
        raise NotNow("when it was received is recorded already; correct it with the reason if it is wrong")
    _open(row)
    _refuse(_times(row.issued, at))
    row.received = _kept(at)
    settle(session, row)
    enter(session, actor, row, "order for data received", {"received": as_given(at)} | _due(row))
    return row


def confirm(session: Session, actor: Actor, order_id: UUID, at: datetime, confirmation: str) -> DataOrder:
    """Record that the addressee confirmed the receipt, and by what; what was confirmed before stays in its entry."""
    row = fetch(session, actor, order_id, writing=True)
    _open(row)
    wrong = exhibits.faults([("confirmation", confirmation, _SHORT)]) | _past("confirmed", at)
    if not confirmation.strip():
        wrong["confirmation"] = "say by what it was confirmed: its number, or who wrote"
    if at < row.issued:
        wrong["confirmed"] = "this is before the order was issued"
    _refuse(wrong)
    was = {"was": {"confirmed": _said(row.confirmed), "confirmation": row.confirmation}} if row.confirmed else {}
    row.confirmed, row.confirmation = _kept(at), confirmation.strip()
    said = {"confirmed": as_given(at), "confirmation": row.confirmation, **was}
    enter(session, actor, row, "order for data confirmed", said)
    return row


def extend(session: Session, actor: Actor, order_id: UUID, because: str) -> DataOrder:
    """Extend a preservation under EU law by 30 days, once and before it ends."""
    row = fetch(session, actor, order_id, writing=True)
    _open(row)
    _refuse(_reason(because))
    if (row.kind, row.law) != (Kind.PRESERVATION, Law.EU):
        raise NotNow("only a European Preservation Order is extended by 30 days; set another deadline with its reason")
    if row.received is None or row.due is None:
        raise NotNow("record first when the addressee received it; before that no days run that could be extended")
    if row.extended:
        raise NotNow("it was extended already, and that can be done once")
    if row.due <= clock.now():
        raise NotNow("the preservation has ended already; ask for it anew")
    row.extended = because.strip()
    settle(session, row)
    enter(session, actor, row, "order for data extended", {"because": row.extended} | _due(row))
    return row


def set_deadline(session: Session, actor: Actor, order_id: UUID, at: datetime, because: str) -> DataOrder:
    """Set a deadline of its own with the reason; it goes before the one that is worked out."""
    row = fetch(session, actor, order_id, writing=True)
    _open(row)
    wrong = _reason(because)
    if at <= row.issued:
        wrong["own_deadline"] = "this is before the order was issued"
    _refuse(wrong)
    was = _due(row)
    row.own_deadline, row.own_because = _kept(at), because.strip()
    settle(session, row)
    enter(session, actor, row, "deadline of order for data set", {"given": as_given(at), "was": was} | _due(row))
    return row


def end(session: Session, actor: Actor, order_id: UUID, because: str) -> DataOrder:
    """End an order that was withdrawn or is needed no more; what it says and what came stays."""
    row = fetch(session, actor, order_id, writing=True)
    _open(row)
    _refuse(_reason(because))
    was, row.ended_because = row.state, because.strip()
    settle(session, row)
    if row.follows_id is not None:
        settle(session, session.get_one(DataOrder, row.follows_id, with_for_update=True, populate_existing=True))
    enter(session, actor, row, "order for data ended", {"was": was, "because": row.ended_because})
    return row


def correct(
    session: Session, actor: Actor, keyring: Keyring, order_id: UUID, changes: Mapping[str, Any], because: str
) -> DataOrder:
    """Correct what was recorded of an order, with the reason; the entry names each old value beside the new one."""
    row = fetch(session, actor, order_id, writing=True)
    wrong = _reason(because) | dict.fromkeys(changes.keys() - set(CORRECTABLE), "this cannot be corrected")
    if row.law == Law.EU and "basis" in changes:
        wrong["basis"] = "an order under EU law has this basis; record another order for another law"
    if not changes:
        wrong["changes"] = "say what is to be another value"
    if not str(changes.get("target", "x")).strip():
        wrong["target"] = "say whose data it is; what was said before is not taken back"
    _refuse(wrong)
    now = Wanted(**{name: _read(name, getattr(row, name)) for name in _KEPT})
    then = replace(now, **changes)
    _check(then)
    told: dict[str, Any] = {}
    for name in sorted(changes.keys() - {"target"}):
        told[name] = {"was": _said(getattr(now, name)), "is": _said(getattr(then, name))}
        setattr(row, name, _kept(getattr(then, name)))
    if "target" in changes:
        was = words.commitment(session, keyring, row)
        told["target"] = {"was": was, "is": words.keep(session, keyring, row, then.target)}
    settle(session, row)
    enter(session, actor, row, "order for data corrected", {"changed": told, "because": because.strip()} | _due(row))
    return row


def history(session: Session, order: DataOrder) -> list[Entry]:
    """Every entry about an order that the caller has fetched, in order."""
    chain = f"case/{order.case_id}"
    query = select(Entry).where(Entry.subject == str(order.id), Entry.chain == chain)
    return list(session.scalars(query.order_by(Entry.position)))


def settle(session: Session, row: DataOrder) -> None:
    """Work out anew how far an order has come and until when it is to be done."""
    row.due, row.due_because = row.own_deadline, row.own_because
    if row.own_deadline is None and row.received is not None and row.law == Law.EU:
        told = {"urgent": bool(row.emergency), "extended": bool(row.extended)}
        row.due, row.due_because = deadline(Kind(row.kind), row.received, **told)
    row.state = _state(session, row).value
    session.flush()


def answers(session: Session, order: DataOrder) -> list[DataAnswer]:
    """The answers to an order that the caller has fetched, in order, those that were struck included."""
    query = select(DataAnswer).where(DataAnswer.order_id == order.id)
    return list(session.scalars(query.order_by(DataAnswer.recorded, DataAnswer.id)))


def enter(session: Session, actor: Actor, order: DataOrder, act: str, said: Mapping[str, Any]) -> Entry:
    """Write what was done about an order into the chain of its case."""
    told = {"number": order.number, "state": order.state, **said}
    return ledger.append(session, f"case/{order.case_id}", actor, act, told, case=order.case_id, subject=order.id)


def _state(session: Session, row: DataOrder) -> State:
    if row.ended_because:
        return State.ENDED
    followed = select(DataOrder.id).where(DataOrder.follows_id == row.id, DataOrder.ended_because == "")
    if row.kind == Kind.PRESERVATION and session.scalar(followed.limit(1)) is not None:
        return State.FOLLOWED
    given = [AFTER[Outcome(one.outcome)] for one in answers(session, row) if not one.struck_because]
    closing = [one for one in given if one not in OPEN]
    if given:
        return (closing or given)[-1]
    return State.RECORDED if row.received is None else State.RECEIVED


def _writing(session: Session, actor: Actor, case_id: UUID) -> Case:
    case = access.fetch(session, actor, case_id, to=Act.SEE)
    held = access.acts(session, actor, case)
    access.allow(session, actor, case, next((one for one in _WRITERS if one in held), Act.ADD))
    return case


def _followed(session: Session, case: Case, wanted: Wanted) -> DataOrder | None:
    """The preservation that a production follows, in the same case."""
    if wanted.follows is None:
        return None
    before = session.get(DataOrder, wanted.follows, with_for_update=True, populate_existing=True)
    if before is None or before.case_id != case.id:
        raise NoSuchCase
    if wanted.kind is not Kind.PRODUCTION or before.kind != Kind.PRESERVATION:
        _refuse({"follows": "a production follows a preservation"})
    return before


def _check(wanted: Wanted) -> None:
    wrong = exhibits.faults((name, getattr(wanted, name), _SHORT) for name in _NAMES)
    texts = ("emergency", "own_because", "target")
    wrong |= exhibits.faults((name, getattr(wanted, name), LONGEST) for name in texts)
    wrong |= {name: why for name, why in _WANTED.items() if not getattr(wanted, name).strip()}
    wrong |= _times(wanted.issued, wanted.received)
    if wanted.law is Law.EU and wanted.issued < EU_SINCE:
        wrong["issued"] = "the Regulation applies from 18 August 2026; record this under another law"
    if wanted.law is Law.OTHER and not wanted.basis.strip():
        wrong["basis"] = "name the law under which it is made"
    if wanted.emergency.strip() and (wanted.law, wanted.kind) != (Law.EU, Kind.PRODUCTION):
        wrong["emergency"] = "8 hours count for a European Production Order alone; set the deadline itself here"
    if (wanted.own_deadline is None) != (not wanted.own_because.strip()):
        wrong["own_because"] = "give a deadline of its own together with its reason, or neither"
    if wanted.own_deadline is not None and wanted.own_deadline <= wanted.issued:
        wrong["own_deadline"] = "this is before the order was issued"
    _refuse(wrong)


def _times(issued: datetime, received: datetime | None) -> dict[str, str]:
    wrong = _past("issued", issued)
    if received is not None:
        wrong |= _past("received", received)
        if received < issued:
            wrong["received"] = "it cannot have been received before it was issued"
    return wrong


def _past(name: str, at: datetime) -> dict[str, str]:
    return {name: "this time has not come yet"} if at > clock.now() + exhibits.AHEAD else {}


def _reason(because: str) -> dict[str, str]:
    wrong = exhibits.faults([("because", because, LONGEST)])
    return wrong if because.strip() else wrong | {"because": "say why"}


def _open(row: DataOrder) -> None:
    if row.state == State.ENDED:
        raise NotNow("this order for data was ended; nothing was changed")


def _refuse(wrong: Mapping[str, str]) -> None:
    if wrong:
        raise BadDataOrder(exhibits.told(dict(wrong)), fields=wrong)


def _due(row: DataOrder) -> dict[str, str]:
    return {"due": clock.stamp(row.due) if row.due else "", "due_because": row.due_because}


def _kept(value: Any) -> Any:
    """A value as the row keeps it; a time in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return value.strip() if isinstance(value, str) else value


def _said(value: Any) -> str:
    """A value as an entry says it; a time with the offset with which it was given."""
    if isinstance(value, datetime):
        return as_given(value)
    return "" if value is None else str(value).strip()


def _read(name: str, value: Any) -> Any:
    return {"kind": Kind, "law": Law, "category": Category}.get(name, lambda same: same)(value)
