"""What is stored of billing: each user's subscription, whom a customer of Stripe's stands for, and running totals."""

from app.billing.models.events import StripeEvent
from app.billing.models.subscriptions import BillingRecord, StripeCustomer
from app.billing.models.totals import BillingTotal

__all__ = ["BillingRecord", "BillingTotal", "StripeCustomer", "StripeEvent"]
