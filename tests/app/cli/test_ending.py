"""The command line of what ends: orders carried out, things kept for a court, periods, and incidents."""

import json
import shutil
from uuid import UUID

import pytest

from app import create_app
from app.wiring import services, transaction
from evidence.files import File
from tests.operators import Operator


@pytest.fixture
def office(desk, tmp_path):
    """A copy of the desk's deployment, with those who decide on the end of data."""
    operator = Operator(shutil.copytree(desk.operator.instance, tmp_path / "instance"))
    for name, role, duty in (("sam", "supervisor", "supervise"), ("kurt", "custodian", "custody")):
        operator.hire(name, role)
        operator.run("cases", "members", "add", desk.case, name, "--duty", duty, "--as", "ana")
    return operator


def word(operator, *words):
    """What a command that answers with one id said."""
    return operator.run(*words).stdout.strip()


def test_an_order_goes_its_whole_way_at_the_shell(desk, office, tmp_path):
    told = ("--number", "12 Qs 3/26", "--court", "the court", "--dated", "20 November", "--scope", "exhibits")
    order = word(office, "expunge", "register", desk.case, *told, "--thing", desk.exhibit, "--as", "sue")
    assert [one["id"] for one in office.told("expunge", "list", desk.case, "--as", "sue")] == [order]
    claim = ("--kind", "civil claim", "--words", "the owner sues")
    claim = word(office, "expunge", "object", order, *claim, "--as", "sue")
    assert any("civil claim" in one for one in office.told("expunge", "reach", order, "--as", "sue")["waits"])
    office.run("expunge", "resolve", order, claim, "--resolution", "settled", "--as", "sue")
    proposal = word(office, "expunge", "propose", order, "--reason", "final", "--as", "sue")
    office.refused(2, "expunge", "start", order, "--as", "kurt")
    for name in ("sam", "kurt"):
        office.run("expunge", "decide", proposal, "--grant", "--reason", "read", "--as", name)
    office.run("expunge", "start", order, "--copies-until", "2027-01-31", "--as", "kurt")
    office.run("work", "--until-idle")

    done = office.told("expunge", "progress", order, "--as", "sue")
    assert (done["state"], done["done"]) == ("done", done["steps"])
    assert office.told("expunge", "verify", order, "--as", "otto")["remains"] == []
    assert json.loads(word(office, "expunge", "certificate", order, "--as", "sue"))
    office.run("expunge", "certificate", order, "-o", tmp_path / "certificate.pdf", "--as", "sue")
    assert (tmp_path / "certificate.pdf").read_bytes().startswith(b"%PDF")
    again = office.told("expunge", "replay")
    assert (again["taken_in"], again["destroyed"], again["restricted"]) == (0, 0, 0)
    assert office.told("vault", "check")["findings"] == []
    office.run("ledger", "verify")


def test_what_a_court_needs_is_kept_for_it_and_freed_by_another_person(desk, office):
    told = ("--order", "3 Gs 4/26", "--reason", "needed")
    made = word(office, "restrict", "set", desk.case, "exhibit", desk.exhibit, *told, "--as", "sue")
    office.refused(2, "evidence", "show", desk.exhibit, "--as", "paul")
    assert [one["id"] for one in office.told("restrict", "list", desk.case, "--as", "sue")] == [made]
    wish = word(office, "restrict", "lift", made, "--reason", "trial over", "--as", "sue")
    assert "lifted" in word(office, "restrict", "decide", wish, "--grant", "--reason", "read", "--as", "sam")
    office.run("work", "--until-idle")
    office.run("evidence", "show", desk.exhibit, "--as", "paul")
    assert len((office.instance / "tombstones.jsonl").read_text().splitlines()) == 2


def test_periods_lead_to_proposals_and_people_decide(desk, office):
    start = ("return_by", "--on", "2020-01-01")
    office.run("retention", "event", desk.case, *start, "--as", "sue")
    office.run("retention", "propose")
    (due,) = office.told("retention", "queue", "--as", "sue")
    assert [one["kind"] for one in office.told("obligations", "--as", "sue")] == ["retention to decide"]
    assert word(office, "retention", "decide", due["id"], "return", "--reason", "over", "--as", "sue") == "return"
    assert office.told("retention", "queue", "--as", "sue") == []


def test_an_incident_is_listed_explained_and_closed(desk, office):
    app = create_app(office.instance)
    with app.app_context():
        with transaction() as session:
            blob = services().vault.root / session.get_one(File, UUID(desk.files["note.txt"])).blob
        services().index.close()
        services().engine.dispose()
    blob.chmod(0o600)
    blob.write_bytes(blob.read_bytes()[:-1] + b"!")
    office.run("vault", "check", code=1)
    (one,) = office.told("incidents", "list", desk.case, "--as", "sue")["incidents"]
    office.run("incidents", "explain", one["id"], "the disk is old", "--as", "sue")
    office.run("incidents", "close", one["id"], "replaced", "--as", "sam")
    assert office.told("incidents", "list", desk.case, "--as", "sue")["incidents"][0]["state"] == "closed"
