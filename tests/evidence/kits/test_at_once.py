"""Two at once with kits: no seal lies in two of them, and a lost kit is void while its file comes in."""

import pytest

from core import clock
from evidence.kits import kits, labels, returning
from evidence.kits.kits import BadKit, Wanted
from evidence.kits.returning import BadResolution
from evidence.storeroom import seals
from tests.evidence.kits.sheets import line, sheet
from tests.evidence.kits.test_kits import MORNING, made_kit
from tests.racing import meanwhile


@pytest.fixture
def place(each_place):
    return each_place


@pytest.fixture
def carl(place):
    return place.colleague("carl")


def test_no_seal_lies_in_two_kits(place, carl, monkeypatch):
    with place.house.transaction() as session:
        seals.issue(session, carl, "PN", 1, 100, width=6, issued_to="lena")

    def made():
        with place.house.transaction() as session:
            wanted = Wanted(1, wristbands=0, seals=5, seals_from="PN000003")
            return kits.make(session, carl, wanted, issued_to="lena", purpose="night patrol")

    outcome = meanwhile(monkeypatch, kits, "_reserve", made)
    made()

    with pytest.raises(BadKit, match="lie in kit"):
        outcome()


def test_a_kit_is_void_after_the_file_that_is_being_taken_in(place, carl, monkeypatch):
    kit = made_kit(place, carl)

    def void():
        with place.house.transaction() as session:
            return kits.void(session, carl, kit.id, "left on the train")

    outcome = meanwhile(monkeypatch, returning, "_kept", void, before=True)
    data = sheet(kit.code, line("1", f"{kit.code}-001", seal="PN000002"))
    with clock.stopped(MORNING), place.house.transaction() as session:
        back = returning.take_in(session, place.lead, place.keyring, kit.id, data)

    assert back.counts["taken in"] == 1
    unused = outcome()
    assert unused == (13, 4)
    with place.house.transaction() as session:
        assert {one.state for one in kits.labels(session, kit)} == {"used", "void"}


def test_a_kit_made_for_no_case_comes_into_one_case_whoever_is_quicker(place, carl, monkeypatch):
    kit = made_kit(place, carl, case=False)
    other = place.house.case(place.lead, "Another boat")

    def come_back(case, label):
        data = sheet(kit.code, line("1", f"{kit.code}-{label}"))
        with place.house.transaction() as session:
            return returning.take_in(session, place.lead, place.keyring, kit.id, data, case_id=case.id)

    outcome = meanwhile(monkeypatch, returning, "_case", lambda: come_back(other, "002"))
    told = []
    with clock.stopped(MORNING):
        for one in (lambda: come_back(place.case, "001"), outcome):
            try:
                told.append(one().back.case_id)
            except BadResolution as refused:
                told.append(refused.message)

    assert "this kit belongs to another case" in told
    with place.house.transaction() as session:
        kept = session.get_one(labels.Kit, kit.id).case_id
    assert kept in told
