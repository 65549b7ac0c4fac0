"""The warrant, order, consent or power under which an exhibit was taken: without one it is kept and not processed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases.access import Act
from cases.docket import NoSuchCase
from core import clock, jobs
from core.accounts import Actor
from core.db import Base, Moment
from core.errors import Conflict, Invalid
from core.ledger import entries as ledger
from evidence import exhibits, files
from evidence.exhibits import Exhibit
from evidence.files import File

KINDS: Final = (
    "warrant",
    "statutory power",
    "consent",
    "plain view",
    "order",
    "mutual legal assistance",
    "border power",
)
_LONGEST: Final = 4_000


class BadAuthority(Invalid):
    """An authority cannot be recorded like this; `fields` names each fault."""


class NotAuthorised(Conflict):
    """No legal authority that covers the exhibit is recorded, so it is kept and not processed."""


class SetAside(Conflict):
    """The file is quarantined or frozen, so it is kept and not processed."""


class Authority(Base):
    """A legal authority of one exhibit, with its scope and how long it is in force."""

    __tablename__ = "authorities"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"), index=True)
    kind: Mapped[str]
    number: Mapped[str] = mapped_column(default="")
    issuer: Mapped[str] = mapped_column(default="")
    scope: Mapped[str] = mapped_column(default="")
    valid_from: Mapped[datetime | None] = mapped_column(Moment)
    expires: Mapped[datetime | None] = mapped_column(Moment)
    # Set when somebody finds that it does not cover this exhibit; the words say why.
    out_of_scope: Mapped[str] = mapped_column(default="")
    added: Mapped[datetime] = mapped_column(Moment)
    added_by: Mapped[str]


@dataclass(frozen=True, slots=True)
class Grant:
    """A legal authority as it comes in; `kind` is one of KINDS."""

    kind: str
    number: str = ""
    issuer: str = ""
    scope: str = ""
    valid_from: datetime | None = None
    expires: datetime | None = None


def authorise(session: Session, actor: Actor, exhibit_id: UUID, grant: Grant) -> Authority:
    """Record an authority for an exhibit; files that had to wait for one are asked for again.

    Raises NoSuchCase, NotYourDuty, or BadAuthority with every fault at once.
    """
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.ADD)
    _check(grant)
    # The worker that finds none and sets its files aside holds it too: it ends first, or finds this one.
    ledger.hold(session, exhibit.chain)
    row = Authority(
        id=uuid4(),
        exhibit_id=exhibit.id,
        kind=grant.kind,
        number=grant.number.strip(),
        issuer=grant.issuer.strip(),
        scope=grant.scope.strip(),
        valid_from=grant.valid_from,
        expires=grant.expires,
        out_of_scope="",
        added=clock.now(),
        added_by=actor.signature,
    )
    session.add(row)
    session.flush()
    words: dict[str, Any] = {name: getattr(row, name) for name in ("kind", "number", "issuer", "scope")}
    words |= {name: clock.stamp(at) if (at := getattr(row, name)) else "" for name in ("valid_from", "expires")}
    _enter(session, actor, exhibit, "authority recorded", words)
    for file in files.not_allowed(session, exhibit):
        file.reading, file.reading_because = files.Reading.WAITING.value, ""
        jobs.enqueue(session, "extract", file.id)
    session.flush()
    return row


def doubt(session: Session, actor: Actor, exhibit_id: UUID, authority_id: UUID, because: str) -> Authority:
    """Mark an authority as not covering the exhibit, with the reason; nothing more is processed under it."""
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.ADD)
    row = session.get(Authority, authority_id)
    if row is None or row.exhibit_id != exhibit.id:
        raise NoSuchCase
    if not because.strip() or len(because) > _LONGEST:
        raise BadAuthority("say in a few words why it does not cover the exhibit", fields={"because": "say why"})
    row.out_of_scope = because.strip()
    session.flush()
    words = {"authority": str(row.id), "because": row.out_of_scope}
    _enter(session, actor, exhibit, "authority doubted", words)
    return row


def of_exhibit(session: Session, exhibit: Exhibit) -> list[Authority]:
    """The legal authorities of an exhibit that the caller has fetched, oldest first."""
    query = select(Authority).where(Authority.exhibit_id == exhibit.id)
    return list(session.scalars(query.order_by(Authority.added, Authority.id)))


def allow_processing(session: Session, exhibit: Exhibit) -> None:
    """Say nothing when an authority covers the exhibit; raises NotAuthorised with the words why otherwise.

    An authority counts if it was in force when the exhibit was seized (when that is unknown: registered) and nobody
    has marked it as out of scope (domain.md 2.1).
    """
    found = of_exhibit(session, exhibit)
    if not found:
        raise NotAuthorised("no legal authority is recorded for this exhibit; record it and reading starts by itself")
    reasons = [why for one in found if (why := _weakness(one, exhibit.seized_at or exhibit.registered))]
    if len(reasons) == len(found):
        raise NotAuthorised("no authority covers this exhibit: " + "; ".join(dict.fromkeys(reasons)))


def allow_reading(session: Session, file: File) -> None:
    """Say nothing when a file may be read by machine; raises SetAside or NotAuthorised with the words why otherwise."""
    if file.state != files.State.STORED:
        raise SetAside(f"this file is {file.state} and is not processed: {file.state_because}")
    allow_processing(session, session.get_one(Exhibit, file.exhibit_id))


def _weakness(authority: Authority, at: datetime) -> str:
    named = f"{authority.kind} {authority.number}".strip()
    if authority.out_of_scope:
        return f"{named} does not cover it ({authority.out_of_scope})"
    if authority.expires is not None and authority.expires < at:
        return f"{named} had expired when the exhibit was seized"
    if authority.valid_from is not None and authority.valid_from > at:
        return f"{named} was not yet in force when the exhibit was seized"
    return ""


def _check(grant: Grant) -> None:
    wrong = exhibits.faults((name, getattr(grant, name), _LONGEST) for name in ("number", "issuer", "scope"))
    if grant.kind not in KINDS:
        wrong["kind"] = "use one of: " + ", ".join(KINDS)
    if grant.valid_from and grant.expires and grant.expires <= grant.valid_from:
        wrong["expires"] = "it would expire before it is in force"
    if wrong:
        raise BadAuthority(exhibits.told(wrong), fields=wrong)


def _enter(session: Session, actor: Actor, exhibit: Exhibit, act: str, words: dict[str, Any]) -> None:
    chain = f"case/{exhibit.case_id}"
    ledger.append(session, chain, actor, act, case=exhibit.case_id, subject=exhibit.id, **words)
