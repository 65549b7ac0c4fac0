"""What every answer carries, what every form must bear, and what ends a sign-in."""

import io
import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import security
from app.wiring import transaction
from core import accounts, clock
from core.accounts import Role
from tests.makers import PASSWORD

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="csrf_token"')


def form_token(client, path="/sign-in"):
    found = TOKEN.search(client.get(path).text)
    return found[1] or found[2]


def signed_in(office, name="ana"):
    office.token(name)
    client = office.app.test_client()
    answer = client.post("/sign-in", data={"name": name, "password": PASSWORD, "csrf_token": form_token(client)})
    assert answer.status_code == 302, answer.text
    return client


def is_in(client):
    return client.get("/cases").status_code == 200


@pytest.mark.parametrize(
    "path", ["/sign-in", "/cases", "/api/v1/me", "/api/v1/openapi.json", "/nothing/here", "/static/desk.css"]
)
def test_every_answer_carries_the_guards(office, path):
    with office.app.test_client().get(path) as answer:
        answer.get_data()

    for name, value in security.HEADERS.items():
        assert answer.headers[name] == value, name
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_no_page_holds_a_script_or_style_of_its_own(office):
    client = signed_in(office)
    case = office.case("ana")
    exhibit = office.exhibit("ana", case)
    for path in (
        "/",
        "/cases",
        f"/cases/{case}",
        f"/exhibits/{exhibit}",
        f"/exhibits/{exhibit}/deliver",
        "/search?q=x",
        "/purpose",
    ):
        page = client.get(path, follow_redirects=True).text
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", page), path
        assert not re.search(r"<style|\bstyle=|\bon(click|load|submit|change)=", page), path


def test_the_cookie_of_a_sign_in_is_kept_from_scripts_and_other_sites(office):
    office.token("ana")
    client = office.app.test_client()
    answer = client.post("/sign-in", data={"name": "ana", "password": PASSWORD, "csrf_token": form_token(client)})

    kept = answer.headers["Set-Cookie"]
    assert "HttpOnly" in kept
    assert "SameSite=Lax" in kept


@pytest.mark.parametrize("token", ["", "wrong", None])
def test_a_form_from_elsewhere_does_nothing(office, token):
    client = signed_in(office)
    data = {"title": "Planted"} | ({} if token is None else {"csrf_token": token})

    assert client.post("/cases/open", data=data).status_code == 400
    assert "Planted" not in client.get("/cases").text


def test_a_browser_cannot_change_anything_by_the_api_without_the_form_token(office):
    client = signed_in(office)

    assert client.post("/api/v1/cases", json={"title": "Planted"}).status_code == 400
    assert client.get("/api/v1/cases").json == {"cases": []}


def test_a_session_planted_before_the_sign_in_is_worthless_after_it(office):
    office.token("ana")
    client = office.app.test_client()
    token = form_token(client)
    planted = client.get_cookie("probanda").value
    client.post("/sign-in", data={"name": "ana", "password": PASSWORD, "csrf_token": token})

    thief = office.app.test_client()
    thief.set_cookie("probanda", planted)
    assert client.get_cookie("probanda").value != planted
    assert is_in(client)
    assert not is_in(thief)


def test_half_an_hour_of_nothing_locks_the_desk(office):
    client = signed_in(office)
    with clock.stopped(datetime.now(UTC) + timedelta(minutes=29)):
        assert is_in(client)
    with clock.stopped(datetime.now(UTC) + timedelta(minutes=60)):
        assert not is_in(client)


def test_signing_out_ends_it_on_the_server_too(office):
    client = signed_in(office)
    kept = client.get_cookie("probanda").value
    client.post("/sign-out", data={"csrf_token": form_token(client, "/purpose")})

    thief = office.app.test_client()
    thief.set_cookie("probanda", kept)
    assert not is_in(thief)


@pytest.mark.parametrize("change", ["roles", "password", "closing"])
def test_a_changed_role_or_password_ends_every_sign_in_everywhere(office, change):
    clients = [signed_in(office), signed_in(office)]
    with office.app.app_context(), transaction() as session:
        user = accounts.named(session, "ana")
        if change == "roles":
            accounts.change_roles(session, user, [Role.ANALYST])
        elif change == "password":
            accounts.change_password(session, user, "another long password")
        else:
            accounts.deactivate(session, user)

    assert [is_in(one) for one in clients] == [False, False]
    assert office.call("ana", "GET", "/me").status_code == 401


def test_a_wrong_password_and_an_unknown_name_are_told_alike_and_written_down(office):
    office.token("ana")
    office.token("aude", Role.AUDITOR)
    client = office.app.test_client()
    pages = [
        client.post("/sign-in", data={"name": name, "password": "wrong wrong wrong", "csrf_token": form_token(client)})
        for name in ("ana", "nobody")
    ]

    texts = [re.sub(r'value="[^"]*"', "", page.text) for page in pages]
    assert texts[0] == texts[1]
    told = office.call("aude", "GET", "/ledger?act=sign-in&outcome=refused", purpose="audit").json["entries"]
    assert len(told) == 2


def test_the_ninth_try_is_throttled_and_says_how_long(office):
    office.token("ana")
    client = office.app.test_client()
    token = form_token(client)
    answers = [
        client.post("/sign-in", data={"name": "ana", "password": "wrong wrong wrong", "csrf_token": token})
        for _ in range(9)
    ]

    assert answers[-1].status_code == 429
    assert "15 minutes" in answers[-1].text


def test_a_token_does_only_what_its_scope_says(office):
    case = office.case("ana")
    office.token("reader", scopes=("see",))
    office.call("ana", "POST", f"/cases/{case}/members", json={"user": "reader", "duty": "investigate"})

    assert office.call("reader", "GET", f"/cases/{case}").status_code == 200
    assert office.call("reader", "GET", "/search?q=x").json["cases"] == 0
    assert (
        office.call("reader", "POST", f"/cases/{case}/people", json={"name": "X", "role": "witness"}).status_code == 403
    )


@given(st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=400)), max_size=12), st.integers(0, 5000))
def test_what_waits_in_a_sealed_spool_comes_back_as_it_went_in(writes, start):
    plain, spool = io.BytesIO(), security.SealedSpool()
    for at, data in writes:
        place = min(at, len(plain.getvalue()))
        for one in (plain, spool):
            one.seek(place)
            one.write(data)
    for one in (plain, spool):
        one.seek(min(start, len(plain.getvalue())))

    assert spool.read() == plain.read()
    spool.close()


def test_a_sealed_spool_never_holds_its_content_on_disk(tmp_path):
    spool = security.SealedSpool(str(tmp_path))
    spool.write(b"the witness lives in" * 10_000)
    spool._file.flush()

    fd = spool._file.fileno()
    assert b"witness" not in os.pread(fd, os.fstat(fd).st_size, 0)
    spool.close()


def test_a_part_of_a_form_waits_sealed(office):
    data = {"file": (io.BytesIO(b"x" * 400_000), "a.bin")}
    made = office.app.test_request_context("/", method="POST", data=data)
    with made as context, context.request.files["file"].stream as kept:
        assert isinstance(kept, security.SealedSpool)


def test_servers_that_start_at_once_sign_cookies_with_one_key(tmp_path):
    with ThreadPoolExecutor(16) as servers:
        made = list(servers.map(lambda _number: security.cookie_key(tmp_path / "keys"), range(64)))

    assert len(set(made)) == 1
    assert len(made[0]) == 32
    assert [(one.name, one.stat().st_mode & 0o777) for one in (tmp_path / "keys").iterdir()] == [("cookie.key", 0o600)]
