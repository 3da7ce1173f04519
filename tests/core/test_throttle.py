"""Do exactly as many tries pass as are allowed, and does the window end?"""

from datetime import UTC, datetime, timedelta

import pytest

from app.core import dynamo, throttle
from tests.core.together import together

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LIMIT = throttle.Limit(name="probe", count=3, window_seconds=60)


def passes(subject: str = "1.2.3.4", *, now: datetime = NOW, limit: throttle.Limit = LIMIT) -> bool:
    try:
        throttle.use(limit, subject=subject, now=now)
    except throttle.TooManyAttempts:
        return False
    return True


@pytest.mark.usefixtures("aws")
class TestUse:
    def test_lets_the_limit_pass_and_no_more(self):
        assert [passes() for _ in range(5)] == [True, True, True, False, False]

    def test_counts_each_subject_and_limit_by_itself(self):
        other = throttle.Limit(name="other", count=1, window_seconds=60)
        assert [passes() for _ in range(4)].count(True) == 3
        assert passes("1.2.3.5")
        assert [passes(limit=other) for _ in range(2)] == [True, False]

    def test_says_how_many_seconds_are_left(self):
        for _ in range(3):
            passes()
        late = NOW + timedelta(seconds=20.5)
        with pytest.raises(throttle.TooManyAttempts) as refusal:
            throttle.use(LIMIT, subject="1.2.3.4", now=late)
        assert refusal.value.retry_after_seconds == 40
        assert refusal.value.details == {"retry_after": 40}

    def test_starts_the_window_with_the_first_try(self):
        assert passes(now=NOW)
        late = NOW + timedelta(seconds=59.999)
        assert [passes(now=late) for _ in range(3)] == [True, True, False]
        after = NOW + timedelta(seconds=60)
        assert [passes(now=after) for _ in range(4)] == [True, True, True, False]

    @pytest.mark.parametrize("tries", [1, 8, 20])
    def test_lets_exactly_the_limit_of_simultaneous_tries_pass(self, tries: int):
        wide = throttle.Limit(name="wide", count=7, window_seconds=60)
        passed = together(tries, lambda _: passes(limit=wide))
        assert passed.count(True) == min(tries, 7)

    def test_lets_exactly_the_limit_pass_when_a_window_ends(self):
        for _ in range(3):
            passes()
        after = NOW + timedelta(seconds=61)
        assert together(12, lambda _: passes(now=after)).count(True) == 3

    def test_keeps_the_subject_hashed_and_lets_the_row_go(self):
        passes("+14155550123")
        key = throttle.Throttle.key_of(LIMIT, "+14155550123")
        assert "4155550123" not in key
        row = dynamo.find(throttle.Throttle, key)
        assert row is not None
        assert "4155550123" not in str(row.attribute_values)
        assert row.expires_at == NOW + timedelta(seconds=60, hours=1)


@pytest.mark.usefixtures("aws")
class TestForget:
    def test_gives_the_whole_window_back(self):
        for _ in range(4):
            passes()
        throttle.forget(LIMIT, subject="1.2.3.4")
        assert [passes() for _ in range(4)] == [True, True, True, False]
