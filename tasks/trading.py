"""Which tasks keep trading reports going while the bot is silent, and tell viewers the balance?"""

import logging
from datetime import datetime

from app.core import clock
from app.extensions import providers, settings
from app.jobs.schedule import last_due_at
from app.trading import service as trading
from tasks.celery_app import app

log = logging.getLogger(__name__)


@app.task(name="trading.snapshot_equity")
def snapshot_equity() -> None:
    """Take the equity snapshot that is due."""
    trading.snapshot_equity(
        due_at=_due_at("trading.snapshot_equity"),
        baseline=settings.baseline_equity,
        jobs=providers.job_queue,
        now=clock.now(),
    )


@app.task(name="trading.roll_up_daily_pnl")
def roll_up_daily_pnl() -> None:
    """Close the trading day that ended at the last midnight in Chicago."""
    trading.close_day_before(due_at=_due_at("trading.roll_up_daily_pnl"), now=clock.now())


@app.task(name="trading.settle_round_trips")
def settle_round_trips() -> None:
    """Pair again what trades that came late have changed, in as many tasks as it takes."""
    if trading.settle_round_trips():
        providers.job_queue.enqueue("trading.settle_round_trips", delay_seconds=60)


@app.task(name="trading.send_heartbeat")
def send_heartbeat() -> None:
    """Tell the balance, once for each time that it is due."""
    trading.send_heartbeat(
        due_at=_due_at("trading.send_heartbeat"),
        baseline=settings.baseline_equity,
        jobs=providers.job_queue,
        now=clock.now(),
    )


@app.task(name="trading.push_heartbeat")
def push_heartbeat(due_at: str, text: str, cursor: str | None = None) -> None:
    """Push a heartbeat to some viewers, and let another task go on with the others."""
    count = trading.push_heartbeat(
        due_at=due_at, text=text, cursor=cursor, jobs=providers.job_queue
    )
    log.info("trading.heartbeat_pushed", extra={"viewers": count})


def _due_at(name: str) -> datetime:
    return last_due_at(name=name, settings=settings, now=clock.now())
