"""Pieces of work that are killed at each of their steps: how each begins, is done, and is looked at afterwards.

Everything runs in children that are forked for it, so each opens the deployment by itself.
"""

from datetime import timedelta
from http import HTTPStatus
from secrets import token_hex
from typing import Any

from flask import Flask
from sqlalchemy import select

from app import create_app
from app.migrations.tables import METADATA
from app.wiring import services, transaction
from core import clock, jobs
from core.ledger import entries as ledger
from evidence import fixity
from exports import shelf
from tests.offices import Office

Orders = dict[str, Any]
CONTENT = b"call +49 30 23125 999 after the landing\n" * 3_000


_built: dict[str, Flask] = {}


def build(orders: Orders) -> None:
    """Build the application once for all children that are forked from here; nothing in it may be opened before."""
    _built[orders["instance"]] = create_app(orders["instance"])


def office_of(orders: Orders) -> Office:
    """The office as this child opens it."""
    app = _built.get(orders["instance"]) or create_app(orders["instance"])
    return Office(app, dict(orders["tokens"]))


def everything_holds(office: Office) -> None:
    """Chains, blobs and rows agree."""
    with office.app.app_context():
        house = services()
        with transaction() as session:
            assert list(ledger.breaks(session)) == []
        assert [one for one in fixity.check(transaction, house.vault, house.keyring) if one is not None] == []


def nothing_left_over(office: Office) -> None:
    """After a sweep the vault holds exactly the blobs that rows name."""
    with office.app.app_context():
        house = services()
        with clock.stopped(clock.now() + timedelta(days=1)):
            list(fixity.sweep(transaction, house.vault, older_than=timedelta(hours=1), spared=shelf.spared))
        with transaction() as session:
            tables = [one for one in METADATA.sorted_tables if "blob" in one.columns and one.name != "blob_checks"]
            named = {blob for one in tables for blob in session.scalars(select(one.c.blob)) if blob}
        on_disk = set(house.vault.strays((clock.now() + timedelta(days=1)).timestamp()))
        assert on_disk <= named, on_disk - named


def released(office: Office) -> None:
    """What a dead worker had claimed, as if its lease had passed; and what it asked for is done by another."""
    with office.app.app_context(), transaction() as session:
        jobs.release(session)
    turn = office.work_in_this_thread()
    assert turn.failed == 0


# --- A file comes ----------------------------------------------------------------------------------------------------


def begin_receiving(orders: Orders) -> Any:
    """Announce a file."""
    return office_of(orders).announce("ana", orders["exhibit"], size=len(CONTENT))


def do_receiving(orders: Orders, address: Any) -> None:
    """Send it."""
    answer = office_of(orders).call("ana", "PUT", f"{address}/content", data=CONTENT)
    assert answer.status_code == HTTPStatus.CREATED, answer.text


def check_receiving(orders: Orders, address: Any, *, killed: bool) -> None:
    """It is there whole, or it still waits and can be sent again."""
    office = office_of(orders)
    item = office.call("ana", "GET", f"/batches/{address.split('/')[2]}").json["items"][0]
    assert killed or item["state"] == "stored"
    if item["state"] == "waiting":
        do_receiving(orders, address)
        item = office.call("ana", "GET", f"/batches/{address.split('/')[2]}").json["items"][0]
    assert office.call("ana", "GET", f"/files/{item['file_id']}/content").data == CONTENT
    everything_holds(office)


# --- An exhibit changes hands ----------------------------------------------------------------------------------------


def begin_handover(orders: Orders) -> Any:
    """Offer it to a colleague."""
    office = office_of(orders)
    said = office.call(
        "ana", "POST", f"/exhibits/{orders['exhibit']}/custody/offer", json={"to": "ben", "reason": "shift"}
    )
    assert said.status_code == HTTPStatus.CREATED, said.text
    return said.json["position"]


def do_handover(orders: Orders, _position: Any) -> None:
    """Accept it."""
    said = office_of(orders).call(
        "ben", "POST", f"/exhibits/{orders['exhibit']}/custody/accept", json={"place": "safe"}
    )
    assert said.status_code == HTTPStatus.CREATED, said.text


def check_handover(orders: Orders, position: Any, *, killed: bool) -> None:
    """One of the two has it, and the entry says the same as the row; then it is handed back for the next time."""
    office = office_of(orders)
    custody = office.call("ana", "GET", f"/exhibits/{orders['exhibit']}/custody").json
    accepted = custody["steps"][-1]["position"] > position
    assert killed or accepted
    assert custody["custodian"] == ("ben" if accepted else "ana")
    if not accepted:
        do_handover(orders, position)
    for who, verb, told in (("ben", "offer", {"to": "ana", "reason": "back"}), ("ana", "accept", {"place": "safe"})):
        said = office.call(who, "POST", f"/exhibits/{orders['exhibit']}/custody/{verb}", json=told)
        assert said.status_code == HTTPStatus.CREATED, said.text
    everything_holds(office)


# --- What was promised is done ---------------------------------------------------------------------------------------


def begin_reading(orders: Orders) -> Any:
    """Hand in a file with a word of its own, which promises that it will be read."""
    word = f"mark{token_hex(8)}"
    file = office_of(orders).send("ana", orders["exhibit"], f"{word} {CONTENT.decode()}".encode())["file"]
    return {"word": word, "file": file}


def do_reading(orders: Orders, _told: Any) -> None:
    """Read it, find its numbers, index it."""
    turn = office_of(orders).work()
    assert turn.failed == 0


def check_reading(orders: Orders, told: Any, *, killed: bool) -> None:
    """A second worker takes up what the first left, and the file is found once."""
    office = office_of(orders)
    if killed:
        with office.app.app_context(), transaction() as session:
            jobs.release(session)  # as if the dead worker's lease had passed
        do_reading(orders, told)
    assert office.call("ana", "GET", f"/files/{told['file']}").json["reading"] == "read"
    assert office.call("ana", "GET", "/search", query_string={"q": told["word"]}).json["total"] == 1
    everything_holds(office)
