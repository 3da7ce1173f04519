"""Are the moments, days and months understood that a caller means?"""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.trading.rules import days, ranges

SOME_DAYS = st.dates(min_value=date(2025, 1, 1), max_value=date(2027, 12, 31))


class TestMoment:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-11-20T12:00:00Z",
            "2026-11-20T12:00:00+00:00",
            "2026-11-20T12:00:00 00:00",
            "2026-11-20T13:30:00.000000 01:30",
            "2026-11-20T06:00:00-06:00",
            "2026-11-20T12:00",
            "2026-11-20 12:00",
        ],
    )
    def test_is_read_however_it_is_written(self, text: str) -> None:
        assert ranges.moment(text) == datetime(2026, 11, 20, 12, tzinfo=UTC)

    def test_of_a_date_is_its_beginning_or_its_end(self) -> None:
        assert ranges.moment("2026-11-20") == datetime(2026, 11, 20, tzinfo=UTC)
        assert ranges.moment("2026-11-20", ends=True) == datetime(
            2026, 11, 20, 23, 59, 59, 999_999, tzinfo=UTC
        )

    @pytest.mark.parametrize(
        "text", ["", "now", "2026-02-30", "1969-12-31", "9999-12-31", "2026-11-20T25:00:00Z", "\0"]
    )
    def test_is_refused_where_it_is_none(self, text: str) -> None:
        with pytest.raises(ValueError, match=r".+"):
            ranges.moment(text)


class TestDay:
    @pytest.mark.parametrize(
        ("text", "day"),
        [
            ("2026-11-20", date(2026, 11, 20)),
            ("2026-11-20T05:59:59Z", date(2026, 11, 19)),
            ("2026-11-20T06:00:00Z", date(2026, 11, 20)),
            ("2026-07-20T05:00:00Z", date(2026, 7, 20)),
        ],
    )
    def test_is_the_trading_day(self, text: str, day: date) -> None:
        assert ranges.day(text) == day


class TestWholeDays:
    def test_leave_out_days_that_are_cut(self) -> None:
        opens, closes = days.day_bounds(date(2026, 11, 1))
        tick = timedelta(microseconds=1)

        assert ranges.whole_days(opens, closes - tick) == (date(2026, 11, 1), date(2026, 11, 1))
        assert ranges.whole_days(opens + tick, closes) == (date(2026, 11, 2), date(2026, 11, 1))
        assert ranges.whole_days(None, closes - 2 * tick) == (None, date(2026, 10, 31))
        assert ranges.whole_days(opens, None) == (date(2026, 11, 1), None)


class TestPieces:
    @given(SOME_DAYS, SOME_DAYS)
    def test_make_up_the_range_without_gap_or_overlap(self, one: date, other: date) -> None:
        first, last = min(one, other), max(one, other)

        found = ranges.pieces(first, last)

        covered = [day for edge in found.edges for day in days.days_between(*edge)]
        if found.months is not None:
            covered += [
                day
                for day in days.days_between(first, last)
                if found.months[0] <= days.month(day) <= found.months[1]
            ]
        assert sorted(covered) == days.days_between(first, last)
        assert len(found.edges) <= 2
        assert all(days.month(start) == days.month(end) for start, end in found.edges)
