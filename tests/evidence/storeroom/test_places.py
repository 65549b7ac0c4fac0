"""Places: who makes them, how a code puts a thing into one, and who may know what lies there."""

import pytest

from cases.access import Duty
from cases.docket import NoSuchCase
from cases.handling import Sensitivity
from core.accounts import Role
from core.ledger import entries as ledger
from evidence import custody, exhibits
from evidence.exhibits import Arrival, Description
from evidence.movements import Movement, Verb
from evidence.storeroom import codes, contents, places
from evidence.storeroom.contents import NothingScanned
from evidence.storeroom.places import BadPlace, Environment, NoSuchPlace, NotYourPlaces, PlaceClosed, PlaceInUse, Sort


@pytest.fixture
def store(place):
    """A site with a room and two shelves, made by the custodian."""
    carl = place.colleague("carl")
    with place.house.transaction() as session:
        site = places.make(session, carl, "Harbour store", Sort.SITE)
        room = places.make(session, carl, "Room 2", Sort.ROOM, parent=site.id, environment=Environment.FARADAY)
        shelf = places.make(session, carl, "Shelf A", Sort.SHELF, parent=room.id)
        other = places.make(session, carl, "Shelf B", Sort.SHELF, parent=room.id)
    return carl, site, room, shelf, other


def test_a_place_has_its_whole_path_and_a_code_of_its_own(place, store):
    _carl, site, _room, shelf, other = store

    assert shelf.path == "Harbour store / Room 2 / Shelf A"
    assert len({one.code.uri for one in (site, shelf, other)}) == 3
    with place.house.transaction() as session:
        assert places.scanned(session, shelf.code.typed).id == shelf.id
        assert places.everyone(session)[0].path == "Harbour store"


def test_a_thing_is_put_where_the_scanned_code_says(place, store):
    _carl, _site, room, shelf, _other = store
    exhibit = place.exhibit()
    with place.house.transaction() as session:
        entry = custody.move(session, place.lead, exhibit.id, Verb.STORE, Movement(place=shelf.code.uri.lower()))
        words, kept = ledger.words(entry), session.get_one(exhibits.Exhibit, exhibit.id)
        there = contents.at_place(session, place.lead, room)

    assert words["place"] == kept.place == "Harbour store / Room 2 / Shelf A"
    assert words["place_id"] == str(shelf.id) == str(kept.place_id)
    assert words["place_code"] == shelf.code.uri
    assert [(one.reference, one.description) for one in there] == [("E-1", "a telephone, black")]


def test_a_thing_registered_with_a_code_lies_there_too_and_words_alone_are_no_place_of_ours(place, store):
    shelf = store[3]
    there = place.exhibit("E-1", arrival=Arrival(place=shelf.code.typed))
    elsewhere = place.exhibit("E-2", arrival=Arrival(place="in the car"))

    assert (there.place, there.place_id) == (shelf.path, shelf.id)
    assert (elsewhere.place, elsewhere.place_id) == ("in the car", None)


def test_what_leaves_a_place_no_longer_lies_there(place, store):
    carl, _site, room, shelf, _other = store
    exhibit = place.exhibit(arrival=Arrival(place=shelf.code.uri))
    with place.house.transaction() as session:
        custody.move(session, place.lead, exhibit.id, Verb.MOVE, Movement(place="my desk", reason="to look at it"))
        assert contents.at_place(session, place.lead, room) == []
    with place.house.transaction() as session:
        places.close(session, carl, shelf.id, "the shelf broke")


def test_a_misread_code_puts_nothing_anywhere(place, store):
    shelf = store[3]
    exhibit = place.exhibit()
    wrong = shelf.code.uri[:-1] + ("0" if shelf.code.uri[-1] != "0" else "1")
    with pytest.raises(codes.BadCode), place.house.transaction() as session:
        custody.move(session, place.lead, exhibit.id, Verb.STORE, Movement(place=wrong))
    with pytest.raises(NoSuchPlace), place.house.transaction() as session:
        custody.move(session, place.lead, exhibit.id, Verb.STORE, Movement(place=codes.exhibit(exhibit.id).uri))


def test_a_closed_place_takes_nothing_and_stays_in_the_record(place, store):
    carl, _site, room, shelf, other = store
    exhibit = place.exhibit(arrival=Arrival(place=other.code.uri))
    with place.house.transaction() as session:
        places.close(session, carl, shelf.id, "rebuilt")
    with pytest.raises(PlaceClosed), place.house.transaction() as session:
        custody.move(session, place.lead, exhibit.id, Verb.MOVE, Movement(place=shelf.code.uri, reason="order"))
    for which in (other, room):
        with pytest.raises(PlaceInUse), place.house.transaction() as session:
            places.close(session, carl, which.id, "no longer wanted")
    with place.house.transaction() as session:
        assert shelf.id not in {one.id for one in places.everyone(session)}
        assert shelf.id in {one.id for one in places.everyone(session, closed=True)}
        acts = [entry.act for entry in ledger.entries(session, places.CHAIN)]
    assert acts == ["place made"] * 4 + ["place closed"]


def test_an_administrator_keeps_places_and_learns_nothing_of_what_lies_there(place, store):
    room, shelf = store[2], store[3]
    adam = place.house.actor("adam", Role.ADMINISTRATOR)
    place.exhibit(arrival=Arrival(place=shelf.code.uri))
    with place.house.transaction() as session:
        made = places.make(session, adam, "Box 1", Sort.BOX, parent=shelf.id)
        assert contents.at_place(session, adam, room) == []
    assert made.path.endswith("Shelf A / Box 1")


def test_an_auditor_reads_numbers_and_never_what_a_thing_is(place, store):
    room, shelf = store[2], store[3]
    aude = place.house.actor("aude", Role.AUDITOR)
    place.exhibit(arrival=Arrival(place=shelf.code.uri, seal="A 1"))
    with place.house.transaction() as session:
        (there,) = contents.at_place(session, aude, room)
    assert (there.reference, there.seal, there.description) == ("E-1", "A 1", "")


def test_who_is_no_member_or_not_cleared_sees_an_empty_shelf(place, store):
    carl, _site, room, shelf, _other = store
    stranger = place.house.actor("stefan", Role.CUSTODIAN)
    what = Description("E-9", "a protected thing", sensitivity=Sensitivity.C3)
    with place.house.transaction() as session:
        made = exhibits.register(session, place.lead, place.case.id, what, arrival=Arrival(place=shelf.code.uri))
        assert contents.at_place(session, stranger, room) == []
        assert contents.at_place(session, carl, room) == []
        assert len(contents.at_place(session, place.lead, room)) == 1
        for who, text in ((stranger, codes.exhibit(made.id).uri), (carl, "E-9"), (stranger, "NOTHING")):
            with pytest.raises(NothingScanned) as refused:
                contents.scan(session, who, text)
            assert "E-9" not in refused.value.message


def test_a_scan_finds_a_thing_by_its_code_its_number_and_its_seal(place, store):
    shelf = store[3]
    made = place.exhibit("E-7", arrival=Arrival(seal="PN 0007"))
    with place.house.transaction() as session:
        for text in (codes.exhibit(made.id).uri, codes.exhibit(made.id).typed, " E-7 ", "pn0007"):
            assert contents.scan(session, place.lead, text).exhibit_id == made.id
        assert contents.scan(session, place.lead, shelf.code.uri).place_id == shelf.id


@pytest.mark.parametrize(
    ("name", "sort", "inside", "field"),
    [
        ("", Sort.SHELF, "room", "name"),
        ("A / B", Sort.SHELF, "room", "name"),
        ("Shelf A", Sort.SHELF, "room", "name"),
        ("Building 1", Sort.BUILDING, "room", "sort"),
        ("Shelf C", Sort.SHELF, None, "parent"),
    ],
)
def test_a_place_that_cannot_be_is_refused_with_its_reason(place, store, name, sort, inside, field):
    carl, room = store[0], store[2]
    with pytest.raises(BadPlace) as refused, place.house.transaction() as session:
        places.make(session, carl, name, sort, parent=room.id if inside else None)
    assert field in refused.value.fields


def test_others_make_no_places(place, store):
    paula = place.colleague("paula", Role.PROSECUTOR, Duty.PROSECUTE)
    for who in (place.lead, paula):
        with pytest.raises(NotYourPlaces), place.house.transaction() as session:
            places.make(session, who, "Site", Sort.SITE)
    with pytest.raises(NoSuchCase), place.house.transaction() as session:
        exhibits.fetch(session, place.house.actor("x", Role.EXAMINER), store[1].id, to=exhibits.Act.SEE)
