"""Keys turned, backups made and restored: killed at each step, and seen through by another."""

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, create_engine, make_url, select, text

from app import create_app
from app.backups import making, restoring, unfinished
from app.backups.store import Store
from app.cli.keeping import backups
from app.keys import turning
from app.wiring import services, transaction
from core import accounts
from core.accounts import Actor
from core.ledger import entries as ledger
from core.ledger.memory import RESTORED
from evidence.keyring import MASTER, CaseKey
from evidence.keys import permits, recovery
from tests.app.keeping.test_turning import old_opens, readable
from tests.offices import Office
from tests.works import Orders, everything_holds, office_of


def _who(name: str) -> Actor:
    with transaction() as session:
        return accounts.named(session, name).actor("test")


def _granted(kind: str, case_id: UUID | None = None) -> None:
    with transaction() as session:
        row = permits.propose(session, _who("ada"), kind, "yearly", case_id=case_id)
    with transaction() as session:
        permits.decide(session, _who("sue"), row.id, grants=True, reason="seen")


def _read(case_id: UUID) -> str:
    """One hash over everything of a case that lies sealed, opened."""
    told = sorted((name, repr(value)) for name, value in readable(services(), case_id).items())
    assert len(told) > 1
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _acts() -> list[tuple[str, dict[str, Any]]]:
    with transaction() as session:
        return [(one.act, ledger.words(one)) for one in ledger.entries(session, permits.CHAIN)]


# --- The key of a case is turned -------------------------------------------------------------------------------------


def begin_turning_case(orders: Orders) -> Any:
    """Hand in and read one more file, and have the turn granted."""
    office, case_id = office_of(orders), UUID(orders["case"])
    office.send("ana", orders["exhibit"], f"call +49 30 23125 999 {uuid4()}".encode())
    assert office.work_in_this_thread().failed == 0
    with office.app.app_context():
        _granted(permits.CASE, case_id)
        with transaction() as session:
            key = services().keyring.case_key(session, case_id)
        return {"old": bytes(key).hex(), "version": key.version, "read": _read(case_id)}


def do_turning_case(orders: Orders, _told: Any) -> None:
    """Turn it."""
    with office_of(orders).app.app_context():
        assert turning.turn_case(_who("ada"), UUID(orders["case"])) > 0


def check_turning_case(orders: Orders, told: Any, *, killed: bool) -> None:
    """Everything opens at any time; said again it goes on to the end, and then the old key opens nothing."""
    office, case_id = office_of(orders), UUID(orders["case"])
    with office.app.app_context():
        assert _read(case_id) == told["read"]
        if _versions(case_id) != [told["version"] + 1]:
            assert killed
            turning.turn_case(_who("ada"), case_id)
        assert _versions(case_id) == [told["version"] + 1]
        assert _read(case_id) == told["read"]
        assert old_opens(services(), case_id, bytes.fromhex(told["old"])) == 0
        assert turning.check() == []
        acts = [act for act, words in _acts() if words.get("version") in {told["version"], told["version"] + 1}]
        assert acts.count("old case key destroyed") >= 1
    everything_holds(office)


def _versions(case_id: UUID) -> list[int]:
    with transaction() as session:
        return list(session.scalars(select(CaseKey.version).where(CaseKey.case_id == case_id)))


# --- The master key is turned ----------------------------------------------------------------------------------------


def begin_turning_master(orders: Orders) -> Any:
    """Have the turn granted; somebody holds shares, so that these are renewed too."""
    with office_of(orders).app.app_context():
        keyring = services().keyring
        if not (keyring.folder / recovery.FILE).exists():
            recovery.make(keyring, 2, 3)
        _granted(permits.MASTER)
        plain = keyring.master.plain()
        assert plain is not None
        return {"old": plain.hex(), "id": keyring.master_id, "read": _read(UUID(orders["case"]))}


def do_turning_master(orders: Orders, _told: Any) -> None:
    """Turn it."""
    with office_of(orders).app.app_context():
        turning.turn_master(_who("ada"))


def check_turning_master(orders: Orders, told: Any, *, killed: bool) -> None:
    """The deployment starts and everything opens; said again it goes on to the end, and the old key is nowhere."""
    office, case_id = office_of(orders), UUID(orders["case"])
    with office.app.app_context():
        keyring = services().keyring
        assert _read(case_id) == told["read"]
        if keyring.turning or keyring.master_id == told["id"]:
            assert killed
            turning.turn_master(_who("ada"))
        assert not keyring.turning
        assert keyring.master_id != told["id"]
        assert _read(case_id) == told["read"]
        assert turning.check() == []
        with transaction() as session:
            assert set(session.scalars(select(CaseKey.master))) == {keyring.master_id}
        told_of = [words for act, words in _acts() if act == "old master key destroyed" and words["old"] == told["id"]]
        assert {words["new"] for words in told_of} == {keyring.master_id}
        begun = [words for act, words in _acts() if act == "master key being turned" and words["old"] == told["id"]]
        assert len(begun) == 1
        # Whoever starts after the end finds the keys as they are, and nothing of the old one anywhere.
        assert services().keyring.__class__(services().config).master_id == keyring.master_id
        names = {one.name for one in keyring.folder.iterdir()}
        assert not [name for name in names if name.startswith(".") or name.endswith(".next")], names
        assert bytes.fromhex(told["old"]) not in b"".join(one.read_bytes() for one in keyring.folder.iterdir())
    everything_holds(office)


# --- A backup is made ------------------------------------------------------------------------------------------------


def begin_backing_up(orders: Orders) -> Any:
    """Hand in something that no backup has yet."""
    office, store = office_of(orders), Store(_folder(orders))
    office.send("ana", orders["waiting"], f"for the backup {uuid4()}".encode() * 50)
    time.sleep(1.1)  # a backup bears the second in which it began, and the last one may be of this very second
    return {"names": store.names()}


def do_backing_up(orders: Orders, _told: Any) -> None:
    """Make a backup."""
    with office_of(orders).app.app_context():
        assert making.make(_who("ada"), _folder(orders)).faults == ()


def check_backing_up(orders: Orders, told: Any, *, killed: bool) -> None:
    """What bears a backup's name is whole, and the ledger knows of it; said again, one more is made."""
    office, store = office_of(orders), Store(_folder(orders))
    store.folder.mkdir(exist_ok=True)
    assert killed or len(store.names()) == len(told["names"]) + 1
    _whole(office, store)
    # A second backup within one second would bear the same name.
    time.sleep(1 - time.time() % 1)
    with office.app.app_context():
        assert making.make(_who("ada"), store.folder).faults == ()
    _whole(office, store)
    assert not list(store.folder.glob("*.part"))
    store.prune(1)
    assert not list((store.folder / "blobs").glob("??/??/*.part"))
    everything_holds(office)


def _whole(office: Office, store: Store) -> None:
    known = set()
    with office.app.app_context():
        known = {words["name"] for act, words in _acts() if act in {"backup begun", "backup made"}}
    for name in store.names():
        manifest, faults = restoring.check(store.folder, name)
        assert faults == []
        assert manifest.told["name"] == name
        assert name in known
    inside = {one.name for one in store.folder.iterdir() if one.is_dir()} - {"blobs"}
    assert {name for name in inside if not name.endswith(".part")} == set(store.names())


def _folder(orders: Orders) -> Path:
    return Path(orders["instance"]).with_name("backups")


# --- A backup is restored --------------------------------------------------------------------------------------------


def begin_restoring(orders: Orders) -> Any:
    """Have a backup, and a new place."""
    office, store = office_of(orders), Store(_folder(orders))
    with office.app.app_context():
        if not store.names():
            making.make(_who("ada"), store.folder)
    name = f"restored_{uuid4().hex[:12]}"
    database = ""
    if orders.get("database", "").startswith("postgresql"):
        with _server(orders) as server:
            server.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        database = make_url(orders["database"]).set(database=name).render_as_string(hide_password=False)
    return {"target": str(Path(orders["instance"]).with_name(name)), "database": database}


@contextmanager
def _server(orders: Orders) -> Iterator[Connection]:
    engine = create_engine(make_url(orders["database"]), isolation_level="AUTOCOMMIT")
    with engine.connect() as server:
        yield server
    engine.dispose()


def do_restoring(orders: Orders, told: Any) -> None:
    """Restore it there."""
    outcome: dict[str, Any] = {}
    order = restoring.Order(
        _folder(orders), Path(told["target"]), database=told["database"], master=_master(orders)
    )  # fmt: skip
    restoring.restore(order, partial(backups._settle, outcome))  # what the command does
    assert outcome["destroyed"] == 0


def check_restoring(orders: Orders, told: Any, *, killed: bool) -> None:
    """There is nothing under the name, or all of it; done again it works, and the log does not sign before a word.

    That the rows were committed in a database outside the folder does not stand in the way.
    """
    target = Path(told["target"])
    whole = target.exists()
    assert killed or whole
    if not whole:
        do_restoring(orders, told)
    restored = Office(create_app(target), dict(orders["tokens"]))
    everything_holds(restored)
    assert (target / RESTORED).exists()
    with restored.app.app_context(), transaction() as session:
        acts = [one.act for one in ledger.entries(session, permits.CHAIN)]
        assert acts.count("restored from a backup") == 1
    assert restored.call("ana", "GET", "/search", query_string={"q": "night"}).json["total"] > 0
    assert not target.with_name(f"{target.name}{unfinished.UNFINISHED}").exists()
    shutil.rmtree(target)
    if told["database"]:
        with restored.app.app_context():
            services().engine.dispose()
        with _server(orders) as server:
            server.execute(text(f"DROP DATABASE {make_url(told['database']).database} WITH (FORCE)"))


def _master(orders: Orders) -> Path:
    return Path(orders["instance"]) / "keys" / MASTER
