"""Hands for tests of possession: acts by several people, with what each act needs filled in."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from core import clock
from core.accounts import Actor
from core.ledger.entries import Entry
from evidence import custody
from evidence.exhibits import Arrival, Exhibit, Origin
from evidence.possession.movement import Movement
from evidence.possession.verbs import Verb
from tests.evidence.depot import Depot


def act(place: Depot, actor: Actor, exhibit: Exhibit, verb: Verb, /, **words: Any) -> Entry:
    """One act in a transaction of its own."""
    with place.house.transaction() as session:
        return custody.move(session, actor, exhibit.id, verb, Movement(**words))


def again(place: Depot, exhibit: Exhibit) -> Exhibit:
    """The exhibit as it stands now."""
    with place.house.transaction() as session:
        return session.get_one(Exhibit, exhibit.id, populate_existing=True)


def whole(verb: Verb, **more: Any) -> dict[str, Any]:
    """Words that are enough for any act, with numbers that nobody has used before."""
    past = clock.now() - timedelta(days=40)
    words = {
        "outside": "state laboratory", "place": "room 4", "reason": "so it must be", "seal": f"S-{uuid4().hex[:10]}",
        "condition": "as it was", "note": "so it was", "witness": "dora", "receipt": "R 1", "authority": "A 1",
        "packaging": "bag 4", "label": "L 1", "tests": "DNA, then print", "reference": f"C-{uuid4().hex[:10]}",
        "description": "a part", "quantity": "1", "unit": "g", "notice": "told on 2 March", "court": "district court",
        "hearing": "3 March", "number": "O 1", "method": "burnt", "appeal_ends": past,
    }  # fmt: skip
    keeps = {Verb.ACCEPT, Verb.CHECK_IN, Verb.LAB_RETURN, Verb.COURT_RETURN, Verb.LAB_RECEIVE}
    if verb in keeps:
        words["seal"] = ""
    return words | more


def brought(place: Depot, reference: str = "E-1", **more: Any) -> Exhibit:
    """An exhibit about which nothing is weak: the officer who seized it brought it."""
    origin = Origin(seized_at=clock.now() - timedelta(hours=2), officer="Sergeant Kaya", place_found="quay 3")
    arrival = Arrival(received_from="Sergeant Kaya", **more)
    return place.exhibit(reference, origin=origin, arrival=arrival)
