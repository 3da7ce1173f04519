"""What tests of price alerts stand on: the checks that a refresh is followed by, and a look at what came of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.emails.models import Email
from app.portfolio.service import alert_checks, alerts
from tests.portfolio.kept_jobs import KeptJobs
from tests.portfolio.market import NOON

STALE_AFTER = 900
HOUR = 3_600


def checked(jobs: KeptJobs, at: datetime) -> list[int]:
    """Check all alerts, as a refresh has them checked; how many fired in each task."""
    alert_checks.check_alerts(jobs=jobs, now=at, stale_after_seconds=STALE_AFTER)
    return [check(jobs, at, **named) for named in to_do(jobs)]


def to_do(jobs: KeptJobs) -> Iterator[Any]:
    """The checks that are named, and those that they name."""
    done = 0
    while len(named := jobs.of(alert_checks.CHECK_SYMBOL)) > done:
        yield named[done]
        done += 1


def check(jobs: KeptJobs, at: datetime, **symbol: str) -> int:
    return alert_checks.check_symbol(**symbol, jobs=jobs, now=at, stale_after_seconds=STALE_AFTER)


def shown(user_id: str, now: datetime = NOON) -> alerts.PriceAlert:
    (alert,) = alerts.list_alerts(user_id=user_id, now=now)
    return alert


def emails_to(user_id: str) -> list[Email]:
    return list(Email.sent_to(user_id))
