"""Which tasks keep the recurring jobs going?"""

import logging

from app.core import clock
from app.extensions import providers, settings
from app.jobs import service
from app.jobs.schedule import schedule
from tasks.celery_app import app

log = logging.getLogger(__name__)


@app.task(name="jobs.tick")
def tick() -> None:
    """Start the recurring jobs that are due; once a minute, from Celery beat or EventBridge.

    `lag_seconds` of the line that it logs is a metric on AWS, with an alarm (deploy/alarms.py).
    """
    if not settings.scheduler_enabled:
        log.info("jobs.scheduler_disabled", extra={"lag_seconds": 0})
        return
    rows, now = schedule(settings), clock.now()
    late = service.most_late(schedule=rows, now=now)
    started = service.tick(schedule=rows, now=now, jobs=providers.job_queue)
    log.info(
        "jobs.ticked",
        extra={"started": started, "lag_seconds": late.lag_seconds, "most_late": late.name},
    )
