"""Does any interleaving of reserve, commit and give back end right? Held against a model of a dozen lines.

Time passes between the steps, so that reservations lapse and months end in between.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from app.usage import service
from app.usage.models import Usage
from tests.conftest import NOON
from tests.emails.outside import ToldQueue

IDS = st.sampled_from(["a", "b", "c", "d"])
LIMITS = {"analyses": 5, "backtests": 2}


class Interleaving(RuleBasedStateMachine):
    """What one user's counters must say, and what each step must answer."""

    _users = iter(range(10**9))

    def __init__(self):
        super().__init__()
        self.user_id = f"user{next(self._users)}"
        self.now = NOON
        self.known = {}  # by id: feature, units, month, when it lapses, state
        self.jobs: Any = ToldQueue()

    def used(self, feature, month):
        return sum(
            row["units"]
            for row in self.known.values()
            if (row["feature"], row["month"]) == (feature, month)
            and row["state"] != service.GIVEN_BACK
        )

    @rule(reservation_id=IDS, feature=st.sampled_from(sorted(LIMITS)), units=st.integers(1, 3))
    def reserve(self, reservation_id, feature, units):
        month = f"{self.now:%Y-%m}"
        before = self.used(feature, month)
        fits = before + units <= LIMITS[feature]
        if reservation_id not in self.known and fits:
            self.known[reservation_id] = {
                "feature": feature,
                "units": units,
                "month": month,
                "lapses_at": self.now + timedelta(hours=12),
                "state": service.RESERVED,
            }
        try:
            found = service.reserve(
                user_id=self.user_id,
                feature=feature,
                plan="free",
                reservation_id=reservation_id,
                count=units,
                jobs=self.jobs,
                now=self.now,
            ).state
            told = before
        except service.UsageLimitExceeded as refused:
            found, told = None, refused.details["used"]
        assert told == before
        assert found == self.known.get(reservation_id, {}).get("state")

    @rule(reservation_id=IDS)
    def commit(self, reservation_id):
        self._finish(reservation_id, service.commit, service.COMMITTED)

    @rule(reservation_id=IDS)
    def give_back(self, reservation_id):
        self._finish(reservation_id, service.give_back, service.GIVEN_BACK)

    def _finish(self, reservation_id, step, state):
        row = self.known.get(reservation_id, {"state": None})
        if row["state"] == service.RESERVED:
            row["state"] = state
        done = step(user_id=self.user_id, reservation_id=reservation_id)
        assert done == (row["state"] == state)

    @rule(hours=st.sampled_from([1, 11, 12, 24 * 11]))
    def pass_time(self, hours):
        self.now += timedelta(hours=hours)

    @rule()
    def reclaim(self):
        for row in self.known.values():
            if row["state"] == service.RESERVED and row["lapses_at"] <= self.now:
                row["state"] = service.GIVEN_BACK
        service.give_back_lapsed(now=self.now)

    @invariant()
    def counters_agree(self):
        expected: Counter[str] = Counter()
        for row in self.known.values():
            if row["state"] != service.GIVEN_BACK:
                expected[f"{row['month']}#{row['feature']}"] += row["units"]
        found = {row.date_feature: row.used for row in Usage.owned_by(self.user_id) if row.used}
        assert found == dict(expected)
        assert all(used <= LIMITS[key.partition("#")[2]] for key, used in found.items())


@pytest.mark.usefixtures("aws")
class TestAnyInterleaving:
    def test_ends_right(self):
        run_state_machine_as_test(
            Interleaving,
            settings=settings(
                max_examples=60,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
