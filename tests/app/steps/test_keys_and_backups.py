"""Keys turned, backups made and restored: killed before every single durable step, and resumed to the end."""

import pytest

KEYS = "tests.works_keys"


@pytest.mark.usefixtures("database_url")
@pytest.mark.parametrize(("work", "by", "least"), [("turning_case", 12, 10), ("turning_master", 20, 30)])
def test_killed_while_a_key_is_turned_it_goes_on(stepped, work, by, least):
    # What turns keys is a command, which is a new process each time, so its children share no opened keys.
    assert stepped(KEYS, work, by=by, anew=True) >= least


def test_a_killed_backup_never_looks_whole_and_the_next_one_is(stepped):
    assert stepped(KEYS, "backing_up", by=40) >= 20


@pytest.mark.usefixtures("database_url")
def test_a_killed_restore_never_looks_like_a_deployment_and_done_again_it_is_one(stepped):
    assert stepped(KEYS, "restoring", by=40) >= 20
