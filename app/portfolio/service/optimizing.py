"""Which weights would have been best? The analysis function tells: it alone has numpy and a solver (docs/adr/0029)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from app.core.shown import percent, ratio
from app.portfolio.models.runs import Run
from app.portfolio.rules import runs as rules
from app.portfolio.rules import shared_days, shares
from app.portfolio.service import running, runs
from app.portfolio.service.run_prices import Found, Needed
from app.providers.job_queue.interface import JobQueue

if TYPE_CHECKING:
    from app.portfolio.engine.optimizer import Portfolio

HUNDRED: Final = Decimal(100)


def optimise(*, user_id: str, run_id: str, jobs: JobQueue, now: datetime) -> None:
    """Do an optimisation; told again, it is done once."""
    running.perform(
        kind=runs.OPTIMISATIONS,
        user_id=user_id,
        run_id=run_id,
        compute=_computed,
        jobs=jobs,
        now=now,
    )


def _computed(run: Run, needed: Needed, found: Found) -> running.Computed:
    from app.portfolio.engine import estimates, optimizer

    prices = shared_days.shared_days(
        found.closes, start=needed.start, end=needed.end, fewest=shared_days.FEWEST_TO_ESTIMATE
    )
    estimated = estimates.estimate(
        prices, days_a_year=rules.days_a_year({one.asset_type for one in needed.symbols})
    )
    best = optimizer.optimise(
        estimated,
        objective=run.wanted["objective"],
        risk_free=float(Decimal(run.wanted["risk_free_rate"]) / HUNDRED),
    )
    weights = zip(estimated.labels, map(_decimal, best.weights), strict=True)
    return {
        "weights": shares.shown(dict(weights)),
        **_told(best),
        "sharpe": None if best.sharpe is None else ratio(_decimal(best.sharpe)),
        "frontier": [_told(point) for point in optimizer.frontier(estimated)],
        "currency": found.currency,
        "first_day": prices.days[0].isoformat(),
        "last_day": prices.days[-1].isoformat(),
    }


def _told(portfolio: "Portfolio") -> Mapping[str, Any]:
    return {
        "expected_return": percent(_decimal(portfolio.expected_return) * HUNDRED),
        "volatility": percent(_decimal(portfolio.volatility) * HUNDRED),
    }


def _decimal(value: float) -> Decimal:
    """The shortest decimal that is this float."""
    return Decimal(repr(float(value)))
