from datetime import UTC, date, datetime

import pytest

from app.providers.market_data import coins
from app.providers.market_data.interface import TryAgain
from app.providers.market_data.live import LiveMarketData
from tests.providers.price_sources import chart, made, told_source

TODAY = datetime(2026, 3, 6, 18, 0, tzinfo=UTC).date()
CHART = "/v8/finance/chart/VOD.L"


@pytest.fixture
def source():
    with told_source() as told:
        yield told


@pytest.fixture
def told_market(source):
    return made(source.url)


class TestGarbage:
    @pytest.mark.parametrize(
        "quote",
        [
            {"regularMarketPrice": "1", "currency": "USD", "regularMarketTime": 1},
            {"regularMarketPrice": True, "currency": "USD", "regularMarketTime": 1},
            {"regularMarketPrice": 10**40, "currency": "USD", "regularMarketTime": 1},
            {"regularMarketPrice": 1, "currency": None, "regularMarketTime": 1},
            {"regularMarketPrice": 1, "currency": "USD", "regularMarketTime": None},
            {"regularMarketPrice": 1, "currency": "USD", "regularMarketTime": 10**20},
        ],
    )
    def test_in_a_stocks_quote_is_to_be_tried_again(self, source, told_market, quote):
        body = {"quoteResponse": {"result": [{"symbol": "AAPL", **quote}]}}
        source.tell("/v7/finance/quote", body)

        with pytest.raises(TryAgain):
            told_market.quotes(asset_type="stock", symbols=["AAPL"])

    @pytest.mark.parametrize(
        "body",
        [
            chart([1, 2], [1]),
            chart([1], [1], zone="Atlantis/Harbour"),
            chart([1], [1], zone=None),
            chart([1], [1], currency=""),
            {"chart": {"result": []}},
        ],
    )
    def test_in_a_chart_is_to_be_tried_again(self, source, told_market, body):
        source.tell(CHART, body)

        with pytest.raises(TryAgain):
            told_market.daily_closes(asset_type="stock", symbol="VOD.L", start=TODAY, end=TODAY)

    def test_in_a_coins_chart_is_to_be_tried_again(self, source, told_market):
        source.tell("/range", {"prices": [[1, 2, 3]]})

        with pytest.raises(TryAgain):
            told_market.daily_closes(asset_type="crypto", symbol="BTC", start=TODAY, end=TODAY)

    @pytest.mark.parametrize("status", [401, 403, 404])
    def test_is_a_crumb_that_is_not_accepted_or_a_page_that_moved(
        self, source, told_market, status
    ):
        source.tell("/v7/finance/quote", "{}", status=status)

        with pytest.raises(TryAgain):
            told_market.quotes(asset_type="stock", symbols=["AAPL"])


class TestPaidPlan:
    def test_sends_its_own_header_and_asks_for_all_days(self, source):
        market = LiveMarketData(
            coingecko_base_url=f"{source.url}/pro-api.coingecko.com/api/v3/",
            yahoo_rewrite=None,
            coingecko_api_key="CG-paid",
            timeout_seconds=5,
        )
        source.tell("/range", {"prices": []})

        market.daily_closes(asset_type="crypto", symbol="BTC", start=date(1970, 1, 1), end=TODAY)

        assert source.asked[0].headers["x-cg-pro-api-key"] == "CG-paid"
        assert source.asked[0].args["from"] == "0"


class TestCoinDirectory:
    def test_has_each_ticker_and_id_once(self):
        found = coins.directory()
        rows = [
            line
            for line in coins.DIRECTORY.read_text(encoding="utf-8").splitlines()
            if not line.startswith("#")
        ][1:]

        assert len(found) == len(rows) == len({coin.id for coin in found.values()})
        assert all(symbol == symbol.upper() for symbol in found)
        assert found["BTC"].id == "bitcoin"
