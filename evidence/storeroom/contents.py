"""What is recorded to lie where, for those who may know: members of its case, and auditors without what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from cases.access import Act, Membership
from cases.docket import Case
from core import clock
from core.accounts import Actor, Role
from core.errors import Missing
from evidence import exhibits
from evidence.exhibits import Exhibit
from evidence.kits.labels import KitLabel
from evidence.storeroom import codes, places, seals
from evidence.storeroom.codes import Thing
from evidence.storeroom.places import Place
from evidence.storeroom.seals import Seal

_NOTHING: Final = "nothing that you may see has this code or number; scan it again, or look for it in its case"


class NothingScanned(Missing):
    """Nothing has the code or number that was scanned, or nothing of which the person may know."""


@dataclass(frozen=True, slots=True)
class Lying:
    """One exhibit at a place: its number, and what it is only for those who may read that."""

    exhibit_id: UUID
    case_id: UUID
    case: str
    reference: str
    description: str
    seal: str
    state: str
    custodian: str
    place: str


@dataclass(frozen=True, slots=True)
class Met:
    """What a scanned code stands on; exactly one of the three is there."""

    exhibit_id: UUID | None = None
    place_id: UUID | None = None
    kit_id: UUID | None = None


def known_to(actor: Actor) -> Select[Exhibit]:
    """The query for the exhibits of all cases of which a person may know, up to the person's class in each."""
    if actor.holds(Role.AUDITOR):
        return select(Exhibit)
    at = clock.now()
    running: ColumnElement[bool] = Membership.until.is_(None) | (Membership.until > at)
    if actor.scopes is not None and Act.SEE not in actor.scopes:
        running = and_(running, Membership.id.is_(None))
    mine = and_(
        Membership.case_id == Exhibit.case_id,
        Membership.user_id == actor.id,
        Membership.since <= at,
        Membership.clearance >= Exhibit.sensitivity,
        running,
    )
    known = select(Exhibit).join(Membership, mine)
    if exhibits.for_the_court(actor, Act.SEE):
        return known
    return known.where(Exhibit.restricted.is_(False) | (Exhibit.custodian_id == actor.id))


def at_place(session: Session, actor: Actor, place: Place, *, after: str = "", most: int = 500) -> Sequence[Lying]:
    """What is recorded to lie at a place and below it, in the order of the exhibits' numbers."""
    query = known_to(actor).where(Exhibit.place_id.in_(places.below(session, place)), Exhibit.reference > after)
    found = session.scalars(query.order_by(Exhibit.reference, Exhibit.id).limit(most)).all()
    cases = {one.id: one for one in session.scalars(select(Case).where(Case.id.in_({row.case_id for row in found})))}
    blind = actor.holds(Role.AUDITOR)
    return [_lying(one, cases[one.case_id], blind=blind) for one in found]


def scan(session: Session, actor: Actor, text: str) -> Met:
    """Find what a scanned or typed text stands on: a code, a seal's number, a kit's label, an exhibit's own number.

    What the person may not know of is answered as what does not exist.  Raises NothingScanned, NoSuchPlace or BadCode.
    """
    said = text.strip()
    if codes.is_code(said):
        return _coded(session, actor, codes.read(said))
    known = known_to(actor)
    bare = seals.folded(said)
    if bare:
        found = session.scalars(known.where(Exhibit.reference == said).limit(2)).all()
        if not found:
            sealed = select(Seal.exhibit_id).where(Seal.number == bare)
            found = session.scalars(known.where(Exhibit.id.in_(sealed)).limit(2)).all()
        if not found:
            labelled = select(KitLabel.exhibit_id).where(KitLabel.number == bare)
            found = session.scalars(known.where(Exhibit.id.in_(labelled)).limit(2)).all()
        if len(found) == 1:
            return Met(exhibit_id=found[0].id)
    raise NothingScanned(_NOTHING)


def _coded(session: Session, actor: Actor, code: codes.Code) -> Met:
    if code.thing is Thing.PLACE:
        return Met(place_id=places.scanned(session, code.uri).id)
    if code.thing is Thing.EXHIBIT:
        wanted: ColumnElement[bool] = Exhibit.id == code.uuid
    else:
        numbered = select(KitLabel.exhibit_id).where(KitLabel.code == code.number)
        wanted = Exhibit.id.in_(numbered)
    found = session.scalar(known_to(actor).where(wanted))
    if found is None:
        raise NothingScanned(_NOTHING)
    return Met(exhibit_id=found.id)


def _lying(one: Exhibit, case: Case, *, blind: bool) -> Lying:
    return Lying(
        exhibit_id=one.id,
        case_id=one.case_id,
        case=case.number or str(case.id)[:8],
        reference=one.reference,
        description="" if blind else one.description,
        seal=one.seal,
        state=one.state,
        custodian=one.custodian,
        place=one.place,
    )
