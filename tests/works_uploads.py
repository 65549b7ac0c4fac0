"""A part of an upload taken in, and an upload put together: killed at each step, and seen through by another."""

from http import HTTPStatus
from typing import Any

from app import uploading
from app.wiring import transaction
from evidence.uploads import sessions
from tests.app import uploads
from tests.app.uploads import CONTENT, PARTS
from tests.offices import Office
from tests.works import Orders, everything_holds, nothing_left_over, office_of, released

_KILLED_AT = 2


def begin_part(orders: Orders) -> Any:
    """Begin an upload, and send its first part."""
    office = office_of(orders)
    exhibit = office.exhibit("ana", orders["case"], authority=False)
    upload = uploads.begun(office, exhibit)
    assert uploads.put(office, upload, 1).status_code == HTTPStatus.OK
    return upload | {"exhibit": exhibit}


def do_part(orders: Orders, upload: Any) -> None:
    """Send another part."""
    assert uploads.put(office_of(orders), upload, _KILLED_AT).status_code == HTTPStatus.OK


def check_part(orders: Orders, upload: Any, *, killed: bool) -> None:
    """What was acknowledged is held, the part is held whole or not at all, and the upload is stored once and right."""
    office = office_of(orders)
    held = uploads.held(office, upload)
    assert held in ([1], [1, _KILLED_AT])
    assert killed or held == [1, _KILLED_AT]
    for number in range(1, PARTS + 1):
        assert uploads.put(office, upload, number).status_code == HTTPStatus.OK
    released(office)
    _stored_once(office, upload)


def begin_assembling(orders: Orders) -> Any:
    """Send a whole upload, out of order."""
    office = office_of(orders)
    exhibit = office.exhibit("ana", orders["case"], authority=False)
    upload = uploads.begun(office, exhibit, sha256=uploads.sha(CONTENT))
    for number in (3, 1, 5, 2, 4):
        assert uploads.put(office, upload, number).status_code == HTTPStatus.OK
    return upload | {"exhibit": exhibit}


def do_assembling(orders: Orders, _upload: Any) -> None:
    """Put it together."""
    assert office_of(orders).work_in_this_thread().failed == 0


def check_assembling(orders: Orders, upload: Any, *, killed: bool) -> None:
    """Not stored, with every part still held, or stored; after another worker it is stored once and right."""
    office = office_of(orders)
    state = uploads.seen(office, upload)["state"]
    assert killed or state == "stored"
    if state != "stored":
        assert uploads.held(office, upload) == list(range(1, PARTS + 1))
    released(office)
    _stored_once(office, upload)


def _stored_once(office: Office, upload: Any) -> None:
    """The file is there once with all its bytes, and nothing else is left of the upload."""
    file = uploads.stored(office, upload)
    assert (file["size"], file["sha256"]) == (len(CONTENT), uploads.sha(CONTENT))
    assert office.call("ana", "GET", f"/files/{file['id']}/content").data == CONTENT
    acts = uploads.acts(office, upload["exhibit"])
    assert acts.count("receive file") == acts.count("upload stored") == 1, acts
    with office.app.app_context():
        uploading.tidy()
        with transaction() as session:
            assert sessions.to_purge(session) == []
    acts = uploads.acts(office, upload["exhibit"])
    assert acts.count("upload purged") <= 1, acts
    everything_holds(office)
    nothing_left_over(office)
