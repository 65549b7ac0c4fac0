"""When a case is closed its things still lie somewhere: custody goes on to its end, and nothing else comes in."""

from datetime import timedelta

import pytest

from cases import docket
from cases.access import Act, CaseClosed, Duty, NotYourDuty
from cases.docket import Case, NoSuchCase
from core import approvals, clock
from core.accounts import Role
from core.ledger import entries as ledger
from evidence import authorities, exhibits
from evidence.authorities import Grant
from evidence.continuity import signing
from evidence.continuity.weaknesses import SIGNED
from evidence.exhibits import Description, State
from evidence.possession import orders
from evidence.possession.verbs import Verb
from tests.evidence.possession.hands import act, again, brought, whole


@pytest.fixture
def closed(place):
    """The place with one exhibit, a supervisor and a custodian, and its case closed after the judgement."""
    exhibit, carl = brought(place), place.colleague("carl")
    sue = place.colleague("sue", Role.SUPERVISOR, Duty.SUPERVISE)
    with place.house.transaction() as session:
        docket.close(session, session.get_one(Case, place.case.id), place.lead, reason="judged", still_out=0)
    return place, exhibit, sue, carl


def asked(place, exhibit):
    """The wish to give it back as the court's order says."""
    past = clock.now() - timedelta(days=1)
    act(place, place.lead, exhibit, Verb.ORDER_RETURN, number="O 7", court="district court", appeal_ends=past)
    with place.house.transaction() as session:
        how = {"to": "the owner", "method": "by hand", "reason": "the order"}
        return orders.propose(session, place.lead, exhibit.id, Verb.RETURN, **how)


def test_what_is_moved_handed_over_and_found_on_the_shelf_is_written_down(closed):
    place, exhibit, _sue, carl = closed
    act(place, place.lead, exhibit, Verb.MOVE, place="store 2", reason="the store is rebuilt")
    act(place, place.lead, exhibit, Verb.OFFER, to=carl.id, reason="the archive takes it")
    act(place, carl, exhibit, Verb.ACCEPT)
    act(place, carl, exhibit, Verb.DAMAGE, note="water", condition="wet")

    now = again(place, exhibit)
    assert (now.custodian_id, now.condition) == (carl.id, "wet")


def test_it_goes_back_by_order_with_the_yes_of_a_second_person(closed):
    place, exhibit, sue, _carl = closed
    wish = asked(place, exhibit)
    with place.house.transaction() as session:
        wish = session.merge(wish)
        orders.may_approve(session, sue, wish)
        approvals.decide(session, sue, wish, grants=True, reason="seen")
    entry = act(place, place.lead, exhibit, Verb.RETURN, **whole(Verb.RETURN, outside="the owner", method="by hand"))

    assert again(place, exhibit).state == State.RETURNED
    assert ledger.words(entry)["approved_by"] == ["sue"]
    with place.house.transaction() as session:
        assert session.get_one(Case, place.case.id).state == docket.CLOSED


def test_what_is_entered_late_is_signed_by_a_supervisor(closed):
    place, exhibit, sue, _carl = closed
    then = clock.now() - timedelta(hours=40)
    act(place, place.lead, exhibit, Verb.NOTE, note="the label came off", occurred_at=then)
    with place.house.transaction() as session:
        late = signing.unsigned(session, place.case.id)[0]
        signing.may_sign(session, sue, late)
        entry = signing.decide(session, sue, late, grants=True, reason="I was there")
        assert entry.act == SIGNED


def test_who_may_not_decide_in_an_open_case_may_not_in_a_closed_one(closed):
    place, exhibit, _sue, carl = closed
    stranger = place.house.actor("stranger", Role.SUPERVISOR)
    wish = asked(place, exhibit)
    with place.house.transaction() as session:
        with pytest.raises(NotYourDuty):
            orders.may_approve(session, carl, wish)
        with pytest.raises(NoSuchCase):
            orders.may_approve(session, stranger, wish)


def test_no_thing_sample_file_or_authority_comes_in(closed):
    place, exhibit, _sue, _carl = closed
    wanted = {"reference": "E-1/1", "description": "a swab", "quantity": "1", "unit": "piece", "reason": "for DNA"}
    with pytest.raises(CaseClosed, match="custody of its things goes on"):
        act(place, place.lead, exhibit, Verb.SAMPLE, **wanted)
    with pytest.raises(CaseClosed):
        place.exhibit("E-2")
    with pytest.raises(CaseClosed), place.house.transaction() as session:
        exhibits.register(session, place.lead, place.case.id, Description("E-3", "a boat"))
    with pytest.raises(CaseClosed), place.house.transaction() as session:
        authorities.authorise(session, place.lead, exhibit.id, Grant("warrant", "W 8"))
    with pytest.raises(CaseClosed), place.house.transaction() as session:
        exhibits.fetch(session, place.lead, exhibit.id, to=Act.AMEND)

    assert again(place, exhibit).state == State.HELD
