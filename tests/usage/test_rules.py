from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing import service as billing
from app.usage import rules
from tests.conftest import NOON

MOMENTS = st.datetimes(
    min_value=datetime(2001, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2098, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


class TestFeatures:
    def test_are_those_of_every_plan(self):
        assert all(set(plan.limits) == set(rules.FEATURES) for plan in billing.PLANS.values())
        assert rules.UNLIMITED == billing.UNLIMITED


class TestWindow:
    @pytest.mark.parametrize(
        ("feature", "window", "resets_at"),
        [
            ("analyses", "2026-11", datetime(2026, 12, 1, tzinfo=UTC)),
            ("api_calls", "2026-11-20", datetime(2026, 11, 21, tzinfo=UTC)),
        ],
    )
    def test_is_the_month_and_of_calls_the_day(self, feature, window, resets_at):
        assert rules.window(feature=feature, now=NOON) == window
        assert rules.resets_at(feature=feature, now=NOON) == resets_at

    def test_is_that_of_utc(self):
        late_in_chicago = datetime(2026, 11, 30, 20, tzinfo=timezone(timedelta(hours=-6)))

        assert rules.window(feature="analyses", now=late_in_chicago) == "2026-12"
        assert rules.window(feature="api_calls", now=late_in_chicago) == "2026-12-01"
        assert rules.day(late_in_chicago) == "2026-12-01"

    @given(MOMENTS, st.sampled_from(rules.FEATURES))
    def test_ends_as_the_next_begins(self, now, feature):
        end = rules.resets_at(feature=feature, now=now)

        assert end > now
        before = end - timedelta(microseconds=1)
        assert rules.window(feature=feature, now=before) == rules.window(feature=feature, now=now)
        assert rules.window(feature=feature, now=end) > rules.window(feature=feature, now=now)


class TestMonths:
    def test_go_back_over_the_turn_of_the_year(self):
        assert rules.months_until(last="2026-02", count=4) == [
            "2026-02", "2026-01", "2025-12", "2025-11",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("period", "months"),
        [
            ("current_month", ["2026-11"]),
            ("last_month", ["2026-10"]),
            ("2025-03", ["2025-03"]),
            ("current_year", [f"2026-{number:02d}" for number in range(1, 13)]),
        ],
    )
    def test_are_those_of_a_period(self, period, months):
        assert rules.months_of(period=period, now=NOON) == months


class TestStanding:
    @pytest.mark.parametrize(
        ("count", "limit", "remaining", "percentage"),
        [
            (0, 5, 5, "0.00"),
            (4, 5, 1, "80.00"),
            (2, 3, 1, "66.67"),
            (20, 5, 0, "400.00"),
            (0, 0, 0, "0.00"),
            (7, -1, -1, "0"),
        ],
    )
    def test_tells_what_is_left(self, count, limit, remaining, percentage):
        found = rules.standing(count=count, limit=limit)

        assert (found.remaining, found.percentage) == (remaining, Decimal(percentage))
        assert (found.count, found.limit) == (count, limit)

    def test_knows_no_percentage_where_no_limit_holds(self):
        found = rules.standing(count=3, limit=None)

        assert (found.count, found.limit, found.remaining, found.percentage) == (
            3,
            None,
            None,
            None,
        )

    @given(st.integers(0, 50), st.integers(1, 50), st.integers(-1, 50))
    def test_leaves_room_for_what_fits(self, count, more, limit):
        left = rules.standing(count=count, limit=limit).remaining

        assert rules.fits(count=count, more=more, limit=limit) == (left == -1 or more <= left)


class TestThresholdDue:
    @pytest.mark.parametrize(
        ("count", "limit", "told", "due"),
        [
            (3, 5, 0, None),
            (4, 5, 0, 80),
            (4, 5, 80, None),
            (5, 5, 80, 100),
            (5, 5, 0, 100),
            (5, 5, 100, None),
            (4, 5, 100, None),
            (79, 100, 0, None),
            (80, 100, 0, 80),
            (1, 1, 0, 100),
            (9, -1, 0, None),
            (0, 0, 0, None),
        ],
    )
    def test_is_told_once_and_only_upwards(self, count, limit, told, due):
        assert rules.threshold_due(count=count, limit=limit, told=told) == due


class TestShard:
    @given(st.text(max_size=40))
    def test_is_one_of_the_days(self, key):
        assert rules.shard(day="2026-11-20", key=key) in rules.shards(day="2026-11-20")

    def test_spreads_keys(self):
        used = {rules.shard(day="2026-11-20", key=f"user{number}") for number in range(100)}

        assert used == set(rules.shards(day="2026-11-20"))


class TestDaysBetween:
    def test_holds_both_ends(self):
        start = date(2026, 2, 27)

        assert list(rules.days_between(start, date(2026, 3, 1))) == [
            start, date(2026, 2, 28), date(2026, 3, 1),
        ]  # fmt: skip
        assert list(rules.days_between(start, start)) == [start]
