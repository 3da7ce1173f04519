"""What can subscribers see of their subscription, and do with it?"""

from dataclasses import dataclass
from datetime import datetime

from app.accounts import service as accounts
from app.billing.models import BillingRecord
from app.billing.rules import plans, standing
from app.billing.rules.standing import Standing
from app.billing.service import following
from app.billing.service.asking import configured, within_request
from app.billing.service.checkout import check_addresses
from app.config import Settings
from app.core import errors
from app.providers.job_queue.interface import JobQueue
from app.providers.payments.interface import Door, NoSuchThing, Payments


class NoSubscription(errors.BadRequest):
    """There is nothing to cancel, resume or manage."""

    code = "no_subscription"
    message = "You have no subscription. POST /stripe/create-checkout-session starts one."


@dataclass(frozen=True, kw_only=True)
class Billing:
    """Where somebody stands with us.

    Attributes:
        subscription_active: whether the subscription gives its plan at this moment.
        status: Stripe's word for the subscription; None without one.
        cancel_at_period_end: whether it ends by itself, at `current_period_end`.
        payment_status: paid, trial, failed, pending or none.
    """

    plan: str
    stripe_customer_id: str | None
    subscription_active: bool
    subscription_id: str | None
    status: str | None
    current_period_end: datetime | None
    cancel_at_period_end: bool
    payment_status: str


def get_billing(*, user_id: str) -> Billing:
    """Where somebody stands, from our own rows.

    Raises:
        accounts.UnknownAccount.
    """
    account, record = accounts.get_account(user_id=user_id), BillingRecord.of(user_id)
    found = record.standing
    return Billing(
        plan=account.plan,
        stripe_customer_id=account.stripe_customer_id,
        subscription_active=record.held_plan != plans.FREE,
        subscription_id=found.subscription_id if found else None,
        status=found.status if found else None,
        current_period_end=found.period_ends_at if found else None,
        cancel_at_period_end=bool(found and found.is_live and found.ends_at is not None),
        payment_status=standing.payment_status(found.status if found else None),
    )


def set_cancelled(
    *,
    user_id: str,
    cancelled: bool,
    payments: Payments | None,
    jobs: JobQueue,
    settings: Settings,
    now: datetime,
) -> Billing:
    """Let a subscription end with the period that is paid for, or go on after it; said again, it changes nothing.

    Raises:
        BillingNotConfigured, PaymentsUnavailable, dynamo.Busy.
        NoSubscription: there is none, or it has ended.
    """
    asked = configured(payments=payments)

    def look() -> Standing | None:
        following.follow(user_id=user_id, payments=asked, jobs=jobs, settings=settings, now=now)
        return _live(user_id)

    with within_request():
        # Whoever has just paid may be quicker than Stripe's word of it.
        found = _live(user_id) or look()
        if found is None:
            raise NoSubscription
        if (found.ends_at is not None) != cancelled:
            try:
                asked.end_with_period(subscription_id=found.subscription_id, ends=cancelled)
            except NoSuchThing:
                if look() is None:
                    raise NoSubscription from None
                raise
            look()
    return get_billing(user_id=user_id)


def _live(user_id: str) -> Standing | None:
    found = BillingRecord.of(user_id).standing
    return found if found is not None and found.is_live else None


def open_portal(
    *, user_id: str, return_url: str | None, payments: Payments | None, settings: Settings
) -> Door:
    """Where a customer sees invoices, changes the card, and changes or ends the plan.

    Args:
        return_url: where to come back to; the web app where it is None.

    Raises:
        BillingNotConfigured, PaymentsUnavailable, AddressNotAllowed.
        NoSubscription: nothing was ever bought.
    """
    asked = configured(payments=payments)
    back = return_url or settings.app_url
    check_addresses(urls=(back,), settings=settings)
    record = BillingRecord.of(user_id)
    if record.customer_id is None or record.subscription_id is None:
        raise NoSubscription
    with within_request():
        return asked.open_portal(customer_id=record.customer_id, return_url=back, change=None)
