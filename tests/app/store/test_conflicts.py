"""Seals found where they should not be, at the desk: listed, explained once by who has the thing, told to no other."""

import re
from uuid import UUID

import pytest

from app.wiring import transaction
from core import accounts
from core.accounts import Role
from core.ledger import entries as ledger
from evidence.exhibits import Exhibit
from evidence.storeroom import seals
from tests import offices
from tests.makers import PASSWORD

NAME = "Selam Tesfay"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    made = offices.Office(offices.deployment(tmp_path_factory.mktemp("conflicts") / "instance"))
    for name, *roles in (
        ("ana", Role.INVESTIGATOR), ("pia", Role.PROSECUTOR), ("stranger", Role.CUSTODIAN, Role.SUPERVISOR),
        ("aude", Role.AUDITOR),
    ):  # fmt: skip
        made.token(name, *roles)
    return made


@pytest.fixture(scope="module")
def found(office):
    """Three exhibits: a seal of the first is found on the second and later on the third, which nobody explained."""
    case = office.case("ana", "The case that nobody else may know of")
    told = {"user": "pia", "duty": "prosecute", "clearance": "C2"}
    assert office.call("ana", "POST", f"/cases/{case}/members", json=told).status_code < 300
    person = {"name": NAME, "role": "witness", "protected": True}
    assert office.call("ana", "POST", f"/cases/{case}/people", json=person).status_code < 300
    ids = [office.exhibit("ana", case) for _ in range(3)]
    with office.app.app_context(), transaction() as session:
        who = accounts.named(session, "ana").actor("test", "investigation")
        rows = [session.get_one(Exhibit, UUID(one)) for one in ids]
        seals.claim(session, who, rows[0], "A-1", "put on")
        made = [seals.claim(session, who, row, "a-1", f"found on it by {NAME}").id for row in rows[1:]]
    return {"case": case, "exhibits": ids, "conflicts": [str(one) for one in made]}


def at_the_desk(office, name):
    client = office.app.test_client()

    def sent(path, shown="", **told):
        token = re.search('name="csrf_token" value="([^"]+)"', client.get(shown or path).text)[1]
        return client.post(path, data={**told, "csrf_token": token})

    sent("/sign-in", name=name, password=PASSWORD)
    return client, sent


def test_a_seal_on_two_things_is_listed_explained_once_and_stays_on_record(office, found):
    client, sent = at_the_desk(office, "ana")
    (second, third), (_first, exhibit, other) = found["conflicts"], found["exhibits"]
    address = f"/exhibits/{exhibit}/seal-conflicts/{second}"
    assert client.get("/seal-conflicts").text.count("to explain</span>") == 2
    assert address in client.get(f"/exhibits/{exhibit}/seal-conflicts").text
    assert f"{exhibit}/seal-conflicts" in client.get(f"/exhibits/{exhibit}").text
    shown = client.get(address).text
    assert f"/exhibits/{found['exhibits'][0]}" in shown, "where the seal is on record"
    assert sent(address, statement="  ").status_code == 422
    assert sent(address, statement="the tag of the bag was read wrongly").status_code == 302
    said = client.get(address).text
    assert "read wrongly" in said
    assert "by ana" in said
    assert "<textarea" not in said
    again = sent(address, f"/exhibits/{other}/seal-conflicts/{third}", statement="and again")
    assert again.status_code == 404

    opened, closed = (client.get(f"/seal-conflicts?state={one}").text for one in ("to explain", "explained"))
    assert (second in opened, third in opened) == (False, True)
    assert (second in closed, third in closed) == (True, False)
    by_time = [client.get(f"/seal-conflicts?sort={way}found").text for way in ("", "-")]
    assert by_time[0].index(second) < by_time[0].index(third)
    assert by_time[1].index(third) < by_time[1].index(second)
    assert client.get("/seal-conflicts?format=csv").text.count("A-1") == 2
    with office.app.app_context(), transaction() as session:
        acts = [one.act for one in ledger.entries(session, f"custody/{exhibit}")]
    assert acts[-2:] == ["seal conflict", "seal conflict explained"]


def test_who_only_reads_sees_conflicts_without_the_protected_and_explains_none(office, found):
    client, sent = at_the_desk(office, "pia")
    exhibit, conflict = found["exhibits"][2], found["conflicts"][1]
    address = f"/exhibits/{exhibit}/seal-conflicts/{conflict}"
    pages = [client.get(path).text for path in ("/seal-conflicts", f"/exhibits/{exhibit}/seal-conflicts", address)]

    assert all("found on it by" in page and NAME not in page for page in pages)
    assert "<textarea" not in pages[-1]
    assert sent(address, "/purpose", statement="x").status_code == 403


def test_nobody_else_is_told_of_a_conflict_nor_that_another_exhibit_has_one(office, found):
    client, sent = at_the_desk(office, "stranger")
    (second, third), (_first, exhibit, _other) = found["conflicts"], found["exhibits"]
    assert "A-1" not in client.get("/seal-conflicts").text
    for path in (f"/exhibits/{exhibit}/seal-conflicts", f"/exhibits/{exhibit}/seal-conflicts/{second}"):
        assert client.get(path).status_code == 404
    assert sent(f"/exhibits/{exhibit}/seal-conflicts/{second}", "/purpose", statement="x").status_code == 404
    mine, _sent = at_the_desk(office, "ana")
    assert mine.get(f"/exhibits/{exhibit}/seal-conflicts/{third}").status_code == 404


def test_what_people_state_of_an_incident_is_shown_without_the_protected(office, found):
    exhibit = found["exhibits"][0]
    told = {"kind": "damage", "because": f"bent by {NAME}"}
    incident = office.call("ana", "POST", f"/exhibits/{exhibit}/incidents", json=told).json["id"]
    office.call("ana", "POST", f"/incidents/{incident}/statements", json={"statement": f"{NAME} fell on it"})
    client, _sent = at_the_desk(office, "pia")
    pages = [client.get(path).text for path in (f"/incidents/{incident}", f"/cases/{found['case']}/incidents")]
    auditor, _sent = at_the_desk(office, "aude")
    pages.append(auditor.get("/incidents").text)

    assert "fell on it" in pages[0]
    assert all("bent by" in page and NAME not in page for page in pages)
