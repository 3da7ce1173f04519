from datetime import UTC, date, datetime, timedelta

import pytest

from app.prices import service
from app.providers.market_data.interface import GiveUp

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
START, END = date(2026, 11, 2), date(2026, 11, 19)
BITCOIN = ("crypto", "BTC")

pytestmark = pytest.mark.usefixtures("aws")


def load(market, symbol="BTC", *, now=NOW):
    service.load_history(asset_type="crypto", symbol=symbol, start=START, market=market, now=now)


def states(*symbols, start=START, end=END, now=NOW):
    wanted = [("crypto", symbol) for symbol in symbols]
    found = service.history_states(wanted=wanted, start=start, end=end, now=now)
    assert list(found) == wanted
    return [state.status for state in found.values()]


class TestHistoryStates:
    @pytest.fixture(autouse=True)
    def _known(self, market):
        market.prices[BITCOIN] = "1"
        market.closes[BITCOIN] = {date(2026, 11, day): f"{day}.5" for day in range(1, 20)}

    def test_tell_what_is_stored_what_may_come_and_what_will_not(self, market):
        load(market)
        load(market, "NONE")
        market.prices["crypto", "ETH"] = "1"
        service.refresh_symbols(asset_type="crypto", symbols=["ETH"], market=market, now=NOW)
        market.trouble = GiveUp("never")
        load(market, "ETH")

        assert states("BTC", "NEW", "NONE", "ETH") == [
            service.COMPLETED,
            service.PENDING,
            service.FAILED,
            service.FAILED,
        ]

    def test_ask_nobody(self, market):
        asked = list(market.asked_closes)
        states("BTC", "NEW")
        assert market.asked_closes == asked

    def test_need_no_newer_closes_for_days_that_are_past(self, market):
        load(market)
        tomorrow = NOW + timedelta(days=1)

        assert states("BTC", now=tomorrow) == [service.COMPLETED]
        assert states("BTC", end=date(2026, 11, 20), now=tomorrow) == [service.PENDING]
        assert states("BTC", end=date(2026, 11, 21), now=tomorrow) == [service.PENDING]

    def test_need_the_days_before_too(self, market):
        load(market)
        assert states("BTC", start=date(2026, 11, 1)) == [service.PENDING]

    def test_tell_the_currency(self, market):
        market.currencies["BTC"] = "EUR"
        load(market)
        found = service.history_states(wanted=[BITCOIN], start=START, end=END, now=NOW)
        assert found[BITCOIN].currency == "EUR"
