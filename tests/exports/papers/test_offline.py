"""The form of a kit goes by the rules of the office that takes its file in, and not by rules of its own."""

import re
from pathlib import Path

import pytest

from core import clock
from core.ledger import entries as ledger
from evidence import authorities
from evidence.authorities import Authority
from evidence.exhibits import Exhibit
from evidence.kits import format as sheet
from evidence.kits import kits, returning
from evidence.kits.kits import Wanted
from evidence.storeroom import codes
from exports.papers import offline
from tests.evidence.depot import depot
from tests.evidence.kits.sheets import line
from tests.evidence.kits.sheets import sheet as written

SCRIPT = (Path(offline.__file__).parent / "offline.js").read_text(encoding="utf-8")
NAMES = re.findall(r'"(\w+)"', re.search(r'\? \[("description".*?)\]', SCRIPT)[1])


@pytest.fixture
def place(database_url, tmp_path):
    made = depot(database_url, tmp_path)
    yield made
    made.house.engine.dispose()


def page():
    return offline.form("ABCDE", "Office", ["ABCDE-001"], [], "key")


def test_the_form_offers_the_kinds_of_entries_and_authorities_that_the_office_takes():
    kinds = re.search(r'<select id="kind">(.*?)</select>', page())[1]
    powers = re.search(r'<select id="authority">(.*?)</select>', page())[1]
    shown = {kind for told in re.findall(r'data-for="([^"]+)"', page()) for kind in told.split()}

    assert tuple(re.findall(r'value="(\w+)"', kinds)) == sheet.KINDS
    assert tuple(re.findall(r"<option>([^<]+)", powers)) == authorities.KINDS
    assert shown < set(sheet.KINDS)


def test_no_rule_of_the_office_is_written_down_a_second_time_in_the_form():
    for rule in (sheet.FORMAT, sheet.SEALED, codes.LETTERS, codes.SCHEME, str(codes.PRIME), str(sheet.MOST_LINES)):
        assert rule not in SCRIPT
        assert rule.replace("/", "\\/") not in SCRIPT
    told = re.search(r"const KIT = (\{.*?\});", page())[1]
    assert set(re.findall(r"KIT\.(\w+)", SCRIPT)) <= set(re.findall(r'"(\w+)": ', told))


def test_everything_that_can_be_entered_in_the_form_is_on_record_at_the_office(place):
    told = {name: f"word{at} of {name}" for at, name in enumerate(NAMES)}
    told |= {
        "note": "a remark in words",
        "seal": "PN000001",
        "authority": "warrant",
        "occurred_at": clock.stamp(clock.now()),
    }
    with place.house.transaction() as session:
        kit = kits.make(session, place.lead, Wanted(2), issued_to="lena", purpose="patrol", case_id=place.case.id)
        data = written(kit.code, line("1", f"{kit.code}-001", **told))
        back = returning.take_in(session, place.lead, place.keyring, kit.id, data)
        assert back.counts["taken in"] == 1, back.lines[0].because
        made = session.get_one(Exhibit, back.lines[0].exhibit_id)
        power = session.query(Authority).one()
        kept = " ".join(str(value) for row in (made, power) for value in vars(row).values())
        kept += " ".join(str(ledger.words(entry)) for entry in ledger.entries(session, made.chain))

    assert len(NAMES) > 8
    assert [name for name in (*NAMES, "note") if told[name] not in kept] == []
