"""The log signed, damage found, uploads taken in: killed before every single durable step, nothing is half done."""

import pytest

LOG, UPLOADS = "tests.works_log", "tests.works_uploads"


@pytest.mark.usefixtures("database_url")
@pytest.mark.parametrize(
    ("module", "work", "by", "least"),
    [(LOG, "attesting", 4, 8), (UPLOADS, "part", 2, 6), (UPLOADS, "assembling", 4, 10)],
)
def test_killed_at_every_step(stepped, module, work, by, least):
    assert stepped(module, work, by=by) >= least


def test_killed_while_it_finds_damage_it_opens_one_incident(stepped):
    assert stepped(LOG, "looking") >= 6
