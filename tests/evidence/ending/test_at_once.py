"""Two at once about what is kept for a court or is gone: restricted once, lifted once, and no state is written over."""

import pytest

from cases.access import Duty
from core.accounts import WORKER, Role
from core.errors import Refusal
from evidence import files, intake
from evidence.continuity import photographing
from evidence.ending import restrictions, shredding
from evidence.ending.restrictions import AlreadySo, Of, Restriction
from evidence.files import File, State, Stated, Target
from evidence.intake import Announced, Settled
from evidence.integrity import restoring
from evidence.possession.photographs import Shows
from tests.racing import meanwhile


@pytest.fixture
def place(each_place):
    return each_place


@pytest.fixture
def sofia(place):
    return place.colleague("sofia", Role.SUPERVISOR, Duty.SUPERVISE)


def restricted(place, sofia, kind, subject):
    with place.house.transaction() as session:
        return restrictions.restrict(
            session, sofia, place.case.id, kind, subject, order_number="3 Gs 4/26", reason="needed as evidence"
        )


def frozen(place, file):
    with place.house.transaction() as session:
        files.freeze(session, WORKER, file.id, "its bytes were changed")


def shredded(place, file):
    with place.house.transaction() as session:
        shredding.shred_file(session, WORKER, session.get_one(File, file.id), number="12 Qs", keep_hash=False)


def again(place, kind, own):
    with place.house.transaction() as session:
        return session.get_one(kind, own.id)


def test_a_thing_is_restricted_once(place, sofia, monkeypatch):
    exhibit = place.exhibit()
    outcome = meanwhile(monkeypatch, restrictions, "current", lambda: restricted(place, sofia, Of.EXHIBIT, exhibit.id))
    restricted(place, sofia, Of.EXHIBIT, exhibit.id)

    with pytest.raises(AlreadySo, match="restricted already"):
        outcome()


def test_the_end_of_a_restriction_is_proposed_once(place, sofia, monkeypatch):
    row = restricted(place, sofia, Of.EXHIBIT, place.exhibit().id)

    def asked():
        with place.house.transaction() as session:
            return restrictions.ask_to_lift(session, sofia, row.id, "the trial is over")

    outcome = meanwhile(monkeypatch, restrictions.approvals, "open_ones", asked)
    asked()

    with pytest.raises(AlreadySo, match="has been proposed already"):
        outcome()


def test_a_file_that_comes_in_while_its_exhibit_is_restricted_is_restricted_too(place, sofia, monkeypatch):
    exhibit = place.exhibit()
    item = place.announce(exhibit, Announced("a.txt", 4))[0]
    outcome = meanwhile(monkeypatch, intake.derivation, "of_item",
                        lambda: restricted(place, sofia, Of.EXHIBIT, exhibit.id))  # fmt: skip
    file = place.deliver(item, b"text")
    outcome()

    assert again(place, File, file).restricted


def test_a_file_that_is_frozen_while_another_hash_is_stated_stays_frozen(place, monkeypatch):
    exhibit = place.exhibit()
    item = place.announce(exhibit, Announced("a.txt", 4))[0]
    file = place.deliver(item, b"text")
    outcome = meanwhile(monkeypatch, files, "state", lambda: frozen(place, file))
    with place.house.transaction() as session:
        stated = Stated("sha256", "0" * 64, Target.TRANSFER, "the sender")
        intake.state(session, place.lead, item, stated)
    outcome()
    left = again(place, File, file)

    assert left.state == State.FROZEN
    assert left.state_because == "its bytes were changed"


def test_nothing_is_compared_with_a_file_that_is_gone(place):
    exhibit = place.exhibit()
    item = place.announce(exhibit, Announced("a.txt", 4))[0]
    file = place.deliver(item, b"text")
    shredded(place, file)
    with pytest.raises(Settled, match="no stored file"), place.house.transaction() as session:
        intake.state(session, place.lead, item, Stated("sha256", "0" * 64, Target.TRANSFER, "the sender"))
    with pytest.raises(Refusal), place.house.transaction() as session:
        photographing.mark(session, place.lead, exhibit.id, file.id, Shows.DAMAGE)

    assert again(place, File, file).state == State.EXPUNGED


def test_a_file_that_is_destroyed_while_its_copy_is_brought_back_stays_gone(place, sofia, monkeypatch):
    file = place.file(place.exhibit())
    frozen(place, file)
    with place.house.transaction() as session:
        wish = restoring.propose(session, place.lead, file.id, "from the copy of Monday")
    with place.house.transaction() as session:
        restoring.decide(session, sofia, wish.id, grants=True, reason="seen")
    outcome = meanwhile(monkeypatch, restoring.approvals, "use", lambda: shredded(place, file), before=True)
    with place.house.transaction() as session:
        restoring.enter(session, place.lead, file.id, "")
    outcome()

    assert again(place, File, file).state == State.EXPUNGED


def test_a_restriction_that_was_lifted_is_not_lifted_again(place, sofia):
    exhibit = place.exhibit()
    row = restricted(place, sofia, Of.EXHIBIT, exhibit.id)
    pia = place.colleague("pia", Role.PROSECUTOR, Duty.PROSECUTE)
    with place.house.transaction() as session:
        wish = restrictions.ask_to_lift(session, sofia, row.id, "the trial is over")
    with place.house.transaction() as session:
        restrictions.release(session, WORKER, session.get_one(Restriction, row.id), because="by the court")
    with pytest.raises(AlreadySo, match="has been lifted already"), place.house.transaction() as session:
        restrictions.decide(session, pia, wish.id, grants=True, reason="seen")
