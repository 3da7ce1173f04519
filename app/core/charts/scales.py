"""Where does a value lie on an axis, and which values does the axis name?

Round steps are those of P. S. Heckbert, "Nice Numbers for Graph Labels", in Graphics Gems, Academic Press, 1990,
with 2.5 besides 1, 2 and 5; steps of time are those of clocks and calendars, in UTC.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Final

Number = Decimal | int | float

# More than a screen has columns of pixels shows nothing more, and weighs on whoever receives it.
MOST_POINTS: Final = 3_000

# More than any amount that the API accepts has (18 either side of the point); finer differences are not drawn.
_DRAWN: Final = Context(prec=40)
_CONTEXT: Final = Context(prec=60)
_STEPS: Final = tuple(Decimal(step) for step in ("1", "2", "2.5", "5", "10"))
_SCALES: Final = ((15, "Q"), (12, "T"), (9, "B"), (6, "M"))
_MOST_PLACES: Final = 8
_LARGEST_EXPONENT: Final = 17
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_SHORT_STEPS: Final = tuple(
    [_MINUTE * count for count in (1, 2, 5, 10, 15, 30)]
    + [_HOUR * count for count in (1, 2, 3, 6, 12)]
    + [_DAY * count for count in (1, 2, 7, 14)]
)
_MONTH_STEPS: Final = (
    1,
    2,
    3,
    6,
    *(12 * years for years in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)),
)
_MONTHS_A_YEAR: Final = 12
_MONDAY: Final = datetime(1970, 1, 5, tzinfo=UTC)  # so that steps of whole weeks fall on Mondays
_NO_TIME: Final = timedelta(0)


class CanNotDraw(ValueError):
    """What was given can't be drawn; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A stretch of values and the ticks on it.

    Attributes:
        place: how far along the stretch a value lies: 0 at its start, 1 at its end.
        ticks: places, each with what it is called.
    """

    place: Callable[[datetime | Number], float]
    ticks: tuple[tuple[float, str], ...]


def of_numbers(values: Sequence[Number], *, at_most: int = 6, with_zero: bool = False) -> Axis:
    """An axis that holds all the values, from a round number to a round number."""
    numbers = [_exact(value) for value in values]
    if with_zero:
        numbers.append(Decimal(0))
    low, high = _DRAWN.plus(min(numbers)), _DRAWN.plus(max(numbers))
    if low == high:
        margin = _CONTEXT.divide(abs(low), Decimal(20)) or Decimal(1)
        low, high = _CONTEXT.subtract(low, margin), _CONTEXT.add(high, margin)
    step = _round_step(low, high, at_most)
    first = _CONTEXT.divide(low, step).to_integral_value(rounding="ROUND_FLOOR", context=_CONTEXT)
    last = _CONTEXT.divide(high, step).to_integral_value(rounding="ROUND_CEILING", context=_CONTEXT)
    count = int(_CONTEXT.subtract(last, first))
    start, span = _CONTEXT.multiply(step, first), _CONTEXT.multiply(step, Decimal(count))

    def place(value: datetime | Number) -> float:
        # Exactly until here: two amounts that a float can't tell apart may fill the whole axis.
        return float(_CONTEXT.divide(_CONTEXT.subtract(_exact(value), start), span))

    named = [_CONTEXT.fma(step, Decimal(number), start) for number in range(count + 1)]
    return Axis(place=place, ticks=tuple((place(tick), label_of(tick, step)) for tick in named))


def of_times(moments: Sequence[datetime], *, at_most: int = 7) -> Axis:
    """An axis from the first moment to the last, which names round times on the way, in UTC."""
    start, end = (edge.astimezone(UTC) for edge in (min(moments), max(moments)))
    span = end - start

    def place(value: datetime | Number) -> float:
        if not isinstance(value, datetime):
            raise CanNotDraw(f"{value!r} is no time, and the others are.")
        return (value - start) / span if span > _NO_TIME else 0.5

    return Axis(
        place=place, ticks=tuple((place(at), name) for at, name in _times(start, end, at_most))
    )


def label_of(value: Decimal, step: Decimal) -> str:
    """A number as an axis names it, to the digits that tell steps apart: 12,500 or 1.25M or 0.025."""
    if value == 0:
        return "0"
    size = max(abs(value), step).adjusted()
    places = -_exponent(step)
    if size > _LARGEST_EXPONENT or (size < 0 and places > _MOST_PLACES):
        return _signed(f"{value:.1e}")
    for exponent, letter in _SCALES:
        if size >= exponent:
            scaled = value.scaleb(-exponent)
            return _signed(f"{scaled:,.{max(places + exponent, 0)}f}{letter}")
    return _signed(f"{value:,.{max(places, 0)}f}")


def checked_count(count: int) -> None:
    """Refuse more points than a picture can show."""
    if count > MOST_POINTS:
        raise CanNotDraw(f"{count} points are too many to draw; downsample them to {MOST_POINTS}.")


def _exact(value: datetime | Number) -> Decimal:
    if isinstance(value, datetime) or not math.isfinite(value):
        raise CanNotDraw(f"{value!r} has no place on an axis of numbers.")
    return Decimal(str(value)) if isinstance(value, float) else Decimal(value)


def _round_step(low: Decimal, high: Decimal, at_most: int) -> Decimal:
    """The smallest round step that gets from low to high in so many steps."""
    rough = _CONTEXT.divide(_CONTEXT.subtract(high, low), Decimal(at_most))
    power = Decimal(1).scaleb(rough.adjusted())
    return next(step * power for step in _STEPS if step * power >= rough)


def _exponent(step: Decimal) -> int:
    return int(step.normalize(_CONTEXT).as_tuple().exponent)


def _signed(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")


def _times(start: datetime, end: datetime, at_most: int) -> list[tuple[datetime, str]]:
    if start == end:
        return [(start, f"{start.day} {start:%b %H:%M}")]
    for step in _SHORT_STEPS:
        if (end - start) / step <= at_most:
            moments = list(_every(step, start, end))
            return [(at, _clock_name(at, step)) for at in moments] or [
                (start, f"{start.day} {start:%b %H:%M:%S}")
            ]
    months = (end.year - start.year) * _MONTHS_A_YEAR + end.month - start.month
    most = (each for each in _MONTH_STEPS if months / each <= at_most)
    every = next(most, _MONTH_STEPS[-1])
    return [(at, _calendar_name(at, every)) for at in _every_months(every, start, end)]


def _every(step: timedelta, start: datetime, end: datetime) -> Iterator[datetime]:
    at = start + (_MONDAY - start) % step
    while at <= end:
        yield at
        at += step


def _every_months(step: int, start: datetime, end: datetime) -> Iterator[datetime]:
    first = start.year * _MONTHS_A_YEAR + start.month - 1
    last = end.year * _MONTHS_A_YEAR + end.month - 1
    for month in range(-(-first // step) * step, last + 1, step):
        at = datetime(month // _MONTHS_A_YEAR, month % _MONTHS_A_YEAR + 1, 1, tzinfo=UTC)
        if start <= at <= end:
            yield at


def _clock_name(at: datetime, step: timedelta) -> str:
    is_midnight = (at.hour, at.minute) == (0, 0)
    return f"{at.day} {at:%b}" if step >= _DAY or is_midnight else f"{at:%H:%M}"


def _calendar_name(at: datetime, step: int) -> str:
    return f"{at.year}" if step >= _MONTHS_A_YEAR else f"{at:%b %Y}"
