"""What was collected online at every door: recorded, shown as text, and its identity in no dossier by itself."""

import re
from uuid import UUID

import pytest

from app.keys import sealed
from app.wiring import services, transaction
from core.accounts import Role
from evidence.data_orders.rows import DataOrderWords
from evidence.exhibits import Exhibit
from evidence.files import File
from evidence.online.rows import OnlineItem
from exports.gathering import collected
from exports.gathering.pieces import Piece
from exports.gathering.withholding import Verdict
from tests import offices
from tests.makers import PASSWORD
from tests.operators import Operator

WHAT = {
    "typed": "https://ex\u0430mple.org/boats", "final": "https://example.org/b", "collector": "ana", "tool": "Hunchly",
    "tool_version": "2.5", "collected": "2026-09-01T10:00:00+02:00", "identity": "persona_77",
}  # fmt: skip


WHAT_TYPED = {name: value for name, value in WHAT.items() if name not in {"collected", "identity"}} | {
    "collected": "2026-09-01T10:00", "occurred_zone": "Europe/Rome", "because": "x",
}  # fmt: skip


@pytest.fixture(scope="module")
def office():
    made = offices.Office(offices.lasting_deployment())
    made.token("ana")
    made.token("sofia", Role.SUPERVISOR)
    made.token("ivo")
    return made


@pytest.fixture(scope="module")
def case(office):
    case = office.case("ana")
    for name, duty, clearance in (("sofia", "supervise", "C3"), ("ivo", "investigate", "C3")):
        told = {"user": name, "duty": duty, "clearance": clearance}
        assert office.call("ana", "POST", f"/cases/{case}/members", json=told).status_code < 300
    return case


def post(office, path, status=200, who="ana", **told):
    answer = office.call(who, "POST", path, json=told)
    assert answer.status_code == status, answer.text
    return answer.json


def dossier(office, exhibit, file):
    with office.app.app_context(), transaction() as session:
        page = session.get_one(File, UUID(file))
        piece = Piece(page, "E1.1", None, Verdict(), vouched=False, digests=(), selectors=(), facts={})
        found = session.get_one(Exhibit, UUID(exhibit))
        return list(collected.of_exhibit(session, services().keyring, found, [piece]))


def test_an_item_goes_its_way_by_the_api_and_the_dossier_names_its_identity_only_when_that_was_decided(office, case):
    exhibit = office.exhibit("ana", case)
    file = office.send("ana", exhibit, b"<html>", "page.html")["file"]
    item = post(office, f"/exhibits/{exhibit}/online", 201, **WHAT)
    assert (item["typed_host"], item["identity"]) == ("xn--exmple-4nf.org", "recorded and sealed")
    here = f"/online-items/{item['id']}"
    post(office, f"{here}/files", file=file, role="page source")
    whole = post(office, f"{here}/reasons", element="metadata", reason="there was none")
    assert [one["role"] for one in whole["parts"]] == ["page source"]
    assert {one["element"]: one["reason"] for one in whole["missing"]} == {
        "full-page capture": "", "embedded media": "", "metadata": "there was none", "context": "",
    }  # fmt: skip

    assert post(office, f"{here}/identity")["identity"] == "persona_77"
    assert office.call("ivo", "POST", f"{here}/identity").status_code == 404
    assert office.call("ivo", "GET", here).json["identity"] == "recorded and sealed"
    told = dossier(office, exhibit, file)
    assert "persona_77" not in str(told)
    assert ("its page source", f"E1.1, SHA-256 {whole['parts'][0]['sha256']}") in told
    assert ("its context", "not here: no reason is recorded") in told
    assert "network identity recorded and withheld" in told[0][1]
    assert office.call("ana", "POST", f"{here}/disclosure", json={"discloses": True, "because": "x"}).status_code == 403
    post(office, f"{here}/disclosure", who="sofia", discloses=True, because="retired")
    assert "network identity persona_77" in dossier(office, exhibit, file)[0][1]
    post(office, f"{here}/disclosure", who="sofia", discloses=False, because="in use again")
    assert "persona_77" not in str(dossier(office, exhibit, file))
    new = post(office, f"{here}/corrections", 201, **WHAT | {"collector": "bo"}, because="bo was there")
    assert [one["id"] for one in office.call("ana", "GET", f"/exhibits/{exhibit}/online").json["items"]] == [new["id"]]


def test_the_same_by_the_command_line(office, case, tmp_path):
    with office.app.app_context():
        shell = Operator(services().config.instance)
    exhibit = office.exhibit("ana", case)
    file = office.send("ana", exhibit, b"<html>", "page.html")["file"]
    (tmp_path / "who").write_text("persona_78\n")
    told = ("--address", "https://example.org", "--collector", "ana", "--at", "2026-09-01T10:00+02:00")
    told += ("--tool", "Hunchly", "--tool-version", "2.5", "--as", "ana")
    item = shell.told("online", "record", exhibit, *told, "--identity-file", tmp_path / "who")["id"]
    assert "address" in shell.refused(2, "online", "record", exhibit, *told, "--final", "javascript:x")
    shell.run("online", "part", item, file, "page source", "--as", "ana")
    shell.run("online", "missing", item, "metadata", "--because", "none", "--as", "ana")
    assert "MISSING context: no reason is recorded" in shell.run("online", "show", exhibit, "--as", "ana").stdout
    looked = ("--purpose", "investigation", "--as")
    assert shell.told("online", "identity", item, *looked, "ana") == {"identity": "persona_78"}
    shell.refused(2, "online", "identity", item, *looked, "ivo")
    shell.run("online", "disclose", item, "--name", "--because", "retired", "--as", "sofia")
    new = shell.told("online", "correct", item, *told, "--context", "a forum", "--because", "x")
    assert (new["context"], new["identity"]) == ("a forum", "recorded and sealed, and named in dossiers")


def test_the_same_at_the_desk_and_an_address_is_never_a_link(office, case):
    client, exhibit = office.app.test_client(), office.exhibit("ana", case)
    file = office.send("ana", exhibit, b"<html>", "page.html")["file"]

    def sent(path, at="", **told):
        token = re.search('name="csrf_token" value="([^"]+)"', client.get(at or path).text)[1]
        return client.post(path, data={**told, "csrf_token": token})

    sent("/sign-in", name="ana", password=PASSWORD)
    sent("/purpose", purpose="investigation")
    add = f"/exhibits/{exhibit}/online"
    assert f'href="{add}"' in client.get(f"/exhibits/{exhibit}").text
    told = {name: value for name, value in WHAT.items() if name != "collected"} | {"occurred_zone": "Europe/Rome"}
    wrong = sent(add, **told, collected="")
    assert (wrong.status_code, "Say when" in wrong.text) == (422, True)
    made = sent(add, **told, collected="2026-09-01T10:00")
    assert made.status_code == 302, made.text
    page = made.headers["Location"]
    shown = client.get(page).text
    assert "https://ex\u0430mple.org/boats" in shown
    assert "xn--exmple-4nf.org" in shown
    assert 'href="http' not in shown.partition("<main")[2].partition("</main>")[0]
    assert "persona_77" not in shown
    assert sent(f"{page}/files", page, file=file, role="page source").status_code == 302
    assert sent(f"{page}/reasons", page, element="context", reason="a search engine led there").status_code == 302
    assert sent(f"{page}/reasons", page, element="metadata", reason="").status_code == 422
    shown = client.get(page).text
    assert f'href="/files/{file}"' in shown
    assert "a search engine led there" in shown
    assert "persona_77" in sent(f"{page}/identity", page).text
    told |= {"collected": "2026-09-01T11:00", "identity": "", "because": "misread"}
    moved = sent(f"{page}/correction", page, **told)
    assert moved.status_code == 302, moved.text
    assert "2026-09-01T11:00:00+02:00" in client.get(moved.headers["Location"]).text
    told = {"name": "Zwielicht Kahn", "role": "witness", "protected": True}
    post(office, f"/cases/{case}/people", 201, **told)
    stale = sent(f"{page}/correction", moved.headers["Location"], **WHAT_TYPED, context="seen by Zwielicht Kahn")
    assert stale.status_code == 409
    page = moved.headers["Location"]
    page = sent(f"{page}/correction", page, **WHAT_TYPED, context="seen by Zwielicht Kahn").headers["Location"]
    assert "Zwielicht" not in client.get(page).text
    page = sent(f"{page}/correction", page, **WHAT_TYPED, context="").headers["Location"]
    kept = office.call("ana", "GET", page).json["context"]
    assert kept == "seen by Zwielicht Kahn"
    assert "Something of what was collected online is missing" in client.get(f"/exhibits/{exhibit}/continuity").text


def test_what_is_sealed_of_orders_and_online_items_opens_after_the_key_of_the_case_was_turned(office):
    case = office.case("ana", "Turned")
    item = post(office, f"/exhibits/{office.exhibit('ana', case)}/online", 201, **WHAT)["id"]
    told = {"number": "E 1", "kind": "production", "authority": "x", "addressee": "x", "category": "content"}
    told |= {"issued": "2026-09-01T10:00:00Z", "target": "account 4711"}
    order = post(office, f"/cases/{case}/data-orders", 201, **told)["id"]
    with office.app.app_context(), transaction() as session:
        keyring, mine = services().keyring, (DataOrderWords, OnlineItem)
        version = keyring.turn_case(session, UUID(case))
        key = keyring.case_key(session, UUID(case))
        for holding in (one for one in sealed.HOLDINGS if one.table in mine):
            rows = sealed.some(session, holding, UUID(case), version, 10)
            assert len(rows) == 1
            holding.again(session, keyring, rows[0], key)
        keyring.destroy_version(session, UUID(case), 1)

    assert post(office, f"/online-items/{item}/identity")["identity"] == "persona_77"
    assert office.call("ana", "GET", f"/data-orders/{order}").json["target"] == "account 4711"
