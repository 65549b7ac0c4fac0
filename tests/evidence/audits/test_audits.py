"""Shelf audits: drawn by the auditor alone, checked both ways without content, with findings that people answer."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert

from cases.access import Duty
from core import clock
from core.accounts import Role
from core.errors import Refusal
from core.ledger import entries as ledger
from evidence import custody, incidents
from evidence.audits import audits, drawing, findings, risks
from evidence.audits.audits import AuditClosed, BadAudit, NoSuchAudit, NotAnAuditor, NotYourCheck, Seen, Wanted
from evidence.audits.findings import FindingEnded, NoSuchFinding, NotYourFinding
from evidence.exhibits import Arrival, Exhibit, State
from evidence.movements import Movement, Verb
from evidence.storeroom import codes, places
from evidence.storeroom.places import Sort


@pytest.fixture
def shelves(place):
    """Two shelves, six things on the first and one on the second."""
    carl = place.colleague("carl")
    with place.house.transaction() as session:
        site = places.make(session, carl, "Store", Sort.SITE)
        first, second = (places.make(session, carl, name, Sort.SHELF, parent=site.id) for name in ("A", "B"))
    for at in range(6):
        place.exhibit(f"E-{at}", arrival=Arrival(place=first.code.uri, seal=f"S{at}"))
    place.exhibit("E-6", arrival=Arrival(place=second.code.uri, seal="S6"))
    return first, second


@pytest.fixture
def aude(place):
    return place.house.actor("aude", Role.AUDITOR, purpose="audit")


def drawn(depot, aude, /, random=7, risk=0, **more):
    with depot.house.transaction() as session:
        audit = audits.draw(session, aude, Wanted(random, risk, **more))
        return audit, {one.reference: one for one in audits.items(session, aude, audit)}


def check(depot, who, item, /, **seen):
    with depot.house.transaction() as session:
        return audits.check(session, who, item.id, Seen(**{"there": True, **seen}))


def found(place, aude, audit):
    with place.house.transaction() as session:
        return {(one.kind, one.words): one for one in findings.of_audit(session, aude, audit)}


def test_a_draw_is_on_record_with_its_seed_and_repeats(place, shelves, aude):
    audit, items = drawn(place, aude, random=3, risk=2)
    with place.house.transaction() as session:
        (entry,) = list(ledger.entries(session, findings.CHAIN))
        words = ledger.words(entry)

    assert len(items) == 5
    assert [str(one.exhibit_id) for one in sorted(items.values(), key=lambda one: one.ordinal)] == [
        own for own, _sample in audits.drawn(audit)
    ]
    assert (words["seed"], words["among"]) == (audit.seed, 7)
    assert words["among_sha256"] == drawing.digest(audit.population)
    assert not {"description", "telephone"} & set(str(words).split())


def test_below_a_place_only_what_lies_there_is_drawn(place, shelves, aude):
    _audit, items = drawn(place, aude, random=50, place=shelves[1].id)

    assert set(items) == {"E-6"}


def test_a_thing_that_is_as_recorded_is_present_and_its_custody_says_who_looked(place, shelves, aude):
    _audit, items = drawn(place, aude)
    item = check(place, aude, items["E-1"], place=shelves[0].code.uri, seal="s1")
    with place.house.transaction() as session:
        steps = list(custody.steps(session, session.get_one(Exhibit, item.exhibit_id)))

    assert item.result == "present"
    assert (steps[-1].act, steps[-1].by, steps[-1].words["result"]) == ("audit-check", "aude", "present")
    assert steps[-1].custodian == ""


@pytest.mark.parametrize(
    ("seen", "result", "kinds"),
    [
        ({"there": False}, "missing", {"missing"}),
        ({"place": "B", "seal": "S1"}, "discrepancy", {"at another place"}),
        ({"place": "A", "seal": "S9"}, "discrepancy", {"another seal"}),
        ({"place": "A", "seal": ""}, "discrepancy", {"another seal"}),
        ({"place": "B", "seal": "S9"}, "discrepancy", {"at another place", "another seal"}),
    ],
)
def test_what_is_not_as_recorded_becomes_findings_with_deadlines(place, shelves, aude, seen, result, kinds):
    audit, items = drawn(place, aude)
    where = {"A": shelves[0].code.uri, "B": shelves[1].code.typed}.get(seen.get("place", ""), "")
    item = check(place, aude, items["E-1"], **(seen | {"place": where, "note": "looked twice"}))
    made = found(place, aude, audit)

    assert item.result == result
    assert {kind for kind, _words in made} == kinds
    assert {(one.assigned, one.state, one.times) for one in made.values()} == {("lena", "open", 0)}
    assert all(one.deadline - one.made == timedelta(days=14) for one in made.values())
    with place.house.transaction() as session:
        kept = session.get_one(Exhibit, item.exhibit_id)
        opened = incidents.of_exhibit(session, kept)
        assert (kept.place, kept.seal, kept.custodian) == ("Store / A", "S1", "lena")
    assert len(opened) == len(kinds & {"missing", "another seal"})


def test_a_whole_shelf_is_scanned_and_what_is_strange_or_absent_is_found(place, shelves, aude):
    audit, _items = drawn(place, aude)
    with place.house.transaction() as session:
        known = {one.reference: one for one in session.query(Exhibit)}
        scanned = [codes.exhibit(known[f"E-{at}"].id).uri for at in range(5)]
        scanned += ["E-6", "PROBANDA:K/NOSUCH00001", "seal 4711", "E-0", shelves[1].code.uri]
        swept = audits.sweep(session, aude, audit.id, shelves[0].code.uri, scanned, ["a sealed bag, no label", " "])

    assert swept.fits == tuple(f"E-{at}" for at in range(5))
    assert swept.absent == ("E-5",)
    assert len(swept.strange) == 4
    kinds = sorted(kind for kind, _words in found(place, aude, audit))
    assert kinds == ["at another place"] + ["found without label"] + ["found without record"] * 3 + ["missing"]


def test_a_finding_is_answered_by_its_custodian_and_closed_by_the_auditor(place, shelves, aude):
    audit, items = drawn(place, aude)
    check(place, aude, items["E-1"], there=False)
    (one,) = found(place, aude, audit).values()
    stefan = place.house.actor("stefan", Role.CUSTODIAN)
    with place.house.transaction() as session:
        with pytest.raises(NoSuchFinding):
            findings.answer(session, stefan, one.id, "not mine")
        with pytest.raises(FindingEnded):
            findings.decide(session, aude, one.id, "good", enough=True)
        with pytest.raises(NotYourFinding):
            findings.answer(session, aude, one.id, "I say so")
        findings.answer(session, place.lead, one.id, "it stood behind the others")
        findings.decide(session, aude, one.id, "show me where", enough=False)
        findings.answer(session, place.lead, one.id, "in the second row, see the photograph")
        with pytest.raises(NotYourFinding):
            findings.decide(session, place.lead, one.id, "good", enough=True)
        closed = findings.decide(session, aude, one.id, "seen on 3 December", enough=True)
        acts = [entry.act for entry in ledger.entries(session, findings.CHAIN)]

    assert closed.state == "closed"
    assert acts[-4:] == ["finding answered", "finding not answered", "finding answered", "finding closed"]


def test_what_is_found_again_has_less_time_and_goes_to_a_supervisor(place, shelves, aude):
    for again in range(2):
        audit, items = drawn(place, aude)
        check(place, aude, items["E-1"], there=False)
        (one,) = found(place, aude, audit).values()
        assert one.times == again
    sue = place.house.actor("sue", Role.SUPERVISOR)
    place.house.admit(place.lead, place.case, sue, Duty.SUPERVISE)
    assert one.deadline - one.made == timedelta(days=5)
    with place.house.transaction() as session:
        with pytest.raises(NotYourFinding, match="supervisor has to answer"):
            findings.answer(session, place.lead, one.id, "again behind the others")
        assert findings.answer(session, sue, one.id, "the shelf is rebuilt").state == "answered"
        words = [ledger.words(entry) for entry in ledger.entries(session, findings.CHAIN)]
    assert [entry.get("found_before") for entry in words if entry.get("escalated")] == [1]


def test_nobody_checks_what_has_been_in_the_own_hands(place, shelves, aude):
    former = place.colleague("fay")
    exhibit = place.exhibit("E-9")
    with place.house.transaction() as session:
        custody.move(session, former, exhibit.id, Verb.NOTE, Movement(note="I have seen it"))
    changed = former.__class__(former.id, former.name, frozenset({Role.AUDITOR}), "test", "audit")
    _audit, items = drawn(place, changed, random=20)
    with pytest.raises(NotYourCheck):
        check(place, changed, items["E-9"], there=False)
    assert check(place, aude, items["E-9"], seal="").result == "present"


def test_an_auditor_changes_nothing_but_findings(place, shelves, aude):
    exhibit = place.exhibit("E-9")
    for verb in Verb:
        with pytest.raises(Refusal), place.house.transaction() as session:
            custody.move(session, aude, exhibit.id, verb, Movement(place="x", reason="x", note="x", seal="x"))
    with place.house.transaction() as session:
        written = list(ledger.entries(session, exhibit.chain))
    assert written[0].act == "receive"
    assert not [entry for entry in written if "aude" in entry.actor]


def test_others_draw_and_check_nothing_and_some_do_not_know_of_it(place, shelves, aude):
    audit, items = drawn(place, aude)
    carl, pia = place.house.actor("carl"), place.house.actor("pia", Role.PROSECUTOR)
    stefan = place.house.actor("stefan", Role.CUSTODIAN)
    with place.house.transaction() as session:
        for who in (place.lead, carl):
            with pytest.raises(NotAnAuditor):
                audits.draw(session, who, Wanted(1, 0))
        with pytest.raises(NotAnAuditor):
            audits.check(session, carl, items["E-1"].id, Seen(there=True))
        for who in (pia, place.lead):
            with pytest.raises(NoSuchAudit):
                audits.fetch(session, who, audit.id)
            assert audits.listed(session, who) == []
        assert len(audits.items(session, carl, audit)) == 7
        assert list(audits.items(session, stefan, audit)) == []


def test_an_audit_is_closed_when_all_has_been_looked_for(place, shelves, aude):
    audit, items = drawn(place, aude, random=2)
    first, second = items.values()
    check(place, aude, first, place="Store / A" if first.reference != "E-6" else "Store / B", seal=first.seal)
    with pytest.raises(AuditClosed, match="1 of what was drawn"), place.house.transaction() as session:
        audits.close(session, aude, audit.id, "well")
    check(place, aude, second, there=False)
    with pytest.raises(AuditClosed, match="already"):
        check(place, aude, second, there=False)
    with place.house.transaction() as session:
        assert audits.close(session, aude, audit.id, "one is missing").state == "closed"
    with pytest.raises(AuditClosed), place.house.transaction() as session:
        audits.sweep(session, aude, audit.id, shelves[0].code.uri, [])


def test_risks_come_from_the_records(place, aude):
    plain = place.exhibit("E-0")
    with place.house.transaction() as session:
        session.get_one(Exhibit, plain.id).description = "a blanket"
    phone, out, late = place.exhibit("E-1"), place.exhibit("E-2"), None
    happened = clock.now() - timedelta(days=3)
    late = place.exhibit("E-3", arrival=Arrival(occurred_at=happened, note="by ship"))
    opened = place.exhibit("E-4", arrival=Arrival(seal="S4"))
    with place.house.transaction() as session:
        custody.move(session, place.lead, out.id, Verb.CHECK_OUT, Movement(outside="the laboratory", reason="DNA"))
        custody.move(session, place.lead, opened.id, Verb.OPEN_SEAL, Movement(reason="to copy", witness="Carl"))
    with clock.stopped(clock.now() + timedelta(days=31)), place.house.transaction() as session:
        told = risks.of(session, session.query(Exhibit).all())

    assert told[str(plain.id)] == []
    assert told[str(phone.id)] == [risks.KIND]
    assert risks.OUT in told[str(out.id)]
    assert risks.LATE_ENTRY in told[str(late.id)]
    assert risks.UNSEALED in told[str(opened.id)]
    assert risks.weight([]) == 1 < risks.weight([risks.KIND]) < risks.weight([risks.KIND, risks.OUT])


@pytest.mark.parametrize("wanted", [Wanted(0, 0), Wanted(-1, 3), Wanted(5_000, 0)])
def test_a_draw_that_cannot_be_is_refused(place, shelves, aude, wanted):
    with pytest.raises(BadAudit), place.house.transaction() as session:
        audits.draw(session, aude, wanted)


def test_fourteen_thousand_things_are_drawn_in_seconds(each_place):
    aude = each_place.house.actor("aude", Role.AUDITOR, purpose="audit")
    one = each_place.exhibit("E-0")
    kept = {column.name: getattr(one, column.name) for column in Exhibit.__table__.columns}
    rows = [kept | {"id": uuid4(), "reference": f"M-{at:05d}", "seal": ""} for at in range(14_000)]
    with each_place.house.transaction() as session:
        session.execute(insert(Exhibit), rows)
    began = time.monotonic()
    audit, items = drawn(each_place, aude, random=60, risk=60)

    assert time.monotonic() - began < 15
    assert (len(items), audit.population_size) == (120, 14_001)
    assert {one.sample for one in items.values()} == {drawing.RANDOM, drawing.RISK}
    assert {one.custody for one in items.values()} == {State.HELD.value}
