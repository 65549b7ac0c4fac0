"""Backups that the worker makes by itself, and what hinders them told to the administrator instead of a log alone."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from app.backups import making, restoring, scheduled
from app.backups.store import BackupUnderWay, Store
from app.wiring import services, transaction
from core import accounts, clock
from core.accounts import Role
from core.ledger import entries as ledger
from core.ledger.entries import Entry
from evidence.keys import permits, standing
from tests import offices
from tests.app import disks
from tests.makers import PASSWORD

START = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def office(tmp_path, folder):
    """A deployment whose settings name a folder of backups, with a file in it and an administrator."""
    made = offices.Office(offices.deployment(tmp_path / "instance", backup_folder=str(folder), backup_keep="2"))
    with clock.stopped(START - timedelta(days=1)):
        made.send("ines", made.exhibit("ines", made.case("ines")), b"call after the landing\n")
        made.work_in_this_thread()
    with made.app.app_context(), transaction() as session:
        accounts.add(session, "ada", (Role.ADMINISTRATOR,), PASSWORD)
    yield made
    with made.app.app_context():
        services().index.close()
        services().engine.dispose()


def by_hand(office, folder, at=START):
    with clock.stopped(at), office.app.app_context():
        with transaction() as session:
            ada = accounts.named(session, "ada").actor("test")
        return making.make(ada, folder)


def round_at(office, at):
    """Let the round come by at this time, and the worker do what it promised; gives how many jobs that were."""
    with clock.stopped(at), office.app.app_context():
        scheduled.look()
        return office.work_in_this_thread().done


def entered(office, act):
    with office.app.app_context(), transaction() as session:
        found = session.query(Entry).filter(Entry.chain == permits.CHAIN, Entry.act == act).order_by(Entry.position)
        return [ledger.words(one) for one in found]


def administration(office):
    """The administrator's page as she sees it."""
    client = office.app.test_client()
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    client.post("/sign-in", data={"name": "ada", "password": PASSWORD, "csrf_token": found[1]})
    return client.get("/administration").text


def shown(office):
    """Why the last backup did not come, as the state of the keys tells it; nothing when it came."""
    with office.app.app_context(), transaction() as session:
        return standing.of(session, services().keyring).backup_hindered


def test_after_the_first_by_hand_one_comes_each_day_and_old_ones_go(office, folder):
    by_hand(office, folder)
    assert round_at(office, START + timedelta(hours=23)) == 0
    for day in (1, 2):
        assert round_at(office, START + timedelta(days=day, minutes=day)) == 1
        assert round_at(office, START + timedelta(days=day, hours=1)) == 0

    assert Store(folder).names() == ["2026-11-27T02-01-00Z", "2026-11-28T02-02-00Z"]
    assert restoring.check(folder)[1] == []
    assert entered(office, "backups removed")[-1]["names"] == ["2026-11-26T02-00-00Z"]
    assert shown(office) == ""


def test_without_a_folder_in_the_settings_none_comes(tmp_path):
    bare = offices.Office(offices.deployment(tmp_path / "instance"))

    assert round_at(bare, START) == 0
    with bare.app.app_context():
        scheduled.make(permits.HOUSE)
    assert entered(bare, standing.NOT_MADE) == []


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("the folder is away", "is not there; is its disk mounted"),
        ("an empty folder is in its place", "holds no backup; mount its disk"),
        ("only one that was never finished is there", "holds no backup"),
    ],
)
def test_a_disk_that_is_away_is_told_and_nothing_is_written_in_its_place(office, folder, gone, said):
    by_hand(office, folder)
    aside = folder.rename(folder.with_name("unmounted"))
    if gone != "the folder is away":
        folder.mkdir()
    if "never finished" in gone:
        (folder / "2026-11-26T02-00-00Z.part").mkdir()
    then = START + timedelta(days=2)
    assert round_at(office, then) == 1
    assert round_at(office, then + timedelta(minutes=30)) == 0

    assert said in shown(office)
    assert not folder.exists() or not [one for one in folder.iterdir() if one.suffix != ".part"]
    with clock.stopped(then + timedelta(minutes=31)):
        page = administration(office)
    assert said in page
    assert len(entered(office, standing.NOT_MADE)) == 1

    if folder.exists():
        folder.rename(folder.with_name("mountpoint"))
    aside.rename(folder)
    assert round_at(office, then + timedelta(minutes=70)) == 1
    assert shown(office) == ""
    assert len(Store(folder).names()) == 2


def test_a_folder_of_another_office_takes_none_of_ours(office, folder, tmp_path):
    other = offices.Office(offices.deployment(tmp_path / "other"))
    with other.app.app_context(), transaction() as session:
        accounts.add(session, "ada", (Role.ADMINISTRATOR,), PASSWORD)
    by_hand(other, folder)

    assert round_at(office, START + timedelta(days=2)) == 1
    assert "is of another office" in shown(office)
    assert len(Store(folder).names()) == 1


def test_a_full_disk_is_told_and_the_next_backup_comes_when_there_is_room(office, folder):
    with disks.small_disk(folder) as disk:
        by_hand(office, folder)
        with clock.stopped(START - timedelta(hours=2)):
            office.send("ines", office.exhibit("ines", office.case("ines")), bytes(range(256)) * 8192)
            office.work_in_this_thread()
        then = START + timedelta(days=2)
        with disk.full(64 << 10):
            assert round_at(office, then) == 1
        assert "what was made of this backup does not count" in shown(office)
        assert len(Store(folder).names()) == 1
        assert restoring.check(folder)[1] == []

        round_at(office, then + timedelta(hours=2))
        assert shown(office) == ""
        assert len(Store(folder).names()) == 2
        assert restoring.check(folder)[1] == []


def test_of_two_in_one_folder_the_second_is_sent_away_and_takes_nothing(office, folder):
    by_hand(office, folder)
    half = folder / "2026-11-26T03-00-00Z.part"
    with Store(folder).alone():
        half.mkdir()
        with pytest.raises(BackupUnderWay, match="nothing was done"):
            by_hand(office, folder, START + timedelta(hours=1))
        assert round_at(office, START + timedelta(days=2)) == 1
        assert half.is_dir()
    assert entered(office, standing.NOT_MADE) == []

    by_hand(office, folder, START + timedelta(days=2, hours=1))
    assert not half.exists()
    assert len(Store(folder).names()) == 2
