"""A promise is kept once, survives a lost worker, and never holds up the others."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from core import clock, jobs
from tests import makers

START = datetime(2026, 3, 1, tzinfo=UTC)
LEASE = timedelta(minutes=5)


@pytest.fixture
def house(database_url):
    made = makers.house(database_url)
    yield made
    made.engine.dispose()


def promise(house, count=1):
    with house.transaction() as session:
        return [jobs.enqueue(session, "extract", uuid4()).id for _ in range(count)]


def claim(house):
    with house.transaction() as session:
        return jobs.claim(session, ["extract"], lease=LEASE)


def test_a_promise_goes_with_the_transaction_that_made_it(house):
    with house.sessions() as session:
        jobs.enqueue(session, "extract", uuid4())
        session.flush()
        session.rollback()

    assert claim(house) is None


def test_many_workers_take_each_job_once(house):
    promise(house, 24)
    taken, lock = [], threading.Lock()

    def work():
        while (job := claim(house)) is not None:
            with lock:
                taken.append(job.id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == len(set(taken)) == 24


def test_a_job_whose_worker_was_lost_is_taken_again_after_its_lease(house):
    with clock.stopped(START):
        promise(house)
        first = claim(house)
        assert claim(house) is None
    with clock.stopped(START + LEASE + timedelta(seconds=1)):
        assert claim(house).id == first.id


def test_a_job_that_kills_every_worker_is_given_up_and_said_to_be(house):
    for turn in range(jobs.MOST_TRIES):
        with clock.stopped(START + turn * 2 * LEASE):
            if not turn:
                promise(house)
            assert claim(house) is not None
    with clock.stopped(START + 100 * LEASE):
        assert claim(house) is None
    with house.transaction() as session:
        assert jobs.tally(session) == {("extract", "failed"): 1}


def test_work_that_waits_for_an_engine_is_never_given_up(house):
    with clock.stopped(START):
        promise(house)
    for turn in range(20):
        with clock.stopped(START + timedelta(minutes=turn)):
            job = claim(house)
            with house.transaction() as session:
                jobs.postpone(session, session.merge(job), "the index is away", wait=timedelta(seconds=30))
    with house.transaction() as session:
        assert jobs.tally(session) == {("extract", "due"): 1}
        assert jobs.pending(session, ["extract"]) == 1


def test_a_claim_that_is_renewed_is_not_taken_by_another(house):
    with clock.stopped(START):
        promise(house)
        job = claim(house)
    with clock.stopped(START + LEASE - timedelta(seconds=1)), house.transaction() as session:
        jobs.renew(session, [job.id], lease=LEASE)
    with clock.stopped(START + LEASE + timedelta(seconds=1)):
        assert claim(house) is None
    with clock.stopped(START + 2 * LEASE):
        assert claim(house).id == job.id


def test_a_round_is_taken_once_until_it_is_due_again(house):
    def take():
        with house.transaction() as session:
            return jobs.take_round(session, "heartbeat", timedelta(hours=1))

    with clock.stopped(START):
        assert [take(), take()] == [True, False]
    with clock.stopped(START + timedelta(minutes=59)):
        assert take() is False
    with clock.stopped(START + timedelta(minutes=61)):
        assert [take(), take()] == [True, False]


def test_a_clock_that_goes_back_does_not_silence_a_round_until_it_has_caught_up(house):
    def due(at):
        with clock.stopped(at), house.transaction() as session:
            return jobs.take_round(session, "heartbeat", timedelta(hours=1))

    assert due(START)
    assert due(START - timedelta(days=1))
    assert not due(START - timedelta(days=1) + timedelta(minutes=5))
    assert due(START - timedelta(hours=23))


def test_a_worker_that_looked_at_its_clock_a_moment_before_does_not_take_the_round_once_more(house):
    def take(at):
        with clock.stopped(at), house.transaction() as session:
            return jobs.take_round(session, "heartbeat", timedelta(hours=1))

    assert take(START)
    assert not take(START - timedelta(milliseconds=5))
    assert take(START + timedelta(hours=1, minutes=1))
    assert not take(START + timedelta(hours=1, minutes=1) - timedelta(seconds=2))
