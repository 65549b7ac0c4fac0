"""Places as a tree from the site down to the box, each with a short code to scan; closed places keep their history.

Who looks after places makes and closes them and learns nothing of what lies there: contents are asked in
`evidence.storeroom.contents` with who asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, UniqueConstraint, exists, select, table
from sqlalchemy import column as column_of
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.accounts import Actor, Role
from core.db import Base, Moment
from core.errors import Conflict, Forbidden, Invalid, Missing
from core.ledger import entries as ledger
from evidence.storeroom import codes
from evidence.storeroom.codes import Thing

CHAIN: Final = "house/places"
MANAGERS: Final = frozenset({Role.CUSTODIAN, Role.ADMINISTRATOR})
BETWEEN: Final = " / "
_SHORT: Final = 6
_LONGEST: Final = 120
_DEEPEST: Final = 12
# Only the column that says where a thing lies is asked here; what a thing is, is nothing that a place knows.
_LYING: Final = table("exhibits", column_of("place_id"))


class Sort(StrEnum):
    """What a place is, from the widest to the narrowest."""

    SITE = "site"
    BUILDING = "building"
    ROOM = "room"
    RACK = "rack"
    SHELF = "shelf"
    BOX = "box"


class Environment(StrEnum):
    """What a place does for what lies in it."""

    PLAIN = "plain"
    FARADAY = "faraday"
    COLD = "cold"
    FROZEN = "frozen"
    DRY = "dry"
    SAFE = "safe"
    HAZARD = "hazard"


class NoSuchPlace(Missing):
    """There is no place of that code."""


class NotYourPlaces(Forbidden):
    """Places are made and closed by custodians and administrators."""


class BadPlace(Invalid):
    """A place cannot be made like this."""


class PlaceClosed(Conflict):
    """Nothing more is put into a place that is closed."""


class PlaceInUse(Conflict):
    """A place is closed when nothing is recorded to lie there and no open place is below it."""


class Place(Base):
    """One place; its path is written when it is made, and neither it nor its code ever changes."""

    __tablename__ = "places"
    __table_args__ = (UniqueConstraint("parent_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"), index=True)
    sort: Mapped[str]
    name: Mapped[str]
    short: Mapped[str] = mapped_column(unique=True)
    path: Mapped[str] = mapped_column(unique=True)
    # The ids from the root down to this one, so that one comparison finds all that is below.
    line: Mapped[str] = mapped_column(index=True)
    environment: Mapped[str]
    opened: Mapped[datetime] = mapped_column(Moment)
    opened_by: Mapped[str]
    closed: Mapped[datetime | None] = mapped_column(Moment)
    closed_because: Mapped[str] = mapped_column(default="")

    @property
    def code(self) -> codes.Code:
        """What stands on its label."""
        return codes.place(self.short)


def make(
    session: Session,
    actor: Actor,
    name: str,
    sort: Sort,
    *,
    parent: UUID | None = None,
    environment: Environment = Environment.PLAIN,
) -> Place:
    """Make a place below another, or a site; raises NotYourPlaces, NoSuchPlace, PlaceClosed or BadPlace."""
    _manager(actor)
    above = None if parent is None else _kept_open(session, fetch(session, parent))
    if above is not None and above.closed is not None:
        raise PlaceClosed(f"{above.path} is closed; make the place elsewhere")
    _check(session, name.strip(), sort, above)
    own = uuid4()
    made = Place(
        id=own,
        parent_id=parent,
        sort=sort.value,
        name=name.strip(),
        short=codes.fresh(_SHORT),
        path=name.strip() if above is None else f"{above.path}{BETWEEN}{name.strip()}",
        line=str(own) if above is None else f"{above.line}/{own}",
        environment=environment.value,
        opened=clock.now(),
        opened_by=actor.signature,
        closed=None,
        closed_because="",
    )
    session.add(made)
    session.flush()
    _enter(session, actor, made, "place made", environment=made.environment, sort=made.sort)
    return made


def close(session: Session, actor: Actor, place_id: UUID, reason: str) -> Place:
    """Close a place for good; it stays in every record.  Raises NotYourPlaces, NoSuchPlace, BadPlace or PlaceInUse."""
    found = fetch(session, place_id)
    _manager(actor)
    # Whoever is putting something there ends first, and the next one finds it closed.
    session.refresh(found, with_for_update=True)
    if not reason.strip():
        raise BadPlace("reason: say why it is closed", fields={"reason": "say why it is closed"})
    if found.closed is not None:
        raise PlaceClosed(f"{found.path} is closed already")
    below = select(Place.id).where(Place.line.startswith(found.line, autoescape=True), Place.closed.is_(None))
    ids = set(session.scalars(below))
    if ids - {found.id}:
        raise PlaceInUse(f"{found.path} has open places below it; close those first")
    if session.scalar(select(exists().where(_LYING.c.place_id == found.id))):
        raise PlaceInUse(f"something is recorded to lie at {found.path}; move it first, and nothing was changed")
    found.closed, found.closed_because = clock.now(), reason.strip()
    _enter(session, actor, found, "place closed", reason=reason.strip())
    return found


def fetch(session: Session, place_id: UUID) -> Place:
    """The place of that id, open or closed; raises NoSuchPlace."""
    found = session.get(Place, place_id)
    if found is None:
        raise NoSuchPlace("there is no such place")
    return found


def scanned(session: Session, text: str) -> Place:
    """The place whose code was scanned or typed; raises BadCode or NoSuchPlace."""
    code = codes.read(text)
    found = session.scalar(select(Place).where(Place.short == code.number)) if code.thing == Thing.PLACE else None
    if found is None:
        raise NoSuchPlace("no place has this code; scan the label of a shelf, a room or a box")
    return found


def everyone(session: Session, *, closed: bool = False) -> Sequence[Place]:
    """All places in the order of their paths, those that are closed only when asked for."""
    query = select(Place).order_by(Place.path, Place.id)
    return session.scalars(query if closed else query.where(Place.closed.is_(None))).all()


def below(session: Session, found: Place) -> list[UUID]:
    """The ids of a place and of all places below it."""
    return list(session.scalars(select(Place.id).where(Place.line.startswith(found.line, autoescape=True))))


class Placed(Protocol):
    """Whatever has a place in words and, when the place is one of ours, its id."""

    place: Mapped[str] | str
    place_id: Mapped[UUID | None] | UUID | None


class Said(Protocol):
    """Whatever says a place in words."""

    @property
    def place(self) -> str:
        """The words."""


SaidPlace = TypeVar("SaidPlace", bound=Said)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is put: the words for the record, and the place of ours that they name, if any."""

    path: str = ""
    place_id: UUID | None = None
    code: str = ""

    def words(self) -> dict[str, str]:
        """What an entry says beside the place in words; nothing for a place that is none of ours."""
        return {"place_code": self.code, "place_id": str(self.place_id)} if self.place_id else {}

    def settle(self, thing: Any, before: str) -> None:
        """Make what was put down point to the place that its words name now; `before` is what they were."""
        if thing.place == self.path and self.path:
            thing.place_id = self.place_id
        elif thing.place != before:
            thing.place_id = None


def spot(session: Session, text: str) -> Spot:
    """What was written or scanned as a place: a code becomes the whole path, other words stay as they are.

    Raises BadCode for a code that was misread, NoSuchPlace and PlaceClosed.
    """
    said = text.strip()
    if not codes.is_code(said):
        known = session.scalar(select(Place).where(Place.path == said)) if said else None
        if known is None or _kept_open(session, known).closed is not None:
            return Spot(said)
        return Spot(known.path, known.id, known.code.uri)
    found = _kept_open(session, scanned(session, said))
    if found.closed is not None:
        raise PlaceClosed(f"{found.path} is closed; put it into another place")
    return Spot(found.path, found.id, found.code.uri)


def told(session: Session, said: SaidPlace) -> tuple[SaidPlace, Spot]:
    """The same words with a scanned place written out, and the place that they name."""
    found = spot(session, said.place)
    changed: Any = said
    return (said if found.path == said.place else replace(changed, place=found.path)), found


def _check(session: Session, name: str, sort: Sort, above: Place | None) -> None:
    wrong = {}
    if not name or len(name) > _LONGEST or any(ord(letter) < 32 for letter in name):
        wrong["name"] = f"give it a name of 1 to {_LONGEST} letters"
    elif BETWEEN.strip() in name:
        wrong["name"] = "a name holds no slash: it stands between the places of a path"
    if above is None and sort not in {Sort.SITE, Sort.BUILDING}:
        wrong["parent"] = f"say in which place this {sort.value} is"
    if above is not None:
        order = list(Sort)
        if order.index(sort) < order.index(Sort(above.sort)):
            wrong["sort"] = f"a {sort.value} is not inside a {above.sort}"
        if above.line.count("/") + 2 > _DEEPEST:
            wrong["parent"] = f"places stand at most {_DEEPEST} deep"
    if not wrong:
        query = select(Place.id).where(Place.name == name, Place.parent_id == (above.id if above else None))
        if session.scalar(query) is not None:
            wrong["name"] = "there is a place of that name here already"
    if wrong:
        raise BadPlace("; ".join(f"{field}: {why}" for field, why in wrong.items()), fields=wrong)


def _kept_open(session: Session, found: Place) -> Place:
    """The place as it is now; if it is open, nobody closes it until the transaction ends."""
    session.refresh(found, with_for_update={"read": True, "key_share": True})
    return found


def _manager(actor: Actor) -> None:
    if not actor.holds(*MANAGERS):
        raise NotYourPlaces("places are made and closed by custodians and administrators")


def _enter(session: Session, actor: Actor, found: Place, act: str, **words: Any) -> None:
    told = {"path": found.path, "code": found.code.uri, **words}
    ledger.append(session, CHAIN, actor, act, subject=found.id, **told)
