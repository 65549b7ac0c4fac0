"""Several workers share the work, and one that starts never takes it from one that lives."""

import threading

from app import worker
from app.wiring import transaction
from core import jobs


def test_a_worker_that_starts_leaves_the_claims_of_a_living_one_alone(office):
    exhibit = office.exhibit("ana", office.case("ana"))
    stop = threading.Event()
    first = threading.Thread(target=worker.work, args=(office.app,), kwargs={"until_idle": False, "stop": stop})
    first.start()
    try:
        for number in range(4):
            office.send("ana", exhibit, f"note {number}".encode())
        second = office.work()
    finally:
        stop.set()
        first.join()
    office.work()

    assert second.failed == 0
    with office.app.app_context(), transaction() as session:
        done = jobs.tally(session)
        assert {kind: count for (kind, state), count in done.items() if state == "done"} == {
            "extract": 4,
            "index": 4,
            "money": 4,
        }
        assert {state for _kind, state in done} == {"done"}


def test_while_one_worker_lives_another_knows_that_it_is_not_alone(office):
    with office.app.app_context():
        house = worker.services()
        with worker._alone(house) as one, worker._alone(house) as other:
            assert (one, other) == (True, False)
