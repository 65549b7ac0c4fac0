"""The doors to what ends: pages, and who may know of an order at all."""

import re

from app.ending import carrying_out, rounds
from core.accounts import Role
from evidence.ending.rows import Scope
from tests.app.ending.ending_office import MARK, Desk
from tests.operators import Operator


def test_an_order_goes_its_whole_way_at_the_desk(ending):
    sofia, sam, kurt = (Desk(ending, name) for name in ("sofia", "sam", "kurt"))
    told = {"number": "12 Qs 3/26", "court": "the court", "dated": "20 November", "scope": "exhibits"}
    add = f"/cases/{ending.case}/endings/add"
    wrong = sofia.post(add, **told)
    assert wrong.status_code == 422
    assert "Name what it is about" in wrong.text
    made = sofia.post(add, **told, exhibits=ending.exhibit)
    assert made.status_code == 302, made.text
    page = made.headers["Location"]
    shown = sofia.get(page).text
    assert "1 passages" in shown
    assert f"{MARK}.txt" in shown
    sofia.post(f"{page}/obstacles", page, kind="civil claim", words="the owner sues")
    assert "civil claim: " in sofia.get(page).text.replace('<bdi dir="auto">', "")
    raised = re.search(f"{page}/obstacles/([0-9a-f-]+)", sofia.get(page).text)[0]
    assert sofia.post(raised, page, resolution="settled").status_code == 302
    assert sofia.post(f"{page}/proposal", page, reason="final").status_code == 302
    for one in (sam, kurt):
        waiting = one.get("/to-decide").text
        assert "Approve that data is destroyed by order" in waiting
        path = re.search("/decisions/[0-9a-f-]+", waiting)[0]
        assert one.post(path, "/to-decide", answer="grant", reason="read").status_code == 302
    assert kurt.post(f"{page}/start", page).status_code == 302
    ending.office.work()

    shown = sofia.get(page).text
    assert "The certificate (PDF)" in shown, ending.jobs()
    assert sofia.get(f"{page}/certificate").data.startswith(b"%PDF")
    assert "12 Qs 3/26" in sofia.get(f"/cases/{ending.case}/endings").text


def test_restricting_and_retention_have_their_pages(ending):
    sofia = Desk(ending, "sofia")
    kept = {"kind": "exhibit", "subject": ending.exhibit, "order_number": "3 Gs 1/26", "reason": "evidence"}
    events = f"/cases/{ending.case}/retention"
    day = {"trigger": "return date of a migrant's things", "on": "2020-01-01"}
    assert sofia.post(events, **day).status_code == 302
    assert "2020-01-01" in sofia.get(events).text
    rounds.propose()
    due = sofia.get("/obligations").text
    assert "retention to decide" in due
    assert 'href="/retention"' in due
    assert "retention: return" in sofia.get(f"/exhibits/{ending.exhibit}/ending").text
    assert "retention to decide" not in Desk(ending, "ivo").get("/obligations").text
    told = ending.office.call("sofia", "GET", "/obligations").json["obligations"]
    assert [(one["kind"], one["subject"]) for one in told] == [("retention to decide", ending.exhibit)]
    listed = Operator(ending.folder).told("obligations", "--as", "sofia")
    assert {one["kind"] for one in listed} == {"retention to decide"}
    queue = sofia.get("/retention").text
    assert "Return: " in queue
    path = re.search('action="(/retention/[0-9a-f-]+)"', queue)[1]
    done = sofia.post(path, "/retention", decision="return", reason="no longer needed")
    assert done.status_code == 302
    page = done.headers["Location"]
    assert "enters the order" in sofia.get(page).text, "a supervisor has no hand on things"
    order = re.search('href="([^"]+/custody/order_return)"', Desk(ending, "kurt").get(page).text)[1]
    assert Desk(ending, "kurt").get(order).status_code == 200
    assert sofia.post(f"/cases/{ending.case}/restrict", **kept).status_code == 302
    assert "3 Gs 1/26" in sofia.get(f"/cases/{ending.case}/endings").text
    assert "3 Gs 1/26" not in Desk(ending, "ivo").get(f"/cases/{ending.case}/endings").text


def test_who_is_not_cleared_or_no_member_knows_of_no_order(ending):
    order = ending.order(Scope.EXHIBITS, (ending.exhibit,))

    for name in ("stranger",):
        for path in (f"/endings/{order.id}", f"/endings/{order.id}/reach", f"/cases/{ending.case}/endings"):
            assert ending.office.call(name, "GET", path).status_code == 404
    assert ending.office.call("ivo", "GET", f"/endings/{order.id}").status_code == 200
    assert ending.office.call("aude", "GET", f"/endings/{order.id}", purpose="audit").json["number"] == "12 Qs 3/26"


def test_roles_that_do_not_end_data_are_refused(ending):
    told = {"number": "1", "court": "x", "dated": "x", "scope": "case"}

    for name in ("ana", "ivo", "kurt", "aude"):
        assert ending.office.call(name, "POST", f"/cases/{ending.case}/endings", json=told).status_code == 403
    narrow = ending.office.call("sofia", "POST", f"/cases/{ending.case}/endings", json=told | {"things": ["x"]})
    assert narrow.status_code == 422


def test_no_address_of_the_house_deletes_but_by_an_order(ending):
    deleting = {rule.rule for rule in ending.office.app.url_map.iter_rules() if "DELETE" in (rule.methods or set())}

    assert not [one for one in deleting if "files" in one or "exhibits" in one or "endings" in one], deleting


def test_two_orders_may_be_carried_out_and_each_does_only_its_own(ending):
    first = ending.end(Scope.FILES, (ending.files["own"],))
    order, reach = carrying_out.reach_of(ending.actor("sofia"), ending.order(Scope.EXHIBITS, (ending.exhibit,)).id)

    assert order.id != first.id
    assert {one.label for one in reach.doing("destroy", "file")} == {"shared.txt"}
    assert Role.SUPERVISOR in ending.actor("sofia").roles
