"""Orders for data at every door: recorded, due, answered and corrected by API, command line and page."""

import re
from uuid import UUID

import pytest

from app.wiring import services, transaction
from evidence.exhibits import Exhibit
from exports.gathering import ordered, weaknesses
from tests import offices
from tests.makers import PASSWORD
from tests.operators import Operator

ISSUED, RECEIVED = "2026-08-20T09:00:00+02:00", "2026-08-21T09:00:00+02:00"
EPOC = {
    "number": "EPOC 12/26", "kind": "production", "authority": "Court of Ragusa", "addressee": "Example Mail",
    "category": "traffic", "issued": ISSUED, "received": RECEIVED, "target": "account 4711 of Zwielicht",
}  # fmt: skip


@pytest.fixture(scope="module")
def office():
    made = offices.Office(offices.lasting_deployment())
    made.token("ana")
    return made


@pytest.fixture(scope="module")
def case(office):
    return office.case("ana")


def post(office, path, status=200, **told):
    answer = office.call("ana", "POST", path, json=told)
    assert answer.status_code == status, answer.text
    return answer.json


def test_an_order_goes_its_way_by_the_api(office, case):
    made = post(office, f"/cases/{case}/data-orders", 201, **EPOC)
    assert (made["due"], made["overdue"]) == ("2026-08-31T07:00:00Z", True)
    mine = office.call("ana", "GET", "/obligations").json["obligations"]
    assert [(one["kind"], one["overdue"]) for one in mine if one["subject"] == made["id"]] == [("order for data", True)]
    here = f"/data-orders/{made['id']}"
    post(office, f"{here}/confirmation", confirmed=RECEIVED, confirmation="reference 99")
    post(office, f"{here}/corrections", because="misread", category="content")
    exhibit = office.exhibit("ana", case, authority=False)
    told = {"outcome": "part", "answered": "2026-09-02T10:00:00+02:00", "came": "the mailbox"}
    whole = post(office, f"{here}/answers", 201, **told, exhibits=[exhibit])

    (given,) = whole["answers"]
    assert (given["late"], given["exhibits"], given["came"]) == (True, [exhibit], "the mailbox")
    assert (whole["state"], whole["category"], whole["target"]) == ("answered in part", "content", EPOC["target"])
    acts = [one["act"].removeprefix("order for data ") for one in whole["history"]]
    assert acts == ["recorded", "confirmed", "corrected", "answered", "brought an exhibit"]
    granted = office.call("ana", "GET", f"/exhibits/{exhibit}").json["authorities"]
    assert [(one["kind"], one["number"]) for one in granted] == [("order", "EPOC 12/26")]
    struck = post(office, f"{here}/answers/{given['id']}/strike", because="another order's")
    assert (struck["state"], struck["answers"][0]["struck_because"]) == ("received", "another order's")


def test_the_dossier_says_by_which_order_an_exhibit_came_and_what_is_weak_in_that_and_never_whose_data(office, case):
    made = post(office, f"/cases/{case}/data-orders", 201, **EPOC)
    exhibit = office.exhibit("ana", case, authority=False)
    told = {"outcome": "part", "answered": "2026-09-02T10:00:00+02:00"}
    post(office, f"/data-orders/{made['id']}/answers", 201, **told, exhibits=[exhibit])

    with office.app.app_context(), transaction() as session:
        found = session.get_one(Exhibit, UUID(exhibit))
        ((label, said),) = ordered.of_exhibit(session, found)
        weak = list(weaknesses.of_exhibit(session, found, "E1", []))
    assert label == "order for data"
    assert "EPOC 12/26, production under Regulation (EU) 2023/1543" in said
    assert "due 2026-08-31 07:00 UTC (10 days from receipt)" in said
    assert "after the deadline: a part of the data came" in said
    assert "Zwielicht" not in said
    assert [one for one in weak if "in part" in one]
    assert [one for one in weak if "after its deadline" in one]


def test_the_same_by_the_command_line(office, case, tmp_path):
    with office.app.app_context():
        shell = Operator(services().config.instance)
    (tmp_path / "whose").write_text("account 4712")
    told = ("--number", "EPOC-PR 1", "--authority", "Court", "--addressee", "Example Chat", "--category", "content")
    told += ("--issued", ISSUED, "--target-file", tmp_path / "whose", "--as", "ana")
    kept = shell.told("data-order", "record", case, "preservation", *told)["id"]
    assert "does not say its zone" in shell.refused(
        2, "data-order", "received", kept, "2026-08-21T09:00", "--as", "ana"
    )
    received = shell.told("data-order", "received", kept, "2026-11-01T09:00:00+01:00", "--as", "ana")
    assert received["due"] == "2026-12-31T08:00:00.000000Z"
    assert shell.told("data-order", "extend", kept, "--because", "x", "--as", "ana")["due"].startswith("2027-01-30")
    shell.run("data-order", "confirmed", kept, "2026-11-02T09:00:00+01:00", "--by", "ref 9", "--as", "ana")
    shell.run("data-order", "correct", kept, "number=EPOC-PR 2", "--because", "typed wrong", "--as", "ana")
    assert "is no correction" in shell.refused(
        2, "data-order", "correct", kept, "kind=x", "--because", "x", "--as", "ana"
    )
    late = shell.told("obligations", "--as", "ana")
    assert [one["overdue"] for one in late if one["subject"] == kept] == [False]
    asked = shell.told("data-order", "record", case, "production", *told, "--follows", kept)["id"]
    exhibit = office.exhibit("ana", case, authority=False)
    at = "2026-11-03T09:00:00+01:00"
    answer = shell.told("data-order", "answered", asked, "data", at, "--as", "ana")["answer"]
    shell.run("data-order", "brought", asked, answer, exhibit, "--as", "ana")
    shown = shell.told("data-order", "show", asked, "--as", "ana")
    assert (shown["target"], shown["answers"][0]["exhibits"]) == ("account 4712", [exhibit])
    assert "whose data: account 4712" in shell.run("data-order", "show", asked, "--as", "ana").stdout
    listed = {one["id"]: one["state"] for one in shell.told("data-order", "list", case, "--as", "ana")["orders"]}
    assert (listed[kept], listed[asked]) == ("followed", "answered")
    shell.run("data-order", "strike", asked, answer, "--because", "x", "--as", "ana")
    shell.run("data-order", "deadline", asked, "2027-01-01T00:00Z", "--because", "agreed", "--as", "ana")
    shell.run("data-order", "end", asked, "--because", "withdrawn", "--as", "ana")


def test_the_same_at_the_desk(office, case):
    client = office.app.test_client()

    def sent(path, **told):
        token = re.search('name="csrf_token" value="([^"]+)"', client.get(told.pop("at", path)).text)[1]
        return client.post(path, data={**told, "csrf_token": token})

    sent("/sign-in", name="ana", password=PASSWORD)
    add = f"/cases/{case}/data-orders/add"
    told = {"law": "eu", "kind": "production", "category": "subscriber", "number": "EPOC <5>", "authority": "Court",
            "addressee": "Example Mail", "occurred_zone": "Europe/Rome", "target": "account 4713"}  # fmt: skip
    wrong = sent(add, **told)
    assert (wrong.status_code, "Say when" in wrong.text) == (422, True)
    made = sent(add, **told, issued="2026-11-20T10:00", received="2026-11-21T10:00")
    assert made.status_code == 302, made.text
    page = made.headers["Location"]
    shown = client.get(page).text
    assert "2026-12-01 09:00:00 UTC: 10 days from receipt" in shown
    assert "account 4713" in shown
    assert "EPOC &lt;5&gt;" in client.get(f"/cases/{case}/data-orders").text
    assert f'href="{page}"' in client.get("/obligations").text
    for step in ("receipt", "confirmation", "extension", "deadline", "correction", "answer", "end"):
        assert client.get(f"{page}/{step}").status_code == 200
    assert sent(f"{page}/correction", because="x", number="EPOC <5>").status_code == 422
    fixed = {"number": "EPOC 6", "received": "2026-11-21T09:00", "occurred_zone": "UTC", "because": "typed wrong"}
    assert sent(f"{page}/correction", **fixed).status_code == 302
    shown = client.get(page).text
    assert "number, was" in shown
    assert "received, was" not in shown
    exhibit = office.exhibit("ana", case, authority=False)
    reply = {"outcome": "data", "answered": "2026-11-22T10:00", "occurred_zone": "UTC", "exhibits": exhibit}
    assert sent(f"{page}/answer", **reply).status_code == 302
    shown = client.get(page).text
    assert f'href="/exhibits/{exhibit}"' in shown
    strike = re.search(f"{page}/answers/[0-9a-f-]+/strike", shown)[0]
    assert client.get(strike.replace("strike", "exhibits")).status_code == 200
    assert sent(strike, because="wrong").status_code == 302
    assert sent(f"{page}/end", because="withdrawn").status_code == 302
    assert sent(f"{page}/receipt", received="2026-11-22T10:00", occurred_zone="UTC").status_code == 409
