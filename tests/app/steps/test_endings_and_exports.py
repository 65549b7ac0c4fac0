"""Orders carried out, dossiers made, kits taken in: killed before every single durable step, and seen through once."""

import pytest

ENDING = "tests.works_ending"


@pytest.mark.usefixtures("database_url")
def test_killed_while_an_order_is_carried_out_everything_agrees_and_it_is_ended(stepped):
    assert stepped(ENDING, "expunging", by=20) >= 30


@pytest.mark.parametrize(("work", "by", "least"), [("dossier", 10, 20), ("kit", 1, 2)])
def test_killed_at_every_step(stepped, work, by, least):
    assert stepped(ENDING, work, by=by) >= least
