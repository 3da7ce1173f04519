"""Does a curve of fewer points keep its shape, and is its worst fall found?"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.trading.rules import curve

START = datetime(2026, 1, 1, tzinfo=UTC)

amounts = st.decimals(min_value=-1000, max_value=1_000_000, places=2)
gaps = st.integers(min_value=1, max_value=10**9)


def curve_of(*values: str | Decimal, minutes: int = 10) -> list[curve.Point]:
    """Points ten minutes apart."""
    step = timedelta(minutes=minutes)
    return [(START + step * number, Decimal(value)) for number, value in enumerate(values)]


@st.composite
def curves(draw: st.DrawFn) -> list[curve.Point]:
    """Points at irregular times."""
    points, at = [], START
    for value, gap in draw(st.lists(st.tuples(amounts, gaps), min_size=1, max_size=60)):
        points.append((at, value))
        at += timedelta(microseconds=gap)
    return points


def obvious_lttb(points: list[curve.Point], to: int) -> set[int]:
    """Steinarsson's algorithm in fractions, a bucket after the other, as his thesis tells it."""
    xs = [Fraction((moment - START) // timedelta(microseconds=1)) for moment, _ in points]
    ys = [Fraction(value) for _, value in points]
    inner = list(range(1, len(points) - 1))
    edges = [len(inner) * number // (to - 2) for number in range(to - 1)]
    buckets = [inner[edges[at] : edges[at + 1]] for at in range(to - 2)]
    buckets.append([len(points) - 1])
    chosen = [0]
    for bucket, following in pairwise(buckets):
        a = chosen[-1]
        mean_x = Fraction(sum(xs[i] for i in following)) / len(following)
        mean_y = Fraction(sum(ys[i] for i in following)) / len(following)

        def area(i: int, a: int = a, x: Fraction = mean_x, y: Fraction = mean_y) -> Fraction:
            return abs(xs[a] * (ys[i] - y) + xs[i] * (y - ys[a]) + x * (ys[a] - ys[i])) / 2

        chosen.append(max(bucket, key=area))
    return {*chosen, len(points) - 1}


def obvious_drawdown(points: list[curve.Point]) -> Fraction:
    """The worst fall in percent over all pairs of points."""
    return max(
        Fraction(peak - later) * 100 / Fraction(peak)
        for number, (_, peak) in enumerate(points)
        for _, later in points[number:]
    )


class TestDownsample:
    def test_leaves_few_points_alone(self) -> None:
        points = curve_of("1", "2", "3", "4", "5")
        assert curve.downsample(points, to=5) == points
        assert curve.downsample([], to=4) == []

    def test_keeps_a_spike_of_one_point(self) -> None:
        points = curve_of(*["100"] * 300, "175.5", *["100"] * 300, "12", *["100"] * 300)
        kept = curve.downsample(points, to=20)
        assert len(kept) <= 20
        assert {points[0], points[300], points[601], points[-1]} <= set(kept)

    def test_keeps_both_extremes_of_one_bucket(self) -> None:
        points = curve_of("5", "1", "9", "1.5", "8.5", "5", "5")
        kept = curve.downsample(points, to=4)
        assert [value for _, value in kept] == [Decimal(each) for each in ("5", "1", "9", "5")]

    def test_prefers_the_extremes_to_any_triangle(self) -> None:
        points = curve_of("21", "6", "13", "23", "0", "16", "7")
        kept = curve.downsample(points, to=4)
        assert kept == [points[0], points[3], points[4], points[6]]

    @pytest.mark.parametrize("to", [3, 0, -1])
    def test_refuses_fewer_points_than_a_curve_has_corners(self, to: int) -> None:
        with pytest.raises(ValueError, match=f"{to} points can't show a curve; ask for 4 or more"):
            curve.downsample(curve_of("1", "2", "3", "4", "5"), to=to)

    def test_refuses_what_is_no_amount(self) -> None:
        with pytest.raises(TypeError, match="NaN is no amount"):
            curve.downsample(curve_of("1", "2", "NaN", "4", "5"), to=4)

    @given(points=curves(), to=st.integers(min_value=4, max_value=70))
    def test_keeps_ends_and_extremes_in_order(self, points: list[curve.Point], to: int) -> None:
        kept = curve.downsample(points, to=to)
        values = [value for _, value in points]
        assert len(kept) <= to
        assert kept == [point for point in points if point in kept]
        assert (kept[0], kept[-1]) == (points[0], points[-1])
        assert {min(values), max(values)} <= {value for _, value in kept}
        assert len(kept) >= min(to - 2, len(points))

    @given(points=curves(), to=st.integers(min_value=4, max_value=30))
    def test_chooses_what_the_published_algorithm_chooses(
        self, points: list[curve.Point], to: int
    ) -> None:
        if len(points) <= to:
            return
        values = [value for _, value in points]
        extremes = {values.index(min(values)), values.index(max(values))}
        candidates = (
            obvious_lttb(points, each) | extremes for each in (to, to - 1, to - 2) if each > 2
        )
        expected = next((each for each in candidates if len(each) <= to), extremes)
        expected |= {0, len(points) - 1}
        kept = curve.downsample(points, to=to)
        assert kept == [points[index] for index in sorted(expected)]


class TestMaxDrawdown:
    def test_finds_the_worst_fall_in_percent_and_its_dates(self) -> None:
        points = curve_of("10", "5", "1000", "900", "1100")
        fall = curve.max_drawdown(points)
        # 100 is more than 5, but 50 % is worse than 10 %.
        assert (fall.amount, fall.percent) == (Decimal(5), Decimal(50))
        assert (fall.start, fall.end) == (points[0][0], points[1][0])

    def test_starts_at_the_peak_that_came_last(self) -> None:
        points = curve_of("80", "100", "99", "100", "101", "70", "75", "70", "120")
        fall = curve.max_drawdown(points)
        assert (fall.start, fall.end) == (points[4][0], points[5][0])

    def test_is_zero_without_dates_where_nothing_fell(self) -> None:
        assert curve.max_drawdown(curve_of("1", "1", "2")) == curve.Drawdown(
            amount=Decimal(0), percent=Decimal(0), start=None, end=None
        )

    def test_is_zero_of_nothing(self) -> None:
        assert curve.max_drawdown([]) == curve.Drawdown(
            amount=Decimal(0), percent=None, start=None, end=None
        )

    def test_gives_no_percentage_of_a_peak_that_is_not_above_zero(self) -> None:
        points = curve_of("-10", "0", "-40", "-5", "-20")
        assert curve.max_drawdown(points) == curve.Drawdown(
            amount=Decimal(40), percent=None, start=points[1][0], end=points[2][0]
        )
        assert curve.max_drawdown(curve_of("-2", "-1")).percent is None

    def test_prefers_a_fall_that_has_a_percentage(self) -> None:
        fall = curve.max_drawdown(curve_of("0", "-40", "50", "40"))
        assert (fall.amount, fall.percent) == (Decimal(10), Decimal(20))
        # Rising above zero is no fall.
        assert curve.max_drawdown(curve_of("0", "-40", "50")).amount == Decimal(40)

    @given(
        values=st.lists(
            st.decimals(min_value=1, max_value=100_000, places=2), min_size=1, max_size=40
        )
    )
    def test_is_the_worst_of_all_pairs(self, values: list[Decimal]) -> None:
        points = curve_of(*values)
        fall = curve.max_drawdown(points)
        expected = obvious_drawdown(points)
        assert fall.percent is not None
        assert abs(Fraction(fall.percent) - expected) < Fraction(1, 10**28)
        if expected:
            by_time = dict(points)
            assert fall.start is not None
            assert fall.end is not None
            assert by_time[fall.start] - by_time[fall.end] == fall.amount
            assert Fraction(fall.amount) * 100 / Fraction(by_time[fall.start]) == expected
