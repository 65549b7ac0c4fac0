"""The tables of ending: orders, what stands against them, the steps of carrying them out, and who was told."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Moment


class Scope(StrEnum):
    """What an order is about: a whole case, or chosen exhibits, files or persons of it."""

    CASE = "case"
    EXHIBITS = "exhibits"
    FILES = "files"
    PERSONS = "persons"


class Shared(StrEnum):
    """What happens here to content that another case holds too; what stands there stays as it is."""

    RESTRICT = "restrict"
    DESTROY = "destroy"


class State(StrEnum):
    """How far an order has come."""

    REGISTERED = "registered"
    RUNNING = "running"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Order(Base):
    """One order, with its scope and what became of it."""

    __tablename__ = "ending_orders"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    number: Mapped[str]
    court: Mapped[str]
    dated: Mapped[str]
    scope: Mapped[str]
    things: Mapped[list[str]] = mapped_column(JSON)
    # Until then the order may still fall; nothing means that it is final.
    appeal_ends: Mapped[datetime | None] = mapped_column(Moment)
    # A hash can identify a known file, so the order has to say that it may stay.
    keep_hashes: Mapped[bool]
    shared: Mapped[str]
    reason: Mapped[str]
    # Nobody who is not cleared for the highest class that it reaches knows of the order.
    sensitivity: Mapped[int]
    state: Mapped[str] = mapped_column(default=State.REGISTERED.value)
    registered: Mapped[datetime] = mapped_column(Moment)
    registered_by: Mapped[str]
    registered_by_id: Mapped[UUID]
    began: Mapped[datetime | None] = mapped_column(Moment)
    began_by: Mapped[str] = mapped_column(default="")
    ended: Mapped[datetime | None] = mapped_column(Moment)
    # The newest backup made before the end opens what was destroyed until it is gone, or until its master key is.
    copies_until: Mapped[datetime | None] = mapped_column(Moment)
    master: Mapped[str] = mapped_column(default="")
    certificate: Mapped[str] = mapped_column(Text, default="")


class Obstacle(Base):
    """A hold, duty or claim that stands against an order until somebody resolves it in writing."""

    __tablename__ = "ending_obstacles"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("ending_orders.id"), index=True)
    kind: Mapped[str]
    words: Mapped[str]
    raised: Mapped[datetime] = mapped_column(Moment)
    raised_by: Mapped[str]
    resolved: Mapped[datetime | None] = mapped_column(Moment)
    resolved_by: Mapped[str] = mapped_column(default="")
    resolution: Mapped[str] = mapped_column(default="")


class Step(Base):
    """One thing that carrying out an order does; a killed worker goes on at the first that is not done."""

    __tablename__ = "ending_steps"
    __table_args__ = (UniqueConstraint("order_id", "ordinal"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("ending_orders.id"))
    ordinal: Mapped[int]
    act: Mapped[str]
    subject: Mapped[UUID]
    words: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    done: Mapped[datetime | None] = mapped_column(Moment)


class Notice(Base):
    """Somebody outside who holds a copy and has to be told, and what that recipient answered."""

    __tablename__ = "ending_notices"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("ending_orders.id"), index=True)
    recipient: Mapped[str]
    what: Mapped[str]
    sent: Mapped[datetime | None] = mapped_column(Moment)
    sent_by: Mapped[str] = mapped_column(default="")
    confirmed: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
