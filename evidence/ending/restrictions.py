"""What must stay as evidence and may otherwise not be used: no hit, no list, no analysis, read for a court alone.

Where data cannot be erased because a court needs it, it is restricted instead (LED 16(3)).  A supervisor restricts by
an order; to lift that takes another person's decision.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases import access
from cases.access import Act
from cases.docket import NoSuchCase
from cases.people import Person
from core import approvals, clock, jobs
from core.accounts import Actor, Role
from core.approvals import Proposal, Wish
from core.db import Base, Moment
from core.errors import Conflict, Forbidden, Invalid
from core.ledger import entries as ledger
from evidence import exhibits, reindexing
from evidence.exhibits import Exhibit
from evidence.files import File

KIND: Final = "lift restriction"
DECIDING: Final = (Role.SUPERVISOR, Role.PROSECUTOR)
_LONGEST: Final = 4_000


class Of(StrEnum):
    """What can be restricted: a thing with all its files, one file with what was derived from it, a person."""

    EXHIBIT = "exhibit"
    FILE = "file"
    PERSON = "person"


class BadRestriction(Invalid):
    """Something cannot be restricted like this; `fields` names each fault."""


class NotYoursToRestrict(Forbidden):
    """A supervisor restricts, and a supervisor or prosecutor decides that it ends."""


class AlreadySo(Conflict):
    """It is restricted already, or is not."""


class Restriction(Base):
    """One restriction: what, since when, by which order, and when it was lifted by whose decision."""

    __tablename__ = "restrictions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    subject: Mapped[UUID] = mapped_column(index=True)
    order_number: Mapped[str]
    reason: Mapped[str]
    since: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str]
    # A person who was not protected before is so only as long as the restriction lasts.
    before: Mapped[bool] = mapped_column(default=False)
    lifted: Mapped[datetime | None] = mapped_column(Moment)
    lifted_by: Mapped[str] = mapped_column(default="")
    lifted_because: Mapped[str] = mapped_column(default="")


def restrict(
    session: Session, actor: Actor, case_id: UUID, kind: Of, subject: UUID, *, order_number: str, reason: str
) -> Restriction:
    """Restrict something of a case by an order; whoever may not read it for the court no longer knows of it."""
    access.fetch(session, actor, case_id, to=Act.SEE)
    if not actor.holds(Role.SUPERVISOR) or (actor.scopes is not None and Act.MANAGE not in actor.scopes):
        raise NotYoursToRestrict("a supervisor of the case restricts; nothing was changed")
    _check(order_number=order_number, reason=reason)
    _asked(session, actor, case_id, kind, subject)
    return impose(session, actor, case_id, kind, subject, order_number=order_number, reason=reason)


def impose(
    session: Session,
    actor: Actor,
    case_id: UUID,
    kind: Of,
    subject: UUID,
    *,
    order_number: str,
    reason: str,
    known: tuple[UUID, datetime] | None = None,
) -> Restriction:
    """Restrict without asking who may; for the carrying out of an approved order.

    *known* is the id and the beginning of one that was lost, for its replay after a restore.
    """
    _alone(session, kind, subject)
    if current(session, subject) is not None:
        raise AlreadySo("this is restricted already; nothing was changed")
    row = Restriction(
        id=known[0] if known else uuid4(), case_id=case_id, kind=kind.value, subject=subject,
        order_number=order_number.strip(), reason=reason.strip(), since=known[1] if known else clock.now(),
        by=actor.name, before=False,
    )  # fmt: skip
    if kind is Of.PERSON:
        row.before = session.get_one(Person, subject).protected
    session.add(row)
    session.flush()
    _set(session, row, restricted=True)
    words: dict[str, Any] = {
        "kind": kind.value,
        "order": row.order_number,
        "reason": row.reason,
        "restriction": str(row.id),
    }
    ledger.append(session, f"case/{case_id}", actor, "restrict", case=case_id, subject=subject, **words)
    return row


def of_case(session: Session, actor: Actor, case_id: UUID) -> Sequence[Restriction]:
    """The restrictions of a case, newest first, for supervisors and auditors; for others there are none."""
    access.fetch(session, actor, case_id, to=Act.SEE)
    if not exhibits.for_the_court(actor, Act.SEE):
        return []
    query = select(Restriction).where(Restriction.case_id == case_id)
    rows = session.scalars(query.order_by(Restriction.since.desc(), Restriction.id)).all()
    return [one for one in rows if _within(session, actor, one)]


def current(session: Session, subject: UUID) -> Restriction | None:
    """The restriction under which something stands now."""
    query = select(Restriction).where(Restriction.subject == subject, Restriction.lifted.is_(None))
    return session.scalars(query.order_by(Restriction.since)).first()


def fetch(session: Session, actor: Actor, restriction_id: UUID) -> Restriction:
    """A restriction, for who may know that what is kept for a court exists."""
    row = session.get(Restriction, restriction_id)
    if row is None:
        raise NoSuchCase
    access.fetch(session, actor, row.case_id, to=Act.SEE)
    known = exhibits.for_the_court(actor, Act.SEE) or actor.holds(*DECIDING)
    if not known or not _within(session, actor, row):
        raise NoSuchCase
    return row


def ask_to_lift(session: Session, actor: Actor, restriction_id: UUID, reason: str) -> Proposal:
    """Propose that a restriction ends; another person decides."""
    row = fetch(session, actor, restriction_id)
    _decider(actor)
    _check(reason=reason)
    session.refresh(row, with_for_update={"key_share": True})
    if row.lifted is not None:
        raise AlreadySo("this restriction has been lifted already")
    if any(one.subject == row.id for one in approvals.open_ones(session, kind=KIND, case_id=row.case_id)):
        raise AlreadySo("this has been proposed already and waits for another person")
    words = {"restriction": str(row.id), "what": row.kind}
    return approvals.propose(session, actor, Wish(KIND, row.id, row.case_id, words), reason)


def may_decide(session: Session, actor: Actor, proposal: Proposal) -> None:
    """Say nothing when this person may decide on the end of a restriction; raises NoSuchCase or NotYoursToRestrict."""
    fetch(session, actor, proposal.subject)
    _decider(actor)


def decide(session: Session, actor: Actor, proposal_id: UUID, *, grants: bool, reason: str) -> Restriction:
    """Decide on the end of a restriction; granted, it ends at once."""
    proposal = session.get(Proposal, proposal_id, with_for_update=True, populate_existing=True)
    if proposal is None or proposal.kind != KIND:
        raise NoSuchCase
    row = fetch(session, actor, proposal.subject)
    _decider(actor)
    _check(reason=reason)
    _alone(session, Of(row.kind), row.subject)
    session.refresh(row, with_for_update={"key_share": True})
    if row.lifted is not None:
        raise AlreadySo("this restriction has been lifted already")
    approvals.decide(session, actor, proposal, grants=grants, reason=reason)
    if grants:
        approvals.use(session, actor, KIND, row.id)
        release(session, actor, row, because=reason)
    return row


def release(session: Session, actor: Actor, row: Restriction, *, because: str) -> None:
    """End a restriction without asking who may; for a granted decision, and its replay after a restore."""
    _alone(session, Of(row.kind), row.subject)
    row.lifted, row.lifted_by, row.lifted_because = clock.now(), actor.name, because.strip()
    session.flush()
    _set(session, row, restricted=False)
    words: dict[str, Any] = {"restriction": str(row.id), "kind": row.kind, "reason": row.lifted_because}
    ledger.append(session, f"case/{row.case_id}", actor, "lift restriction", case=row.case_id, subject=row.subject,
                  **words)  # fmt: skip


def _alone(session: Session, kind: Of, subject: UUID) -> None:
    """Let nobody else restrict or release the same thing, or add a file to it, until the transaction ends."""
    if kind is Of.PERSON:
        session.refresh(session.get_one(Person, subject), with_for_update={"key_share": True})
        return
    exhibit = subject if kind is Of.EXHIBIT else session.get_one(File, subject).exhibit_id
    ledger.hold(session, f"custody/{exhibit}")


def _set(session: Session, row: Restriction, *, restricted: bool) -> None:
    if row.kind == Of.PERSON:
        person = session.get_one(Person, row.subject)
        person.restricted, person.protected = restricted, True if restricted else row.before
        reindexing.ask_for_case(session, row.case_id)
        return
    if row.kind == Of.EXHIBIT:
        exhibit = session.get_one(Exhibit, row.subject)
        exhibit.restricted = restricted
        reached = list(session.scalars(select(File).where(File.exhibit_id == exhibit.id)))
    else:
        reached = _family(session, row.subject)
    for file in reached:
        file.restricted = restricted or _under_another(session, file)
        jobs.enqueue(session, "unindex" if file.restricted else "index", file.id)
    session.flush()


def _under_another(session: Session, file: File) -> bool:
    """Whether something else keeps a file restricted: its exhibit, itself, or what it was made from."""
    if session.get_one(Exhibit, file.exhibit_id).restricted:
        return True
    one: File | None = file
    while one is not None:
        if current(session, one.id) is not None:
            return True
        one = session.get(File, one.parent_id) if one.parent_id else None
    return False


def _family(session: Session, file_id: UUID) -> list[File]:
    found, level = [session.get_one(File, file_id)], [file_id]
    while level:
        children = list(session.scalars(select(File).where(File.parent_id.in_(level))))
        found += children
        level = [one.id for one in children]
    return found


def _asked(session: Session, actor: Actor, case_id: UUID, kind: Of, subject: UUID) -> None:
    """Raise NoSuchCase unless the thing is one of this case that the person may know of."""
    belongs: UUID | None
    if kind is Of.EXHIBIT:
        belongs = exhibits.fetch(session, actor, subject, to=Act.SEE).case_id
    elif kind is Of.FILE:
        file = session.get(File, subject)
        belongs = exhibits.fetch(session, actor, file.exhibit_id, to=Act.SEE).case_id if file else None
        if file is not None and file.sensitivity > access.clearance_of(session, actor, case_id):
            raise NoSuchCase
    else:
        person = session.get(Person, subject)
        belongs = person.case_id if person else None
    if belongs != case_id:
        raise NoSuchCase


def _within(session: Session, actor: Actor, row: Restriction) -> bool:
    if row.kind == Of.PERSON or actor.holds(Role.AUDITOR):
        return True
    level = Exhibit.sensitivity if row.kind == Of.EXHIBIT else File.sensitivity
    owner = Exhibit.id if row.kind == Of.EXHIBIT else File.id
    held = session.scalar(select(level).where(owner == row.subject))
    return held is not None and held <= access.clearance_of(session, actor, row.case_id)


def _decider(actor: Actor) -> None:
    if not actor.holds(*DECIDING) or (actor.scopes is not None and Act.MANAGE not in actor.scopes):
        raise NotYoursToRestrict("a supervisor or prosecutor of the case asks and decides that a restriction ends")


def _check(**texts: str) -> None:
    wrong = exhibits.faults((name, text, _LONGEST) for name, text in texts.items())
    wrong |= {name: "say it in a few words" for name, text in texts.items() if not text.strip()}
    if wrong:
        raise BadRestriction(exhibits.told(wrong), fields=wrong)
