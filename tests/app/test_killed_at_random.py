"""Killed hundreds of times at random moments during mixed work: nothing acknowledged is lost, no half state is seen."""

import json
import os
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from app import proving
from app.wiring import services, transaction
from core import jobs
from core.jobs import Job
from core.ledger import checkpoints, tree
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence import fixity
from tests import makers, offices

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("PROBANDA_TEST_KILLS", "120"))
ROUNDS_OF_CHECKING = 4
TOLD = ("announced", "stored", "moved", "read", "searched", "signed", "looked")


@pytest.fixture
def office(database_url, tmp_path):
    made = offices.Office(offices.deployment(tmp_path / "instance", database_url=database_url))
    yield made
    with made.app.app_context():
        services().index.close()
        services().engine.dispose()


def orders_for(office, tmp_path):
    """A case with two people, exhibits and a few files, as plain values for the children."""
    office.token("ana")
    office.token("ben")
    case = office.case("ana")
    office.call("ana", "POST", f"/cases/{case}/members", json={"user": "ben", "duty": "investigate"})
    # One under a warrant, whose files are read by the worker; those of the others are stored and wait for an authority,
    # so that thousands of files need not be read to see that each promise is kept.
    exhibits = [office.exhibit("ana", case, authority=number == 0) for number in range(12)]
    files = [office.send("ana", exhibits[n], f"harbour {n}".encode())["file"] for n in range(3)]
    acts = ["send", "send", "move", "move", "read", "search", "attest", "look"]
    return {
        "instance": office.app.instance_path, "tokens": office.made, "exhibits": exhibits, "files": files,
        "acts": acts, "told": str(tmp_path / "told.jsonl"),
    }  # fmt: skip


def kill(orders, tmp_path, rounds, seed):
    path = tmp_path / "orders.json"
    path.write_text(json.dumps({**orders, "rounds": rounds, "seed": seed}))
    command = [sys.executable, "-m", "tests.killing", path]
    done = subprocess.run(command, cwd=ROOT, env=makers.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stderr


def everything_holds(office, given=()):
    """Chains, tree, blobs and rows agree with each other, and the tree passes through every checkpoint given out."""
    with office.app.app_context():
        house = services()
        proving.take_in()
        with transaction() as session:
            assert list(ledger.breaks(session)) == []
            keys = proving.signer(session).keys
            assert list(checkpoints.breaks(session, keys, proving.memory(), given)) == []
            assert tree.waiting(session) == 0
        assert [one for one in fixity.check(transaction, house.vault, house.keyring) if one is not None] == []


def nothing_acknowledged_is_lost(office, told):
    with office.app.app_context(), transaction() as session:
        for one in told:
            if one["act"] in {"moved", "stored"}:
                entry = session.get(Entry, (f"custody/{one['exhibit']}", one["position"]))
                assert entry is not None, one
                assert entry.digest == one["digest"]
    signed = {one["note"] for one in told if one["act"] == "signed" and one["note"]}
    everything_holds(office, [(note, "somebody outside") for note in signed])
    for one in told:
        if one["act"] == "stored":
            answer = office.call("ana", "GET", f"/files/{one['file']}/content")
            assert (answer.status_code, sha256(answer.data).hexdigest()) == (200, one["sha256"])
        elif one["act"] == "announced":
            batch = office.call("ana", "GET", f"/batches/{one['address'].split('/')[2]}").json
            item = batch["items"][0]
            assert (item["state"] == "stored") == (item["file_id"] is not None)
            assert item["state"] in {"waiting", "stored"}


def every_promise_is_kept(office):
    """After the killing a worker does what is left; what was given up after too many kills can be asked for again."""
    with office.app.app_context(), transaction() as session:
        jobs.release(session)
        for job in session.query(Job).filter(Job.state != jobs.DONE):
            # What was killed too often and not taken up since is given up by the next worker that comes to it.
            assert job.state == jobs.DUE or "given up after" in job.because
            jobs.again(session, job)
    turn = office.work()
    assert turn.failed == 0
    with office.app.app_context(), transaction() as session:
        assert {state for (_kind, state) in jobs.tally(session)} == {"done"}


def test_killed_at_random_moments_nothing_acknowledged_is_lost_and_everything_verifies(office, tmp_path):
    orders = orders_for(office, tmp_path)
    told = []
    for part in range(ROUNDS_OF_CHECKING):
        kill(orders, tmp_path, KILLS // 2 // ROUNDS_OF_CHECKING, seed=1_000_000 * part)
        everything_holds(office)
        told = [json.loads(line) for line in Path(orders["told"]).read_bytes().splitlines()]
    acts = Counter(one["act"] for one in told)
    assert min(acts[name] for name in ("announced", "stored", "moved", "read", "searched", "signed")) > KILLS // 50, (
        acts
    )
    nothing_acknowledged_is_lost(office, told)
    every_promise_is_kept(office)
    everything_holds(office)
