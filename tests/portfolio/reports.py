"""A market with a past, and reports of ann's portfolio made from it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from app.portfolio.service import performance as performance_service
from app.portfolio.service import preferences, snapshots
from tests.portfolio.market import NOON, ToldMarket, WorkingJobs

TODAY = NOON.date()
FIRST = date(2025, 1, 1)
# A source that failed is left alone until then.
LATER = NOON + timedelta(hours=1)
STOCK: dict[str, Any] = {"asset_type": "stock", "symbol": "AAPL"}


def ago(days: int) -> datetime:
    """Noon, so many days before today."""
    return NOON - timedelta(days=days)


def every_day(price: Callable[[int], str]) -> dict[date, str]:
    """A close for each day from 2025 on, yesterday's the last."""
    days = (TODAY - FIRST).days
    return {FIRST + timedelta(days=number): price(number) for number in range(days)}


def tell_a_past(market: ToldMarket) -> None:
    """One coin that grows by a dollar a day, one that stands still, two stocks, and the euro."""
    market.closes = {
        ("crypto", "BTC"): every_day(lambda number: str(1000 + number)),
        ("crypto", "ETH"): every_day(lambda _: "3000"),
        ("stock", "AAPL"): every_day(lambda number: str(100 + number % 7)),
        ("stock", "MSFT"): every_day(lambda number: str(400 - number % 5)),
        ("currency", "EUR"): every_day(lambda number: f"1.{10 + number % 20}"),
    }
    market.tell("crypto", "BTC", "1500")
    market.tell("currency", "EUR", "1.25")


def in_euro(market: ToldMarket) -> None:
    """Have ann's totals in euro."""
    preferences.change_preferences(
        user_id="ann",
        changes={"base_currency": "EUR"},
        jobs=WorkingJobs(market, lambda: NOON),
        now=NOON,
        sleep=lambda _: None,
        wait_seconds=3,
    )


def performance(
    market: ToldMarket, now: datetime = NOON, **asked: Any
) -> performance_service.Performance:
    """A report for ann."""
    return performance_service.performance_of(
        user_id="ann",
        **asked,
        jobs=WorkingJobs(market, lambda: now),
        now=now,
        sleep=lambda _: None,
        wait_seconds=3,
    )


def store(market: ToldMarket, now: datetime = NOON) -> int:
    """Store ann's days, as the daily job does: where closes are not loaded, it comes again."""

    def tried() -> int:
        return snapshots.snapshot_portfolio(
            user_id="ann",
            jobs=WorkingJobs(market, lambda: now),
            now=now,
            sleep=lambda _: None,
        )

    try:
        return tried()
    except snapshots.PricesPending:
        return tried()
