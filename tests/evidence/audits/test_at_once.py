"""Two at once in an audit: a sweep and a look for one thing, or an incident, wait for each other and never for ever."""

import pytest

from core.accounts import Role
from core.ledger import entries as ledger
from evidence import custody
from evidence.audits import audits, findings
from evidence.audits.audits import AuditClosed
from evidence.exhibits import Arrival
from evidence.movements import Movement, Verb
from evidence.storeroom import places
from evidence.storeroom.places import Sort
from tests.evidence.audits.test_audits import check, drawn
from tests.racing import meanwhile


@pytest.fixture
def place(each_place):
    return each_place


@pytest.fixture
def shelf(place):
    carl = place.colleague("carl")
    with place.house.transaction() as session:
        site = places.make(session, carl, "Store", Sort.SITE)
        made = places.make(session, carl, "A", Sort.SHELF, parent=site.id)
    for at in range(3):
        place.exhibit(f"E-{at}", arrival=Arrival(place=made.code.uri, seal=f"S{at}"))
    return made


@pytest.fixture
def aude(place):
    return place.house.actor("aude", Role.AUDITOR, purpose="audit")


def swept(place, aude, audit, shelf, *scanned):
    with place.house.transaction() as session:
        return audits.sweep(session, aude, audit.id, shelf.code.uri, scanned)


def test_a_thing_is_looked_for_while_its_shelf_is_swept(place, shelf, aude, monkeypatch):
    audit, items = drawn(place, aude, random=3)
    outcome = meanwhile(monkeypatch, audits, "enter", lambda: swept(place, aude, audit, shelf), before=True)
    seen = check(place, aude, items["E-1"], place=shelf.code.uri, seal="S1")

    assert seen.result == "present"
    assert outcome().absent == ("E-0", "E-1", "E-2")


def test_a_shelf_is_swept_while_a_thing_of_it_has_an_incident(place, shelf, aude, monkeypatch):
    audit, items = drawn(place, aude, random=3)

    def broken():
        with place.house.transaction() as session:
            words = Movement(note="the seal is torn")
            return custody.move(session, place.lead, items["E-2"].exhibit_id, Verb.SEAL_BREAK, words)

    outcome = meanwhile(monkeypatch, findings.incidents, "open_incident", broken)
    assert swept(place, aude, audit, shelf).absent == ("E-0", "E-1", "E-2")

    assert outcome().act == "seal_break"


def test_two_who_sweep_a_shelf_at_once_find_what_is_missing_once(place, shelf, aude, monkeypatch):
    audit, _items = drawn(place, aude, random=1)
    outcome = meanwhile(monkeypatch, findings, "_same", lambda: swept(place, aude, audit, shelf))
    swept(place, aude, audit, shelf)
    outcome()
    with place.house.transaction() as session:
        found = [one.ordinal for one in findings.of_audit(session, aude, audit)]

    assert found == [1, 2, 3]


def test_an_audit_is_closed_once(place, shelf, aude, monkeypatch):
    audit, items = drawn(place, aude, random=1)
    for item in items.values():
        check(place, aude, item, place=shelf.code.uri, seal=item.seal)

    def closed(words):
        with place.house.transaction() as session:
            return audits.close(session, aude, audit.id, words)

    outcome = meanwhile(monkeypatch, audits, "_open", lambda: closed("second"))
    told = []
    for one in (lambda: closed("first"), outcome):
        try:
            told.append(one().summary)
        except AuditClosed:
            told.append("")
    with place.house.transaction() as session:
        acts = [one.act for one in ledger.entries(session, findings.CHAIN)]

    assert told.count("") == 1
    assert acts.count("audit closed") == 1
