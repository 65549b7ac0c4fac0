"""Keys turn while people work: killed anywhere it goes on, all is readable after it, and nothing with the old key."""

import shutil
import threading
from uuid import UUID

import pytest
from sqlalchemy import LargeBinary, func, select

from app import create_app, demo
from app.keys import sealed, turning
from app.migrations.tables import METADATA
from app.wiring import services, transaction
from cases import people
from cases.docket import Case
from cases.people import NameForm, Person
from core import accounts, approvals, cipher
from core.accounts import Role
from core.approvals import NotApproved
from core.cipher import SealBroken
from core.errors import Forbidden
from core.ledger import entries as ledger
from evidence import fixity, text
from evidence.files import File
from evidence.keyring import MASTER, CaseKey, KeysWrong
from evidence.keys import permits
from evidence.money import records
from evidence.money.records import TransactionRecord
from exports import register
from exports.register import Export
from search.answers import searches
from search.answers.searches import Search
from tests import makers, offices
from tests.app.keeping.moving import moved

# Columns of bytes that no case's key seals or wraps, each with the reason.
OTHERWISE = {
    "case_keys.wrapped": "wrapped by the master key",
    "searches.sealed": "sealed by the house's key, which the master key wraps",
    "upload_parts.wrapped_key": "wrapped by its upload's key, which is in the list",
}
NO_SECRETS = ("name_salt", "hashes", "root", "part_hashes", "salt", "token", "response", "request", "nonce", "digest")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The sample cases played through once: files, statements, people, searches, dossiers."""
    folder = tmp_path_factory.mktemp("played") / "instance"
    app = offices.deployment(folder)
    demo.play(app, lambda _words: None, None)
    with app.app_context():
        with transaction() as session:
            for name, role in (("ada", Role.ADMINISTRATOR), ("sue", Role.SUPERVISOR), ("abel", Role.ADMINISTRATOR)):
                accounts.add(session, name, (role,), makers.PASSWORD)
        services().index.close()
        services().engine.dispose()
    return folder


@pytest.fixture
def house(played, tmp_path):
    shutil.copytree(played, tmp_path / "instance")
    app = create_app(tmp_path / "instance")
    with app.app_context():
        yield services()
        services().index.close()
        services().engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def either(request, played, tmp_path):
    """The same deployment on each of the databases."""
    shutil.copytree(played, tmp_path / "instance")
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        moved(played, url)
        with (tmp_path / "instance/config.toml").open("a") as settings:
            settings.write(f'\ndatabase_url = "{url}"\n')
    app = create_app(tmp_path / "instance")
    with app.app_context():
        assert services().engine.dialect.name.startswith(request.param)
        yield services()
        services().index.close()
        services().engine.dispose()


def who(name):
    with transaction() as session:
        return accounts.named(session, name).actor("test")


def granted(kind, case_id=None):
    with transaction() as session:
        row = permits.propose(session, who("ada"), kind, "yearly", case_id=case_id)
    with transaction() as session:
        permits.decide(session, who("sue"), row.id, grants=True, reason="seen")
    return who("ada")


def the_case():
    with transaction() as session:
        query = select(File.case_id).group_by(File.case_id).order_by(func.count().desc())
        return session.scalars(query).first()


def readable(house, case_id):
    """Everything of a case that lies sealed, opened."""
    with transaction() as session:
        key = house.keyring.case_key(session, case_id)
        files = session.scalars(select(File).where(File.case_id == case_id).order_by(File.id)).all()
        found = {f"facts {one.id}": text.facts(one, key) for one in files}
        found |= {f"text {one.id}": list(text.passages(session, one, key)) for one in files}
        persons = session.scalars(select(Person).where(Person.case_id == case_id)).all()
        named = people.names(session, persons, key=key)
        found |= {f"names {one}": sorted(name for _, name in forms) for one, forms in named.items()}
        rows = session.scalars(select(TransactionRecord).where(TransactionRecord.case_id == case_id)).all()
        found |= {f"row {one.id}": records.words(key, one) for one in rows}
        for one in session.scalars(select(Export).where(Export.case_id == case_id)):
            found[f"dossier {one.id}"] = register._thaw(session, house.keyring, one)
    return found


def old_opens(house, case_id, old):
    """How many sealed things of a case the old key still opens."""
    opened = 0
    with transaction() as session:
        for holding in sealed.HOLDINGS:
            for row in session.scalars(select(holding.table).where(holding.of_case(case_id))):
                value = getattr(row, holding.column)
                try:
                    if isinstance(holding, sealed.Wrap):
                        context = holding.context(session, row)
                        for version in (1, row.key_version):
                            cipher.unwrap(
                                old, value, context=b"probanda/object-key/v1/%d/" % version + context.to_bytes()
                            )
                    elif value:
                        own = cipher.derive(old, holding.label(row))
                        for cut in (value, value[cipher.MARK :]):
                            try:
                                cipher.unseal_note(own, cut, context=holding.context(row))
                            except SealBroken:
                                continue
                            break
                        else:
                            continue
                except SealBroken:
                    continue
                opened += 1
    return opened


def test_every_column_that_may_hold_something_sealed_is_in_the_list():
    known = {one.name for one in sealed.HOLDINGS} | OTHERWISE.keys()
    columns = {
        f"{table.name}.{column.name}"
        for table in METADATA.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary) and not any(word in column.name for word in NO_SECRETS)
    }

    assert columns - known == set()


def test_after_a_turn_all_of_a_case_is_readable_and_nothing_with_the_old_key(either):
    case_id = the_case()
    before = readable(either, case_id)
    with transaction() as session:
        old = bytes(either.keyring.case_key(session, case_id))
    assert old_opens(either, case_id, old) > 20

    moved = turning.turn_case(granted(permits.CASE, case_id), case_id)

    assert moved > 20
    assert readable(either, case_id) == before
    assert old_opens(either, case_id, old) == 0
    assert [one for one in fixity.check(transaction, either.vault, either.keyring) if one is not None] == []
    assert turning.check() == []
    with transaction() as session:
        assert session.scalars(select(CaseKey.version).where(CaseKey.case_id == case_id)).all() == [2]
        assert list(ledger.breaks(session)) == []
        acts = [one.act for one in ledger.entries(session, permits.CHAIN)]
    assert acts[0] == "case key turned"
    assert acts[-1] == "old case key destroyed"


@pytest.mark.parametrize("batches", [0, 1, 3, 9])
def test_a_turn_that_was_killed_shows_itself_and_goes_on_without_a_new_approval(house, batches, monkeypatch):
    monkeypatch.setattr(turning, "BATCH", 4)
    case_id, count = the_case(), []
    before = readable(house, case_id)

    def dying(_moved):
        count.append(1)
        if len(count) > batches:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        turning.turn_case(granted(permits.CASE, case_id), case_id, told=dying)

    assert readable(house, case_id) == before, "while it is half turned everything opens"
    assert "half turned" in turning.check()[0]
    turning.turn_case(who("ada"), case_id)
    assert readable(house, case_id) == before
    assert turning.check() == []


def test_what_is_written_while_a_case_is_turned_is_under_the_new_key(either):
    case_id, written, ines = the_case(), [], who("ines")

    def write(_moved):
        if not written:
            with transaction() as session:
                case = session.get_one(Case, case_id)
                person = session.scalars(select(Person).where(Person.case_id == case_id)).first()
                key = either.keyring.case_key(session, case_id)
                form = people.add_name(session, ines, case, person, "Written Meanwhile", key=key)
                written.append(form.id)

    turning.turn_case(granted(permits.CASE, case_id), case_id, told=write)

    with transaction() as session:
        form = session.get_one(NameForm, written[0])
        assert form.sealed.startswith(cipher.mark_of(2))


def test_a_master_key_is_turned_without_touching_anything_below_it(either):
    case_id, keyring = the_case(), either.keyring
    before, old, public = readable(either, case_id), keyring.master.plain(), keyring.public
    with transaction() as session:
        asked = session.scalars(select(Search)).first()
        author = session.get_one(accounts.User, asked.user_id).actor("test", "investigation")
        words = searches.fetch(session, author, keyring, asked.id)[1]
        wrapped = session.scalars(select(File.wrapped_key).order_by(File.id)).all()

    count = turning.turn_master(granted(permits.MASTER))

    assert count >= 2
    assert keyring.master.plain() != old
    assert keyring.public == public
    assert readable(either, case_id) == before
    with transaction() as session:
        assert searches.fetch(session, author, keyring, asked.id)[1] == words
        assert session.scalars(select(File.wrapped_key).order_by(File.id)).all() == wrapped
        assert {one.master for one in session.scalars(select(CaseKey))} == {keyring.master_id}
        for row in session.scalars(select(CaseKey)):
            with pytest.raises(SealBroken):
                cipher.unwrap(old, row.wrapped, context=b"probanda/case-key/v1/%s" % str(row.case_id).encode())
    assert old not in b"".join(one.read_bytes() for one in either.config.keys.iterdir())


def test_a_process_that_runs_while_the_master_key_is_turned_finds_the_new_one_by_itself(house):
    other = create_app(house.config.instance)
    case_id = the_case()
    with other.app_context():
        running = services()

    turning.turn_master(granted(permits.MASTER))

    with transaction() as session:
        assert running.keyring.case_key(session, case_id) == house.keyring.case_key(session, case_id)
    assert running.keyring.master_id == house.keyring.master_id
    running.index.close()
    running.engine.dispose()


@pytest.mark.parametrize("stop", [0, 1])
def test_a_turn_of_the_master_key_that_was_killed_goes_on(house, monkeypatch, stop):
    monkeypatch.setattr(turning, "BATCH", 1)
    case_id, count = the_case(), []
    before = readable(house, case_id)

    def dying(_moved):
        count.append(1)
        if len(count) > stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        turning.turn_master(granted(permits.MASTER), told=dying)

    assert readable(house, case_id) == before
    assert any("half turned" in one for one in turning.check())
    turning.turn_master(who("ada"))
    assert readable(house, case_id) == before
    assert turning.check() == []
    assert not house.keyring.turning


def test_keys_are_turned_by_two_persons_and_one_of_them_is_an_administrator(house):
    case_id = the_case()
    with pytest.raises(NotApproved):
        turning.turn_case(who("ada"), case_id)
    with pytest.raises(NotApproved):
        turning.turn_master(who("ada"))
    with pytest.raises(Forbidden):
        turning.turn_case(who("sue"), case_id)
    with transaction() as session, pytest.raises(Forbidden):
        permits.propose(session, who("sue"), permits.MASTER, "why not")
    with transaction() as session:
        mine = permits.propose(session, who("ada"), permits.MASTER, "yearly").id
    with transaction() as session, pytest.raises(approvals.NotASecondPerson):
        permits.decide(session, who("ada"), mine, grants=True, reason="")
    with transaction() as session, pytest.raises(Forbidden):
        permits.decide(session, who("ines"), mine, grants=True, reason="")
    with transaction() as session:
        permits.decide(session, who("abel"), mine, grants=True, reason="")
    turning.turn_master(who("ada"))
    with pytest.raises(NotApproved):
        turning.turn_master(who("ada"))


def test_a_destroyed_key_stays_destroyed_and_is_never_made_anew(house):
    case_id = the_case()
    with transaction() as session:
        assert house.keyring.destroy_case(session, case_id) == [1]

    for _again in range(2):
        with transaction() as session, pytest.raises(KeysWrong, match="gone"):
            house.keyring.case_key(session, case_id)
    assert turning.check() == []
    with pytest.raises(turning.KeyDestroyed):
        turning.turn_case(granted(permits.CASE, case_id), case_id)


def test_old_key_files_put_back_after_a_turn_open_nothing_and_say_so(house):
    old = (house.config.keys / MASTER).read_bytes()
    turning.turn_master(granted(permits.MASTER))
    (house.config.keys / MASTER).write_bytes(old)

    with pytest.raises(KeysWrong, match="right pair"):
        create_app(house.config.instance)


def test_the_memory_for_case_keys_saves_unwrapping_and_never_outlives_a_version(house, monkeypatch):
    case_id, keyring = the_case(), house.keyring
    asked = []
    unwrap = keyring.master.__class__.unwrap

    def counting(self, *args, **more):
        asked.append(1)
        return unwrap(self, *args, **more)

    monkeypatch.setattr(keyring.master.__class__, "unwrap", counting)
    for _again in range(5):
        with transaction() as session:
            keyring.case_key(session, case_id)
    assert len(asked) <= 1
    with transaction() as session:
        session.get_one(CaseKey, (case_id, 1)).wrapped = bytes(80)
    with transaction() as session, pytest.raises(KeysWrong):
        keyring.case_key(session, case_id)


def test_two_writers_hand_in_while_the_keys_of_their_case_turn_and_nothing_is_lost(postgres_url, tmp_path):
    office = offices.Office(offices.deployment(tmp_path / "instance", database_url=postgres_url))
    case = office.case("ines")
    exhibit = office.exhibit("ines", case)
    office.send("ines", exhibit, b"before")
    over, sent, failed = threading.Event(), [], []

    def work(name):
        while not over.is_set():
            try:
                office.send("ines", exhibit, f"{name} {len(sent)}".encode(), f"{name}-{len(sent)}.txt")
                sent.append(name)
            except BaseException as fault:
                failed.append(fault)
                raise

    with office.app.app_context():
        with transaction() as session:
            for name, role in (("ada", Role.ADMINISTRATOR), ("sue", Role.SUPERVISOR)):
                accounts.add(session, name, (role,), makers.PASSWORD)
        writers = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
        for one in writers:
            one.start()
        try:
            turning.turn_case(granted(permits.CASE, UUID(case)), UUID(case))
            turning.turn_master(granted(permits.MASTER))
        finally:
            over.set()
            for one in writers:
                one.join()
        house = services()
        assert failed == []
        assert [one for one in fixity.check(transaction, house.vault, house.keyring) if one is not None] == []
        assert turning.check() == []
        with transaction() as session:
            assert session.scalars(select(CaseKey.version)).all() == [2]
            assert session.scalar(select(func.count()).select_from(File)) == len(sent) + 1
        house.index.close()
        house.engine.dispose()
