"""Is everything that the API leans on working: tables, queue, recurring jobs?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core import dynamo
from app.jobs import service as jobs_service
from app.jobs.schedule import Job
from app.providers.job_queue.interface import GiveUp, JobQueue, TryAgain

LONGEST_LAG_SECONDS = 900

OK = "ok"
DOWN = "down"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at; `detail` says what was seen."""

    name: str
    status: str
    detail: str


def check_health(*, schedule: Sequence[Job], jobs: JobQueue, now: datetime) -> list[Check]:
    """Look at the tables, the queue and the recurring jobs; none of them being down is an error here."""
    tables = _check_tables()
    lag = _check_jobs(schedule, now) if tables.status == OK else _unknown_jobs()
    return [tables, _check_queue(jobs), lag]


def _check_tables() -> Check:
    try:
        missing = dynamo.missing_tables()
    except Exception as error:
        if not dynamo.is_outage(error):
            raise
        return Check(name="tables", status=DOWN, detail="DynamoDB is not answering")
    if missing:
        return Check(
            name="tables", status=DOWN, detail=f"missing: {', '.join(missing)}; run `make migrate`"
        )
    return Check(name="tables", status=OK, detail=f"{len(dynamo.tables())} tables")


def _check_queue(jobs: JobQueue) -> Check:
    try:
        waiting = jobs.count_waiting()
    except (TryAgain, GiveUp):
        return Check(name="queue", status=DOWN, detail="the job queue is not answering")
    return Check(name="queue", status=OK, detail=f"{waiting} messages waiting")


def _check_jobs(schedule: Sequence[Job], now: datetime) -> Check:
    states = jobs_service.list_jobs(schedule=schedule, now=now)
    late = [state.name for state in states if state.lag_seconds > LONGEST_LAG_SECONDS]
    if late:
        return Check(
            name="jobs",
            status=DOWN,
            detail=f"late by over {LONGEST_LAG_SECONDS} s: {', '.join(late)}",
        )
    return Check(name="jobs", status=OK, detail=f"{len(states)} recurring jobs on time")


def _unknown_jobs() -> Check:
    return Check(name="jobs", status=DOWN, detail="unknown while DynamoDB is not answering")
