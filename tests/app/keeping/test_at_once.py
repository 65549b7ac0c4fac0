"""Keys that turn or go while others are at it: no old key goes under a reader, and none comes up in a gone case."""

from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import select

from app.keys import turning
from app.keys.turning import WritersStay
from app.wiring import services, transaction
from cases.docket import Case
from core import accounts
from core.accounts import WORKER, Role
from evidence.ending import shredding
from evidence.keyring import CaseKey
from evidence.keys import permits
from tests import makers, offices
from tests.app.keeping.test_turning import granted
from tests.racing import meanwhile


@contextmanager
def kept(folder, url):
    """A case with a sealed file, and those who look after its key."""
    office = offices.Office(offices.deployment(folder, database_url=url))
    made = office.case("ines")
    office.send("ines", office.exhibit("ines", made), b"sealed")
    with office.app.app_context():
        with transaction() as session:
            for name, role in (("ada", Role.ADMINISTRATOR), ("sue", Role.SUPERVISOR)):
                accounts.add(session, name, (role,), makers.PASSWORD)
        yield UUID(made), office.app
        services().index.close()
        services().engine.dispose()


@pytest.fixture
def case(database_url, tmp_path):
    with kept(tmp_path / "instance", database_url) as made:
        yield made


@pytest.fixture
def many_at_once(postgres_url, tmp_path):
    """The same where one may read while another writes."""
    with kept(tmp_path / "instance", postgres_url) as made:
        yield made


def test_the_old_key_stays_while_somebody_who_began_before_the_last_move_is_at_it(many_at_once, monkeypatch):
    case_id, _app = many_at_once
    monkeypatch.setattr(turning, "_PATIENCE", 0.3)
    moves, move, reader = [], turning._move, services().sessions()

    def last_move(*args):
        moves.append(args)
        if len(moves) == 2:
            reader.scalar(select(CaseKey.version).where(CaseKey.case_id == case_id))
        return move(*args)

    monkeypatch.setattr(turning, "_move", last_move)
    with reader, pytest.raises(WritersStay):
        turning.turn_case(granted(permits.CASE, case_id), case_id)
    with transaction() as session:
        assert sorted(session.scalars(select(CaseKey.version))) == [1, 2]
    turning.turn_case(granted(permits.CASE, case_id), case_id)
    assert turning.check() == []


def test_no_new_key_comes_up_in_a_case_whose_keys_are_being_destroyed(case, monkeypatch):
    case_id, app = case
    admin = granted(permits.CASE, case_id)

    def turned():
        with app.app_context():
            return turning._begin_case(admin, case_id)

    outcome = meanwhile(monkeypatch, services().keyring, "destroy_case", turned)
    with transaction() as session:
        shredding.shred_case(session, WORKER, services().keyring, session.get_one(Case, case_id), number="12 Qs")
    with pytest.raises(turning.KeyDestroyed):
        outcome()
    with transaction() as session:
        assert set(session.scalars(select(CaseKey.wrapped).where(CaseKey.case_id == case_id))) == {b""}
