from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from app.usage import service as usage
from app.usage.models import Usage
from tests.emails.outside import ToldQueue


@pytest.fixture
def jobs():
    return ToldQueue()


@dataclass
class Person:
    """Somebody who uses a feature, on a plan."""

    user_id: str
    plan: str
    jobs: Any  # a ToldQueue
    now: Callable[[], Any]

    def reserve(self, reservation_id: str, feature: str = "analyses", count: int = 1):
        return usage.reserve(
            user_id=self.user_id,
            feature=feature,
            plan=self.plan,
            reservation_id=reservation_id,
            count=count,
            jobs=self.jobs,
            now=self.now(),
        )

    def count(self, feature: str = "analyses", increment: int = 1):
        return usage.count_use(
            user_id=self.user_id,
            feature=feature,
            plan=self.plan,
            increment=increment,
            jobs=self.jobs,
            now=self.now(),
        )

    def commit(self, reservation_id: str) -> bool:
        return usage.commit(user_id=self.user_id, reservation_id=reservation_id)

    def give_back(self, reservation_id: str) -> bool:
        return usage.give_back(user_id=self.user_id, reservation_id=reservation_id)

    def call(self, scope: str = "portfolio:read") -> None:
        usage.charge_api_call(user_id=self.user_id, plan=self.plan, scope=scope, now=self.now())

    def counts(self) -> dict[str, int]:
        return {row.date_feature: int(row.used) for row in Usage.owned_by(self.user_id) if row.used}


@pytest.fixture
def person(aws, clock, jobs):
    def somebody(user_id: str = "ada", plan: str = "free") -> Person:
        return Person(user_id=user_id, plan=plan, jobs=jobs, now=clock.now)

    return somebody


@pytest.fixture
def ada(person):
    """On the free plan: 5 analyses, 2 backtests, 1 optimisation a month."""
    return person()


@pytest.fixture
def member(sign_up, give_plan, clock, jobs):
    """Somebody with an account on a plan."""

    def somebody(plan: str = "free", **fields: Any) -> Person:
        signed_up = sign_up(**fields)
        if plan != "free":
            give_plan(signed_up.user_id, plan)
        return Person(user_id=signed_up.user_id, plan=plan, jobs=jobs, now=clock.now)

    return somebody
