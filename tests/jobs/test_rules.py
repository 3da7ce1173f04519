"""When is a recurring job due?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.jobs import rules
from app.jobs.rules import Claim, Job

CHICAGO = "America/Chicago"
GRACE = timedelta(minutes=2)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def cron(expression: str, timezone: str = "UTC") -> Job:
    return Job(name="prices.refresh_quotes", cron=expression, timezone=timezone, why="to test it")


def every(minutes: int) -> Job:
    return Job(name="prices.refresh_quotes", every=timedelta(minutes=minutes), why="to test it")


def due_between(job: Job, start: datetime, end: datetime) -> list[datetime]:
    found = [job.next_due_at(after=start)]
    while found[-1] <= end:
        found.append(job.next_due_at(after=found[-1]))
    return found[:-1]


def moments(start: str, end: str) -> st.SearchStrategy[datetime]:
    first, length = utc(start), utc(end) - utc(start)
    return st.timedeltas(timedelta(0), length).map(lambda passed: first + passed)


class TestJob:
    def test_refuses_a_name_that_is_no_task(self):
        with pytest.raises(ValueError, match=r"domain\.verb_noun"):
            Job(name="Refresh", every=timedelta(minutes=5), why="x")

    @pytest.mark.parametrize(
        "timing", [{}, {"cron": "0 0 * * *", "every": timedelta(minutes=5)}], ids=["none", "both"]
    )
    def test_refuses_anything_but_one_timing(self, timing):
        with pytest.raises(ValueError, match="either an interval or a cron"):
            Job(name="jobs.clean_up", why="x", **timing)

    def test_refuses_an_interval_shorter_than_a_tick(self):
        with pytest.raises(ValueError, match="once a minute"):
            Job(name="jobs.clean_up", every=timedelta(seconds=30), why="x")

    def test_refuses_a_wrong_expression_when_it_is_made(self):
        with pytest.raises(Exception, match="Bad minute"):
            cron("61 * * * *")

    def test_refuses_an_unknown_time_zone_when_it_is_made(self):
        with pytest.raises(Exception, match="Atlantis"):
            cron("0 0 * * *", "Europe/Atlantis")

    @pytest.mark.parametrize(
        ("job", "words"),
        [
            (every(1), "every minute"),
            (every(5), "every 5 minutes"),
            (cron("0 0 * * 1"), "0 0 * * 1"),
        ],
    )
    def test_says_its_schedule(self, job, words):
        assert job.schedule == words


class TestLatestDueAt:
    def test_counts_intervals_from_midnight(self):
        assert every(5).latest_due_at(now=utc("2026-11-21T12:07:31")) == utc("2026-11-21T12:05")

    def test_includes_this_very_moment(self):
        assert every(5).latest_due_at(now=utc("2026-11-21T12:05")) == utc("2026-11-21T12:05")
        assert cron("5 12 * * *").latest_due_at(now=utc("2026-11-21T12:05")) == utc(
            "2026-11-21T12:05"
        )

    def test_excludes_the_moment_before(self):
        before = utc("2026-11-21T12:05") - timedelta(microseconds=1)
        assert cron("5 12 * * *").latest_due_at(now=before) == utc("2026-11-20T12:05")

    def test_reads_a_cron_expression_on_the_wall_clock(self):
        midnight = cron("0 0 * * *", CHICAGO)
        assert midnight.latest_due_at(now=utc("2026-07-01T05:00")) == utc("2026-07-01T05:00")
        assert midnight.latest_due_at(now=utc("2026-12-01T05:59")) == utc("2026-11-30T06:00")

    def test_looks_back_as_far_as_it_must(self):
        yearly = cron("0 0 29 2 *")
        assert yearly.latest_due_at(now=utc("2027-06-01T00:00")) == utc("2024-02-29T00:00")


class TestClockJumpForward:
    """Chicago, 8 March 2026: 01:59 CST is followed by 03:00 CDT (08:00 UTC)."""

    def test_runs_a_missing_time_once_at_the_first_minute_after(self):
        found = due_between(
            cron("30 2 * * *", CHICAGO), utc("2026-03-08T00:00"), utc("2026-03-09T12:00")
        )
        assert found == [utc("2026-03-08T08:00"), utc("2026-03-09T07:30")]

    def test_agrees_looking_backwards(self):
        job = cron("30 2 * * *", CHICAGO)
        assert job.latest_due_at(now=utc("2026-03-08T07:59")) == utc("2026-03-07T08:30")
        assert job.latest_due_at(now=utc("2026-03-08T08:00")) == utc("2026-03-08T08:00")
        assert job.latest_due_at(now=utc("2026-03-08T15:00")) == utc("2026-03-08T08:00")

    def test_runs_the_heartbeat_four_times_that_day(self):
        found = due_between(
            cron("0 2,8,14,20 * * *", CHICAGO), utc("2026-03-08T06:00"), utc("2026-03-09T04:59")
        )
        assert found == [utc(f"2026-03-08T{hour:02}:00") for hour in (8, 13, 19)] + [
            utc("2026-03-09T01:00")
        ]

    def test_leaves_no_gap_in_an_hourly_job(self):
        found = due_between(
            cron("0 * * * *", CHICAGO), utc("2026-03-08T06:00"), utc("2026-03-08T10:00")
        )
        assert found == [utc(f"2026-03-08T{hour:02}:00") for hour in (7, 8, 9, 10)]


class TestClockJumpBack:
    """Chicago, 1 November 2026: 01:59 CDT is followed by 01:00 CST (07:00 UTC)."""

    def test_runs_a_repeated_time_the_first_time_only(self):
        found = due_between(
            cron("30 1 * * *", CHICAGO), utc("2026-11-01T00:00"), utc("2026-11-02T12:00")
        )
        assert found == [utc("2026-11-01T06:30"), utc("2026-11-02T07:30")]

    @pytest.mark.parametrize("now", ["06:30", "06:59", "07:00", "07:10", "07:30", "07:45", "08:30"])
    def test_agrees_looking_backwards(self, now):
        job = cron("30 1 * * *", CHICAGO)
        assert job.latest_due_at(now=utc(f"2026-11-01T{now}")) == utc("2026-11-01T06:30")

    def test_does_not_repeat_when_asked_within_the_repeated_hour(self):
        job = cron("30 1 * * *", CHICAGO)
        assert job.next_due_at(after=utc("2026-11-01T07:10")) == utc("2026-11-02T07:30")

    def test_keeps_midnight_a_day_of_25_hours_apart(self):
        found = due_between(
            cron("0 0 * * *", CHICAGO), utc("2026-11-01T00:00"), utc("2026-11-02T12:00")
        )
        assert found == [utc("2026-11-01T05:00"), utc("2026-11-02T06:00")]

    def test_runs_an_hourly_job_in_both_hours(self):
        found = due_between(
            cron("0 * * * *", CHICAGO), utc("2026-11-01T05:30"), utc("2026-11-01T08:00")
        )
        assert found == [utc(f"2026-11-01T{hour:02}:00") for hour in (6, 7, 8)]


class TestForwardsAndBackwards:
    @given(
        now=st.one_of(
            moments("2026-01-01T00:00", "2027-01-01T00:00"),
            moments("2026-03-08T05:00", "2026-03-08T11:00"),
            moments("2026-11-01T04:00", "2026-11-01T10:00"),
        ),
        expression=st.sampled_from(
            [
                "30 2 * * *",
                "30 1 * * *",
                "0 0 * * *",
                "0 2,8,14,20 * * *",
                "15 * * * *",
                "0 6 * * 1",
            ]
        ),
    )
    def test_agree_at_every_moment(self, now, expression):
        job = cron(expression, CHICAGO)
        latest = job.latest_due_at(now=now)
        following = job.next_due_at(after=now)
        assert latest <= now < following
        assert job.next_due_at(after=latest) == following
        assert job.latest_due_at(now=following) == following
        assert job.latest_due_at(now=following - timedelta(microseconds=1)) == latest


class TestNextClaim:
    now = utc("2026-11-21T12:07")
    due = utc("2026-11-21T12:05")

    def next(self, job: Job, claim: Claim | None, now: datetime | None = None) -> Claim | None:
        return rules.next_claim(job=job, claim=claim, now=now or self.now, unconfirmed_after=GRACE)

    def test_owes_an_interval_job_its_first_run(self):
        assert self.next(every(5), None) == Claim(due_at=self.due, claimed_at=self.now)

    def test_only_notes_where_a_new_cron_job_stands(self):
        assert self.next(cron("5 12 * * *"), None) == Claim(
            due_at=self.due, claimed_at=self.now, sent=True, owed=False
        )

    def test_takes_nothing_on_twice(self):
        assert self.next(every(5), Claim(due_at=self.due, claimed_at=self.due, sent=True)) is None

    def test_takes_on_one_due_time_after_hours_of_outage(self):
        old = Claim(due_at=utc("2026-11-21T09:05"), claimed_at=utc("2026-11-21T09:05"), sent=True)
        assert self.next(every(1), old) == Claim(due_at=self.now, claimed_at=self.now)

    def test_waits_for_a_claim_that_may_yet_be_confirmed(self):
        young = Claim(due_at=self.due, claimed_at=self.now - GRACE + timedelta(seconds=1))
        assert self.next(every(5), young) is None

    def test_takes_over_a_claim_that_nobody_confirmed(self):
        dead = Claim(due_at=self.due, claimed_at=self.now - GRACE)
        assert self.next(every(5), dead) == Claim(due_at=self.due, claimed_at=self.now)

    def test_never_goes_back(self):
        ahead = Claim(due_at=utc("2026-11-21T12:10"), claimed_at=self.now, sent=True)
        assert self.next(every(5), ahead) is None


class TestLag:
    now = utc("2026-11-21T12:07")
    claim = Claim(due_at=utc("2026-11-21T12:05"), claimed_at=utc("2026-11-21T12:05"), sent=True)

    def lag(self, claim: Claim | None, last_run_at: datetime | None) -> timedelta:
        return rules.lag(job=every(5), claim=claim, last_run_at=last_run_at, now=self.now)

    def test_is_nothing_before_the_first_tick(self):
        assert self.lag(None, None) == timedelta(0)

    def test_is_nothing_once_the_due_time_was_answered(self):
        assert self.lag(self.claim, utc("2026-11-21T12:05:01")) == timedelta(0)

    def test_grows_while_no_worker_answers(self):
        assert self.lag(self.claim, None) == timedelta(minutes=2)
        assert self.lag(self.claim, utc("2026-11-21T12:00:01")) == timedelta(minutes=2)

    def test_grows_while_nothing_ticks(self):
        stopped = Claim(
            due_at=utc("2026-11-21T09:00"), claimed_at=utc("2026-11-21T09:00"), sent=True
        )
        assert self.lag(stopped, utc("2026-11-21T09:00:02")) == timedelta(hours=3, minutes=2)

    def test_does_not_count_a_due_time_that_was_only_noted(self):
        noted = Claim(due_at=utc("2026-11-21T12:05"), claimed_at=self.now, sent=True, owed=False)
        assert self.lag(noted, None) == timedelta(0)
