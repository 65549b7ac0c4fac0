"""Two at once about a case: nothing comes into one that is being closed, and a membership is as its entries say."""

import pytest
from sqlalchemy import select

from cases import access, docket, people
from cases.access import Act, CaseClosed, Duty, Membership
from cases.docket import Case, WrongState
from cases.people import BadPerson, Part, Person
from core import accounts
from core.ledger import entries as ledger
from tests import makers
from tests.racing import meanwhile


@pytest.fixture
def house(database_url):
    made = makers.house(database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def lead(house):
    return house.actor("lead")


@pytest.fixture
def case(house, lead):
    return house.case(lead)


def closed(house, lead, case):
    with house.transaction() as session:
        found = access.fetch(session, lead, case.id, to=Act.MANAGE)
        docket.close(session, found, lead, reason="judged", still_out=0)


def amended(house, lead, case):
    with house.transaction() as session:
        docket.amend(session, access.fetch(session, lead, case.id, to=Act.AMEND), lead, title="Another")


def acts(house, case):
    with house.transaction() as session:
        return [one.act for one in ledger.entries(session, case.chain)]


def test_a_case_is_closed_after_what_is_being_added_to_it(house, lead, case, monkeypatch):
    outcome = meanwhile(monkeypatch, access, "fetch", lambda: closed(house, lead, case))
    amended(house, lead, case)
    outcome()

    assert acts(house, case)[-2:] == ["case amended", "case closed"]


def test_nothing_is_added_to_a_case_while_it_is_closed(house, lead, case, monkeypatch):
    outcome = meanwhile(monkeypatch, docket, "_line", lambda: amended(house, lead, case))
    closed(house, lead, case)

    with pytest.raises(CaseClosed):
        outcome()
    assert acts(house, case)[-1] == "case closed"


def test_a_case_is_closed_once_and_reopened_once(house, lead, case, monkeypatch):
    outcome = meanwhile(monkeypatch, docket, "_line", lambda: closed(house, lead, case))
    closed(house, lead, case)
    with pytest.raises(WrongState, match="closed already"):
        outcome()

    def reopened():
        with house.transaction() as session:
            docket.reopen(session, session.get_one(Case, case.id), lead, reason="appeal")

    outcome = meanwhile(monkeypatch, docket, "_line", reopened)
    reopened()
    with pytest.raises(WrongState, match="the case is open"):
        outcome()
    assert acts(house, case)[-2:] == ["case closed", "case reopened"]


def test_whoever_is_dismissed_and_admitted_at_once_is_what_the_last_entry_says(house, lead, case, monkeypatch):
    member = house.actor("mara")
    house.admit(lead, case, member, Duty.INVESTIGATE)

    def dismissed():
        with house.transaction() as session:
            user = session.get_one(accounts.User, member.id)
            access.dismiss(session, lead, session.get_one(Case, case.id), user)

    outcome = meanwhile(monkeypatch, access, "_held", dismissed)
    house.admit(lead, case, member, Duty.EXAMINE)
    outcome()
    with house.transaction() as session:
        until = session.scalar(select(Membership.until).where(Membership.user_id == member.id))
    last = acts(house, case)[-1]

    assert last in {"member admitted", "member dismissed"}
    assert (until is None) == (last == "member admitted")


def test_a_role_ends_once(house, lead, case, monkeypatch):
    with house.transaction() as session:
        person = people.add(session, lead, case, "Omar", Part.WITNESS, key=bytes(64)).id

    def ended():
        with house.transaction() as session:
            people.end_role(session, lead, case, session.get_one(Person, person), Part.WITNESS, reason="heard")

    outcome = meanwhile(monkeypatch, people, "roles", ended)
    ended()

    with pytest.raises(BadPerson, match="is not witness now"):
        outcome()
    assert acts(house, case).count("role ended") == 1
