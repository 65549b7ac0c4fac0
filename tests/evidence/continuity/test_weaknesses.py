"""Each weakness that a record can have is found when it is seeded, and a clean record shows none."""

import hashlib
import itertools
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete

from cases.access import Duty
from cases.docket import NoSuchCase
from core import approvals, clock
from core.accounts import Role
from core.ledger import entries as ledger
from core.ledger import heartbeats, tree
from core.ledger.checkpoints import CheckpointRow, CosignatureRow
from core.ledger.timestamps import Timestamp
from evidence import custody
from evidence.continuity import overdue, report, signing, statements
from evidence.continuity.codes import MEANINGS, Code
from evidence.continuity.spans import spans
from evidence.exhibits import Exhibit, Origin
from evidence.files import Digest
from evidence.possession import late
from evidence.possession.verbs import Verb
from tests.evidence.possession.hands import act, brought, whole


def found(place, exhibit):
    """The codes of everything that is weak now."""
    with place.house.transaction() as session:
        return [one.code for one in report.of_exhibit(session, session.get_one(Exhibit, exhibit.id))]


def seed(place, exhibit, what, *, outcome="done", at=None, **words):
    """An entry as an older release, another program or a fault would have left it."""
    with place.house.transaction() as session:
        ledger.append(session, exhibit.chain, place.lead, what, case=exhibit.case_id, subject=exhibit.id, at=at,
                      outcome=outcome, **words)  # fmt: skip


def moved(**words):
    """The words of a move, all of them good unless told otherwise."""
    good = {"custodian": "lena", "from": "lena", "to": "lena", "state": "held", "seal_in": "", "seal_out": "",
            "occurred_at": clock.stamp(clock.now()), "late_hours": 0}  # fmt: skip
    return good | words


def vouch(place):
    """Take all entries into the tree and have a witness and a time-stamp authority stand behind it."""
    with place.house.transaction() as session:
        tree.sequence(session)
        size = tree.size(session)
    with place.house.transaction() as session:
        if session.get(CheckpointRow, size) is None:
            session.add(CheckpointRow(size=size, root=tree.root(session), at=clock.now(), note=f"size {size}"))
            session.flush()
            digest = hashlib.sha256(b"a line").hexdigest()
            session.add(CosignatureRow(size=size, digest=digest, witness="w", unix_time=1, line="a line\n"))
            stamp = {"kind": "checkpoint", "subject": str(size), "authority": "tsa", "digest": digest}
            session.add(Timestamp(**stamp, state="stamped", wanted=clock.now()))


def test_a_clean_exhibit_shows_none_and_every_code_has_its_words(place):
    exhibit, carl = brought(place, seal="S-1"), place.colleague("carl")
    place.file(exhibit)
    act(place, place.lead, exhibit, Verb.OFFER, to=carl.id, reason="to the store")
    act(place, carl, exhibit, Verb.ACCEPT, seal="S-1", place="room 4")
    act(place, carl, exhibit, Verb.SUBMIT_TO_LAB, **whole(Verb.SUBMIT_TO_LAB))
    act(place, carl, exhibit, Verb.LAB_RETURN, **whole(Verb.LAB_RETURN, seal="S-1"))
    vouch(place)

    assert found(place, exhibit) == []
    assert set(MEANINGS) == set(Code)


SEEDS = {
    Code.NO_CUSTODIAN: lambda: ("move", moved(custodian="")),
    Code.OFFER_UNANSWERED: lambda: ("offer", moved(to="carl", state="offered")),
    Code.SEAL_DIFFERS: lambda: ("accept", moved(seal_in="S-9", seal_out="S-9")),
    Code.RECEIPT_MISSING: lambda: ("submit_to_lab", moved(custodian="laboratory", state="at_laboratory")),
    Code.LATE_UNSIGNED: lambda: ("store", moved(late_hours=30)),
    Code.TIMES_RUN_BACK: lambda: ("store", moved(occurred_at="2026-01-01T00:00:00.000000Z")),
    Code.INTEGRITY_FAILURE: lambda: ("integrity-failure", {"because": "cut short"}),
    Code.INCIDENT: lambda: ("incident", {"number": "I 2026/1", "kind": "loss", "because": "gone"}),
    Code.HASH_MISSING_AT_RECEIPT: lambda: ("receive file", {"file": str(UUID(int=7)), "sha256": ""}),
    Code.TOOL_WITHOUT_VERSION: lambda: ("derive", {"files": [{"method": {"tool": "ocr"}}]}),
}


@pytest.mark.parametrize("code", list(SEEDS))
def test_what_is_seeded_is_found(place, code):
    exhibit = brought(place)
    before = found(place, exhibit)
    what, words = SEEDS[code]()
    seed(place, exhibit, what, **words)

    assert code not in before
    assert code in found(place, exhibit)


def test_refusals_and_withdrawals_and_a_transfer_without_a_hash_are_found(place):
    exhibit = brought(place)
    place.file(exhibit)
    for answer in ("refuse", "withdraw"):
        seed(place, exhibit, "offer", **moved(to="carl", state="offered"))
        seed(place, exhibit, answer, **moved())
    seed(place, exhibit, "accept", **moved())

    wanted = {Code.OFFER_REFUSED, Code.OFFER_WITHDRAWN, Code.HASH_MISSING_AT_TRANSFER}
    assert wanted <= set(found(place, exhibit))


def test_a_file_whose_own_hash_is_gone_could_not_be_compared_before_an_export(place):
    exhibit = brought(place)
    file = place.file(exhibit)
    assert Code.HASH_MISSING_BEFORE_EXPORT not in found(place, exhibit)
    with place.house.transaction() as session:
        session.execute(delete(Digest).where(Digest.file_id == file.id))

    assert Code.HASH_MISSING_BEFORE_EXPORT in found(place, exhibit)


def test_the_time_before_the_first_entry_and_an_unknown_seizure_are_found(place):
    left = place.exhibit("E-1", origin=Origin(seized_at=clock.now() - timedelta(hours=5), officer="Kaya"))
    unknown = place.exhibit("E-2")

    assert Code.BEFORE_FIRST_ENTRY in found(place, left)
    assert Code.SEIZURE_TIME_UNKNOWN in found(place, unknown)


def test_a_clock_that_ran_back_a_silence_and_a_clock_fault_are_found(place):
    exhibit = brought(place)
    seed(place, exhibit, "note", at=clock.now() - timedelta(hours=1), **moved())
    with clock.stopped(clock.now() + timedelta(hours=1)), place.house.transaction() as session:
        heartbeats.beat(session, 1, timedelta(hours=1))
    with clock.stopped(clock.now() + timedelta(hours=9)), place.house.transaction() as session:
        heartbeats.beat(session, 1, timedelta(hours=1))
    with clock.stopped(clock.now() + timedelta(hours=5)), place.house.transaction() as session:
        heartbeats.beat(session, 1, timedelta(hours=1))

    assert {Code.CLOCK_RAN_BACK, Code.SILENCE, Code.CLOCK_FAULT} <= set(found(place, exhibit))


def test_what_nobody_outside_has_vouched_for_is_found_until_somebody_does(place):
    exhibit = brought(place)
    assert {Code.NOT_WITNESSED, Code.NOT_TIME_STAMPED} <= set(found(place, exhibit))
    vouch(place)
    assert found(place, exhibit) == []
    act(place, place.lead, exhibit, Verb.NOTE, note="one more")

    with place.house.transaction() as session:
        weak = report.of_exhibit(session, exhibit)
    assert {(one.code, one.positions) for one in weak} == {(Code.NOT_WITNESSED, (2,)), (Code.NOT_TIME_STAMPED, (2,))}


# --- Late entries ----------------------------------------------------------------------------------------------


def late_one(place):
    exhibit = brought(place)
    happened = clock.now() - timedelta(hours=30)
    entry = act(place, place.lead, exhibit, Verb.NOTE, note="no network at sea", occurred_at=happened)
    with place.house.transaction() as session:
        return exhibit, entry, approvals.latest(session, late.LATE, exhibit.id).id


@pytest.mark.parametrize("grants", [True, False])
def test_a_late_entry_is_written_at_once_and_weak_until_another_person_signs_it(place, grants):
    sue = place.colleague("sue", Role.SUPERVISOR, Duty.SUPERVISE)
    exhibit, entry, proposal_id = late_one(place)
    assert Code.LATE_UNSIGNED in found(place, exhibit)
    with place.house.transaction() as session:
        assert [one.id for one in signing.unsigned(session, place.case.id)] == [proposal_id]
        row = approvals.fetch(session, proposal_id)
        signing.may_sign(session, sue, row)
        word = signing.decide(session, sue, row, grants=grants, reason="the log of the ship says so")

    assert ledger.words(word)["of"] == {"position": entry.position, "digest": entry.digest, "act": "note"}
    codes = found(place, exhibit)
    assert Code.LATE_UNSIGNED not in codes
    assert (Code.LATE_NOT_SIGNED in codes) is not grants


def test_nobody_signs_an_own_late_entry_and_only_a_supervisor_signs(place):
    exhibit, _entry, proposal_id = late_one(place)
    sam = place.house.actor("sam", Role.SUPERVISOR)
    with place.house.transaction() as session:
        row = approvals.fetch(session, proposal_id)
        with pytest.raises(signing.NotYoursToSign):
            signing.may_sign(session, place.lead, row)
        with pytest.raises(approvals.NotASecondPerson):
            signing.decide(session, place.lead, row, grants=True, reason="mine")
        with pytest.raises(NoSuchCase):
            signing.may_sign(session, sam, row)
    assert Code.LATE_UNSIGNED in found(place, exhibit)


def test_what_counts_as_late_is_a_setting_and_judged_when_it_is_written(place):
    exhibit, happened = brought(place), clock.now() - timedelta(hours=30)
    place.house.sessions.kw["info"] = {late.SETTING: 72}
    act(place, place.lead, exhibit, Verb.STORE, place="safe", occurred_at=happened)
    place.house.sessions.kw["info"] = {late.SETTING: 1}

    assert Code.LATE_UNSIGNED not in found(place, exhibit)


# --- Statements ------------------------------------------------------------------------------------------------


def test_statements_stand_beside_a_weakness_and_never_take_it_away(place):
    exhibit, carl = place.exhibit("E-2"), place.colleague("carl")
    key = f"{Code.SEIZURE_TIME_UNKNOWN}@1"
    with place.house.transaction() as session:
        statements.ask(session, place.lead, exhibit.id, "carl", key, "When did you take it?")
        assert [one.weakness for one, _ in statements.wanted_of(session, carl)] == [key]
    with place.house.transaction() as session:
        report.state(session, carl, exhibit.id, key, "At dawn; my watch had stopped.")
        report.state(session, place.lead, exhibit.id, key, "It was before seven.")
    with place.house.transaction() as session:
        made = report.report(session, session.get_one(Exhibit, exhibit.id))
        weak = next(one for one in made.weaknesses if one.weakness.key == key)

        assert [one.by for one in weak.statements] == ["carl", "lena"]
        assert "carl states" in weak.words()
        assert statements.wanted_of(session, carl) == []
        assert ("lena", [1]) in made.handlers


def test_who_checks_does_not_explain_and_nothing_is_stated_about_what_is_not_there(place):
    exhibit = place.exhibit("E-2")
    aude, stranger = place.house.actor("aude", Role.AUDITOR), place.house.actor("stranger")
    with place.house.transaction() as session:
        with pytest.raises(statements.NotYoursToState):
            report.state(session, aude, exhibit.id, "", "I think so")
        with pytest.raises(statements.NoSuchWeakness):
            report.state(session, place.lead, exhibit.id, "seal-differs@1", "it does not")
        with pytest.raises(statements.BadStatement):
            report.state(session, place.lead, exhibit.id, "", "  ")
        with pytest.raises(NoSuchCase):
            report.state(session, stranger, exhibit.id, "", "hello")


# --- Stretches and what waits too long -------------------------------------------------------------------------


def test_the_stretches_of_a_custody_follow_one_another_and_leave_nothing_out(place):
    exhibit, carl = brought(place), place.colleague("carl")
    act(place, place.lead, exhibit, Verb.OFFER, to=carl.id, reason="shift")
    act(place, carl, exhibit, Verb.ACCEPT)
    act(place, carl, exhibit, Verb.CHECK_OUT, outside="customs", reason="their count", receipt="Z 1")
    seed(place, exhibit, "move", **moved(custodian="", occurred_at="2026-01-01T00:00:00.000000Z"))
    with place.house.transaction() as session:
        drawn = list(spans(list(custody.steps(session, exhibit))))

    assert [one.custodian for one in drawn] == ["lena", "carl", "customs", ""]
    assert all(one.until == after.since for one, after in itertools.pairwise(drawn))
    assert all(one.since <= (one.until or "9") for one in drawn)


def test_what_waits_too_long_is_listed_with_its_day(place):
    carl = place.colleague("carl")
    offered, out, lab, pending = (brought(place, name) for name in ("E-1", "E-2", "E-3", "E-4"))
    act(place, place.lead, offered, Verb.OFFER, to=carl.id, reason="shift")
    act(place, place.lead, out, Verb.CHECK_OUT, outside="customs", reason="count", receipt="Z 1")
    act(place, place.lead, lab, Verb.SUBMIT_TO_LAB, **whole(Verb.SUBMIT_TO_LAB, due=clock.now() + timedelta(days=7)))
    ends = clock.now() - timedelta(days=1)
    act(place, place.lead, pending, Verb.ORDER_DESTROY, number="O 1", court="court", appeal_ends=ends)
    with place.house.transaction() as session:
        waiting = {one.exhibit_id: one.kind for one in overdue.of_case(session, place.lead, place.case.id)}
        today = {one.exhibit_id for one in overdue.overdue(session, place.lead, place.case.id)}
    with clock.stopped(clock.now() + timedelta(days=31)), place.house.transaction() as session:
        later = {one.exhibit_id for one in overdue.overdue(session, place.lead, place.case.id)}

    assert waiting == {offered.id: overdue.OFFER, out.id: overdue.OUT, lab.id: overdue.LABORATORY,
                       pending.id: overdue.APPEAL}  # fmt: skip
    assert today == {pending.id}
    assert later == set(waiting)
