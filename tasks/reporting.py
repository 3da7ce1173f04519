"""How did a task go? A line in the log for each, and the latest run of each recurring job in its table."""

import logging
import time
from typing import Any

from celery import signals, states
from celery.exceptions import Retry

from app.core import clock
from app.jobs import service as jobs
from app.jobs.schedule import SCHEDULE

log = logging.getLogger("tasks")

OUTCOMES = {
    states.SUCCESS: "succeeded",
    states.RETRY: "retrying",
    states.REJECTED: "rejected",
    states.IGNORED: "ignored",
}
RECURRING = frozenset(job.name for job in SCHEDULE)

# Each says in other words, with a task's arguments, what is logged here.
for _celery_logger in ("celery.app.trace", "celery.worker.strategy"):
    logging.getLogger(_celery_logger).setLevel(logging.ERROR)


@signals.task_prerun.connect
def _note_start(task: Any, **_: Any) -> None:
    task.request.began = (clock.now(), time.perf_counter())


@signals.task_postrun.connect
def _report(task: Any, task_id: str, state: str | None, retval: Any, **_: Any) -> None:
    started_at, began = task.request.began
    duration_ms = round((time.perf_counter() - began) * 1000, 3)
    outcome = OUTCOMES.get(state or states.FAILURE, "failed")
    log.log(
        logging.WARNING if outcome in {"failed", "rejected"} else logging.INFO,
        "tasks.finished",
        extra={
            "task": task.name,
            "task_id": task_id,
            "outcome": outcome,
            "duration_ms": duration_ms,
            "retries": task.request.retries,
            "reason": _reason(retval),
        },
    )
    if task.name in RECURRING:
        try:
            jobs.record_run(
                name=task.name,
                started_at=started_at,
                duration_ms=round(duration_ms),
                result=outcome if outcome in {"succeeded", "retrying"} else "failed",
            )
        except Exception:
            # The task has ended; that nobody can see it is no reason to run it again.
            log.exception("jobs.run_not_recorded", extra={"task": task.name})


def _reason(result: Any) -> str | None:
    """Why a task failed or is run again, by the error's name, since its text may be personal; else None."""
    error = result.exc if isinstance(result, Retry) else result
    return type(error).__name__ if isinstance(error, BaseException) else None
