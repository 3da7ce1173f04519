"""What came of a sum of money in given weights? A worker tells."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from app.portfolio.models.runs import Run
from app.portfolio.rules import backtests, shared_days, shares
from app.portfolio.rules import runs as rules
from app.portfolio.service import running, runs
from app.portfolio.service.run_prices import Found, Needed
from app.providers.job_queue.interface import JobQueue


def run_backtest(*, user_id: str, run_id: str, jobs: JobQueue, now: datetime) -> None:
    """Do a backtest; told again, it is done once."""
    running.perform(
        kind=runs.BACKTESTS, user_id=user_id, run_id=run_id, compute=_computed, jobs=jobs, now=now
    )


def _computed(run: Run, needed: Needed, found: Found) -> running.Computed:
    prices = shared_days.shared_days(
        found.closes, start=needed.start, end=needed.end, fewest=shared_days.FEWEST_DAYS
    )
    initial = Decimal(run.wanted["initial"])
    course = backtests.follow(
        prices,
        shares=shares.normalised({one.label: one.share or Decimal(0) for one in needed.symbols}),
        rebalance=run.wanted["rebalance"],
        initial=initial,
        fee_percent=Decimal(run.wanted["fee_percent"]),
    )
    figures = backtests.figures(
        course,
        initial=initial,
        days_a_year=rules.days_a_year({one.asset_type for one in needed.symbols}),
    )
    return {
        **asdict(figures),
        "series": [{"date": day.isoformat(), "value": value} for day, value in figures.series],
        "currency": found.currency,
        "first_day": prices.days[0].isoformat(),
        "last_day": prices.days[-1].isoformat(),
    }
