"""Kits: numbers reserved beforehand, lost ones void from afar, and entries that come in later, none dropped."""

import json
from datetime import timedelta

import pytest

from cases.access import Duty
from cases.docket import NoSuchCase
from core import clock
from core.accounts import WORKER, Role
from core.ledger import entries as ledger
from evidence import custody, exhibits
from evidence.ending import shredding
from evidence.exhibits import Arrival, Exhibit, State
from evidence.kits import format as form
from evidence.kits import kits, returning
from evidence.kits.format import BadKitFile
from evidence.kits.kits import BadKit, KitEnded, NoSuchKit, NotYourKit, Wanted
from evidence.kits.labels import LabelSort, LabelState, LineState
from evidence.kits.returning import BadResolution, Choice, Decision, NotWaiting
from evidence.storeroom import seals
from evidence.storeroom.seals import Fate, SealUsed
from tests.evidence.kits.sheets import NIGHT, line, sheet

MORNING = NIGHT + timedelta(hours=5, minutes=20)


@pytest.fixture
def carl(place):
    return place.colleague("carl")


@pytest.fixture
def kit(place, carl):
    """A kit of ten numbers and five seals, made the evening before and given to lena."""
    return made_kit(place, carl)


def made_kit(place, carl, *, exhibits=10, seals_from="PN000001", count=5, case=True):
    with clock.stopped(NIGHT - timedelta(hours=8)), place.house.transaction() as session:
        if seals_from == "PN000001":
            seals.issue(session, carl, "PN", 1, 100, width=6, issued_to="lena")
        wanted = Wanted(exhibits, wristbands=4, seals=count, seals_from=seals_from)
        case_id = place.case.id if case else None
        return kits.make(session, carl, wanted, issued_to="lena", purpose="night patrol", case_id=case_id)


def come_back(place, kit, data, actor=None, at=MORNING, **more):
    with clock.stopped(at), place.house.transaction() as session:
        return returning.take_in(session, actor or place.lead, place.keyring, kit.id, data, **more)


def decide(place, entry, choice, reason="I looked at both", actor=None, **fixed):
    with clock.stopped(MORNING + timedelta(hours=1)), place.house.transaction() as session:
        decision = Decision(choice, reason, fixed)
        return returning.resolve(session, actor or place.lead, place.keyring, entry.id, decision)


def exhibit_of(place, entry):
    with place.house.transaction() as session:
        return session.get_one(Exhibit, entry.exhibit_id)


def told(place, exhibit):
    with place.house.transaction() as session:
        return [(entry.act, ledger.words(entry)) for entry in ledger.entries(session, exhibit.chain)]


def test_what_was_written_down_at_night_is_on_record_with_both_its_times(place, kit):
    back = come_back(place, kit, sheet(kit.code, line("1", f"{kit.code}-001", seal="PN000002")))
    made = exhibit_of(place, back.lines[0])
    (first, words), (second, more) = told(place, made)[:2]

    assert back.counts == {"taken in": 1, "taken in before": 0, "conflict": 0, "refused": 0}
    assert (made.reference, made.seal, made.state) == (f"{kit.code}-001", "PN000002", State.PROVISIONAL.value)
    assert words["occurred_at"] == "2036-11-24T01:40:00.000000Z"
    assert clock.stamp(made.registered) == "2036-11-24T08:00:00.000000Z"
    assert (first, second) == ("receive", "taken in from kit")
    assert (more["capture"], more["device"], more["clock_ahead_seconds"]) == ("offline", "tablet 1", None)
    assert more["occurred_as_written"] == "2036-11-24T02:40:00+01:00"


def test_a_thing_handed_in_by_another_than_who_took_it_says_so(place, kit, carl):
    back = come_back(place, kit, sheet(kit.code, line("1", f"{kit.code}-001")), actor=carl)
    made = exhibit_of(place, back.lines[0])
    _first, words = told(place, made)[0]

    assert (words["from"], words["to"]) == ("lena", "carl")
    assert words["occurred_at"] == clock.stamp(MORNING)
    assert (made.officer, clock.stamp(made.seized_at)) == ("lena", "2036-11-24T01:40:00.000000Z")


def test_the_same_file_twice_is_one(place, kit):
    data = sheet(kit.code, line("1", f"{kit.code}-001"), line("2", f"{kit.code}-002"))
    first, second = come_back(place, kit, data), come_back(place, kit, data)

    assert second.again
    assert [one.id for one in first.lines] == [one.id for one in second.lines]
    with place.house.transaction() as session:
        assert len(exhibits.listed(session, place.lead, place.case.id)) == 2
        acts = [entry.act for entry in ledger.entries(session, kits.CHAIN)]
    assert acts == ["kit made", "kit file taken in", "kit file came again"]


def test_a_longer_file_of_the_same_device_brings_only_what_is_new(place, kit):
    one, two = line("1", f"{kit.code}-001"), line("2", f"{kit.code}-002")
    come_back(place, kit, sheet(kit.code, one))
    back = come_back(place, kit, sheet(kit.code, one, two))

    assert [entry.state for entry in back.lines] == ["taken in before", "taken in"]


def test_a_line_that_came_before_and_now_says_something_else_is_shown(place, kit):
    come_back(place, kit, sheet(kit.code, line("1", f"{kit.code}-001")))
    changed = line("1", f"{kit.code}-001", description="a telephone, red")
    (entry,) = come_back(place, kit, sheet(kit.code, changed)).lines

    assert (entry.state, entry.code) == ("conflict", "changed")


def test_two_devices_that_used_one_label_keep_their_number_and_become_two_things(place, kit):
    number = f"{kit.code}-001"
    (first,) = come_back(place, kit, sheet(kit.code, line("1", number))).lines
    other = line("a", number, description="a wallet, brown", seal="PN000003")
    (second,) = come_back(place, kit, sheet(kit.code, other, device="tablet 2")).lines
    assert (second.state, second.code, second.exhibit_id) == ("conflict", "label used", first.exhibit_id)

    decided = decide(place, second, Choice.TAKE_IN)
    made = exhibit_of(place, decided)
    with place.house.transaction() as session:
        numbers = [(one.scheme, one.value) for one in exhibits.numbers(session, made.id)]
    assert decided.state == "taken in"
    assert (made.reference, made.description, made.seal) == (f"{number}/2", "a wallet, brown", "PN000003")
    assert numbers == [("kit label", number)]
    assert exhibit_of(place, first).reference == number


def test_two_devices_that_wrote_down_one_thing_make_one_exhibit_with_both_accounts(place, kit):
    number = f"{kit.code}-001"
    (first,) = come_back(place, kit, sheet(kit.code, line("1", number))).lines
    (second,) = come_back(place, kit, sheet(kit.code, line("a", number, condition="wet"), device="tablet 2")).lines
    decided = decide(place, second, Choice.SAME_THING)

    acts = told(place, exhibit_of(place, first))
    assert (decided.state, decided.exhibit_id) == ("taken in", first.exhibit_id)
    assert acts[-1][0] == "note"
    assert "condition: wet" in acts[-1][1]["note"]


def test_a_seal_that_is_on_record_already_waits_and_is_then_taken_in_as_a_conflict_of_seals(place, kit):
    place.exhibit("E-1", arrival=Arrival(seal="PN000001"))
    (entry,) = come_back(place, kit, sheet(kit.code, line("1", f"{kit.code}-001", seal="PN000001"))).lines
    assert (entry.state, entry.code) == ("conflict", "seal used")
    decided = decide(place, entry, Choice.TAKE_IN, "it stands so on the bag, see the photograph")

    with place.house.transaction() as session:
        (conflict,) = seals.conflicts(session, [decided.exhibit_id])
    assert exhibit_of(place, decided).seal == "PN000001"
    assert "see the photograph" in conflict.because


def test_a_misread_seal_is_put_right_and_the_line_still_says_what_it_said(place, kit):
    place.exhibit("E-1", arrival=Arrival(seal="PN000001"))
    (entry,) = come_back(place, kit, sheet(kit.code, line("1", f"{kit.code}-001", seal="PN000001"))).lines
    with pytest.raises(BadResolution, match="never changed"):
        decide(place, entry, Choice.TAKE_IN, label="X")
    decided = decide(place, entry, Choice.TAKE_IN, "the photograph shows 4", seal="PN000004")

    assert exhibit_of(place, decided).seal == "PN000004"
    with place.house.transaction() as session:
        assert returning.said(session, place.keyring, decided).text("seal") == "PN000001"
        assert seals.conflicts(session, [decided.exhibit_id]) == []


def test_a_number_of_no_label_of_this_kit_waits_for_a_person(place, kit):
    back = come_back(place, kit, sheet(kit.code, line("1", "ZZZZZ-001"), line("2", "")))
    assert [(entry.state, entry.code) for entry in back.lines] == [
        ("conflict", "not of this kit"), ("conflict", "incomplete"),
    ]  # fmt: skip
    decided = decide(place, back.lines[0], Choice.TAKE_IN, "a label of the old kit, it was all we had")

    assert exhibit_of(place, decided).reference == "ZZZZZ-001"


def test_a_lost_tablet_voids_what_is_unused_and_what_comes_from_it_later_waits(place, kit, carl):
    come_back(place, kit, sheet(kit.code, line("1", f"{kit.code}-001", seal="PN000001")))
    with clock.stopped(MORNING), place.house.transaction() as session:
        assert kits.void(session, carl, kit.id, "the tablet went overboard") == (13, 4)
        states = [one.state for one in kits.labels(session, kit, LabelSort.EXHIBIT)]
        assert states == [LabelState.USED] + [LabelState.VOID] * 9
        assert seals.tallies(session, carl)[0].counts[Fate.VOID] == 4
    with pytest.raises(SealUsed, match="written off as void"):
        place.exhibit(arrival=Arrival(seal="PN000002"))
    with pytest.raises(KitEnded), place.house.transaction() as session:
        kits.void(session, carl, kit.id, "once more")

    later = line("2", f"{kit.code}-002", seal="PN000002")
    (entry,) = come_back(place, kit, sheet(kit.code, later), at=MORNING + timedelta(hours=1)).lines
    assert (entry.state, entry.code) == ("conflict", "void")
    assert "went overboard" in entry.because
    # The label is settled first, and then the seal that was written off with it is still in the way.
    waits = decide(place, entry, Choice.TAKE_IN, "the tablet was found")
    assert (waits.state, waits.code) == ("conflict", "seal used")
    decided = decide(place, entry, Choice.TAKE_IN, "and the bag bears it")
    assert decided.state == "taken in"
    assert exhibit_of(place, decided).seal == "PN000002"


def test_a_clock_that_was_compared_is_put_right_and_one_that_was_not_is_never_guessed(place, kit):
    ahead = [{"device": "2036-11-24T04:00:00+01:00", "true": "2036-11-24T02:00:00+01:00", "source": "harbour clock"}]
    wrong = line("1", f"{kit.code}-001", occurred_at="2036-11-24T04:40:00+01:00")
    (entry,) = come_back(place, kit, sheet(kit.code, wrong, clock=ahead)).lines
    words = dict(told(place, exhibit_of(place, entry)))["taken in from kit"]
    assert words["occurred_at"] == "2036-11-24T01:40:00.000000Z"
    assert (words["clock_ahead_seconds"], words["clock_compared_with"]) == (7200, "harbour clock")
    assert words["occurred_as_written"] == "2036-11-24T04:40:00+01:00"

    later = line("2", f"{kit.code}-002", occurred_at="2036-11-25T02:40:00+01:00")
    earlier = line("3", f"{kit.code}-003", occurred_at="2020-01-01T00:00:00+01:00")
    unclear = line("4", f"{kit.code}-004", occurred_at="2036-11-24T02:40:00")
    waits = come_back(place, kit, sheet(kit.code, later, earlier, unclear, device="tablet 2")).lines
    assert [entry.code for entry in waits] == ["clock", "clock", "time unclear"]
    decided = decide(place, waits[0], Choice.TAKE_IN, "by the log of the boat", occurred_at="2036-11-24T02:41:00+01:00")
    assert dict(told(place, exhibit_of(place, decided)))["taken in from kit"]["occurred_at"].startswith(
        "2036-11-24T01:41"
    )
    with pytest.raises(BadResolution, match="zone"):
        decide(place, waits[2], Choice.TAKE_IN)


def test_every_line_is_accounted_for_whatever_it_is(place, kit):
    lines = [
        line("1", f"{kit.code}-001"), 7, None, "text", [], {}, {"kind": "exhibit"}, line("2", kind="sing"),
        line("3", f"{kit.code}-002", description=""), line("4", f"{kit.code}-002", description="x" * 5_000),
        line("5", f"{kit.code}-003", description="a\x00b"), line("6", f"{kit.code}-W001", kind="wristband"),
        line("7", kind="event", text="62 people, one boat"), line("8", f"{kit.code}-004", kind="spoiled"),
        line("9", f"{kit.code}-004"), line("10", f"{kit.code}-001", kind="note", text="it rang twice"),
        line("11", f"{kit.code}-009", kind="note", text="about nothing"),
        line("12", f"{kit.code}-005", authority="whim"),
    ]  # fmt: skip
    back = come_back(place, kit, sheet(kit.code, *lines))

    assert len(back.lines) == len(lines) == back.back.lines == sum(back.counts.values())
    assert back.counts == {"taken in": 5, "taken in before": 0, "conflict": 5, "refused": 8}
    assert all(entry.because for entry in back.lines if entry.state in {"conflict", "refused"})
    assert [entry.line for entry in back.lines] == list(range(1, len(lines) + 1))
    with place.house.transaction() as session:
        assert json.dumps(returning.said(session, place.keyring, back.lines[1]).raw) == '"7"'
        assert len(returning.waiting(session, place.lead, kit)) == 5


def test_nothing_of_a_line_that_waits_stays_behind(place, kit):
    (entry,) = come_back(
        place, kit, sheet(kit.code, line("1", f"{kit.code}-005", seal="PN000001", authority="whim"))
    ).lines

    assert entry.state == "conflict"
    with place.house.transaction() as session:
        assert exhibits.listed(session, place.lead, place.case.id) == []
        assert seals.taken(session, "PN000001") == ""
        assert {one.state for one in kits.labels(session, kit)} == {LabelState.UNUSED}


def test_a_refused_conflict_is_kept_with_its_reason_and_decided_once(place, kit):
    (entry,) = come_back(place, kit, sheet(kit.code, line("1", "ZZZZZ-001"))).lines
    with pytest.raises(BadResolution, match="say why"):
        decide(place, entry, Choice.REFUSE, " ")
    decided = decide(place, entry, Choice.REFUSE, "a trial run of the tablet")
    with pytest.raises(NotWaiting):
        decide(place, entry, Choice.TAKE_IN)

    assert decided.state == "refused"
    assert "a trial run" in decided.because


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b'{"format":"probanda-kit-entries/2","kit":"A","entries":[]}', b"\xff\xfe",
        b'{"format":"probanda-kit-entries/1","kit":"OTHER","entries":[]}',
        b'{"format":"probanda-kit-entries/1","kit":7,"entries":[]}',
        b'{"format":"probanda-kit-entries/1","kit":"A","entries":{}}', b"[" * 100_000,
        b'{"format":"probanda-kit-sealed/1","key":"AA==","nonce":"AA==","sealed":"AA=="}',
    ],
    ids=["empty", "cut", "list", "other format", "no text", "other kit", "kit a number", "no list", "deep", "no seal"],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_whole(place, kit, data):
    with pytest.raises(BadKitFile):
        come_back(place, kit, data)
    with place.house.transaction() as session:
        assert kits.returns(session, kit) == []


def test_a_sealed_file_opens_at_the_office_alone_and_not_when_one_bit_was_changed(place, kit, carl):
    data = sheet(kit.code, line("1", f"{kit.code}-001"))
    sealed = form.sealed(form.public_key(place.keyring, kit.id), kit.code, data)
    other = made_kit(place, carl, seals_from="PN000050")
    assert b"telephone" not in sealed

    for wrong in (sealed.replace(b'"sealed": "', b'"sealed": "AAAA'), sealed[:-20] + b'AAAA"}'):
        with pytest.raises(BadKitFile):
            come_back(place, kit, wrong)
    with pytest.raises(BadKitFile, match="another kit"):
        come_back(place, other, sealed)
    assert come_back(place, kit, sealed).counts["taken in"] == 1
    assert come_back(place, kit, data).again


def test_the_words_of_the_lines_are_sealed_in_the_database(place, kit):
    back = come_back(place, kit, sheet(kit.code, line("1", kind="event", text="Selam steered the boat")))
    with place.house.transaction() as session:
        kept = session.get_one(type(back.lines[0]), back.lines[0].id)
        assert b"Selam" not in kept.sealed
        assert not any("Selam" in entry.body for entry in ledger.entries(session, kits.CHAIN))
        assert returning.said(session, place.keyring, kept).text("text") == "Selam steered the boat"


def test_an_exhibit_that_is_expunged_takes_with_it_what_its_lines_said_also_when_they_come_again(place, kit):
    said = line("1", f"{kit.code}-001", description="a phone of Selam")
    one = come_back(place, kit, sheet(kit.code, said)).lines[0]
    with place.house.transaction() as session:
        assert returning.said(session, place.keyring, session.merge(one)).words
        shredding.shred_exhibit(session, WORKER, session.get_one(Exhibit, one.exhibit_id), number="12 Qs 3/26")
    again = come_back(place, kit, sheet(kit.code, said, device="tablet 2")).lines[0]

    assert again.state == LineState.AGAIN
    with place.house.transaction() as session:
        for kept in (session.get_one(type(one), one.id), session.get_one(type(one), again.id)):
            assert kept.sealed == b""
            assert returning.said(session, place.keyring, kept).words == {}


def test_a_kit_of_no_case_belongs_to_the_first_it_is_taken_in_for(place, carl):
    kit = made_kit(place, carl, case=False)
    data = sheet(kit.code, line("1", f"{kit.code}-001"))
    with pytest.raises(BadResolution, match="which case"):
        come_back(place, kit, data)
    come_back(place, kit, data, case_id=place.case.id)
    other = place.house.case(place.lead, "Another truck")
    with pytest.raises(BadResolution, match="another case"):
        come_back(place, kit, sheet(kit.code, line("2", f"{kit.code}-002")), case_id=other.id)


def test_who_is_no_member_takes_nothing_in_and_sees_no_line(place, kit):
    stefan = place.house.actor("stefan", Role.CUSTODIAN)
    anna = place.house.actor("anna", Role.ANALYST)
    back = come_back(place, kit, sheet(kit.code, line("1", "ZZZZZ-001")))
    with pytest.raises(NoSuchCase):
        come_back(place, kit, sheet(kit.code), actor=stefan)
    with place.house.transaction() as session:
        assert kits.fetch(session, stefan, kit.id).id == kit.id
        assert returning.waiting(session, stefan, kit) == []
        for act in (
            lambda: returning.outcome(session, stefan, back.back.id),
            lambda: returning.fetch(session, stefan, back.lines[0].id, to=exhibits.Act.SEE),
        ):
            with pytest.raises(NoSuchCase):
                act()
        with pytest.raises(NoSuchKit):
            kits.fetch(session, anna, kit.id)
        assert kits.mine(session, anna) == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"exhibits": 0, "wristbands": 0}, "exhibits"),
        ({"exhibits": 501}, "exhibits"),
        ({"seals": 3}, "seals_from"),
        ({"seals": 3, "seals_from": "XX1"}, "seals_from"),
        ({"seals": 3, "seals_from": "PN000099"}, "seals_from"),
        ({"seals": 3, "seals_from": "PN000004"}, "seals_from"),
    ],
)
def test_a_kit_that_cannot_be_is_refused_with_its_reason(place, kit, carl, more, field):
    with pytest.raises(BadKit) as refused, place.house.transaction() as session:
        kits.make(session, carl, Wanted(**{"exhibits": 1, **more}), issued_to="lena", purpose="patrol")
    assert field in refused.value.fields


def test_kits_are_made_by_those_who_work_at_scenes(place, kit):
    for role in (Role.PROSECUTOR, Role.AUDITOR, Role.ADMINISTRATOR):
        who = place.house.actor(role.value, role)
        with pytest.raises(NotYourKit), place.house.transaction() as session:
            kits.make(session, who, Wanted(1), issued_to="lena", purpose="patrol")
    aude = place.house.actor(Role.AUDITOR.value)
    with pytest.raises(NotYourKit), place.house.transaction() as session:
        kits.void(session, aude, kit.id, "no")


def test_a_kit_that_is_not_returned_in_time_is_an_obligation_until_it_is(place, kit, carl):
    with clock.stopped(NIGHT + timedelta(days=30)), place.house.transaction() as session:
        assert [one.id for one in kits.overdue(session, carl)] == [kit.id]
        kits.give_back(session, place.lead, kit.id, "all back")
        assert kits.overdue(session, carl) == []


def test_on_each_database_a_whole_night_comes_in(each_place):
    carl = each_place.colleague("carl")
    kit = made_kit(each_place, carl, exhibits=40)
    lines = [line(str(at), f"{kit.code}-{at:03d}") for at in range(1, 41)]
    back = come_back(each_place, kit, sheet(kit.code, *lines, line("again", f"{kit.code}-001")))

    assert back.counts == {"taken in": 40, "taken in before": 0, "conflict": 1, "refused": 0}
    with each_place.house.transaction() as session:
        assert list(ledger.breaks(session)) == []
        made = session.get_one(Exhibit, back.lines[0].exhibit_id)
        custody.move(
            session, each_place.lead, made.id, custody.Verb.CONFIRM,
            custody.Movement(reference=made.reference, place="store 1"),
        )  # fmt: skip
        assert made.state == State.HELD
        assert made.reference == f"{kit.code}-001"
    assert Duty.CUSTODY in set(Duty)
    assert {one.state for one in back.lines} <= set(LineState)
