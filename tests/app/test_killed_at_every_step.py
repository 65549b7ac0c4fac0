"""Killed before every single durable step of each piece of work, one step after the other: nothing is half done."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.wiring import services
from tests import makers, offices

ROOT = Path(__file__).parents[2]


@pytest.fixture
def office(database_url, tmp_path):
    made = offices.Office(offices.deployment(tmp_path / "instance", database_url=database_url))
    yield made
    with made.app.app_context():
        services().index.close()
        services().engine.dispose()


def stepped(office, tmp_path, work, most=80):
    """Kill this work at each of its steps; gives how many there are."""
    case = office.case("ana")
    office.token("ben")
    office.call("ana", "POST", f"/cases/{case}/members", json={"user": "ben", "duty": "investigate"})
    orders = {
        "module": "tests.works", "work": work, "most": most, "instance": office.app.instance_path,
        "tokens": office.made, "case": case, "exhibit": office.exhibit("ana", case),
    }  # fmt: skip
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(orders))
    command = [sys.executable, "-m", "tests.stepping", path]
    done = subprocess.run(command, cwd=ROOT, env=makers.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-6000:]
    return json.loads(done.stdout.splitlines()[-1])["steps"]


@pytest.mark.parametrize(("work", "least"), [("receiving", 8), ("handover", 2), ("reading", 8)])
def test_killed_at_every_step(office, tmp_path, work, least):
    assert stepped(office, tmp_path, work) >= least
