"""What was answered: exhibits that came by an order are under it, and an answer that is struck covers none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cases.access import Duty
from cases.docket import NoSuchCase
from cases.handling import Sensitivity
from core import clock
from core.accounts import Role
from core.ledger import entries as ledger
from evidence import authorities, custody, exhibits
from evidence.authorities import NotAuthorised
from evidence.data_orders import answers, orders, showing
from evidence.data_orders import words as sealed
from evidence.data_orders.answers import Reply
from evidence.data_orders.orders import BadDataOrder, NotNow, Wanted
from evidence.data_orders.rules import Category, Kind, Outcome
from evidence.exhibits import Description, Exhibit
from evidence.files import File
from tests.evidence.depot import Depot


@pytest.fixture
def order_of():
    def made(place: Depot, **more):
        now = clock.now()
        wanted = Wanted("EPOC 12/26", Kind.PRODUCTION, "Court of Ragusa", "Example Mail", Category.CONTENT,
                        now - timedelta(days=12), received=now - timedelta(days=11))  # fmt: skip
        with place.house.transaction() as session:
            return orders.record(session, place.lead, place.keyring, place.case.id, replace(wanted, **more))

    return made


def answer(place, order, outcome=Outcome.DATA, *exhibits, actor=None, **more):
    with place.house.transaction() as session:
        reply = Reply(outcome, more.pop("answered", clock.now()), exhibits=exhibits, **more)
        return answers.answer(session, actor or place.lead, place.keyring, order.id, reply)


def allowed(place, exhibit):
    with place.house.transaction() as session:
        authorities.allow_processing(session, session.get_one(Exhibit, exhibit.id))


def test_what_an_answer_brought_is_under_the_order_and_its_files_are_read(each_place, order_of):
    exhibit = each_place.exhibit(authorised=False)
    file = each_place.file(exhibit)
    with each_place.house.transaction() as session:
        waiting = session.get_one(File, file.id)
        waiting.reading = "not_allowed"
    order = order_of(each_place)

    answer(each_place, order, Outcome.DATA, exhibit.id, came="the mailbox of Zwielicht")

    allowed(each_place, exhibit)
    with each_place.house.transaction() as session:
        (granted,) = authorities.of_exhibit(session, session.get_one(Exhibit, exhibit.id))
        assert (granted.kind, granted.number) == ("order", "EPOC 12/26")
        assert session.get_one(File, file.id).reading == "waiting"
        steps = list(custody.steps(session, session.get_one(Exhibit, exhibit.id)))
        (step,) = (one for one in steps if one.act == answers.BROUGHT)
        assert step.words["number"] == "EPOC 12/26"
        told = [(one.act, ledger.words(one)) for one in orders.history(session, order)]
    assert [name for name, _words in told][-2:] == ["order for data answered", "order for data brought an exhibit"]
    assert not any("Zwielicht" in str(words) for _name, words in told)


def test_an_answer_after_the_deadline_says_so(place, order_of):
    order = order_of(place)
    late, early = answer(place, order), answer(place, order, answered=clock.now() - timedelta(days=2))

    assert (answers.late(order, late), answers.late(order, early)) == (True, False)


def test_a_part_leaves_the_order_open_and_the_rest_closes_it(place, order_of):
    order = order_of(place)
    for outcome, state in ((Outcome.PART, "answered in part"), (Outcome.DATA, "answered")):
        answer(place, order, outcome)
        with place.house.transaction() as session:
            found = orders.fetch(session, place.lead, order.id)
            assert (found.state, found.overdue) == (state, outcome is Outcome.PART)


def test_an_answer_that_is_struck_stays_and_covers_no_exhibit_any_more(each_place, order_of):
    exhibit, order = each_place.exhibit(authorised=False), order_of(each_place)
    row = answer(each_place, order, Outcome.DATA, exhibit.id)

    with each_place.house.transaction() as session:
        answers.strike(session, each_place.lead, order.id, row.id, "it belonged to another order")

    with pytest.raises(NotAuthorised, match="another order"):
        allowed(each_place, exhibit)
    with each_place.house.transaction() as session:
        found = showing.shown(session, each_place.lead, each_place.keyring, order.id)
        assert (found.row.state, found.answers[0].row.struck_because) == ("received", "it belonged to another order")
    with each_place.house.transaction() as session, pytest.raises(NotNow, match="struck"):
        answers.bring(session, each_place.lead, order.id, row.id, [exhibit.id])


def test_an_exhibit_of_another_case_cannot_have_come_by_this_order(each_place, order_of):
    order = order_of(each_place)
    with each_place.house.transaction() as session:
        other = each_place.house.case(each_place.lead, "Another")
        foreign = exhibits.register(session, each_place.lead, other.id, Description("E-9", "a disk"))

    with pytest.raises(NoSuchCase):
        answer(each_place, order, Outcome.DATA, foreign.id)
    with each_place.house.transaction() as session:
        assert orders.fetch(session, each_place.lead, order.id).state == "received"
        assert authorities.of_exhibit(session, foreign) == []


def test_to_say_that_the_same_exhibit_came_again_changes_nothing(place, order_of):
    exhibit, order = place.exhibit(authorised=False), order_of(place)
    row = answer(place, order, Outcome.DATA, exhibit.id)

    with place.house.transaction() as session:
        answers.bring(session, place.lead, order.id, row.id, [exhibit.id, exhibit.id])
        assert len(authorities.of_exhibit(session, exhibit)) == 1


def test_an_exhibit_above_ones_clearance_is_not_shown_with_the_answer(place, order_of):
    with place.house.transaction() as session:
        what = Description("E-2", "a medical record", sensitivity=Sensitivity.C3)
        hidden = exhibits.register(session, place.lead, place.case.id, what)
    order, colleague = order_of(place), place.colleague("ivo", Role.INVESTIGATOR, Duty.INVESTIGATE)
    answer(place, order, Outcome.DATA, hidden.id)

    with place.house.transaction() as session:
        seen = [
            [one.reference for one in showing.shown(session, who, place.keyring, order.id).answers[0].exhibits]
            for who in (place.lead, colleague)
        ]

    assert seen == [["E-2"], []]


def test_a_preservation_brings_no_exhibit_and_stays_due_while_the_data_is_kept(place, order_of):
    order, exhibit = order_of(place, kind=Kind.PRESERVATION), place.exhibit()
    with pytest.raises(BadDataOrder, match="outcome"):
        answer(place, order, Outcome.DATA, exhibit.id)
    with pytest.raises(NotNow, match="brought no data"):
        answer(place, order, Outcome.PRESERVED, exhibit.id)
    answer(place, order, Outcome.PRESERVED)

    with place.house.transaction() as session:
        assert [one.id for one in orders.waiting(session, place.lead)] == [order.id]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"outcome": Outcome.REFUSED}, "ground"),
        ({"outcome": Outcome.PRESERVED}, "outcome"),
        ({"answered": clock.now() + timedelta(days=1)}, "answered"),
        ({"answered": clock.now() - timedelta(days=11, hours=1)}, "answered"),
        ({"came": "x" * 4001}, "came"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_by_its_field(place, order_of, more, field):
    with pytest.raises(BadDataOrder) as refused:
        answer(place, order_of(place), **more)

    assert field in refused.value.fields


def test_what_an_exhibit_that_was_destroyed_was_said_to_be_goes_with_it(place, order_of):
    order, exhibit = order_of(place, target="account 4711"), place.exhibit(authorised=False)
    row = answer(place, order, Outcome.DATA, exhibit.id, came="the mailbox of Zwielicht")

    with place.house.transaction() as session:
        sealed.empty_exhibit(session, exhibit.id)
        assert sealed.of_order(session, place.keyring, order) == {None: "account 4711"}
        sealed.empty_case(session, place.case.id)
        assert sealed.of_order(session, place.keyring, order) == {}
        assert orders.fetch(session, place.lead, order.id).number == "EPOC 12/26"
        assert row.id in {one.id for one in orders.answers(session, order)}
