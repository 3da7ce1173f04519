"""Which tasks look after plans and subscriptions?"""

from app.billing import service as billing
from app.core import clock
from app.extensions import providers, settings
from app.providers.payments.interface import TryAgain
from tasks.celery_app import app


@app.task(
    name="billing.process_event",
    autoretry_for=(TryAgain,),
    retry_backoff=5,
    retry_backoff_max=600,
    max_retries=6,
)
def process_event(event_id: str) -> None:
    """Act on an event of Stripe's that was stored, and again while Stripe does not answer."""
    billing.process_event(
        event_id=event_id,
        payments=providers.payments,
        settings=settings,
        jobs=providers.job_queue,
        now=clock.now(),
    )


@app.task(
    name="billing.follow_subscription",
    autoretry_for=(TryAgain,),
    retry_backoff=30,
    retry_backoff_max=900,
    max_retries=4,
)
def follow_subscription(user_id: str) -> None:
    """Look at one subscription because something of it fell due, or differs from what Stripe says."""
    billing.follow(
        user_id=user_id,
        payments=billing.configured(payments=providers.payments),
        jobs=providers.job_queue,
        settings=settings,
        now=clock.now(),
    )


@app.task(name="billing.retry_events")
def retry_events() -> None:
    """Ask again for the events whose task was lost."""
    billing.retry_events(jobs=providers.job_queue, now=clock.now())


@app.task(name="billing.send_reminders")
def send_reminders() -> None:
    """Look at every subscription of which a reminder, a grace or a period fell due."""
    if providers.payments is not None:
        billing.send_reminders(jobs=providers.job_queue, now=clock.now())


@app.task(name="billing.reconcile")
def reconcile() -> None:
    """Compare all subscriptions with Stripe, page by page, each in a task of its own."""
    if providers.payments is not None:
        providers.job_queue.enqueue("billing.reconcile_page", {"cursor": None})


@app.task(
    name="billing.reconcile_page",
    autoretry_for=(TryAgain,),
    retry_backoff=60,
    retry_backoff_max=900,
    max_retries=4,
)
def reconcile_page(cursor: str | None) -> None:
    """Compare a page of Stripe's subscriptions with our rows and mend what differs."""
    billing.reconcile(
        cursor=cursor,
        payments=providers.payments,
        settings=settings,
        jobs=providers.job_queue,
        now=clock.now(),
    )
