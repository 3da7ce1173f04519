"""What did each trading day bring?"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from app.core import money
from app.trading.models import Tally
from app.trading.rules import days
from app.trading.service import when

DEFAULT_DAYS = 30
MOST_DAYS = 366


@dataclass(frozen=True, kw_only=True)
class DayOfCalendar:
    """A day, what was gained or lost on it, and how it is painted."""

    day: date
    pnl: Decimal
    colour: str


def get_calendar(*, start: str | None, end: str | None, now: datetime) -> list[DayOfCalendar]:
    """Every trading day from that of `start` to that of `end`, in one read; the last 30 days by default.

    Raises:
        when.InvalidDatetime.
        when.InvalidRange: it is backwards, or longer than 366 days.
    """
    first, last = when.trading_days(start=start, end=end)
    last = last or (when.today(now=now) if first is None else max(first, when.today(now=now)))
    first = first or last - timedelta(days=DEFAULT_DAYS - 1)
    if (count := (last - first).days + 1) > MOST_DAYS:
        raise when.InvalidRange(
            f"The range has {count} days; a calendar shows {MOST_DAYS} at most. Ask for a shorter one.",
            details={"days": count, "most": MOST_DAYS},
        )
    pnl = {row.day: row.totals.net_profit for row in Tally.of_days(first, last)}
    return [_shown(day, pnl.get(day, money.ZERO)) for day in days.days_between(first, last)]


def _shown(day: date, pnl: Decimal) -> DayOfCalendar:
    return DayOfCalendar(day=day, pnl=pnl, colour=days.colour(pnl))
