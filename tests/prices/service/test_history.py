from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.core import dynamo
from app.prices import service
from app.prices.models import PriceSource, QuoteRow
from app.providers.market_data.interface import (
    CRYPTO,
    DailyClose,
    GiveUp,
    TryAgain,
    UnknownSymbolAtProvider,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
YESTERDAY = date(2026, 11, 19)
BITCOIN = ("crypto", "BTC")

pytestmark = pytest.mark.usefixtures("aws")


def refresh(market, symbols=("BTC",), *, asset_type="crypto", now=NOW):
    service.refresh_symbols(asset_type=asset_type, symbols=symbols, market=market, now=now)


def history(worker, range_name="7d", *, symbol="BTC", now=NOW):
    worker.now = now
    return service.get_history(
        asset_type="crypto",
        symbol=symbol,
        range_name=range_name,
        jobs=worker,
        now=now,
        sleep=worker.sleep,
        wait_seconds=3,
    )


def load(market, *, start=date(2026, 11, 1), symbol="BTC", now=NOW):
    service.load_history(asset_type="crypto", symbol=symbol, start=start, market=market, now=now)


class TestLoadHistory:
    @pytest.fixture(autouse=True)
    def _known(self, market):
        market.prices[BITCOIN] = "1"
        market.closes[BITCOIN] = {date(2026, 11, day): f"{day}.5" for day in range(1, 20)}

    def test_stores_the_finished_days(self, market):
        load(market)

        assert market.asked_closes == [("crypto", "BTC", date(2026, 11, 1), YESTERDAY)]
        found = service.daily_closes(
            asset_type="crypto", symbol="BTC", start=date(2026, 11, 18), end=YESTERDAY
        )
        assert found == [
            DailyClose(date=date(2026, 11, 18), close=Decimal("18.5")),
            DailyClose(date=YESTERDAY, close=Decimal("19.5")),
        ]

    def test_does_nothing_when_repeated_on_the_same_day(self, market):
        load(market)
        load(market, start=date(2026, 11, 10))

        assert len(market.asked_closes) == 1

    def test_fetches_all_that_was_loaded_and_writes_what_a_split_changed(self, market):
        load(market)
        market.closes[BITCOIN] = dict.fromkeys(market.closes[BITCOIN], "0.5")
        tomorrow = NOW + timedelta(days=1)

        load(market, start=date(2026, 11, 18), now=tomorrow)

        assert market.asked_closes[1][2] == date(2026, 11, 1)
        found = service.daily_closes(
            asset_type="crypto", symbol="BTC", start=date(2026, 11, 1), end=YESTERDAY
        )
        assert {close.close for close in found} == {Decimal("0.5")}
        assert len(found) == 19

    def test_leaves_what_did_not_change_unwritten(self, market):
        load(market)

        with dynamo.counting() as cost:
            load(market, now=NOW + timedelta(days=1))

        assert not any("Batch" in operation for operation in cost.operations)

    def test_is_put_off_while_the_source_fails(self, market):
        refresh(market)
        market.trouble = TryAgain("down", retry_after_seconds=60)

        for _ in range(2):
            with pytest.raises(service.PriceSourceBusy):
                load(market)

        assert len(market.asked_closes) == 1

    def test_is_put_off_while_not_even_the_quote_comes(self, market):
        market.trouble = TryAgain("down")

        with pytest.raises(service.PriceSourceBusy):
            load(market)

        assert market.asked_closes == []

    def test_says_that_the_symbol_is_unknown(self, market):
        load(market, symbol="NOSUCH")

        assert QuoteRow.of("crypto", "NOSUCH").is_unknown(NOW)
        assert market.asked_closes == []

    @pytest.mark.parametrize("trouble", [UnknownSymbolAtProvider("gone"), GiveUp("refused")])
    def test_fails_when_the_source_refuses(self, market, worker, trouble):
        refresh(market)
        market.trouble = trouble

        load(market)

        found = history(worker)
        assert (found.status, found.error, found.closes) == ("failed", "source_refused", [])
        assert worker.asked == []

    def test_is_tried_again_a_quarter_of_an_hour_after_it_failed(self, market, worker):
        refresh(market)
        market.trouble = GiveUp("refused")
        load(market)
        market.trouble = None

        assert history(worker, now=NOW + timedelta(minutes=15)).status == "completed"


class TestGetHistory:
    @pytest.fixture(autouse=True)
    def _known(self, market):
        market.prices[BITCOIN] = "1"
        market.closes[BITCOIN] = {date(2026, 11, day): f"{day}.5" for day in range(1, 20)}

    def test_loads_what_is_not_there_yet(self, worker):
        found = history(worker, symbol="btc")

        assert (found.status, found.error, found.currency) == ("completed", None, "USD")
        assert (found.asset_type, found.symbol, found.range) == ("crypto", "BTC", "7d")
        assert [close.date.day for close in found.closes] == list(range(13, 20))
        assert worker.asked == [
            (
                "prices.load_history",
                {"asset_type": "crypto", "symbol": "BTC", "start": "2026-11-13"},
            )
        ]

    def test_asks_nobody_for_what_was_loaded_today(self, worker):
        history(worker, "30d")

        assert history(worker, "7d").status == "completed"
        assert len(worker.asked) == 1

    def test_loads_a_longer_range_and_the_next_day(self, market, worker):
        history(worker, "7d")
        history(worker, "max")
        history(worker, "7d", now=NOW + timedelta(days=1))

        assert [asked[2] for asked in market.asked_closes] == [
            date(2026, 11, 13),
            date(1970, 1, 1),
            date(1970, 1, 1),
        ]

    def test_is_pending_with_what_there_is_when_the_worker_is_slow(self, worker):
        history(worker, "7d")
        worker.idle = True

        found = history(worker, "30d")

        assert found.status == "pending"
        assert len(found.closes) == 7
        assert sum(worker.slept[1:]) == pytest.approx(3)

    def test_is_pending_when_nothing_is_known(self, worker):
        worker.down = True

        found = history(worker)

        assert (found.status, found.closes, found.currency) == ("pending", [], "USD")

    def test_is_pending_at_once_while_the_source_is_left_alone(self, worker):
        PriceSource.of(CRYPTO).pause(error="source_unavailable", seconds=60, at=NOW)

        assert history(worker).status == "pending"
        assert worker.asked == worker.slept == []

    @pytest.mark.parametrize("symbol", ["NOSUCH", "NO SUCH", "A" * 21])
    def test_refuses_an_unknown_symbol(self, worker, symbol):
        with pytest.raises(service.UnknownSymbol):
            history(worker, symbol=symbol)
