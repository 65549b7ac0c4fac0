"""Pages of a long table: every row once, in order, by its links alone, and only those that may be seen."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from app.wiring import transaction
from cases import access
from cases.access import Duty
from cases.handling import Sensitivity
from core import accounts, clock
from core.accounts import Role, User
from evidence.exhibits import Exhibit

PASSWORD = "a long enough password"
MANY = 131


@pytest.fixture
def case(office: Any) -> str:
    """A case with many exhibits registered at one instant, one of them above the clearance of all but the lead."""
    with office.app.app_context(), transaction() as session:
        ines = accounts.add(session, "ines", [Role.INVESTIGATOR], PASSWORD)
        olga = accounts.add(session, "olga", [Role.INVESTIGATOR], PASSWORD)
        lead = ines.actor("test", "investigation")
        made = access.open_case(session, lead, "Many things")
        access.admit(session, lead, made, session.get_one(User, olga.id), Duty.INVESTIGATE, Sensitivity.C2)
        at = clock.now()
        common = {"case_id": made.id, "state": "held", "custodian": "ines", "custodian_id": ines.id, "registered": at}
        common |= {"registered_by": lead.signature, "condition": "", "seal": "", "description": "a thing"}
        rows = [
            common | {"id": uuid4(), "reference": f"X-{number:03}", "sensitivity": 3 if number == 7 else 2}
            for number in range(MANY)
        ]
        session.execute(insert(Exhibit), rows)
        return str(made.id)


def come_in(office: Any, name: str) -> FlaskClient:
    """Somebody's browser, signed in."""
    client: FlaskClient = office.app.test_client()
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").get_data(as_text=True))
    assert found is not None
    client.post("/sign-in", data={"name": name, "password": PASSWORD, "csrf_token": found[1]})
    return client


def walk(client: FlaskClient, address: str) -> list[str]:
    """The references on all pages, following the links from one to the next."""
    met: list[str] = []
    while address:
        body = client.get(address).get_data(as_text=True)
        met += re.findall(r">(X-\d{3})<", body)
        following = re.search(r'rel="next" href="([^"]+)"', body)
        address = following[1].replace("&amp;", "&") if following else ""
    return met


@pytest.mark.parametrize("sort", ["reference", "-reference", "registered", "-registered", "custodian"])
def test_every_row_is_met_once_whatever_it_is_sorted_by(office: Any, case: str, sort: str) -> None:
    met = walk(come_in(office, "ines"), f"/cases/{case}/exhibits?sort={sort}")

    assert len(met) == MANY
    assert sorted(met) == [f"X-{number:03}" for number in range(MANY)]
    if "reference" in sort:
        assert met == sorted(met, reverse=sort.startswith("-"))


def test_what_is_above_the_clearance_is_on_no_page_and_in_no_file(office: Any, case: str) -> None:
    client = come_in(office, "olga")
    met = walk(client, f"/cases/{case}/exhibits")

    assert "X-007" not in met
    assert len(met) == MANY - 1
    assert "X-007" not in client.get(f"/cases/{case}/exhibits?words=X-00&format=csv").get_data(as_text=True)


def test_a_page_key_that_is_none_shows_the_first_page(office: Any, case: str) -> None:
    client = come_in(office, "ines")

    for after in ("nonsense", str(uuid4()), "%00", "X-010"):
        assert walk(client, f"/cases/{case}/exhibits?after={after}")[0] == "X-000"


def test_the_ledger_of_a_case_is_walked_to_its_end(office: Any, case: str) -> None:
    client = come_in(office, "ines")
    body = client.get(f"/cases/{case}/ledger?sort=at").get_data(as_text=True)

    assert body.index("case opened") < body.index("member admitted")
    assert client.get(f"/cases/{case}/ledger?after=1~2~3&since=x&until=%FF").status_code == 200
