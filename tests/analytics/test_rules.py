"""Are hours added up and replaced as they should be?"""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.analytics import rules
from tests.conftest import NOON


class TestHoursReplaced:
    def test_keeps_other_days_and_forgets_what_a_changed_day_no_longer_has(self):
        known = {"2026-11-01T23": 9, "2026-11-18T05": 4, "2026-11-19T05": 4, "2026-11-19T06": 1}

        assert rules.hours_replaced(
            known,
            changed={"2026-11-19", "2026-11-20"},
            counted={"2026-11-20T00": 2, "2026-11-19T06": 3},
            since="2026-11-02",
        ) == {"2026-11-18T05": 4, "2026-11-19T06": 3, "2026-11-20T00": 2}


class TestByDay:
    def test_adds_up(self):
        hours = {"2026-11-19T05": 4, "2026-11-19T23": 1, "2026-11-20T00": 2}
        assert rules.by_day(hours) == {"2026-11-19": 5, "2026-11-20": 2}


class TestHoursWindow:
    @given(minutes=st.integers(0, 3 * 24 * 60), days=st.integers(1, rules.MOST_DAYS_OF_HOURS))
    def test_is_every_hour_of_these_days_until_now(self, minutes, days):
        now = NOON + timedelta(minutes=minutes)
        shown = rules.hours_window(now=now, days=days)

        assert len(shown) == 24 * (days - 1) + now.hour + 1
        assert shown == sorted(set(shown))
        assert shown[0] == f"{now.date() - timedelta(days=days - 1)}T00"
        assert shown[-1] == f"{now:%Y-%m-%dT%H}"
