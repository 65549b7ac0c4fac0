"""Timers propose and people decide: the longest period counts, a hold stops it, and nothing happens by itself."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from cases import docket
from cases.access import Duty
from cases.docket import Case
from core import clock
from core.accounts import Role
from core.ledger import entries as ledger
from evidence.ending import retention, rules
from evidence.ending.retention import BadEvent, Happened, NotYoursToKeep, RetentionProposal
from evidence.ending.rules import PROFILE, BadProfile, Trigger
from evidence.exhibits import Exhibit, State

TODAY = date(2026, 11, 25)


@pytest.fixture
def keeper(place):
    return place.colleague("sofia", Role.SUPERVISOR, Duty.SUPERVISE)


@pytest.fixture(autouse=True)
def one_day():
    with clock.stopped(datetime(2026, 11, 25, 12, tzinfo=UTC)):
        yield


def closed(place):
    with place.house.transaction() as session:
        docket.close(session, session.get_one(Case, place.case.id), place.lead, reason="done", still_out=0)


def enter(place, keeper, trigger, on, end=None, exhibit=None):
    with place.house.transaction() as session:
        retention.happened(session, keeper, place.case.id, Happened(trigger, on, end, exhibit))


def timers(place, exhibit):
    with place.house.transaction() as session:
        return retention.timers(session, session.get_one(Exhibit, exhibit.id), PROFILE)


def test_an_open_case_keeps_everything(place, keeper):
    exhibit = place.exhibit()
    enter(place, keeper, Trigger.NO_CHARGE, date(2020, 1, 1))

    assert timers(place, exhibit) == []


def test_the_longest_of_all_periods_counts(place, keeper):
    exhibit = place.exhibit()
    enter(place, keeper, Trigger.CONVICTION, date(2024, 1, 31), date(2026, 6, 1))
    enter(place, keeper, Trigger.NO_CHARGE, date(2025, 3, 1))
    closed(place)

    assert [one.due for one in timers(place, exhibit)] == [date(2026, 6, 1)]
    assert "sentence" in timers(place, exhibit)[0].because


def test_a_sentence_whose_end_nobody_entered_has_not_ended(place, keeper):
    exhibit = place.exhibit()
    enter(place, keeper, Trigger.CONVICTION, date(2010, 1, 1))
    closed(place)

    assert timers(place, exhibit) == []


def test_an_appeal_stops_everything_until_its_end_is_entered(place, keeper):
    exhibit = place.exhibit()
    enter(place, keeper, Trigger.ACQUITTAL, date(2026, 1, 1), date(2026, 2, 1))
    enter(place, keeper, Trigger.APPEAL, date(2026, 1, 20))
    closed(place)
    assert timers(place, exhibit) == []

    with place.house.transaction() as session:
        row = next(one for one in retention.events(session, place.case.id) if one.trigger == Trigger.APPEAL)
        row.end = date(2026, 5, 1)
    assert [one.proposal for one in timers(place, exhibit)] == ["expunge"]


def test_a_hold_stops_the_clock(place, keeper, monkeypatch):
    exhibit = place.exhibit()
    enter(place, keeper, Trigger.RETURN_BY, date(2026, 1, 1), exhibit=exhibit.id)
    assert [one.proposal for one in timers(place, exhibit)] == ["return"]

    monkeypatch.setattr(retention, "holds_on", lambda _session, _exhibit: ["E-1: hold 4/26"])
    assert timers(place, exhibit) == []


def test_what_a_migrant_is_to_get_back_is_due_also_while_the_case_is_open(place, keeper):
    exhibit, other = place.exhibit("E-1"), place.exhibit("E-2")
    enter(place, keeper, Trigger.RETURN_BY, date(2026, 12, 1), exhibit=exhibit.id)

    assert [one.due for one in timers(place, exhibit)] == [date(2026, 12, 1)]
    assert timers(place, other) == []


def test_what_another_case_still_needs_is_not_proposed_and_not_told(place, keeper):
    exhibit = place.exhibit()
    place.file(exhibit, b"the same in both")
    enter(place, keeper, Trigger.NO_CHARGE, date(2020, 1, 1))
    closed(place)
    assert len(timers(place, exhibit)) == 1

    place.case = place.house.case(place.lead, "Another")
    place.file(place.exhibit("E-9"), b"the same in both")
    assert timers(place, exhibit) == []


def test_a_round_proposes_once_and_does_nothing_else(place, keeper):
    exhibit = place.exhibit()
    enter(place, keeper, Trigger.RETURN_BY, date(2026, 1, 1), exhibit=exhibit.id)
    with place.house.transaction() as session:
        assert retention.propose_due(session, place.case.id, PROFILE) == 1
        assert retention.propose_due(session, place.case.id, PROFILE) == 0
        due = retention.queue(session, keeper)
        assert [(one.proposal, one.due) for one in due] == [("return", date(2026, 1, 1))]
        assert session.get_one(Exhibit, exhibit.id).state == State.HELD


def test_to_keep_longer_takes_a_reason_and_a_day_and_starts_a_new_period(place, keeper):
    exhibit = place.exhibit()
    enter(place, keeper, Trigger.NO_CHARGE, date(2025, 1, 1))
    closed(place)
    with place.house.transaction() as session:
        retention.propose_due(session, place.case.id, PROFILE)
        one = session.scalars(select(RetentionProposal)).one()

    with pytest.raises(BadEvent) as refused, place.house.transaction() as session:
        retention.decide(session, keeper, one.id, "keep longer", " ")
    assert set(refused.value.fields) == {"reason", "until"}
    with place.house.transaction() as session:
        until = TODAY + timedelta(days=100)
        retention.decide(session, keeper, one.id, "keep longer", "a civil claim runs", until=until)
    assert [one.due for one in timers(place, exhibit)] == [until]
    with place.house.transaction() as session:
        acts = [entry.act for entry in ledger.entries(session, f"case/{place.case.id}")]
        assert retention.queue(session, keeper) == []
    assert acts[-2:] == ["retention event", "retention decided"]


def test_only_a_supervisor_or_prosecutor_of_the_case_decides(place, keeper):
    exhibit = place.exhibit()
    enter(place, keeper, Trigger.RETURN_BY, date(2026, 1, 1), exhibit=exhibit.id)
    stranger = place.house.actor("stranger", Role.SUPERVISOR)
    with place.house.transaction() as session:
        retention.propose_due(session, place.case.id, PROFILE)
        one = session.scalars(select(RetentionProposal)).one()
        assert retention.queue(session, stranger) == retention.queue(session, place.lead) == []
    with pytest.raises(docket.NoSuchCase), place.house.transaction() as session:
        retention.decide(session, stranger, one.id, "return", "x")
    with pytest.raises(NotYoursToKeep), place.house.transaction() as session:
        retention.decide(session, place.lead, one.id, "return", "x")


def test_an_office_lays_its_own_rules_beside_its_settings(tmp_path):
    (tmp_path / rules.FILE).write_text(
        '[[rule]]\ntrigger = "acquittal"\nproposal = "expunge"\nbecause = "our law"\ndays = 30\nuntil = true\n'
    )

    (one,) = rules.profile(tmp_path)
    assert one.due(date(2026, 1, 1), date(2026, 2, 1)) == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no \\[\\[rule\\]\\]"),
        ("rule = 3", "no \\[\\[rule\\]\\]"),
        ("[[rule", "cannot be read"),
        ('[[rule]]\ntrigger = "acquital"\nproposal = "expunge"\nbecause = "x"', "rule 1: trigger is one of"),
        ('[[rule]]\ntrigger = "acquittal"\nproposal = "expunge"', "because is missing"),
        ('[[rule]]\ntrigger = "acquittal"\nproposal = "expunge"\nbecause = "x"\nmonths = -1', "below zero"),
        ('[[rule]]\ntrigger = "acquittal"\nproposal = "expunge"\nbecause = "x"\nmonths = true', "not of its kind"),
        ('[[rule]]\ntrigger = "acquittal"\nproposal = "expunge"\nbecause = "x"\nweeks = 1', "weeks is unknown"),
    ],
)
def test_rules_that_cannot_be_read_are_refused_with_every_fault(tmp_path, text, why):
    (tmp_path / rules.FILE).write_text(text)

    with pytest.raises(BadProfile, match=why):
        rules.profile(tmp_path)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 600), st.integers(0, 60))
def test_a_period_ends_never_before_it_begins_and_never_in_another_month_than_it_says(start, months, days):
    end = rules.plus(start, months, days)
    whole = rules.plus(start, months, 0)

    assert end >= start
    assert (end - whole).days == days
    assert (whole.year * 12 + whole.month) - (start.year * 12 + start.month) == months
