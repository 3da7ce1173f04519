"""In which window is a use counted, how does a count stand against its limit, and when is somebody told?

Windows are UTC: a calendar month for every feature but API calls, whose window is the day.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from app.core import money

MONTHLY: Final = ("analyses", "backtests", "portfolio_optimizations")
API_CALLS: Final = "api_calls"
FEATURES: Final = (*MONTHLY, API_CALLS)

UNLIMITED: Final = -1
NEARLY, ALL = 80, 100
"""Of a limit, in percent: somebody who uses as much is told."""

RESERVED, COMMITTED, GIVEN_BACK = "reserved", "committed", "given_back"

OPEN_FOR = timedelta(hours=12)
"""A reservation that nobody finished for so long is given back: what it was for died."""
KEPT_FOR = timedelta(days=40)
"""How long a reservation's id acts once: longer than any message can be delivered again (a dead letter: 14 days)."""
CAUGHT_UP = timedelta(days=35)
"""How far back a roll-up reaches that did not run for a while; shorter than reservations are kept."""

SHARDS: Final = 4
"""Into how many partitions the uses of one day are spread."""
MOST_DAYS: Final = 366
SHOWN_DAYS: Final = 30

CURRENT_MONTH, LAST_MONTH, CURRENT_YEAR = "current_month", "last_month", "current_year"
PERIOD_PATTERN = rf"^({CURRENT_MONTH}|{LAST_MONTH}|{CURRENT_YEAR}|20[0-9]{{2}}-(0[1-9]|1[0-2]))$"
MONTHS_IN_YEAR = 12


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A count beside its limit.

    Attributes:
        limit: UNLIMITED, or None where no limit holds for what was counted (a month's API calls, a year).
        remaining: UNLIMITED and None in the same cases.
        percentage: `count` of `limit`, 2 decimals half-up; 0 where it is unlimited, None where no limit holds.
    """

    count: int
    limit: int | None
    remaining: int | None
    percentage: Decimal | None


def standing(*, count: int, limit: int | None) -> Standing:
    """How a count stands. After a change to a smaller plan it may be over its limit; then nothing remains."""
    if limit is None:
        return Standing(count=count, limit=None, remaining=None, percentage=None)
    if limit == UNLIMITED:
        return Standing(count=count, limit=limit, remaining=limit, percentage=money.ZERO)
    return Standing(
        count=count,
        limit=limit,
        remaining=max(0, limit - count),
        percentage=money.percentage(Decimal(count), Decimal(limit)),
    )


def fits(*, count: int, more: int, limit: int) -> bool:
    """Whether so many more are within the limit."""
    return limit == UNLIMITED or count + more <= limit


def threshold_due(*, count: int, limit: int, told: int) -> int | None:
    """What somebody is to be told of now: that NEARLY or ALL of a limit is used; None where nothing is new.

    One step that passes both tells of ALL alone: the earlier word would be outdated as it arrives.

    Args:
        told: the highest they were told of in this window; 0 for none.
    """
    if limit in {UNLIMITED, 0}:
        return None
    passed = [percent for percent in (NEARLY, ALL) if count * 100 >= limit * percent]
    due = max(passed, default=0)
    return due if due > told else None


def month(moment: datetime) -> str:
    """The month of a moment, as YYYY-MM."""
    return f"{moment.astimezone(UTC):%Y-%m}"


def day(moment: datetime) -> str:
    """The day of a moment, as YYYY-MM-DD."""
    return moment.astimezone(UTC).date().isoformat()


def window(*, feature: str, now: datetime) -> str:
    """The window that a use of a feature falls into now."""
    return day(now) if feature == API_CALLS else month(now)


def resets_at(*, feature: str, now: datetime) -> datetime:
    """When the window of a feature ends, and the next begins with nothing used."""
    if feature == API_CALLS:
        return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(tzinfo=UTC))
    year, number = _after(month(now), 1)
    return datetime(year, number, 1, tzinfo=UTC)


def months_until(*, last: str, count: int) -> list[str]:
    """So many months, the latest first.

    >>> months_until(last="2026-02", count=3)
    ['2026-02', '2026-01', '2025-12']
    """
    found = (_after(last, -back) for back in range(count))
    return [f"{year:04d}-{number:02d}" for year, number in found]


def months_of(*, period: str, now: datetime) -> list[str]:
    """The months of a period (PERIOD_PATTERN), the earliest first."""
    this = month(now)
    if period == CURRENT_YEAR:
        return [f"{this[:4]}-{number:02d}" for number in range(1, MONTHS_IN_YEAR + 1)]
    named = {CURRENT_MONTH: this, LAST_MONTH: months_until(last=this, count=2)[1]}
    return [named.get(period, period)]


def days_between(start: date, end: date) -> Iterator[date]:
    """Every day from one to another, both included."""
    return (start + timedelta(days=number) for number in range((end - start).days + 1))


def shard(*, day: str, key: str) -> str:
    """The partition in which one of a day's uses is found again."""
    return f"{day}#{zlib.crc32(key.encode()) % SHARDS}"


def shards(*, day: str) -> list[str]:
    """Every partition of a day."""
    return [f"{day}#{number}" for number in range(SHARDS)]


def _after(start: str, months: int) -> tuple[int, int]:
    year, number = (int(part) for part in start.split("-"))
    year, number = divmod(year * MONTHS_IN_YEAR + number - 1 + months, MONTHS_IN_YEAR)
    return year, number + 1
