"""Two at once in the store: nothing is put into a place that is being closed, and no number stands in two series."""

import pytest

from core.ledger import entries as ledger
from evidence import custody, exhibits
from evidence.exhibits import Arrival
from evidence.movements import Movement, Verb
from evidence.storeroom import places, seals
from evidence.storeroom.places import PlaceClosed, PlaceInUse, Sort
from evidence.storeroom.seals import BadSeries, NoSuchConflict
from tests.racing import meanwhile


@pytest.fixture
def place(each_place):
    return each_place


@pytest.fixture
def carl(place):
    return place.colleague("carl")


@pytest.fixture
def shelf(place, carl):
    with place.house.transaction() as session:
        site = places.make(session, carl, "Store", Sort.SITE)
        return places.make(session, carl, "A", Sort.SHELF, parent=site.id)


def closed(place, carl, shelf):
    with place.house.transaction() as session:
        return places.close(session, carl, shelf.id, "given up")


def test_a_place_is_not_closed_while_something_is_put_there(place, carl, shelf, monkeypatch):
    exhibit = place.exhibit()
    outcome = meanwhile(monkeypatch, places, "told", lambda: closed(place, carl, shelf))
    with place.house.transaction() as session:
        custody.move(session, place.lead, exhibit.id, Verb.STORE, Movement(place=shelf.code.uri))

    with pytest.raises(PlaceInUse):
        outcome()


def test_nothing_is_put_into_a_place_while_it_is_closed(place, carl, shelf, monkeypatch):
    exhibit = place.exhibit()

    def stored():
        with place.house.transaction() as session:
            return custody.move(session, place.lead, exhibit.id, Verb.STORE, Movement(place=shelf.code.uri))

    outcome = meanwhile(monkeypatch, places, "_enter", stored, before=True)
    closed(place, carl, shelf)

    with pytest.raises(PlaceClosed):
        outcome()
    with place.house.transaction() as session:
        assert session.get_one(exhibits.Exhibit, exhibit.id).place_id is None


def test_no_place_is_made_in_one_while_that_is_closed(place, carl, shelf, monkeypatch):
    def made():
        with place.house.transaction() as session:
            return places.make(session, carl, "box 1", Sort.BOX, parent=shelf.id)

    outcome = meanwhile(monkeypatch, places, "_enter", made, before=True)
    closed(place, carl, shelf)

    with pytest.raises(PlaceClosed):
        outcome()


def test_of_two_who_enter_the_same_series_of_seals_one_is_refused(place, carl, monkeypatch):
    def issued(first):
        with place.house.transaction() as session:
            return seals.issue(session, carl, "PN", first, first + 99, width=6, issued_to="lena")

    outcome = meanwhile(monkeypatch, seals, "_check", lambda: issued(50))
    issued(1)

    with pytest.raises(BadSeries, match="in a series already"):
        outcome()


def test_what_the_first_said_of_a_conflict_stays(place, carl, monkeypatch):
    place.exhibit("E-1", arrival=Arrival(seal="S-1"))
    other = place.exhibit("E-2")
    with place.house.transaction() as session:
        conflict = seals.claim(session, carl, other, "S-1", "found on it").id

    def explained(words):
        with place.house.transaction() as session:
            return seals.explain(session, carl, session.get_one(exhibits.Exhibit, other.id), conflict, words)

    outcome = meanwhile(monkeypatch, seals, "fetch_conflict", lambda: explained("the second word"))
    told = []
    for one in (lambda: explained("the first word"), outcome):
        try:
            told.append(one().explanation)
        except NoSuchConflict as refused:
            told.append(refused.message)
    with place.house.transaction() as session:
        kept = session.get_one(seals.SealConflict, conflict).explanation
        acts = [one.act for one in ledger.entries(session, other.chain)]

    assert "this conflict has been explained already; what was said of it stays" in told
    assert kept in told
    assert acts.count("seal conflict explained") == 1


def test_a_seal_that_is_found_on_two_things_at_once_is_a_conflict_and_not_refused(place, carl, monkeypatch):
    one, other = place.exhibit("E-1"), place.exhibit("E-2")

    def claimed(exhibit):
        with place.house.transaction() as session:
            return seals.claim(session, carl, session.get_one(exhibits.Exhibit, exhibit.id), "S-1", "found on it")

    outcome = meanwhile(monkeypatch, seals, "series_of", lambda: claimed(other))
    found = [claimed(one), outcome()]

    assert found.count(None) == 1
    assert {row.number for row in found if row} == {"S-1"}
