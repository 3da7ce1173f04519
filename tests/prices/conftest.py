"""What the tests of prices stand on: a market that answers as told, and a queue that works at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.prices import service
from app.providers.job_queue.interface import TryAgain as QueueDown
from app.providers.market_data.interface import DailyClose, ProviderQuote

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class ToldMarket:
    """Knows the prices and closes that it was told; raises `trouble` while that is set."""

    def __init__(self) -> None:
        self.prices: dict[tuple[str, str], str] = {}
        self.currencies: dict[str, str] = {}
        self.closes: dict[tuple[str, str], dict[date, str]] = {}
        self.quoted_at = NOW
        self.trouble: Exception | None = None
        self.only_in_trouble: str | None = None
        self.asked: list[tuple[str, list[str]]] = []
        self.asked_closes: list[tuple[str, str, date, date]] = []

    def quotes(self, *, asset_type: str, symbols: Sequence[str]) -> dict[str, ProviderQuote]:
        self.asked.append((asset_type, list(symbols)))
        self._raise_trouble(asset_type)
        return {
            symbol: self.quote(symbol, self.prices[asset_type, symbol])
            for symbol in symbols
            if (asset_type, symbol) in self.prices
        }

    def quote(self, symbol: str, price: str) -> ProviderQuote:
        return ProviderQuote(
            symbol=symbol,
            price=Decimal(price),
            currency=self.currencies.get(symbol, "USD"),
            quoted_at=self.quoted_at,
            source="told",
            name=f"{symbol} Inc.",
            day_change_percentage=Decimal("1.25"),
        )

    def daily_closes(
        self, *, asset_type: str, symbol: str, start: date, end: date
    ) -> list[DailyClose]:
        self.asked_closes.append((asset_type, symbol, start, end))
        self._raise_trouble(asset_type)
        known = self.closes.get((asset_type, symbol), {})
        return [
            DailyClose(date=day, close=Decimal(close))
            for day, close in sorted(known.items())
            if start <= day <= end
        ]

    def _raise_trouble(self, asset_type: str) -> None:
        if self.trouble is not None and self.only_in_trouble in {None, asset_type}:
            raise self.trouble


class Worker:
    """A queue whose worker does what is asked during the wait for it, unless it is `idle` or the queue `down`."""

    def __init__(self, market: ToldMarket) -> None:
        self.market = market
        self.now = NOW
        self.idle = False
        self.down = False
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.enqueued: list[tuple[str, dict[str, Any]]] = []
        self.slept: list[float] = []
        self._waiting: list[Callable[[], None]] = []

    def ask(self, task: str, arguments: Mapping[str, Any]) -> None:
        if self.down:
            raise QueueDown("the queue is down")
        self.asked.append((task, dict(arguments)))
        self._waiting.append(lambda: self.work(task, dict(arguments)))

    def enqueue(self, task: str, arguments: Mapping[str, Any]) -> None:
        self.enqueued.append((task, dict(arguments)))

    def sleep(self, seconds: float) -> None:
        """Time in which the worker gets on with it."""
        self.slept.append(seconds)
        if not self.idle:
            while self._waiting:
                self._waiting.pop()()

    def work(self, task: str, arguments: dict[str, Any]) -> None:
        if task == "prices.refresh_symbols":
            service.refresh_symbols(**arguments, market=self.market, now=self.now)
        else:
            arguments["start"] = date.fromisoformat(arguments["start"])
            service.load_history(**arguments, market=self.market, now=self.now)


@pytest.fixture
def market():
    return ToldMarket()


@pytest.fixture
def worker(market):
    return Worker(market)
