"""The keys of a deployment open what they sealed, say clearly when they are missing or wrong, and are never remade."""

from uuid import uuid4

import pytest
from sqlalchemy import select, update

from core import cipher
from core.cipher import SealBroken
from core.errors import Unavailable
from evidence.keyring import MASTER, SIGNING, CaseKey, Keyring, KeysMissing, KeysThere, KeysWrong
from evidence.vault import BlobContext
from tests import makers


@pytest.fixture
def config(tmp_path):
    made = makers.config(tmp_path)
    Keyring.make(made)
    return made


def test_both_key_files_can_be_read_by_their_owner_alone(config):
    for name, length in ((MASTER, 64), (SIGNING, 48)):
        assert (config.keys / name).stat().st_mode & 0o777 == 0o600
        assert len((config.keys / name).read_bytes()) == length


def test_a_ring_read_again_is_the_same_ring(config):
    one, other = Keyring(config), Keyring(config)

    assert (one.public, one.key_id, one.master_id) == (other.public, other.key_id, other.master_id)
    cipher.check_signature(one.public, b"text", other.sign(b"text"))


def test_keys_are_made_once_and_never_over_others(config):
    before = (config.keys / MASTER).read_bytes()

    with pytest.raises(KeysThere):
        Keyring.make(config)
    (config.keys / MASTER).unlink()
    with pytest.raises(KeysThere):
        Keyring.make(config)
    (config.keys / MASTER).write_bytes(before)


@pytest.mark.parametrize("name", [MASTER, SIGNING])
def test_a_missing_key_file_is_named(config, name):
    (config.keys / name).unlink()

    with pytest.raises(KeysMissing, match=name):
        Keyring(config)


@pytest.mark.parametrize("name", [MASTER, SIGNING])
def test_a_key_file_that_others_may_read_is_refused_with_the_remedy(config, name):
    (config.keys / name).chmod(0o640)

    with pytest.raises(KeysMissing, match="chmod 600"):
        Keyring(config)


@pytest.mark.parametrize("name", [MASTER, SIGNING])
@pytest.mark.parametrize("content", [b"", b"x" * 63, b"x" * 65, b"x" * 4096])
def test_a_file_that_is_no_key_is_refused(config, name, content):
    (config.keys / name).write_bytes(content)

    with pytest.raises(KeysWrong):
        Keyring(config)


def test_keys_of_another_deployment_do_not_pass(config, tmp_path):
    other = makers.config(tmp_path / "other")
    Keyring.make(other)
    (config.keys / MASTER).write_bytes((other.keys / MASTER).read_bytes())

    with pytest.raises(KeysWrong, match="right pair"):
        Keyring(config)
    assert issubclass(KeysWrong, Unavailable)


def test_every_case_has_a_key_of_its_own_wrapped_in_the_database(each_place):
    other = each_place.house.case(each_place.lead, "Another case")
    with each_place.house.transaction() as session:
        one = each_place.keyring.case_key(session, each_place.case.id)
        two = each_place.keyring.case_key(session, other.id)
        rows = session.scalars(select(CaseKey.wrapped)).all()

    assert len(one) == len(two) == 64
    assert one != two
    assert one not in b"".join(rows)
    with each_place.house.transaction() as session:
        assert each_place.keyring.case_key(session, each_place.case.id) == one


def test_a_wrapped_case_key_moved_to_another_case_does_not_open(place):
    other = place.house.case(place.lead, "Another case")
    with place.house.transaction() as session:
        place.keyring.case_key(session, place.case.id)
        place.keyring.case_key(session, other.id)
        wrapped = session.get_one(CaseKey, (other.id, 1)).wrapped
        session.execute(update(CaseKey).where(CaseKey.case_id == place.case.id).values(wrapped=wrapped))

    with place.house.transaction() as session, pytest.raises(KeysWrong):
        place.keyring.case_key(session, place.case.id)


def test_a_database_of_another_deployment_is_told_apart_from_a_damaged_one(place, tmp_path):
    with place.house.transaction() as session:
        place.keyring.case_key(session, place.case.id)
    stranger = Keyring.make(makers.config(tmp_path / "other"))

    with place.house.transaction() as session, pytest.raises(KeysWrong, match=stranger.master_id):
        stranger.case_key(session, place.case.id)


def test_an_object_key_opens_for_its_own_file_alone(place):
    where = BlobContext(place.case.id, uuid4(), uuid4())
    key = cipher.new_key()
    with place.house.transaction() as session:
        wrapped, version = place.keyring.wrap_object(session, where, key)

        assert place.keyring.unwrap_object(session, where, wrapped, version) == key
        with pytest.raises(SealBroken):
            place.keyring.unwrap_object(session, BlobContext(where.case, where.exhibit, uuid4()), wrapped, version)
        with pytest.raises(SealBroken):
            place.keyring.unwrap_object(session, where, wrapped[:-1] + b"\x00", version)
