"""A restore that is broken off is said again and goes on in the database that it had begun to fill, and in no other."""

import json

import pytest
from sqlalchemy import create_engine, inspect, text

from app import create_app, migrations, proving
from app.backups import making, restoring, unfinished
from app.backups.restoring import BackupBroken, Order
from app.backups.unfinished import NotEmpty
from app.cli.keeping import backups
from app.wiring import services, transaction
from core.accounts import HOUSE
from core.ledger import entries as ledger
from evidence import fixity
from evidence.keys import permits
from tests import offices
from tests.app.keeping.test_drill import brought_back, closed, filled, master, saved, signed


class Broken(Exception):
    """Stands for a kill or a server that goes away."""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A deployment with evidence, and a backup of it; the deployment itself goes on."""
    place = tmp_path_factory.mktemp("source")
    office = offices.Office(offices.deployment(place / "instance"))
    filled(office)
    signed(office)
    saved(office, place / "backups")
    yield office, place / "backups"
    closed(office)


def order(source, target, url, **more):
    return Order(source[1], target, master=master(source[0]), database=url, **more)


def broken_off(source, target, url, monkeypatch, after="settled"):
    """Restore, and break off: before the index is made, after that, or right after the folder had its name."""

    def settle(folder):
        if after != "committed":
            backups._settle({}, folder)
        if after != "named":
            raise Broken

    if after == "named":
        monkeypatch.setattr(unfinished, "done", lambda *_given: (_ for _ in ()).throw(Broken))
    with pytest.raises(Broken):
        restoring.restore(order(source, target, url), settle)
    monkeypatch.undo()


def tables(url):
    """How many rows each table has, and whether a mark is there."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as link:
        there = inspect(link).get_table_names()
        told = {name: link.scalar(text(f'SELECT count(*) FROM "{name}"')) for name in there}  # noqa: S608 - our tables
    engine.dispose()
    return told


def triggers(url):
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    asked = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if url.startswith("sqlite")
        else "SELECT tgrelid::regclass || tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
    )
    with engine.connect() as link:
        told = sorted(link.scalars(text(asked)))
    engine.dispose()
    return told


@pytest.mark.parametrize("after", ["committed", "settled"])
def test_a_restore_that_was_broken_off_is_said_again_and_is_whole(
    source, tmp_path, database_url, monkeypatch, after
):  # fmt: skip
    target = tmp_path / "restored"
    broken_off(source, target, database_url, monkeypatch, after)
    assert tables(database_url)["ledger_entries"] > 0
    assert not target.exists()
    guards = triggers(database_url)
    assert [one.name for one in unfinished.folder_of(target).iterdir()] == [unfinished.WORD], "no key is left lying"

    brought_back(source[1], target, source[0], database=database_url)

    assert unfinished._MARK.name not in tables(database_url)
    assert triggers(database_url) == guards
    assert not (target / unfinished.WORD).exists()
    again = offices.Office(create_app(target))
    with again.app.app_context():
        house = services()
        assert all(one is None for one in fixity.check(transaction, house.vault, house.keyring))
        with transaction() as session:
            assert list(ledger.breaks(session)) == []
            acts = [one.act for one in ledger.entries(session, permits.CHAIN)]
            assert acts.count("restored from a backup") == 1
        assert migrations.differences(house.engine) == []
    closed(again)


def test_in_what_is_held_by_another_restore_nothing_is_changed_and_it_is_said_what_to_do(
    source, tmp_path, database_url, monkeypatch
):
    broken_off(source, tmp_path / "restored", database_url, monkeypatch)
    before = tables(database_url)

    with pytest.raises(NotEmpty, match=r"was broken off after .* nothing was changed.*same --instance"):
        brought_back(source[1], tmp_path / "elsewhere", source[0], database=database_url)
    assert tables(database_url) == before
    brought_back(source[1], tmp_path / "restored", source[0], database=database_url)


def test_a_restore_whose_folder_is_lost_says_what_to_do(source, tmp_path, database_url, monkeypatch):
    target = tmp_path / "restored"
    broken_off(source, target, database_url, monkeypatch)
    (unfinished.folder_of(target) / unfinished.WORD).write_text("{}")

    with pytest.raises(NotEmpty, match="make the database anew"):
        brought_back(source[1], target, source[0], database=database_url)


def test_the_database_of_a_deployment_is_never_emptied_also_when_a_mark_was_left_in_it(
    source, tmp_path, database_url, monkeypatch
):
    target = tmp_path / "restored"
    broken_off(source, target, database_url, monkeypatch, "named")
    assert (target / "config.toml").exists(), "it had its name, and works"
    before = tables(database_url)
    assert before[unfinished._MARK.name] == 1

    for place in (target, tmp_path / "elsewhere"):
        with pytest.raises(NotEmpty, match=r"is not empty|holds rows already"):
            brought_back(source[1], place, source[0], database=database_url)
    assert tables(database_url) == before

    # Also with the word of that restore in hand, which nobody has by accident, the folder's name stands in the way.
    again = offices.Office(create_app(target))
    with again.app.app_context(), transaction() as session:
        unfinished.done(session.connection(), target)
    assert unfinished._MARK.name not in tables(database_url)
    assert not (target / unfinished.WORD).exists()
    closed(again)


def test_the_tables_of_a_database_in_use_are_not_even_brought_up(source, tmp_path, database_url):
    other = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with other.begin() as link:
        link.execute(text("CREATE TABLE counters (id INTEGER)"))
        link.execute(text("INSERT INTO counters VALUES (1)"))
    other.dispose()

    with pytest.raises(NotEmpty, match=r"counters"):
        brought_back(source[1], tmp_path / "restored", source[0], database=database_url)
    assert tables(database_url) == {"counters": 1}


def test_a_backup_that_does_not_hold_leaves_what_was_left_before_and_the_next_one_goes_on(
    source, tmp_path, database_url, monkeypatch
):
    target = tmp_path / "restored"
    broken_off(source, target, database_url, monkeypatch)
    before = tables(database_url)
    monkeypatch.setattr(restoring, "_proofs", lambda *_given: [making.Fault("ledger", "it was said to be broken")])
    with pytest.raises(BackupBroken):
        brought_back(source[1], target, source[0], database=database_url)
    assert tables(database_url) == before
    monkeypatch.undo()

    brought_back(source[1], target, source[0], database=database_url)
    assert json.loads((target / "restored.json").read_bytes())["v"] == 1


def test_a_checkpoint_that_was_taken_away_before_the_backup_stops_the_restore(tmp_path):
    office = offices.Office(offices.deployment(tmp_path / "instance"))
    with office.app.app_context():
        for name in ("first", "second"):
            with transaction() as session:
                ledger.append(session, "case/test", HOUSE, name)
            proving.take_in()
            size = proving.sign().size
        with services().engine.begin() as link:
            link.execute(text("DROP TRIGGER checkpoints_no_delete"))
            link.execute(text("DELETE FROM checkpoints WHERE size < :size"), {"size": size})
    saved(office, tmp_path / "backups")

    with pytest.raises(BackupBroken, match=r"house/log, entry 1\): the checkpoint of \d+ entries, .*, was removed"):
        brought_back(tmp_path / "backups", tmp_path / "restored", office)
    closed(office)
