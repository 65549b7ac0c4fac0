"""What each act of possession does to the exhibit, once state, person and words fit.

A handover is two acts of two people, and until the second the first still has custody (R-CUS-04).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from cases import access
from cases.access import Act
from cases.handling import Handling, Sensitivity
from core import clock
from core.accounts import Actor, User
from core.ledger import entries as ledger
from evidence import exhibits, incidents
from evidence.exhibits import Arrival, Description, Exhibit, State
from evidence.possession import arrivals, orders, verbs
from evidence.possession.movement import (
    BadMovement,
    Movement,
    NotTheCustodian,
    NotTheReceiver,
    WrongState,
    amount,
    check,
)
from evidence.possession.photographs import Photograph
from evidence.possession.verbs import DISPOSALS, MOVES, ORDERS, RULES, Verb, Who


@dataclass(slots=True)
class Change:
    """What an act adds to its entry, and the incident that it opens, if any: its kind and why."""

    words: dict[str, Any] = field(default_factory=dict)
    incident: str = ""
    because: str = ""


def apply(session: Session, actor: Actor, exhibit: Exhibit, verb: Verb, movement: Movement) -> Change:
    """Change the exhibit as *verb* does; raises the reason when the state, the person or the words do not fit."""
    after = MOVES.get((verb, State(exhibit.state)))
    if after is None:
        raise WrongState(f"this exhibit is {_said(exhibit.state)}, and then «{_said(verb)}» cannot be done")
    rule = RULES[verb]
    _allow(actor, exhibit, rule.who)
    check(movement, rule.needs, exhibits.late_after(session))
    _photo(session, exhibit, movement)
    change = Change(incident=rule.incident, because=movement.note.strip() if rule.incident else "")
    _EFFECTS.get(verb, _nothing)(session, actor, exhibit, movement, change)
    if verb in ORDERS or verb is Verb.HOLD_ON:
        change.words |= orders.enter(session, actor, exhibit, verb, movement)
    after = orders.resting(session, exhibit, after)
    if after.value != exhibit.state:
        exhibit.since = clock.now()
    exhibit.state = after.value
    if movement.condition.strip():
        exhibit.condition = movement.condition.strip()
    return change


def _nothing(_session: Session, _actor: Actor, _exhibit: Exhibit, _movement: Movement, _change: Change) -> None:
    """An act that is only entered."""


def _store(_session: Session, _actor: Actor, exhibit: Exhibit, movement: Movement, _change: Change) -> None:
    exhibit.place = movement.place.strip()


def _offer(session: Session, actor: Actor, exhibit: Exhibit, movement: Movement, _change: Change) -> None:
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


def _no_offer(_session: Session, _actor: Actor, exhibit: Exhibit, _movement: Movement, _change: Change) -> None:
    exhibit.offered_to, exhibit.offered_to_id = "", None


def _goes_out(_session: Session, _actor: Actor, exhibit: Exhibit, movement: Movement, _change: Change) -> None:
    exhibit.custodian, exhibit.custodian_id = movement.outside.strip(), None
    exhibit.place = movement.place.strip() or movement.outside.strip()
    exhibit.due = movement.due


def _lab_receives(_session: Session, _actor: Actor, exhibit: Exhibit, movement: Movement, change: Change) -> None:
    found = movement.seal.strip()
    change.words["seal_found"] = found
    if found != exhibit.seal:
        _differs(exhibit, found, movement, change)


def _arrives(_session: Session, actor: Actor, exhibit: Exhibit, movement: Movement, change: Change) -> None:
    """Take the exhibit over as it is found: a seal that differs is written down, and needs a word about it."""
    found, put_on = movement.seal.strip(), movement.put_on.strip()
    if found != (put_on or exhibit.seal):
        _differs(exhibit, found, movement, change)
    exhibit.custodian, exhibit.custodian_id = actor.name, actor.id
    exhibit.offered_to, exhibit.offered_to_id = "", None
    exhibit.seal = found
    exhibit.place = movement.place.strip()
    exhibit.due = None


def _differs(exhibit: Exhibit, found: str, movement: Movement, change: Change) -> None:
    put_on = movement.put_on.strip() or exhibit.seal
    meant = f"seal {put_on}" if put_on else "no seal"
    if not movement.note.strip():
        raise BadMovement(
            f"it should bear {meant}; look again, or say in a note what you found",
            fields={"seal": f"it should bear {meant}", "note": "say what you found"},
        )
    change.incident = incidents.SEAL
    change.because = f"it should bear {meant} and bears {found or 'none'}: {movement.note.strip()}"


def _opened(_session: Session, _actor: Actor, exhibit: Exhibit, _movement: Movement, change: Change) -> None:
    if not exhibit.seal:
        raise WrongState("this exhibit bears no seal that could be opened")
    change.words["seal_opened"] = exhibit.seal
    exhibit.seal = ""


def _broken(_session: Session, _actor: Actor, exhibit: Exhibit, _movement: Movement, change: Change) -> None:
    if not exhibit.seal:
        raise WrongState("this exhibit bears no seal that could be broken")
    change.words["seal_broken"] = exhibit.seal
    exhibit.seal = ""


def _sealed(session: Session, _actor: Actor, exhibit: Exhibit, movement: Movement, change: Change) -> None:
    if exhibit.seal:
        raise WrongState(f"this exhibit bears seal {exhibit.seal} already; open that first")
    number, last = movement.seal.strip(), ""
    for entry in ledger.entries(session, exhibit.chain):
        worn = str(ledger.words(entry).get("seal_out") or "")
        if worn == number:
            raise BadMovement("a seal is used once", fields={"seal": f"{number} has been on this exhibit before"})
        last = worn or last
    change.words["seal_before"] = last
    exhibit.seal = number


def _packed(_session: Session, _actor: Actor, exhibit: Exhibit, movement: Movement, _change: Change) -> None:
    exhibit.packaging = movement.packaging.strip()


def _confirmed(session: Session, _actor: Actor, exhibit: Exhibit, movement: Movement, change: Change) -> None:
    change.words["provisional"] = exhibit.reference
    if movement.reference.strip() != exhibit.reference:
        exhibits.free_reference(session, exhibit.case_id, movement.reference.strip())
    exhibit.reference = movement.reference.strip()
    exhibit.place = movement.place.strip() or exhibit.place


def _child(session: Session, actor: Actor, exhibit: Exhibit, movement: Movement, change: Change, kind: str) -> None:
    """Register what is taken from an exhibit as one of its own, tied to it in both chains."""
    _less(exhibit, movement, change)
    what = Description(
        movement.reference, movement.description, movement.condition or exhibit.condition,
        Sensitivity(exhibit.sensitivity), Handling(exhibit.handling),
        quantity=movement.quantity.strip(), unit=movement.unit.strip(),
    )  # fmt: skip
    arrival = Arrival(
        received_from=f"exhibit {exhibit.reference}", occurred_at=movement.happened, place=exhibit.place,
        occurred_as_written=movement.occurred_as_written, seal=movement.seal, note=movement.note,
        kind=arrivals.Kind(kind), witness=movement.witness, parent=exhibit.id,
    )  # fmt: skip
    made = exhibits.register(session, actor, exhibit.case_id, what, arrival=arrival)
    change.words |= {"child": str(made.id), "child_reference": made.reference, "child_seal": made.seal}


def _sample(session: Session, actor: Actor, exhibit: Exhibit, movement: Movement, change: Change) -> None:
    _child(session, actor, exhibit, movement, change, "sample")


def _split(session: Session, actor: Actor, exhibit: Exhibit, movement: Movement, change: Change) -> None:
    _child(session, actor, exhibit, movement, change, "split")


def _consume(_session: Session, _actor: Actor, exhibit: Exhibit, movement: Movement, change: Change) -> None:
    _less(exhibit, movement, change)


def _less(exhibit: Exhibit, movement: Movement, change: Change) -> None:
    """Take a quantity from what is left, as far as it is known and counted in the same unit."""
    if not movement.quantity.strip():
        return
    taken = amount(movement.quantity)
    if not exhibit.quantity or exhibit.unit != movement.unit.strip():
        return
    left = Decimal(exhibit.quantity) - taken
    if left < 0:
        message = f"only {exhibit.quantity} {exhibit.unit} are left".strip()
        raise BadMovement(message, fields={"quantity": message})
    change.words["quantity_left"] = exhibit.quantity = f"{left.normalize():f}"


def _lifted(session: Session, actor: Actor, exhibit: Exhibit, movement: Movement, change: Change) -> None:
    change.words |= orders.lift(session, actor, exhibit, Verb.LIFT_ORDER, movement)


def _released(session: Session, actor: Actor, exhibit: Exhibit, movement: Movement, change: Change) -> None:
    change.words |= orders.lift(session, actor, exhibit, Verb.HOLD_OFF, movement)


def _corrects(session: Session, _actor: Actor, exhibit: Exhibit, movement: Movement, change: Change) -> None:
    entry = session.get(ledger.Entry, (exhibit.chain, movement.corrects))
    if entry is None:
        message = f"there is no entry {movement.corrects} in this custody"
        raise BadMovement(message, fields={"corrects": message})
    change.words["corrects"] = {"position": entry.position, "digest": entry.digest, "act": entry.act}


def _disposal(verb: Verb) -> "Effect":
    def ends(session: Session, actor: Actor, exhibit: Exhibit, movement: Movement, change: Change) -> None:
        change.words |= orders.carry_out(session, actor, exhibit, verb, movement)
        # Custody has ended: nobody of ours answers for it any more, and the entry says who has taken it.
        exhibit.custodian, exhibit.custodian_id = "", None
        exhibit.place, exhibit.due = "", None

    return ends


Effect = Callable[[Session, Actor, Exhibit, Movement, Change], None]
_EFFECTS: Final[dict[Verb, Effect]] = {
    Verb.CONFIRM: _confirmed,
    Verb.OFFER: _offer,
    Verb.ACCEPT: _arrives,
    Verb.REFUSE: _no_offer,
    Verb.WITHDRAW: _no_offer,
    Verb.STORE: _store,
    Verb.MOVE: _store,
    Verb.PACKAGE: _packed,
    Verb.SEAL: _sealed,
    Verb.RESEAL: _sealed,
    Verb.OPEN_SEAL: _opened,
    Verb.SEAL_BREAK: _broken,
    Verb.LAB_RECEIVE: _lab_receives,
    Verb.SAMPLE: _sample,
    Verb.SPLIT: _split,
    Verb.CONSUME: _consume,
    Verb.HOLD_OFF: _released,
    Verb.LIFT_ORDER: _lifted,
    Verb.CORRECT: _corrects,
    **dict.fromkeys(verbs.GIVEN_OUT, _goes_out),
    **dict.fromkeys(verbs.GIVEN_OUT.values(), _arrives),
    **{verb: _disposal(verb) for verb in DISPOSALS},
}


def _allow(actor: Actor, exhibit: Exhibit, who: Who) -> None:
    if who is Who.CUSTODIAN and exhibit.custodian_id != actor.id:
        raise NotTheCustodian(f"{exhibit.custodian} has this exhibit; only the person who has it can do this")
    # An offer to oneself cannot be made, and is not accepted either should a row ever say otherwise (R-CUS-04).
    if who is Who.RECEIVER and (exhibit.offered_to_id != actor.id or exhibit.custodian_id == actor.id):
        raise NotTheReceiver(f"this exhibit is offered to {exhibit.offered_to}; only that person can answer")


def _photo(session: Session, exhibit: Exhibit, movement: Movement) -> None:
    photo = session.get(Photograph, movement.photo) if movement.photo else None
    if movement.photo is not None and (photo is None or photo.exhibit_id != exhibit.id):
        raise BadMovement(
            "choose a photograph of this exhibit",
            fields={"photo": "hand the picture in as a file of the exhibit and mark it as a photograph first"},
        )


def _said(word: str) -> str:
    return word.replace("_", " ")
