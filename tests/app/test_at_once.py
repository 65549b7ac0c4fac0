"""Two at once at the doors: pieces are not joined while they go, and whoever signs out is not met by a fault."""

import base64
from datetime import timedelta
from uuid import UUID

import pytest

from app import uploading
from app.wiring import transaction
from core import accounts, clock
from evidence.uploads import parts, sessions
from evidence.uploads.rows import Upload
from evidence.vault import Vault
from tests import offices
from tests.app.uploads import CONTENT, acts, begun, closed, counted, everything_holds, put
from tests.offices import Office
from tests.racing import meanwhile


@pytest.fixture(scope="module")
def office(tmp_path_factory, module_database_url):
    """One deployment on each database for all of these tests; each has a case of its own."""
    made = Office(offices.deployment(tmp_path_factory.mktemp("doors") / "instance", database_url=module_database_url))
    yield made
    closed(made)


@pytest.fixture
def exhibit(office):
    counted(office)
    return office.exhibit("ana", office.case("ana"))


def tus(office, exhibit, data, concat, **more):
    meta = f"exhibit {base64.b64encode(exhibit.encode()).decode()}"
    if concat != "partial":
        meta += ",filename YQ=="
    sent = {
        "Authorization": f"Bearer {office.token('ana')}", "Tus-Resumable": "1.0.0", "Upload-Metadata": meta,
        "Content-Type": "application/offset+octet-stream", "Upload-Concat": concat, **more,
    }  # fmt: skip
    return office.app.test_client().post("/api/uploads", headers=sent, data=data)


def test_pieces_are_not_joined_once_more_while_they_are_removed(office, exhibit, monkeypatch):
    places = []
    for piece in (CONTENT[:7000], CONTENT[7000:]):
        made = tus(office, exhibit, piece, "partial", **{"Upload-Length": str(len(piece))})
        places.append(made.headers["Location"])
    whole = f"final;{' '.join(places)}"
    first = UUID(tus(office, exhibit, b"", whole).headers["Location"].rpartition("/")[2])
    outcome = meanwhile(monkeypatch, Vault, "discard", lambda: tus(office, exhibit, b"", whole), before=True)
    with office.app.app_context():
        with transaction() as session:
            ana = accounts.named(session, "ana").actor("test")
        uploading.cancel(ana, first, "the wrong telephone")

    assert outcome().status_code == 409
    assert everything_holds(office) == 0


def test_each_who_goes_on_with_an_upload_is_entered_once_also_when_a_part_of_theirs_is_refused(
    office, exhibit, monkeypatch
):
    upload = begun(office, exhibit)
    with office.app.app_context(), transaction() as session:
        case = session.get_one(Upload, UUID(upload["id"])).case_id
    for name in ("bea", "cleo"):
        office.token(name)
        office.call("ana", "POST", f"/cases/{case}/members", json={"user": name, "duty": "investigate"})

    def refused():
        with office.app.app_context(), transaction() as session:
            bea = accounts.named(session, "bea").actor("test")
            parts.refuse(session, bea, UUID(upload["id"]), parts.Span(0, 4096, 1), "it was cut")

    outcome = meanwhile(monkeypatch, sessions, "met", refused)
    with office.app.app_context(), transaction() as session:
        cleo = accounts.named(session, "cleo").actor("test")
        parts.refuse(session, cleo, UUID(upload["id"]), parts.Span(0, 4096, 1), "it was cut")
    outcome()
    with office.app.app_context(), transaction() as session:
        senders = [one[0].partition(":")[0] for one in session.get_one(Upload, UUID(upload["id"])).senders]

    assert sorted(senders) == ["ana", "bea", "cleo"]
    assert acts(office, exhibit).count("upload taken over") == 2
    assert put(office, upload, 1).status_code == 200


def test_a_page_that_is_asked_for_while_its_sign_in_ends_is_no_fault(office, monkeypatch):
    office.token("ana")
    with office.app.app_context(), transaction() as session:
        secret = accounts.open_sign_in(session, accounts.named(session, "ana"), "web")
    client = office.app.test_client()
    with client.session_transaction() as kept:
        kept["_user_id"] = secret
        kept["_fresh"] = True

    def ended():
        with office.app.app_context(), transaction() as session:
            accounts.end_sign_in(session, secret)

    outcome = meanwhile(monkeypatch, accounts, "find_sign_in", ended)
    with clock.stopped(clock.now() + timedelta(minutes=2)):
        answer = client.get("/")
    outcome()

    assert answer.status_code < 400, answer.text
    assert client.get("/").status_code == 302
