"""How do tests reach payments through the real Stripe library?"""

from datetime import UTC, datetime

from app.billing.rules import plans
from app.providers.payments.interface import Offer
from app.providers.payments.stripe_api import StripePayments
from tests.local.stripe_server import WEBHOOK_SECRET

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BACK = "http://localhost:3000/billing"
OFFERS = [
    Offer(
        name=plan.name,
        title=plan.title,
        price_key=str(plan.lookup_key),
        monthly_price=plan.monthly_price,
        currency="USD",
    )
    for plan in plans.PLANS.values()
    if plan.lookup_key
]


class Clock:
    at = NOON

    def __call__(self):
        return self.at


def made(base_url, *, timeout_seconds=5.0, secret_key="sk_test_local"):
    return StripePayments(
        secret_key=secret_key,
        webhook_secret=WEBHOOK_SECRET,
        base_url=base_url,
        timeout_seconds=timeout_seconds,
    )


def checkout(payments, customer_id, *, price_key="growth_monthly", trial_days=0, key="one"):
    return payments.start_checkout(
        customer_id=customer_id,
        user_id="ada",
        price_key=price_key,
        trial_days=trial_days,
        success_url=f"{BACK}?session={{CHECKOUT_SESSION_ID}}",
        cancel_url=BACK,
        key=key,
    )
