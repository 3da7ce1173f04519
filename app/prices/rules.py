"""When is a price stale, how long is a source left alone, and which days does a range hold?

Pure arithmetic. Times are aware datetimes in UTC, durations seconds.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

Item = TypeVar("Item")

NOT_PRICED_YET: Final = "not_priced_yet"
UNKNOWN_SYMBOL: Final = "unknown_symbol"
SOURCE_UNAVAILABLE: Final = "source_unavailable"
SOURCE_REFUSED: Final = "source_refused"
ERRORS: Final = (NOT_PRICED_YET, UNKNOWN_SYMBOL, SOURCE_UNAVAILABLE, SOURCE_REFUSED)

# What every rate of a currency is told in; it has none itself.
USD: Final = "USD"

# As exchanges and data vendors write them: BTC, BRK-B, ^GSPC, EURUSD=X, 0700.HK, M&M.NS.
SYMBOL: Final = re.compile(r"[A-Z0-9.^=&-]{1,20}")

# How long after it was last wanted a symbol is still refreshed.
TRACKED_FOR: Final = timedelta(days=30)
# A symbol that is wanted again within this time is not written down again.
RENEWED_AFTER: Final = timedelta(days=1)
# How long "there is no such symbol" is believed.
UNKNOWN_FOR: Final = timedelta(days=1)
# How long a history that failed for good is told as failed before it is asked for again.
HISTORY_FAILED_FOR: Final = timedelta(minutes=15)

# A price this young is not fetched again for one who asks: many may ask at once, and a job may run
# twice.
JUST_NOW_SECONDS: Final = 30

FIRST_PAUSE_SECONDS: Final = 60
LONGEST_PAUSE_SECONDS: Final = 1_800
REFUSED_PAUSE_SECONDS: Final = 1_800

FIRST_POLL_SECONDS: Final = 0.1
POLL_GROWTH: Final = 1.5

# A feed's event carries 16 kB, and an append 99 events.
SYMBOLS_AN_EVENT: Final = 50
EVENTS_AN_APPEND: Final = 90

# For how long the last rate of a currency stands in for days that have none: longer than any market's holidays.
RATE_HOLDS_FOR: Final = timedelta(days=14)

EVER: Final = date(1970, 1, 1)
RANGE_DAYS: Final = {"7d": 7, "30d": 30, "90d": 90, "1y": 365, "5y": 1_826}
MAX_RANGE: Final = "max"
RANGES: Final = (*RANGE_DAYS, MAX_RANGE)


def is_symbol(text: str) -> bool:
    """Whether some market could write a symbol like that."""
    return SYMBOL.fullmatch(text) is not None


def age_seconds(confirmed_at: datetime | None, now: datetime) -> int | None:
    """Whole seconds since a price was last confirmed; None when it never was."""
    if confirmed_at is None:
        return None
    return max(0, int((now - confirmed_at).total_seconds()))


def is_ahead(moment: datetime | None, now: datetime) -> bool:
    """Whether a moment was set and is still to come."""
    return moment is not None and moment > now


def history_failed_lately(failed_at: datetime | None, now: datetime) -> bool:
    """Whether a load that failed for good is still told as failed."""
    return failed_at is not None and now - failed_at < HISTORY_FAILED_FOR


def is_stale(age: int | None, *, stale_after_seconds: int) -> bool:
    """Whether a price of this age is older than a price should be; one that is missing is."""
    return age is None or age > stale_after_seconds


def pause_seconds(*, failures: int, retry_after_seconds: int | None) -> int:
    """How long a source that failed is left alone.

    As long as it asks for, else 60 s doubled with each failure in a row; 30 minutes at most.

    Args:
        failures: failures in a row, this one included (1 or more).
        retry_after_seconds: what the source asked for.
    """
    if retry_after_seconds is not None:
        return min(max(1, retry_after_seconds), LONGEST_PAUSE_SECONDS)
    doublings = min(failures - 1, 10)
    return int(min(FIRST_PAUSE_SECONDS * 2**doublings, LONGEST_PAUSE_SECONDS))


def poll_delays(wait_seconds: float) -> Iterator[float]:
    """How long to sleep before each look at the table while a worker is busy.

    Short at first and then longer, so that 3 seconds cost seven reads. They add up to
    `wait_seconds`.
    """
    left, delay = wait_seconds, FIRST_POLL_SECONDS
    while left > 0:
        nap = min(delay, left)
        yield nap
        left -= nap
        delay *= POLL_GROWTH


def last_finished_day(now: datetime) -> date:
    """The newest day whose close is final: yesterday in UTC."""
    return now.astimezone(UTC).date() - timedelta(days=1)


def range_start(range_name: str, now: datetime) -> date:
    """The first day of a range that ends with the last finished day.

    Raises:
        KeyError: there is no such range.
    """
    if range_name == MAX_RANGE:
        return EVER
    return last_finished_day(now) - timedelta(days=RANGE_DAYS[range_name] - 1)


def history_is_loaded(
    *, loaded_from: date | None, loaded_at: datetime | None, start: date, now: datetime
) -> bool:
    """Whether the stored closes reach back to `start` and up to the last finished day."""
    if loaded_from is None or loaded_at is None:
        return False
    return loaded_from <= start and last_finished_day(loaded_at) >= last_finished_day(now)


def carried_forward(closes: Mapping[date, Decimal], days: Collection[date]) -> dict[date, Decimal]:
    """The close of each day, or the last before it of the past 14 days; a day that has neither is left out."""
    known = sorted(closes)
    found: dict[date, Decimal] = {}
    at, last = 0, None
    for day in sorted(days):
        while at < len(known) and known[at] <= day:
            last = known[at]
            at += 1
        if last is not None and day - last <= RATE_HOLDS_FOR:
            found[day] = closes[last]
    return found


def batches(items: Sequence[Item], most: int) -> list[Sequence[Item]]:
    """The items in their order, `most` at a time.

    >>> batches([1, 2, 3], 2)
    [[1, 2], [3]]
    """
    return [items[start : start + most] for start in range(0, len(items), most)]
