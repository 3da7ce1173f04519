"""How does an account with Stripe come to sell our plans?"""

from app.billing.rules import plans
from app.billing.service.asking import BillingNotConfigured
from app.config import Settings
from app.providers.payments.interface import Offer, PaymentsAccount

WEBHOOK_PATH = "/stripe/webhook"


def set_up_payments(
    *, account: PaymentsAccount | None, api_url: str | None, settings: Settings
) -> list[str]:
    """Make what is missing of products, prices, portal and webhook; one line for each thing, as an operator reads it.

    Args:
        api_url: where Stripe reaches this API; without it, no webhook is made.

    Raises:
        BillingNotConfigured, TryAgain, GiveUp.
    """
    if account is None:
        raise BillingNotConfigured
    offers = [
        Offer(
            name=plan.name,
            title=plan.title,
            price_key=plan.lookup_key,
            monthly_price=plan.monthly_price,
            currency=plans.CURRENCY,
        )
        for plan in plans.PLANS.values()
        if plan.lookup_key is not None
    ]
    webhook_url = f"{api_url.rstrip('/')}{WEBHOOK_PATH}" if api_url else None
    return account.set_up(offers=offers, webhook_url=webhook_url, return_url=settings.app_url)
