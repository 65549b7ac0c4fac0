"""Times carry their zone or are refused."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.exc import StatementError

from core import clock
from core.clock import BadTime
from core.jobs import Job
from tests import makers


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_stamps_sort_as_their_instants_do_and_come_back(one, other):
    assert (clock.stamp(one) < clock.stamp(other)) == (one < other)
    assert clock.parse(clock.stamp(one)) == one


@pytest.mark.parametrize("text", ["2026-03-01", "2026-03-01T10:00:00", "yesterday", "", "2026-13-01T00:00:00Z"])
def test_a_text_without_its_zone_is_refused_not_guessed(text):
    with pytest.raises(BadTime):
        clock.parse(text)


def test_a_naive_time_is_neither_stamped_nor_stored(tmp_path):
    naive = datetime(2026, 3, 1)  # noqa: DTZ001 - the fault under test
    house = makers.house(f"sqlite:///{tmp_path / 'x.db'}")

    with pytest.raises(BadTime):
        clock.stamp(naive)
    with pytest.raises(StatementError, match="zone"), house.transaction() as session:
        session.execute(insert(Job).values(kind="x", subject=uuid4(), asked=naive))
    house.engine.dispose()


def test_a_time_of_any_zone_comes_back_as_the_same_instant_in_utc(database_url):
    house = makers.house(database_url)
    at = datetime(2026, 3, 1, 14, 30, 0, 123456, tzinfo=timezone(timedelta(hours=4, minutes=30)))
    with house.transaction() as session:
        session.add(Job(kind="x", subject=uuid4(), asked=at))
    with house.transaction() as session:
        back = session.scalar(select(Job.asked))

    assert back == at
    assert back.utcoffset() == timedelta(0)
    house.engine.dispose()
