"""What the portfolio's tests stand on: a market that answers what it is told to."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from app import extensions
from app.core import clock
from app.prices import service as prices
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
