"""Every act of possession: what it needs, what it does, and what it refuses to make up."""

from datetime import datetime, timedelta

import pytest

from cases.access import Duty
from core import approvals, clock
from core.accounts import Role
from core.ledger import entries as ledger
from evidence import custody, exhibits, incidents
from evidence.continuity import report
from evidence.continuity.codes import Code
from evidence.exhibits import Arrival, BadExhibit, Exhibit, Origin, State
from evidence.possession import changes, orders, times
from evidence.possession.arrivals import Kind
from evidence.possession.movement import NAMES, WANTED, BadMovement, WrongState
from evidence.possession.orders import NotApprovedLikeThis, NotYoursToApprove, OnHold, StillOpen
from evidence.possession.verbs import CHANGES, DISPOSALS, ENDED, GROUPS, MOVES, RULES, Verb, Who
from tests.evidence.possession.hands import act, again, brought, whole


def test_every_act_has_its_rule_its_changes_and_known_fields():
    assert set(RULES) == set(CHANGES) == set(Verb)
    assert set(State) == {state for _, state in MOVES} | set(MOVES.values())
    assert {rule.group for rule in RULES.values()} == set(GROUPS)
    for rule in RULES.values():
        assert set(rule.needs) | set(rule.takes) <= set(NAMES)
        assert set(rule.needs) <= set(WANTED)
    assert set(changes._EFFECTS) <= set(Verb)
    assert not any(before in ENDED for verb, before in MOVES if verb is not Verb.CORRECT)


def test_each_missing_word_is_asked_for_by_name(place):
    exhibit = brought(place)
    for verb in [one for one in Verb if RULES[one].needs and RULES[one].who is not Who.RECEIVER]:
        with place.house.transaction() as session:
            session.get_one(Exhibit, exhibit.id).state = next(iter(CHANGES[verb])).value
        with pytest.raises(BadMovement) as refused:
            act(place, place.lead, exhibit, verb)

        assert set(RULES[verb].needs) - {"to"} <= set(refused.value.fields), verb


def test_each_kind_of_arrival_needs_what_it_needs(place):
    parent = place.exhibit("parent").id
    for kind in Kind:
        if kind is not Kind.RECEIVE:
            with pytest.raises(BadExhibit):
                place.exhibit("bare", arrival=Arrival(kind=kind))
        given = Arrival(
            kind=kind, authority="W 1", received_from="the ministry", tool="capture", tool_version="2.1", parent=parent
        )
        made = place.exhibit(f"whole {kind}", arrival=given, origin=Origin(place_found="quay 3", officer="Kaya"))

        with place.house.transaction() as session:
            assert next(iter(custody.steps(session, made))).act == kind.value


def test_a_laboratory_receives_opens_and_gives_back_with_its_receipts_and_seals(place):
    exhibit, carl = brought(place, seal="S-1"), place.colleague("carl")
    sent = whole(Verb.SUBMIT_TO_LAB, receipt="", due=clock.now() + timedelta(days=14))
    act(place, place.lead, exhibit, Verb.SUBMIT_TO_LAB, **sent)
    act(place, carl, exhibit, Verb.LAB_RECEIVE, receipt="L 5", seal="S-1")
    with pytest.raises(BadMovement) as refused:
        act(place, carl, exhibit, Verb.LAB_RETURN, seal="LAB-9", put_on="LAB-9")
    act(place, carl, exhibit, Verb.LAB_RETURN, seal="LAB-9", put_on="LAB-9", receipt="L 6", place="room 4")
    now = again(place, exhibit)

    assert set(refused.value.fields) == {"receipt"}
    assert (now.state, now.custodian_id, now.seal) == (State.HELD, carl.id, "LAB-9")
    with place.house.transaction() as session:
        assert not [one for one in report.of_possession(session, now) if one.code is not Code.SEIZURE_TIME_UNKNOWN]
        assert incidents.of_exhibit(session, now) == []


def test_what_the_court_retains_is_with_the_clerk(place):
    exhibit = brought(place)
    act(place, place.lead, exhibit, Verb.PRODUCE_IN_COURT, court="district court", hearing="3 March")
    held = again(place, exhibit)
    act(place, place.lead, exhibit, Verb.COURT_RETAIN, **whole(Verb.COURT_RETAIN, outside="clerk Meyer"))
    kept = again(place, exhibit)
    act(place, place.lead, exhibit, Verb.COURT_RETURN, receipt="C 2")

    assert (held.state, held.custodian) == (State.HELD, "lena")
    assert (kept.state, kept.custodian, kept.custodian_id) == (State.COURT, "clerk Meyer", None)
    assert again(place, exhibit).custodian == "lena"


@pytest.mark.parametrize("verb", [Verb.SAMPLE, Verb.SPLIT])
def test_a_sample_is_an_exhibit_of_its_own_tied_to_its_parent_in_both_chains(place, verb):
    with place.house.transaction() as session:
        what = exhibits.Description("P-1", "a powder", quantity="10.5", unit="g")
        parent = exhibits.register(session, place.lead, place.case.id, what)
    told = {"reference": "P-1/a", "description": "a part of it", "quantity": "0.5", "unit": "g", "reason": "to test"}
    entry = act(place, place.lead, parent, verb, **told)
    with place.house.transaction() as session:
        words = ledger.words(entry)
        child = next(one for one in exhibits.listed(session, place.lead, place.case.id) if one.reference == "P-1/a")
        first = next(custody.steps(session, child))

        assert (child.parent_id, child.quantity, child.custodian) == (parent.id, "0.5", "lena")
        assert words["child"] == str(child.id)
        assert (first.act, first.words["parent"]) == (verb.value, str(parent.id))
        assert session.get_one(Exhibit, parent.id).quantity == "10"
    with pytest.raises(BadMovement):
        act(place, place.lead, parent, Verb.CONSUME, **whole(Verb.CONSUME, quantity="11"))


@pytest.mark.parametrize("verb", [Verb.LOSS, Verb.DAMAGE, Verb.CONTAMINATION, Verb.SEAL_BREAK])
def test_what_must_not_happen_opens_an_incident_with_a_number(place, verb):
    exhibit = brought(place, seal="S-1")
    act(place, place.lead, exhibit, verb, note="found so this morning", condition="wet")
    with place.house.transaction() as session:
        found = incidents.of_exhibit(session, again(place, exhibit))
        codes = [one.code for one in report.of_possession(session, exhibit)]

    assert [one.because for one in found] == ["found so this morning"]
    assert Code.INCIDENT in codes


def test_a_seal_that_differs_opens_an_incident(place):
    exhibit, carl = brought(place, seal="S-1"), place.colleague("carl")
    act(place, place.lead, exhibit, Verb.OFFER, to=carl.id, reason="to the store")
    act(place, carl, exhibit, Verb.ACCEPT, seal="S-2", note="another number")

    with place.house.transaction() as session:
        assert [one.kind for one in incidents.of_exhibit(session, exhibit)] == [incidents.SEAL]


def test_a_correction_names_the_entry_and_changes_nothing_that_was_written(place):
    exhibit = brought(place)
    stored = act(place, place.lead, exhibit, Verb.STORE, place="shelf 41")
    entry = act(
        place, place.lead, exhibit, Verb.CORRECT, corrects=stored.position, note="shelf 14", reason="typed wrong"
    )

    assert ledger.words(entry)["corrects"] == {"position": 2, "digest": stored.digest, "act": "store"}
    with place.house.transaction() as session:
        assert [one.digest for one in ledger.entries(session, exhibit.chain)][1] == stored.digest
    with pytest.raises(BadMovement):
        act(place, place.lead, exhibit, Verb.CORRECT, corrects=99, note="x", reason="y")


def test_a_provisional_number_is_confirmed_and_both_stay_in_the_record(place):
    exhibit = brought(place, "KIT-7", provisional=True)
    assert again(place, exhibit).state == State.PROVISIONAL
    with pytest.raises(WrongState):
        act(place, place.lead, exhibit, Verb.STORE, place="room 4")
    entry = act(place, place.lead, exhibit, Verb.CONFIRM, reference="LK/7")

    assert (again(place, exhibit).reference, again(place, exhibit).state) == ("LK/7", State.HELD)
    assert ledger.words(entry)["provisional"] == "KIT-7"


# --- Local times -----------------------------------------------------------------------------------------------


def test_a_local_time_is_kept_as_given_with_its_zone_and_the_instant(place):
    exhibit = brought(place)
    now = clock.now().replace(microsecond=0) - timedelta(hours=1)
    local = (now + timedelta(hours=3)).replace(tzinfo=None)
    entry = act(
        place, place.lead, exhibit, Verb.STORE, place="safe", occurred_at=local, occurred_zone="+03:00",
        occurred_as_written="about two",
    )  # fmt: skip
    told = ledger.words(entry)

    assert told["occurred_at"] == clock.stamp(now)
    assert told["occurred_local"].startswith(local.isoformat())
    assert (told["occurred_zone"], told["occurred_as_written"]) == ("+03:00", "about two")


@pytest.mark.parametrize(
    ("local", "zone"),
    [
        (datetime(2026, 10, 25, 2, 30), "Europe/Rome"),  # noqa: DTZ001 # shown twice that night
        (datetime(2026, 3, 29, 2, 30), "Europe/Rome"),  # noqa: DTZ001 # never shown
        (datetime(2026, 3, 1, 2, 30), ""),  # noqa: DTZ001 # as a clock on the wall shows it
        (datetime(2026, 3, 1, 2, 30), "Somewhere/Else"),  # noqa: DTZ001 # the same
        (datetime(2026, 3, 1, 2, 30), "+99:00"),  # noqa: DTZ001 # the same
    ],
)
def test_a_time_that_clocks_showed_twice_or_never_is_not_guessed(local, zone):
    with pytest.raises(times.BadZone):
        times.instant(local, zone)


# --- Orders ----------------------------------------------------------------------------------------------------


def ordered(place, exhibit, *, verb=Verb.ORDER_DESTROY, ends=None):
    """An order in force, whose time for appeals is over unless told otherwise."""
    past = clock.now() - timedelta(days=1)
    act(place, place.lead, exhibit, verb, number="O 7", court="district court", appeal_ends=ends or past)


def approve(place, exhibit, decider, verb=Verb.RETURN, to="the owner", method="by hand"):
    with place.house.transaction() as session:
        row = orders.propose(session, place.lead, exhibit.id, verb, to=to, method=method, reason="the order")
        orders.may_approve(session, decider, row)
        approvals.decide(session, decider, row, grants=True, reason="seen")


def test_what_ends_custody_needs_an_order_the_time_for_appeals_no_hold_and_a_second_person(place):
    exhibit, sue = brought(place), place.colleague("sue", Role.SUPERVISOR, Duty.SUPERVISE)
    done = {"outside": "the owner", "method": "by hand", "witness": "dora", "receipt": "R 9"}
    with pytest.raises(WrongState):
        act(place, place.lead, exhibit, Verb.RETURN, **done)
    act(place, place.lead, exhibit, Verb.HOLD_ON, authority="H 1", reason="the other trial")
    ordered(place, exhibit, verb=Verb.ORDER_RETURN)
    assert again(place, exhibit).state == State.PENDING
    with pytest.raises(OnHold):
        act(place, place.lead, exhibit, Verb.RETURN, **done)
    act(place, place.lead, exhibit, Verb.HOLD_OFF, authority="H 1", reason="it is over")
    with pytest.raises(approvals.NotApproved):
        act(place, place.lead, exhibit, Verb.RETURN, **done)
    approve(place, exhibit, sue)
    with pytest.raises(NotApprovedLikeThis):
        act(place, place.lead, exhibit, Verb.RETURN, **done | {"outside": "his brother"})
    entry = act(place, place.lead, exhibit, Verb.RETURN, **done)
    now = again(place, exhibit)

    assert (now.state, now.custodian, now.custodian_id) == (State.RETURNED, "", None)
    assert ledger.words(entry)["approved_by"] == ["sue"]
    with place.house.transaction() as session:
        assert custody.custodian(session, now) == ""
    with pytest.raises(WrongState):
        act(place, place.lead, exhibit, Verb.NOTE, note="still mine?")


def test_nothing_ends_before_the_time_for_appeals(place):
    exhibit, sue = brought(place), place.colleague("sue", Role.SUPERVISOR, Duty.SUPERVISE)
    ordered(place, exhibit, verb=Verb.ORDER_RETURN, ends=clock.now() + timedelta(days=3))
    approve(place, exhibit, sue)

    with pytest.raises(StillOpen):
        act(place, place.lead, exhibit, Verb.RETURN, **whole(Verb.RETURN, outside="the owner", method="by hand"))
    with place.house.transaction() as session:
        assert approvals.latest(session, orders.DISPOSE, exhibit.id).state == approvals.Standing.GRANTED


def test_who_asks_does_not_approve_and_who_handles_does_not_either(place):
    exhibit, carl = brought(place), place.colleague("carl")
    ordered(place, exhibit, verb=Verb.ORDER_RETURN)
    with pytest.raises(Exception, match=r"duty in this case|supervisor or prosecutor"):
        approve(place, exhibit, carl)
    with place.house.transaction() as session:
        row = orders.propose(session, place.lead, exhibit.id, Verb.RETURN, to="x", method="y", reason="z")
        with pytest.raises(NotYoursToApprove):
            orders.may_approve(session, place.lead, row)
        with pytest.raises(approvals.NotASecondPerson):
            approvals.decide(session, place.lead, row, grants=True, reason="mine")


def test_an_order_waits_through_a_handover_and_can_be_lifted(place):
    exhibit, carl = brought(place), place.colleague("carl")
    ordered(place, exhibit)
    act(place, place.lead, exhibit, Verb.OFFER, to=carl.id, reason="shift")
    act(place, carl, exhibit, Verb.ACCEPT)
    assert again(place, exhibit).state == State.PENDING
    with pytest.raises(WrongState):
        ordered(place, exhibit)
    act(place, carl, exhibit, Verb.LIFT_ORDER, number="O 7", court="court of appeal", reason="quashed")

    assert again(place, exhibit).state == State.HELD
    assert {RULES[verb].group for verb in DISPOSALS} == {"Orders"}
