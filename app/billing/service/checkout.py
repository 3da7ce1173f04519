"""How does somebody come to the page where a plan is bought, once and no more than once?

A user has one customer at Stripe and one visit to Checkout at a time: another plan or another address ends the visit
before. Where Stripe says that it is over, something may have been bought there, and Stripe is asked before anything
else is sold.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts import service as accounts
from app.billing.models import BillingRecord, StripeCustomer
from app.billing.rules import addresses, plans, standing
from app.billing.service import following
from app.billing.service.asking import configured, within_request
from app.config import Settings
from app.core import dynamo, errors
from app.providers.job_queue.interface import JobQueue
from app.providers.payments.interface import Change, Door, NoSuchThing, Payments

ATTEMPTS = 12
SAME_VISIT_FOR = timedelta(hours=12)
"""Stripe keeps a visit open, and remembers its idempotency key, for 24 hours."""


class PlanHeld(errors.BadRequest):
    """Nothing to buy."""

    code = "plan_held"
    message = "You hold this plan, or a higher one, already. POST /users/billing/portal changes or ends it."


class AddressNotAllowed(errors.Unprocessable):
    """An address that people must not be sent to."""

    code = "url_not_allowed"
    message = "success_url, cancel_url and return_url must be on an origin of this app."


@dataclass(frozen=True, kw_only=True)
class _Visit:
    """What somebody wants to buy, and where they come back to."""

    plan: str
    success_url: str
    cancel_url: str

    @property
    def price_key(self) -> str:
        return str(plans.PLANS[self.plan].lookup_key)

    def mark(self, trial_days: int) -> str:
        """Tells visits apart that are not for the same."""
        parts = (self.plan, self.success_url, self.cancel_url, str(trial_days))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def start_checkout(
    *,
    user_id: str,
    plan: str,
    success_url: str,
    cancel_url: str,
    payments: Payments | None,
    jobs: JobQueue,
    settings: Settings,
    now: datetime,
) -> Door:
    """Where to buy a plan; for a subscriber, where to confirm the change to it.

    Asked for again, it leads to the same visit, for 12 hours.

    Raises:
        BillingNotConfigured, PaymentsUnavailable, AddressNotAllowed, dynamo.Busy.
        PlanHeld: this plan or a higher one is held.
    """
    asked = configured(payments=payments)
    check_addresses(urls=(success_url, cancel_url), settings=settings)
    visit = _Visit(plan=plan, success_url=success_url, cancel_url=cancel_url)
    with within_request():
        for _ in range(ATTEMPTS):
            record = _customer(user_id, plan, asked, now)
            found = record.standing
            if found is not None and found.is_live:
                return _change(record, found, visit, asked)
            trial_days = settings.billing_trial_days if found is None else 0
            mark = visit.mark(trial_days)
            if not _same_visit(record, mark, now):
                if _is_over(record, asked):
                    _forget_visit(record)
                    following.follow(
                        user_id=user_id, payments=asked, jobs=jobs, settings=settings, now=now
                    )
                    continue
                record.checkout_begins(mark=mark, now=now)
                if not _stored(record):
                    continue
            door = _opened(record, visit, trial_days, asked)
            if _remembered(record, door):
                return door
    raise dynamo.Busy


def check_addresses(*, urls: Collection[str], settings: Settings) -> None:
    """Require that addresses to return to are on an origin that may call, the web app's, or a laptop's own API.

    Raises:
        AddressNotAllowed.
    """
    origins = [*settings.cors_allowed_origins, settings.app_url]
    if settings.is_local and settings.public_api_url is not None:
        origins.append(settings.public_api_url)
    for url in urls:
        if not addresses.is_allowed(url, origins=origins):
            raise AddressNotAllowed(details={"url": url})


def _customer(user_id: str, plan: str, payments: Payments, now: datetime) -> BillingRecord:
    """The buyer's row with a customer in it; of any number who make one at once, all get the same."""
    for _ in range(ATTEMPTS):
        payer, record = accounts.find_payer(user_id=user_id), BillingRecord.of(user_id)
        if payer is None or payer.is_closed:
            raise accounts.UnknownAccount
        if plans.includes(held=payer.plan, asked=plan):
            raise PlanHeld(details={"plan": payer.plan})
        if record.customer_id is not None:
            return record
        record.customer_id = payments.make_customer(user_id=user_id, email=payer.email)
        try:
            dynamo.commit(
                record.storing(),
                StripeCustomer.creation(customer_id=record.customer_id, user_id=user_id),
                accounts.customer_linked(
                    user_id=user_id, stripe_customer_id=record.customer_id, now=now
                ),
            )
        except dynamo.ConditionFailed:
            continue
        return record
    raise dynamo.Busy


def _change(
    record: BillingRecord, found: standing.Standing, visit: _Visit, payments: Payments
) -> Door:
    """The portal, at the confirmation of the change where Stripe can make one, else where a card can be mended."""
    change = None
    if found.status in standing.GRANTING and found.plan != visit.plan:
        change = Change(
            subscription_id=found.subscription_id,
            item_id=found.item_id,
            price_key=visit.price_key,
        )
    return payments.open_portal(
        customer_id=str(record.customer_id), return_url=visit.success_url, change=change
    )


def _opened(record: BillingRecord, visit: _Visit, trial_days: int, payments: Payments) -> Door:
    return payments.start_checkout(
        customer_id=str(record.customer_id),
        user_id=record.user_id,
        price_key=visit.price_key,
        trial_days=trial_days,
        success_url=visit.success_url,
        cancel_url=visit.cancel_url,
        key=f"{record.user_id}-{int(record.checkout_number)}-{visit.mark(trial_days)}",
    )


def _same_visit(record: BillingRecord, mark: str, now: datetime) -> bool:
    began_at = record.checkout_began_at
    return record.checkout_mark == mark and began_at is not None and now < began_at + SAME_VISIT_FOR


def _is_over(record: BillingRecord, payments: Payments) -> bool:
    """End the visit before this one; True where it had ended by itself, perhaps with a purchase."""
    if record.checkout_id is None:
        return False
    try:
        payments.abandon_checkout(door_id=record.checkout_id)
    except NoSuchThing:
        return True
    return False


def _forget_visit(record: BillingRecord) -> None:
    record.checkout_id = None
    _stored(record)


def _remembered(record: BillingRecord, door: Door) -> bool:
    """Keep what the visit is called, so that it can be ended; whether this visit is still the one that counts."""
    if record.checkout_id == door.door_id:
        return True
    record.checkout_id = door.door_id
    return _stored(record) or BillingRecord.of(record.user_id).checkout_id == door.door_id


def _stored(record: BillingRecord) -> bool:
    try:
        dynamo.commit(record.storing())
    except dynamo.ConditionFailed:
        return False
    return True
