"""Which moments and days does a caller ask for, and which may the bot tell of?"""

from datetime import date, datetime, timedelta

from app.core import errors
from app.trading.rules import days, ranges

AHEAD = timedelta(days=1)
"""How far a bot's clock may be ahead of ours."""


class InvalidDatetime(errors.BadRequest):
    """A start or end that is no moment."""

    code = "invalid_datetime"
    message = (
        "start and end must be ISO 8601, such as 2026-11-20T12:00:00Z or 2026-11-20, of the years 1970 to 9998; "
        "details names the one that is not."
    )


class InvalidRange(errors.BadRequest):
    """A range that ends before it starts, or is longer than is answered."""

    code = "invalid_range"
    message = "start must not be after end."


class TimestampInFuture(errors.Unprocessable):
    """The bot told of what is still to come."""

    code = "timestamp_in_future"
    message = "timestamp is more than a day ahead. Check the bot's clock, and that it sends seconds, in UTC."


def moments(*, start: str | None, end: str | None) -> tuple[datetime | None, datetime | None]:
    """The moments that a caller named; None for one that was left out.

    Raises:
        InvalidDatetime, InvalidRange.
    """
    found = (
        _moment("start", start, ends=False) if start is not None else None,
        _moment("end", end, ends=True) if end is not None else None,
    )
    _refuse_backwards(*found)
    return found


def trading_days(*, start: str | None, end: str | None) -> tuple[date | None, date | None]:
    """The trading days that a caller named, or those of the moments; None for one that was left out.

    Raises:
        InvalidDatetime, InvalidRange.
    """
    found = (
        _day("start", start) if start is not None else None,
        _day("end", end) if end is not None else None,
    )
    _refuse_backwards(*found)
    return found


def refuse_the_future(*, timestamp: datetime, now: datetime) -> None:
    """Raise TimestampInFuture for what is more than a day ahead."""
    if timestamp > now + AHEAD:
        raise TimestampInFuture(details={"timestamp": timestamp.isoformat()})


def today(*, now: datetime) -> date:
    """The trading day it is."""
    return days.trading_day(now)


def _moment(name: str, text: str, *, ends: bool) -> datetime:
    try:
        return ranges.moment(text, ends=ends)
    except (ValueError, OverflowError):
        raise InvalidDatetime(details={name: text[:64]}) from None


def _day(name: str, text: str) -> date:
    try:
        return ranges.day(text)
    except (ValueError, OverflowError):
        raise InvalidDatetime(details={name: text[:64]}) from None


def _refuse_backwards(start: date | None, end: date | None) -> None:
    if start is not None and end is not None and start > end:
        raise InvalidRange(details={"start": start.isoformat(), "end": end.isoformat()})
