"""The tables of orders for data; whose data it is and what came are sealed, and each sealed text stays as it was."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db import Base, Moment
from evidence.data_orders.rules import CATEGORY_WORDS, OPEN, Category, State
from evidence.names import new_salt


class DataOrder(Base):
    """One order for data, as it stands; what each value was before is in the entries of its case."""

    __tablename__ = "data_orders"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    number: Mapped[str]
    kind: Mapped[str]
    law: Mapped[str]
    basis: Mapped[str]
    authority: Mapped[str]
    validated_by: Mapped[str] = mapped_column(default="")
    addressee: Mapped[str]
    representative: Mapped[str] = mapped_column(default="")
    category: Mapped[str]
    # In an emergency hours count and not days; the words say what it is.
    emergency: Mapped[str] = mapped_column(default="")
    issued: Mapped[datetime] = mapped_column(Moment)
    # The preservation that a production follows, so that what was kept is not lost.
    follows_id: Mapped[UUID | None] = mapped_column(ForeignKey("data_orders.id"), index=True)
    received: Mapped[datetime | None] = mapped_column(Moment)
    confirmed: Mapped[datetime | None] = mapped_column(Moment)
    confirmation: Mapped[str] = mapped_column(default="")
    extended: Mapped[str] = mapped_column(default="")
    # A deadline that somebody has set, with the reason; it goes before the one that is worked out.
    own_deadline: Mapped[datetime | None] = mapped_column(Moment)
    own_because: Mapped[str] = mapped_column(default="")
    due: Mapped[datetime | None] = mapped_column(Moment, index=True)
    due_because: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=State.RECORDED.value)
    ended_because: Mapped[str] = mapped_column(default="")
    recorded: Mapped[datetime] = mapped_column(Moment)
    recorded_by: Mapped[str]

    @property
    def called(self) -> str:
        """How a sentence calls it."""
        return f"{self.kind} order {self.number} to {self.addressee}"

    @property
    def overdue(self) -> bool:
        """Whether the deadline has passed and something is still to be done."""
        return self.due is not None and self.due < clock.now() and self.state in OPEN

    @property
    def asked_for(self) -> str:
        """Which data, in words."""
        return CATEGORY_WORDS[Category(self.category)]


class DataAnswer(Base):
    """One answer of the addressee; a wrong one is struck with the reason and stays."""

    __tablename__ = "data_answers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("data_orders.id"), index=True)
    outcome: Mapped[str]
    ground: Mapped[str] = mapped_column(default="")
    answered: Mapped[datetime] = mapped_column(Moment)
    struck_because: Mapped[str] = mapped_column(default="")
    recorded: Mapped[datetime] = mapped_column(Moment)
    recorded_by: Mapped[str]


class DataOrderWords(Base):
    """Something about an order that may name people: sealed; the newest of its name counts, the others stay."""

    __tablename__ = "data_order_words"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("data_orders.id"), index=True)
    answer_id: Mapped[UUID | None] = mapped_column(ForeignKey("data_answers.id"), index=True)
    ordinal: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # With this the ledger speaks of the words without saying them.
    salt: Mapped[bytes] = mapped_column(LargeBinary, default=new_salt)
    entered: Mapped[datetime] = mapped_column(Moment)


class DataBrought(Base):
    """An exhibit that an answer brought, and the authority that it has by that."""

    __tablename__ = "data_brought"
    __table_args__ = (UniqueConstraint("answer_id", "exhibit_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    answer_id: Mapped[UUID] = mapped_column(ForeignKey("data_answers.id"))
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"), index=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"))
