"""Is the stand-in market the same on every machine, and does it look like a market?"""

import statistics
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from app.local.standins import catalogue, walk
from app.local.standins.market import Market

NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)


class TestCatalogue:
    def test_holds_what_a_demo_needs(self):
        known = catalogue.load()
        assert len(known.stocks) >= 40
        assert len(known.coins) >= 30
        assert {"EUR", "GBP", "JPY"} <= set(known.currencies)
        assert len({coin.symbol for coin in known.coins.values()}) == len(known.coins)


class TestMarket:
    def test_is_the_same_on_every_machine(self):
        market = Market(2026)
        assert market.listed_price("AAPL", NOON) == Decimal("236.48")
        assert market.coin_price("bitcoin", NOON) == Decimal("98960.04")
        assert market.listed_price("EURUSD=X", NOON) == Decimal("1.11660")

    def test_differs_by_seed(self):
        assert Market(1).listed_price("AAPL", NOON) != Market(2).listed_price("AAPL", NOON)

    @pytest.mark.parametrize("symbol", ["AAPL", "BND", "BTC-USD", "SHIB-USD", "EURUSD=X"])
    def test_never_shows_a_price_of_nothing(self, symbol):
        days = (NOON - timedelta(days=n) for n in range(0, 3650, 30))
        assert all(Market(5).listed_price(symbol, day) > 0 for day in days)

    @pytest.mark.parametrize("symbol", ["NOSUCH", "NOSUCH-USD", "EUREUR=X", "EURXXX=X", "", "=X"])
    def test_lists_nothing_under_other_names(self, symbol):
        assert Market(1).listing(symbol) is None
        with pytest.raises(KeyError):
            Market(1).listed_price(symbol, NOON)

    def test_prices_a_coin_alike_at_both_providers(self):
        market = Market(3)
        assert market.listed_price("BTC-USD", NOON) == market.coin_price("bitcoin", NOON)


class TestWalk:
    def test_swings_as_far_as_its_volatility(self):
        days = [NOON - timedelta(days=n) for n in range(720)]
        factors = [
            walk.factor(key="stock:X", seed=1, at=day, yearly_volatility=0.3) for day in days
        ]
        changes = [a / b - 1 for a, b in pairwise(factors)]
        assert 0.005 < statistics.stdev(changes) < 0.03  # 0.3 a year is 0.0157 a day
        assert 0.3 < min(factors) < max(factors) < 3

    def test_is_smooth(self):
        steps = [NOON + timedelta(milliseconds=100 * n) for n in range(600)]
        factors = [
            walk.factor(key="stock:X", seed=1, at=step, yearly_volatility=0.3) for step in steps
        ]
        assert max(abs(a - b) for a, b in pairwise(factors)) < 1e-5
