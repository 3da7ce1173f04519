"""Are the values of past days stored by the daily job, each portfolio's once?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from app import extensions
from app.portfolio.models.snapshots import Snapshot, profile_now
from app.portfolio.service.snapshots import SNAPSHOT_PORTFOLIO
from tasks import celery_app
from tasks import portfolio as tasks
from tests.portfolio.ledger import JOBS, write
from tests.portfolio.market import NOON, ToldMarket, WorkingJobs

YESTERDAY = NOON.date() - timedelta(days=1)

pytestmark = pytest.mark.usefixtures("aws")


class Noting(WorkingJobs):
    """A queue that notes what is enqueued, and loads closes when it is asked."""

    def __init__(self, market: ToldMarket, clock: Any) -> None:
        super().__init__(market, clock.now)
        self.enqueued: list[tuple[str, dict[str, Any]]] = []

    def enqueue(self, task: str, arguments: Any = None, *, delay_seconds: int = 0) -> None:
        self.enqueued.append((task, arguments))


@dataclass
class Chosen:
    job_queue: Noting


@pytest.fixture
def jobs(clock: Any) -> Iterator[Noting]:
    clock.set(NOON)
    market = ToldMarket()
    market.closes["crypto", "BTC"] = {YESTERDAY - timedelta(days): "500" for days in range(40)}
    before, told = extensions._of_process, JOBS.market
    chosen: Any = Chosen(Noting(market, clock))
    extensions.use(chosen)
    JOBS.market = market
    yield chosen.job_queue
    extensions._of_process, JOBS.market = before, told


def run(jobs: Noting) -> list[str]:
    """Run the job and then what it enqueued, each twice; whose portfolios were looked at."""
    jobs.enqueued.clear()
    for _ in range(2):
        assert tasks.snapshot_values.apply().successful()
    asked = [
        arguments["user_id"] for task, arguments in jobs.enqueued if task == SNAPSHOT_PORTFOLIO
    ]
    for user_id in asked:
        assert tasks.snapshot_portfolio.apply(kwargs={"user_id": user_id}).successful()
    return sorted(set(asked))


def stored(user_id: str) -> int:
    first = YESTERDAY - timedelta(days=100)
    profile = profile_now(user_id)
    if profile is None or profile.snapshots_until is None:
        return 0
    days = [
        day
        for back in range(103)
        for day in Snapshot.between(
            user_id,
            start=first + timedelta(back),
            end=first + timedelta(back),
            currency="USD",
        )
    ]
    return len(days)


class TestSnapshotValues:
    def test_stores_the_days_of_every_portfolio_once(self, jobs: Noting, clock: Any) -> None:
        write("buy", 1, 400, executed_at=NOON - timedelta(days=5))
        write("buy", 1, 400, executed_at=NOON - timedelta(days=9), user_id="bob")

        assert run(jobs) == ["ann", "bob"]

        assert (stored("ann"), stored("bob")) == (5, 9)
        assert run(jobs) == []
        clock.advance(days=1)
        assert run(jobs) == ["ann", "bob"]
        assert (stored("ann"), stored("bob")) == (6, 10)

    def test_follows_a_past_that_changed(self, jobs: Noting) -> None:
        write("buy", 1, 400, executed_at=NOON - timedelta(days=5))
        run(jobs)
        write("buy", 1, 400, executed_at=NOON - timedelta(days=3))
        assert run(jobs) == ["ann"]
        [day] = Snapshot.between("ann", start=YESTERDAY, end=YESTERDAY, currency="USD")
        assert day.value == 1000

    def test_has_no_work_where_nobody_holds_anything(self, jobs: Noting) -> None:
        assert run(jobs) == []

    @pytest.mark.parametrize("name", ["snapshot_values", "snapshot_portfolio"])
    def test_is_known_by_its_name(self, name: str) -> None:
        assert celery_app.app.tasks[f"portfolio.{name}"].run
