"""What the portfolio's tests stand on: a market that answers what it is told to."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from app import extensions
from app.accounts import service as accounts
from app.core import clock
from app.portfolio.service import alerts
from app.prices import service as prices
from tests.portfolio import alerting
from tests.portfolio.kept_jobs import KeptJobs
from tests.portfolio.market import NOON, ToldMarket, WorkingJobs


@pytest.fixture
def market() -> ToldMarket:
    return ToldMarket()


@pytest.fixture
def told_market(app: Flask, market: ToldMarket) -> ToldMarket:
    """The market that the app's workers ask."""
    app.extensions[extensions.EXTENSION].job_queue = WorkingJobs(market, clock.now)
    return market


@pytest.fixture
def quoted(aws: object, market: ToldMarket) -> Callable[..., None]:
    """Put a quote into the cache, as the refresh job would at that time."""
    assert aws is not None

    def put(
        asset_type: str,
        symbol: str,
        amount: str,
        *,
        currency: str = "USD",
        at: datetime = NOON,
    ) -> None:
        market.tell(asset_type, symbol, amount, currency=currency, at=at)
        prices.refresh_symbols(asset_type=asset_type, symbols=[symbol], market=market, now=at)

    return put


@pytest.fixture
def ann(aws: object, settings: Any) -> accounts.User:
    assert aws is not None
    return accounts.create_account(
        email="ann@example.com",
        username="ann",
        password="Str0ngPass!",
        role="user",
        settings=settings,
        now=NOON,
    )


@pytest.fixture
def kept_jobs() -> KeptJobs:
    return KeptJobs()


@pytest.fixture
def set_alert(aws: object, market: ToldMarket) -> Callable[..., alerts.PriceAlert]:
    assert aws is not None

    def made(user_id: str, **facts: Any) -> alerts.PriceAlert:
        given: dict[str, Any] = {
            "asset_type": "crypto",
            "symbol": "BTC",
            "condition": "above",
            "threshold": Decimal(60000),
            "cooldown_seconds": alerting.HOUR,
            "note": None,
            "now": NOON,
        } | facts
        return alerts.set_alert(
            user_id=user_id,
            jobs=WorkingJobs(market, lambda: NOON),
            sleep=lambda _: None,
            wait_seconds=3,
            stale_after_seconds=alerting.STALE_AFTER,
            **given,
        )

    return made


@pytest.fixture
def look(quoted: Callable[..., None], kept_jobs: KeptJobs) -> Callable[..., int]:
    """Put a price into the cache and check the alerts, as the refresh and its tasks do; how many fired."""

    def looked(price: str, at: datetime, symbol: str = "BTC") -> int:
        quoted("crypto", symbol, price, at=at)
        kept_jobs.named.clear()
        return sum(alerting.checked(kept_jobs, at))

    return looked
