"""Exactly one person has each exhibit at any instant, two people make a handover, and gaps are shown."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest

from cases.access import Duty, NotYourDuty
from cases.docket import NoSuchCase
from core import clock
from core.accounts import Actor, Role
from core.errors import Refusal
from core.ledger import entries as ledger
from evidence import custody
from evidence.continuity import report
from evidence.continuity.codes import Kind
from evidence.exhibits import Arrival, Exhibit, Origin, State
from evidence.movements import (
    BadMovement,
    Movement,
    NotTheCustodian,
    NotTheReceiver,
    Overtaken,
    Verb,
    WrongState,
)
from tests.evidence.depot import Depot


def move(place: Depot, actor: Actor, exhibit: Exhibit, verb: Verb, /, **words: object) -> ledger.Entry:
    with place.house.transaction() as session:
        return custody.move(session, actor, exhibit.id, verb, Movement(**words))


def again(place: Depot, exhibit: Exhibit) -> Exhibit:
    with place.house.transaction() as session:
        return session.get_one(Exhibit, exhibit.id, populate_existing=True)


def gaps(place: Depot, exhibit: Exhibit) -> list[str]:
    with place.house.transaction() as session:
        found = report.of_exhibit(session, session.get_one(Exhibit, exhibit.id))
        return [weak.because for weak in found if weak.kind is not Kind.PROOF]


def offer(place: Depot, exhibit: Exhibit, receiver: Actor) -> None:
    move(place, place.lead, exhibit, Verb.OFFER, to=receiver.id, reason="to the store")


# --- A handover ------------------------------------------------------------------------------------------------


def test_a_handover_is_two_acts_and_the_sender_has_it_until_the_second(place):
    exhibit, carl = place.exhibit(), place.colleague("carl")
    offer(place, exhibit, carl)
    between = again(place, exhibit)
    move(place, carl, exhibit, Verb.ACCEPT, place="room 4, shelf 2")
    after = again(place, exhibit)

    assert (between.state, between.custodian_id) == (State.OFFERED, place.lead.id)
    assert (after.state, after.custodian_id, after.place) == (State.HELD, carl.id, "room 4, shelf 2")
    assert after.offered_to_id is None


def test_nobody_accepts_an_own_offer_or_one_made_to_another(place):
    exhibit, carl, dora = place.exhibit(), place.colleague("carl"), place.colleague("dora")
    offer(place, exhibit, carl)

    for actor in (place.lead, dora):
        for verb in (Verb.ACCEPT, Verb.REFUSE):
            with pytest.raises(NotTheReceiver):
                move(place, actor, exhibit, verb, reason="mine")


def test_nobody_offers_to_oneself(place):
    exhibit = place.exhibit()

    with pytest.raises(BadMovement) as refused:
        move(place, place.lead, exhibit, Verb.OFFER, to=place.lead.id, reason="why not")
    assert "to" in refused.value.fields


def test_an_offer_goes_to_somebody_who_could_accept_it(place):
    exhibit = place.exhibit()
    outsider = place.house.actor("omar", Role.CUSTODIAN)
    pia = place.colleague("pia", Role.PROSECUTOR, Duty.PROSECUTE)

    for receiver in (outsider.id, pia.id, uuid4(), None):
        with pytest.raises(BadMovement):
            move(place, place.lead, exhibit, Verb.OFFER, to=receiver, reason="to the store")


def test_a_refused_or_withdrawn_offer_leaves_it_where_it_was_and_is_shown(place):
    exhibit, carl = place.exhibit(), place.colleague("carl")
    offer(place, exhibit, carl)
    move(place, carl, exhibit, Verb.REFUSE, reason="the bag is torn")
    offer(place, exhibit, carl)
    move(place, place.lead, exhibit, Verb.WITHDRAW, reason="a mistake")

    assert again(place, exhibit).custodian_id == place.lead.id
    assert [why for why in gaps(place, exhibit) if "offered" in why] == [
        "offered to carl: refused",
        "offered to carl: withdrawn",
    ]


@pytest.mark.parametrize("verb", [Verb.STORE, Verb.MOVE, Verb.OFFER, Verb.CHECK_OUT, Verb.OPEN_SEAL, Verb.RESEAL])
def test_only_the_one_who_has_it_disposes_of_it(place, verb):
    exhibit, carl = place.exhibit(), place.colleague("carl")
    words = {"place": "here", "reason": "so", "outside": "laboratory", "seal": "S 1", "to": place.lead.id}

    with pytest.raises(NotTheCustodian):
        move(place, carl, exhibit, verb, **words)


def test_a_member_without_that_duty_and_a_stranger_do_nothing(place):
    exhibit = place.exhibit()
    pia = place.colleague("pia", Role.PROSECUTOR, Duty.PROSECUTE)

    with pytest.raises(NotYourDuty):
        move(place, pia, exhibit, Verb.NOTE, note="seen")
    with pytest.raises(NoSuchCase):
        move(place, place.house.actor("stranger"), exhibit, Verb.NOTE, note="seen")


@pytest.mark.parametrize(
    ("verb", "missing"),
    [
        (Verb.STORE, "place"),
        (Verb.MOVE, "reason"),
        (Verb.OFFER, "reason"),
        (Verb.CHECK_OUT, "outside"),
        (Verb.OPEN_SEAL, "reason"),
        (Verb.RESEAL, "seal"),
        (Verb.NOTE, "note"),
    ],
)
def test_what_an_act_needs_is_asked_for_and_never_made_up(place, verb, missing):
    with pytest.raises(BadMovement) as refused:
        move(place, place.lead, place.exhibit(), verb)
    assert missing in refused.value.fields


def test_two_acceptances_at_once_are_one(each_place):
    exhibit, carl = each_place.exhibit(), each_place.colleague("carl")
    offer(each_place, exhibit, carl)
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def accept() -> None:
        ready.wait(timeout=20)
        try:
            move(each_place, carl, exhibit, Verb.ACCEPT)
            outcomes.append("done")
        except Refusal as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=accept) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == ["WrongState", "done"]
    with each_place.house.transaction() as session:
        assert [one.act for one in ledger.entries(session, exhibit.chain)] == ["receive", "offer", "accept"]
        assert list(ledger.breaks(session)) == []


def test_accept_and_withdraw_at_once_leave_one_custodian(each_place):
    exhibit, carl = each_place.exhibit(), each_place.colleague("carl")
    for _ in range(3):
        offer(each_place, exhibit, carl)
        ready = threading.Barrier(2)
        done: list[Verb] = []

        def act(actor: Actor, verb: Verb, ready=ready, done=done) -> None:
            ready.wait(timeout=20)
            try:
                move(each_place, actor, exhibit, verb, reason="now")
                done.append(verb)
            except Refusal:
                pass

        pair = [(carl, Verb.ACCEPT), (each_place.lead, Verb.WITHDRAW)]
        threads = [threading.Thread(target=act, args=one) for one in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert len(done) == 1
        now = again(each_place, exhibit)
        assert now.custodian_id == (carl.id if done == [Verb.ACCEPT] else each_place.lead.id)
        if done == [Verb.ACCEPT]:
            move(each_place, carl, exhibit, Verb.OFFER, to=each_place.lead.id, reason="back")
            move(each_place, each_place.lead, exhibit, Verb.ACCEPT)


def test_who_looked_before_somebody_else_acted_is_told_to_look_again(place):
    exhibit = place.exhibit()
    first = move(place, place.lead, exhibit, Verb.NOTE, note="one")
    move(place, place.lead, exhibit, Verb.NOTE, note="two", seen=first.position)

    with pytest.raises(Overtaken):
        move(place, place.lead, exhibit, Verb.NOTE, note="three", seen=first.position)


# --- Out of the house, seals, times ----------------------------------------------------------------------------


def test_an_exhibit_at_the_laboratory_is_in_its_custody_until_it_is_back(place):
    exhibit, carl = place.exhibit(), place.colleague("carl")
    move(place, place.lead, exhibit, Verb.CHECK_OUT, outside="state laboratory", reason="prints", receipt="L 55")
    out = again(place, exhibit)
    with place.house.transaction() as session:
        assert custody.outstanding(session, place.case.id) == 1
    move(place, carl, exhibit, Verb.CHECK_IN, place="room 4")
    back = again(place, exhibit)

    assert (out.state, out.custodian, out.custodian_id) == (State.OUT, "state laboratory", None)
    assert (back.state, back.custodian_id) == (State.HELD, carl.id)
    assert not any("receipt" in why for why in gaps(place, exhibit))


def test_a_laboratory_that_did_not_sign_is_a_gap(place):
    exhibit = place.exhibit()
    move(place, place.lead, exhibit, Verb.CHECK_OUT, outside="state laboratory", reason="prints")
    still_out = gaps(place, exhibit)
    move(place, place.lead, exhibit, Verb.CHECK_IN)

    assert "it is with state laboratory, whose receipt is missing" in still_out
    assert "it was with state laboratory, whose receipt is missing" in gaps(place, exhibit)


@pytest.mark.parametrize("verb", [Verb.OFFER, Verb.CHECK_OUT, Verb.STORE, Verb.OPEN_SEAL])
def test_what_is_out_cannot_be_disposed_of_here(place, verb):
    exhibit = place.exhibit()
    move(place, place.lead, exhibit, Verb.CHECK_OUT, outside="court", reason="hearing")

    with pytest.raises(WrongState):
        move(place, place.lead, exhibit, verb, outside="x", place="x", reason="x", to=uuid4())


def test_a_seal_that_differs_needs_a_word_and_is_a_gap(place):
    exhibit, carl = place.exhibit(arrival=Arrival(seal="S 1")), place.colleague("carl")
    offer(place, exhibit, carl)
    for found in ("S 2", ""):
        with pytest.raises(BadMovement) as refused:
            move(place, carl, exhibit, Verb.ACCEPT, seal=found)
        assert "seal" in refused.value.fields
    move(place, carl, exhibit, Verb.ACCEPT, seal="S 2", note="another number, seal whole")

    assert again(place, exhibit).seal == "S 2"
    assert "it left with S 1 and was found with S 2: another number, seal whole" in gaps(place, exhibit)


def test_a_seal_is_opened_for_a_reason_and_a_number_is_used_once(place):
    exhibit = place.exhibit(arrival=Arrival(seal="S 1"))
    with pytest.raises(WrongState):
        move(place, place.lead, exhibit, Verb.RESEAL, seal="S 2")
    move(place, place.lead, exhibit, Verb.OPEN_SEAL, reason="to read the telephone", witness="carl")
    with pytest.raises(WrongState):
        move(place, place.lead, exhibit, Verb.OPEN_SEAL, reason="again", witness="carl")
    with pytest.raises(BadMovement):
        move(place, place.lead, exhibit, Verb.RESEAL, seal="S 1")
    move(place, place.lead, exhibit, Verb.RESEAL, seal="S 2")

    assert again(place, exhibit).seal == "S 2"
    assert not any("left with" in why for why in gaps(place, exhibit))


def test_what_happened_and_when_it_was_written_down_are_two_times(place):
    exhibit = place.exhibit()
    happened = clock.now() - timedelta(hours=3)
    move(place, place.lead, exhibit, Verb.STORE, place="safe", occurred_at=happened, occurred_as_written="at noon")
    with place.house.transaction() as session:
        step = list(custody.steps(session, exhibit))[-1]

    assert step.occurred_at == clock.stamp(happened)
    assert step.recorded_at > step.occurred_at
    assert step.words["occurred_as_written"] == "at noon"


def test_a_late_entry_needs_its_reason_and_is_shown_as_late(place):
    exhibit = place.exhibit()
    happened = clock.now() - timedelta(hours=30)
    with pytest.raises(BadMovement) as refused:
        move(place, place.lead, exhibit, Verb.STORE, place="safe", occurred_at=happened)
    move(place, place.lead, exhibit, Verb.STORE, place="safe", occurred_at=happened, note="no network on the ship")

    assert "note" in refused.value.fields
    assert any("30 hours late: no network on the ship" in why for why in gaps(place, exhibit))
    assert any("said to have happened before" in why for why in gaps(place, exhibit))


def test_what_has_not_come_yet_cannot_have_happened(place):
    exhibit, later = place.exhibit(), clock.now() + timedelta(hours=1)
    with pytest.raises(BadMovement) as refused:
        move(place, place.lead, exhibit, Verb.STORE, place="safe", occurred_at=later)
    assert "occurred_at" in refused.value.fields


def test_time_between_seizure_and_the_first_entry_is_a_gap_unless_the_officer_brought_it(place):
    seized = Origin(seized_at=clock.now() - timedelta(hours=5), officer="Sergeant Kaya")
    left_open = place.exhibit("E-1", origin=seized)
    brought = place.exhibit("E-2", origin=seized, arrival=Arrival(received_from="sergeant kaya"))
    unknown = place.exhibit("E-3")

    assert gaps(place, left_open) == ["who had it between seizure and the first entry is not written down"]
    assert gaps(place, brought) == []
    assert gaps(place, unknown) == ["when it was seized is not known as an instant"]


def test_who_had_it_at_an_instant_can_be_told(place):
    exhibit, carl = place.exhibit(), place.colleague("carl")
    before = clock.now() - timedelta(days=1)
    between = clock.now()
    offer(place, exhibit, carl)
    move(place, carl, exhibit, Verb.ACCEPT)

    with place.house.transaction() as session:
        assert custody.custodian(session, exhibit, before) == ""
        assert custody.custodian(session, exhibit, between) == "lena"
        assert custody.custodian(session, exhibit) == "carl"


def test_what_waits_for_my_answer_is_listed(place):
    exhibit, carl = place.exhibit(), place.colleague("carl")
    offer(place, exhibit, carl)

    with place.house.transaction() as session:
        assert [one.id for one in custody.offered_to(session, carl)] == [exhibit.id]
        assert custody.offered_to(session, place.lead) == []


def test_an_act_and_its_entry_are_one_or_neither(place):
    exhibit = place.exhibit()
    session = place.house.sessions()
    custody.move(session, place.lead, exhibit.id, Verb.STORE, Movement(place="safe"))
    session.rollback()
    session.close()

    with place.house.transaction() as session:
        assert session.get_one(Exhibit, exhibit.id).place == ""
        assert [one.act for one in ledger.entries(session, exhibit.chain)] == ["receive"]
