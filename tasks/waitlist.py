"""Which tasks look after the waitlist?"""

import logging

from app.core import clock, dynamo
from app.extensions import providers
from app.waitlist import service as waitlist
from tasks.celery_app import app

log = logging.getLogger(__name__)


@app.task(
    name="waitlist.credit_referral",
    autoretry_for=(dynamo.Busy,),
    retry_backoff=5,
    retry_backoff_max=300,
    max_retries=6,
)
def credit_referral(referral_code: str) -> None:
    """Move up whoever brought the person with this code, and again while others move at the same places."""
    waitlist.credit_referral(referral_code=referral_code, now=clock.now())


@app.task(name="waitlist.credit_owed")
def credit_owed() -> None:
    """Ask again for referrals whose task was lost or given up on."""
    count = waitlist.credit_owed(jobs=providers.job_queue)
    log.info("waitlist.owed", extra={"count": count})


@app.task(
    name="waitlist.close_gaps",
    autoretry_for=(dynamo.Busy,),
    retry_backoff=10,
    retry_backoff_max=300,
    max_retries=6,
)
def close_gaps() -> None:
    """Move up who stands behind empty places, in as many turns as that takes."""
    if not waitlist.close_gaps(now=clock.now()):
        providers.job_queue.enqueue("waitlist.close_gaps")
