"""The store through the API: a whole night and a whole audit, and what those see who may not know."""

from uuid import uuid4

import pytest

from core import clock
from core.accounts import Role
from tests import offices
from tests.evidence.kits.sheets import line, sheet

SECRET = "telephone of Selam"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    made = offices.Office(offices.deployment(tmp_path_factory.mktemp("store") / "instance"))
    for name, role in (
        ("ana", Role.INVESTIGATOR), ("carl", Role.CUSTODIAN), ("stranger", Role.CUSTODIAN), ("aude", Role.AUDITOR),
        ("adam", Role.ADMINISTRATOR), ("pia", Role.PROSECUTOR), ("sue", Role.SUPERVISOR),
    ):  # fmt: skip
        made.token(name, role)
    return made


def said(office, who, method, path, *, status=200, **more):
    answer = office.call(who, method, path, **more)
    assert answer.status_code == status, answer.text
    return answer.json if answer.mimetype == "application/json" else answer.data


@pytest.fixture(scope="module")
def night(office):
    """A store, a kit that came back with two conflicts, and an audit of what it brought."""
    case = office.case("ana", "The case that nobody else may know of")
    said(office, "ana", "POST", f"/cases/{case}/members", json={"user": "carl", "duty": "custody"}, status=201)
    site = said(office, "carl", "POST", "/places", json={"name": "Store", "sort": "site"}, status=201)
    told = {"name": "Shelf A", "sort": "shelf", "parent": site["code"]}
    shelf = said(office, "carl", "POST", "/places", json=told, status=201)
    series = {"prefix": "PN", "width": 6, "first": 1, "last": 50, "issued_to": "ana"}
    said(office, "carl", "POST", "/seals", json=series, status=201)
    wanted = {
        "exhibits": 10,
        "seals": 5,
        "seals_from": "PN000001",
        "issued_to": "ana",
        "purpose": "patrol",
        "case": case,
    }
    kit = said(office, "carl", "POST", "/kits", json=wanted, status=201)
    now = clock.now().isoformat()
    lines = [
        line(str(at), f"{kit['code']}-{at:03d}", occurred_at=now, seal=f"PN{at:06d}", place=shelf["code"],
             description=SECRET) for at in (1, 2, 3)
    ]  # fmt: skip
    lines += [line("8", f"{kit['code']}-001", occurred_at=now), line("9", "ZZZZZ-001", occurred_at=now)]
    path = f"/kits/{kit['id']}/entries"
    back = said(office, "ana", "POST", path, data=sheet(kit["code"], *lines))
    return {"case": case, "shelf": shelf, "site": site, "kit": kit, "back": back, "file": sheet(kit["code"], *lines)}


def test_every_line_of_the_night_is_accounted_for_and_the_same_file_is_one(office, night):
    back = night["back"]
    again = said(office, "ana", "POST", f"/kits/{night['kit']['id']}/entries", data=night["file"])

    assert back["counts"] == {"taken in": 3, "taken in before": 0, "conflict": 2, "refused": 0}
    assert (again["again"], again["id"]) == (True, back["id"])
    assert said(office, "carl", "GET", f"/kits/{night['kit']['id']}")["waiting"] == 2


def test_a_conflict_is_decided_once_and_its_number_is_never_changed(office, night):
    entry = night["back"]["entries"][4]["id"]
    path = f"/kit-entries/{entry}"
    wrong = {"choice": "take in", "reason": "x", "fixed": {"label": "A-1"}}
    refused = said(office, "ana", "POST", path, json=wrong, status=422)
    done = said(office, "ana", "POST", path, json={"choice": "refuse", "reason": "a trial"})
    said(office, "ana", "POST", path, json={"choice": "take in", "reason": "x"}, status=409)

    assert "label" in refused["error"]["fields"]
    assert done["state"] == "refused"


def test_the_papers_are_pdf_and_the_code_opens_what_it_stands_on(office, night):
    first = night["back"]["entries"][0]["exhibit_id"]
    for path in (
        f"/exhibits/{first}/label", f"/exhibits/{first}/label?paper=bag", f"/places/{night['shelf']['id']}/label",
        f"/kits/{night['kit']['id']}/papers",
    ):  # fmt: skip
        assert said(office, "carl", "GET", path).startswith(b"%PDF")
    code = f"K/{night['kit']['code']}-001"
    number = night["back"]["entries"][0]["label"]
    for text in (number, "pn000001"):
        assert said(office, "carl", "GET", f"/scan?code={text}")["exhibit_id"] == first
    assert said(office, "carl", "GET", f"/scan?code={night['shelf']['code']}")["place_id"] == night["shelf"]["id"]
    said(office, "carl", "GET", f"/scan?code={code}00", status=422)


def test_who_may_not_know_gets_the_same_as_for_what_never_was(office, night):
    first, kit = night["back"]["entries"][0]["exhibit_id"], night["kit"]["id"]
    entry, back = night["back"]["entries"][3]["id"], night["back"]["id"]
    for who, method, path, body in (
        ("stranger", "GET", "/exhibits/{}/label", None), ("pia", "GET", "/kits/{}", None),
        ("pia", "GET", "/kits/{}/papers", None), ("pia", "POST", "/kits/{}/void", {"reason": "x"}),
        ("stranger", "GET", "/kit-returns/{}", None), ("aude", "POST", "/kits/{}/entries", None),
        ("stranger", "POST", "/kit-entries/{}", {"choice": "refuse", "reason": "x"}),
        ("adam", "GET", "/exhibits/{}/seal-conflicts", None),
    ):  # fmt: skip
        real = {"kits": kit, "kit-returns": back, "kit-entries": entry, "exhibits": first}[path.split("/")[1]]
        more = {} if body is None else {"json": body}
        there = office.call(who, method, path.format(real), **more)
        absent = office.call(who, method, path.format(uuid4()), **more)
        if who == "aude":
            assert there.status_code in {403, 404, 422}
            continue
        assert (there.status_code, there.data) == (404, absent.data), (who, path, there.text)
    for who in ("stranger", "adam", "pia"):
        empty = said(office, who, "GET", f"/places/{night['site']['id']}/contents")
        assert empty["exhibits"] == []
        assert office.call(who, "GET", f"/scan?code={night['back']['entries'][0]['label']}").status_code == 404


def test_a_whole_audit_shows_no_content_and_its_report_is_signed(office, night, verapdf, tmp_path):
    audit = said(office, "aude", "POST", "/audits", json={"random": 2, "risk": 1}, status=201)
    first, second, third = audit["items"]
    path = f"/audit-items/{first['id']}"
    assert said(office, "aude", "POST", path, json={"there": False})["result"] == "missing"
    for item in (second, third):
        seen = {"there": True, "place": night["shelf"]["code"], "seal": item["seal"]}
        assert said(office, "aude", "POST", f"/audit-items/{item['id']}", json=seen)["result"] == "present"
    there = {"place": night["shelf"]["code"], "scanned": [second["reference"], third["reference"]]}
    swept = said(office, "aude", "POST", f"/audits/{audit['id']}/shelf", json=there)
    assert swept["absent"] == [first["reference"]]
    closed = said(office, "aude", "POST", f"/audits/{audit['id']}/closing", json={"summary": "one is missing"})
    report = said(office, "aude", "GET", f"/audits/{audit['id']}/report")
    listed = said(office, "aude", "GET", f"/audits/{audit['id']}/population")
    finding = closed["findings"][0]["id"]
    for who, method, path, body, status in (
        ("carl", "GET", f"/audits/{audit['id']}/report", None, 403),
        ("pia", "GET", f"/audits/{audit['id']}", None, 404),
        ("pia", "POST", f"/findings/{finding}/answer", {"statement": "x"}, 404),
        ("aude", "POST", f"/findings/{finding}/answer", {"statement": "x"}, 403),
        ("ana", "POST", f"/findings/{finding}/answer", {"statement": "behind the others"}, 200),
        ("ana", "POST", f"/findings/{finding}/decision", {"enough": True, "decision": "x"}, 403),
        ("aude", "POST", f"/findings/{finding}/decision", {"enough": True, "decision": "seen"}, 200),
    ):  # fmt: skip
        more = {} if body is None else {"json": body}
        said(office, who, method, path, status=status, **more)

    (tmp_path / "report.pdf").write_bytes(report)
    assert verapdf(tmp_path / "report.pdf").failures == ()
    assert len(listed.splitlines()) == audit["population_size"] == 3
    for answer in (audit, swept, closed, report, listed):
        assert "Selam" not in str(answer)


def test_the_pages_answer_for_each_role(office, night):
    client = office.app.test_client()
    answer = client.get("/scan")
    assert answer.status_code in {302, 401}
    said(office, "carl", "GET", "/seals")
    said(office, "ana", "GET", "/seals", status=403)
    said(office, "sue", "GET", "/findings")
