"""On which days does each of several symbols have a close, and is that enough to compute with?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from app.portfolio.rules.runs import Unusable

MISSED_AT_AN_END: Final = timedelta(days=7)
"""Holidays and a weekend: so much later than `start` may the first close be, and so much before `end` the last."""

FEWEST_DAYS: Final = 2
FEWEST_TO_ESTIMATE: Final = 41
"""The days that 40 returns need: two months of trading, and more returns than symbols, so that covariances tell
something."""


@dataclass(frozen=True, kw_only=True)
class SharedDays:
    """Closes of several symbols on the days on which all have one.

    Attributes:
        days: oldest first.
        closes: by symbol, as long as `days`; each more than 0.
    """

    days: Sequence[date]
    closes: Mapping[str, Sequence[Decimal]]


def shared_days(
    closes: Mapping[str, Mapping[date, Decimal]], *, start: date, end: date, fewest: int
) -> SharedDays:
    """The days from `start` to `end` on which every symbol has a close.

    Other days are left out, instead of carrying a close over them: a return of 0 that nobody had would make two
    symbols of different calendars look calmer, and less alike, than they are.

    Raises:
        Unusable: a symbol has no closes, or none at an end of the time, or one of 0 or less; or fewer than `fewest`
            days are common to all.
    """
    for label, found in closes.items():
        _check(label, [day for day in found if start <= day <= end], start=start, end=end)
    every = (set(found) for found in closes.values())
    days = sorted(day for day in set.intersection(*every) if start <= day <= end)
    if len(days) < fewest:
        raise Unusable(
            "too_few_common_days",
            f"There are {len(days)} days between {start} and {end} on which all of these have a close; "
            f"{fewest} are needed. Ask for more days, or leave a symbol out.",
        )
    columns = {label: [by_day[day] for day in days] for label, by_day in closes.items()}
    for label, column in columns.items():
        _check_above_zero(label, days, column)
    return SharedDays(days=days, closes=columns)


def _check(label: str, days: Sequence[date], *, start: date, end: date) -> None:
    if not days:
        raise Unusable("no_prices", f"{label} has no daily closes between {start} and {end}.")
    first, last = min(days), max(days)
    if first - start > MISSED_AT_AN_END:
        raise Unusable(
            "too_little_history",
            f"The closes of {label} begin on {first}, after {start}. Start then, or leave it out.",
        )
    if end - last > MISSED_AT_AN_END:
        raise Unusable(
            "too_little_history",
            f"The closes of {label} end on {last}, before {end}. End then, or leave it out.",
        )


def _check_above_zero(label: str, days: Sequence[date], column: Sequence[Decimal]) -> None:
    for day, close in zip(days, column, strict=True):
        if close <= 0:
            raise Unusable(
                "price_not_above_zero",
                f"{label} closed at {close:f} on {day}: from there no return can be told. "
                "Choose other days, or leave it out.",
            )
