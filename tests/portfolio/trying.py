"""How does a test try portfolios on past prices? With a worker that does so at once, and loads prices when told."""

from datetime import date
from decimal import Decimal

import pytest

from app.core import clock as clocks
from app.extensions import EXTENSION
from app.portfolio.service import backtesting, optimizing, runs
from tests.portfolio.past_prices import LoadingJobs, PastMarket, weekdays

FIRST = date(2025, 11, 3)
DAYS = weekdays(FIRST, 60)
PERIOD = {"start": FIRST.isoformat(), "end": DAYS[-1].isoformat()}
HALVES = {**PERIOD, "weights": {"AAA": "0.5", "BBB": "0.5"}}
BEST = {**PERIOD, "symbols": ["AAA", "BBB"], "objective": "min_variance"}


@pytest.fixture
def market():
    """AAA rises by 1 a day and dips every fifth, BBB swings."""
    made = PastMarket()
    made.remember(
        "stock", "AAA", {day: Decimal(100 + n - 3 * (n % 5)) for n, day in enumerate(DAYS)}
    )
    made.remember("stock", "BBB", {day: Decimal(50 + n * 7 % 11) for n, day in enumerate(DAYS)})
    return made


@pytest.fixture
def worker(app, market, monkeypatch):
    """A worker that loads prices and does runs at once, in place of the app's queue."""
    monkeypatch.setattr("app.portfolio.routes.runs.WAIT_SECONDS", 0)
    tasks = {runs.RUN_BACKTEST: backtesting.run_backtest, runs.OPTIMISE: optimizing.optimise}
    made = LoadingJobs(market, clocks.now, tasks)
    app.extensions[EXTENSION].job_queue = made
    return made


@pytest.fixture
def owner(sign_up, give_plan):
    """Somebody whose plan includes a few of each."""
    person = sign_up()
    give_plan(person.user_id, "growth")
    return person


@pytest.fixture
def backtest(client, owner, worker):
    """Ask for a backtest."""
    return lambda **fields: client.post(
        "/portfolio/backtests", json={**HALVES, **fields}, headers=owner.headers
    )


@pytest.fixture
def optimise(client, owner, worker):
    """Ask for an optimisation."""
    return lambda **fields: client.post(
        "/portfolio/optimizations", json={**BEST, **fields}, headers=owner.headers
    )


@pytest.fixture
def used(client, owner):
    """How many units of a feature are counted."""
    return lambda feature: client.get("/users/usage", headers=owner.headers).json["usage"][feature][
        "count"
    ]


def done(worker, client, owner, answer, path="/portfolio/backtests"):
    """The run as it is once the worker has looked again."""
    worker.do_later()
    return client.get(f"{path}/{answer.json['id']}", headers=owner.headers).json
