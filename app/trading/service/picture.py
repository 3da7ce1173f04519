"""What does the equity curve look like?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from app.core import charts
from app.trading.rules.curve import Point
from app.trading.rules.profit import profit
from app.trading.rules.shown import dollars
from app.trading.service.curve import equity_curve

TITLE: Final = "Equity"
POINTS: Final = 500
"""About as many as the picture has pixels to show."""


def draw_equity_curve(*, start: str | None, end: str | None, now: datetime) -> str:
    """The curve from `start` to `end` as SVG, the last 30 days by default, with its peaks; without data it says so.

    Raises:
        when.InvalidDatetime, when.InvalidRange.
    """
    curve = equity_curve(start=start, end=end, limit=None, points=POINTS, now=now)
    if not curve:
        return charts.line(title=TITLE, description="There is no equity in this range.", series=())
    (first_at, first), (last_at, last) = curve[0], curve[-1]
    gained = profit(baseline=first, balance=last)
    percent = "" if gained.percent is None else f" ({gained.percent:+} %)"
    return charts.line(
        title=TITLE,
        description=_told(curve),
        caption=f"{_day(first_at)} \N{EN DASH} {_day(last_at)}, times in UTC",
        series=[charts.Series(name=TITLE, points=curve)],
        headline=dollars(last),
        headline_note=f"{dollars(gained.amount)}{percent} in this range",
    )


def _told(curve: Sequence[Point]) -> str:
    """The curve in words, for who can't see it."""
    (first_at, first), (last_at, last) = curve[0], curve[-1]
    low_at, low = min(curve, key=lambda point: point[1])
    high_at, high = max(curve, key=lambda point: point[1])
    return (
        f"A line of the equity from {_day(first_at)} to {_day(last_at)}. It begins at {dollars(first)} and ends at "
        f"{dollars(last)}. The lowest is {dollars(low)} on {_day(low_at)}, the highest {dollars(high)} on "
        f"{_day(high_at)}."
    )


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"
