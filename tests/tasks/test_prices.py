from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app import extensions
from app.prices import service
from app.providers.market_data.interface import DailyClose, ProviderQuote, TryAgain
from tasks import celery_app
from tasks import prices as tasks

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOON.date()
YESTERDAY = TODAY - timedelta(days=1)

pytestmark = pytest.mark.usefixtures("aws")


class OneCoin:
    """A market of bitcoins alone, whose charts fail as often as they are told to, a minute each time."""

    def __init__(self, clock):
        self.clock, self.failures, self.asked = clock, 0, []

    def quotes(self, *, asset_type, symbols):
        self.asked.append((asset_type, list(symbols)))
        bitcoin = ProviderQuote(
            symbol="BTC",
            price=Decimal(64_000),
            currency="USD",
            quoted_at=self.clock.now(),
            source="told",
            name=None,
            day_change_percentage=None,
        )
        return {"BTC": bitcoin} if "BTC" in symbols else {}

    def daily_closes(self, *, asset_type, symbol, start, end):
        self.asked.append((asset_type, [symbol], start))
        if self.failures:
            self.failures -= 1
            self.clock.advance(seconds=60)
            raise TryAgain("down", retry_after_seconds=60)
        return [DailyClose(date=end, close=Decimal(63_000))]


class NothingSent:
    def __init__(self):
        self.enqueued = []

    def enqueue(self, task, arguments):
        self.enqueued.append((task, arguments))

    def send_enqueued(self):
        """Nothing is sent from here."""

    def discard_enqueued(self):
        """Nothing is forgotten, so that a test sees it."""


@dataclass
class Chosen:
    market_data: OneCoin
    job_queue: Any


@pytest.fixture
def market(clock):
    before = extensions._of_process
    chosen: Any = Chosen(OneCoin(clock), NothingSent())
    extensions.use(chosen)
    yield chosen.market_data
    extensions._of_process = before


def price_of_bitcoin(clock):
    pair = ("crypto", "BTC")
    return service.latest_quotes(wanted=[pair], now=clock.now(), stale_after_seconds=900)[pair]


class TestTaskNames:
    @pytest.mark.parametrize("name", ["refresh_quotes", "refresh_symbols", "load_history"])
    def test_are_those_that_work_is_asked_by(self, name):
        assert celery_app.app.tasks[f"prices.{name}"].run


class TestRefreshQuotes:
    def test_fetches_what_is_tracked_also_when_run_twice(self, market, clock):
        service.keep_tracked(wanted=[("crypto", "BTC")], now=clock.now())

        for _ in range(2):
            assert tasks.refresh_quotes.apply().successful()

        assert price_of_bitcoin(clock).price == 64_000
        assert extensions._of_process.job_queue.enqueued == [
            ("feeds.push_events", {"channel": "prices"}),
            ("portfolio.check_alerts", {}),
            ("portfolio.check_alerts", {}),
        ]


class TestRefreshSymbols:
    def test_fetches_what_is_asked_once_when_run_twice(self, market, clock):
        for _ in range(2):
            arguments = {"asset_type": "crypto", "symbols": ["BTC"]}
            assert tasks.refresh_symbols.apply(kwargs=arguments).successful()

        assert price_of_bitcoin(clock).price == 64_000
        assert market.asked == [("crypto", ["BTC"])]


class TestLoadHistory:
    ARGUMENTS = {"asset_type": "crypto", "symbol": "BTC", "start": "2026-11-13"}  # noqa: RUF012

    def loaded(self):
        return service.daily_closes(
            asset_type="crypto", symbol="BTC", start=date(2026, 11, 13), end=TODAY
        )

    def test_loads_what_is_asked_once_when_run_twice(self, market):
        for _ in range(2):
            assert tasks.load_history.apply(kwargs=self.ARGUMENTS).successful()

        assert self.loaded() == [DailyClose(date=YESTERDAY, close=Decimal(63_000))]
        assert market.asked[1:] == [("crypto", ["BTC"], date(2026, 11, 13))]

    def test_is_tried_again_while_the_source_is_busy(self, market):
        market.failures = 2

        tasks.load_history.apply(kwargs=self.ARGUMENTS)

        assert len(self.loaded()) == 1

    def test_is_given_up_after_the_fifth_time(self, market):
        market.failures = 9

        result = tasks.load_history.apply(kwargs=self.ARGUMENTS)

        assert isinstance(result.result, service.PriceSourceBusy)
        assert market.failures == 4
