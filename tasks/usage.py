"""Which tasks look after usage?"""

import logging

from app.core import clock
from app.usage import service as usage
from tasks.celery_app import app

log = logging.getLogger(__name__)


@app.task(name="usage.roll_up")
def roll_up() -> None:
    """Give back what nobody finished, and sum the days that may have changed."""
    days = usage.roll_up(now=clock.now())
    log.info("usage.rolled_up", extra={"days": days})
