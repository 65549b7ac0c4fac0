"""The vocabulary of possession in one look: every act, from which state to which, who does it, what it needs.

The API, the pages, the command line and docs/custody.md read these tables; nothing about an act is said twice
(domain.md 2.4).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evidence import incidents
from evidence.exhibits import State


class Verb(StrEnum):
    """What can be done with an exhibit in custody."""

    CONFIRM = "confirm"
    OFFER = "offer"
    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    CHECK_OUT = "check_out"
    CHECK_IN = "check_in"
    STORE = "store"
    MOVE = "move"
    VIEW = "view"
    NOTE = "note"
    CORRECT = "correct"
    PACKAGE = "package"
    SEAL = "seal"
    LABEL = "label"
    OPEN_SEAL = "open_seal"
    RESEAL = "reseal"
    SUBMIT_TO_LAB = "submit_to_lab"
    LAB_RECEIVE = "lab_receive"
    LAB_RETURN = "lab_return"
    SAMPLE = "sample"
    SPLIT = "split"
    CONSUME = "consume"
    ALTER = "alter"
    PRODUCE_IN_COURT = "produce_in_court"
    COURT_RETAIN = "court_retain"
    COURT_RETURN = "court_return"
    LOSS = "loss"
    DAMAGE = "damage"
    CONTAMINATION = "contamination"
    SEAL_BREAK = "seal_break"
    HOLD_ON = "hold_on"
    HOLD_OFF = "hold_off"
    ORDER_RETURN = "order_return"
    ORDER_FORFEIT = "order_forfeit"
    ORDER_DESTROY = "order_destroy"
    ORDER_TRANSFER = "order_transfer"
    LIFT_ORDER = "lift_order"
    RETURN = "return"
    FORFEIT = "forfeit"
    SELL = "sell"
    DESTROY = "destroy"
    TRANSFER_OUT = "transfer_out"


class Who(StrEnum):
    """Whose act it is, among those whose duty includes handling exhibits."""

    CUSTODIAN = "who has it"
    RECEIVER = "to whom it is offered"
    ANYBODY = "anybody who may handle it"


IN_HAND: Final = (State.HELD, State.PENDING)
AWAY: Final = (State.OUT, State.LABORATORY, State.COURT)
LASTING: Final = (State.PROVISIONAL, State.HELD, State.OFFERED, *AWAY, State.PENDING)
ENDED: Final = (State.RETURNED, State.FORFEITED, State.SOLD, State.DESTROYED, State.TRANSFERRED)


def _stays(*states: State) -> dict[State, State]:
    return {one: one for one in states}


_PENDS: Final = _stays(State.OFFERED, *AWAY, State.PENDING) | {State.HELD: State.PENDING}
# Where the second state is «held» and an order waits to be carried out, it is «disposition pending» (orders.resting).
CHANGES: Final[dict[Verb, dict[State, State]]] = {
    Verb.CONFIRM: {State.PROVISIONAL: State.HELD},
    Verb.OFFER: dict.fromkeys(IN_HAND, State.OFFERED),
    Verb.ACCEPT: {State.OFFERED: State.HELD},
    Verb.REFUSE: {State.OFFERED: State.HELD},
    Verb.WITHDRAW: {State.OFFERED: State.HELD},
    Verb.CHECK_OUT: {State.HELD: State.OUT},
    Verb.CHECK_IN: {State.OUT: State.HELD},
    Verb.STORE: _stays(*IN_HAND),
    Verb.MOVE: _stays(*IN_HAND),
    Verb.VIEW: _stays(*IN_HAND),
    Verb.NOTE: _stays(*LASTING),
    Verb.CORRECT: _stays(*LASTING, *ENDED),
    Verb.PACKAGE: _stays(State.PROVISIONAL, *IN_HAND),
    Verb.SEAL: _stays(State.PROVISIONAL, *IN_HAND),
    Verb.LABEL: _stays(State.PROVISIONAL, *IN_HAND),
    Verb.OPEN_SEAL: _stays(*IN_HAND),
    Verb.RESEAL: _stays(*IN_HAND),
    Verb.SUBMIT_TO_LAB: {State.HELD: State.LABORATORY},
    Verb.LAB_RECEIVE: _stays(State.LABORATORY),
    Verb.LAB_RETURN: {State.LABORATORY: State.HELD},
    Verb.SAMPLE: _stays(State.HELD),
    Verb.SPLIT: _stays(State.HELD),
    Verb.CONSUME: _stays(State.HELD),
    Verb.ALTER: _stays(State.HELD),
    Verb.PRODUCE_IN_COURT: _stays(*IN_HAND),
    Verb.COURT_RETAIN: {State.HELD: State.COURT},
    Verb.COURT_RETURN: {State.COURT: State.HELD},
    Verb.LOSS: _stays(*LASTING),
    Verb.DAMAGE: _stays(*LASTING),
    Verb.CONTAMINATION: _stays(*LASTING),
    Verb.SEAL_BREAK: _stays(*LASTING),
    Verb.HOLD_ON: _stays(*LASTING),
    Verb.HOLD_OFF: _stays(*LASTING),
    Verb.ORDER_RETURN: _PENDS,
    Verb.ORDER_FORFEIT: _PENDS,
    Verb.ORDER_DESTROY: _PENDS,
    Verb.ORDER_TRANSFER: _PENDS,
    Verb.LIFT_ORDER: _stays(State.OFFERED, *AWAY) | {State.PENDING: State.HELD},
    Verb.RETURN: {State.PENDING: State.RETURNED},
    Verb.FORFEIT: {State.PENDING: State.FORFEITED},
    Verb.SELL: {State.PENDING: State.SOLD},
    Verb.DESTROY: {State.PENDING: State.DESTROYED},
    Verb.TRANSFER_OUT: {State.PENDING: State.TRANSFERRED},
}
MOVES: Final = {(verb, before): after for verb, row in CHANGES.items() for before, after in row.items()}


@dataclass(frozen=True, slots=True)
class Rule:
    """An act: in which group it stands, whose it is, what it needs and may take, and what follows from it."""

    group: str
    title: str
    who: Who
    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    incident: str = ""
    dangerous: bool = False


_HAND, _STORE, _SEAL, _LAB = "Hand over", "Store", "Seal", "Laboratory"
_COURT, _SAMPLE, _ORDER, _INCIDENT, _WORDS = "Court", "Sample", "Orders", "Incident", "In words"
GROUPS: Final = (_HAND, _STORE, _SEAL, _LAB, _COURT, _SAMPLE, _ORDER, _INCIDENT, _WORDS)
_MINE, _YOURS, _ANY = Who.CUSTODIAN, Who.RECEIVER, Who.ANYBODY
_ANSWER: Final = "From now on you have it and answer for it."
_LOOK: Final = "Look at the seal first; a difference is written down for good and opens an incident."
_LEAVES: Final = "It leaves the house; the receiver has it until it comes back."
_CHILD: Final = "A new exhibit comes about in your hands, tied to this one for good."
_REPORT: Final = "An incident with a number is opened. It is explained by people and never taken out."
_PENDING: Final = "Once the time for appeals is over and no hold is in force, it can be carried out."
_ENDS: Final = ("Custody ends for good. The record stays.", "Another person must have approved exactly this before.")
_LEFT: Final = ("witness", "photo", "condition")
_ORDERED: Final = (("number", "court", "appeal_ends"), ("authority", "reason"), (_PENDING,))
_DISPOSED: Final = ("method", "outside", "witness", "receipt")

RULES: Final[dict[Verb, Rule]] = {
    Verb.OFFER: Rule(_HAND, "Offer to a colleague", _MINE, ("to", "reason"), ("place",), (
        "You keep custody until your colleague accepts.", "Nobody else can take it meanwhile.")),
    Verb.ACCEPT: Rule(_HAND, "Accept", _YOURS, (), ("seal", "place", "condition"), (_ANSWER, _LOOK), dangerous=True),
    Verb.REFUSE: Rule(_HAND, "Refuse the offer", _YOURS, ("reason",), (), (
        "The sender keeps custody.", "The refused offer stays visible in the custody.")),
    Verb.WITHDRAW: Rule(_HAND, "Withdraw the offer", _MINE, ("reason",), (), (
        "You keep custody.", "The withdrawn offer stays visible in the custody.")),
    Verb.CHECK_OUT: Rule(_HAND, "Check out to another agency", _MINE, ("outside", "reason"), (
        "authority", "receipt", "place", "due", *_LEFT), (
        _LEAVES, "Without the receiver's receipt the custody shows a weakness."), dangerous=True),
    Verb.CHECK_IN: Rule(_HAND, "Check in from an agency", _ANY, (), (
        "seal", "put_on", "receipt", "place", "condition"), (_ANSWER, _LOOK)),
    Verb.CONFIRM: Rule(_STORE, "Confirm its number", _MINE, ("reference",), ("place",), (
        "The provisional number becomes the lasting one, or is replaced by it. Both stay in the record.",)),
    Verb.STORE: Rule(_STORE, "Store", _MINE, ("place",), (), ("Its place is written down.",)),
    Verb.MOVE: Rule(_STORE, "Move to another place", _MINE, ("place", "reason"), (), (
        "Both places are written down.",)),
    Verb.VIEW: Rule(_STORE, "Show it to somebody", _MINE, ("witness", "reason"), ("place",), (
        "Who looked at it or touched it is written down. It stays in your custody.",)),
    Verb.PACKAGE: Rule(_SEAL, "Package", _MINE, ("packaging",), ("photo", "witness"), (
        "The bag or box and its number are written down.",)),
    Verb.SEAL: Rule(_SEAL, "Seal", _MINE, ("seal",), _LEFT, ("The number stands in the custody. It is used once.",)),
    Verb.LABEL: Rule(_SEAL, "Label", _MINE, ("label",), (), ("The number of the label is written down.",)),
    Verb.OPEN_SEAL: Rule(_SEAL, "Open the seal", _MINE, ("reason", "witness"), ("photo", "condition"), (
        "The seal is broken for good; a seal number is never used again. Keep the old seal in the bag.",
        "Seal it again as soon as you have finished."), dangerous=True),
    Verb.RESEAL: Rule(_SEAL, "Seal it again", _MINE, ("seal",), ("reason", *_LEFT), (
        "The new number stands in the custody beside the old one.",)),
    Verb.SUBMIT_TO_LAB: Rule(_LAB, "Submit to a laboratory", _MINE, ("outside", "reason", "tests"), (
        "authority", "receipt", "due", "place", *_LEFT), (
        _LEAVES, "The tests are done in the order in which you name them."), dangerous=True),
    Verb.LAB_RECEIVE: Rule(_LAB, "The laboratory has received it", _ANY, ("receipt",), ("seal", "condition"), (
        "The laboratory's receipt and the seal that it found are written down.",)),
    Verb.LAB_RETURN: Rule(_LAB, "Take it back from the laboratory", _ANY, ("receipt",), (
        "seal", "put_on", "place", "condition"), (_ANSWER, _LOOK), dangerous=True),
    Verb.PRODUCE_IN_COURT: Rule(_COURT, "Produce in court", _MINE, ("court", "hearing"), ("place", "condition"), (
        "It is shown in the hearing and stays in your custody.",)),
    Verb.COURT_RETAIN: Rule(_COURT, "The court retains it", _MINE, ("court", "hearing", "outside", "receipt"), (
        "place", *_LEFT), ("The clerk has it until it comes back, and answers for it.",), dangerous=True),
    Verb.COURT_RETURN: Rule(_COURT, "Take it back from the court", _ANY, ("receipt",), (
        "seal", "put_on", "place", "condition", "hearing"), (_ANSWER, _LOOK)),
    Verb.SAMPLE: Rule(_SAMPLE, "Take a sample", _MINE, ("reference", "description", "quantity", "unit", "reason"), (
        "seal", "notice", *_LEFT), (_CHILD,)),
    Verb.SPLIT: Rule(_SAMPLE, "Split off a part", _MINE, ("reference", "description", "reason"), (
        "quantity", "unit", "seal", "notice", *_LEFT), (_CHILD,)),
    Verb.CONSUME: Rule(_SAMPLE, "Use some of it up", _MINE, ("quantity", "unit", "reason", "notice"), _LEFT, (
        "What is used up cannot be tested again. Tell the defence first where the law asks for it.",), dangerous=True),
    Verb.ALTER: Rule(_SAMPLE, "Alter it", _MINE, ("reason", "notice", "condition"), ("photo", "witness"), (
        "It is not as it was found any more. Tell the defence first where the law asks for it.",), dangerous=True),
    Verb.HOLD_ON: Rule(_ORDER, "Set a hold", _ANY, ("authority", "reason"), (), (
        "As long as the hold stands, nothing that ends custody can be done.",)),
    Verb.HOLD_OFF: Rule(_ORDER, "Lift a hold", _ANY, ("authority", "reason"), (), (
        "The oldest hold under this authority ends.",), dangerous=True),
    Verb.ORDER_RETURN: Rule(_ORDER, "Order to return it", _ANY, *_ORDERED),
    Verb.ORDER_FORFEIT: Rule(_ORDER, "Order of forfeiture", _ANY, *_ORDERED),
    Verb.ORDER_DESTROY: Rule(_ORDER, "Order to destroy it", _ANY, *_ORDERED),
    Verb.ORDER_TRANSFER: Rule(_ORDER, "Order to transfer it", _ANY, *_ORDERED),
    Verb.LIFT_ORDER: Rule(_ORDER, "The order is lifted", _ANY, ("number", "court", "reason"), (), (
        "The order is not carried out.",)),
    Verb.RETURN: Rule(_ORDER, "Return it", _MINE, _DISPOSED, ("photo",), _ENDS, dangerous=True),
    Verb.FORFEIT: Rule(_ORDER, "Hand it over to the State", _MINE, _DISPOSED, ("photo",), _ENDS, dangerous=True),
    Verb.SELL: Rule(_ORDER, "Sell it", _MINE, _DISPOSED, ("photo",), _ENDS, dangerous=True),
    Verb.DESTROY: Rule(_ORDER, "Destroy it", _MINE, ("method", "witness", "photo"), ("receipt", "place"), _ENDS,
                       dangerous=True),
    Verb.TRANSFER_OUT: Rule(_ORDER, "Transfer it out", _MINE, _DISPOSED, ("photo",), _ENDS, dangerous=True),
    Verb.LOSS: Rule(_INCIDENT, "It is lost", _ANY, ("note",), ("place", "witness"), (_REPORT,),
                    incidents.LOSS, dangerous=True),
    Verb.DAMAGE: Rule(_INCIDENT, "It is damaged", _ANY, ("note", "condition"), ("photo", "witness"), (_REPORT,),
                      incidents.DAMAGE, dangerous=True),
    Verb.CONTAMINATION: Rule(_INCIDENT, "It is contaminated", _ANY, ("note", "condition"), ("photo", "witness"),
                             (_REPORT,), "contamination", dangerous=True),
    Verb.SEAL_BREAK: Rule(_INCIDENT, "Its seal is broken", _ANY, ("note",), ("photo", "witness"), (_REPORT,),
                          "seal broken", dangerous=True),
    Verb.NOTE: Rule(_WORDS, "Write a note", _ANY, ("note",), ("photo", "tool", "tool_version"), (
        "The note is entered and cannot be taken back.",)),
    Verb.CORRECT: Rule(_WORDS, "Correct an entry", _ANY, ("corrects", "note", "reason"), (), (
        "Nothing that was written is changed. The correction names the entry that it corrects.",)),
}  # fmt: skip
# On these the person says which seal was found; it is compared with the one that left.
ARRIVALS: Final = frozenset({Verb.ACCEPT, Verb.CHECK_IN, Verb.LAB_RETURN, Verb.COURT_RETURN})
# Custody passes to another: a hash point for what is digital (COC-5).
TRANSFERS: Final = ARRIVALS | {Verb.CHECK_OUT, Verb.SUBMIT_TO_LAB, Verb.COURT_RETAIN}
GIVEN_OUT: Final = {Verb.CHECK_OUT: Verb.CHECK_IN, Verb.SUBMIT_TO_LAB: Verb.LAB_RETURN,
                    Verb.COURT_RETAIN: Verb.COURT_RETURN}  # fmt: skip
# Which act carries out which order.
ORDERS: Final[dict[Verb, frozenset[Verb]]] = {
    Verb.ORDER_RETURN: frozenset({Verb.RETURN}),
    Verb.ORDER_FORFEIT: frozenset({Verb.FORFEIT, Verb.SELL, Verb.DESTROY, Verb.TRANSFER_OUT}),
    Verb.ORDER_DESTROY: frozenset({Verb.DESTROY}),
    Verb.ORDER_TRANSFER: frozenset({Verb.TRANSFER_OUT}),
}
DISPOSALS: Final = frozenset().union(*ORDERS.values())
CHILDREN: Final = frozenset({Verb.SAMPLE, Verb.SPLIT})
