"""The register of seals: a number is used once, and what is found otherwise is written down and not refused."""

import pytest

from core.accounts import Role
from core.ledger import entries as ledger
from evidence import custody
from evidence.exhibits import Arrival, Exhibit
from evidence.movements import Movement, Verb
from evidence.storeroom import seals
from evidence.storeroom.seals import BadSeries, Fate, NoSuchConflict, NotYourSeals, SealUsed


@pytest.fixture
def carl(place):
    return place.colleague("carl")


def issued(place, carl, prefix="PN", first=1, last=100, width=6, to="lena"):
    with place.house.transaction() as session:
        return seals.issue(session, carl, prefix, first, last, width=width, issued_to=to)


def counts(place, carl):
    with place.house.transaction() as session:
        return [tally.counts for tally in seals.tallies(session, carl)]


def test_a_series_tells_what_became_of_each_of_its_seals(place, carl):
    issued(place, carl)
    one = place.exhibit("E-1", arrival=Arrival(seal="PN000001"))
    place.exhibit("E-2", arrival=Arrival(seal="PN 000002"))
    with place.house.transaction() as session:
        custody.move(session, place.lead, one.id, Verb.OPEN_SEAL, Movement(reason="to copy it", witness="Carl"))
        custody.move(
            session, place.lead, one.id, Verb.RESEAL, Movement(seal="PN000003", witness="Carl", reason="copied")
        )
        seals.write_off(session, carl, ["PN000010"], Fate.VOID, "torn")
        seals.write_off(session, carl, ["PN000011", "PN000012"], Fate.LOST, "fell into the sea")

    assert counts(place, carl) == [{Fate.UNUSED: 94, Fate.USED: 2, Fate.BROKEN: 1, Fate.VOID: 1, Fate.LOST: 2}]


@pytest.mark.parametrize("again", ["PN000001", "pn 000001", " PN000001 "])
def test_a_seal_is_used_once_in_the_whole_house(place, carl, again):
    issued(place, carl)
    place.exhibit("E-1", arrival=Arrival(seal="PN000001"))
    other = place.exhibit("E-2")
    with pytest.raises(SealUsed, match="has been used before") as refused:
        place.exhibit("E-3", arrival=Arrival(seal=again))
    with pytest.raises(SealUsed), place.house.transaction() as session:
        custody.move(session, place.lead, other.id, Verb.RESEAL, Movement(seal=again, reason="bagged", witness="Carl"))

    assert "E-1" not in refused.value.message


def test_another_offices_seal_is_used_once_too(place, carl):
    place.exhibit("E-1", arrival=Arrival(seal="Z-9"))
    with pytest.raises(SealUsed):
        place.exhibit("E-2", arrival=Arrival(seal="z-9"))


@pytest.mark.parametrize("fate", [Fate.VOID, Fate.LOST])
def test_a_seal_that_was_written_off_is_not_used(place, carl, fate):
    issued(place, carl)
    with place.house.transaction() as session:
        seals.write_off(session, carl, ["PN000005"], fate, "kit lost")
    with pytest.raises(SealUsed, match=f"written off as {fate}"):
        place.exhibit(arrival=Arrival(seal="PN000005"))


def test_a_seal_found_on_arrival_that_is_on_record_elsewhere_is_a_conflict_until_somebody_explains_it(place, carl):
    issued(place, carl)
    place.exhibit("E-1", arrival=Arrival(seal="PN000001"))
    other = place.exhibit("E-2", arrival=Arrival(seal="PN000002"))
    with place.house.transaction() as session:
        custody.move(session, place.lead, other.id, Verb.OFFER, Movement(to=carl.id, reason="store"))
        custody.move(session, carl, other.id, Verb.ACCEPT, Movement(seal="PN000001", note="so it stands on the bag"))
    with place.house.transaction() as session:
        (found,) = seals.conflicts(session, [other.id])
        kept = session.get_one(Exhibit, other.id)
        acts = [entry.act for entry in ledger.entries(session, kept.chain)]
        assert kept.seal == "PN000001"
        assert "seal conflict" in acts
        assert found.explained is None
        seals.explain(session, carl, kept, found.id, "the officer read 1 for 7")
    with pytest.raises(NoSuchConflict), place.house.transaction() as session:
        seals.explain(session, carl, kept, found.id, "once more")

    assert counts(place, carl)[0][Fate.LOST] == 1


def test_a_seal_used_before_its_series_was_entered_belongs_to_it(place, carl):
    place.exhibit(arrival=Arrival(seal="PN000004"))
    series = issued(place, carl)
    with place.house.transaction() as session:
        _series, known = seals.of_series(session, carl, series.id)
        assert [(one.number, one.fate) for one in known] == [("PN000004", "used")]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"first": 50, "last": 200}, "first"),
        ({"first": 300, "last": 200}, "first"),
        ({"first": 0, "last": 10_000_000}, "first"),
        ({"prefix": "ÄÖ"}, "prefix"),
        ({"to": ""}, "issued_to"),
        ({"width": 0}, "width"),
    ],
)
def test_a_series_that_cannot_be_is_refused_with_its_reason(place, carl, more, field):
    issued(place, carl)
    with pytest.raises(BadSeries) as refused:
        issued(place, carl, **more)
    assert field in refused.value.fields


def test_the_register_is_kept_by_custodians_and_read_by_auditors(place, carl):
    series = issued(place, carl)
    aude = place.house.actor("aude", Role.AUDITOR)
    with place.house.transaction() as session:
        assert seals.of_series(session, aude, series.id)[0].id == series.id
        for act in (
            lambda: seals.issue(session, place.lead, "X", 1, 2, width=3, issued_to="lena"),
            lambda: seals.tallies(session, place.lead),
            lambda: seals.write_off(session, aude, ["PN000001"], Fate.VOID, "no"),
        ):
            with pytest.raises(NotYourSeals):
                act()
