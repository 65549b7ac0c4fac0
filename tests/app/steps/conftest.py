"""Runs a piece of work that is killed at each of its steps, and gives how many steps it has."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.wiring import services, transaction
from core import accounts
from core.accounts import Role
from tests import makers, offices
from tests.app.ending.ending_office import ManyCallers, furnish
from tests.offices import Office

ROOT = Path(__file__).parents[3]
EVERY = os.environ.get("PROBANDA_TEST_EVERY_STEP", "") not in {"", "0", "no"}
Stepped = Callable[..., int]


@pytest.fixture
def stepped(request: pytest.FixtureRequest, tmp_path: Path) -> Stepped:
    """Call it with a module and a piece of work; long ones are told to step wider, unless every step is asked for."""
    offered = request.getfixturevalue("database_url") if "database_url" in request.fixturenames else ""
    more = {"database_url": offered} if offered else {}
    office = ManyCallers(offices.deployment(tmp_path / "instance", **more))
    orders = {**_furnished(office, tmp_path), "database": offered}

    def run(module: str, work: str, *, by: int = 1, **told: Any) -> int:
        # Each database begins at another step, so that together they come to more of them.
        wide = {} if EVERY else {"by": by, "first": 1 + (by // 2 if offered.startswith("postgresql") else 0)}
        path = tmp_path / "orders.json"
        path.write_text(json.dumps({**orders, "module": module, "work": work, "most": 400, **wide, **told}))
        command = [sys.executable, "-m", "tests.stepping", path]
        done = subprocess.run(command, cwd=ROOT, env=makers.environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-6000:]
        return int(json.loads(done.stdout.splitlines()[-1])["steps"])

    return run


def _furnished(office: Office, place: Path) -> dict[str, Any]:
    """Two cases and everybody that a piece of work needs, as plain values for the children."""
    with office.app.app_context():
        ending = furnish(ManyCallers(office.app, office.made), place / "instance")
        with transaction() as session:
            for name, role in (("ada", Role.ADMINISTRATOR), ("sue", Role.SUPERVISOR)):
                accounts.add(session, name, (role,), makers.PASSWORD)
        waiting = office.exhibit("ana", ending.case, authority=False)
        services().index.close()
        services().engine.dispose()
    return {
        "instance": office.app.instance_path, "tokens": office.made, "case": ending.case, "other": ending.other,
        "exhibit": ending.exhibit, "waiting": waiting,
    }  # fmt: skip
