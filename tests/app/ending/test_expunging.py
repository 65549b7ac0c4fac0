"""An order is carried out: everything of it is gone, nothing else is touched, and the ledger still verifies."""

import json
import os
from datetime import timedelta
from unittest import mock
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from app.ending import carrying_out, verifying, wiping
from app.migrations.tables import METADATA
from app.wiring import services, transaction
from cases import docket
from cases.access import Duty
from cases.docket import Case
from cases.people import NameForm
from core import cipher, clock
from core.approvals import NotApproved, NotASecondPerson
from core.ledger import entries as ledger
from evidence.ending import orders, shredding, tombstones
from evidence.ending.orders import NotYet, NotYoursToEnd
from evidence.ending.rows import Scope, Shared, State
from evidence.exhibits import Exhibit
from evidence.files import File
from evidence.keyring import CaseKey, KeysWrong
from evidence.names import committed
from exports import certificate
from search.answers import searches
from tests.app.ending.ending_office import MARK, SHARED, Desk
from tests.operators import Operator


def blob_of(file_id):
    with transaction() as session:
        return services().vault.root / session.get_one(File, UUID(file_id)).blob


def test_nothing_is_left_of_what_was_ordered_and_the_other_case_is_unharmed(each_ending):
    ending = each_ending
    blobs = [blob_of(ending.files[name]) for name in ("own", "shared")]
    assert ending.hits(MARK) == 4

    order = ending.end(Scope.EXHIBITS, (ending.exhibit,), shared=Shared.DESTROY)
    assert order.state == State.DONE, ending.jobs()

    assert not any(blob.exists() for blob in blobs)
    assert ending.hits(MARK) == ending.hits("23125") == 1
    report = verifying.verify(order.id, carrying_out.stones_file())
    assert report.remains == []
    there = ending.office.call("ana", "GET", f"/files/{ending.files['there']}/content")
    assert MARK.encode() in there.data
    with transaction() as session:
        assert list(ledger.breaks(session)) == []


def test_no_byte_of_it_is_left_in_the_files_of_the_database_the_index_and_the_vault(ending):
    mark = "querfeldeinwald"
    ending.office.send("ana", ending.exhibit, f"{mark} and its number +49 30 77777 123".encode(), f"{mark}.txt")
    ending.office.work()
    assert holding(ending, mark), "the mark must be findable before, or its absence proves nothing"

    ending.end(Scope.EXHIBITS, (ending.exhibit,))

    assert holding(ending, mark) == holding(ending, "3077777123") == []


def holding(ending, mark):
    """Every file of the deployment whose bytes hold the mark."""
    return [one.name for one in ending.folder.rglob("*") if one.is_file() and mark.encode() in one.read_bytes()]


def test_names_of_files_are_in_no_entry_and_a_row_can_show_that_one_speaks_of_it(ending):
    with transaction() as session:
        file = session.get_one(File, UUID(ending.files["own"]))
        told = [ledger.words(one) for one in ledger.entries(session, f"custody/{ending.exhibit}")]
        bodies = "".join(one.body for chain in ("case", "access", "custody") for one in _entries(session, chain))

    assert MARK not in bodies
    assert file.commitment in [one.get("name_commitment") for one in told]
    assert file.commitment != committed(file.shown_name, b"another salt")


def _entries(session, kind):
    return [one for head in ledger.heads(session, f"{kind}/") for one in ledger.entries(session, head.chain)]


POINTS = {
    "before the line is written": "evidence.ending.tombstones.write_out",
    "before the blob is discarded": "evidence.vault.Vault.discard",
    "before the index lets go": "search.engines.embedded.Embedded.drop",
    "before a step is noted as done": "app.ending.carrying_out._done",
    "before the database is rewritten": "app.ending.wiping.rewrite",
    "before the certificate": "exports.certificate.issue",
}


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_that_is_killed_is_taken_up_where_it_was_and_a_second_run_does_nothing(ending, point):
    order = ending.order(Scope.EXHIBITS, (ending.exhibit,), shared=Shared.DESTROY)
    ending.approve(order)
    carrying_out.begin(ending.actor("kurt"), order.id)
    assert killed_at(POINTS[point], order.id) == 9
    half = ending.office.call("sofia", "GET", f"/endings/{order.id}").json
    assert half["state"] == "running"
    assert half["done"] < half["steps"]

    carrying_out.carry_out(order.id)
    assert ending.again(order.id).state == State.DONE
    with transaction() as session:
        before = ledger.count(session), len(tombstones.lines(session))
    carrying_out.carry_out(order.id)
    with transaction() as session:
        assert (ledger.count(session), len(tombstones.lines(session))) == before
        assert len({one.id for one in tombstones.of_order(session, order.id)}) == before[1]


def die(*_args, **_more):
    os._exit(9)


def killed_at(name, order_id):
    """Carry an order out in a process of its own that dies at once when it calls this; gives how it ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        services().engine.dispose(close=False)
        with mock.patch(name, die):
            carrying_out.carry_out(order_id)
    finally:
        os._exit(1)


def test_nobody_approves_his_own_order_and_two_supervisors_are_not_enough(ending):
    order = ending.order(Scope.EXHIBITS, (ending.exhibit,))
    proposal = carrying_out.propose(ending.actor("sofia"), order.id, "final")

    with pytest.raises(NotASecondPerson), transaction() as session:
        orders.decide(session, ending.actor("sofia"), proposal, grants=True, reason="mine")
    with pytest.raises(NotYoursToEnd), transaction() as session:
        orders.decide(session, ending.actor("ana"), proposal, grants=True, reason="not her part")
    with transaction() as session:
        orders.decide(session, ending.actor("pia"), proposal, grants=True, reason="read")
    with pytest.raises(NotYoursToEnd, match="one of the two"), transaction() as session:
        orders.decide(session, ending.actor("kurt"), proposal, grants=True, reason="read")
    with pytest.raises(NotApproved):
        carrying_out.begin(ending.actor("kurt"), order.id)
    with transaction() as session:
        orders.decide(session, ending.actor("sam"), proposal, grants=True, reason="read")

    assert carrying_out.begin(ending.actor("kurt"), order.id).state == State.RUNNING


def test_an_order_waits_for_the_end_of_the_appeal_and_for_what_stands_against_it(ending):
    order = ending.order(Scope.EXHIBITS, (ending.exhibit,), appeal_ends=clock.now() + timedelta(days=7))
    with transaction() as session:
        against = orders.object_to(session, ending.actor("ivo"), order.id, "civil claim", "the owner sues")
    ending.approve(order)

    with pytest.raises(NotYet, match=r"an appeal is possible until .*civil claim: the owner sues"):
        carrying_out.begin(ending.actor("kurt"), order.id)
    with transaction() as session:
        orders.resolve(session, ending.actor("pia"), order.id, against.id, "settled on 1 November")
    with pytest.raises(NotYet, match="an appeal is possible"):
        carrying_out.begin(ending.actor("kurt"), order.id)
    with clock.stopped(clock.now() + timedelta(days=8)):
        assert carrying_out.begin(ending.actor("kurt"), order.id).state == State.RUNNING


def test_what_came_since_the_approval_is_not_destroyed_by_it(ending):
    order = ending.order(Scope.EXHIBITS, (ending.exhibit,))
    ending.approve(order)
    late = ending.office.send("ana", ending.exhibit, b"came late", "late.txt")["file"]

    with pytest.raises(carrying_out.ReachChanged):
        carrying_out.begin(ending.actor("kurt"), order.id)
    assert ending.office.call("ana", "GET", f"/files/{late}/content").data == b"came late"


def test_content_that_another_case_holds_is_restricted_here_and_stays_there(ending):
    ending.admit("sofia", ending.other, Duty.SUPERVISE)
    order = ending.end(Scope.EXHIBITS, (ending.exhibit,))

    assert order.state == State.DONE, ending.jobs()
    assert ending.hits(MARK) == 1
    assert ending.office.call("ana", "GET", f"/files/{ending.files['shared']}").status_code == 404
    court = ending.office.call("sofia", "GET", f"/files/{ending.files['shared']}/content", purpose="court_order")
    assert court.data == SHARED


def test_a_map_tells_nothing_of_a_case_that_may_not_be_seen(ending):
    order = ending.order(Scope.EXHIBITS, (ending.exhibit,))
    told = ending.office.call("sofia", "GET", f"/endings/{order.id}/reach").json

    assert {one["act"] for one in told["things"]} == {"destroy"}
    assert "other case" not in json.dumps(told)


def test_a_person_is_expunged_and_what_names_her_is_kept_for_a_court_alone(ending):
    person = ending.office.call(
        "ana", "POST", f"/cases/{ending.case}/people", json={"name": "Rosa Quitzow", "role": "witness"}
    ).json["id"]
    named = ending.office.send("ana", ending.exhibit, b"we saw Rosa Quitzow on the pier", "chat.txt")["file"]
    ending.office.work()
    assert ending.hits("quitzow") == ending.hits(MARK) - 3 == 1

    order = ending.end(Scope.PERSONS, (person,))

    assert order.state == State.DONE, ending.jobs()
    with transaction() as session:
        words = [one.text for _, one in searches.every(session, services().keyring)]
    assert words == [MARK]
    assert ending.hits("quitzow") == 0
    assert ending.office.call("ana", "GET", f"/files/{named}").status_code == 404
    assert ending.hits(MARK) == 4
    with transaction() as session:
        assert not session.scalars(select(NameForm).where(NameForm.person_id == UUID(person))).all()


def test_a_whole_case_goes_with_its_keys_and_its_title(ending):
    with transaction() as session:
        before = session.scalars(select(CaseKey).where(CaseKey.case_id == UUID(ending.case))).all()
    assert before

    order = ending.end(Scope.CASE, shared=Shared.DESTROY)

    assert order.state == State.DONE, ending.jobs()
    with transaction() as session:
        marks = session.scalars(select(CaseKey).where(CaseKey.case_id == UUID(ending.case))).all()
        assert [one.version for one in marks] == [one.version for one in before]
        assert {one.wrapped for one in marks} == {b""}
        assert session.get_one(Case, UUID(ending.case)).title == "expunged by order 12 Qs 3/26"
        assert session.get_one(Exhibit, UUID(ending.exhibit)).description == "expunged by order 12 Qs 3/26"
        assert list(ledger.breaks(session)) == []
    assert ending.hits(MARK) == 1
    with transaction() as session, pytest.raises(KeysWrong, match="destroyed by order"):
        services().keyring.case_key(session, UUID(ending.case))
    assert verifying.verify(order.id, carrying_out.stones_file()).remains == []
    with transaction() as session:
        session.execute(delete(CaseKey).where(CaseKey.case_id == UUID(ending.case)))
    told = [str(one) for one in verifying.verify(order.id, carrying_out.stones_file()).remains]
    assert told == ["case key: no mark says that the case's key was destroyed, so that a new one could be made"]


def test_a_vault_check_after_the_end_of_a_case_finds_nothing_amiss(ending):
    exhibit = ending.office.exhibit("ana", ending.case)
    ending.office.send("ana", exhibit, b"one more thing of the case", "more.txt")
    ending.end(Scope.CASE, shared=Shared.DESTROY)

    for command in (("vault", "check"), ("ledger", "verify"), ("keys", "check")):
        assert Operator(ending.folder).told(*command).get("findings", []) == []


def test_the_pages_of_a_case_that_ended_still_open_and_nobody_writes_into_it(ending):
    ending.end(Scope.CASE, shared=Shared.DESTROY)

    sofia = Desk(ending, "sofia")
    pages = [f"/cases/{ending.case}{more}" for more in ("", "/people", "/endings", "/retention", "/dossiers")]
    pages += ["/", "/obligations", "/cases", f"/exhibits/{ending.exhibit}", f"/exhibits/{ending.exhibit}/continuity"]
    for path in pages:
        shown = sofia.get(path)
        assert (path, shown.status_code) == (path, 200)
    assert ending.office.call("sofia", "GET", f"/cases/{ending.case}/people").status_code == 200
    person = {"name": "Rosa Quitzow", "role": "witness"}
    refused = ending.office.call("ana", "POST", f"/cases/{ending.case}/people", json=person)
    assert refused.status_code >= 400, "with no key nothing is sealed here any more"


def test_a_case_that_never_had_a_key_gets_none_after_its_end(ending):
    with transaction() as session:
        made = docket.open_case(session, ending.actor("ana"), "Nothing came of it").id
        assert services().keyring.destroy_case(session, made) == []
    with transaction() as session, pytest.raises(KeysWrong, match="destroyed by order"):
        services().keyring.case_key(session, made)


def test_the_certificate_is_signed_names_nothing_and_says_what_stays(ending):
    order = ending.end(Scope.EXHIBITS, (ending.exhibit,))
    made = certificate.of_order(order)

    assert [one["by"] for one in made.values["approved_by"]] == ["sam", "kurt"]
    assert {one["what"] for one in made.values["destroyed"]} == {"exhibit", "file"}
    assert all(one["hash_kept"] is None for one in made.values["destroyed"])
    assert any("backups" in one for one in made.values["stays"])
    assert MARK not in made.statement
    forged = order.certificate.replace("12 Qs 3/26", "12 Qs 4/26")
    order.certificate = forged
    with pytest.raises(cipher.SignatureBroken):
        certificate.of_order(order)


def test_the_certificate_on_paper_holds_to_its_standard(ending, verapdf, tmp_path):
    order = ending.end(Scope.EXHIBITS, (ending.exhibit,))
    path = tmp_path / "certificate.pdf"
    path.write_bytes(ending.office.call("sofia", "GET", f"/endings/{order.id}/certificate/pdf").data)

    judged = verapdf(path)
    assert judged.passed, judged.failures


def test_a_hash_stays_only_where_the_order_lets_it(ending):
    ending.end(Scope.FILES, (ending.files["own"],), keep_hashes=True)
    with transaction() as session:
        stone = tombstones.of(session, UUID(ending.files["own"]))
        row = session.get_one(File, UUID(ending.files["own"]))

    assert stone.kept["sha256"] == row.sha256 != ""


def test_every_table_that_cites_a_file_is_thought_of():
    known = (
        {one.__tablename__ for one in shredding.WITH_A_FILE}
        | set(shredding.STAYS_WITH_A_FILE)
        | shredding.ALSO_WITH_A_FILE
    )
    citing = {
        name
        for name, table in METADATA.tables.items()
        for column in table.columns
        if column.name == "file_id" or any(key.column.table.name == "files" for key in column.foreign_keys)
    }

    assert set(wiping.TABLES) | set(wiping.STAYS) == set(METADATA.tables), "say in app/ending/wiping.py what becomes"
    assert not set(wiping.TABLES) & set(wiping.STAYS)
    assert citing <= known, "say in evidence/ending/shredding.py what becomes of these when a file is destroyed"
