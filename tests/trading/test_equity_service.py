"""Is what the bot is worth taken in exactly once, told by itself or as far as it can be known?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.trading import service
from app.trading.models import EquitySnapshot
from tests.conftest import NOON
from tests.trading.conftest import curve, events, made, push, push_equity


class TestPushEquity:
    def test_of_one_moment_by_twenty_at_once_is_taken_once(self, jobs: Any) -> None:
        with ThreadPoolExecutor(20) as pool:
            done = list(pool.map(lambda _: push_equity(jobs, "100"), range(20)))

        assert sum(pushed.is_new for pushed in done) == 1
        assert len(events("equity")) == 1
        assert [one.equity for one in EquitySnapshot.scan()] == [100]

    def test_of_many_moments_at_once_is_all_kept(self, jobs: Any) -> None:
        moments = [NOON - timedelta(minutes=minute) for minute in range(12)]
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda at: push_equity(jobs, str(at.minute), at), moments))

        assert curve() == [(at, Decimal(at.minute)) for at in reversed(moments)]
        drawn = service.equity_curve(start=None, end=None, limit=None, points=4, now=NOON)
        assert {value for _, value in drawn} >= {0, 59}

    def test_beyond_ten_thousand_points_asks_for_fewer(self, jobs: Any) -> None:
        with EquitySnapshot.batch_write() as batch:
            for minute in range(10_001):
                at = NOON - timedelta(minutes=minute)
                batch.save(
                    EquitySnapshot.taken(timestamp=at, equity=Decimal(minute), source="pushed")
                )

        with pytest.raises(service.TooManyPoints, match="points="):
            curve()
        limited = service.equity_curve(start=None, end=None, limit=3, points=None, now=NOON)
        assert [value for _, value in limited] == [2, 1, 0]


class TestSnapshotEquity:
    def take(self, jobs: Any, at: datetime = NOON, baseline: str | None = None) -> Any:
        return service.snapshot_equity(
            due_at=at, baseline=Decimal(baseline) if baseline else None, jobs=jobs, now=at
        )

    def test_tells_the_last_push(self, jobs: Any) -> None:
        push_equity(jobs, "10500", NOON - timedelta(hours=1))
        push(jobs, made("t1", pnl=Decimal(5)))

        assert self.take(jobs, baseline="100").equity == 10_500
        assert self.take(jobs, NOON + timedelta(minutes=10)).equity == 10_500
        assert [event["equity"] for event in events("equity")] == ["10500.00"] * 3

    def test_tells_the_baseline_and_what_was_realised_where_nothing_was_pushed(
        self, jobs: Any
    ) -> None:
        push(jobs, made("t1", pnl=Decimal("5.5")))
        assert self.take(jobs, baseline="100").equity == Decimal("105.5")
        push(jobs, made("t2", pnl=Decimal(-6)))

        assert self.take(jobs, NOON + timedelta(minutes=10), baseline="100").equity == Decimal(
            "99.5"
        )

    def test_makes_nothing_up(self, jobs: Any) -> None:
        assert self.take(jobs) is None
        assert events("equity") == []
        assert curve() == []

    def test_acts_once_for_a_due_time(self, jobs: Any) -> None:
        with ThreadPoolExecutor(6) as pool:
            taken = list(pool.map(lambda _: self.take(jobs, baseline="100"), range(6)))

        assert sum(one is not None for one in taken) == 1
        assert len(events("equity")) == 1

    def test_tells_nothing_of_a_moment_that_a_newer_snapshot_has_passed(self, jobs: Any) -> None:
        push_equity(jobs, "100", NOON)

        assert self.take(jobs, NOON - timedelta(minutes=1)) is None

    def test_is_replaced_by_what_the_bot_pushes_for_that_moment(self, jobs: Any) -> None:
        self.take(jobs, baseline="100")
        assert push_equity(jobs, "120").is_new

        assert curve() == [(NOON, Decimal(120))]
        assert service.balance(baseline=Decimal(100)).total_pl_percent == 20


class TestBalance:
    def test_is_measured_against_the_baseline_where_there_is_one(self, jobs: Any) -> None:
        push_equity(jobs, "10000", NOON - timedelta(hours=1))
        push_equity(jobs, "10500")

        assert service.balance(baseline=Decimal(20_000)).total_pl_percent == Decimal("-47.50")
        assert service.balance(baseline=None).total_pl_amount == 500
