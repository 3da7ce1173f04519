"""Which points of a curve show it best, where not all can be shown?"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from app.core import money

Point = tuple[datetime, Decimal]

# The first, the last, the lowest and the highest: a curve can't be told with fewer.
FEWEST_POINTS: Final = 4

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def downsample(points: Sequence[Point], *, to: int) -> list[Point]:
    """At most `to` of the points (4 or more, oldest first), chosen so that the curve keeps its shape.

    Largest-Triangle-Three-Buckets: the points between the first and the last are cut into equal buckets, and
    each gives the point that makes the largest triangle with the one chosen before it and with the mean of the
    next bucket. The lowest and the highest point of all, which that may pass over, are always kept (the earliest
    where there are several). The arithmetic is exact.

    Source: S. Steinarsson, "Downsampling Time Series for Visual Representation", University of Iceland, 2013,
    section 4.2.
    """
    if to < FEWEST_POINTS:
        message = f"{to} points can't show a curve; ask for {FEWEST_POINTS} or more."
        raise ValueError(message)
    if len(points) <= to:
        return list(points)
    values = _whole_numbers([value for _, value in points])
    times = [(moment - _EPOCH) // _MICROSECOND for moment, _ in points]
    extremes = {values.index(min(values)), values.index(max(values))}
    candidates = (_largest_triangles(times, values, to - spared) | extremes for spared in range(3))
    kept = next(each for each in candidates if len(each) <= to)
    return [points[index] for index in sorted(kept)]


def _whole_numbers(values: Sequence[Decimal]) -> list[int]:
    """The values multiplied by the power of ten that makes all of them whole."""
    places = max(0, *(-_exponent(value) for value in values))
    return [int(value.scaleb(places, context=money.EXACT)) for value in values]


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        message = f"{value} is no amount, so it can't stand in a curve."
        raise TypeError(message)
    return exponent


def _largest_triangles(times: Sequence[int], values: Sequence[int], to: int) -> set[int]:
    """The indices that Steinarsson's algorithm chooses: `to` of them, the first and the last among them."""
    last = len(times) - 1
    buckets = to - 2
    if buckets == 0:
        return {0, last}
    edges = [1 + (last - 1) * bucket // buckets for bucket in range(buckets + 1)] + [last + 1]
    chosen, kept = 0, {0, last}
    for (start, end), (_, next_end) in pairwise(pairwise(edges)):
        count = next_end - end
        time_sum, value_sum = sum(times[end:next_end]), sum(values[end:next_end])
        # Twice the triangle's area times `count`, which is the same for the whole bucket.
        across = count * times[chosen] - time_sum
        up = value_sum - count * values[chosen]
        at, value = times[chosen], values[chosen]
        areas = [
            abs(across * (values[index] - value) - (at - times[index]) * up)
            for index in range(start, end)
        ]
        chosen = start + areas.index(max(areas))
        kept.add(chosen)
    return kept
