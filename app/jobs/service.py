"""What does the minute tick start, how did each job go, and how is a failed one tried again?"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.audit import service as audit
from app.core import dynamo, errors
from app.jobs import rules
from app.jobs.models import JobRun
from app.jobs.rules import Claim, Job
from app.providers.job_queue.interface import DeadLetter, GiveUp, JobQueue, TryAgain

log = logging.getLogger(__name__)

UNCONFIRMED_AFTER = timedelta(minutes=2)  # longer than a tick may take, so that it is dead by then


class UnknownJob(errors.NotFound):
    """There is no recurring job of this name."""

    code = "job_not_found"
    message = "No recurring job has this name; GET /api/v1/admin/jobs lists them."


class JobQueueUnavailable(errors.ServiceUnavailable):
    """The queue did not answer a route that needs it."""

    code = "job_queue_unavailable"
    message = "The job queue is not answering. Try again shortly."


@dataclass(frozen=True, kw_only=True)
class JobState:
    """A recurring job and how it stands.

    Attributes:
        schedule: the interval in words, or the cron expression.
        last_run_at: when its latest run started; None before the first.
        last_result: "succeeded", "failed" or "retrying".
        lag_seconds: how long the oldest due time that no run has answered has been waiting.
    """

    name: str
    schedule: str
    timezone: str
    last_run_at: datetime | None
    last_result: str | None
    last_duration_ms: int | None
    next_run_at: datetime
    lag_seconds: int


def tick(*, schedule: Sequence[Job], now: datetime, jobs: JobQueue) -> list[str]:
    """Start each job that is due, and return their names.

    A job is claimed before its message is sent and confirmed after: of any number of ticks at once, one
    claims; and where a tick dies in between, a later one sends again. A job that can't be sent does not hold
    up the others.
    """
    runs = JobRun.of([job.name for job in schedule])
    started = []
    for job in schedule:
        run = runs.get(job.name)
        held = run.claim if run is not None else None
        claim = rules.next_claim(job=job, claim=held, now=now, unconfirmed_after=UNCONFIRMED_AFTER)
        if claim is not None and _claimed(job, claim, instead_of=held) and claim.owed:
            started += _sent(job, claim, jobs)
    return started


def _claimed(job: Job, claim: Claim, *, instead_of: Claim | None) -> bool:
    try:
        dynamo.commit(JobRun.claiming(name=job.name, claim=claim, instead_of=instead_of))
    except dynamo.ConditionFailed:
        return False
    return True


def _sent(job: Job, claim: Claim, jobs: JobQueue) -> list[str]:
    try:
        jobs.ask(job.name)
    except (TryAgain, GiveUp):
        log.exception("jobs.not_sent", extra={"job": job.name})
        return []
    try:
        dynamo.commit(JobRun.confirming(name=job.name, claim=claim))
    except dynamo.ConditionFailed:
        log.warning("jobs.claim_taken_over", extra={"job": job.name})
    return [job.name]


def record_run(*, name: str, started_at: datetime, duration_ms: int, result: str) -> None:
    """Note how a run of a recurring job went.

    Args:
        name: the job.
        started_at: when the run started.
        duration_ms: how long it took.
        result: "succeeded", "failed" or "retrying".
    """
    write = JobRun.recording(
        name=name, started_at=started_at, duration_ms=duration_ms, result=result
    )
    try:
        dynamo.commit(write)
    except dynamo.ConditionFailed:
        log.info("jobs.later_run_noted_already", extra={"job": name})


def list_jobs(*, schedule: Sequence[Job], now: datetime) -> list[JobState]:
    """Every recurring job, in the schedule's order."""
    runs = JobRun.of([job.name for job in schedule])
    return [_state(job, runs.get(job.name), now) for job in schedule]


def most_late(*, schedule: Sequence[Job], now: datetime) -> JobState:
    """The job whose due time has waited longest for a run; any job where none waits."""
    return max(list_jobs(schedule=schedule, now=now), key=lambda job: job.lag_seconds)


def _state(job: Job, run: JobRun | None, now: datetime) -> JobState:
    last_run_at = run.last_run_at if run is not None else None
    lag = rules.lag(
        job=job, claim=run.claim if run is not None else None, last_run_at=last_run_at, now=now
    )
    return JobState(
        name=job.name,
        schedule=job.schedule,
        timezone=job.timezone,
        last_run_at=last_run_at,
        last_result=run.last_result if run is not None else None,
        last_duration_ms=int(run.last_duration_ms)
        if run is not None and run.last_duration_ms is not None
        else None,
        next_run_at=job.next_due_at(after=now),
        lag_seconds=int(lag.total_seconds()),
    )


def run_job(
    *, name: str, admin_id: str, schedule: Iterable[Job], jobs: JobQueue, now: datetime
) -> None:
    """Start a recurring job now, besides its schedule; that an administrator asked for it is on record before.

    Raises:
        UnknownJob: no row of the schedule has this name.
        JobQueueUnavailable: it was not started.
    """
    if name not in {job.name for job in schedule}:
        raise UnknownJob
    audit.record(admin_id=admin_id, action="run_job", metadata={"job": name}, now=now)
    try:
        jobs.ask(name)
    except TryAgain as error:
        raise JobQueueUnavailable from error


def list_dead_letters(*, limit: int, jobs: JobQueue) -> list[DeadLetter]:
    """Messages that were given up on, oldest first.

    Raises:
        JobQueueUnavailable: the queue did not answer.
    """
    try:
        found = jobs.list_dead_letters(limit=limit)
    except TryAgain as error:
        raise JobQueueUnavailable from error
    return sorted(found, key=lambda letter: letter.sent_at)


def redrive_dead_letters(*, limit: int, admin_id: str, jobs: JobQueue, now: datetime) -> int:
    """Send messages that were given up on to the workers again, and return how many.

    That an administrator asked for it is on record before.

    Raises:
        JobQueueUnavailable: the queue did not answer; some may have been sent.
    """
    audit.record(
        admin_id=admin_id, action="redrive_dead_letters", metadata={"limit": limit}, now=now
    )
    try:
        count = jobs.redrive(limit=limit)
    except TryAgain as error:
        raise JobQueueUnavailable from error
    log.info("jobs.redriven", extra={"count": count})
    return count
