from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.core import dynamo
from app.prices import service
from app.prices.models import TrackedSymbol
from app.providers.market_data.interface import (
    TryAgain,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)
BITCOIN, APPLE = ("crypto", "BTC"), ("stock", "AAPL")

pytestmark = pytest.mark.usefixtures("aws")


def refresh(market, symbols=("BTC",), *, asset_type="crypto", now=NOW):
    service.refresh_symbols(asset_type=asset_type, symbols=symbols, market=market, now=now)


def latest(pair, *, now=NOW):
    return service.latest_quotes(wanted=[pair], now=now, stale_after_seconds=900)[pair]


def fresh(worker, symbols, *, asset_type="crypto", now=NOW):
    worker.now = now
    return service.fresh_quotes(
        asset_type=asset_type,
        symbols=symbols,
        jobs=worker,
        now=now,
        stale_after_seconds=900,
        sleep=worker.sleep,
        wait_seconds=3,
    )


def ensure_known(worker, symbol="BTC", *, now=NOW):
    worker.now = now
    service.ensure_known_symbol(
        asset_type="crypto",
        symbol=symbol,
        jobs=worker,
        now=now,
        sleep=worker.sleep,
        wait_seconds=2,
    )


def track(worker, pair=BITCOIN, *, now=NOW):
    service.track(asset_type=pair[0], symbol=pair[1], now=now, jobs=worker)


class TestLatestQuotes:
    def test_tells_what_is_stored(self, market):
        market.prices[BITCOIN] = "64000.123456789"
        refresh(market)

        quote = latest(BITCOIN, now=NOW + timedelta(minutes=15))

        assert quote == service.Quote(
            asset_type="crypto",
            symbol="BTC",
            price=Decimal("64000.123456789"),
            currency="USD",
            timestamp=NOW,
            source="told",
            age_seconds=900,
            stale=False,
            error=None,
            name="BTC Inc.",
            day_change_percentage=Decimal("1.25"),
        )
        assert latest(BITCOIN, now=NOW + timedelta(minutes=15, seconds=1)).stale

    def test_answers_none_for_what_was_never_priced(self):
        quote = latest(BITCOIN)

        assert (quote.price, quote.timestamp, quote.age_seconds) == (None, None, None)
        assert (quote.currency, quote.stale, quote.error) == ("USD", True, "not_priced_yet")

    def test_needs_one_request_for_each_hundred(self, market):
        symbols = [f"S{number}" for number in range(250)]
        wanted = [("stock", symbol) for symbol in symbols]

        with dynamo.counting() as cost:
            found = service.latest_quotes(wanted=wanted, now=NOW, stale_after_seconds=900)

        assert list(found) == wanted
        assert cost.requests == 3
        assert market.asked == []


class TestFreshQuotes:
    def test_answers_in_the_order_asked_also_when_asked_twice(self, market, worker):
        market.prices |= {BITCOIN: "1", ("crypto", "ETH"): "2"}

        quotes = fresh(worker, ["ETH", "BTC", "ETH"])

        assert [(quote.symbol, quote.price) for quote in quotes] == [
            ("ETH", 2),
            ("BTC", 1),
            ("ETH", 2),
        ]
        assert worker.asked == [
            ("prices.refresh_symbols", {"asset_type": "crypto", "symbols": ["ETH", "BTC"]})
        ]
        assert len(worker.slept) == 1

    def test_asks_nobody_for_what_is_fresh(self, market, worker):
        market.prices[BITCOIN] = "1"
        refresh(market)

        fresh(worker, ["BTC"])

        assert worker.asked == worker.slept == []

    def test_asks_for_what_is_stale(self, market, worker):
        market.prices[BITCOIN] = "1"
        refresh(market)
        market.prices[BITCOIN] = "2"
        market.quoted_at = LATER

        assert fresh(worker, ["BTC"], now=LATER)[0].price == 2

    def test_answers_what_there_is_when_the_worker_is_slow(self, market, worker):
        market.prices[BITCOIN] = "1"
        refresh(market)
        worker.idle = True

        with dynamo.counting() as cost:
            known, unknown = fresh(worker, ["BTC", "ETH"], now=LATER)

        assert (known.price, known.stale, known.error) == (1, True, None)
        assert (unknown.price, unknown.stale, unknown.error) == (None, True, "not_priced_yet")
        assert sum(worker.slept) == pytest.approx(3)
        assert cost.requests <= 9

    def test_answers_what_there_is_when_the_queue_is_down(self, worker):
        worker.down = True

        assert fresh(worker, ["BTC"])[0].error == "not_priced_yet"
        assert worker.slept == []

    def test_asks_nobody_while_the_source_is_left_alone(self, market, worker):
        market.trouble = TryAgain("down")
        refresh(market, ["ETH"])

        quote = fresh(worker, ["BTC"], now=NOW + timedelta(seconds=30))[0]

        assert (quote.price, quote.error) == (None, "source_unavailable")
        assert worker.asked == []

    def test_says_that_a_symbol_is_unknown_and_asks_once_a_day(self, worker):
        assert fresh(worker, ["NOSUCH"])[0].error == "unknown_symbol"
        assert fresh(worker, ["NOSUCH"], now=LATER)[0].error == "unknown_symbol"
        assert len(worker.asked) == 1

        fresh(worker, ["NOSUCH"], now=NOW + timedelta(days=1))
        assert len(worker.asked) == 2


class TestUsd:
    """Every rate is in USD, so one dollar is one."""

    DOLLAR = ("currency", "USD")

    def test_costs_one_and_nobody_is_asked(self, market, worker):
        market.prices["currency", "EUR"] = "1.0834"

        dollar, euro = fresh(worker, ["USD", "EUR"], asset_type="currency")

        assert (dollar.price, dollar.currency, dollar.timestamp) == (Decimal(1), "USD", NOW)
        assert (dollar.stale, dollar.age_seconds, dollar.error) == (False, 0, None)
        assert (euro.price, euro.currency) == (Decimal("1.0834"), "USD")
        assert market.asked == [("currency", ["EUR"])]

    def test_is_known_and_needs_no_tracking(self, worker):
        with dynamo.counting() as cost:
            track(worker, self.DOLLAR)
            assert latest(self.DOLLAR).price == 1
            service.ensure_known_symbol(
                asset_type="currency",
                symbol="USD",
                jobs=worker,
                now=NOW,
                sleep=worker.sleep,
                wait_seconds=3,
            )
        assert cost.requests == 0
        service.keep_tracked(wanted=[self.DOLLAR], now=NOW)
        assert TrackedSymbol.symbols_of("currency", now=NOW) == []


class TestEnsureKnownSymbol:
    def test_reads_one_row_of_what_was_ever_priced(self, market, worker):
        market.prices[BITCOIN] = "1"
        refresh(market)

        with dynamo.counting() as cost:
            ensure_known(worker, now=NOW + timedelta(days=100))

        assert cost.requests == 1
        assert worker.asked == []

    def test_asks_for_what_is_new(self, market, worker):
        market.prices[BITCOIN] = "1"

        ensure_known(worker)

        assert latest(BITCOIN).price == 1

    def test_refuses_what_the_source_does_not_know(self, worker):
        for _ in range(2):
            with pytest.raises(service.UnknownSymbol) as caught:
                ensure_known(worker, "NOSUCH")

        assert caught.value.details == {"asset_type": "crypto", "symbol": "NOSUCH"}
        assert len(worker.asked) == 1

    def test_accepts_when_the_worker_is_slow(self, worker):
        worker.idle = True

        ensure_known(worker)

        assert sum(worker.slept) == pytest.approx(2)

    def test_accepts_when_the_queue_is_down(self, worker):
        worker.down = True

        ensure_known(worker)

    def test_accepts_at_once_while_the_source_is_left_alone(self, market, worker):
        market.trouble = TryAgain("down")
        ensure_known(worker)
        worker.slept.clear()

        ensure_known(worker)

        assert worker.slept == []


class TestTrack:
    def test_asks_for_a_first_price(self, worker):
        track(worker)

        assert worker.enqueued == [
            ("prices.refresh_symbols", {"asset_type": "crypto", "symbols": ["BTC"]})
        ]
        assert TrackedSymbol.symbols_of("crypto", now=NOW) == ["BTC"]

    def test_asks_for_none_where_there_is_one_of_today(self, market, worker):
        market.prices[BITCOIN] = "1"
        refresh(market)

        track(worker, now=LATER)

        assert worker.enqueued == []

    def test_does_nothing_when_repeated_within_a_day(self, worker):
        track(worker)

        with dynamo.counting() as cost:
            track(worker, now=NOW + timedelta(hours=23))

        assert len(worker.enqueued) == 1
        assert cost.requests <= 1


class TestKeepTracked:
    def test_keeps_them_for_another_thirty_days(self, worker):
        track(worker)

        service.keep_tracked(wanted=[BITCOIN, APPLE], now=NOW + timedelta(days=20))

        later = NOW + timedelta(days=49)
        assert TrackedSymbol.symbols_of("crypto", now=later) == ["BTC"]
        assert TrackedSymbol.symbols_of("stock", now=later) == ["AAPL"]
