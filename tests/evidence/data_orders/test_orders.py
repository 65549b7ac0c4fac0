"""Orders for data: the deadline runs from receipt, each change is one entry, and nothing that was said is lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from cases.access import Duty, NotYourDuty
from cases.docket import NoSuchCase
from core import clock
from core.accounts import Role
from core.ledger import entries as ledger
from evidence import deadlines
from evidence.data_orders import orders, showing
from evidence.data_orders.orders import BadDataOrder, NotNow, Wanted
from evidence.data_orders.rows import DataOrderWords
from evidence.data_orders.rules import Category, Kind, Law
from evidence.names import committed

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
ROME = datetime(2026, 9, 2, 10, tzinfo=timezone(timedelta(hours=2)))
EPOC = Wanted("EPOC 12/26", Kind.PRODUCTION, "Court of Ragusa", "Example Mail", Category.TRAFFIC, NOON)
KEEP = replace(EPOC, number="EPOC-PR 3/26", kind=Kind.PRESERVATION)
HOLDER = "Zwielicht, account 4711"


@pytest.fixture(autouse=True)
def _later():
    with clock.stopped(NOON + timedelta(days=3)):
        yield


def record(place, wanted=EPOC, actor=None):
    with place.house.transaction() as session:
        return orders.record(session, actor or place.lead, place.keyring, place.case.id, wanted)


def act(place, verb, order, *told):
    with place.house.transaction() as session:
        return verb(session, place.lead, order.id, *told)


def told(place, order):
    with place.house.transaction() as session:
        return [(one.act, ledger.words(one)) for one in orders.history(session, order)]


def due(place, actor=None):
    with place.house.transaction() as session:
        found = deadlines.mine(session, actor or place.lead)
        return [(one.subject, one.due, one.overdue) for one in found if one.kind == deadlines.DATA]


@pytest.mark.parametrize(
    ("wanted", "runs", "because"),
    [
        (EPOC, timedelta(days=10), "10 days"),
        (replace(EPOC, emergency="people adrift at sea"), timedelta(hours=8), "8 hours"),
        (KEEP, timedelta(days=60), "60 days"),
    ],
    ids=["production", "emergency", "preservation"],
)
def test_the_deadline_runs_from_receipt_and_from_nothing_before(place, wanted, runs, because):
    order = record(place, wanted)
    assert (order.due, due(place)) == (None, [])

    order = act(place, orders.receive, order, ROME)

    assert order.due == ROME + runs
    assert because in order.due_because
    words = told(place, order)[-1][1]
    assert (words["received"], words["due"]) == ("2026-09-02T10:00:00+02:00", clock.stamp(order.due))


def test_a_deadline_stands_among_the_obligations_before_and_after_it_has_passed(each_place):
    order = act(each_place, orders.receive, record(each_place), ROME)
    stranger = each_place.house.actor("stranger")

    assert due(each_place) == [(order.id, ROME + timedelta(days=10), False)]
    with clock.stopped(ROME + timedelta(days=10, seconds=1)):
        assert due(each_place) == [(order.id, ROME + timedelta(days=10), True)]
    assert due(each_place, stranger) == []
    act(each_place, orders.end, order, "the court withdrew it")
    assert due(each_place) == []


def test_a_preservation_is_extended_once_and_before_it_ends_and_a_production_takes_its_place(each_place):
    kept = act(each_place, orders.receive, record(each_place, KEEP), ROME)
    with clock.stopped(ROME + timedelta(days=60)), pytest.raises(NotNow, match="ended already"):
        act(each_place, orders.extend, kept, "x")
    kept = act(each_place, orders.extend, kept, "the request for mutual assistance is on its way")
    assert kept.due == ROME + timedelta(days=90)
    with pytest.raises(NotNow, match="once"):
        act(each_place, orders.extend, kept, "once more")
    with pytest.raises(NotNow, match="only a European Preservation Order"):
        act(each_place, orders.extend, record(each_place), "x")

    record(each_place, replace(EPOC, follows=kept.id))

    with each_place.house.transaction() as session:
        assert orders.fetch(session, each_place.lead, kept.id).state == "followed"
    assert due(each_place) == []


def test_a_production_that_is_withdrawn_leaves_its_preservation_to_be_seen_to(place):
    kept = act(place, orders.receive, record(place, KEEP), ROME)
    made = record(place, replace(EPOC, follows=kept.id))

    act(place, orders.end, made, "the court withdrew it")

    assert [one for one, *_ in due(place)] == [kept.id]


def test_a_request_under_another_law_has_its_own_basis_and_its_own_deadline_with_a_reason(each_place):
    other = replace(EPOC, law=Law.OTHER, basis="18 U.S.C. 2703(f)", kind=Kind.PRESERVATION)
    order = act(each_place, orders.receive, record(each_place, other), ROME)
    assert order.due is None

    by = ROME + timedelta(days=90)
    order = act(each_place, orders.set_deadline, order, by, "90 days by that law")

    assert due(each_place) == [(order.id, by, False)]
    assert (order.basis, order.due_because) == ("18 U.S.C. 2703(f)", "90 days by that law")
    act(each_place, orders.set_deadline, order, by + timedelta(days=1), "renewed")
    assert told(each_place, order)[-1][1]["was"]["due"] == clock.stamp(by)


def test_a_correction_names_the_old_value_and_works_the_deadline_out_anew(each_place):
    order = act(each_place, orders.receive, record(each_place), ROME)
    with each_place.house.transaction() as session:
        changes = {"received": ROME + timedelta(hours=5), "addressee": "Example Mail Ireland"}
        order = orders.correct(session, each_place.lead, each_place.keyring, order.id, changes, "misread")

    entry, words = told(each_place, order)[-1]
    assert entry == "order for data corrected"
    assert words["changed"]["addressee"] == {"was": "Example Mail", "is": "Example Mail Ireland"}
    assert words["changed"]["received"]["is"] == "2026-09-02T15:00:00+02:00"
    assert (order.due, words["because"]) == (ROME + timedelta(days=10, hours=5), "misread")
    with pytest.raises(NotNow, match="correct it"):
        act(each_place, orders.receive, order, ROME)


def test_whose_data_it_is_stands_in_no_entry_and_no_row_and_an_older_answer_stays_beside_the_new_one(each_place):
    order = record(each_place, replace(EPOC, target=HOLDER))
    with each_place.house.transaction() as session:
        orders.correct(session, each_place.lead, each_place.keyring, order.id, {"target": "account 4712"}, "misread")

    with each_place.house.transaction() as session:
        rows = session.scalars(select(DataOrderWords).order_by(DataOrderWords.ordinal)).all()
        assert [b"Zwielicht" in row.sealed for row in rows] == [False, False]
        bodies = session.execute(text("SELECT body FROM ledger_entries")).scalars().all()
        assert not any("Zwielicht" in body or "4712" in body for body in bodies)
        shown = showing.shown(session, each_place.lead, each_place.keyring, order.id)
        assert shown.target == "account 4712"
        salt = rows[0].salt
    first, second = (words for _act, words in told(each_place, order))
    assert first["target"] == second["changed"]["target"]["was"] == committed(HOLDER, salt)


def test_who_reads_no_content_is_not_told_whose_data_it_is(place):
    order, keeper = record(place, replace(EPOC, target=HOLDER)), place.colleague("carl")

    with place.house.transaction() as session:
        shown = showing.shown(session, keeper, place.keyring, order.id)

    assert (shown.target, shown.sealed, shown.row.addressee) == ("", True, "Example Mail")


def test_a_prosecutor_may_record_an_order_and_who_only_looks_may_not(place):
    prosecutor = place.colleague("pia", Role.PROSECUTOR, Duty.PROSECUTE)
    protector = place.colleague("petra", Role.PROTECTION, Duty.PROTECT)

    assert record(place, actor=prosecutor).recorded_by.startswith("pia")
    with pytest.raises(NotYourDuty):
        record(place, actor=protector)


def test_an_order_of_another_case_is_as_absent_as_one_that_never_was(each_place):
    order, stranger = record(each_place), each_place.house.actor("stranger")
    theirs = each_place.house.case(stranger)
    for wanted in (order.id, uuid4()):
        with each_place.house.transaction() as session, pytest.raises(NoSuchCase):
            orders.fetch(session, stranger, wanted)
        with each_place.house.transaction() as session, pytest.raises(NoSuchCase):
            orders.record(session, stranger, each_place.keyring, theirs.id, replace(EPOC, follows=wanted))


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (replace(EPOC, number=" "), "number"),
        (replace(EPOC, authority="a" * 301), "authority"),
        (replace(EPOC, addressee="a\x00b"), "addressee"),
        (replace(EPOC, issued=datetime(2026, 8, 17, tzinfo=UTC)), "issued"),
        (replace(EPOC, issued=NOON + timedelta(days=4)), "issued"),
        (replace(EPOC, received=NOON - timedelta(seconds=1)), "received"),
        (replace(EPOC, law=Law.OTHER), "basis"),
        (replace(KEEP, emergency="x"), "emergency"),
        (replace(EPOC, own_deadline=ROME), "own_because"),
        (replace(EPOC, own_because="x"), "own_because"),
        (replace(EPOC, own_deadline=NOON, own_because="x"), "own_deadline"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(place, wanted, field):
    with pytest.raises(BadDataOrder) as refused:
        record(place, wanted)

    assert field in refused.value.fields


def test_an_order_that_was_ended_takes_nothing_more_but_a_correction(place):
    order = act(place, orders.end, record(place), "withdrawn")

    for verb, more in ((orders.receive, (ROME,)), (orders.confirm, (ROME, "by mail")), (orders.end, ("again",))):
        with pytest.raises(NotNow, match="ended"):
            act(place, verb, order, *more)
