"""Incidents: numbered, explained by people, closed by another, seen by those who may, and never taken out again."""

import threading

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError

from cases.access import Duty
from cases.handling import Sensitivity
from core.accounts import Role
from core.ledger import entries as ledger
from evidence import incidents
from evidence.exhibits import Exhibit
from evidence.incidents import Incident, NoSuchIncident, NotNow, NotYourIncident, Statement


@pytest.fixture
def opened(each_place):
    """An incident about the seal of one exhibit."""
    exhibit = each_place.exhibit()
    with each_place.house.transaction() as session:
        one = incidents.open_incident(session, each_place.lead, exhibit, incidents.SEAL, "S-2 found, S-1 expected")
        return one.id


def acting(place, verb, actor, incident, words):
    with place.house.transaction() as session:
        return verb(session, actor, incident, words)


def chain_of(place, incident):
    with place.house.transaction() as session:
        row = session.get_one(Incident, incident)
        return [entry.act for entry in ledger.entries(session, f"custody/{row.exhibit_id}")]


def test_an_incident_is_explained_by_one_person_and_closed_by_another_and_each_word_is_entered(each_place, opened):
    boss = each_place.colleague("sven", Role.SUPERVISOR, Duty.SUPERVISE)
    with pytest.raises(NotNow, match="has not been explained"):
        acting(each_place, incidents.close, boss, opened, "nothing follows")
    acting(each_place, incidents.explain, each_place.lead, opened, "the bag was opened at the laboratory")
    acting(each_place, incidents.close, boss, opened, "the laboratory has written a note")

    assert chain_of(each_place, opened)[-3:] == ["incident", "incident explained", "incident closed"]
    with each_place.house.transaction() as session:
        row = session.get_one(Incident, opened)
        assert (row.state, row.number[:2]) == ("closed", "I ")
        assert [one.by for one in incidents.statements(session, row)] == ["lena", "sven"]
        assert list(ledger.breaks(session)) == []
    with pytest.raises(NotNow, match="is closed"):
        acting(each_place, incidents.explain, each_place.lead, opened, "one thing more")


def test_who_opened_or_explained_it_does_not_close_it_and_nobody_but_a_supervisor_does(each_place, opened):
    acting(each_place, incidents.explain, each_place.lead, opened, "it was I")
    with pytest.raises(NotYourIncident, match="by a supervisor"):
        acting(each_place, incidents.close, each_place.lead, opened, "done")
    boss = each_place.colleague("sven", Role.SUPERVISOR, Duty.SUPERVISE)
    acting(each_place, incidents.explain, boss, opened, "I was there")

    with pytest.raises(NotYourIncident, match="neither opened nor explained"):
        acting(each_place, incidents.close, boss, opened, "done")


def test_a_protection_officer_reads_of_it_and_explains_nothing(each_place, opened):
    reader = each_place.colleague("olga", Role.ANALYST, Duty.ANALYSE)
    guard = each_place.colleague("pia", Role.PROTECTION, Duty.PROTECT)
    acting(each_place, incidents.explain, reader, opened, "seen")

    with pytest.raises(NotYourIncident, match="does not include"):
        acting(each_place, incidents.explain, guard, opened, "seen")


def test_a_stranger_and_someone_not_cleared_get_the_answer_for_what_never_was_and_an_auditor_sees_it(each_place):
    secret = each_place.exhibit("E-9")
    with each_place.house.transaction() as session:
        session.execute(update(Exhibit).where(Exhibit.id == secret.id).values(sensitivity=int(Sensitivity.C3)))
        kept = session.get_one(Exhibit, secret.id)
        one = incidents.open_incident(session, each_place.lead, kept, incidents.DAMAGE, "it is bent").id
    low = each_place.colleague("olga", Role.INVESTIGATOR, Duty.INVESTIGATE)
    stranger = each_place.house.actor("stranger", Role.INVESTIGATOR)
    auditor = each_place.house.actor("aude", Role.AUDITOR, purpose="audit")
    with each_place.house.transaction() as session:
        for who in (low, stranger):
            with pytest.raises(NoSuchIncident):
                incidents.fetch(session, who, one)
        assert incidents.of_case(session, low, each_place.case.id) == []
        assert incidents.fetch(session, auditor, one).kind == incidents.DAMAGE
        assert len(incidents.of_case(session, each_place.lead, each_place.case.id)) == 1


@pytest.mark.parametrize(
    "change",
    [
        delete(Incident),
        delete(Statement),
        update(Incident).values(because="nothing happened"),
        update(Incident).values(ordinal=99),
        update(Statement).values(text="another word"),
    ],
    ids=["removed", "a statement removed", "another reason", "another number", "another statement"],
)
def test_the_database_itself_refuses_to_take_an_incident_out_or_to_change_what_was_said(each_place, opened, change):
    acting(each_place, incidents.explain, each_place.lead, opened, "it was I")

    with pytest.raises(DBAPIError, match=r"never removed|only ever added"), each_place.house.transaction() as session:
        session.execute(change)


def test_an_incident_whose_row_was_taken_out_by_force_is_still_told_by_the_house(each_place, opened):
    with each_place.house.transaction() as session:
        (entry,) = ledger.entries(session, incidents.CHAIN)
        words = ledger.words(entry)
    assert words["incident"] == str(opened)
    assert "expected" not in entry.body


def test_numbers_have_no_gap_and_no_double_when_many_open_at_once(each_place):
    many = [each_place.exhibit(f"E-{number}") for number in range(6)]

    def open_one(exhibit):
        with each_place.house.transaction() as session:
            incidents.open_incident(session, each_place.lead, exhibit, incidents.LOSS, "it is not on its shelf")

    threads = [threading.Thread(target=open_one, args=(one,)) for one in many]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    with each_place.house.transaction() as session:
        assert sorted(session.scalars(select(Incident.ordinal))) == [1, 2, 3, 4, 5, 6]


def test_the_same_file_has_one_incident_until_it_is_closed_and_two_seals_have_two(each_place, opened):
    exhibit = each_place.exhibit("E-2")
    file = each_place.file(exhibit)
    with each_place.house.transaction() as session:
        first = incidents.open_incident(session, each_place.lead, exhibit, incidents.BYTES, "cut", file=file.id)
        again = incidents.open_incident(session, each_place.lead, exhibit, incidents.BYTES, "cut again", file=file.id)
        incidents.open_incident(session, each_place.lead, exhibit, incidents.SEAL, "S-2")
        incidents.open_incident(session, each_place.lead, exhibit, incidents.SEAL, "S-3")
        assert first.id == again.id
        assert session.scalar(select(func.count()).select_from(Incident)) == 4
