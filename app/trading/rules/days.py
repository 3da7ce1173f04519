"""Which trading day does a moment belong to?

Trading days are cut at midnight in Chicago, whatever the clock there does: the day on which it jumps forward
has 23 hours, and the one on which it jumps back has 25. Both jumps come at two in the morning, so that midnight
itself always exists and comes once.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

TIMEZONE: Final = "America/Chicago"

GREEN: Final = "green"
RED: Final = "red"
NEUTRAL: Final = "neutral"
COLOURS: Final = (GREEN, RED, NEUTRAL)


def trading_day(moment: datetime) -> date:
    """The day in Chicago at that moment, which must say its own time zone."""
    if moment.tzinfo is None:
        message = f"{moment.isoformat()} names no time zone, so its trading day is not known."
        raise ValueError(message)
    return moment.astimezone(ZoneInfo(TIMEZONE)).date()


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """From when (included) until when (excluded) the trading day lasts, in UTC."""
    return _midnight(day), _midnight(day + timedelta(days=1))


def days_between(start_day: date, end_day: date) -> list[date]:
    """Every day from the first to the last, both included; none where the last comes first."""
    count = (end_day - start_day).days + 1
    return [start_day + timedelta(days=passed) for passed in range(count)]


def week(day: date) -> str:
    """The ISO 8601 week that the day is in, such as 2026-W47; weeks start on Monday."""
    year, number, _ = day.isocalendar()
    return f"{year:04}-W{number:02}"


def month(day: date) -> str:
    """The month that the day is in, such as 2026-11."""
    return f"{day.year:04}-{day.month:02}"


def colour(pnl: Decimal) -> str:
    """How a calendar paints a day: green for a gain, red for a loss, else neutral."""
    if pnl == 0:
        return NEUTRAL
    return GREEN if pnl > 0 else RED


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(TIMEZONE)).astimezone(UTC)
