"""Does a stretch of the curve keep the points that matter, however it is put together?"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.trading.rules.curve import max_drawdown
from app.trading.rules.spans import Span

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def points(*values: int) -> list[tuple[datetime, Decimal]]:
    return [
        (NOON + timedelta(minutes=minute), Decimal(value)) for minute, value in enumerate(values)
    ]


class TestSpan:
    def test_keeps_six_points_at_most(self) -> None:
        span = Span.of(points(5, 6, 9, 2, 7, 20, 10, 1, 30, 4, 25))

        assert span.count == 11
        assert [int(value) for _, value in span.points] == [5, 20, 1, 30, 25]

    def test_of_nothing_is_empty(self) -> None:
        assert Span.of([]) == Span(count=0, points=())
        assert Span.of([]).ends_before(points(1)[0])

    def test_ends_before_what_is_later_than_all_of_it(self) -> None:
        first, second, third = points(1, 2, 3)
        span = Span.of([first, second])

        assert span.ends_before(third)
        assert not span.ends_before(second)
        assert not span.ends_before(first)

    @given(st.lists(st.integers(1, 50), min_size=1, max_size=40), st.integers(1, 7))
    def test_joined_of_parts_tells_what_the_whole_tells(self, values: list[int], size: int) -> None:
        all_of_them = points(*values)
        parts = [
            Span.of(all_of_them[start : start + size]) for start in range(0, len(all_of_them), size)
        ]

        joined = Span.joined(parts)

        assert joined.count == len(values)
        assert joined.points[0] == all_of_them[0]
        assert joined.points[-1] == all_of_them[-1]
        assert min(value for _, value in joined.points) == min(values)
        assert max(value for _, value in joined.points) == max(values)
        assert max_drawdown(joined.points) == max_drawdown(all_of_them)

    @given(st.lists(st.integers(1, 50), min_size=1, max_size=40))
    def test_followed_by_point_after_point_tells_what_the_whole_tells(
        self, values: list[int]
    ) -> None:
        span = Span.of([])
        for point in points(*values):
            span = span.followed_by(point)

        assert span.count == len(values)
        assert max_drawdown(span.points) == max_drawdown(points(*values))
