"""Does a report of performance tell what happened, in the user's currency and beside a benchmark?"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from app.portfolio import service
from app.portfolio.service import performance as performance_service
from app.prices import service as prices
from app.providers.job_queue.interface import TryAgain
from tests.portfolio.ledger import JOBS, write
from tests.portfolio.market import NOON, ToldMarket, WorkingJobs
from tests.portfolio.reports import (
    LATER,
    STOCK,
    TODAY,
    ago,
    every_day,
    in_euro,
    performance,
    store,
    tell_a_past,
)


@pytest.fixture(autouse=True)
def past(aws: object, market: ToldMarket) -> Iterator[ToldMarket]:
    """The market with a past, which the ledger's tests ask too."""
    assert aws is not None
    tell_a_past(market)
    before, JOBS.market = JOBS.market, market
    yield market
    JOBS.market = before


@pytest.fixture
def told(past: ToldMarket) -> Callable[..., performance_service.Performance]:
    """A report for ann."""
    return partial(performance, past)


@pytest.fixture
def snap(past: ToldMarket) -> Callable[..., int]:
    """Store ann's days."""
    return partial(store, past)


class TestPerformanceOf:
    def test_tells_how_a_holding_did(self, told: Any) -> None:
        write("buy", 2, 1000, executed_at=ago(400))
        report = told(range_name="30d")
        # The close of 30 days ago was 1395; today's quote is 1500.
        assert (report.range, report.start, report.end) == ("30d", TODAY - timedelta(30), TODAY)
        assert (report.start_value, report.end_value) == (2790, 3000)
        assert (report.net_deposits, report.gain, report.income, report.fees) == (0, 210, 0, 0)
        assert report.time_weighted_return == Decimal("7.53")
        assert (report.realised_gain, report.unrealised_gain) == (0, 1000)
        assert len(report.series) == 31
        assert (report.series[0].value, report.series[-1].cumulative_return) == (
            2790,
            Decimal("7.53"),
        )
        assert (report.currency, report.unpriced, report.pending) == ("USD", [], [])

    def test_values_today_as_the_summary_does(self, told: Any) -> None:
        write("buy", "1.5", 1000, executed_at=ago(10))
        write("buy", 3, 200, executed_at=ago(0), **STOCK)
        summary = service.summarise(user_id="ann", now=NOON, stale_after_seconds=900)
        assert told(range_name="7d").end_value == summary.totals.value

    def test_begins_the_day_before_anything_was_held(self, told: Any) -> None:
        write("buy", 1, 1420, executed_at=ago(10))
        report = told(range_name="1y")
        assert (report.start, report.start_value) == (TODAY - timedelta(11), 0)
        assert report.net_deposits == 1420
        assert report.gain == 80

    @pytest.mark.parametrize(
        ("range_name", "start"),
        [
            ("1d", TODAY - timedelta(1)),
            ("7d", TODAY - timedelta(7)),
            ("90d", TODAY - timedelta(90)),
            ("ytd", date(2025, 12, 31)),
            ("1y", TODAY - timedelta(365)),
            ("max", TODAY - timedelta(401)),
            (None, TODAY - timedelta(30)),
        ],
    )
    def test_knows_the_ranges(self, told: Any, range_name: str | None, start: date) -> None:
        write("buy", 1, 1000, executed_at=ago(400))
        assert told(range_name=range_name).start == start

    def test_takes_days_of_the_past(self, told: Any) -> None:
        write("buy", 1, 1000, executed_at=ago(400))
        write("sell", 1, 9999, executed_at=ago(3))
        report = told(start=date(2026, 1, 31), end=date(2026, 2, 10))
        assert (report.range, report.start_value, report.end_value) == ("custom", 1395, 1405)
        assert report.realised_gain == 0
        assert report.unrealised_gain == 405
        assert told(start=date(2026, 1, 31), end=date(2040, 1, 1)).end == TODAY

    @pytest.mark.parametrize(
        "days",
        [
            {"start": date(2026, 2, 2), "end": date(2026, 2, 1)},
            {"start": TODAY + timedelta(1)},
        ],
    )
    def test_refuses_days_in_the_wrong_order(self, told: Any, days: dict[str, date]) -> None:
        with pytest.raises(performance_service.InvalidPeriod):
            told(**days)

    def test_of_an_empty_ledger_is_nothing(self, told: Any) -> None:
        report = told()
        assert (report.start, report.end, report.series) == (TODAY, TODAY, [])
        assert (report.end_value, report.time_weighted_return, report.sharpe) == (0, None, None)

    def test_of_a_ledger_that_begins_today_is_one_day(self, told: Any) -> None:
        write("buy", 1, 1000, executed_at=ago(0))
        report = told(range_name="max")
        assert (report.start, report.end_value) == (TODAY - timedelta(1), 1500)
        assert report.time_weighted_return == 50

    def test_counts_later_splits_of_stocks(self, told: Any, past: ToldMarket) -> None:
        past.closes["stock", "AAPL"] = every_day(lambda _: "100")
        past.tell("stock", "AAPL", "100")
        write("buy", 1, 400, executed_at=ago(20), **STOCK)
        write("split", 4, executed_at=ago(10), **STOCK)
        report = told(range_name="max")
        assert {point.value for point in report.series[1:]} == {400}
        assert report.time_weighted_return == 0

    def test_is_in_the_base_currency_at_the_rates_of_the_days(
        self, told: Any, past: ToldMarket
    ) -> None:
        past.closes["currency", "EUR"] = every_day(lambda _: "1.25")
        past.closes["stock", "AAPL"] = every_day(lambda _: "125")
        past.tell("stock", "AAPL", "125")
        write("buy", 1, 100, executed_at=ago(20), currency="EUR", **STOCK)
        in_euro(past)
        report = told(range_name="max")
        assert (report.currency, report.net_deposits, report.end_value) == ("EUR", 100, 100)
        assert (report.unrealised_gain, report.time_weighted_return) == (0, 0)
        assert report.series[1].value == 100

    def test_goes_by_the_last_close_where_the_quote_is_old(self, told: Any) -> None:
        write("buy", 1, 1000, executed_at=ago(20))
        report = told(now=NOON + timedelta(days=5), range_name="7d")
        assert report.end_value == 1424

    def test_names_what_never_had_a_price(self, told: Any, past: ToldMarket) -> None:
        past.down = True
        write("buy", 5, 7, executed_at=ago(20), asset_type="stock", symbol="GONE")
        write("sell", 1, 9, executed_at=ago(10), asset_type="stock", symbol="GONE")
        past.down = False
        write("buy", 1, 1000, executed_at=ago(20))
        report = told(now=LATER, range_name="max")
        assert [(each.symbol, each.reason) for each in report.unpriced] == [("GONE", "no_price")]
        assert (report.net_deposits, report.end_value, report.unrealised_gain) == (1000, 1500, 500)
        assert report.realised_gain == 2

    def test_names_what_is_being_loaded(self, past: ToldMarket) -> None:
        write("buy", 1, 1000, executed_at=ago(20))

        class Asleep(WorkingJobs):
            def ask(self, task: str, arguments: Any = None) -> None:
                raise TryAgain(task)

        report = performance_service.performance_of(
            user_id="ann",
            jobs=Asleep(past, lambda: NOON),
            now=NOON,
            sleep=lambda _: None,
            wait_seconds=3,
        )
        assert report.pending == ["BTC"]

    def test_thins_out_a_long_series_and_keeps_its_peaks(self, told: Any, past: ToldMarket) -> None:
        past.closes["crypto", "BTC"] = {
            date(2020, 1, 1) + timedelta(days=number): "9999" if number == 777 else "1000"
            for number in range(2200)
        }
        write("buy", 1, 1000, executed_at=datetime(2020, 1, 1, 12, tzinfo=UTC))
        report = told(range_name="max")
        assert len(report.series) <= 1000
        assert max(point.value for point in report.series) == 9999
        assert report.series[-1].date == TODAY


class TestBenchmark:
    def test_is_told_over_the_same_days(self, told: Any) -> None:
        write("buy", 1, 3000, executed_at=ago(20), symbol="ETH")
        report = told(range_name="7d", benchmark="crypto:BTC")
        assert report.benchmark.symbol == "BTC"
        # 1418 on the first day, a quote of 1500 today.
        assert report.benchmark.total_return == Decimal("5.78")
        assert report.series[-1].benchmark_return == Decimal("5.78")
        assert round(report.series[-1].benchmark_value, 2) == Decimal("3173.48")
        assert report.time_weighted_return == 0

    @pytest.mark.parametrize(
        ("written", "pair"),
        [
            ("stock:aapl", ("stock", "AAPL")),
            ("MSFT", ("stock", "MSFT")),
            ("eth", ("crypto", "ETH")),
            ("Crypto:btc", ("crypto", "BTC")),
        ],
    )
    def test_is_a_stock_unless_held_as_crypto(
        self, told: Any, written: str, pair: tuple[str, str]
    ) -> None:
        write("buy", 1, 3000, executed_at=ago(20), symbol="ETH")
        found = told(benchmark=written).benchmark
        assert (found.asset_type, found.symbol) == pair

    @pytest.mark.parametrize("written", ["", "gold:XAU", "stock:", "a b", "stock:A:B"])
    def test_that_is_written_like_no_symbol_is_refused(self, told: Any, written: str) -> None:
        with pytest.raises(performance_service.InvalidBenchmark):
            told(benchmark=written)

    def test_that_nobody_trades_is_refused(self, told: Any) -> None:
        write("buy", 1, 3000, executed_at=ago(20))
        with pytest.raises(prices.UnknownSymbol):
            told(benchmark="stock:NOSUCH")

    def test_may_be_what_is_held(self, told: Any, snap: Any) -> None:
        write("buy", 1, 1000, executed_at=ago(20))
        snap()
        report = told(range_name="7d", benchmark="BTC")
        assert report.benchmark.total_return == report.time_weighted_return == Decimal("5.78")
