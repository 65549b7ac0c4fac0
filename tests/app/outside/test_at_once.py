"""Two who have the log vouched for at once, as a round and a maker of a dossier do: no false alarm, nothing twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from app.outside import attesting, witnesses
from app.wiring import transaction
from core.ledger import checkpoints, timestamps
from core.ledger.outside import vouching
from core.ledger.timestamps import Timestamp
from tests.racing import meanwhile


def inside(watched, act):
    """The same act, in a transaction and inside the application, as another thread needs it."""

    def called():
        with watched.app.app_context(), transaction() as session:
            return act(session)

    return called


def test_a_checkpoint_that_another_worker_signed_meanwhile_is_no_fork(watched_on, monkeypatch):
    watched_on.write(3)
    submit, others = witnesses.submit, []

    def after_another_worker(*args):
        monkeypatch.setattr(witnesses, "submit", submit)
        watched_on.write(2)
        others.append(attesting.attest_now(stamp=False))
        return submit(*args)

    monkeypatch.setattr(witnesses, "submit", after_another_worker)
    done = watched_on.attest(stamp=False)

    assert done.missing == others[0].missing == ()
    assert "signing refused" not in watched_on.log()
    assert "fork" not in watched_on.weaknesses()


def test_the_same_stamp_is_wanted_once_by_two(watched_on, monkeypatch):
    def want(session):
        return timestamps.want(session, timestamps.STATEMENT, "a dossier", "0" * 64, ["Stamps"])[0].id

    outcome = meanwhile(monkeypatch, timestamps, "uuid4", inside(watched_on, want), before=True)
    mine = inside(watched_on, want)()

    assert outcome() == mine


def test_a_newer_stamp_is_wanted_once_by_two(watched_on, monkeypatch):
    def want(session):
        return timestamps.want(session, timestamps.STATEMENT, "a dossier", "0" * 64, ["Stamps"])[0].id

    first = inside(watched_on, want)()

    def again(session):
        return timestamps.want_again(session, session.get_one(Timestamp, first)).id

    outcome = meanwhile(monkeypatch, timestamps, "uuid4", inside(watched_on, again), before=True)
    mine = inside(watched_on, again)()

    assert outcome() == mine
    with watched_on.app.app_context(), transaction() as session:
        turns = session.scalars(select(Timestamp.turn).where(Timestamp.subject == "a dossier")).all()
    assert sorted(turns) == [1, 2]


def test_what_many_say_at_once_is_said_and_one_says_it_first(watched_on):
    ready = Barrier(6)

    def say(number):
        ready.wait()
        return inside(watched_on, lambda session: vouching.say(session, vouching.WITNESS, "w", vouching.AWAY))()

    with ThreadPoolExecutor(6) as pool:
        told = Counter(pool.map(say, range(6)))

    assert told == {True: 1, False: 5}


def test_the_same_line_of_a_witness_comes_to_many_at_once(watched_on):
    watched_on.attest(stamp=False)
    with watched_on.app.app_context(), transaction() as session:
        row = checkpoints.latest(session)
        (kept,) = checkpoints.cosignatures(session, row)
    name, material = kept.line.removeprefix("— ").split(" ", 1)
    ready = Barrier(6)

    def add(_number):
        ready.wait()
        line = f"— {name}x {material}"
        return inside(watched_on, lambda session: checkpoints.add_cosignature(session, row, line).digest)()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(add, range(6)))) == 1
