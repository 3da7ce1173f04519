"""What is the bot worth, as it says itself or as far as it can be known?

A snapshot, the hour and the day that it belongs to, and its event are one transaction. One that comes in order is
joined to its hour and day; one that comes late has its hour read again, and its day made anew from hours.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.core import dynamo, errors, money
from app.feeds import service as feeds
from app.providers.job_queue.interface import JobQueue
from app.trading.models import EquityExtent, EquitySnapshot, EquitySpan, Tally
from app.trading.models.equity import DERIVED, PUSHED, hour_bounds
from app.trading.models.tallies import TOTAL
from app.trading.rules import days
from app.trading.rules.curve import Point
from app.trading.rules.spans import Span
from app.trading.rules.written import amount_text
from app.trading.service import when

log = logging.getLogger(__name__)

ATTEMPTS = 40
LONGEST_PAUSE = 5


class EquityConflict(errors.Conflict):
    """The bot said something else of that moment before."""

    code = "equity_conflict"
    message = "Another equity was pushed for this timestamp already; details tells it."


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What the bot was worth at a moment."""

    timestamp: datetime
    equity: Decimal


@dataclass(frozen=True, kw_only=True)
class PushedEquity:
    """A snapshot that the bot pushed, and whether it is new."""

    snapshot: Snapshot
    is_new: bool


def push_equity(
    *, equity: Decimal, timestamp: datetime | None, jobs: JobQueue, now: datetime
) -> PushedEquity:
    """Take in what the bot says that it was worth at `timestamp` (None: now). Said again, nothing changes.

    It replaces what a job derived for that very moment.

    Raises:
        EquityConflict: it said something else of that moment before.
        when.TimestampInFuture.
    """
    moment = timestamp or now
    when.refuse_the_future(timestamp=moment, now=now)
    is_new = _taken((moment, equity), source=PUSHED, jobs=jobs, now=now)
    return PushedEquity(snapshot=Snapshot(timestamp=moment, equity=equity), is_new=is_new)


def snapshot_equity(
    *, due_at: datetime, baseline: Decimal | None, jobs: JobQueue, now: datetime
) -> Snapshot | None:
    """Take the snapshot that is due at `due_at`, once: what the bot pushed last, else baseline plus realised P/L.

    None where neither is known, where there is one of that moment already, or where a newer one says more than
    could be told of a moment that has passed.
    """
    extent = EquityExtent.current()
    if extent.last_at is not None and extent.last_at >= due_at:
        return None
    equity = extent.pushed_equity
    if equity is None:
        if baseline is None:
            log.info("trading.equity_unknown")
            return None
        equity = money.total((baseline, Tally.of(TOTAL).totals.net_profit))
    if not _taken((due_at, equity), source=DERIVED, jobs=jobs, now=now):
        return None
    return Snapshot(timestamp=due_at, equity=equity)


def _taken(point: Point, *, source: str, jobs: JobQueue, now: datetime) -> bool:
    """Store a snapshot with all that is made of it; False where it is there already."""
    data = {"timestamp": point[0].isoformat(), "equity": amount_text(point[1])}
    event = feeds.NewEvent(event="equity", data=data)
    for attempt in range(ATTEMPTS):
        if _is_known(point, source=source):
            return False
        try:
            writes = _writes(point, source=source)
            feeds.append(channel="equity", events=[event], writes=writes, now=now)
        except dynamo.ConditionFailed:
            dynamo.pause_after(min(attempt, LONGEST_PAUSE))
        else:
            feeds.announce(channel="equity", jobs=jobs)
            log.info("trading.equity_taken", extra={"source": source})
            return True
    raise dynamo.Busy


def _is_known(point: Point, *, source: str) -> bool:
    """Whether that snapshot is there already; raises where the bot pushed another for that moment."""
    there = EquitySnapshot.at(point[0])
    if there is None or (there.source, source) == (DERIVED, PUSHED):
        return False
    if source == PUSHED and there.equity != point[1]:
        told = {"timestamp": point[0].isoformat(), "equity": amount_text(there.equity)}
        raise EquityConflict(details=told)
    return True


def _writes(point: Point, *, source: str) -> list[dynamo.Write]:
    moment = point[0]
    trading_day = days.trading_day(moment)
    snapshot = EquitySnapshot.taken(timestamp=moment, equity=point[1], source=source)
    hour, day = EquitySpan.of_hour(moment), EquitySpan.of_day(trading_day)
    extent = EquityExtent.current()
    if hour.span.ends_before(point):
        new_hour = hour.span.followed_by(point)
    else:
        new_hour = Span.of(_with(point, EquitySnapshot.between(*hour_bounds(moment))))
    if day.span.ends_before(point):
        new_day = day.span.followed_by(point)
    else:
        start, end = days.day_bounds(trading_day)
        last = end - timedelta(microseconds=1)
        others = {row.start: row.span for row in EquitySpan.hours(start, last)}
        others[hour.start] = new_hour
        new_day = Span.joined(others[key] for key in sorted(others))
    return [
        snapshot.arrival(),
        hour.becoming(new_hour),
        day.becoming(new_day),
        extent.including(point, pushed=source == PUSHED),
    ]


def _with(point: Point, snapshots: Iterable[EquitySnapshot]) -> list[Point]:
    """The points of the snapshots with one more, or with one in the place of another."""
    return sorted({**{one.timestamp: one.equity for one in snapshots}, point[0]: point[1]}.items())
