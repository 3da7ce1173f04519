"""What does a portfolio's performance look like?

The value over the days as a line. With a benchmark there is a second one: what would be there if every payment into
and out of the portfolio had gone into and out of the benchmark instead, so that both can be compared in money.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

from app.core import charts, shown
from app.portfolio.service.performance import Performance

TITLE: Final = "Portfolio"
NOTHING: Final = "There is no portfolio to show yet."
Value = tuple[date, Decimal]


def picture_of(*, performance: Performance, width: int = charts.WIDTH) -> str:
    """The picture as SVG, for light and dark surroundings, with its words for a screen reader.

    Args:
        width: charts.WIDTH, or charts.NARROW for an email.
    """
    if not performance.series:
        return charts.line(title=TITLE, description=NOTHING, series=(), width=width)
    values = [(point.date, point.value) for point in performance.series]
    series = [charts.Series(name=TITLE, points=_points(values))]
    instead = [
        (point.date, point.benchmark_value)
        for point in performance.series
        if point.benchmark_value is not None
    ]
    if performance.benchmark is not None and instead:
        name = f"The same in {performance.benchmark.symbol}"
        series.append(charts.Series(name=name, points=_points(instead)))
    return charts.line(
        title=TITLE,
        description=_told(performance, values),
        caption=f"{_day(performance.start)} \N{EN DASH} {_day(performance.end)}, {performance.currency}",
        series=series,
        headline=_money(performance.end_value, performance.currency),
        headline_note=_note(performance),
        width=width,
    )


def _points(values: Sequence[Value]) -> list[tuple[datetime | charts.Number, charts.Number]]:
    return [(datetime.combine(day, time(), UTC), value) for day, value in values]


def _note(performance: Performance) -> str:
    """How it did, and the benchmark beside it: +4.20 %, SPY +3.10 %."""
    parts = []
    if performance.time_weighted_return is not None:
        parts.append(f"{performance.time_weighted_return:+,} %")
    other = performance.benchmark
    if other is not None and other.total_return is not None:
        parts.append(f"{other.symbol} {other.total_return:+,} %")
    return ", ".join(parts).replace("-", "\N{MINUS SIGN}")


def _told(performance: Performance, values: Sequence[Value]) -> str:
    """The picture in words, for who can't see it."""
    low_on, low = min(values, key=lambda value: value[1])
    high_on, high = max(values, key=lambda value: value[1])
    currency = performance.currency
    told = (
        f"A line of the portfolio's value from {_day(performance.start)} to {_day(performance.end)}. It begins at "
        f"{_money(performance.start_value, currency)} and ends at {_money(performance.end_value, currency)}. The "
        f"lowest is {_money(low, currency)} on {_day(low_on)}, the highest {_money(high, currency)} on {_day(high_on)}."
    )
    if performance.time_weighted_return is not None:
        told += f" The time-weighted return is {performance.time_weighted_return} %."
    other = performance.benchmark
    if other is not None and other.total_return is not None:
        told += f" {other.symbol} returned {other.total_return} %."
    return told


def _money(value: Decimal, currency: str) -> str:
    """An amount as a person reads it: $1,234.56 or 1,234.56 EUR."""
    if currency == "USD":
        return shown.dollars(value)
    return f"{shown.dollars(value).replace('$', '')} {currency}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
