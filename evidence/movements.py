"""The acts of custody: what each of them needs, who may do it, and what it does to the exhibit.

A handover is two acts of two people, and until the second the first still has custody (R-CUS-04).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from cases import access
from cases.access import Act
from core import clock
from core.accounts import Actor, User
from core.errors import Conflict, Forbidden, Invalid
from core.ledger import entries as ledger
from evidence import exhibits
from evidence.exhibits import AHEAD, LATE, Exhibit, State


class Verb(StrEnum):
    """What can be done with an exhibit in custody."""

    STORE = "store"
    MOVE = "move"
    OFFER = "offer"
    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    CHECK_OUT = "check_out"
    CHECK_IN = "check_in"
    OPEN_SEAL = "open_seal"
    RESEAL = "reseal"
    NOTE = "note"


MOVES: Final = {
    (Verb.STORE, State.HELD): State.HELD,
    (Verb.MOVE, State.HELD): State.HELD,
    (Verb.OFFER, State.HELD): State.OFFERED,
    (Verb.ACCEPT, State.OFFERED): State.HELD,
    (Verb.REFUSE, State.OFFERED): State.HELD,
    (Verb.WITHDRAW, State.OFFERED): State.HELD,
    (Verb.CHECK_OUT, State.HELD): State.OUT,
    (Verb.CHECK_IN, State.OUT): State.HELD,
    (Verb.OPEN_SEAL, State.HELD): State.HELD,
    (Verb.RESEAL, State.HELD): State.HELD,
    (Verb.NOTE, State.HELD): State.HELD,
    (Verb.NOTE, State.OFFERED): State.OFFERED,
    (Verb.NOTE, State.OUT): State.OUT,
}


class WrongState(Conflict):
    """The exhibit is not in a state in which this can be done with it."""


class Overtaken(Conflict):
    """Somebody else did something with the exhibit after this person last looked."""


class NotTheCustodian(Forbidden):
    """Only the person who has the exhibit can do this."""


class NotTheReceiver(Forbidden):
    """Only the person to whom the exhibit is offered can answer, and nobody answers an own offer."""


class BadMovement(Invalid):
    """Something that this act needs is missing or cannot be so; `fields` names each fault."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What is said about one act of custody; which parts are needed depends on the verb.

    `to` is a colleague, `outside` a laboratory, court or agency.  `seal` is the number found on arrival or put on.
    `occurred_at` is when it happened, now unless given; `seen` the position of the last entry the person had in view.
    """

    to: UUID | None = None
    outside: str = ""
    place: str = ""
    reason: str = ""
    seal: str = ""
    condition: str = ""
    note: str = ""
    witness: str = ""
    receipt: str = ""
    authority: str = ""
    occurred_at: datetime | None = None
    occurred_as_written: str = ""
    seen: int | None = None

    def words(self) -> dict[str, str]:
        """The texts of the movement, trimmed, for the entry."""
        names = ("place", "reason", "condition", "note", "witness", "receipt", "authority", "occurred_as_written")
        return {name: getattr(self, name).strip() for name in names}


def apply(session: Session, actor: Actor, exhibit: Exhibit, verb: Verb, movement: Movement) -> None:
    """Change the exhibit as *verb* does; raises the reason when the state, the person or the words do not fit."""
    after = MOVES.get((verb, State(exhibit.state)))
    if after is None:
        raise WrongState(f"this exhibit is {exhibit.state}, and then «{verb.replace('_', ' ')}» cannot be done")
    _check(movement, _NEEDS[verb])
    _APPLY[verb](session, actor, exhibit, movement)
    exhibit.state = after.value


def _store(_session: Session, actor: Actor, exhibit: Exhibit, movement: Movement) -> None:
    _own(actor, exhibit)
    exhibit.place = movement.place.strip()


def _offer(session: Session, actor: Actor, exhibit: Exhibit, movement: Movement) -> None:
    _own(actor, exhibit)
    user = session.get(User, movement.to) if movement.to else None
    if user is None or not user.active:
        raise BadMovement("say to which colleague you offer it", fields={"to": "there is no such colleague"})
    if user.id == actor.id:
        raise BadMovement("you have it already; offer it to somebody else", fields={"to": "this is you"})
    case = access.fetch(session, actor, exhibit.case_id, to=Act.HANDLE)
    colleague = user.actor(actor.door)
    cleared = access.clearance_of(session, colleague, case.id) >= exhibit.sensitivity
    if Act.HANDLE not in access.acts(session, colleague, case) or not cleared:
        raise BadMovement(
            f"{user.name} may not handle this exhibit and could never accept it",
            fields={"to": "choose a member of the case who may handle it"},
        )
    exhibit.offered_to, exhibit.offered_to_id = user.name, user.id


def _accept(_session: Session, actor: Actor, exhibit: Exhibit, movement: Movement) -> None:
    _receiver(actor, exhibit)
    _arrive(actor, exhibit, movement)


def _refuse(_session: Session, actor: Actor, exhibit: Exhibit, _movement: Movement) -> None:
    _receiver(actor, exhibit)
    exhibit.offered_to, exhibit.offered_to_id = "", None


def _withdraw(_session: Session, actor: Actor, exhibit: Exhibit, _movement: Movement) -> None:
    _own(actor, exhibit)
    exhibit.offered_to, exhibit.offered_to_id = "", None


def _check_out(_session: Session, actor: Actor, exhibit: Exhibit, movement: Movement) -> None:
    _own(actor, exhibit)
    exhibit.custodian, exhibit.custodian_id = movement.outside.strip(), None
    exhibit.place = movement.place.strip() or movement.outside.strip()


def _check_in(_session: Session, actor: Actor, exhibit: Exhibit, movement: Movement) -> None:
    _arrive(actor, exhibit, movement)


def _open_seal(_session: Session, actor: Actor, exhibit: Exhibit, _movement: Movement) -> None:
    _own(actor, exhibit)
    if not exhibit.seal:
        raise WrongState("this exhibit bears no seal that could be opened")
    exhibit.seal = ""


def _reseal(session: Session, actor: Actor, exhibit: Exhibit, movement: Movement) -> None:
    _own(actor, exhibit)
    if exhibit.seal:
        raise WrongState(f"this exhibit bears seal {exhibit.seal} already; open that first")
    number = movement.seal.strip()
    if number in {ledger.words(entry).get("seal_out") for entry in ledger.entries(session, exhibit.chain)}:
        raise BadMovement("a seal is used once", fields={"seal": f"{number} has been on this exhibit before"})
    exhibit.seal = number


def _note(_session: Session, _actor: Actor, _exhibit: Exhibit, _movement: Movement) -> None:
    """A note changes nothing; it is only entered."""


def _own(actor: Actor, exhibit: Exhibit) -> None:
    if exhibit.custodian_id != actor.id:
        raise NotTheCustodian(f"{exhibit.custodian} has this exhibit; only the person who has it can do this")


def _receiver(actor: Actor, exhibit: Exhibit) -> None:
    # An offer to oneself cannot be made, and is not accepted either should a row ever say otherwise (R-CUS-04).
    if exhibit.offered_to_id != actor.id or exhibit.custodian_id == actor.id:
        raise NotTheReceiver(f"this exhibit is offered to {exhibit.offered_to}; only that person can answer")


def _arrive(actor: Actor, exhibit: Exhibit, movement: Movement) -> None:
    """Take the exhibit over as it is found: a seal that differs is written down, and needs a word about it."""
    found = movement.seal.strip()
    if found != exhibit.seal and not movement.note.strip():
        meant = f"seal {exhibit.seal}" if exhibit.seal else "no seal"
        raise BadMovement(
            f"it should bear {meant}; look again, or say in a note what you found",
            fields={"seal": f"it should bear {meant}", "note": "say what you found"},
        )
    exhibit.custodian, exhibit.custodian_id = actor.name, actor.id
    exhibit.offered_to, exhibit.offered_to_id = "", None
    exhibit.seal = found
    exhibit.place = movement.place.strip()


# On these the person says which seal was found; it is compared with the one that left.
ARRIVALS: Final = frozenset({Verb.ACCEPT, Verb.CHECK_IN})
_APPLY: Final[dict[Verb, Callable[[Session, Actor, Exhibit, Movement], None]]] = {
    Verb.STORE: _store,
    Verb.MOVE: _store,
    Verb.OFFER: _offer,
    Verb.ACCEPT: _accept,
    Verb.REFUSE: _refuse,
    Verb.WITHDRAW: _withdraw,
    Verb.CHECK_OUT: _check_out,
    Verb.CHECK_IN: _check_in,
    Verb.OPEN_SEAL: _open_seal,
    Verb.RESEAL: _reseal,
    Verb.NOTE: _note,
}
_NEEDS: Final[dict[Verb, tuple[str, ...]]] = {
    Verb.STORE: ("place",),
    Verb.MOVE: ("place", "reason"),
    Verb.OFFER: ("reason",),
    Verb.ACCEPT: (),
    Verb.REFUSE: ("reason",),
    Verb.WITHDRAW: ("reason",),
    Verb.CHECK_OUT: ("outside", "reason"),
    Verb.CHECK_IN: (),
    Verb.OPEN_SEAL: ("reason",),
    Verb.RESEAL: ("seal",),
    Verb.NOTE: ("note",),
}
_WANTED: Final = {
    "place": "say where it is",
    "reason": "say why",
    "outside": "say which laboratory, court or agency takes it",
    "seal": "give the number of the new seal",
    "note": "write the note",
}
_LONGEST: Final = 4_000


def _check(movement: Movement, needed: tuple[str, ...]) -> None:
    texts = [*movement.words().items(), ("outside", movement.outside), ("seal", movement.seal)]
    wrong = exhibits.faults((name, text, _LONGEST) for name, text in texts)
    wrong |= {name: _WANTED[name] for name in needed if not getattr(movement, name).strip()}
    at = movement.occurred_at
    if at is not None and at > clock.now() + AHEAD:
        wrong["occurred_at"] = "this time has not come yet"
    if at is not None and at < clock.now() - LATE and not movement.note.strip():
        wrong["note"] = "this is entered more than 24 hours after it happened; say why"
    if wrong:
        raise BadMovement(exhibits.told(wrong), fields=wrong)
