"""What about an order may name people: sealed under the key of its case; the ledger has a commitment in its place."""

from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from core import cipher, clock
from evidence.data_orders.rows import DataAnswer, DataBrought, DataOrder, DataOrderWords
from evidence.keyring import Keyring
from evidence.names import committed, new_salt

LABEL: Final = "orders for data"


def keep(session: Session, keyring: Keyring, order: DataOrder, text: str, answer: UUID | None = None) -> str:
    """Seal words about an order, or about one of its answers; gives the commitment for the ledger."""
    if not text.strip():
        return ""
    count = select(func.count()).select_from(DataOrderWords).where(DataOrderWords.order_id == order.id)
    row = DataOrderWords(
        id=uuid4(), case_id=order.case_id, order_id=order.id, answer_id=answer, entered=clock.now(),
        ordinal=1 + (session.scalar(count) or 0),
    )  # fmt: skip
    key = cipher.derive(keyring.case_key(session, order.case_id), LABEL)
    row.sealed, row.salt = cipher.seal_note(key, text.strip().encode(), context=row.id.bytes), new_salt()
    session.add(row)
    session.flush()
    return committed(text.strip(), row.salt)


def of_order(session: Session, keyring: Keyring, order: DataOrder) -> dict[UUID | None, str]:
    """The newest words about an order (under no id) and about each of its answers; whoever shows them asks who may."""
    query = select(DataOrderWords).where(DataOrderWords.order_id == order.id).order_by(DataOrderWords.ordinal)
    rows = {row.answer_id: row for row in session.scalars(query)}
    if not any(row.sealed for row in rows.values()):
        return {}
    key = cipher.derive(keyring.case_key(session, order.case_id), LABEL)
    return {
        about: cipher.unseal_note(key, row.sealed, context=row.id.bytes).decode()
        for about, row in rows.items()
        if row.sealed
    }


def commitment(session: Session, keyring: Keyring, order: DataOrder) -> str:
    """What the ledger said of the words about an order that count now; empty when there are none."""
    said = DataOrderWords.order_id == order.id, DataOrderWords.answer_id.is_(None)
    newest = session.scalar(select(DataOrderWords).where(*said).order_by(DataOrderWords.ordinal.desc()).limit(1))
    held = of_order(session, keyring, order).get(None)
    return committed(held, newest.salt) if newest is not None and held is not None else ""


def empty_case(session: Session, case_id: UUID) -> None:
    """Destroy what the orders of a case say of people; that they were made, of whom and when, stays."""
    _empty(session, DataOrderWords.case_id == case_id)


def empty_exhibit(session: Session, exhibit_id: UUID) -> None:
    """Destroy what the answers that brought an exhibit say of it."""
    brought = select(DataAnswer.id).join(DataBrought, DataBrought.answer_id == DataAnswer.id)
    _empty(session, DataOrderWords.answer_id.in_(brought.where(DataBrought.exhibit_id == exhibit_id)))


def _empty(session: Session, which: ColumnElement[bool]) -> None:
    session.execute(update(DataOrderWords).where(which).values(sealed=b"", salt=b""))
