"""The laptop's Stripe, set up to sell our plans, and somebody who buys there."""

import pytest

from app.providers.payments.stripe_account import StripeAccount
from tests.local.stripe_server import stripe_served
from tests.providers.stripe_shop import BACK, OFFERS, Clock, checkout, made


@pytest.fixture
def stripe_clock():
    return Clock()


@pytest.fixture
def stripe(stripe_clock):
    with stripe_served(stripe_clock) as served:
        yield served


@pytest.fixture
def payments(stripe):
    StripeAccount(secret_key=stripe.secret_key, base_url=stripe.api_base).set_up(
        offers=OFFERS, webhook_url=None, return_url=BACK
    )
    return made(stripe.api_base)


@pytest.fixture
def customer(payments):
    return payments.make_customer(user_id="ada", email="ada@example.com")


@pytest.fixture
def subscribed(payments, stripe, customer):
    stripe.pay(checkout(payments, customer).url)
    (found,) = payments.subscriptions_of(customer_id=customer)
    return found
