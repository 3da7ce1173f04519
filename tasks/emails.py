"""Which tasks send emails?"""

import secrets

from app.core import clock
from app.emails import service as emails
from app.extensions import providers, settings
from tasks.celery_app import app

_chances = secrets.SystemRandom()


@app.task(name="emails.send_email")
def send_email(email_id: str) -> None:
    """Send one email of the outbox. What may pass is tried again later by itself, so nothing is raised for it."""
    emails.deliver(
        email_id=email_id,
        mailer=providers.mailer,
        pictures=providers.pictures,
        jobs=providers.job_queue,
        settings=settings,
        chance=_chances.random(),
        now=clock.now(),
    )


@app.task(name="emails.retry_outbox")
def retry_outbox() -> None:
    """Ask again for emails whose task was lost or whose worker died."""
    emails.retry_outbox(jobs=providers.job_queue, now=clock.now())
