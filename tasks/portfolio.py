"""Which tasks look after portfolios?"""

import logging
import tempfile
import time
from pathlib import Path
from typing import Any

from app.core import clock, dynamo
from app.extensions import providers, settings
from app.jobs.schedule import last_due_at
from app.portfolio.service import (
    alert_checks,
    backtesting,
    digests,
    importing,
    imports,
    optimizing,
    runs,
    snapshots,
    upkeep,
)
from tasks.celery_app import app

log = logging.getLogger(__name__)

MOST_DIGEST_RETRIES = 5
DIGEST_WAIT_SECONDS = 2.0


@app.task(name="portfolio.track_holdings")
def track_holdings() -> None:
    """Keep every held symbol on the list of prices that are refreshed."""
    count = upkeep.track_holdings(now=clock.now())
    log.info("portfolio.holdings_tracked", extra={"symbols": count})


@app.task(name="portfolio.snapshot_values")
def snapshot_values() -> None:
    """Have the values of days that are over stored, each portfolio's by a task of its own."""
    count = snapshots.snapshot_values(jobs=providers.job_queue, now=clock.now())
    log.info("portfolio.snapshots_wanted", extra={"portfolios": count})


@app.task(
    name="portfolio.snapshot_portfolio",
    autoretry_for=(snapshots.PricesPending,),
    retry_backoff=60,
    retry_backoff_max=900,
    max_retries=4,
)
def snapshot_portfolio(user_id: str) -> None:
    """Store the values of a portfolio's days up to yesterday, and again later while closes are being loaded."""
    count = snapshots.snapshot_portfolio(
        user_id=user_id, jobs=providers.job_queue, now=clock.now(), sleep=time.sleep
    )
    log.info("portfolio.snapshots_stored", extra={"days": count})


@app.task(name="portfolio.check_alerts")
def check_alerts() -> None:
    """Have every symbol checked whose price its alerts have not seen."""
    count = alert_checks.check_alerts(
        jobs=providers.job_queue,
        now=clock.now(),
        stale_after_seconds=settings.price_stale_after_seconds,
    )
    log.info("portfolio.alerts_checked", extra={"symbols": count})


@app.task(
    name="portfolio.check_symbol_alerts",
    autoretry_for=(dynamo.Busy,),
    retry_backoff=5,
    retry_backoff_max=120,
    max_retries=4,
)
def check_symbol_alerts(asset_type: str, symbol: str) -> None:
    """Show a new price to the alerts that it concerns, some at a time."""
    count = alert_checks.check_symbol(
        asset_type=asset_type,
        symbol=symbol,
        jobs=providers.job_queue,
        now=clock.now(),
        stale_after_seconds=settings.price_stale_after_seconds,
    )
    log.info("portfolio.alerts_fired", extra={"count": count})


@app.task(name="portfolio.send_digests")
def send_digests() -> None:
    """Have the digest of the week in which it is due sent to all who want it; run again, it sends what is missing."""
    due_at = last_due_at(name="portfolio.send_digests", settings=settings, now=clock.now())
    providers.job_queue.enqueue(
        digests.SEND_PAGE, {"week": digests.week_named(moment=due_at), "cursor": None}
    )


@app.task(name="portfolio.send_digest_page")
def send_digest_page(week: str, cursor: str | None) -> None:
    """Fan out: one task for each of a hundred accounts, and one for the accounts that follow."""
    count = digests.send_digest_page(week=week, cursor=cursor, jobs=providers.job_queue)
    log.info("portfolio.digests_named", extra={"count": count})


@app.task(
    name="portfolio.send_digest",
    bind=True,
    autoretry_for=(digests.DigestNotReady,),
    retry_backoff=30,
    retry_backoff_max=600,
    max_retries=MOST_DIGEST_RETRIES,
)
def send_digest(self: Any, user_id: str, week: str) -> None:
    """Send a digest, when the closes are loaded that it is made of, and at last without those that are missing."""
    digests.send_digest(
        user_id=user_id,
        week=week,
        is_last_try=self.request.retries >= MOST_DIGEST_RETRIES,
        jobs=providers.job_queue,
        now=clock.now(),
        sleep=time.sleep,
        wait_seconds=DIGEST_WAIT_SECONDS,
        stale_after_seconds=settings.price_stale_after_seconds,
    )


@app.task(
    name="portfolio.run_backtest",
    autoretry_for=(Exception,),
    retry_backoff=5,
    retry_backoff_max=60,
    max_retries=3,
)
def run_backtest(user_id: str, run_id: str) -> None:
    """Do a backtest; told again, it is done once."""
    backtesting.run_backtest(
        user_id=user_id, run_id=run_id, jobs=providers.job_queue, now=clock.now()
    )


@app.task(
    name="portfolio.optimize",
    autoretry_for=(Exception,),
    retry_backoff=5,
    retry_backoff_max=60,
    max_retries=3,
)
def optimize(user_id: str, run_id: str) -> None:
    """Do an optimisation; told again, it is done once. It runs in the analysis function."""
    optimizing.optimise(user_id=user_id, run_id=run_id, jobs=providers.job_queue, now=clock.now())


@app.task(name="portfolio.look_after_runs")
def look_after_runs() -> None:
    """Have done again the backtests and optimisations that nobody does, and give up on what has waited too long."""
    runs.look_after_runs(jobs=providers.job_queue, now=clock.now())


@app.task(
    name="portfolio.import_file",
    autoretry_for=(Exception,),
    retry_backoff=5,
    retry_backoff_max=60,
    max_retries=4,
)
def import_file(user_id: str, import_id: str) -> None:
    """Import a file; told again, what it holds is added once."""
    with tempfile.TemporaryDirectory(prefix="investforge-") as folder:
        means = importing.Means(
            storage=providers.object_storage,
            jobs=providers.job_queue,
            folder=Path(folder),
            tell_time=clock.now,
        )
        importing.import_file(user_id=user_id, import_id=import_id, means=means)


@app.task(name="portfolio.look_after_imports")
def look_after_imports() -> None:
    """Have imported what nobody imports, and give up on what has waited too long."""
    imports.look_after_imports(jobs=providers.job_queue, now=clock.now())
