"""A machine that tries to break possession: anybody, any act, two at once; exactly one has it at any instant."""

import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from cases.access import Duty
from core import approvals, clock
from core.accounts import Actor, Role
from core.errors import Refusal
from core.ledger import entries as ledger
from evidence import custody, exhibits, incidents
from evidence.continuity import report
from evidence.continuity.spans import spans
from evidence.exhibits import Exhibit, State
from evidence.possession import orders
from evidence.possession.movement import Movement
from evidence.possession.verbs import AWAY, CHANGES, DISPOSALS, ENDED, Verb
from tests.evidence.depot import Depot, depot
from tests.evidence.possession.hands import again, whole

VERBS = st.sampled_from(list(Verb))
PERSON = st.integers(0, 2)


class Possession(RuleBasedStateMachine):
    """Three people do anything with one exhibit, alone or two at once; a supervisor approves now and then."""

    place: Depot

    def __init__(self) -> None:
        super().__init__()
        with self.place.house.transaction() as session:
            what = exhibits.Description(f"E-{ledger.count(session)}", "a powder", quantity="5", unit="g")
            self.exhibit = exhibits.register(session, self.place.lead, self.place.case.id, what)
        made = self.place.house.made
        self.people = [one.for_purpose("investigation") for one in (self.place.lead, made["carl"], made["dora"])]
        self.sue = made["sue"]

    def words(self, verb: Verb, to: int, seal: str, *, full: bool) -> dict[str, object]:
        return whole(verb, to=self.people[to].id, **({"seal": seal} if seal else {})) if full else {}

    @rule(
        who=PERSON, verb=VERBS, to=PERSON, seal=st.sampled_from(["", "S-1"]), full=st.booleans() | st.just(value=True)
    )
    def one_acts(self, who, verb, to, seal, full):
        before = again(self.place, self.exhibit)
        try:
            self._act(self.people[who], verb, self.words(verb, to, seal, full=full))
        except Refusal:
            after = again(self.place, self.exhibit)
            assert (after.state, after.custodian, after.seal) == (before.state, before.custodian, before.seal)
            return
        after = again(self.place, self.exhibit)
        legal = CHANGES[verb][State(before.state)]
        assert State(after.state) in {legal, State.PENDING if legal is State.HELD else legal}
        if verb is Verb.ACCEPT:
            assert (before.offered_to_id, before.custodian_id != self.people[who].id) == (self.people[who].id, True)
        if after.custodian != before.custodian and verb not in DISPOSALS:
            assert after.custodian in {self.people[who].name, "state laboratory"}

    @rule(pair=st.lists(st.tuples(PERSON, VERBS, PERSON), min_size=2, max_size=2))
    def two_act_at_once(self, pair):
        """Both looked at the same last entry, so at most one of them can have what he wants."""
        with self.place.house.transaction() as session:
            seen = max(step.position for step in custody.steps(session, self.exhibit))
        won, wrong, ready = [], [], threading.Barrier(2)

        def go(who: int, verb: Verb, to: int) -> None:
            ready.wait(timeout=20)
            try:
                self._act(self.people[who], verb, self.words(verb, to, "", full=True) | {"seen": seen})
                won.append(verb)
            except Refusal:
                pass
            except Exception as fault:  # noqa: BLE001 # whatever it is must be seen in the main thread
                wrong.append(fault)

        threads = [threading.Thread(target=go, args=one) for one in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert not wrong
        assert len(won) <= 1

    @rule(verb=st.sampled_from(sorted(DISPOSALS)))
    def a_supervisor_approves(self, verb):
        told = whole(verb)
        try:
            with self.place.house.transaction() as session:
                row = orders.propose(
                    session, self.place.lead, self.exhibit.id, Verb(verb),
                    to="" if verb is Verb.DESTROY else told["outside"], method=told["method"], reason="the order",
                )  # fmt: skip
                orders.may_approve(session, self.sue, row)
                approvals.decide(session, self.sue, row, grants=True, reason="seen")
        except Refusal:
            pass

    @invariant()
    def exactly_one_has_it(self):
        now = again(self.place, self.exhibit)
        state = State(now.state)
        assert bool(now.custodian) is (state not in ENDED)
        assert (now.custodian_id is None) == (state in {*AWAY, *ENDED})
        assert (now.offered_to_id is not None) == (state is State.OFFERED)
        assert now.offered_to_id is None or now.offered_to_id != now.custodian_id

    @invariant()
    def the_record_says_the_same_as_the_row_at_every_instant(self):
        now = again(self.place, self.exhibit)
        with self.place.house.transaction() as session:
            whole_chain = list(custody.steps(session, now))
            assert custody.custodian(session, now) == now.custodian
            assert list(ledger.breaks(session, now.chain)) == []
            report.of_possession(session, now)
            opened = len(incidents.of_exhibit(session, now))
        moves = [step for step in whole_chain if step.moves]
        assert (moves[-1].words["state"], moves[-1].seal_out) == (now.state, now.seal)
        assert all(step.custodian for step in moves if step.words["state"] not in set(ENDED))
        assert sum(step.act == "incident" for step in whole_chain) == opened
        drawn = list(spans(whole_chain))
        assert [one.until for one in drawn[:-1]] == [one.since for one in drawn[1:]]
        assert drawn[-1].until == ""

    def _act(self, actor: Actor, verb: Verb, words: dict[str, object]) -> None:
        if verb is Verb.DESTROY:
            words = words | {"outside": ""}
        with self.place.house.transaction() as session:
            custody.move(session, actor, self.exhibit.id, verb, Movement(**words))


@pytest.mark.parametrize("examples", [8])
def test_whatever_people_try_alone_or_at_once_exactly_one_has_it(database_url, tmp_path, examples):
    Possession.place = depot(database_url, tmp_path)
    Possession.place.colleague("carl")
    Possession.place.colleague("dora")
    Possession.place.colleague("sue", Role.SUPERVISOR, Duty.SUPERVISE)
    run_state_machine_as_test(
        Possession,
        settings=settings(
            max_examples=examples, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    Possession.place.house.engine.dispose()


def test_two_who_dispose_of_it_at_once_use_one_approval_once(each_place):
    sue = each_place.colleague("sue", Role.SUPERVISOR, Duty.SUPERVISE)
    exhibit = each_place.exhibit()
    ends = clock.now() - timedelta(days=1)
    with each_place.house.transaction() as session:
        words = {"number": "O 1", "court": "court", "appeal_ends": ends}
        custody.move(session, each_place.lead, exhibit.id, Verb.ORDER_RETURN, Movement(**words))
        told = {"to": "the owner", "method": "by hand", "reason": "the order"}
        row = orders.propose(session, each_place.lead, exhibit.id, Verb.RETURN, **told)
        approvals.decide(session, sue, row, grants=True, reason="seen")
    outcomes, ready = [], threading.Barrier(3)

    def give() -> None:
        ready.wait(timeout=20)
        try:
            with each_place.house.transaction() as session:
                movement = Movement(outside="the owner", method="by hand", witness="dora", receipt="R 1")
                custody.move(session, each_place.lead, exhibit.id, Verb.RETURN, movement)
            outcomes.append("done")
        except Refusal as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=give) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(outcomes) == ["WrongState", "WrongState", "done"]
    with each_place.house.transaction() as session:
        assert session.get_one(Exhibit, exhibit.id).state == State.RETURNED
        assert list(ledger.breaks(session, exhibit.chain)) == []
