"""Draws: the same seed gives the same samples to anybody, each thing has its chance, and risk has more of it."""

import hashlib
from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from evidence.audits import drawing

PEOPLE = {str(UUID(int=at)): 1 for at in range(200)}


def by_hand(seed, weights, size, sample):
    """The rule of docs/shelf-audits.md once more, as somebody outside would write it."""
    tickets = []
    for one, weight in weights.items():
        count = weight if sample == "risk" else 1
        texts = [f"{seed}/{sample}/{number}/{one}" for number in range(count)]
        tickets.append((min(hashlib.sha256(text.encode()).hexdigest() for text in texts), one))
    return [one for _ticket, one in sorted(tickets)[:size]]


@given(seed=st.text(alphabet="0123456789abcdef", min_size=8, max_size=64), size=st.integers(0, 30))
def test_somebody_outside_draws_the_same_from_seed_and_list(seed, size):
    weights = {one: 1 + at % 7 for at, one in enumerate(PEOPLE)}
    again = drawing.read(drawing.population(weights))

    assert again == weights
    for sample in (drawing.RANDOM, drawing.RISK):
        assert drawing.draw(seed, again, size, sample) == by_hand(seed, weights, size, sample)


def test_what_weighs_five_comes_up_about_five_times_as_often():
    weights = {one: 5 if at < 20 else 1 for at, one in enumerate(PEOPLE)}
    heavy = set(list(weights)[:20])
    drawn = Counter(one in heavy for seed in range(300) for one in drawing.draw(str(seed), weights, 3, drawing.RISK))

    # 20 of weight 5 among 180 of weight 1 hold 100 of 280 tickets.
    assert 0.28 < drawn[True] / (drawn[True] + drawn[False]) < 0.42


def test_at_random_everything_has_the_same_chance():
    drawn = Counter(one for seed in range(2_000) for one in drawing.draw(str(seed), PEOPLE, 10, drawing.RANDOM))

    assert set(drawn) == set(PEOPLE)
    assert max(drawn.values()) < 3 * min(drawn.values())


def test_one_more_thing_on_the_shelves_leaves_the_tickets_of_the_others():
    more = PEOPLE | {str(UUID(int=999)): 1}
    before, after = (drawing.draw("seed", held, 20, drawing.RANDOM) for held in (PEOPLE, more))

    assert len(set(before) - set(after)) <= 1
