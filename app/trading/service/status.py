"""Is the bot running, and since when?"""

import contextlib
from dataclasses import dataclass
from datetime import datetime

from app.core import dynamo
from app.feeds import service as feeds
from app.providers.job_queue.interface import JobQueue
from app.trading import rules
from app.trading.models import SystemStatus


@dataclass(frozen=True, kw_only=True)
class Status:
    """What the bot is doing."""

    running: bool
    uptime_seconds: int


def get_status(*, now: datetime) -> Status:
    """Whether the bot runs, and for how many seconds it has."""
    started_at = SystemStatus.current().started_at
    return Status(
        running=started_at is not None,
        uptime_seconds=rules.uptime_seconds(started_at=started_at, now=now),
    )


def start(*, jobs: JobQueue, now: datetime) -> Status:
    """The bot says that it started; said again, the first time counts and the feed hears nothing."""
    _change(SystemStatus.starting(now=now), running=True, jobs=jobs, now=now)
    return get_status(now=now)


def stop(*, jobs: JobQueue, now: datetime) -> Status:
    """The bot says that it stopped; said again, nothing changes."""
    _change(SystemStatus.stopping(), running=False, jobs=jobs, now=now)
    return get_status(now=now)


def _change(change: dynamo.Write, *, running: bool, jobs: JobQueue, now: datetime) -> None:
    told = feeds.NewEvent(event="status", data={"running": running, "uptime_seconds": 0})
    with contextlib.suppress(dynamo.ConditionFailed):
        feeds.append(channel="status", events=[told], writes=[change], now=now)
        feeds.announce(channel="status", jobs=jobs)
