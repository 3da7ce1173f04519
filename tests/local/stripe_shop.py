"""What do the tests of the laptop's Stripe sell, and how does somebody buy it?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from tests.local.stripe_server import LocalStripe, Post, nobody_answers, stripe_served

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SUCCESS_URL = "https://app.example/bought?session={CHECKOUT_SESSION_ID}"
CANCEL_URL = "https://app.example/plans"
RETURN_URL = "https://app.example/billing"


class Clock:
    """The wall clock, as a test sets it."""

    at = NOON

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **parts: float) -> None:
        self.at += timedelta(**parts)


class Shop:
    """Two plans in an account, and the real library that asks for them."""

    def __init__(self, local: LocalStripe, clock: Clock) -> None:
        self.local, self.clock = local, clock
        # Any: what a test sends is a plain mapping, right or wrong.
        self.client: Any = client_of(local).v1
        self.growth = self._price("Growth", 499)
        self.pro = self._price("Pro", 999)
        features: Any = {
            "invoice_history": {"enabled": True},
            "payment_method_update": {"enabled": True},
            "subscription_cancel": {"enabled": True},
            "subscription_update": {
                "enabled": True,
                "default_allowed_updates": ["price"],
                "proration_behavior": "always_invoice",
                "products": [
                    {"product": price.product, "prices": [price.id]}
                    for price in (self.growth, self.pro)
                ],
            },
        }
        self.portal = self.client.billing_portal.configurations.create({"features": features})

    def _price(self, name: str, cents: int) -> Any:
        product = self.client.products.create({"name": f"InvestForge {name}"})
        return self.client.prices.create(
            {
                "product": product.id,
                "unit_amount": cents,
                "currency": "usd",
                "recurring": {"interval": "month"},
                "lookup_key": f"{name.lower()}_monthly",
            }
        )

    def customer(self, email: str = "ada@example.com") -> Any:
        return self.client.customers.create({"email": email, "metadata": {"user_id": "u1"}})

    def checkout(self, customer: Any = None, **more: Any) -> Any:
        return self.client.checkout.sessions.create(
            {
                "mode": "subscription",
                "line_items": [{"price": self.growth.id, "quantity": 1}],
                "success_url": SUCCESS_URL,
                "cancel_url": CANCEL_URL,
                **({"customer": customer.id} if customer else {}),
                **more,
            }
        )

    def bought(self, **more: Any) -> Any:
        """A subscription to growth, bought at the checkout by a new customer."""
        customer = self.customer()
        assert self.local.pay(self.checkout(customer, **more).url)
        return self.client.subscriptions.list({"customer": customer.id}).data[0]

    def again(self, subscription: Any) -> Any:
        """The subscription as it is now."""
        return self.client.subscriptions.retrieve(subscription.id)

    def portal_session(self, customer: str, **more: Any) -> Any:
        return self.client.billing_portal.sessions.create(
            {"customer": customer, "return_url": RETURN_URL, **more}
        )

    def confirming(self, subscription: Any, price: Any) -> Any:
        """A portal session that asks to confirm a change."""
        item = subscription["items"].data[0]
        return self.portal_session(
            subscription.customer,
            flow_data={
                "type": "subscription_update_confirm",
                "subscription_update_confirm": {
                    "subscription": subscription.id,
                    "items": [{"id": item.id, "price": price.id, "quantity": 1}],
                },
                "after_completion": {
                    "type": "redirect",
                    "redirect": {"return_url": f"{RETURN_URL}?changed"},
                },
            },
        )

    def events_since(self, count: int) -> list[str]:
        return [event["type"] for event in self.local.events()[count:]]

    def events_about(self, object_id: str) -> list[str]:
        return [
            event["type"]
            for event in self.local.events()
            if event["data"]["object"].get("id") == object_id
        ]


def refusal(call: Callable[..., Any], *given: Any) -> Any:
    """The error that the library makes of Stripe's refusal."""
    with pytest.raises(stripe.StripeError) as caught:
        call(*given)
    return caught.value


def client_of(local: LocalStripe, key: str | None = None) -> stripe.StripeClient:
    return stripe.StripeClient(
        key or local.secret_key, base_addresses={"api": local.api_base}, max_network_retries=0
    )


@contextmanager
def open_shop(*, post: Post = nobody_answers) -> Iterator[Shop]:
    """A shop whose deliveries go to `post`."""
    clock = Clock()
    with stripe_served(clock, post=post) as local:
        yield Shop(local, clock)


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def advance(shop: Shop, subscription: Any, to: datetime) -> list[str]:
    """The events of a step of the customer's time."""
    before = len(shop.local.events())
    shop.local.advance(customer=subscription.customer, to=to)
    clocks = ("test_helpers.", "billing_portal.")
    return [event for event in shop.events_since(before) if not event.startswith(clocks)]


def with_card(shop: Shop, subscription: Any, card: str) -> Any:
    """The subscription, paid by another card from now on."""
    session = shop.portal_session(subscription.customer)
    assert shop.local.change_card(session.url, card=card)
    return subscription
