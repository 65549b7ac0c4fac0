"""Every page and every form with hostile words and another case's ids: a clear answer, never a fault of ours."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.offices import PASSWORD

HOSTILE = [
    "", "\0", "x" * 20_000, "<script>alert(1)</script>", "\u202e\u0000\ud800", "-1", "9" * 40,
    "💥' OR 1=1 --", "../../x",
]  # fmt: skip
FIELDS = (
    "title", "number", "sensitivity", "restricted", "reason", "user", "duty", "clearance", "leaving", "name", "role",
    "kind", "source", "event", "protected", "reference", "description", "handling", "seized_at", "seized_as_written",
    "place", "seal", "number_scheme", "number_value", "issuer", "scope", "valid_from", "expires", "to", "outside",
    "note", "occurred_at", "seen", "exhibit", "recipient", "words", "purpose", "next", "password", "display", "roles",
    "token", "label", "days", "scopes",
)  # fmt: skip
QUERY = ("words", "state", "sort", "after", "reading", "q", "case", "exhibit", "kind", "language", "month", "cursor",
         "act", "person", "since", "until", "format", "lang", "next")  # fmt: skip
NEVER = {"accounts.sign_out", "desk.change_own_password"}


@pytest.fixture
def known(office: Any) -> dict[str, str]:
    """Ids of a case, an exhibit and a file that exist, in the case of somebody who works there."""
    case = office.case("ines")
    exhibit = office.exhibit("ines", case)
    sent = office.send("ines", exhibit, b"some words")
    return {"case_id": case, "exhibit_id": exhibit, "file_id": sent["file"]}


def doors(app: Flask, method: str) -> list[Rule]:
    """The addresses of the desk that take this method."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(("desk.", "accounts."))]
    return [rule for rule in rules if method in (rule.methods or ()) and rule.endpoint not in NEVER]


def address(rule: Rule, known: dict[str, str]) -> str:
    """The rule's address with ids that exist where there are any."""
    filled = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
    filled = re.sub(r"<int:\w+>", "1", filled)
    filled = re.sub(r"<uuid:(\w+)>", lambda found: known.get(found[1], str(uuid4())), filled)
    return re.sub(r"<(?:path:)?(\w+)>", lambda found: {"verb": "note", "name": "ines"}.get(found[1], "case/1"), filled)


def come_in(office: Any, name: str) -> tuple[FlaskClient, str]:
    """Somebody's browser, signed in for a purpose, and a form token."""
    client: FlaskClient = office.app.test_client()

    def token(path: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).get_data(as_text=True))
        assert found is not None
        return found[1]

    client.post("/sign-in", data={"name": name, "password": PASSWORD, "csrf_token": token("/sign-in")})
    client.post("/purpose", data={"purpose": "investigation", "csrf_token": token("/purpose")})
    return client, token("/purpose")


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_no_address_breaks_on_what_stands_behind_it(office: Any, known: dict[str, str], words: str) -> None:
    client, _token = come_in(office, "ines")
    query = {name: words.encode("utf-8", "replace") for name in QUERY}
    wrong = []
    for rule in doors(office.app, "GET"):
        answer = client.get(address(rule, known), query_string=query)
        if answer.status_code >= 500 or b"<script>alert" in answer.data:
            wrong.append((rule.rule, answer.status_code))
        answer.close()

    assert wrong == []


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_no_form_breaks_on_what_is_typed_into_it(office: Any, known: dict[str, str], words: str) -> None:
    client, token = come_in(office, "ines")
    sent = {name: words.encode("utf-8", "replace") for name in FIELDS} | {"csrf_token": token.encode()}
    wrong = []
    for rule in doors(office.app, "POST"):
        answer = client.post(address(rule, known), data=sent)
        if answer.status_code >= 500 or b"<script>alert" in answer.data:
            wrong.append((rule.rule, answer.status_code))
        answer.close()

    assert wrong == []
