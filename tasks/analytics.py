"""Which tasks look after analytics?"""

import logging

from app.analytics import service as analytics
from app.core import clock
from tasks.celery_app import app

log = logging.getLogger(__name__)


@app.task(name="analytics.roll_up")
def roll_up() -> None:
    """Sum the days that changed."""
    days = analytics.roll_up(now=clock.now())
    log.info("analytics.rolled_up", extra={"days": days})
