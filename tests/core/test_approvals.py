"""What needs two persons is decided by a second one, once, and used once."""

from uuid import uuid4

import pytest

from core import approvals
from core.accounts import Role
from core.approvals import Standing, Wish
from core.ledger import entries as ledger
from tests import makers


@pytest.fixture
def house(database_url):
    made = makers.house(database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def asked(house):
    """A proposal by Ines that two others have to grant."""
    ines = house.actor("ines")
    wish = Wish("destroy", uuid4(), None, {"order": "12/26"}, needed=2)
    with house.transaction() as session:
        return approvals.propose(session, ines, wish, "the court ordered it").id


def decide(house, proposal_id, who, *, grants=True):
    actor = house.actor(who, Role.SUPERVISOR)
    with house.transaction() as session:
        proposal = approvals.fetch(session, proposal_id)
        return approvals.decide(session, actor, proposal, grants=grants, reason="seen").state


def test_it_is_granted_by_as_many_others_as_are_needed(house, asked):
    assert decide(house, asked, "sami") == Standing.OPEN
    assert decide(house, asked, "petra") == Standing.GRANTED

    with house.transaction() as session:
        assert list(ledger.breaks(session)) == []
        assert [one.act for one in ledger.entries(session, approvals.HOUSE_CHAIN)] == ["propose", "grant", "grant"]


def test_nobody_decides_what_he_proposed_and_nobody_twice(house, asked):
    decide(house, asked, "sami")

    for who in ("sami", "ines"):
        with pytest.raises(approvals.NotASecondPerson):
            decide(house, asked, who)


def test_one_refusal_ends_it(house, asked):
    assert decide(house, asked, "sami", grants=False) == Standing.REFUSED

    with pytest.raises(approvals.NotOpen):
        decide(house, asked, "petra")


def test_an_approval_serves_once(house, asked):
    decide(house, asked, "sami")
    ines = house.actor("ines")
    with house.transaction() as session:
        subject = approvals.fetch(session, asked).subject
    with house.transaction() as session, pytest.raises(approvals.NotApproved):
        approvals.use(session, ines, "destroy", subject)
    decide(house, asked, "petra")

    with house.transaction() as session:
        approvals.use(session, ines, "destroy", subject)
    with house.transaction() as session, pytest.raises(approvals.NotApproved):
        approvals.use(session, ines, "destroy", subject)


def test_only_its_author_takes_it_back(house, asked):
    with house.transaction() as session, pytest.raises(approvals.NotASecondPerson):
        approvals.withdraw(session, house.actor("sami", Role.SUPERVISOR), approvals.fetch(session, asked), "no")
    with house.transaction() as session:
        approvals.withdraw(session, house.actor("ines"), approvals.fetch(session, asked), "no longer wanted")

    with house.transaction() as session:
        assert approvals.open_ones(session) == []


@pytest.mark.parametrize("name", ["act", "case", "subject", "at", "outcome", "purpose", "reason"])
def test_what_is_wished_may_have_words_of_any_name(house, name):
    case = house.case(house.actor("lena", Role.INVESTIGATOR))
    with house.transaction() as session:
        wish = Wish("test", uuid4(), case.id, {name: "told"})
        approvals.propose(session, house.actor("lena", Role.INVESTIGATOR), wish, "so it is")
    with house.transaction() as session:
        last = list(ledger.entries(session, case.chain))[-1]

    assert last.act == "propose"
    assert ledger.words(last)[name] == ("so it is" if name == "reason" else "told")
