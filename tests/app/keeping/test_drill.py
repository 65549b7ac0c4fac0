"""A backup made while people work is restored somewhere else and proves itself; what was damaged in it is named."""

import json
import threading
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text

from app import create_app, fixing
from app.backups import making, restoring, rows, store
from app.backups.restoring import BackupBroken, NotEmpty, Order
from app.backups.store import ManifestWrong, NoBackup
from app.cli.keeping import backups
from app.wiring import services, transaction
from core import accounts, cipher
from core.accounts import WORKER, Role
from core.ledger import checkpoints, tree
from core.ledger import entries as ledger
from core.ledger.checkpoints import Signer
from core.ledger.memory import Memory, NotRejoined
from evidence import fixity
from evidence.ending import shredding, tombstones
from evidence.ending.tombstones import TombstonesBroken
from evidence.files import File, State
from evidence.keyring import MASTER
from evidence.keys.files import KeysMissing, KeysWrong
from evidence.keys.permits import NotForKeys
from evidence.uploads.rows import Part
from tests import offices
from tests.app import uploads
from tests.operators import Operator


@pytest.fixture(params=["sqlite", "postgres"])
def busy(request, tmp_path):
    """A deployment with evidence in it, on each database."""
    more = {"database_url": request.getfixturevalue("postgres_url")} if request.param == "postgres" else {}
    made = offices.Office(offices.deployment(tmp_path / "instance", **more))
    filled(made)
    yield made
    closed(made)


@pytest.fixture
def calm(tmp_path):
    """A deployment with evidence in it, on SQLite."""
    made = offices.Office(offices.deployment(tmp_path / "instance"))
    filled(made)
    yield made
    closed(made)


def closed(office):
    with office.app.app_context():
        services().index.close()
        services().engine.dispose()


def filled(office):
    exhibit = office.exhibit("ines", office.case("ines"))
    office.send("ines", exhibit, b"Call +49 30 23125 999 after the landing.\n")
    office.send("ines", exhibit, bytes(range(256)) * 400, "image.bin")
    office.work()


def saved(office, folder, role=Role.ADMINISTRATOR):
    with office.app.app_context():
        with transaction() as session:
            names = {one.name for one in accounts.everyone(session)}
            user = accounts.named(session, role.value) if role.value in names else accounts.add(
                session, role.value, (role,), "a long enough password"
            )  # fmt: skip
            actor = user.actor("test")
        return making.make(actor, folder)


def master(office):
    with office.app.app_context():
        return services().config.keys / MASTER


def brought_back(folder, target, office, **more):
    outcome = {}
    order = Order(folder, target, master=master(office), **more)
    return restoring.restore(order, partial(backups._settle, outcome)), outcome


def counted(app):
    with app.app_context(), transaction() as session:
        return {table.name: session.scalar(select(func.count()).select_from(table)) for table in making.tables()}


def test_what_is_restored_is_what_was_saved_down_to_the_last_byte(busy, tmp_path):
    made = saved(busy, tmp_path / "backups")
    before = counted(busy.app)

    done, outcome = brought_back(tmp_path / "backups", tmp_path / "restored", busy)

    assert (done.rows, done.blobs) == (made.rows, 2)
    assert outcome == {"tombstones": 0, "destroyed": 0, "restricted": 0}
    again = offices.Office(create_app(tmp_path / "restored"))
    after = counted(again.app)
    grown = {"ledger_entries", "ledger_heads"}
    assert {name: count for name, count in after.items() if name not in grown} == {
        name: count for name, count in before.items() if name not in grown
    }
    with again.app.app_context():
        house = services()
        assert all(one is None for one in fixity.check(transaction, house.vault, house.keyring))
        with transaction() as session:
            assert list(ledger.breaks(session)) == []
            assert house.index.ready().documents > 0
    closed(again)


def test_uploads_that_are_under_way_go_on_after_a_restore_and_those_that_ended_leave_nothing_amiss(calm, tmp_path):
    calm.token("ana", Role.INVESTIGATOR)
    exhibit = calm.exhibit("ana", calm.case("ana"))
    ended, going = (uploads.sheeted(calm, exhibit) for _one in range(2))
    for number in range(1, uploads.PARTS + 1):
        assert uploads.put(calm, ended, number).status_code == 200
    for number in (1, 2, 4):
        assert uploads.put(calm, going, number).status_code == 200
    calm.work()
    with calm.app.app_context():
        fixing.slice_now()
    made = saved(calm, tmp_path / "backups")
    assert made.faults == ()
    assert restoring.check(tmp_path / "backups")[1] == []

    brought_back(tmp_path / "backups", tmp_path / "restored", calm)

    again = offices.Office(create_app(tmp_path / "restored"), dict(calm.made))
    assert uploads.held(again, going) == [1, 2, 4]
    with again.app.app_context(), transaction() as session:
        lost = session.scalars(select(Part).where(Part.upload_id == UUID(going["id"])).order_by(Part.start)).first()
        services().vault.discard(lost.blob)
    for number in (3, 5):
        assert uploads.put(again, going, number).status_code == 200
    again.work()
    assert uploads.held(again, going) == [2, 3, 4, 5], "what is lost is asked for again, and nothing else"
    assert uploads.put(again, going, 1).status_code == 200
    again.work()
    assert uploads.stored(again, going)["sha256"] == uploads.sha(uploads.CONTENT)
    closed(again)


@pytest.mark.parametrize("busy", ["sqlite"], indirect=True)
def test_a_backup_of_one_database_is_restored_into_the_other(busy, tmp_path, postgres_url):
    saved(busy, tmp_path / "backups")

    brought_back(tmp_path / "backups", tmp_path / "restored", busy, database=postgres_url)

    again = offices.Office(create_app(tmp_path / "restored"))
    with again.app.app_context():
        house = services()
        assert house.engine.dialect.name == "postgresql"
        assert [one for one in fixity.check(transaction, house.vault, house.keyring) if one is not None] == []
    again.made.update(busy.made)
    filled(again)  # and work goes on there
    closed(again)


def test_people_go_on_working_while_it_is_made_and_what_is_in_it_fits_together(busy, tmp_path):
    exhibit = busy.exhibit("ines", busy.case("ines"))
    over, sent = threading.Event(), []

    def work(name):
        while not over.is_set():
            sent.append(busy.send("ines", exhibit, f"{name} {len(sent)}".encode(), f"{name}-{len(sent)}.txt"))

    writers = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    for one in writers:
        one.start()
    try:
        folders = [saved(busy, tmp_path / "one").folder, saved(busy, tmp_path / "two").folder]
    finally:
        over.set()
        for one in writers:
            one.join()

    for folder in folders:
        assert restoring.check(folder.parent)[1] == []
    brought_back(tmp_path / "two", tmp_path / "restored", busy)  # which reads every chain, row and blob
    assert len(sent) > 0


def test_a_second_backup_copies_only_what_is_new(calm, tmp_path):
    first = saved(calm, tmp_path / "backups")
    exhibit = calm.exhibit("ines", calm.case("ines"))
    calm.send("ines", exhibit, b"one more")
    first.folder.rename(first.folder.with_name("2026-01-01T00-00-00Z"))

    second = saved(calm, tmp_path / "backups")

    assert (first.copied, second.blobs, second.copied) == (2, 3, 1)
    assert restoring.check(tmp_path / "backups", "2026-01-01T00-00-00Z")[1] == []
    assert restoring.check(tmp_path / "backups")[1] == []


def test_the_master_key_is_nowhere_in_it_and_no_word_of_the_evidence(calm, tmp_path):
    saved(calm, tmp_path / "backups")

    key = master(calm).read_bytes()
    for path in (one for one in (tmp_path / "backups").rglob("*") if one.is_file()):
        whole = path.read_bytes()
        assert key not in whole
        assert b"landing" not in whole
        assert b"Sealed truck" not in whole, "titles of cases stand in the rows, and the rows are sealed"


def test_only_an_administrator_makes_one(calm, tmp_path):
    with pytest.raises(NotForKeys):
        saved(calm, tmp_path / "backups", Role.AUDITOR)


def parts(folder):
    whole = next(one for one in folder.iterdir() if (one / store.MANIFEST).exists())
    return whole, sorted(one for one in (folder / "blobs").rglob("*") if one.is_file())


def overwrite(path, content):
    path.chmod(0o600)
    path.write_bytes(content)
    return path.name


def flipped(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    return bytes(content)


def swap(one, two):
    contents = one.read_bytes(), two.read_bytes()
    overwrite(one, contents[1])
    return overwrite(two, contents[0])


def remove(path):
    path.unlink()
    return path.name


DAMAGES = {
    "a blob is missing": lambda _whole, blobs: remove(blobs[0]),
    "two blobs are swapped": lambda _whole, blobs: swap(blobs[0], blobs[1]),
    "a blob is cut": lambda _whole, blobs: overwrite(blobs[0], blobs[0].read_bytes()[:-1]),
    "rows are cut": lambda whole, _blobs: overwrite(
        whole / "rows/files.sealed", (whole / "rows/files.sealed").read_bytes()[:-20]
    ),
    "rows are changed": lambda whole, _blobs: overwrite(
        whole / "rows/files.sealed", flipped(whole / "rows/files.sealed", 70)
    ),
    "rows are missing": lambda whole, _blobs: remove(whole / "rows/files.sealed"),
    "something was put in": lambda whole, _blobs: overwrite(touched(whole / "rows/more.sealed"), b"x"),
    "the list of blobs is shorter": lambda whole, _blobs: overwrite(
        whole / store.LIST, (whole / store.LIST).read_bytes().split(b"\n")[0] + b"\n"
    ),
    "a key file is changed": lambda whole, _blobs: overwrite(whole / "keys/house.key", bytes(80)),
}


def touched(path):
    path.touch()
    return path


@pytest.mark.parametrize("how", list(DAMAGES))
def test_each_damage_is_found_without_a_key_and_named_and_nothing_is_restored(calm, tmp_path, how):
    folder = tmp_path / "backups"
    saved(calm, folder)
    named = DAMAGES[how](*parts(folder))

    found = restoring.check(folder)[1]

    assert any(named in str(one) for one in found), found
    with pytest.raises(BackupBroken, match=named.replace(".", r"\.")):
        brought_back(folder, tmp_path / "restored", calm)
    assert not (tmp_path / "restored").exists()


def test_an_edited_manifest_does_not_pass_and_a_forged_one_is_told_by_its_key(calm, tmp_path):
    folder = saved(calm, tmp_path / "backups").folder
    path = folder / store.MANIFEST
    outer = json.loads(path.read_bytes())
    told = json.loads(outer["manifest"])
    told["entries"] -= 1
    path.write_bytes(json.dumps({**outer, "manifest": store.statement(told).decode()}).encode())
    with pytest.raises(ManifestWrong, match="signature"):
        restoring.check(folder.parent)

    seed = cipher.new_key()
    forged = store.manifest_text(told, cipher.public_key(seed), cipher.sign(seed, store.statement(told)))
    path.write_bytes(forged)
    assert restoring.check(folder.parent)[1] == []
    assert "not the key given" in str(restoring.check(folder.parent, key=outer["public"])[1][0])
    with pytest.raises(KeysWrong, match="signed by another key"):
        brought_back(folder.parent, tmp_path / "restored", calm)


def test_rows_changed_by_somebody_who_has_the_keys_are_found_by_the_ledger(calm, tmp_path):
    """The administrator's own forgery: an entry rewritten, sealed and signed as a real backup would be."""
    with calm.app.app_context():
        with services().engine.begin() as connection:
            connection.execute(text("DROP TRIGGER ledger_entries_no_update"))
            connection.execute(text("UPDATE ledger_entries SET act = 'nothing' WHERE position = 2"))
        services().engine.dispose()
    saved(calm, tmp_path / "backups")

    with pytest.raises(BackupBroken, match="its columns do not say what its sealed text says"):
        brought_back(tmp_path / "backups", tmp_path / "restored", calm)


def test_an_unfinished_backup_is_none_and_the_next_run_takes_its_blobs(calm, tmp_path, monkeypatch):
    folder = tmp_path / "backups"
    copy, copied = store.Store.copy, []

    def dying(self, vault, blob):
        if copied:
            raise KeyboardInterrupt
        copied.append(blob)
        return copy(self, vault, blob)

    monkeypatch.setattr(store.Store, "copy", dying)
    with pytest.raises(KeyboardInterrupt):
        saved(calm, folder)
    with pytest.raises(NoBackup, match="never finished"):
        restoring.check(folder)
    monkeypatch.setattr(store.Store, "copy", copy)

    made = saved(calm, folder)

    assert made.copied == 1
    assert restoring.check(folder)[1] == []
    assert list(folder.glob("*.part")) == []


def test_a_restore_writes_over_nothing(calm, tmp_path):
    saved(calm, tmp_path / "backups")
    target = tmp_path / "taken"
    target.mkdir()
    (target / "mine").write_text("mine")

    with pytest.raises(NotEmpty, match="not empty"):
        brought_back(tmp_path / "backups", target, calm)
    assert [one.name for one in target.iterdir()] == ["mine"]


def test_a_restore_without_the_master_key_says_where_it_can_come_from(calm, tmp_path):
    saved(calm, tmp_path / "backups")
    order = Order(tmp_path / "backups", tmp_path / "restored")

    with pytest.raises(KeysMissing, match="keys recover"):
        restoring.restore(order, lambda _folder: None)
    wrong = tmp_path / "wrong.key"
    wrong.write_bytes(cipher.new_key(64))
    wrong.chmod(0o600)
    with pytest.raises(KeysWrong):
        restoring.restore(Order(tmp_path / "backups", tmp_path / "restored", master=wrong), lambda _folder: None)


def test_a_blob_that_the_vault_lacks_makes_the_backup_say_so(calm, tmp_path):
    with calm.app.app_context(), transaction() as session:
        blob = session.scalars(select(File.blob)).first()
        (services().vault.root / blob).unlink()

    made = saved(calm, tmp_path / "backups")

    assert [one.what for one in made.faults] == [f"blob {blob}"]
    assert any(blob in str(one) for one in restoring.check(tmp_path / "backups")[1])


def signed(office):
    with office.app.app_context():
        house = services()
        memory = Memory.of(house.config.instance)
        with transaction() as session:
            tree.sequence(session)
        with transaction() as session:
            origin = checkpoints.origin(session, memory, "office", house.keyring.key_id)
            signer = Signer(origin, house.keyring.public, house.keyring.sign)
            return checkpoints.sign(session, signer, memory).note


def test_a_restored_log_signs_nothing_until_it_is_shown_what_was_given_out(calm, tmp_path, database_url):
    signed(calm)
    saved(calm, tmp_path / "backups")
    brought_back(tmp_path / "backups", tmp_path / "restored", calm, database=database_url)
    again = offices.Office(create_app(tmp_path / "restored"))

    with pytest.raises(NotRejoined, match="ledger rejoin"):
        signed(again)
    closed(again)


def test_a_restored_log_goes_on_after_the_newest_checkpoint_and_never_after_a_newer_one(calm, tmp_path, database_url):
    first = signed(calm)
    saved(calm, tmp_path / "backups")
    filled(calm)
    later = signed(calm)
    brought_back(tmp_path / "backups", tmp_path / "restored", calm, database=database_url)
    again = offices.Office(create_app(tmp_path / "restored"))
    notes = {name: tmp_path / name for name in ("first", "later")}
    notes["first"].write_text(first)
    notes["later"].write_text(later)
    said = Operator(tmp_path / "restored")

    assert "covers" in said.refused(2, "ledger", "rejoin", notes["later"], "--as", "administrator")
    with pytest.raises(NotRejoined):
        signed(again)
    said.run("ledger", "rejoin", notes["first"], "--as", "administrator")

    assert int(signed(again).splitlines()[1]) > int(first.splitlines()[1])
    closed(again)


def test_rows_of_every_kind_come_back_as_they_were(calm):
    with calm.app.app_context(), services().engine.connect() as connection:
        for table in making.tables():
            written = list(rows.lines(connection, table))
            assert len(written) >= 1
            names = json.loads(written[0])
            for line, row in zip(written[1:], connection.execute(select(table).order_by(*table.primary_key.columns)),
                                 strict=True):  # fmt: skip
                assert rows._row(table, names, line, 2) == row._asdict()


def test_what_was_destroyed_after_the_backup_is_destroyed_again_after_the_restore(calm, tmp_path, database_url):
    saved(calm, tmp_path / "backups")
    with calm.app.app_context():
        house, stones = services(), services().config.instance / tombstones.FILE
        with transaction() as session:
            file = session.scalars(select(File).order_by(File.received)).first()
            blob, thing = file.blob, file.id
            gone = shredding.shred_file(session, WORKER, file, number="O 1/26", keep_hash=False)
            tombstones.set_up(session, WORKER, house.keyring, gone, order=uuid4(), number="O 1/26")
            written = tombstones.lines(session)
        tombstones.write_out(stones, written)

    more = {"stones": stones, "database": database_url}
    outcome = brought_back(tmp_path / "backups", tmp_path / "restored", calm, **more)[1]

    assert outcome == {"tombstones": 1, "destroyed": 1, "restricted": 0}
    again = offices.Office(create_app(tmp_path / "restored"))
    with again.app.app_context():
        with transaction() as session:
            assert session.get_one(File, thing).state == State.EXPUNGED
            assert list(ledger.breaks(session)) == []
        assert not (services().vault.root / blob).exists()
    closed(again)


def test_a_list_of_tombstones_that_was_changed_restores_nothing(calm, tmp_path):
    saved(calm, tmp_path / "backups")
    forged = tmp_path / "forged.jsonl"
    forged.write_text('{"tombstone": "{}", "signature": "00"}\n')

    with pytest.raises(TombstonesBroken, match="line 1"):
        brought_back(tmp_path / "backups", tmp_path / "restored", calm, stones=forged)
    assert not (tmp_path / "restored").exists()


def test_old_backups_go_with_the_blobs_that_only_they_held(calm, tmp_path):
    folder = tmp_path / "backups"
    first = saved(calm, folder)
    first.folder.rename(first.folder.with_name("2026-01-01T00-00-00Z"))
    with calm.app.app_context(), transaction() as session:
        file = session.scalars(select(File)).first()
        blob = file.blob
        shredding.shred_file(session, WORKER, file, number="O 1/26", keep_hash=False)
    saved(calm, folder)
    assert (folder / "blobs" / blob).exists()

    assert store.Store(folder).prune(1) == (["2026-01-01T00-00-00Z"], 1)

    assert not (folder / "blobs" / blob).exists()
    assert restoring.check(folder)[1] == []
