"""Time stamps that were asked for and those that came, kept whole, to be checked when nobody is left to ask.

What is to be stamped is written first and stamped when the authority answers.  Until then it is «not yet
time-stamped», and no time of ours is put in its place (TSA-4).
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID, uuid4

from sqlalchemy import JSON, LargeBinary, Table, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.accounts import HOUSE
from core.db import Base, Moment
from core.errors import Conflict
from core.ledger import entries as ledger
from core.ledger import guards
from core.ledger.entries import Entry
from core.ledger.replay import TreeBreak
from core.ledger.rfc3161 import signers
from core.ledger.rfc3161.tokens import Authority, Stamp, check, check_digest, request, request_for

__all__ = ["Authority", "Stamp", "check", "check_digest", "request", "request_for"]

CHAIN: Final = "house/log"
TAKEN: Final = "time stamp taken"
CHECKPOINT, STATEMENT = "checkpoint", "statement"
WAITING, STAMPED = "waiting", "stamped"
CHECKED, UNLISTED, UNKNOWN, REVOKED = "checked", "no list named", "not known yet", "revoked"
SOON: Final = timedelta(days=60)


class StampedAlready(Conflict):
    """This time stamp was taken; it is never replaced, only followed by a newer one."""


class Timestamp(Base):
    """A stamp by one authority on one thing: asked for, and with everything needed to check it once it came."""

    __tablename__ = "timestamps"
    __table_args__ = (UniqueConstraint("kind", "subject", "authority", "turn"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    subject: Mapped[str]
    authority: Mapped[str]
    turn: Mapped[int] = mapped_column(default=1)
    digest: Mapped[str] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(default=WAITING, index=True)
    wanted: Mapped[datetime] = mapped_column(Moment)
    tried: Mapped[datetime | None] = mapped_column(Moment)
    because: Mapped[str] = mapped_column(default="")
    request: Mapped[bytes | None] = mapped_column(LargeBinary)
    response: Mapped[bytes | None] = mapped_column(LargeBinary)
    came: Mapped[datetime | None] = mapped_column(Moment)
    at: Mapped[datetime | None] = mapped_column(Moment)
    policy: Mapped[str] = mapped_column(default="")
    serial: Mapped[str] = mapped_column(default="")
    signer: Mapped[str] = mapped_column(default="")
    chain: Mapped[str] = mapped_column(default="")
    expires: Mapped[datetime | None] = mapped_column(Moment, index=True)
    # For each certificate below the root its list of revoked ones, in base64; nothing where none was named or had.
    lists: Mapped[list[str | None]] = mapped_column(JSON, default=list)
    revocation: Mapped[str] = mapped_column(default="")


_FIXED: Final = ("kind", "subject", "authority", "turn", "digest", "wanted")
guards.keep(cast("Table", Timestamp.__table__), "what was time-stamped stays", *_FIXED)


@dataclass(frozen=True, slots=True)
class Came:
    """What an authority answered, after every check, with the lists of revoked certificates as they were then."""

    request: bytes
    response: bytes
    stamp: Stamp
    lists: Sequence[bytes | None]
    revocation: str


def want(session: Session, kind: str, subject: str, digest: str, authorities: Iterable[str]) -> list[Timestamp]:
    """Ask for a stamp by each authority on what has this SHA-256; what was asked for before is not asked for twice."""
    made = []
    for name in authorities:
        found = _last(session, kind, subject, name)
        if found is None:
            # Two may want the same stamp at the same time, as a round and whoever makes a dossier do.
            ledger.hold(session, CHAIN)
            found = _last(session, kind, subject, name)
        if found is None:
            row = {"kind": kind, "subject": subject, "authority": name, "digest": digest}
            found = Timestamp(id=uuid4(), **row, wanted=clock.now())
            session.add(found)
            session.flush()
        made.append(found)
    return made


def want_again(session: Session, row: Timestamp) -> Timestamp:
    """Ask the same authority for a newer stamp on the same thing, before the old one's certificate ends (TSA-3)."""
    ledger.hold(session, CHAIN)
    last = _last(session, row.kind, row.subject, row.authority)
    if last is not None and last.turn > row.turn:
        return last
    again = Timestamp(id=uuid4(), kind=row.kind, subject=row.subject, authority=row.authority, turn=row.turn + 1,
                      digest=row.digest, wanted=clock.now())  # fmt: skip
    session.add(again)
    session.flush()
    return again


def _last(session: Session, kind: str, subject: str, authority: str) -> Timestamp | None:
    """What was last asked of an authority about a thing."""
    query = select(Timestamp).where(Timestamp.kind == kind, Timestamp.subject == subject)
    query = query.where(Timestamp.authority == authority)
    return session.scalar(query.order_by(Timestamp.turn.desc()).limit(1))


def waiting(session: Session, most: int = 20) -> list[Timestamp]:
    """What is not yet time-stamped, the longest untried first."""
    query = select(Timestamp).where(Timestamp.state == WAITING)
    return list(session.scalars(query.order_by(Timestamp.tried.asc().nulls_first(), Timestamp.wanted).limit(most)))


def keep(session: Session, row: Timestamp, came: Came) -> None:
    """Keep a stamp that was checked, whole, with an entry that holds the hash of the answer."""
    if row.state == STAMPED:
        raise StampedAlready("this time stamp was taken already; the first stays")
    stamp = came.stamp
    row.state, row.because, row.tried, row.came = STAMPED, "", clock.now(), clock.now()
    row.request, row.response, row.at = came.request, came.response, stamp.at
    row.policy, row.serial, row.signer = stamp.policy, f"{stamp.serial:x}", stamp.signer
    row.chain, row.expires, row.revocation = stamp.chain.pem, stamp.expires, came.revocation
    row.lists = [base64.b64encode(one).decode("ascii") if one else None for one in came.lists]
    ledger.append(
        session,
        CHAIN,
        HOUSE,
        TAKEN,
        kind=row.kind,
        of=row.subject,
        digest=row.digest,
        authority=row.authority,
        at_authority=stamp.at,
        response_sha256=hashlib.sha256(came.response).hexdigest(),
        revocation=came.revocation,
    )
    session.flush()


def unsettled(session: Session, most: int = 5) -> list[Timestamp]:
    """Stamps whose signer may have been revoked for all that is known."""
    query = select(Timestamp).where(Timestamp.state == STAMPED, Timestamp.revocation == UNKNOWN)
    return list(session.scalars(query.order_by(Timestamp.tried).limit(most)))


def settle(session: Session, row: Timestamp, revocation: str, lists: Sequence[bytes | None] = ()) -> None:
    """Write down what the lists of revoked certificates said afterwards; what was settled meanwhile stays so."""
    session.refresh(row, with_for_update=True)
    if row.revocation != UNKNOWN:
        return
    row.revocation, row.tried = revocation, clock.now()
    if lists:
        row.lists = [base64.b64encode(one).decode("ascii") if one else None for one in lists]
    if revocation != UNKNOWN:
        outcome = "failed" if revocation == REVOKED else "done"
        ledger.append(session, CHAIN, HOUSE, "time stamp looked up", outcome=outcome, kind=row.kind, of=row.subject,
                      authority=row.authority, revocation=revocation)  # fmt: skip
    session.flush()


def failed(session: Session, row: Timestamp, because: str) -> None:
    """Write down why there is no stamp yet; it is asked for again, unless it came to somebody else meanwhile."""
    session.refresh(row, with_for_update=True)
    if row.state == STAMPED:
        return
    row.tried, row.because = clock.now(), because
    session.flush()


def of(session: Session, kind: str, subject: str) -> list[Timestamp]:
    """The stamps on one thing, those that came and those that did not, in order."""
    query = select(Timestamp).where(Timestamp.kind == kind, Timestamp.subject == subject)
    return list(session.scalars(query.order_by(Timestamp.authority, Timestamp.turn)))


def newest(session: Session, kind: str = CHECKPOINT) -> Timestamp | None:
    """What was last asked for."""
    return session.scalar(select(Timestamp).where(Timestamp.kind == kind).order_by(Timestamp.wanted.desc()).limit(1))


def expiring(session: Session, within: timedelta = SOON) -> list[Timestamp]:
    """Stamps whose certificate ends soon, or has ended, and that no newer one follows: to be renewed before that."""
    query = select(Timestamp).where(Timestamp.state == STAMPED, Timestamp.expires < clock.now() + within)
    found = session.scalars(query.order_by(Timestamp.expires))
    return [row for row in found if not _followed(session, row)]


def recheck(row: Timestamp, authority: Authority) -> Stamp:
    """Check a kept stamp once more as it was checked when it came; raises one reason for each way of not holding."""
    if row.response is None or row.request is None or row.came is None:
        raise signers.TokenMalformed("this was not time-stamped yet, so there is nothing to check")
    return check_digest(row.response, bytes.fromhex(row.digest), row.request, authority, row.came)


def breaks(session: Session) -> Iterator[TreeBreak]:
    """Yield each stamp that an entry says was taken and that is not here as it came, and each that no entry knows."""
    columns = (Timestamp.kind, Timestamp.subject, Timestamp.authority, Timestamp.digest, Timestamp.response)
    query = select(*columns).where(Timestamp.response.is_not(None)).execution_options(yield_per=500)
    there: dict[_Taken, int] = {}
    for kind, subject, authority, digest, response in session.execute(query):
        one = (kind, subject, authority, digest, hashlib.sha256(response or b"").hexdigest())
        there[one] = there.get(one, 0) + 1
    entries = select(Entry.position, Entry.body).where(Entry.chain == CHAIN, Entry.act == TAKEN)
    for position, body in session.execute(entries.order_by(Entry.position).execution_options(yield_per=500)):
        told = json.loads(body)["record"]["words"]
        one = (told["kind"], told["of"], told["authority"], told["digest"], told["response_sha256"])
        if not there.get(one):
            because = f"the stamp of {one[2]} on {one[0]} {one[1]}, which this entry names, was removed or replaced"
            yield TreeBreak(_size(one), CHAIN, position, because)
        there[one] = there.get(one, 0) - 1
    for one, more in there.items():
        if more > 0:
            because = f"no entry says that the stamp of {one[2]} on {one[0]} {one[1]} was taken"
            yield TreeBreak(_size(one), "", 0, because)


_Taken = tuple[str, str, str, str, str]


def _size(one: _Taken) -> int:
    """The size of the tree that was stamped, where it was a checkpoint."""
    return int(one[1]) if one[0] == CHECKPOINT and one[1].isdecimal() else 0


def weaknesses(session: Session) -> Iterator[str]:
    """What is not yet stamped, was stamped without word of revocation, or must be renewed, each as a sentence."""
    for row in waiting(session, 200):
        why = f": {row.because}" if row.because else ""
        yield f"{row.kind} {row.subject} is not yet time-stamped by {row.authority}{why}"
    unknown = select(Timestamp).where(Timestamp.state == STAMPED, Timestamp.revocation == UNKNOWN)
    for row in session.scalars(unknown.order_by(Timestamp.came.desc()).limit(20)):
        yield f"whether the signer of {row.authority}'s stamp on {row.kind} {row.subject} was revoked is not known"
    for row in session.scalars(select(Timestamp).where(Timestamp.revocation == REVOKED).limit(20)):
        yield f"the signer of {row.authority}'s stamp on {row.kind} {row.subject} was revoked afterwards"
    for row in expiring(session):
        end = clock.stamp(row.expires)[:10] if row.expires else ""
        yield f"the stamp of {row.authority} on {row.kind} {row.subject} must be renewed before {end}"


def _followed(session: Session, row: Timestamp) -> bool:
    query = select(Timestamp.id).where(
        Timestamp.kind == row.kind, Timestamp.subject == row.subject, Timestamp.digest == row.digest,
        Timestamp.state == STAMPED, Timestamp.expires > row.expires,
    )  # fmt: skip
    return session.scalar(query.limit(1)) is not None
