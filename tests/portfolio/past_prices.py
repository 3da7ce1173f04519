"""A past that tests can tell: daily closes of several symbols, loaded as a worker loads them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.prices import service as prices
from app.providers.job_queue.sqs import SqsJobQueue
from app.providers.market_data.interface import DailyClose, TryAgain, UnknownSymbolAtProvider
from tests.portfolio.market import ToldMarket

LOADED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def weekdays(start: date, count: int) -> list[date]:
    """So many days from a day on, without weekends."""
    found: list[date] = []
    while len(found) < count:
        if start.weekday() < 5:
            found.append(start)
        start += timedelta(days=1)
    return found


class PastMarket(ToldMarket):
    """A market that remembers the closes it was told, and counts how often it is asked for them."""

    def __init__(self) -> None:
        super().__init__()
        self.past: dict[tuple[str, str], dict[date, Decimal]] = {}
        self.asked: list[tuple[str, str]] = []

    def remember(
        self,
        asset_type: str,
        symbol: str,
        closes: Mapping[date, Decimal],
        *,
        currency: str = "USD",
    ) -> None:
        """These were its closes, and the last is its price now."""
        self.past[asset_type, symbol] = dict(closes)
        last = closes[max(closes)] if closes else Decimal(1)
        self.tell(asset_type, symbol, str(last), currency=currency, at=LOADED_AT)

    def daily_closes(
        self, *, asset_type: str, symbol: str, start: date, end: date
    ) -> list[DailyClose]:
        """Those that it was told."""
        self.asked.append((asset_type, symbol))
        if self.down:
            raise TryAgain("the market is down")
        if (asset_type, symbol) not in self.known:
            raise UnknownSymbolAtProvider(symbol)
        return [
            DailyClose(date=day, close=close)
            for day, close in sorted(self.past.get((asset_type, symbol), {}).items())
            if start <= day <= end
        ]


class LoadingJobs(SqsJobQueue):
    """A queue whose worker does runs as soon as it is asked, unless it is `asleep`; the rest is done later."""

    def __init__(self, market: PastMarket, tell_time: Any, tasks: Mapping[str, Any]) -> None:
        super().__init__(queue_name="nobody-receives-from-here", region="us-east-1")
        self.market = market
        self.tell_time = tell_time
        self.tasks = tasks
        self.asleep = False
        self.loads = True
        self.later: list[tuple[str, dict[str, Any], int]] = []
        self.to_load: list[dict[str, Any]] = []

    def ask(self, task: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Do it."""
        given = dict(arguments or {})
        if task == "prices.load_history" and self.loads:
            self.to_load.append(given)
        elif task in self.tasks and not self.asleep:
            self.tasks[task](**given, jobs=self, now=self.tell_time())

    def enqueue(
        self, task: str, arguments: Mapping[str, Any] | None = None, *, delay_seconds: int = 0
    ) -> None:
        """Note it; `do_later` does it."""
        if task in self.tasks:
            self.later.append((task, dict(arguments or {}), delay_seconds))

    def send_enqueued(self) -> None:
        """What waits is done when a test says so."""

    def do_later(self) -> None:
        """Load what was asked for and do what was enqueued, and nothing that this enqueues."""
        some, self.later = self.later, []
        while self.to_load:
            self.load(self.to_load.pop())
        for task, arguments, _ in some:
            self.tasks[task](**arguments, jobs=self, now=self.tell_time())

    def load(self, given: dict[str, Any]) -> None:
        """Load a symbol's closes."""
        try:
            prices.load_history(
                asset_type=given["asset_type"],
                symbol=given["symbol"],
                start=date.fromisoformat(given["start"]),
                market=self.market,
                now=self.tell_time(),
            )
        except prices.PriceSourceBusy:
            return
