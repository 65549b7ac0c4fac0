"""On every address of the API: another case's ids show nothing, and what cannot be taken is refused in one shape."""

import base64
import json
from uuid import uuid4

import pytest
from werkzeug.routing import Rule

from app import create_app
from app.api.describing import DESCRIBED
from app.security import BODY_LIMIT
from tests import offices
from tests.app import walled


@pytest.fixture(scope="module")
def office(walled_house):
    return walled_house[0]


@pytest.fixture(scope="module")
def ids(walled_house):
    return walled_house[1]


def _routes() -> list[tuple[str, Rule]]:
    """Every address and method of the API, found in the application itself so that none can be forgotten."""
    app = create_app(offices.empty_deployment())
    return [
        (method, rule)
        for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule)
        if rule.rule.startswith("/api/v1/") and rule.endpoint.removeprefix("api.") in DESCRIBED
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def _named(route: tuple[str, Rule]) -> str:
    return f"{route[0]} {route[1].rule}"


ROUTES = _routes()
HELD = [one for one in ROUTES if walled.parts(one[1])]
#: Things of the whole house, which no case hides: what a role may do with them is tried elsewhere.
HOUSE = {"place_id", "series_id"}
CASES = [one for one in HELD if not walled.parts(one[1]) & HOUSE]
#: What is an auditor's own to do, which is no content of any case; that it shows none is tried with the pages.
AUDITING = {"audit_id", "check_id", "finding_id"}
UNAUDITED = [one for one in HELD if one[0] == "GET" or not walled.parts(one[1]) & AUDITING]
TAKING = [one for one in ROUTES if DESCRIBED[one[1].endpoint.removeprefix("api.")].takes]


def filled(rule: Rule, ids: dict[str, str]) -> str:
    return walled.filled(rule, ids).removeprefix("/api/v1")


BODIES = {
    "endings.registered": {"number": "x", "court": "x", "dated": "x", "scope": "case"},
    "endings.objected": {"kind": "hold", "words": "x"},
    "endings.resolved": {"reason": "x"},
    "endings.proposed": {"reason": "x"},
    "endings.decided": {"grants": True, "reason": "x"},
    "endings.started": {},
    "endings.withdrawn": {"reason": "x"},
    "endings.answered": {"reason": "x"},
    "retaining.restricted": {"kind": "exhibit", "subject": str(uuid4()), "order_number": "x", "reason": "x"},
    "retaining.asked": {"reason": "x"},
    "retaining.lifted": {"grants": True, "reason": "x"},
    "retaining.happened": {"trigger": "acquittal", "on": "2026-01-01"},
    "retaining.chosen": {"decision": "return", "reason": "x"},
    "incidents.opened": {"kind": "damage", "because": "x"},
    "incidents.explained": {"statement": "x"},
    "incidents.closed": {"statement": "x"},
    "hashes.hash_stated": {"algorithm": "md5", "value": "0" * 32, "target": "source_data", "stated_by": "x"},
    "hashes.derived": {
        "name": "x",
        "method": "x",
        "tool": "x",
        "version": "1",
        "parameters": "x",
        "person": "x",
        "target": "working_copy",
    },
    "hashes.asked_again": {"reason": "x"},
    "hashes.copy_proposed": {"reason": "x"},
    "hashes.copy_decided": {"grants": True, "reason": "x"},
    "places.made": {"name": "Store", "sort": "site"},
    "places.closed": {"reason": "x"},
    "seals.issued": {"prefix": "PN", "width": 6, "first": 1, "last": 9, "issued_to": "ana"},
    "seals.written_off": {"numbers": ["PN1"], "fate": "lost", "because": "x"},
    "seals.explained": {"statement": "x"},
    "kits.made": {"exhibits": 1, "issued_to": "ana", "purpose": "patrol"},
    "kits.void": {"reason": "x"},
    "kits.returned": {"reason": "x"},
    "kits.decided": {"choice": "refuse", "reason": "x"},
    "audits.drawn": {"random": 1},
    "audits.checked": {"there": False},
    "audits.swept": {"place": "x"},
    "audits.closed": {"summary": "x"},
    "audits.answered": {"statement": "x"},
    "audits.judged": {"enough": True, "decision": "x"},
    "audits.assigned": {"user": "ana"},
    "data_orders.recorded": {
        "number": "x",
        "kind": "production",
        "authority": "x",
        "addressee": "x",
        "category": "content",
        "issued": "2026-09-01T09:00:00Z",
    },
    "data_orders.received": {"received": "2026-09-01T09:00:00Z"},
    "data_orders.confirmed": {"confirmed": "2026-09-01T09:00:00Z", "confirmation": "x"},
    "data_orders.extended": {"because": "x"},
    "data_orders.deadline_set": {"deadline": "2026-12-01T09:00:00Z", "because": "x"},
    "data_orders.corrected": {"because": "x", "number": "y"},
    "data_orders.ended": {"because": "x"},
    "data_orders.answered": {"outcome": "data", "answered": "2026-09-01T09:00:00Z"},
    "data_orders.brought": {"exhibits": [str(uuid4())]},
    "data_orders.struck": {"because": "x"},
    "online.recorded": {
        "typed": "https://example.org",
        "collector": "x",
        "tool": "x",
        "tool_version": "1",
        "collected": "2026-09-01T09:00:00Z",
    },
    "online.corrected": {
        "typed": "https://example.org",
        "collector": "x",
        "tool": "x",
        "tool_version": "1",
        "collected": "2026-09-01T09:00:00Z",
        "because": "x",
    },
    "online.part_given": {"file": str(uuid4()), "role": "page source"},
    "online.reasoned": {"element": "metadata", "reason": "x"},
    "online.disclosed": {"discloses": True, "because": "x"},
    "people.entered": {"name": "X", "role": "witness"},
    "people.named": {"name": "X"},
    "people.given": {"role": "witness"},
    "people.protected": {"reason": "x"},
    "cases.restricted": {"restricted": True, "reason": "x"},
    "cases.closed": {"reason": "x"},
    "cases.reopened": {"reason": "x"},
    "cases.amended": {"title": "x"},
    "cases.admitted": {"user": "ana", "duty": "lead"},
    "evidence.registered": {"reference": "x", "description": "x"},
    "evidence.authorised": {"kind": "order"},
    "deliveries.announced": {"items": [{"name": "x"}]},
    "uploads.begun": {"name": "x", "size": 5000},
    "uploads.whole_stated": {"value": "0" * 64},
    "uploads.cancelled": {"reason": "x"},
    "deliveries.hash_stated": {"sha256": "0" * 64},
    "custody.moved": {"note": "x"},
    "continuity.stated": {"text": "x"},
    "continuity.asked": {"of": "ana", "question": "x"},
    "continuity.marked": {"file": str(uuid4()), "shows": "at seizure"},
    "deciding.decided": {"grants": True, "reason": "x"},
    "deciding.proposed": {"reason": "x"},
    "exports.ordered": {"title": "x", "exhibits": [str(uuid4())]},
    "exports.signed": {},
    "money.answered": {"answers": {"a": "b"}},
    "cases.opened": {"title": "x"},
}


def call(office, name, method, rule, ids, **more):
    endpoint = rule.endpoint.removeprefix("api.")
    if DESCRIBED[endpoint].takes is not None and "data" not in more:
        more["json"] = BODIES[endpoint]
    elif DESCRIBED[endpoint].body:
        more["data"] = b"bytes"
    return office.call(name, method, filled(rule, ids), **more)


@pytest.mark.parametrize("route", CASES, ids=_named)
@pytest.mark.parametrize("who", ["stranger", "adam"])
def test_another_cases_ids_answer_exactly_as_ids_that_never_were(office, ids, route, who):
    method, rule = route
    there = call(office, who, method, rule, ids)
    absent = call(office, who, method, rule, walled.absent(ids))

    assert there.status_code == absent.status_code == 404, there.text
    assert there.data == absent.data
    assert walled.SECRET not in there.text


def tus(office, name, method, path, **head):
    sent = {"Authorization": f"Bearer {office.token(name)}", "Tus-Resumable": "1.0.0", "Upload-Offset": "0", **head}
    kind = "application/offset+octet-stream"
    return office.app.test_client().open(path, method=method, headers=sent, data=b"bytes", content_type=kind)


@pytest.mark.parametrize("who", ["stranger", "otto", "adam"])
def test_another_cases_uploads_answer_in_the_protocol_for_uploads_exactly_as_ones_that_never_were(office, ids, who):
    never = walled.absent(ids)
    for method in ("HEAD", "PATCH", "DELETE"):
        there, absent = (tus(office, who, method, f"/api/uploads/{one['upload_id']}") for one in (ids, never))
        assert there.status_code == absent.status_code == 404, (method, there.text)
        assert there.data == absent.data
    for exhibit, piece in ((ids, never), (never, ids)):
        told = base64.b64encode(exhibit["exhibit_id"].encode()).decode()
        joined = {"Upload-Metadata": f"exhibit {told}", "Upload-Concat": f"final;/api/uploads/{piece['upload_id']}"}
        begun = {"Upload-Metadata": f"exhibit {told}", "Upload-Length": "5"}
        for head in (joined, begun):
            assert tus(office, who, "POST", "/api/uploads", **head).status_code == 404
    assert tus(office, "ana", "HEAD", f"/api/uploads/{ids['upload_id']}").status_code == 200


def test_a_piece_of_another_case_cannot_be_joined_into_ones_own(office, ids):
    own = office.exhibit("stranger", office.case("stranger", "A case of their own"))
    told = base64.b64encode(own.encode()).decode()
    answers = [
        tus(office, "stranger", "POST", "/api/uploads", **{
            "Upload-Metadata": f"exhibit {told}", "Upload-Concat": f"final;/api/uploads/{one['upload_id']}",
        }) for one in (ids, walled.absent(ids))
    ]  # fmt: skip

    assert answers[0].status_code == answers[1].status_code == 404, answers[0].text
    assert answers[0].data == answers[1].data


def test_no_address_with_an_id_in_it_is_left_out_of_these_tests(office):
    tried = {rule.endpoint for _method, rule in HELD} | {"static", "desk.font"}
    rules = [rule for rule in office.app.url_map.iter_rules() if walled.parts(rule)]
    left = [one.rule for one in rules if one.endpoint not in tried and not one.endpoint.startswith("desk.")]

    assert set(left) == {"/api/uploads/<uuid:upload_id>"}


@pytest.mark.parametrize("route", UNAUDITED, ids=_named)
def test_an_auditor_gets_no_content_from_any_address(office, ids, route):
    method, rule = route
    answer = call(office, "aude", method, rule, ids, purpose="audit")

    assert walled.NUMBER.encode() not in answer.data
    if method != "GET":
        assert answer.status_code in {403, 404}, answer.text


@pytest.mark.parametrize("route", ROUTES, ids=_named)
def test_nobody_signed_in_gets_nothing(office, ids, route):
    method, rule = route
    query = {"q": "landing"} if rule.rule.endswith("/search") else None
    answer = office.app.test_client().open(f"/api/v1{filled(rule, ids)}", method=method, json={}, query_string=query)

    assert answer.status_code in {400, 401}, answer.text
    assert set(answer.json["error"]) == {"code", "message", "fields"}


@pytest.mark.parametrize("route", TAKING, ids=_named)
@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"", "application/json", 422),
        (b"{", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'"text"', "application/json", 422),
        (b'{"surprise": 1}', "application/json", 422),
        (b"\xff\xfe\x00", "application/json", 422),
        (b'{"a":' * 5000, "application/json", 422),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b"oversized", "application/json", 413),
    ],
    ids=["empty", "cut", "list", "text", "unknown field", "not UTF-8", "deep", "form", "oversized"],
)
def test_a_body_that_is_not_as_described_is_refused_in_the_one_shape(office, ids, route, data, kind, status):
    method, rule = route
    if data == b"oversized":
        limit = DESCRIBED[rule.endpoint.removeprefix("api.")].limit or BODY_LIMIT
        data = b'{"title": "' + b"x" * limit + b'"}'
    answer = call(office, "ana", method, rule, ids, data=data, content_type=kind)

    assert answer.status_code == status, answer.text
    assert set(answer.json["error"]) == {"code", "message", "fields"}


@pytest.mark.parametrize("route", TAKING, ids=_named)
def test_a_field_of_the_wrong_type_is_named(office, ids, route):
    method, rule = route
    good = BODIES[rule.endpoint.removeprefix("api.")]
    for name in good:
        answer = call(
            office,
            "ana",
            method,
            rule,
            ids,
            data=json.dumps(good | {name: {"no": None}}),
            content_type="application/json",
        )
        assert answer.status_code == 422, answer.text
        assert any(name in field for field in answer.json["error"]["fields"]), answer.text


def test_refusals_are_written_down_for_the_auditor(office, ids):
    office.call("stranger", "GET", f"/cases/{ids['case_id']}")
    told = office.call("aude", "GET", "/ledger?outcome=refused&actor=stranger", purpose="audit").json["entries"]

    assert told
    assert all(one["case"] == "" for one in told)


def test_the_ledgers_are_for_auditors_alone(office):
    assert office.call("ana", "GET", "/ledger").status_code == 403
    assert office.call("adam", "GET", "/ledger").status_code == 403


def test_an_auditor_can_have_every_chain_verified(office, ids):
    told = office.call("aude", "POST", "/ledger/verification", purpose="audit").json

    assert told["breaks"] == []
    assert told["entries"] > 5


def test_a_purpose_that_is_not_offered_is_refused(office, ids):
    answer = office.call("ana", "GET", f"/files/{ids['file_id']}/content", purpose="immigration")

    assert (answer.status_code, answer.json["error"]["code"]) == (422, "BadPurpose")
