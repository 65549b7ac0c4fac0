"""Two at once about the same order for data: the second sees what the first has written."""

from datetime import timedelta

import pytest

from core import clock
from evidence.data_orders import orders
from evidence.data_orders.orders import NotNow, Wanted
from evidence.data_orders.rules import Category, Kind
from tests.racing import meanwhile


def test_when_an_order_was_received_is_recorded_once(each_place, monkeypatch):
    now = clock.now()
    wanted = Wanted("EPOC 1", Kind.PRODUCTION, "a court", "Example Mail", Category.TRAFFIC, now - timedelta(days=2))
    with each_place.house.transaction() as session:
        order = orders.record(session, each_place.lead, each_place.keyring, each_place.case.id, wanted)

    def received(days):
        with each_place.house.transaction() as session:
            return orders.receive(session, each_place.lead, order.id, now - timedelta(days=days))

    other = meanwhile(monkeypatch, orders, "fetch", lambda: received(0))
    received(1)

    with pytest.raises(NotNow, match="recorded already"):
        other()
    with each_place.house.transaction() as session:
        assert orders.fetch(session, each_place.lead, order.id).due == now - timedelta(days=1) + timedelta(days=10)
        assert [one.act for one in orders.history(session, order)][1:] == ["order for data received"]
