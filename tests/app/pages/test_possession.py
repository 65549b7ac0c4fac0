"""The pages of possession: every act can be asked for, a second person decides, continuity says what is weak."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from core import clock
from core.accounts import Role
from evidence.possession.verbs import Verb
from tests.app.pages.test_hostile import come_in


@pytest.fixture
def desk(office: Any) -> tuple[Any, str, str]:
    """A case of ines with a supervisor in it, and one exhibit."""
    case = office.case("ines")
    office.token("sue", Role.SUPERVISOR)
    ines = office.call("ines", "POST", f"/cases/{case}/members", json={"user": "sue", "duty": "supervise"})
    assert ines.status_code < 300, ines.text
    return office, case, office.exhibit("ines", case)


def send(client: FlaskClient, token: str, path: str, **words: str) -> Any:
    return client.post(path, data=words | {"csrf_token": token})


def test_each_act_has_its_page_and_says_what_follows(desk: tuple[Any, str, str]) -> None:
    office, _case, exhibit = desk
    client, _token = come_in(office, "ines")

    for verb in Verb:
        shown = client.get(f"/exhibits/{exhibit}/custody/{verb.value}")
        assert shown.status_code == 200, verb
        assert "This is what follows" in shown.text


def test_a_late_entry_waits_for_the_supervisor_who_signs_it_on_one_page(desk: tuple[Any, str, str]) -> None:
    office, _case, exhibit = desk
    client, token = come_in(office, "ines")
    happened = f"{clock.now() - timedelta(days=2):%Y-%m-%dT%H:%M}"
    words = {"place": "safe", "note": "no network at sea", "occurred_at": happened, "occurred_zone": "UTC", "seen": "1"}
    assert send(client, token, f"/exhibits/{exhibit}/custody/store", **words).status_code == 302
    assert "late-unsigned" in client.get(f"/exhibits/{exhibit}/continuity").text
    assert "Sign a late entry" not in client.get("/to-decide").text

    sue, hers = come_in(office, "sue")
    page = sue.get("/to-decide").text
    assert "Sign a late entry" in page
    assert "To decide (1)" in sue.get("/").text
    proposal = re.search(r"/decisions/([0-9a-f-]{36})", page)
    assert proposal is not None
    assert send(sue, hers, f"/decisions/{proposal[1]}", answer="grant", reason="").status_code == 422
    assert send(sue, hers, f"/decisions/{proposal[1]}", answer="grant", reason="the log says so").status_code == 302
    assert "late-unsigned" not in client.get(f"/exhibits/{exhibit}/continuity").text


def test_a_statement_is_entered_and_shown_beside_its_weakness(desk: tuple[Any, str, str]) -> None:
    office, _case, exhibit = desk
    client, token = come_in(office, "ines")
    words = {"weakness": "seizure-time-unknown@1", "text": "At dawn, my watch had stopped."}
    assert send(client, token, f"/exhibits/{exhibit}/statements", **words).status_code == 302
    shown = client.get(f"/exhibits/{exhibit}/continuity").text

    assert "At dawn, my watch had stopped." in shown
    assert "seizure-time-unknown" in shown
    assert "<svg" in shown


def test_an_order_is_carried_out_after_a_second_person_approved_it(desk: tuple[Any, str, str]) -> None:
    office, _case, exhibit = desk
    client, token = come_in(office, "ines")
    ends = f"{clock.now() - timedelta(days=1):%Y-%m-%dT%H:%M}"
    order = {"number": "O 7", "court": "district court", "appeal_ends": ends}
    assert send(client, token, f"/exhibits/{exhibit}/custody/order_return", **order).status_code == 302
    wish = {"outside": "the owner", "method": "by hand", "reason": "the order"}
    assert send(client, token, f"/exhibits/{exhibit}/approvals/return", **wish).status_code == 302
    assert "has not decided yet" in client.get(f"/exhibits/{exhibit}/custody/return").text
    sue, hers = come_in(office, "sue")
    proposal = re.search(r"/decisions/([0-9a-f-]{36})", sue.get("/to-decide").text)
    assert proposal is not None
    send(sue, hers, f"/decisions/{proposal[1]}", answer="grant", reason="seen")
    done = {"outside": "the owner", "method": "by hand", "witness": "dora", "receipt": "R 1"}
    assert send(client, token, f"/exhibits/{exhibit}/custody/return", **done).status_code == 302

    assert "Custody has ended" in client.get(f"/exhibits/{exhibit}").text


def test_what_waits_in_another_case_is_not_on_the_page(desk: tuple[Any, str, str]) -> None:
    office, _case, exhibit = desk
    told = {"note": "late", "occurred_at": (clock.now() - timedelta(days=2)).isoformat()}
    assert office.call("ines", "POST", f"/exhibits/{exhibit}/custody/note", json=told).status_code == 201
    office.token("sam", Role.SUPERVISOR)
    other, _token = come_in(office, "sam")

    assert "Nothing waits for your decision" in other.get("/to-decide").text
    assert other.get(f"/exhibits/{exhibit}/continuity").status_code == 404


def test_the_api_gives_the_vocabulary_the_report_and_what_waits(desk: tuple[Any, str, str]) -> None:
    office, case, exhibit = desk
    acts = office.call("ines", "GET", "/custody/acts").json["acts"]
    offered = office.call("ines", "POST", f"/exhibits/{exhibit}/custody/check_out",
                          json={"outside": "customs", "reason": "their count"})  # fmt: skip
    made = office.call("ines", "GET", f"/exhibits/{exhibit}/continuity").json
    due = office.call("ines", "GET", f"/cases/{case}/possession/due").json["due"]

    assert {one["verb"] for one in acts} == {verb.value for verb in Verb}
    assert offered.status_code == 201
    assert [one["custodian"] for one in made["spans"]] == ["ines", "customs"]
    assert "receipt-missing" in {one["code"] for one in made["weaknesses"]}
    assert [one["exhibit_id"] for one in due] == [exhibit]
