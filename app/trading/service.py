"""Is the bot running, and since when?"""

import contextlib
from dataclasses import dataclass
from datetime import datetime

from app.core import dynamo
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


def start(*, now: datetime) -> Status:
    """The bot says that it started; said again, the first time counts."""
    with contextlib.suppress(dynamo.ConditionFailed):
        dynamo.commit(SystemStatus.starting(now=now))
    return get_status(now=now)


def stop(*, now: datetime) -> Status:
    """The bot says that it stopped; said again, nothing changes."""
    dynamo.commit(SystemStatus.stopping())
    return get_status(now=now)
