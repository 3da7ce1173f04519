from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.prices import rules

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class TestIsSymbol:
    @pytest.mark.parametrize("text", ["BTC", "BRK-B", "^GSPC", "EURUSD=X", "0700.HK", "M&M.NS"])
    def test_says_yes_to_what_markets_write(self, text):
        assert rules.is_symbol(text)

    @pytest.mark.parametrize("text", ["", "btc", "A" * 21, "A B", "A,B", "A#B", "BTC\n", "Ä"])
    def test_says_no_to_anything_else(self, text):
        assert not rules.is_symbol(text)


class TestAgeSeconds:
    def test_is_none_for_what_was_never_confirmed(self):
        assert rules.age_seconds(None, NOW) is None

    def test_counts_whole_seconds(self):
        assert rules.age_seconds(NOW - timedelta(seconds=61.9), NOW) == 61

    def test_is_never_less_than_nothing(self):
        assert rules.age_seconds(NOW + timedelta(seconds=5), NOW) == 0


class TestIsAhead:
    def test_needs_a_moment_that_is_still_to_come(self):
        assert rules.is_ahead(NOW + timedelta(seconds=1), NOW)
        assert not rules.is_ahead(NOW, NOW)
        assert not rules.is_ahead(None, NOW)


class TestHistoryFailedLately:
    def test_is_true_for_a_quarter_of_an_hour(self):
        assert rules.history_failed_lately(NOW - timedelta(minutes=14), NOW)
        assert not rules.history_failed_lately(NOW - timedelta(minutes=15), NOW)
        assert not rules.history_failed_lately(None, NOW)


class TestIsStale:
    @pytest.mark.parametrize(
        ("age", "stale"), [(None, True), (900, False), (901, True), (0, False)]
    )
    def test_is_older_than_a_price_should_be(self, age, stale):
        assert rules.is_stale(age, stale_after_seconds=900) is stale


class TestPauseSeconds:
    @pytest.mark.parametrize(("asked", "seconds"), [(0, 1), (60, 60), (86_400, 1_800)])
    def test_is_what_the_source_asks_for_within_reason(self, asked, seconds):
        assert rules.pause_seconds(failures=3, retry_after_seconds=asked) == seconds

    def test_doubles_with_each_failure_up_to_half_an_hour(self):
        found = [rules.pause_seconds(failures=n, retry_after_seconds=None) for n in range(1, 8)]

        assert found == [60, 120, 240, 480, 960, 1_800, 1_800]

    @given(st.integers(1, 10**9))
    def test_is_always_between_one_and_thirty_minutes(self, failures):
        assert 60 <= rules.pause_seconds(failures=failures, retry_after_seconds=None) <= 1_800


class TestPollDelays:
    @given(st.floats(0, 30))
    def test_add_up_to_the_wait(self, wait):
        assert sum(rules.poll_delays(wait)) == pytest.approx(wait)

    def test_make_seven_looks_in_three_seconds(self):
        assert len(list(rules.poll_delays(3))) == 7


class TestLastFinishedDay:
    def test_is_yesterday_in_utc(self):
        in_tokyo = datetime(2026, 11, 20, 8, tzinfo=timezone(timedelta(hours=9)))

        assert rules.last_finished_day(in_tokyo) == date(2026, 11, 18)


class TestRangeStart:
    @pytest.mark.parametrize(
        ("name", "start"),
        [("7d", date(2026, 11, 13)), ("1y", date(2025, 11, 20)), ("max", date(1970, 1, 1))],
    )
    def test_makes_the_range_as_long_as_its_name_says(self, name, start):
        assert rules.range_start(name, NOW) == start

    def test_refuses_a_range_that_does_not_exist(self):
        with pytest.raises(KeyError):
            rules.range_start("8d", NOW)


class TestHistoryIsLoaded:
    @pytest.mark.parametrize(
        ("loaded_from", "loaded_at", "loaded"),
        [
            (date(2026, 1, 1), NOW, True),
            (date(2026, 1, 1), NOW.replace(hour=0, minute=0), True),
            (date(2026, 1, 1), NOW - timedelta(hours=13), False),
            (date(2026, 1, 2), NOW, False),
            (None, NOW, False),
            (date(2026, 1, 1), None, False),
        ],
    )
    def test_needs_all_days_and_today(self, loaded_from, loaded_at, loaded):
        found = rules.history_is_loaded(
            loaded_from=loaded_from, loaded_at=loaded_at, start=date(2026, 1, 1), now=NOW
        )

        assert found is loaded
