"""Uploads through the API: parts in any order, wrong ones refused alone, and put together only when all are right."""

import hashlib

import pytest

from app.wiring import services, transaction
from core.ledger import entries as ledger
from evidence import fixity
from tests.app.uploads import CONTENT, PART, begun, held, part, put, sheeted, stored


@pytest.fixture
def exhibit(office):
    return office.exhibit("ana", office.case("ana"))


def test_parts_in_any_order_make_the_file_that_was_announced(office, exhibit):
    upload = sheeted(office, exhibit)
    for number in (3, 1, 5, 2, 4):
        assert put(office, upload, number).status_code == 200
    office.work()
    file = stored(office, upload)
    assert file["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert office.call("ana", "GET", f"/files/{file['id']}/content").data == CONTENT
