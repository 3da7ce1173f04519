"""Which points draw the equity curve of a range?

All of them where there are few. A picture of many is made from the trading days or hours that the range holds,
each told by at most six of its own points (rules.spans); those at the ends of the range that it cuts are read
more finely. So the answer, and not the history, says what is read.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from app.core import errors
from app.trading.models import EquitySnapshot, EquitySpan
from app.trading.models.equity import DAY
from app.trading.rules import days, ranges
from app.trading.rules.curve import Point, downsample
from app.trading.service import when

DEFAULT_RANGE = timedelta(days=30)
MOST_POINTS = 10_000
READ_WHOLE = 2_000
"""A snapshot takes about 80 bytes of a read: so many stay under 200 kB."""
DAYS_BY_HOUR = 31
"""An hour takes about 180 bytes: so many days of them stay under 150 kB."""


class TooManyPoints(errors.BadRequest):
    """More snapshots than one answer holds."""

    code = "too_many_points"
    message = (
        f"There are more than {MOST_POINTS} snapshots in this range. Ask for points= to have the curve drawn by "
        "fewer of them with its peaks kept, for the newest with limit=, or for a shorter range."
    )


def equity_curve(
    *, start: str | None, end: str | None, limit: int | None, points: int | None, now: datetime
) -> list[Point]:
    """The curve from `start` to `end`, both included, oldest first; the last 30 days where no start is given.

    Args:
        limit: only so many of the newest snapshots.
        points: at most so many points (4 or more), chosen so that the curve's shape and peaks stay.

    Raises:
        when.InvalidDatetime, when.InvalidRange.
        TooManyPoints: there are over 10,000, and neither limit nor points was given.
    """
    first, last = when.moments(start=start, end=end)
    if first is None:
        first = (last or now) - DEFAULT_RANGE
    if limit is not None:
        found = _newest(first, last, limit=limit)
    elif points is None:
        found = [one.point for one in islice(EquitySnapshot.between(first, last), MOST_POINTS + 1)]
        if len(found) > MOST_POINTS:
            raise TooManyPoints(details={"most": MOST_POINTS})
    else:
        found = _drawn(first, last or ranges.LATEST, points=points)
    return downsample(found, to=points) if points is not None else found


def _newest(start: datetime, end: datetime | None, *, limit: int) -> list[Point]:
    page = EquitySnapshot.page_between(
        start=start, end=end, newest_first=True, limit=limit, cursor=None
    )
    return [one.point for one in reversed(page.items)]


def _drawn(start: datetime, end: datetime, *, points: int) -> list[Point]:
    """The points that a picture of so many is made of."""
    rows = list(EquitySpan.days(days.trading_day(start), days.trading_day(end)))
    if sum(row.span.count for row in rows) <= max(READ_WHOLE, points):
        return _all(start, end)
    if len(rows) <= DAYS_BY_HOUR:
        return _finer(EquitySpan.hours(start, end), start, end)
    return _finer(rows, start, end)


def _finer(rows: Iterable[EquitySpan], start: datetime, end: datetime) -> list[Point]:
    """The points of spans; of one that reaches beyond the range, what the next finer spans tell of it."""
    found: list[Point] = []
    for row in rows:
        points = row.span.points
        if start <= points[0][0] and points[-1][0] <= end:
            found += points
            continue
        inner_start, inner_end = max(start, points[0][0]), min(end, points[-1][0])
        if inner_start > inner_end:
            continue
        if row.grain == DAY:
            found += _finer(EquitySpan.hours(inner_start, inner_end), inner_start, inner_end)
        else:
            found += _all(inner_start, inner_end)
    return found


def _all(start: datetime, end: datetime) -> list[Point]:
    return [one.point for one in EquitySnapshot.between(start, end)]
