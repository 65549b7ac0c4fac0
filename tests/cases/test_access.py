"""What may not be seen does not exist, and nobody reads by role alone."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from cases import access, docket
from cases.access import Act, BadMember, CaseClosed, Duty, NoPurpose, NotYourDuty
from cases.docket import NoSuchCase, NotAnOpener
from cases.handling import Sensitivity
from core import accounts, clock
from core.accounts import Role
from core.ledger import entries as ledger
from tests import makers

# What each role may do in a case where its duty allows everything (domain.md 7).  Every cell is tried below.
MAY = {
    Role.INVESTIGATOR: {"see", "read", "search", "add", "handle", "amend", "people", "money", "manage"},
    Role.CUSTODIAN: {"see", "add", "handle"},
    Role.EXAMINER: {"see", "read", "search", "add", "handle"},
    Role.ANALYST: {"see", "read", "search", "add", "money", "people"},
    Role.PROSECUTOR: {"see", "read", "search", "amend", "people", "export", "money"},
    Role.SUPERVISOR: {"see", "read", "search", "amend", "people", "manage", "export"},
    Role.PROTECTION: {"see", "read", "search", "people"},
}
OUTSIDE = {Role.AUDITOR: {"see"}, Role.ADMINISTRATOR: set()}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    made = makers.house(f"sqlite:///{tmp_path_factory.mktemp('access') / 'x.db'}")
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def case(house):
    lead = house.actor("lead", Role.INVESTIGATOR)
    made = house.case(lead)
    for role in MAY:
        house.admit(lead, made, house.actor(f"all.{role}", role), Duty.LEAD)
    return made


def fetch(house, actor, case_id, act):
    with house.transaction() as session:
        return access.fetch(session, actor, case_id, to=Act(act))


@pytest.mark.parametrize("act", [str(one) for one in Act])
@pytest.mark.parametrize("role", list(MAY))
def test_a_member_may_do_what_the_role_does_and_nothing_else(house, case, role, act):
    actor = house.actor(f"all.{role}", role)

    if act in MAY[role]:
        assert fetch(house, actor, case.id, act).id == case.id
    else:
        with pytest.raises(NotYourDuty):
            fetch(house, actor, case.id, act)


@pytest.mark.parametrize("act", [str(one) for one in Act])
@pytest.mark.parametrize("role", [*MAY, Role.ADMINISTRATOR])
def test_to_whoever_is_no_member_the_case_does_not_exist(house, case, role, act):
    stranger = house.actor(f"stranger.{role}", role)

    with pytest.raises(NoSuchCase) as hidden:
        fetch(house, stranger, case.id, act)
    with pytest.raises(NoSuchCase) as absent:
        fetch(house, stranger, uuid4(), act)
    assert str(hidden.value) == str(absent.value)


@pytest.mark.parametrize("act", [str(one) for one in Act])
def test_an_auditor_sees_that_a_case_exists_and_nothing_in_it(house, case, act):
    auditor = house.actor("auditor", Role.AUDITOR, purpose="audit")

    if act in OUTSIDE[Role.AUDITOR]:
        assert fetch(house, auditor, case.id, act).id == case.id
    else:
        with pytest.raises(NotYourDuty):
            fetch(house, auditor, case.id, act)
    with house.transaction() as session:
        assert access.readable(session, auditor) == {}


@pytest.mark.parametrize("duty", list(Duty))
def test_a_duty_narrows_what_the_role_would_allow(house, case, duty):
    lead, member = house.actor("lead"), house.actor(f"duty.{duty}", *MAY)
    house.admit(lead, case, member, duty)

    with house.transaction() as session:
        assert access.acts(session, member, case) == access.BY_DUTY[duty]


@pytest.mark.parametrize("act", sorted(access.CONTENT))
def test_content_is_not_read_without_a_purpose_nor_for_one_that_is_not_offered(house, case, act):
    everything = house.actor("duty.lead", *MAY)
    house.admit(house.actor("lead"), case, everything, Duty.LEAD)

    for purpose in ("", "immigration", "curiosity"):
        with pytest.raises(NoPurpose):
            fetch(house, everything.for_purpose(purpose), case.id, act)


def test_a_token_narrows_what_its_owner_may_do(house, case):
    with house.transaction() as session:
        user = session.get_one(accounts.User, house.actor("lead").id)
        narrow = user.actor("api", "investigation", scopes=["see", "nonsense"])
        assert access.acts(session, narrow, case) == {Act.SEE}
        assert access.readable(session, narrow) == {}


def test_a_closed_case_is_read_and_not_changed(house):
    lead = house.actor("lead")
    made = house.case(lead)
    with house.transaction() as session:
        docket.close(session, session.merge(made), lead, reason="judged", still_out=0)

    assert fetch(house, lead, made.id, "read").state == "closed"
    assert fetch(house, lead, made.id, "handle").state == "closed"
    for act in ("add", "amend", "people", "money"):
        if act in MAY[Role.INVESTIGATOR]:
            with pytest.raises((CaseClosed, NoPurpose)):
                fetch(house, lead, made.id, act)


def test_a_membership_ends_at_its_time(house, case):
    lead, member = house.actor("lead"), house.actor("leaver")
    house.admit(lead, case, member, Duty.INVESTIGATE)
    assert fetch(house, member, case.id, "see")
    with house.transaction() as session:
        access.dismiss(session, lead, session.merge(case), session.get_one(accounts.User, member.id))

    with clock.stopped(datetime.now(UTC) + timedelta(seconds=1)), pytest.raises(NoSuchCase):
        fetch(house, member, case.id, "see")


def test_nobody_clears_another_higher_than_oneself(house, case):
    lead, member = house.actor("lead"), house.actor("climber")

    with pytest.raises(BadMember, match="C3"):
        house.admit(lead, case, member, Duty.INVESTIGATE, Sensitivity.C5)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_those_who_check_or_run_the_system_are_never_members(house, case, role):
    with pytest.raises(BadMember):
        house.admit(house.actor("lead"), case, house.actor(f"stranger.{role}", role), Duty.INVESTIGATE)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.CUSTODIAN, Role.EXAMINER])
def test_who_does_not_open_cases_is_told_so(house, role):
    with pytest.raises(NotAnOpener):
        house.case(house.actor(f"opener.{role}", role))


def test_ids_of_cases_are_random_and_tell_no_order(house):
    lead = house.actor("lead")
    made = [house.case(lead).id for _ in range(6)]

    assert all(one.version == 4 for one in made)
    assert made != sorted(made) or made != sorted(made, reverse=True)


def test_what_happens_to_a_case_is_written_in_its_own_chain(house):
    lead = house.actor("lead")
    made = house.case(lead, "A boat without lights")
    with house.transaction() as session:
        docket.amend(session, session.merge(made), lead, number="12/26")
    with house.transaction() as session:
        written = list(ledger.entries(session, made.chain))

    assert [one.act for one in written] == ["case opened", "member admitted", "case amended"]
    assert ledger.words(written[2])["before"] == {"number": "", "title": "A boat without lights"}
    assert all(one.actor == lead.signature for one in written)


def test_a_refusal_is_written_where_the_asker_and_not_the_case_is(house, case):
    stranger = house.actor("stranger.prosecutor", Role.PROSECUTOR)
    with house.transaction() as session:
        access.note_refusal(session, stranger, f"GET /cases/{case.id}", "NoSuchCase")
    with house.transaction() as session:
        mine = list(ledger.entries(session, f"access/user/{stranger.id}"))
        theirs = list(ledger.entries(session, case.reading_chain))

    assert [one.outcome for one in mine] == ["refused"]
    assert theirs == []


def test_no_case_closes_while_an_exhibit_is_out(house):
    lead = house.actor("lead")
    made = house.case(lead)

    with pytest.raises(docket.WrongState, match="2 exhibits"), house.transaction() as session:
        docket.close(session, session.merge(made), lead, reason="judged", still_out=2)
