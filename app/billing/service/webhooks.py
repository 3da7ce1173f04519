"""What happens with an event that Stripe sends? It is stored, then acted on by a task; each id acts once."""

import logging
from datetime import datetime, timedelta

from app.billing.models import StripeCustomer, StripeEvent
from app.billing.service import following
from app.billing.service.asking import BillingNotConfigured, configured
from app.config import Settings
from app.core import dynamo, errors
from app.providers.job_queue.interface import JobQueue
from app.providers.payments.interface import Payments, UntrustedEvent

log = logging.getLogger(__name__)

PROCESS_EVENT = "billing.process_event"
OVERDUE_AFTER = timedelta(minutes=10)
MOST_ASKED_FOR = 500
LOOKED_AT = frozenset(
    {
        "checkout.session.completed",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.subscription.trial_will_end",
        "invoice.payment_succeeded",
        "invoice.payment_failed",
    }
)
"""The events after which an account's plan may be another."""

STORED, REPEATED = "stored", "repeated"
UNKNOWN_EVENT, UNKNOWN_CUSTOMER = "unknown_event", "unknown_customer"
RESULTS = (STORED, REPEATED, UNKNOWN_EVENT, UNKNOWN_CUSTOMER)

_SENTENCES = {
    "no_signature": "The Stripe-Signature header is missing.",
    "wrong_signature": "The body is not signed with this endpoint's secret.",
    "outside_tolerance": "The signature is five minutes old or more. Check both clocks, or send the event again.",
    "not_an_event": "The body is not an event of Stripe's.",
}


class EventNotTrusted(errors.BadRequest):
    """A message that is not a fresh, signed event."""

    code = "invalid_signature"
    message = "This is not an event that Stripe signed within the last five minutes."


def take_event(
    *,
    body: bytes,
    signature: str | None,
    payments: Payments | None,
    settings: Settings,
    jobs: JobQueue,
    now: datetime,
) -> str:
    """Store an event and name the task that acts on it; one of `RESULTS`.

    One that is no concern of ours, or about somebody who is not ours, is answered and forgotten.

    Raises:
        BillingNotConfigured: there is no key, or no secret to check signatures with.
        EventNotTrusted: nothing was stored.
    """
    if settings.stripe_webhook_secret is None:
        raise BillingNotConfigured
    try:
        event = configured(payments=payments).read_event(body=body, signature=signature, now=now)
    except UntrustedEvent as error:
        log.warning("billing.event_refused", extra={"reason": error.reason})
        raise EventNotTrusted(_SENTENCES[error.reason], details={"reason": error.reason}) from None
    result = _taken(event.event_id, event.kind, event.customer_id, event.created_at, now)
    if result in {STORED, REPEATED}:
        jobs.enqueue(PROCESS_EVENT, {"event_id": event.event_id})
    log.info("billing.event_taken", extra={"kind": event.kind, "result": result})
    return result


def _taken(
    event_id: str, kind: str, customer_id: str | None, happened_at: datetime, now: datetime
) -> str:
    if kind not in LOOKED_AT:
        return UNKNOWN_EVENT
    if customer_id is None or StripeCustomer.user_of(customer_id) is None:
        return UNKNOWN_CUSTOMER
    arrival = StripeEvent.arrival(
        event_id=event_id, kind=kind, customer_id=customer_id, happened_at=happened_at, now=now
    )
    try:
        dynamo.commit(arrival)
    except dynamo.ConditionFailed:
        return REPEATED
    return STORED


def process_event(
    *,
    event_id: str,
    payments: Payments | None,
    settings: Settings,
    jobs: JobQueue,
    now: datetime,
) -> None:
    """Act on a stored event, unless that was done.

    Raises:
        TryAgain, GiveUp, BillingNotConfigured: the event still waits.
    """
    event = StripeEvent.of(event_id)
    if event is None or event.waiting is None:
        return
    user_id = StripeCustomer.user_of(event.customer_id)
    if user_id is None:  # the account was erased since
        dynamo.commit(event.processing(now=now))
        return
    following.follow(
        user_id=user_id,
        payments=configured(payments=payments),
        jobs=jobs,
        settings=settings,
        now=now,
        event_id=event_id,
    )


def retry_events(*, jobs: JobQueue, now: datetime) -> int:
    """Ask again for the events whose task was lost or gave up, and return how many those are."""
    late = StripeEvent.overdue(before=now - OVERDUE_AFTER, limit=MOST_ASKED_FOR)
    for event_id in late:
        jobs.enqueue(PROCESS_EVENT, {"event_id": event_id})
    if late:
        log.warning("billing.events_asked_for_again", extra={"count": len(late)})
    return len(late)
