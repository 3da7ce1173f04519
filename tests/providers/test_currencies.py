"""Do rates come as Yahoo tells them: some pairs in dollars, the others turned round?"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.providers.market_data.interface import DailyClose, TryAgain, UnknownSymbolAtProvider
from tests.local.standin_clients import ask, served
from tests.providers.price_sources import chart, made, told_source

FRIDAY = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)
QUOTE = "/v7/finance/quote"
# As Yahoo answers: a few fields of many, numbers as it sends them.
QUOTES = """{"quoteResponse": {"result": [
 {"language": "en-US", "region": "US", "quoteType": "CURRENCY", "typeDisp": "Currency",
  "quoteSourceName": "Delayed Quote", "triggerable": true, "currency": "USD",
  "regularMarketChangePercent": 0.18495, "regularMarketPrice": 1.0834236,
  "regularMarketTime": 1772820010, "regularMarketPreviousClose": 1.0814236,
  "exchange": "CCY", "shortName": "EUR/USD", "longName": "EUR/USD", "market": "ccy_market",
  "exchangeTimezoneName": "Europe/London", "gmtOffSetMilliseconds": 0, "symbol": "EURUSD=X"},
 {"language": "en-US", "region": "US", "quoteType": "CURRENCY", "currency": "VND",
  "regularMarketPrice": 25405.0, "regularMarketTime": 1772820010,
  "regularMarketPreviousClose": 20324.0, "exchange": "CCY", "shortName": "USD/VND",
  "longName": "USD/VND", "exchangeTimezoneName": "Europe/London", "symbol": "VND=X"}],
 "error": null}}"""


@pytest.fixture
def source():
    with told_source() as told:
        yield told


@pytest.fixture
def told_market(source):
    return made(source.url)


class TestRates:
    def test_are_dollars_for_one_unit(self, source, told_market):
        source.tell(QUOTE, QUOTES)

        found = told_market.quotes(asset_type="currency", symbols=["EUR", "VND"])

        assert source.asked[-1].args["symbols"] == "EURUSD=X,VND=X"
        euro, dong = found["EUR"], found["VND"]
        assert (euro.symbol, euro.price, euro.currency) == ("EUR", Decimal("1.0834236"), "USD")
        assert (euro.name, euro.source) == ("EUR/USD", "yahoo")
        assert euro.quoted_at == datetime(2026, 3, 6, 18, 0, 10, tzinfo=UTC)
        assert euro.day_change_percentage == Decimal("0.18")
        # 1 / 25405 with 18 digits: VNDUSD=X would have told 0.000039.
        assert dong.price == Decimal("0.0000393623302499507971")
        assert (dong.currency, dong.name) == ("USD", "VND/USD")
        # The dollar rose by 25 % in dong, so the dong fell by 20 %.
        assert dong.day_change_percentage == Decimal("-20.00")

    def test_of_what_is_no_code_are_not_asked_for(self, source, told_market):
        symbols = ["USD", "EURUSD=X", "BTC-USD", "EU", "E1R", "ÄÖÜ", "AAPL"]

        assert told_market.quotes(asset_type="currency", symbols=symbols) == {}
        assert source.asked == []

    def test_that_came_before_a_failure_are_handed_on_by_code(self, source, told_market):
        source.tell(QUOTE, QUOTES)
        codes = [f"{one}{two}A" for one in "BCDFGHIJKLM" for two in "BCDFGHIJKLM"]
        first = source.answers[QUOTE]

        class ThenTrouble:
            count = 0

            def __call__(self, environ, start_response):
                self.count += 1
                first.status_code = 200 if self.count == 1 else 503
                return first(environ, start_response)

        source.answers[QUOTE] = ThenTrouble()

        with pytest.raises(TryAgain) as caught:
            told_market.quotes(asset_type="currency", symbols=["EUR", "VND", *codes])

        assert set(caught.value.answered) == {"EUR", "VND"}
        assert caught.value.answered["EUR"].symbol == "EUR"

    def test_agree_with_the_stand_in_both_ways_round(self):
        with served(lambda: FRIDAY) as url:
            market = made(url)
            rates = market.quotes(asset_type="currency", symbols=["EUR", "JPY", "XXX"])
            pairs = market.quotes(asset_type="stock", symbols=["EURUSD=X", "JPYUSD=X"])

            assert set(rates) == {"EUR", "JPY"}
            assert rates["EUR"].price == pairs["EURUSD=X"].price
            assert rates["JPY"].price == pytest.approx(pairs["JPYUSD=X"].price, rel=Decimal("1E-4"))
            asked = [
                call["query"] for call in ask(f"{url}/_log") if call["path"].endswith("/quote")
            ]
            assert asked[0]["symbols"] == "EURUSD=X,JPY=X,XXX=X"


class TestDailyRates:
    def daily(self, market, code):
        return market.daily_closes(
            asset_type="currency", symbol=code, start=date(2025, 7, 7), end=date(2025, 7, 11)
        )

    def test_are_of_londons_days_and_in_dollars(self, source, told_market):
        # Midnight of 10 and 11 July in London, an hour before UTC's in summer. A day without trades has null.
        stamps = [
            int(datetime(2025, 7, 9, 23, tzinfo=UTC).timestamp()),
            int(datetime(2025, 7, 10, 23, tzinfo=UTC).timestamp()),
        ]
        source.tell("/chart/EURUSD=X", chart(stamps, [1.1716461, None]))
        source.tell("/chart/JPY=X", chart(stamps, [146.25, 147], currency="JPY"))

        assert self.daily(told_market, "EUR") == [
            DailyClose(date=date(2025, 7, 10), close=Decimal("1.1716461"))
        ]
        assert self.daily(told_market, "JPY") == [
            DailyClose(date=date(2025, 7, 10), close=Decimal("0.00683760683760683761")),
            DailyClose(date=date(2025, 7, 11), close=Decimal("0.00680272108843537415")),
        ]

    @pytest.mark.parametrize("code", ["USD", "EURUSD=X", "BTC-USD"])
    def test_of_what_is_no_code_do_not_exist(self, source, told_market, code):
        with pytest.raises(UnknownSymbolAtProvider):
            self.daily(told_market, code)
        assert source.asked == []
