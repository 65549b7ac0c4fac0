"""The log signed, damage found, uploads taken in: killed before every single durable step, nothing is half done."""

import pytest

LOG, UPLOADS = "tests.works_log", "tests.works_uploads"


@pytest.mark.usefixtures("database_url")
@pytest.mark.parametrize(
    ("module", "work", "least"),
    [(LOG, "attesting", 8), (UPLOADS, "part", 6), (UPLOADS, "assembling", 10)],
)
def test_killed_at_every_step(stepped, module, work, least):
    assert stepped(module, work) >= least


def test_killed_while_it_finds_damage_it_opens_one_incident(stepped):
    assert stepped(LOG, "looking") >= 6
