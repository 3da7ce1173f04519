"""What does billing hold of a user, and how is it exported, ended and erased?"""

from datetime import datetime
from typing import Any

from app.billing.models import BillingRecord, BillingTotal, StripeCustomer
from app.billing.rules import plans
from app.billing.service.asking import configured
from app.core import dynamo
from app.providers.payments.interface import Payments

ATTEMPTS = 8
TOLD = (
    "customer_id",
    "subscription_id",
    "status",
    "plan",
    "started_at",
    "period_ends_at",
    "trial_ends_at",
    "ends_at",
    "unpaid_since",
)


def export_owned_by(*, user_id: str) -> dict[str, Any]:
    """A user's subscription; invoices and cards are Stripe's to show, in its portal."""
    record = BillingRecord.of(user_id)
    held = {name: getattr(record, name) for name in TOLD} if record.version else None
    return {"subscription": held}


def end_for_closed_account(*, user_id: str, payments: Payments | None, now: datetime) -> None:
    """Have Stripe charge the holder of a closed account no more, and forget them; running it again is harmless.

    Raises:
        TryAgain, GiveUp, BillingNotConfigured: they may still be charged, so nothing else may be forgotten.
        dynamo.Busy.
    """
    for _ in range(ATTEMPTS):
        record = BillingRecord.of(user_id)
        if record.customer_id is None:
            return
        configured(payments=payments).forget_customer(customer_id=record.customer_id)
        uncounted = BillingTotal.moves(before=record.counted_as, after=None, now=now)
        record.look(found=None, held_plan=plans.FREE, counted_as=None)
        record.watch(next_step_at=None, now=now)
        try:
            dynamo.commit(record.storing(), *uncounted)
        except dynamo.ConditionFailed:
            continue
        return
    raise dynamo.Busy


def erase_owned_by(*, user_id: str) -> None:
    """Remove what billing holds of a user whose subscription was ended; running it again is harmless."""
    for _ in range(ATTEMPTS):
        record = BillingRecord.of(user_id)
        if not record.version:
            return
        customer = [StripeCustomer.removal(record.customer_id)] if record.customer_id else []
        try:
            dynamo.commit(record.erasing(), *customer)
        except dynamo.ConditionFailed:
            continue
        return
    raise dynamo.Busy
