"""Are trading days cut at Chicago's midnight, through both changes of the clock?"""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.trading.rules import days

moments = st.datetimes(
    min_value=datetime(2008, 1, 1),  # noqa: DTZ001 - hypothesis adds the time zone
    max_value=datetime(2037, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def sunday(year: int, month: int, *, number: int) -> date:
    """The first or second Sunday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (number - 1))


def in_chicago(moment: datetime) -> datetime:
    """The wall clock by the law's words: from March's second to November's first Sunday, 2 a.m. each, an hour ahead."""
    start, end = sunday(moment.year, 3, number=2), sunday(moment.year, 11, number=1)
    summer_from = datetime(start.year, start.month, start.day, 8, tzinfo=UTC)
    summer_until = datetime(end.year, end.month, end.day, 7, tzinfo=UTC)
    hours = -5 if summer_from <= moment < summer_until else -6
    return moment.astimezone(timezone(timedelta(hours=hours)))


class TestTradingDay:
    @pytest.mark.parametrize(
        ("moment", "day"),
        [
            # 8 March 2026: the clock jumps from 2 to 3; midnights are at 06:00 and, the next, at 05:00.
            ("2026-03-08T05:59:59.999999+00:00", date(2026, 3, 7)),
            ("2026-03-08T06:00:00+00:00", date(2026, 3, 8)),
            ("2026-03-09T04:59:59+00:00", date(2026, 3, 8)),
            ("2026-03-09T05:00:00+00:00", date(2026, 3, 9)),
            # 1 November 2026: the clock jumps from 2 back to 1; midnights are at 05:00 and, the next, at 06:00.
            ("2026-11-01T04:59:59+00:00", date(2026, 10, 31)),
            ("2026-11-01T05:00:00+00:00", date(2026, 11, 1)),
            ("2026-11-02T05:59:59+00:00", date(2026, 11, 1)),
            ("2026-11-02T06:00:00+00:00", date(2026, 11, 2)),
            # The same moment said in another time zone.
            ("2026-11-02T15:00:00+09:00", date(2026, 11, 2)),
        ],
    )
    def test_changes_at_midnight_in_chicago(self, moment: str, day: date) -> None:
        assert days.trading_day(datetime.fromisoformat(moment)) == day

    @given(moment=moments)
    def test_is_the_date_on_a_clock_that_follows_the_law(self, moment: datetime) -> None:
        assert days.trading_day(moment) == in_chicago(moment).date()

    def test_refuses_a_moment_without_a_time_zone(self) -> None:
        with pytest.raises(ValueError, match="2026-03-08T06:00:00 names no time zone"):
            days.trading_day(datetime(2026, 3, 8, 6))  # noqa: DTZ001 - that is the point


class TestDayBounds:
    @pytest.mark.parametrize(
        ("day", "hours"),
        [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 11, 20), 24)],
    )
    def test_gives_days_of_23_24_and_25_hours(self, day: date, hours: int) -> None:
        start, end = days.day_bounds(day)
        assert end - start == timedelta(hours=hours)
        assert (start.tzinfo, end.tzinfo) == (UTC, UTC)

    @given(moment=moments)
    def test_holds_exactly_the_moments_of_the_day(self, moment: datetime) -> None:
        day = days.trading_day(moment)
        start, end = days.day_bounds(day)
        instant = timedelta(microseconds=1)
        assert start <= moment < end
        assert days.trading_day(start - instant) == day - timedelta(days=1)
        assert days.trading_day(end - instant) == day
        assert days.day_bounds(day + timedelta(days=1))[0] == end


class TestDaysBetween:
    def test_includes_both_ends(self) -> None:
        assert days.days_between(date(2026, 10, 31), date(2026, 11, 2)) == [
            date(2026, 10, 31),
            date(2026, 11, 1),
            date(2026, 11, 2),
        ]

    def test_is_one_day_from_a_day_to_itself(self) -> None:
        assert days.days_between(date(2026, 3, 8), date(2026, 3, 8)) == [date(2026, 3, 8)]

    def test_is_empty_backwards(self) -> None:
        assert days.days_between(date(2026, 3, 8), date(2026, 3, 6)) == []


class TestWeekAndMonth:
    @pytest.mark.parametrize(
        ("day", "week", "month"),
        [
            (date(2026, 11, 20), "2026-W47", "2026-11"),
            (
                date(2027, 1, 3),
                "2026-W53",
                "2027-01",
            ),  # a Sunday still belongs to the old year's week
            (date(2027, 1, 4), "2027-W01", "2027-01"),
        ],
    )
    def test_name_the_day_s(self, day: date, week: str, month: str) -> None:
        assert (days.week(day), days.month(day)) == (week, month)


class TestColour:
    @pytest.mark.parametrize(
        ("pnl", "colour"), [("0.01", "green"), ("-0.01", "red"), ("0.00", "neutral")]
    )
    def test_tells_gains_from_losses(self, pnl: str, colour: str) -> None:
        assert days.colour(Decimal(pnl)) == colour
