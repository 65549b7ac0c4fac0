"""An exhibit has the numbers, origin and class it was given, and exists only for those who may know of it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from cases.access import Act, NotYourDuty
from cases.docket import NoSuchCase
from cases.handling import Handling, Sensitivity
from core import clock
from core.accounts import Role
from core.ledger import entries as ledger
from evidence import exhibits
from evidence.exhibits import Arrival, BadExhibit, Description, NotCleared, Number, Origin, ReferenceTaken, State


def register(place, what, **more):
    with place.house.transaction() as session:
        return exhibits.register(session, place.lead, place.case.id, what, **more)


def test_an_exhibit_keeps_all_it_was_given_and_is_in_the_hands_of_its_registrar(each_place):
    seized = clock.parse("2026-03-01T14:02:00+03:00")
    written = "1 March, 14.02"
    origin = Origin("Dunkirk, quay 3", "left pocket", "Sergeant Kaya", "the driver", written, seized, "Inspector Roth")
    arrival = Arrival("Sergeant Kaya", seized, place="safe", seal="S 9", note="late, by ship")
    what = Description("SK/1", "a telephone, black", "screen cracked", handling=Handling.H1)
    numbers = [Number("bag", "B 123", "police"), Number("scellé", "4", "court"), Number("scellé", "4", "police")]
    made = register(each_place, what, origin=origin, numbers=numbers, arrival=arrival)

    with each_place.house.transaction() as session:
        exhibit = exhibits.fetch(session, each_place.lead, made.id, to=Act.SEE)
        kept = [(one.scheme, one.value, one.issuer) for one in exhibits.numbers(session, exhibit.id)]
        (entry,) = [ledger.words(one) for one in ledger.entries(session, exhibit.chain)]
    assert kept == [("bag", "B 123", "police"), ("scellé", "4", "court"), ("scellé", "4", "police")]
    assert (exhibit.spot, exhibit.seized_from, exhibit.seized_as_written) == (
        "left pocket",
        "the driver",
        "1 March, 14.02",
    )
    assert exhibit.seized_at == seized
    assert (exhibit.state, exhibit.custodian_id, exhibit.seal, exhibit.handling) == (
        State.HELD,
        each_place.lead.id,
        "S 9",
        "H1",
    )
    assert (entry["from"], entry["custodian"], entry["seal_out"]) == ("Sergeant Kaya", "lena", "S 9")
    assert entry["occurred_at"] == "2026-03-01T11:02:00.000000Z"


def test_every_fault_is_told_at_once_and_nothing_is_registered(place):
    later = clock.now() + timedelta(days=1)
    with pytest.raises(BadExhibit) as refused:
        register(
            place,
            Description("", "  ", "c" * 5000),
            origin=Origin(spot="a\x00b", seized_at=later),
            numbers=[Number("bag", ""), Number("bag", "1"), Number("bag", "1")],
            arrival=Arrival(occurred_at=clock.now() - timedelta(days=3)),
        )

    assert set(refused.value.fields) == {
        "reference",
        "description",
        "condition",
        "spot",
        "seized_at",
        "number 1",
        "numbers",
        "note",
    }
    with place.house.transaction() as session:
        assert exhibits.listed(session, place.lead, place.case.id) == []


def test_a_reference_stands_once_in_a_case(place):
    place.exhibit("E-1")

    with pytest.raises(ReferenceTaken):
        register(place, Description(" E-1 ", "another"))


def test_an_exhibit_is_never_kept_less_closely_than_its_case(place):
    assert register(place, Description("E-1", "a", sensitivity=Sensitivity.C0)).sensitivity == Sensitivity.C2


def test_nobody_registers_what_the_person_may_not_see(place):
    with pytest.raises(NotCleared):
        register(place, Description("E-1", "a", sensitivity=Sensitivity.C4))


def test_a_stranger_registers_nothing_and_a_prosecutor_neither(place):
    stranger = place.house.actor("stranger")
    auditor = place.house.actor("ada", Role.AUDITOR, purpose="audit")

    for actor, refusal in ((stranger, NoSuchCase), (auditor, NotYourDuty)):
        with place.house.transaction() as session, pytest.raises(refusal):
            exhibits.register(session, actor, place.case.id, Description("E-1", "a"))


def test_a_hidden_exhibit_and_none_at_all_are_the_same(place):
    exhibit = place.exhibit()
    stranger = place.house.actor("stranger")
    said = set()
    for number in (exhibit.id, uuid4()):
        for to in (Act.SEE, Act.HANDLE, Act.READ):
            with place.house.transaction() as session, pytest.raises(NoSuchCase) as refused:
                exhibits.fetch(session, stranger, number, to=to)
            said.add(str(refused.value))

    assert len(said) == 1


def test_an_auditor_sees_exhibits_of_every_class(place):
    register(place, Description("E-3", "a diary", sensitivity=Sensitivity.C3))
    auditor = place.house.actor("ada", Role.AUDITOR, purpose="audit")

    with place.house.transaction() as session:
        assert [one.reference for one in exhibits.listed(session, auditor, place.case.id)] == ["E-3"]
