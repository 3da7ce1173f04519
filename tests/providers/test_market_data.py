import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.providers.market_data import coins
from app.providers.market_data.interface import (
    DailyClose,
    GiveUp,
    TryAgain,
    UnknownSymbolAtProvider,
)
from tests.local.standin_clients import ask, served
from tests.providers.price_sources import chart, made, told_source

FRIDAY = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)
TODAY = FRIDAY.date()
KNOWN = {"crypto": ["BTC", "ETH"], "stock": ["AAPL", "BRK-B"], "currency": ["EUR", "JPY"]}
SOURCES = {"crypto": "coingecko", "stock": "yahoo", "currency": "yahoo"}
ASSET_TYPES = sorted(KNOWN)
CHART = "/v8/finance/chart/VOD.L"


@pytest.fixture
def standins():
    with served(lambda: FRIDAY) as url:
        yield url


@pytest.fixture
def market(standins):
    return made(standins)


@pytest.fixture
def source():
    with told_source() as told:
        yield told


@pytest.fixture
def told_market(source):
    return made(source.url)


def calls(standins, ending):
    return [call for call in ask(f"{standins}/_log") if call["path"].endswith(ending)]


class TestImportingIt:
    def test_imports_no_vendor(self):
        code = (
            "import sys; import app.providers.market_data.live;"
            "sys.exit(bool({'pycoingecko', 'requests', 'yfinance', 'pandas', 'curl_cffi'}"
            " & set(sys.modules)))"
        )

        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestQuotes:
    @pytest.mark.parametrize("asset_type", ASSET_TYPES)
    def test_tell_price_currency_time_and_name(self, market, asset_type):
        quotes = market.quotes(asset_type=asset_type, symbols=KNOWN[asset_type])

        assert list(quotes) == KNOWN[asset_type]
        for symbol, quote in quotes.items():
            assert quote.symbol == symbol
            assert quote.price > 0
            assert quote.currency == "USD"
            assert quote.quoted_at == FRIDAY
            assert quote.source == SOURCES[asset_type]
            assert quote.name
            assert quote.day_change_percentage.as_tuple().exponent == -2

    @pytest.mark.parametrize("asset_type", ASSET_TYPES)
    def test_leave_out_what_is_unknown(self, market, asset_type):
        symbols = [KNOWN[asset_type][0], "NOSUCH"]

        assert list(market.quotes(asset_type=asset_type, symbols=symbols)) == symbols[:1]

    @pytest.mark.parametrize("asset_type", ASSET_TYPES)
    def test_ask_nothing_for_nothing(self, market, standins, asset_type):
        assert market.quotes(asset_type=asset_type, symbols=[]) == {}
        assert ask(f"{standins}/_log") == []

    def test_of_a_hundred_coins_take_one_call(self, market, standins):
        symbols = list(coins.directory())

        market.quotes(asset_type="crypto", symbols=symbols + symbols)

        assert len(calls(standins, "/simple/price")) == 1

    def test_of_250_stocks_take_three_calls_and_one_crumb(self, market, standins):
        market.quotes(asset_type="stock", symbols=[f"S{number}" for number in range(250)])

        assert len(calls(standins, "/v7/finance/quote")) == 3
        assert len(calls(standins, "/v1/test/getcrumb")) == 1

    def test_keep_the_crumb_for_the_next_time(self, market, standins):
        market.quotes(asset_type="stock", symbols=["AAPL"])
        ask(f"{standins}/_log", method="DELETE")

        market.quotes(asset_type="stock", symbols=["AAPL"])

        assert [call["path"] for call in ask(f"{standins}/_log")] == [
            "query1.finance.yahoo.com/v7/finance/quote"
        ]

    def test_of_what_no_source_sells_are_refused(self, market):
        with pytest.raises(GiveUp):
            market.quotes(asset_type="tulip", symbols=["SEMPER"])

    def test_keep_every_digit_of_coins(self, source, told_market):
        source.tell(
            "/simple/price",
            '{"pepe": {"usd": 0.000012345678901234567891, "usd_24h_change": -1.005,'
            ' "last_updated_at": 1772820000}, "bitcoin": {"usd": 64000, "usd_24h_change": null,'
            ' "last_updated_at": 1772820000}}',
        )

        quotes = told_market.quotes(asset_type="crypto", symbols=["PEPE", "BTC"])

        assert quotes["PEPE"].price == Decimal("0.000012345678901234567891")
        assert quotes["PEPE"].day_change_percentage == Decimal("-1.01")
        assert quotes["BTC"].price == 64000
        assert quotes["BTC"].day_change_percentage is None

    def test_keep_every_digit_of_stocks_and_turn_pence_into_pounds(self, source, told_market):
        quote = {"symbol": "VOD.L", "currency": "GBp", "regularMarketTime": 1772820000}
        quote["regularMarketPrice"] = 0
        price = '"regularMarketPrice": 71.23456789012345678'
        text = json.dumps({"quoteResponse": {"result": [quote]}})
        source.tell("/v7/finance/quote", text.replace('"regularMarketPrice": 0', price))

        found = told_market.quotes(asset_type="stock", symbols=["VOD.L"])["VOD.L"]

        assert found.price == Decimal("0.7123456789012345678")
        assert found.currency == "GBP"
        assert found.name is None
        assert found.day_change_percentage is None

    @pytest.mark.parametrize("none", [None, 0, -1.5])
    def test_leave_out_what_has_no_price(self, source, told_market, none):
        quote = {"symbol": "AAPL", "regularMarketPrice": none}
        source.tell("/simple/price", {"bitcoin": {"usd": none}})
        source.tell("/v7/finance/quote", {"quoteResponse": {"result": [quote]}})

        assert told_market.quotes(asset_type="crypto", symbols=["BTC"]) == {}
        assert told_market.quotes(asset_type="stock", symbols=["AAPL"]) == {}

    def test_send_the_key_as_a_header(self, source):
        source.tell("/simple/price", "{}")

        made(source.url, api_key="CG-secret").quotes(asset_type="crypto", symbols=["BTC"])

        assert source.asked[0].headers["x-cg-demo-api-key"] == "CG-secret"
        assert "CG-secret" not in source.asked[0].url

    def test_that_came_before_a_failure_are_handed_on(self, source, told_market):
        quote = {
            "symbol": "S0",
            "currency": "USD",
            "regularMarketPrice": 5,
            "regularMarketTime": 1772820000,
        }
        source.tell("/v7/finance/quote", {"quoteResponse": {"result": [quote]}})
        failing = source.answers["/v7/finance/quote"]
        source.answers["/v7/finance/quote"] = Once(failing, then_status=429)

        with pytest.raises(TryAgain) as caught:
            told_market.quotes(asset_type="stock", symbols=[f"S{n}" for n in range(150)])

        assert list(caught.value.answered) == ["S0"]


class Once:
    """Answers once as told, and afterwards with a status."""

    def __init__(self, answer, *, then_status):
        self.answer, self.then_status, self.count = answer, then_status, 0

    def __call__(self, environ, start_response):
        self.count += 1
        if self.count > 1:
            self.answer.status_code = self.then_status
        return self.answer(environ, start_response)


class TestDailyCloses:
    @pytest.mark.parametrize("asset_type", ASSET_TYPES)
    def test_end_with_the_days_asked_for(self, market, asset_type):
        start, end = TODAY - timedelta(days=30), TODAY - timedelta(days=1)

        closes = market.daily_closes(
            asset_type=asset_type, symbol=KNOWN[asset_type][0], start=start, end=end
        )

        days = [close.date for close in closes]
        assert days == sorted(set(days))
        assert days[-1] == end
        assert all(start <= day <= end for day in days)
        assert all(close.close > 0 for close in closes)
        assert len(days) == {"crypto": 30, "stock": 22, "currency": 22}[asset_type]

    @pytest.mark.parametrize("asset_type", ASSET_TYPES)
    def test_of_an_unknown_symbol_do_not_exist(self, market, asset_type):
        with pytest.raises(UnknownSymbolAtProvider):
            market.daily_closes(asset_type=asset_type, symbol="NOSUCH", start=TODAY, end=TODAY)

    def test_of_a_coin_that_the_source_dropped_do_not_exist(self, source, told_market):
        source.tell("/market_chart/range", {"error": "coin not found"}, status=404)

        with pytest.raises(UnknownSymbolAtProvider):
            told_market.daily_closes(asset_type="crypto", symbol="BTC", start=TODAY, end=TODAY)

    def test_of_coins_reach_back_a_year_without_a_paid_plan(self, market):
        closes = market.daily_closes(
            asset_type="crypto", symbol="BTC", start=date(1970, 1, 1), end=TODAY
        )

        assert closes[0].date == TODAY - timedelta(days=363)

    def test_take_midnight_as_the_end_of_the_day_before(self, source, told_market):
        midnight = int(datetime(2026, 3, 5, tzinfo=UTC).timestamp() * 1000)
        hour = 3_600_000
        source.tell(
            "/market_chart/range",
            {"prices": [[midnight - hour, 1.5], [midnight, 2.5], [midnight + hour, None]]},
        )

        closes = told_market.daily_closes(
            asset_type="crypto", symbol="BTC", start=date(2026, 3, 1), end=TODAY
        )

        assert closes == [DailyClose(date=date(2026, 3, 4), close=Decimal("2.5"))]

    def test_are_of_the_exchanges_own_day_across_a_clock_change(self, source, told_market):
        # Midnight of 10 July in London, when its clocks are an hour ahead of what gmtoffset says in winter.
        stamp = int(datetime(2025, 7, 9, 23, tzinfo=UTC).timestamp())
        source.tell(CHART, chart([stamp, stamp + 86_400], [250, None], currency="GBp"))

        closes = told_market.daily_closes(
            asset_type="stock", symbol="VOD.L", start=date(2025, 7, 1), end=date(2025, 7, 31)
        )

        assert closes == [DailyClose(date=date(2025, 7, 10), close=Decimal("2.50"))]

    def test_may_be_none(self, source, told_market):
        meta = {"currency": "USD", "exchangeTimezoneName": "America/New_York"}
        source.tell(CHART, {"chart": {"result": [{"meta": meta, "indicators": {}}]}})

        assert (
            told_market.daily_closes(asset_type="stock", symbol="VOD.L", start=TODAY, end=TODAY)
            == []
        )


QUESTIONS = {
    "quotes": lambda market, asset_type: market.quotes(
        asset_type=asset_type, symbols=KNOWN[asset_type]
    ),
    "daily_closes": lambda market, asset_type: market.daily_closes(
        asset_type=asset_type, symbol=KNOWN[asset_type][0], start=TODAY, end=TODAY
    ),
}


@pytest.mark.parametrize("asset_type", ASSET_TYPES)
@pytest.mark.parametrize("question", sorted(QUESTIONS))
class TestTrouble:
    @pytest.mark.parametrize("mode", ["429", "500", "garbage"])
    def test_is_to_be_tried_again_and_passes(self, standins, market, asset_type, question, mode):
        ask(f"{standins}/_control", method="POST", body={SOURCES[asset_type]: mode})
        with pytest.raises(TryAgain) as caught:
            QUESTIONS[question](market, asset_type)

        assert caught.value.__cause__ is None
        asks_to_wait = mode == "429" and asset_type == "crypto"
        assert caught.value.retry_after_seconds == (60 if asks_to_wait else None)

        ask(f"{standins}/_control", method="POST", body={SOURCES[asset_type]: "ok"})
        assert QUESTIONS[question](market, asset_type)

    def test_of_a_source_that_hangs_ends_in_time(self, standins, asset_type, question):
        ask(f"{standins}/_control", method="POST", body={SOURCES[asset_type]: "hang"})
        try:
            with pytest.raises(TryAgain):
                QUESTIONS[question](made(standins, timeout_seconds=0.3), asset_type)
        finally:
            ask(f"{standins}/_control", method="POST", body={SOURCES[asset_type]: "ok"})

    def test_of_a_source_that_is_not_there_is_to_be_tried_again(self, asset_type, question):
        with pytest.raises(TryAgain):
            QUESTIONS[question](made("http://127.0.0.1:1"), asset_type)

    @pytest.mark.parametrize("body", ["[]", "NaN", "", '{"bitcoin": []}', '{"prices": [1]}'])
    def test_of_an_answer_that_makes_no_sense_is_to_be_tried_again(
        self, source, told_market, asset_type, question, body
    ):
        for path in ("/simple/price", "/range", "/quote", "/chart/AAPL", "/chart/EURUSD=X"):
            source.tell(path, body)
        if (question, body) == ("quotes", '{"prices": [1]}') and asset_type == "crypto":
            assert QUESTIONS[question](told_market, asset_type) == {}
            return

        with pytest.raises(TryAgain):
            QUESTIONS[question](told_market, asset_type)

    def test_that_stays_is_given_up(self, source, told_market, asset_type, question):
        for path in ("/simple/price", "/range", "/quote", "/chart/AAPL", "/chart/EURUSD=X"):
            source.tell(path, "{}", status=400)

        with pytest.raises(GiveUp):
            QUESTIONS[question](told_market, asset_type)
