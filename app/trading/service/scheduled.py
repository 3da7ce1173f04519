"""What is done at the times that the schedule names?

A due time is served once, however often its job runs: the balance of a heartbeat goes to the feed together with a
note of the time, and of one heartbeat a device is pushed one notification.
"""

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from app.accounts import service as accounts
from app.core import dynamo
from app.devices import service as devices
from app.feeds import service as feeds
from app.providers.job_queue.interface import JobQueue
from app.providers.push.interface import Notification
from app.trading.models import SystemStatus
from app.trading.rules import days, shown
from app.trading.service.profit import Balance, balance
from app.trading.service.rollup import DayRollup, roll_up_daily_pnl

log = logging.getLogger(__name__)

PUSH_HEARTBEAT: Final = "trading.push_heartbeat"
TOLD_ROLES: Final = frozenset({"viewer", "admin"})
"""Who may see trading data, and so is told of it."""
ACCOUNTS_AT_ONCE: Final = 100
INSTANT: Final = timedelta(microseconds=1)


def close_day_before(*, due_at: datetime, now: datetime) -> DayRollup:
    """Close the trading day that was over at `due_at`."""
    return roll_up_daily_pnl(day=days.trading_day(due_at - INSTANT), now=now)


def send_heartbeat(
    *, due_at: datetime, baseline: Decimal | None, jobs: JobQueue, now: datetime
) -> str | None:
    """Tell the balance on its feed and have it pushed to all viewers; gives what is pushed, None if nothing is.

    Run again for the same due time, only pushes that were lost go out. Nothing is told of a balance that is not
    known, nor of a due time that a later one has followed.
    """
    current = balance(baseline=baseline)
    if current.current_balance is None or current.as_of is None:
        log.info("trading.balance_unknown")
        return None
    try:
        feeds.append(
            channel="balance",
            events=[_event(current)],
            writes=[SystemStatus.telling(due_at)],
            now=now,
        )
    except dynamo.ConditionFailed:
        if SystemStatus.current().heartbeat_at != due_at:
            return None
    feeds.announce(channel="balance", jobs=jobs)
    text = _text(current.current_balance, current.total_pl_percent)
    jobs.enqueue(PUSH_HEARTBEAT, {"due_at": due_at.isoformat(), "text": text})
    return text


def push_heartbeat(*, due_at: str, text: str, cursor: str | None, jobs: JobQueue) -> int:
    """Push a heartbeat to the viewers among the next hundred accounts, and name a job for those that follow.

    Gives how many viewers it was pushed to.
    """
    page = accounts.list_accounts(status="active", limit=ACCOUNTS_AT_ONCE, cursor=cursor)
    told = [user.user_id for user in page.items if user.role in TOLD_ROLES]
    notification = Notification(
        notification_id=f"trading-heartbeat-{due_at}",
        title="Trading",
        body=text,
        data={"channel": "balance"},
    )
    for user_id in told:
        devices.send_push_to_user(user_id=user_id, notification=notification, jobs=jobs)
    if page.next_cursor is not None:
        following = {"due_at": due_at, "text": text, "cursor": page.next_cursor}
        jobs.enqueue(PUSH_HEARTBEAT, following)
    return len(told)


def _text(current: Decimal, percent: Decimal | None) -> str:
    gained = "" if percent is None else f", P/L: {percent}%"
    return f"Balance: {shown.dollars(current)}{gained}"


def _event(current: Balance) -> feeds.NewEvent:
    data = {
        "timestamp": current.as_of.isoformat() if current.as_of else None,
        "current_balance": _written(current.current_balance),
        "total_pl_amount": _written(current.total_pl_amount),
        "total_pl_percent": _written(current.total_pl_percent),
    }
    return feeds.NewEvent(event="balance", data=data)


def _written(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
