"""An order is carried out: everything of it is gone, nothing else is touched, and the ledger still verifies."""

from uuid import UUID

from app.ending import carrying_out, verifying
from app.wiring import services, transaction
from core.ledger import entries as ledger
from evidence.ending import orders
from evidence.ending.rows import Scope, State
from evidence.files import File
from tests.app.ending.ending_office import MARK


def blob_of(file_id):
    with transaction() as session:
        return services().vault.root / session.get_one(File, UUID(file_id)).blob


def test_nothing_is_left_of_what_was_ordered_and_the_other_case_is_unharmed(each_ending):
    ending = each_ending
    blobs = [blob_of(ending.files[name]) for name in ("own", "shared")]
    assert ending.hits(MARK) == 4

    order = ending.end(Scope.EXHIBITS, (ending.exhibit,), shared=orders.Shared.DESTROY)
    assert order.state == State.DONE, ending.jobs()

    assert not any(blob.exists() for blob in blobs)
    assert ending.hits(MARK) == ending.hits("23125") == 1
    report = verifying.verify(order.id, carrying_out.stones_file())
    assert report.remains == []
    there = ending.office.call("ana", "GET", f"/files/{ending.files['there']}/content")
    assert MARK.encode() in there.data
    with transaction() as session:
        assert list(ledger.breaks(session)) == []
