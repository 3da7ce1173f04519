"""What the portfolio's tests stand on: a market that answers what it is told to."""

from collections.abc import Callable, Iterator
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
def told_market(app: Flask, market: ToldMarket) -> Iterator[ToldMarket]:
    """The market that the app's workers ask."""
    providers = app.extensions[extensions.EXTENSION]
    real = providers.job_queue  # the app outlives this test
    providers.job_queue = WorkingJobs(market, clock.now)
    yield market
    providers.job_queue = real


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
