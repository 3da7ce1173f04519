from datetime import timedelta

import pytest

from app.core import dynamo
from app.feeds import service as feeds
from app.prices import rules, service
from app.prices.models import TrackedSymbol
from tests.prices.conftest import NOW

LATER = NOW + timedelta(minutes=5)

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def tracked(market):
    def track(**prices):
        for symbol, price in prices.items():
            service.keep_tracked(wanted=[("stock", symbol)], now=NOW)
            market.prices["stock", symbol] = price

    return track


def told():
    return [event.data for event in feeds.events_after(channel="prices", after=None)]


class TestRefreshQuotes:
    def test_tells_prices_that_changed_and_no_others(self, market, tracked):
        tracked(ACME="10.50", BOLT="3")
        assert service.refresh_quotes(market=market, now=NOW)
        market.quoted_at = LATER
        assert not service.refresh_quotes(market=market, now=LATER)
        tracked(ACME="10.50", BOLT="3.25")
        market.quoted_at = LATER + timedelta(minutes=5)
        assert service.refresh_quotes(market=market, now=LATER + timedelta(minutes=5))
        assert told() == [
            {
                "asset_type": "stock",
                "timestamp": NOW.isoformat(),
                "prices": [
                    {"symbol": "ACME", "price": "10.50", "currency": "USD"},
                    {"symbol": "BOLT", "price": "3", "currency": "USD"},
                ],
            },
            {
                "asset_type": "stock",
                "timestamp": (LATER + timedelta(minutes=5)).isoformat(),
                "prices": [{"symbol": "BOLT", "price": "3.25", "currency": "USD"}],
            },
        ]

    def test_tells_of_many_in_several_events(self, market, tracked, monkeypatch):
        monkeypatch.setattr(rules, "SYMBOLS_AN_EVENT", 2)
        monkeypatch.setattr(rules, "EVENTS_AN_APPEND", 2)
        tracked(A="1", B="1", C="1", D="1", E="1")
        service.refresh_quotes(market=market, now=NOW)
        assert [len(data["prices"]) for data in told()] == [2, 2, 1]

    def test_keeps_prices_that_could_not_be_told(self, market, tracked, monkeypatch):
        def busy(**_):
            raise dynamo.Busy

        monkeypatch.setattr(feeds, "append", busy)
        tracked(ACME="10.50")
        assert not service.refresh_quotes(market=market, now=NOW)
        assert TrackedSymbol.symbols_of("stock", now=NOW) == ["ACME"]
