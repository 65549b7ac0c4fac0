"""Pages at the door: what a person without rights, a broken form or a forged one gets, and where one is led to."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.wiring import transaction
from core import accounts
from core.accounts import Role

PASSWORD = "a long enough password"


@pytest.fixture
def client(office: Any) -> FlaskClient:
    """A browser of an office in which one investigator and one administrator work."""
    with office.app.app_context(), transaction() as session:
        accounts.add(session, "ines", [Role.INVESTIGATOR], PASSWORD)
        accounts.add(session, "adam", [Role.ADMINISTRATOR], PASSWORD)
    made: FlaskClient = office.app.test_client()
    return made


def token(client: FlaskClient, path: str = "/sign-in") -> str:
    """The form token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).get_data(as_text=True))
    assert found is not None
    return found[1]


def come_in(client: FlaskClient, name: str = "ines", onward: str = "") -> Any:
    """Sign in through the page."""
    sent = {"name": name, "password": PASSWORD, "next": onward, "csrf_token": token(client)}
    return client.post("/sign-in", data=sent)


def test_whoever_is_not_signed_in_is_led_to_the_door_and_back(client: FlaskClient) -> None:
    answer = client.get("/cases?sort=title")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in?next=/cases?sort%3Dtitle"
    assert come_in(client, onward="/cases?sort=title").headers["Location"] == "/cases?sort=title"


@pytest.mark.parametrize(
    "onward", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "javascript:1", ""]
)
def test_nobody_is_led_to_another_house(client: FlaskClient, onward: str) -> None:
    assert come_in(client, onward=onward).headers["Location"] == "/"


def test_a_wrong_password_is_not_told_apart_from_a_wrong_name(client: FlaskClient) -> None:
    answers = []
    for name in ("ines", "nobody"):
        sent = {"name": name, "password": "not the right one", "csrf_token": token(client)}
        answer = client.post("/sign-in", data=sent)
        assert answer.status_code == 422
        answers.append(answer.get_data(as_text=True).replace(name, "").replace(sent["csrf_token"], ""))
    shown = [re.sub(r'value="[^"]*"', "", one) for one in answers]

    assert shown[0] == shown[1]
    assert "do not belong together" in shown[0]
    assert "not the right one" not in shown[0]


def test_a_form_from_elsewhere_does_nothing(client: FlaskClient) -> None:
    come_in(client)
    answer = client.post("/cases/open", data={"title": "forged"})

    assert answer.status_code == 400
    assert "What was kept" in answer.get_data(as_text=True)
    assert "forged" not in client.get("/cases").get_data(as_text=True)


def test_what_is_wrong_with_a_form_stands_beside_its_field_and_nothing_typed_is_lost(client: FlaskClient) -> None:
    come_in(client)
    sent = {"title": " ", "number": "K-7", "csrf_token": token(client, "/cases/open")}
    answer = client.post("/cases/open", data=sent)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert 'href="#title"' in page
    assert 'id="title-error"' in page
    assert 'value="K-7"' in page


@pytest.mark.parametrize(
    ("path", "status"),
    [("/administration", 403), ("/ledgers", 403), ("/nowhere", 404), ("/cases/not-an-id", 404), ("/search?q=%22", 422)],
)
def test_a_refusal_is_a_page_that_says_what_was_kept_and_what_to_do(
    client: FlaskClient, path: str, status: int
) -> None:
    come_in(client)
    client.post("/purpose", data={"purpose": "investigation", "csrf_token": token(client, "/purpose")})
    answer = client.get(path)

    assert answer.status_code == status
    assert "<h1" in answer.get_data(as_text=True)


def test_content_without_a_purpose_leads_to_the_choice_of_one(client: FlaskClient) -> None:
    come_in(client)
    sent = {"title": "A case", "csrf_token": token(client, "/cases/open")}
    case = client.post("/cases/open", data=sent).headers["Location"]
    answer = client.get(f"{case}/dossiers/order")

    assert answer.status_code == 403
    assert f"/purpose?next={case}/dossiers/order" in answer.get_data(as_text=True)


def test_a_purpose_that_is_not_offered_is_not_taken(client: FlaskClient) -> None:
    come_in(client)
    sent = {"purpose": "deportation", "csrf_token": token(client, "/purpose")}

    assert client.post("/purpose", data=sent).status_code == 422


def test_another_password_ends_the_sign_in_with_which_it_was_set(client: FlaskClient) -> None:
    come_in(client)
    sent = {"present_password": PASSWORD, "password": "another long password", "csrf_token": token(client, "/account")}

    assert client.post("/account/password", data=sent).headers["Location"] == "/sign-in"
    assert client.get("/cases").status_code == 302


def test_a_password_is_not_changed_by_somebody_who_does_not_know_it(client: FlaskClient) -> None:
    come_in(client)
    sent = {"present_password": "guessed password", "password": "another long password"}
    answer = client.post("/account/password", data=sent | {"csrf_token": token(client, "/account")})

    assert answer.status_code == 422
    assert client.get("/cases").status_code == 200


def test_a_token_is_shown_once_and_its_end_is_an_entry(client: FlaskClient) -> None:
    come_in(client)
    sent = {"label": "nightly count", "scopes": "see", "days": "3", "csrf_token": token(client, "/account")}
    shown = client.post("/account/tokens", data=sent).get_data(as_text=True)
    found = re.search(r"probanda_[\w-]+", shown)
    assert found is not None

    assert found[0] not in client.get("/account").get_data(as_text=True)
    assert (
        client.application.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {found[0]}"}).status_code
        == 200
    )


def test_every_page_carries_the_policy_and_only_the_worker_may_run_webassembly(client: FlaskClient) -> None:
    page = client.get("/sign-in")
    body = page.get_data(as_text=True)
    with client.get("/static/desk/hash-worker.js") as worker:
        policy = worker.headers["Content-Security-Policy"]

    assert "wasm" not in page.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    assert "'wasm-unsafe-eval'" in policy
    assert not re.search(r"<style|<script(?![^>]*src=)|\son\w+=|\sstyle=", body)


def test_the_faces_are_served_and_nothing_beside_them(client: FlaskClient) -> None:
    with client.get("/fonts/NotoSans-Regular.ttf") as face:
        assert face.status_code == 200
    for other in ("..%2fcontents.py", "__init__.py", "NoSuch.ttf"):
        assert client.get(f"/fonts/{other}").status_code == 404
