"""Which days does a report of performance hold?

A period begins with the end of its first day, so that it has one return for each later day: from 31 December to
31 December is one year.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

DAYS_BACK: Final = {"1d": 1, "7d": 7, "30d": 30, "90d": 90, "1y": 365}
YEAR_TO_DATE: Final = "ytd"
ALL_TIME: Final = "max"
RANGES: Final = (*DAYS_BACK, YEAR_TO_DATE, ALL_TIME)
DEFAULT_RANGE: Final = "30d"
CHOSEN: Final = "custom"
"""What a period of days of the caller's own is called."""

_ONE_DAY: Final = timedelta(days=1)


class Backwards(Exception):
    """A period would end before it begins, or has not begun yet."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """From the end of one day to the end of another; the same day where there is nothing to tell."""

    name: str
    start: date
    end: date


def period(
    *,
    range_name: str | None,
    start: date | None,
    end: date | None,
    first: date | None,
    today: date,
) -> Period:
    """The days of a range, or from `start` to `end`; the last 30 days without either.

    It ends today at the latest, and begins no earlier than the day before anything was held.

    Args:
        range_name: one of RANGES; then start and end are None.
        start: None means as early as there is anything.
        end: None means today.
        first: the day of the ledger's first entry; None where it is empty.

    Raises:
        Backwards: start is after end, or still to come.
    """
    if start is not None and start > min(end or today, today):
        raise Backwards
    if start is None and end is None:
        name = range_name or DEFAULT_RANGE
        start = _start_of(name, today)
    else:
        name = CHOSEN
    last = min(end or today, today)
    if first is None:
        return Period(name=name, start=last, end=last)
    earliest = first - _ONE_DAY
    return Period(name=name, start=min(max(start or earliest, earliest), last), end=last)


def _start_of(range_name: str, today: date) -> date | None:
    if range_name == ALL_TIME:
        return None
    if range_name == YEAR_TO_DATE:
        return date(today.year, 1, 1) - _ONE_DAY
    return today - _ONE_DAY * DAYS_BACK[range_name]
