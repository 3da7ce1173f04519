"""What does the minute tick start, and how did each job go?"""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.audit import service as audit
from app.jobs import service
from app.jobs.rules import Job
from app.providers.job_queue.interface import DeadLetter, TryAgain

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
REFRESH = Job(name="prices.refresh_quotes", every=timedelta(minutes=5), why="to test it")
MINUTELY = Job(name="emails.retry_outbox", every=timedelta(minutes=1), why="to test it")
HEARTBEAT = Job(
    name="trading.send_heartbeat",
    cron="0 2,8,14,20 * * *",
    timezone="America/Chicago",
    why="to test it",
)


class Queue:
    """A queue that remembers what was sent, and fails when told to."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.failing: set[str] = set()
        self.letters: list[DeadLetter] = []
        self._lock = threading.Lock()

    @property
    def queue_url(self) -> str:
        return "memory"

    def url_of(self, *, queue_name: str) -> str:
        return queue_name

    def ask(self, task: str, arguments: Mapping[str, Any] | None = None) -> None:
        if task in self.failing:
            raise TryAgain("the queue is down")
        with self._lock:
            self.sent.append(task)

    def list_dead_letters(self, *, limit: int) -> list[DeadLetter]:
        if self.failing:
            raise TryAgain("the queue is down")
        return self.letters[:limit]

    def redrive(self, *, limit: int) -> int:
        if self.failing:
            raise TryAgain("the queue is down")
        return min(limit, len(self.letters))


@pytest.fixture
def jobs(aws) -> Any:
    return Queue()


def tick(jobs: Any, *schedule: Job, at: datetime = NOON) -> list[str]:
    return service.tick(schedule=schedule, now=at, jobs=jobs)


class TestTick:
    def test_starts_what_is_due_once(self, jobs):
        assert tick(jobs, REFRESH) == ["prices.refresh_quotes"]
        assert tick(jobs, REFRESH, at=NOON + timedelta(minutes=1)) == []
        assert tick(jobs, REFRESH, at=NOON + timedelta(minutes=5)) == ["prices.refresh_quotes"]
        assert jobs.sent == ["prices.refresh_quotes"] * 2

    def test_starts_each_due_time_once_however_many_tick_at_once(self, jobs):
        for minute in range(3):
            moment = NOON + timedelta(minutes=minute)
            with ThreadPoolExecutor(10) as pool:
                ticks = [pool.submit(tick, jobs, MINUTELY, REFRESH, at=moment) for _ in range(10)]
                started = sorted(name for one in ticks for name in one.result())
            expected = ["emails.retry_outbox"] + (["prices.refresh_quotes"] if minute == 0 else [])
            assert started == expected
        assert len(jobs.sent) == 4

    def test_catches_up_once_after_three_hours(self, jobs):
        tick(jobs, MINUTELY)
        for second in (0, 20, 40):
            tick(jobs, MINUTELY, at=NOON + timedelta(hours=3, seconds=second))
        assert jobs.sent == ["emails.retry_outbox"] * 2

    def test_does_not_start_a_new_cron_job_for_a_moment_that_passed(self, jobs):
        assert tick(jobs, HEARTBEAT) == []
        assert tick(jobs, HEARTBEAT, at=NOON + timedelta(minutes=1)) == []
        eight_in_chicago = datetime(2026, 11, 20, 14, tzinfo=UTC)
        assert tick(jobs, HEARTBEAT, at=eight_in_chicago) == ["trading.send_heartbeat"]

    def test_runs_a_heartbeat_once_on_both_days_of_a_clock_jump(self, jobs):
        for start in (datetime(2026, 3, 8, 6, tzinfo=UTC), datetime(2026, 11, 1, 5, tzinfo=UTC)):
            tick(jobs, HEARTBEAT, at=start)
            jobs.sent.clear()
            for minute in range(1, 301):
                tick(jobs, HEARTBEAT, at=start + timedelta(minutes=minute))
            assert jobs.sent == ["trading.send_heartbeat"]

    def test_lets_one_that_cannot_be_sent_not_hold_up_the_others(self, jobs):
        jobs.failing = {"prices.refresh_quotes"}
        assert tick(jobs, REFRESH, MINUTELY) == ["emails.retry_outbox"]

    def test_sends_again_what_was_claimed_and_not_sent(self, jobs):
        jobs.failing = {"prices.refresh_quotes"}
        tick(jobs, REFRESH)
        jobs.failing = set()
        assert tick(jobs, REFRESH, at=NOON + timedelta(minutes=1)) == []
        assert tick(jobs, REFRESH, at=NOON + timedelta(minutes=2)) == ["prices.refresh_quotes"]
        assert tick(jobs, REFRESH, at=NOON + timedelta(minutes=4)) == []

    def test_sends_a_dead_ticks_claim_once_however_many_find_it(self, jobs):
        jobs.failing = {"prices.refresh_quotes"}
        tick(jobs, REFRESH)
        jobs.failing = set()
        with ThreadPoolExecutor(10) as pool:
            later = NOON + timedelta(minutes=3)
            list(pool.map(lambda _: tick(jobs, REFRESH, at=later), range(10)))
        assert jobs.sent == ["prices.refresh_quotes"]

    def test_never_starts_an_older_due_time_after_a_later_one(self, jobs):
        tick(jobs, REFRESH, at=NOON + timedelta(minutes=5))
        assert tick(jobs, REFRESH, at=NOON + timedelta(minutes=4, seconds=59)) == []

    def test_confirms_its_own_claim_only(self, jobs):
        later = NOON + timedelta(minutes=5)

        class Slow(Queue):
            def ask(self, task: str, arguments: Mapping[str, Any] | None = None) -> None:
                jobs.failing = {task}
                tick(jobs, REFRESH, at=later)
                super().ask(task, arguments)

        slow: Any = Slow()
        assert tick(slow, REFRESH) == ["prices.refresh_quotes"]
        jobs.failing = set()
        assert tick(jobs, REFRESH, at=later + timedelta(minutes=2)) == ["prices.refresh_quotes"]


class TestListJobs:
    def listed(self, job: Job, *, after: timedelta = timedelta(0)) -> service.JobState:
        [state] = service.list_jobs(schedule=[job], now=NOON + after)
        return state

    def test_shows_a_job_that_never_ran(self, jobs):
        assert self.listed(HEARTBEAT) == service.JobState(
            name="trading.send_heartbeat",
            schedule="0 2,8,14,20 * * *",
            timezone="America/Chicago",
            last_run_at=None,
            last_result=None,
            last_duration_ms=None,
            next_run_at=datetime(2026, 11, 20, 14, tzinfo=UTC),
            lag_seconds=0,
        )

    def test_shows_how_the_latest_run_went(self, jobs):
        tick(jobs, REFRESH)
        started_at = NOON + timedelta(seconds=1)
        service.record_run(
            name=REFRESH.name, started_at=started_at, duration_ms=1_234, result="succeeded"
        )
        state = self.listed(REFRESH, after=timedelta(minutes=1))
        assert (state.last_run_at, state.last_result, state.last_duration_ms) == (
            started_at,
            "succeeded",
            1_234,
        )
        assert state.lag_seconds == 0

    def test_shows_how_long_a_due_time_has_waited(self, jobs):
        tick(jobs, REFRESH)
        assert self.listed(REFRESH, after=timedelta(minutes=2)).lag_seconds == 120

    def test_shows_no_lag_of_a_cron_job_that_was_only_noted(self, jobs):
        tick(jobs, HEARTBEAT)
        assert self.listed(HEARTBEAT, after=timedelta(minutes=2)).lag_seconds == 0


class TestRecordRun:
    def test_keeps_the_later_of_two_runs(self, jobs):
        for minutes, result in ((2, "succeeded"), (1, "failed")):
            service.record_run(
                name=REFRESH.name,
                started_at=NOON + timedelta(minutes=minutes),
                duration_ms=1,
                result=result,
            )
        [state] = service.list_jobs(schedule=[REFRESH], now=NOON)
        assert (state.last_run_at, state.last_result) == (NOON + timedelta(minutes=2), "succeeded")

    def test_leaves_the_claim_alone(self, jobs):
        tick(jobs, REFRESH)
        service.record_run(name=REFRESH.name, started_at=NOON, duration_ms=1, result="failed")
        assert tick(jobs, REFRESH) == []

    def test_of_a_job_that_no_tick_has_seen_leaves_it_to_the_tick(self, jobs):
        service.record_run(name=REFRESH.name, started_at=NOON, duration_ms=1, result="succeeded")
        assert tick(jobs, REFRESH) == ["prices.refresh_quotes"]


def run(name: str, jobs: Any) -> None:
    service.run_job(name=name, admin_id="ann", schedule=[REFRESH], jobs=jobs, now=NOON)


def redrive(jobs: Any) -> int:
    return service.redrive_dead_letters(limit=10, admin_id="ann", jobs=jobs, now=NOON)


def on_record() -> list[tuple[str, str, str | None, Any]]:
    found = audit.list_entries(limit=20, cursor=None).items
    assert audit.verify().whole
    return [(one.admin_id, one.action, one.target_user_id, one.metadata) for one in found]


class TestRunJob:
    def test_starts_it_at_once(self, jobs):
        run(REFRESH.name, jobs)
        assert jobs.sent == ["prices.refresh_quotes"]

    def test_is_on_record(self, jobs):
        run(REFRESH.name, jobs)
        assert on_record() == [("ann", "run_job", None, {"job": "prices.refresh_quotes"})]

    def test_refuses_what_is_not_in_the_schedule(self, jobs):
        with pytest.raises(service.UnknownJob):
            run("jobs.tick", jobs)
        assert on_record() == []

    def test_says_that_the_queue_is_down(self, jobs):
        jobs.failing = {REFRESH.name}
        with pytest.raises(service.JobQueueUnavailable):
            run(REFRESH.name, jobs)


class TestDeadLetters:
    def letter(self, minutes: int) -> DeadLetter:
        sent_at = NOON + timedelta(minutes=minutes)
        return DeadLetter(
            message_id=str(minutes), task="a.b", task_id="1", sent_at=sent_at, tries=5
        )

    def test_are_listed_oldest_first(self, jobs):
        jobs.letters = [self.letter(2), self.letter(1)]
        found = service.list_dead_letters(limit=10, jobs=jobs)
        assert [letter.message_id for letter in found] == ["1", "2"]

    def test_are_sent_again(self, jobs):
        jobs.letters = [self.letter(2), self.letter(1)]
        assert redrive(jobs) == 2
        assert on_record() == [("ann", "redrive_dead_letters", None, {"limit": 10})]

    def test_say_that_the_queue_is_down(self, jobs):
        jobs.failing = {"all"}
        with pytest.raises(service.JobQueueUnavailable):
            service.list_dead_letters(limit=10, jobs=jobs)
        with pytest.raises(service.JobQueueUnavailable):
            redrive(jobs)
