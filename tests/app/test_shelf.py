"""A dossier whose copy at hand was damaged is made again to the byte, by who may, or it is refused and told."""

import re
from uuid import UUID

import pytest

from app.wiring import services, transaction
from core.accounts import Role
from core.ledger import entries as ledger
from exports import shelf
from exports.bundle import PDF
from exports.register import Export
from exports.shelf import Shelved
from tests import offices
from tests.makers import PASSWORD
from tests.operators import Operator

READING = "prosecution"


@pytest.fixture
def office(database_url, tmp_path):
    made = offices.Office(offices.deployment(tmp_path / "instance", database_url=database_url))
    for name, role in (("ana", Role.INVESTIGATOR), ("pia", Role.PROSECUTOR), ("stranger", Role.PROSECUTOR)):
        made.token(name, role)
    yield made
    with made.app.app_context():
        services().index.close()
        services().engine.dispose()


@pytest.fixture
def dossier(office):
    """A made version on the shelf, its PDF as it was first handed out, and its case."""
    case = office.case("ana")
    told = {"user": "pia", "duty": "prosecute", "clearance": "C2"}
    assert office.call("ana", "POST", f"/cases/{case}/members", json=told).status_code < 300
    exhibit = office.exhibit("ana", case)
    office.send("ana", exhibit, b"call +49 30 23125 999")
    wanted = {"title": "For the court", "exhibits": [exhibit]}
    made = office.call("pia", "POST", f"/cases/{case}/dossiers", purpose=READING, json=wanted).json["id"]
    office.work()
    return case, made, asked(office, "pia", "GET", f"{made}/pdf").data


def asked(office, who, method, path):
    return office.call(who, method, f"/dossiers/{path}", purpose=READING)


def spoil(office, made):
    """Flip one bit of the copy on the disk, which is found when somebody asks for it."""
    with office.app.app_context():
        with transaction() as session:
            blob = session.get_one(Shelved, UUID(made)).blob
        path = services().vault.root / blob
        whole = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
    assert asked(office, "pia", "GET", f"{made}/pdf").status_code >= 400
    return blob


def acts(office, case):
    with office.app.app_context(), transaction() as session:
        return [(one.act, one.outcome, ledger.words(one)) for one in ledger.entries(session, f"access/{case}")]


def at_the_desk(office, name):
    client = office.app.test_client()

    def sent(path, shown, **told):
        token = re.search('name="csrf_token" value="([^"]+)"', client.get(shown).text)[1]
        return client.post(path, data={**told, "csrf_token": token})

    sent("/sign-in", "/sign-in", name=name, password=PASSWORD)
    sent("/purpose", "/purpose", purpose=READING)
    return client, sent


def test_a_damaged_copy_is_made_again_to_the_byte_by_who_may_and_entered(office, dossier):
    case, made, pdf = dossier
    page, address = f"/dossiers/{made}", f"/dossiers/{made}/shelf"
    client, sent = at_the_desk(office, "pia")
    assert asked(office, "pia", "POST", f"{made}/shelf").json["error"]["code"] == "ShelfHolds"
    assert address not in client.get(page).text
    blob = spoil(office, made)
    reader, _sent = at_the_desk(office, "ana")
    assert "does not hold" in reader.get(page).text
    assert address not in reader.get(page).text
    assert address in client.get(page).text
    assert [asked(office, who, "POST", f"{made}/shelf").status_code for who in ("stranger", "ana")] == [404, 403]

    assert sent(address, page).status_code == 302

    shown = client.get(page).text
    assert "same to the byte" in shown
    assert address not in shown
    assert asked(office, "pia", "GET", f"{made}/pdf").data == pdf
    act, outcome, words = next(one for one in reversed(acts(office, case)) if one[0] == "dossier made again")
    assert (act, outcome) == ("dossier made again", "done")
    assert words["because"]
    with office.app.app_context():
        assert list(shelf.check(transaction, services().vault, services().keyring)) == [None]
        with transaction() as session:
            assert session.get_one(Shelved, UUID(made)).blob != blob
            assert words["pdf"] == session.get_one(Export, UUID(made)).digests[PDF]


def test_what_comes_out_otherwise_than_before_is_refused_told_and_entered_and_the_shelf_stays(office, dossier):
    case, made, _pdf = dossier
    blob = spoil(office, made)
    with office.app.app_context(), transaction() as session:
        export = session.get_one(Export, UUID(made))
        export.digests = {**export.digests, PDF: "0" * 64}

    refused = asked(office, "pia", "POST", f"{made}/shelf")

    assert (refused.status_code, refused.json["error"]["code"]) == (409, "NotTheSame")
    assert "0" * 64 in refused.json["error"]["message"]
    act, outcome, words = acts(office, case)[-1]
    assert (act, outcome) == ("dossier not made again", "failed")
    assert "otherwise than before" in words["because"]
    with office.app.app_context(), transaction() as session:
        assert session.get_one(Shelved, UUID(made)).blob == blob


def test_a_copy_that_is_gone_is_made_again_at_the_command_line(office, dossier):
    _case, made, pdf = dossier
    with office.app.app_context():
        operator = Operator(services().config.instance)
        with transaction() as session:
            (services().vault.root / session.get_one(Shelved, UUID(made)).blob).unlink()
    command = ("exports", "remake", made, "--purpose", READING, "--as")
    operator.refused(2, *command, "stranger")

    assert operator.told(*command, "pia")["id"] == made
    assert asked(office, "pia", "GET", f"{made}/pdf").data == pdf
    assert "ShelfHolds" in operator.refused(2, *command, "pia")
