"""Which tasks keep the recurring jobs going?"""

import logging

from app.core import clock
from app.extensions import providers, settings
from app.jobs import service
from app.jobs.schedule import SCHEDULE
from tasks.celery_app import app

log = logging.getLogger(__name__)


@app.task(name="jobs.tick")
def tick() -> None:
    """Start the recurring jobs that are due; once a minute, from Celery beat or EventBridge."""
    if not settings.scheduler_enabled:
        log.info("jobs.scheduler_disabled")
        return
    started = service.tick(schedule=SCHEDULE, now=clock.now(), jobs=providers.job_queue)
    log.info("jobs.ticked", extra={"started": started})
