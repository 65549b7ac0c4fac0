"""Killed before the durable steps of each piece of work, one after the other: nothing is half done."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.wiring import services
from tests import makers, offices

ROOT = Path(__file__).parents[2]
EVERY = os.environ.get("PROBANDA_TEST_EVERY_STEP", "") not in {"", "0", "no"}


@pytest.fixture
def office(database_url, tmp_path):
    made = offices.Office(offices.deployment(tmp_path / "instance", database_url=database_url))
    yield made
    with made.app.app_context():
        services().index.close()
        services().engine.dispose()


def stepped(office, tmp_path, work, by, most=80):
    """Kill this work at each of its steps, or at some of them unless all are asked for; gives how many there are."""
    case = office.case("ana")
    office.token("ben")
    office.call("ana", "POST", f"/cases/{case}/members", json={"user": "ben", "duty": "investigate"})
    orders = {
        "module": "tests.works", "work": work, "most": most, "instance": office.app.instance_path,
        "tokens": office.made, "case": case, "exhibit": office.exhibit("ana", case),
    }  # fmt: skip
    if not EVERY:
        with office.app.app_context():
            on_server = services().engine.dialect.name == "postgresql"
        # Each database begins at another step, so that together they come to more of them.
        orders |= {"by": by, "first": 1 + (by // 2 if on_server else 0)}
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(orders))
    command = [sys.executable, "-m", "tests.stepping", path]
    done = subprocess.run(command, cwd=ROOT, env=makers.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-6000:]
    return json.loads(done.stdout.splitlines()[-1])["steps"]


@pytest.mark.parametrize(("work", "by", "least"), [("receiving", 4, 8), ("handover", 1, 2), ("reading", 4, 8)])
def test_killed_at_every_step(office, tmp_path, work, by, least):
    assert stepped(office, tmp_path, work, by) >= least
