from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.prices import service
from app.prices.models import PriceSource
from app.providers.market_data.interface import (
    GiveUp,
    TryAgain,
)
from app.providers.market_data.live import LiveMarketData
from tests.local.standin_clients import ask, served

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)
BITCOIN, APPLE = ("crypto", "BTC"), ("stock", "AAPL")

pytestmark = pytest.mark.usefixtures("aws")


def refresh(market, symbols=("BTC",), *, asset_type="crypto", now=NOW):
    service.refresh_symbols(asset_type=asset_type, symbols=symbols, market=market, now=now)


def latest(pair, *, now=NOW):
    return service.latest_quotes(wanted=[pair], now=now, stale_after_seconds=900)[pair]


def track(worker, pair=BITCOIN, *, now=NOW):
    service.track(asset_type=pair[0], symbol=pair[1], now=now, jobs=worker)


class TestRefreshQuotes:
    def test_asks_each_source_once_for_all_that_is_tracked(self, market, worker):
        market.prices |= {BITCOIN: "1", ("crypto", "ETH"): "2", APPLE: "3"}
        for pair in market.prices:
            track(worker, pair)

        service.refresh_quotes(market=market, now=NOW)

        assert market.asked == [("crypto", ["BTC", "ETH"]), ("stock", ["AAPL"])]
        assert latest(APPLE).price == 3

    def test_asks_nobody_when_nothing_is_tracked(self, market):
        service.refresh_quotes(market=market, now=NOW)

        assert market.asked == []

    def test_keeps_the_last_good_price_and_says_what_is_wrong(self, market, worker):
        market.prices[BITCOIN] = "1"
        track(worker)
        service.refresh_quotes(market=market, now=NOW)
        market.trouble = TryAgain("down")

        service.refresh_quotes(market=market, now=LATER)

        quote = latest(BITCOIN, now=LATER)
        assert (quote.price, quote.timestamp) == (1, NOW)
        assert (quote.stale, quote.error) == (True, "source_unavailable")

    def test_goes_on_with_the_other_source_when_one_fails(self, market, worker):
        market.prices |= {BITCOIN: "1", APPLE: "3"}
        for pair in market.prices:
            track(worker, pair)
        market.trouble, market.only_in_trouble = TryAgain("down"), "crypto"

        service.refresh_quotes(market=market, now=NOW)

        assert latest(BITCOIN).error == "source_unavailable"
        assert latest(APPLE).price == 3

    def test_leaves_a_source_alone_for_as_long_as_it_asks(self, market, worker):
        market.prices[BITCOIN] = "1"
        track(worker)
        market.trouble = TryAgain("slow down", retry_after_seconds=90)
        service.refresh_quotes(market=market, now=NOW)
        market.trouble = None

        service.refresh_quotes(market=market, now=NOW + timedelta(seconds=89))
        assert len(market.asked) == 1

        service.refresh_quotes(market=market, now=NOW + timedelta(seconds=90))
        assert len(market.asked) == 2
        assert (latest(BITCOIN).price, latest(BITCOIN).error) == (1, None)
        assert PriceSource.of("crypto").failures == 0

    def test_leaves_it_alone_longer_each_time_it_fails(self, market, worker):
        track(worker)
        market.trouble = TryAgain("down")
        service.refresh_quotes(market=market, now=NOW)
        again = NOW + timedelta(seconds=60)
        service.refresh_quotes(market=market, now=again)

        assert PriceSource.of("crypto").paused_until == again + timedelta(seconds=120)

    def test_keeps_what_came_before_a_failure(self, market, worker):
        pairs = [BITCOIN, ("crypto", "ETH")]
        for pair in pairs:
            track(worker, pair)
        market.trouble = TryAgain("down", answered={"BTC": market.quote("BTC", "1")})

        service.refresh_quotes(market=market, now=NOW)

        assert (latest(pairs[0]).price, latest(pairs[0]).error) == (1, None)
        assert (latest(pairs[1]).price, latest(pairs[1]).error) == (None, "source_unavailable")

    def test_says_that_a_source_refuses(self, market, worker):
        track(worker)
        market.trouble = GiveUp("wrong key")

        service.refresh_quotes(market=market, now=NOW)

        assert latest(BITCOIN).error == "source_refused"
        assert PriceSource.of("crypto").is_paused(NOW + timedelta(minutes=29))

    def test_lets_a_newer_price_stand(self, market):
        market.prices[BITCOIN] = "2"
        refresh(market, now=NOW)
        market.prices[BITCOIN] = "1"
        market.quoted_at = NOW - timedelta(minutes=1)

        refresh(market, now=LATER)

        assert latest(BITCOIN).price == 2

    def test_is_not_kept_out_by_a_source_whose_clock_ran_ahead(self, market):
        market.prices[BITCOIN] = "1"
        market.quoted_at = NOW + timedelta(days=365)
        refresh(market, now=NOW)
        market.prices[BITCOIN] = "2"
        market.quoted_at = LATER

        refresh(market, now=LATER)

        assert latest(BITCOIN).price == 2

    def test_of_300_held_symbols_makes_the_fewest_calls(self):
        coins = ["BTC", "ETH", "SOL"]
        stocks = ["AAPL", "MSFT", *(f"S{number}" for number in range(295))]
        service.keep_tracked(
            wanted=[("crypto", coin) for coin in coins] + [("stock", stock) for stock in stocks],
            now=NOW,
        )
        with served(lambda: NOW) as url:
            market = LiveMarketData(
                coingecko_base_url=f"{url}/coingecko/api/v3/",
                yahoo_rewrite=f"{url}/yahoo",
                coingecko_api_key=None,
                timeout_seconds=10,
            )

            service.refresh_quotes(market=market, now=NOW)

            asked = Counter(call["path"] for call in ask(f"{url}/_log"))
        assert asked == {
            "/api/v3/simple/price": 1,
            "fc.yahoo.com": 1,
            "query1.finance.yahoo.com/v1/test/getcrumb": 1,
            "query1.finance.yahoo.com/v7/finance/quote": 3,
        }
        assert latest(APPLE).price > 0
        assert latest(BITCOIN).price > 0
        assert latest(("stock", "S0")).error == "unknown_symbol"


class TestRefreshQuotesOfCurrencies:
    EURO, HONG_KONG_DOLLAR, TENCENT = ("currency", "EUR"), ("currency", "HKD"), ("stock", "0700.HK")

    def test_asks_for_those_tracked_and_those_that_prices_are_in(self, market, worker):
        market.currencies["0700.HK"] = "HKD"
        market.prices |= {
            self.TENCENT: "400",
            APPLE: "3",
            self.EURO: "1.08",
            self.HONG_KONG_DOLLAR: "0.128",
        }
        for pair in (self.TENCENT, APPLE, self.EURO):
            track(worker, pair)

        service.refresh_quotes(market=market, now=NOW)

        assert market.asked == [("stock", ["0700.HK", "AAPL"]), ("currency", ["EUR", "HKD"])]
        assert latest(self.HONG_KONG_DOLLAR).price == Decimal("0.128")

    def test_asks_for_them_also_while_the_source_of_what_is_priced_in_them_fails(
        self, market, worker
    ):
        market.currencies["0700.HK"] = "HKD"
        market.prices |= {self.TENCENT: "400", self.HONG_KONG_DOLLAR: "0.128"}
        track(worker, self.TENCENT)
        service.refresh_quotes(market=market, now=NOW)
        market.trouble, market.only_in_trouble = TryAgain("down"), "stock"

        service.refresh_quotes(market=market, now=LATER)

        assert market.asked[-1] == ("currency", ["HKD"])
        assert latest(self.HONG_KONG_DOLLAR, now=LATER).stale is False

    def test_never_asks_for_usd(self, market, worker):
        market.prices[APPLE] = "3"
        track(worker, APPLE)
        track(worker, ("currency", "USD"))

        service.refresh_quotes(market=market, now=NOW)

        assert [asset_type for asset_type, _ in market.asked] == ["stock"]


class TestRefreshSymbols:
    def test_fetches_the_rate_of_the_currency_that_a_price_is_in(self, market):
        market.currencies["0700.HK"] = "HKD"
        market.prices |= {("stock", "0700.HK"): "400", ("currency", "HKD"): "0.128"}

        refresh(market, ["0700.HK"], asset_type="stock")

        assert market.asked == [("stock", ["0700.HK"]), ("currency", ["HKD"])]
        assert latest(("currency", "HKD")).price == Decimal("0.128")

    def test_does_nothing_when_repeated_at_once(self, market):
        market.prices[BITCOIN] = "1"
        for seconds in (0, 30):
            refresh(market, ["BTC", "NOSUCH", "BTC"], now=NOW + timedelta(seconds=seconds))

        assert market.asked == [("crypto", ["BTC", "NOSUCH"])]

    def test_asks_again_a_little_later(self, market):
        market.prices[BITCOIN] = "1"
        for seconds in (0, 31):
            refresh(market, now=NOW + timedelta(seconds=seconds))

        assert len(market.asked) == 2

    def test_asks_again_for_what_failed(self, market):
        market.trouble = TryAgain("down")
        refresh(market)
        market.trouble, market.prices[BITCOIN] = None, "1"

        refresh(market, now=NOW + timedelta(seconds=60))

        assert latest(BITCOIN).price == 1
