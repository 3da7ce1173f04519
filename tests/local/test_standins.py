"""Do the real clients of CoinGecko and Yahoo get what the real services answer?"""

import importlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import requests
import yfinance
from pycoingecko import CoinGeckoAPI
from yfinance.data import SingletonMeta, YfData
from yfinance.exceptions import YFRateLimitError

from tests.local.standin_clients import RedirectedSession, ask, served

FRIDAY = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)
QUOTE_URL = "https://query1.finance.yahoo.com/v7/finance/quote"


class Clock:
    def __init__(self) -> None:
        self.at = FRIDAY

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def standins(clock):
    with served(clock) as url:
        yield url


@pytest.fixture
def coingecko(standins):
    client = CoinGeckoAPI()
    client.api_base_url = f"{standins}/coingecko/api/v3/"
    with client.session:
        yield client


@pytest.fixture
def yahoo(standins, tmp_path):
    yfinance.set_tz_cache_location(str(tmp_path))
    before = SingletonMeta._instances.pop(YfData, None)
    session = RedirectedSession(standins)
    yield YfData(session=session)
    session.close()
    SingletonMeta._instances.pop(YfData, None)
    if before is not None:
        SingletonMeta._instances[YfData] = before


def paths_asked(standins):
    return [call["path"] for call in ask(f"{standins}/_log")]


class TestCoinGecko:
    def test_prices_coins_with_change_and_time(self, coingecko):
        prices = coingecko.get_price(
            ids=["bitcoin", "ethereum"],
            vs_currencies="usd",
            include_24hr_change=True,
            include_last_updated_at=True,
        )
        assert set(prices) == {"bitcoin", "ethereum"}
        assert set(prices["bitcoin"]) == {"usd", "usd_24h_change", "last_updated_at"}
        assert prices["bitcoin"]["last_updated_at"] == int(FRIDAY.timestamp())
        assert 20_000 < prices["bitcoin"]["usd"] < 400_000
        assert prices["ethereum"]["usd_24h_change"] != 0

    def test_leaves_out_unknown_coins_and_currencies(self, coingecko):
        assert coingecko.get_price(ids=["no-such-coin"], vs_currencies="usd") == {}
        assert coingecko.get_price(ids=["bitcoin"], vs_currencies="xyz") == {"bitcoin": {}}

    def test_quotes_in_other_currencies(self, coingecko):
        row = coingecko.get_price(ids=["bitcoin"], vs_currencies=["usd", "eur", "btc"])["bitcoin"]
        assert row["btc"] == 1
        assert row["usd"] / row["eur"] == pytest.approx(1.16, rel=0.2)

    def test_ends_a_day_of_history_at_the_current_price(self, coingecko):
        prices = coingecko.get_coin_market_chart_by_id("bitcoin", "usd", 1)["prices"]
        now = coingecko.get_price(ids=["bitcoin"], vs_currencies="usd")["bitcoin"]["usd"]
        assert prices[-1] == [int(FRIDAY.timestamp() * 1000), now]
        assert {b[0] - a[0] for a, b in pairwise(prices[:-1])} == {300_000}

    def test_is_daily_beyond_ninety_days(self, coingecko):
        start = int((FRIDAY - timedelta(days=200)).timestamp())
        chart = coingecko.get_coin_market_chart_range_by_id(
            "ethereum", "usd", start, int(FRIDAY.timestamp())
        )
        assert len(chart["prices"]) == 201
        assert all(stamp % 86_400_000 == 0 for stamp, _ in chart["prices"][:-1])
        assert set(chart) == {"prices", "market_caps", "total_volumes"}

    def test_refuses_history_that_the_free_tier_does_not_have(self, coingecko):
        with pytest.raises(ValueError, match="within the past 365 days"):
            coingecko.get_coin_market_chart_by_id("bitcoin", "usd", 400)

    def test_does_not_find_the_history_of_an_unknown_coin(self, coingecko):
        with pytest.raises(ValueError, match="coin not found"):
            coingecko.get_coin_market_chart_by_id("no-such-coin", "usd", 1)

    def test_lists_searches_and_ranks(self, coingecko):
        assert {"id": "bitcoin", "symbol": "btc", "name": "Bitcoin"} in coingecko.get_coins_list()
        assert coingecko.search("sol")["coins"][0]["id"] == "solana"
        assert len(coingecko.get_coins_markets("usd", per_page=5, page=2)) == 5
        assert "gecko_says" in coingecko.ping()

    def test_says_which_parameter_is_missing(self, standins):
        answer = requests.get(f"{standins}/coingecko/api/v3/simple/price?ids=bitcoin")
        assert answer.status_code == 422
        assert answer.json() == {"error": "Missing parameter vs_currencies"}


# yfinance 1.7.0 calls pandas in a way that pandas 3.1 will end.
@pytest.mark.filterwarnings("ignore:The inplace keyword")
class TestYahoo:
    def quotes(self, yahoo, symbols):
        answer = yahoo.get_raw_json(QUOTE_URL, params={"symbols": symbols})
        return {row["symbol"]: row for row in answer["quoteResponse"]["result"]}

    def test_quotes_many_symbols_in_one_call(self, yahoo, standins):
        rows = self.quotes(yahoo, "AAPL,EURUSD=X,BTC-USD,NOSUCH")
        assert set(rows) == {"AAPL", "EURUSD=X", "BTC-USD"}
        apple = rows["AAPL"]
        assert apple["currency"] == "USD"
        assert apple["longName"] == "Apple Inc."
        assert apple["regularMarketTime"] == int(FRIDAY.timestamp())
        change = apple["regularMarketPrice"] / apple["regularMarketPreviousClose"] - 1
        assert apple["regularMarketChangePercent"] == pytest.approx(change * 100)
        # yfinance asks for the cookie once for itself and once for the crumb.
        assert list(dict.fromkeys(paths_asked(standins))) == [
            "fc.yahoo.com",
            "query1.finance.yahoo.com/v1/test/getcrumb",
            "query1.finance.yahoo.com/v7/finance/quote",
        ]

    def test_wants_a_crumb(self, standins):
        answer = requests.get(f"{standins}/yahoo/query1.finance.yahoo.com/v7/finance/quote")
        assert answer.status_code == 401
        assert answer.json()["finance"]["error"]["description"] == "Invalid Crumb"

    def test_crosses_any_two_currencies(self, yahoo):
        rows = self.quotes(yahoo, "EURGBP=X,EURUSD=X,GBPUSD=X,JPY=X")
        price = {symbol: row["regularMarketPrice"] for symbol, row in rows.items()}
        assert price["EURGBP=X"] == pytest.approx(price["EURUSD=X"] / price["GBPUSD=X"], rel=1e-4)
        assert rows["JPY=X"]["currency"] == "JPY"
        assert 100 < price["JPY=X"] < 200

    def test_history_skips_weekends(self, yahoo):
        bars = yfinance.Ticker("MSFT").history(start="2026-02-01", end="2026-03-01")
        assert len(bars) == 20
        assert set(bars.index.day_of_week) == {0, 1, 2, 3, 4}
        assert (bars["High"] >= bars["Close"]).all()
        assert (bars["Low"] <= bars["Close"]).all()

    def test_history_of_a_coin_has_every_day(self, yahoo):
        bars = yfinance.Ticker("ETH-USD").history(start="2026-02-01", end="2026-03-01")
        assert len(bars) == 28

    @pytest.mark.parametrize(("period", "fewest"), [("5d", 4), ("1y", 250), ("max", 4000)])
    def test_history_knows_ranges(self, yahoo, period, fewest):
        assert len(yfinance.Ticker("AAPL").history(period=period)) >= fewest

    def test_history_has_minutes(self, yahoo):
        bars = yfinance.Ticker("AAPL").history(period="1d", interval="5m")
        assert len(bars) == 43  # from 14:30 to the clock's 18:00, both included

    def test_daily_close_is_the_previous_close_of_the_quote(self, yahoo):
        bars = yfinance.Ticker("AAPL").history(start="2026-03-01", end="2026-03-07")
        quote = self.quotes(yahoo, "AAPL")["AAPL"]
        assert bars["Close"].iloc[-1] == pytest.approx(quote["regularMarketPrice"])
        assert bars["Close"].iloc[-2] == pytest.approx(quote["regularMarketPreviousClose"])

    def test_does_not_find_an_unknown_symbol(self, yahoo):
        url = "https://query2.finance.yahoo.com/v8/finance/chart/NOSUCH"
        answer = yahoo.get(url, params={"range": "1d", "interval": "1d"})
        assert answer.status_code == 404
        description = answer.json()["chart"]["error"]["description"]
        assert description == "No data found, symbol may be delisted"

    def test_refuses_old_minutes(self, standins):
        old = int((FRIDAY - timedelta(days=30)).timestamp())
        url = f"{standins}/yahoo/query2.finance.yahoo.com/v8/finance/chart/AAPL"
        answer = requests.get(f"{url}?period1={old}&interval=1m")
        assert answer.status_code == 422
        assert "within the last 8 days" in answer.json()["chart"]["error"]["description"]


class TestPrices:
    def test_move_with_time(self, coingecko, clock):
        def bitcoin():
            return coingecko.get_price(ids=["bitcoin"], vs_currencies="usd")["bitcoin"]["usd"]

        before = bitcoin()
        clock.at += timedelta(seconds=20)
        soon = bitcoin()
        clock.at += timedelta(days=30)
        later = bitcoin()
        assert before != soon
        assert soon == pytest.approx(before, rel=0.01)
        assert abs(later / before - 1) > 0.001


class TestControlDoor:
    def test_rate_limits_coingecko_as_the_real_one_does(self, coingecko, standins):
        ask(f"{standins}/_control", method="POST", body={"coingecko": "429"})
        with pytest.raises(ValueError, match="exceeded the Rate Limit"):
            coingecko.get_price(ids=["bitcoin"], vs_currencies="usd")
        answer = requests.get(f"{standins}/coingecko/api/v3/ping")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")

    def test_rate_limits_yahoo_and_lets_it_recover(self, yahoo, standins):
        ask(f"{standins}/_control", method="POST", body={"yahoo": "429"})
        with pytest.raises(YFRateLimitError):
            yahoo.get_raw_json(QUOTE_URL, params={"symbols": "AAPL"})
        ask(f"{standins}/_control", method="POST", body={"yahoo": "ok"})
        answer = yahoo.get_raw_json(QUOTE_URL, params={"symbols": "AAPL"})
        assert answer["quoteResponse"]["result"][0]["symbol"] == "AAPL"

    @pytest.mark.parametrize("mode", ["500", "garbage"])
    def test_breaks_both(self, coingecko, yahoo, standins, mode):
        ask(f"{standins}/_control", method="POST", body={"coingecko": mode, "yahoo": mode})
        with pytest.raises((requests.HTTPError, ValueError)):
            coingecko.get_price(ids=["bitcoin"], vs_currencies="usd")
        errors = importlib.import_module("curl_cffi.requests.exceptions")
        with pytest.raises((errors.HTTPError, ValueError)):
            yahoo.get_raw_json(QUOTE_URL, params={"symbols": "AAPL"})

    def test_hangs_until_it_is_let_go(self, coingecko, standins):
        ask(f"{standins}/_control", method="POST", body={"coingecko": "hang"})
        coingecko.request_timeout = 0.2
        with pytest.raises(requests.ReadTimeout):
            coingecko.get_price(ids=["bitcoin"], vs_currencies="usd")
        ask(f"{standins}/_control", method="POST", body={"coingecko": "ok"})
        assert coingecko.get_price(ids=["bitcoin"], vs_currencies="usd")

    def test_refuses_a_mode_that_does_not_exist(self, standins):
        answer = requests.post(f"{standins}/_control", json={"coingecko": "ok", "yahoo": "slow"})
        assert answer.status_code == 422
        assert "yahoo=slow is unknown" in answer.json()["error"]
        assert set(ask(f"{standins}/_control").values()) == {"ok"}

    def test_counts_calls_and_forgets_them(self, coingecko, standins):
        coingecko.get_price(ids=["bitcoin"], vs_currencies="usd")
        (call,) = ask(f"{standins}/_log")
        assert call["path"] == "/api/v3/simple/price"
        assert call["query"]["ids"] == "bitcoin"
        ask(f"{standins}/_log", method="DELETE")
        assert ask(f"{standins}/_log") == []

    def test_answers_only_under_a_loopback_name(self, standins):
        answer = requests.get(f"{standins}/_log", headers={"Host": "evil.example:80"})
        assert answer.status_code == 403
