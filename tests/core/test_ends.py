"""Where all chains end at one moment is one entry, and each end can be proved without naming another chain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.accounts import HOUSE
from core.ledger import ends, merkle
from core.ledger import entries as ledger
from core.ledger.merkle import ProofWrong
from tests import makers


@pytest.fixture
def house(database_url):
    made = makers.house(database_url)
    yield made
    made.engine.dispose()


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 100])
def test_each_end_is_proved_and_no_other_place_or_digest(house, count):
    names = [f"custody/{number:03}" for number in range(count)]
    with house.transaction() as session:
        for number, name in enumerate(names):
            for _ in range(number % 3 + 1):
                ledger.append(session, name, HOUSE, "note")
        made = ends.enter(session, HOUSE, names)

    assert made.count == count
    assert set(made.ends) == set(names)
    for number, name in enumerate(names):
        one = made.ends[name]
        assert one.position == number % 3 + 1
        ends.check(name, one.position, one.digest, one.index, made.count, one.path, made.root)
        for wrong in (
            (name, one.position + 1, one.digest, one.index),
            (name, one.position, "0" * 64, one.index),
            (name, one.position, one.digest, one.index + 1),
            (f"{name}x", one.position, one.digest, one.index),
        ):
            with pytest.raises(ProofWrong):
                ends.check(*wrong, made.count, one.path, made.root)


def test_the_entry_says_the_root_and_stands_in_its_chain(house):
    with house.transaction() as session:
        ledger.append(session, "custody/a", HOUSE, "note")
        made = ends.enter(session, HOUSE, ["custody/a", "custody/never"])
        told = ledger.words(made.entry)
        assert list(ledger.breaks(session)) == []

    assert (told["root"], told["chains"]) == (made.root.hex(), 1)
    assert list(made.ends) == ["custody/a"]


@given(st.integers(1, 70).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_the_path_is_that_of_the_published_tree(place):
    size, index = place
    hashes = [merkle.leaf(bytes([number])) for number in range(size)]

    assert list(ends._path(ends._levels(hashes), index)) == merkle.inclusion(merkle.over(hashes), index, size)
