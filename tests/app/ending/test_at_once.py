"""Two at once when data ends: what is being read, held or indexed meanwhile does not come back or stay behind."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app import exporting, worker
from app.ending import carrying_out, verifying
from app.wiring import services, transaction
from core import accounts, clock
from core.accounts import WORKER
from core.ledger.entries import Overtaken
from evidence import authorities, custody, files
from evidence.authorities import Grant
from evidence.ending import orders
from evidence.ending.orders import NotYet
from evidence.ending.rows import Scope, Shared
from evidence.files import Derived, File, Reading
from evidence.files import State as FileState
from evidence.movements import Movement, Verb
from evidence.text import PassageRow
from exports.dossier import Order
from exports.doubts import Doubt, ExhibitFrozen
from exports.register import Export
from exports.register import State as ExportState
from search import indexing
from search.engines.embedded import Embedded
from tests import offices
from tests.app.ending.ending_office import ManyCallers, furnish
from tests.racing import meanwhile


@pytest.fixture(scope="module")
def furnished(module_database_url, tmp_path_factory):
    """The furnished office on each database, for all of these tests; each has an exhibit of its own."""
    folder = tmp_path_factory.mktemp("ending") / "instance"
    office = ManyCallers(offices.deployment(folder, database_url=module_database_url))
    with office.app.app_context():
        made = furnish(office, folder)
        yield made
        made.close()


@pytest.fixture
def ending(furnished):
    furnished.exhibit = furnished.office.exhibit("ana", furnished.case)
    furnished.files["own"] = furnished.office.send("ana", furnished.exhibit, b"only here")["file"]
    furnished.office.work()
    return furnished


def inside(ending, act):
    """The same act, for another thread: inside the application."""

    def called():
        with ending.office.app.app_context():
            return act()

    return called


def sent(ending, content=b"one more word"):
    """A file that waits for its reader."""
    return UUID(ending.office.send("ana", ending.exhibit, content)["file"])


def begun(ending, *, things=(), scope=Scope.EXHIBITS):
    order = ending.order(scope, things or (ending.exhibit,), shared=Shared.DESTROY)
    ending.approve(order)
    carrying_out.begin(ending.actor("kurt"), order.id, copies_until=clock.now().date() + timedelta(days=90))
    return order


def left_of(file_id):
    with transaction() as session:
        count = session.scalar(select(func.count()).select_from(PassageRow).where(PassageRow.file_id == file_id))
        return session.get_one(File, file_id).state, count


def test_what_is_read_while_it_is_destroyed_leaves_nothing(ending, monkeypatch):
    file = sent(ending)

    def destroyed():
        order = begun(ending, things=(str(file),), scope=Scope.FILES)
        carrying_out.carry_out(order.id)

    outcome = meanwhile(monkeypatch, worker.text, "key_of", inside(ending, destroyed))
    worker.extract(file)
    outcome()

    assert left_of(file) == (FileState.EXPUNGED, 0)


def test_what_is_taken_out_of_a_file_after_the_order_began_goes_with_it(ending):
    own = UUID(ending.files["own"])
    order = begun(ending)
    house = services()
    with transaction() as session:
        parent = session.get_one(File, own)
        receipt = house.vault.seal([b"a late member"], files.beside(parent))
        made = files.derive(session, WORKER, house.keyring, parent, [Derived("late.txt", receipt, {"name": "unpack"})])
        late = made[0].id
    ending.work(order)

    assert left_of(late)[0] == FileState.EXPUNGED
    assert not (house.vault.root / receipt.blob).exists()


def test_no_order_begins_while_a_hold_is_set(ending, monkeypatch):
    order = ending.order(Scope.EXHIBITS, (ending.exhibit,), shared=Shared.DESTROY)
    ending.approve(order)

    def held():
        with transaction() as session:
            words = Movement(authority="2 BvR 7/26", reason="a complaint")
            custody.move(session, ending.actor("ana"), UUID(ending.exhibit), Verb.HOLD_ON, words)

    def begin():
        carrying_out.begin(ending.actor("kurt"), order.id)

    outcome = meanwhile(monkeypatch, custody.changes.orders, "enter", inside(ending, begin))
    held()

    with pytest.raises(NotYet, match="2 BvR 7/26"):
        outcome()


def test_of_an_order_one_decides_while_another_has_it_carried_out_and_neither_waits_for_ever(ending, monkeypatch):
    order = ending.order(Scope.EXHIBITS, (ending.exhibit,), shared=Shared.DESTROY)
    wish = carrying_out.propose(ending.actor("sofia"), order.id, "final since yesterday")
    for name in ("sam", "kurt"):
        with transaction() as session:
            orders.decide(session, ending.actor(name), wish, grants=True, reason="read")

    def decided():
        with transaction() as session:
            orders.decide(session, ending.actor("pia"), wish, grants=True, reason="read too")

    outcome = meanwhile(monkeypatch, carrying_out, "drawer_of", inside(ending, decided))
    carrying_out.begin(ending.actor("kurt"), order.id)

    with pytest.raises(orders.approvals.NotOpen):
        outcome()


def test_a_file_is_read_by_an_authority_that_is_recorded_while_its_reader_finds_none(ending, monkeypatch):
    exhibit = ending.office.exhibit("ana", ending.case, authority=False)
    file = UUID(ending.office.send("ana", exhibit, b"what it says")["file"])

    def authorised():
        with transaction() as session:
            authorities.authorise(session, ending.actor("ana"), UUID(exhibit), Grant("warrant", "W 3/26"))

    outcome = meanwhile(monkeypatch, worker.files, "set_reading", inside(ending, authorised))
    ending.office.work()
    outcome()
    ending.office.work()
    with transaction() as session:
        assert session.get_one(File, file).reading == Reading.READ


def test_what_is_restricted_while_it_is_indexed_is_not_in_the_index(ending, monkeypatch):
    own = UUID(ending.files["own"])

    def restricted():
        told = {"kind": "file", "subject": str(own), "order_number": "3 Gs 4/26", "reason": "needed as evidence"}
        ending.office.call("sofia", "POST", f"/cases/{ending.case}/restrictions", json=told)
        indexing.unindex_file(services().index, own)

    outcome = meanwhile(monkeypatch, Embedded, "put", inside(ending, restricted), before=True)
    worker.index(own)
    outcome()

    assert own not in {kept.file for kept in services().index.census()}


def test_the_name_of_whoever_is_protected_while_a_file_is_indexed_is_not_in_the_index(ending, monkeypatch):
    told = {"name": "Selam Tesfay", "role": "witness"}
    person = ending.office.call("ana", "POST", f"/cases/{ending.case}/people", json=told).json["id"]
    file = UUID(ending.office.send("ana", ending.exhibit, b"it was Selam Tesfay who paid")["file"])

    def protected():
        path = f"/cases/{ending.case}/people/{person}/protection"
        answer = ending.office.call("ana", "POST", path, json={"reason": "threatened"})
        worker.index(file)
        return answer.status_code

    worker.extract(file)
    outcome = meanwhile(monkeypatch, Embedded, "put", inside(ending, protected), before=True)
    worker.index(file)

    assert outcome() < 300
    assert ending.hits("Selam") == 0
    assert ending.hits("paid") == 1


def asked(ending):
    """A dossier of the exhibit, ordered by the prosecutor."""
    with transaction() as session:
        pia = accounts.named(session, "pia").actor("test", "prosecution")
    return exporting.ask(pia, Order(UUID(ending.case), (UUID(ending.exhibit),), "For the court"), later=False)


def test_a_dossier_that_is_gathered_while_something_of_it_is_destroyed_is_not_kept(ending, monkeypatch):
    def destroyed():
        order = begun(ending)
        carrying_out.carry_out(order.id)

    outcome = meanwhile(monkeypatch, exporting.dossier, "gather", inside(ending, destroyed))
    with suppress(Overtaken):
        asked(ending)
    outcome()

    assert held_by(ending.exhibit) <= {ExportState.EXPUNGED}


def test_a_dossier_that_is_ordered_after_the_order_to_destroy_began_goes_with_it(ending):
    order = begun(ending)
    asked(ending)
    ending.work(order)

    assert held_by(ending.exhibit) == {ExportState.EXPUNGED}
    assert verifying.verify(order.id, carrying_out.stones_file()).remains == []


def test_a_dossier_that_is_gathered_while_bytes_of_it_do_not_hold_is_refused_or_marked(ending, monkeypatch):
    def frozen():
        with transaction() as session:
            files.freeze(session, WORKER, UUID(ending.files["own"]), "its bytes were changed")
        worker.mark_dossiers(UUID(ending.exhibit))

    outcome = meanwhile(monkeypatch, exporting.dossier, "gather", inside(ending, frozen))
    try:
        export = asked(ending)
    except ExhibitFrozen:
        export = None
    outcome()
    with transaction() as session:
        marked = set(session.scalars(select(Doubt.export_id).where(Doubt.exhibit_id == UUID(ending.exhibit))))

    assert marked == ({export} if export else set())


def held_by(exhibit):
    """How far the versions that hold an exhibit have come."""
    with transaction() as session:
        return {
            ExportState(one.state) for one in session.scalars(select(Export)) if exhibit in one.versions["exhibits"]
        }
