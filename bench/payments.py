"""Who takes payments while costs are measured? Somebody who answers at once: what is seen is our part."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.providers.payments.interface import Door, Event, Subscription, SubscriptionPage

if TYPE_CHECKING:
    from flask import Flask

PERIOD = timedelta(days=30)
CHECKOUT = {
    "plan": "growth",
    "success_url": "http://localhost:3000/done",
    "cancel_url": "http://localhost:3000",
}


class PromptPayments:
    """As many of the interface's calls as the measured endpoints make."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, Subscription] = {}

    def sell(self, *, customer_id: str, now: datetime) -> None:
        """Have a customer buy growth."""
        self._subscriptions[customer_id] = Subscription(
            subscription_id=f"sub_of_{customer_id}",
            customer_id=customer_id,
            status="active",
            price_key="growth_monthly",
            item_id=f"si_of_{customer_id}",
            created_at=now,
            period_ends_at=now + PERIOD,
            trial_ends_at=None,
            ends_at=None,
            owed_since=None,
        )

    def make_customer(self, *, user_id: str, email: str | None) -> str:
        """A customer of the user's own."""
        return f"cus_{user_id}" if email else f"cus_mute_{user_id}"

    def start_checkout(self, *, key: str, **_asked: Any) -> Door:
        """A visit."""
        return Door(door_id=f"cs_{key}", url="http://localhost:3000/checkout")

    def open_portal(self, *, customer_id: str, **_asked: Any) -> Door:
        """Another."""
        return Door(door_id=f"bps_{customer_id}", url="http://localhost:3000/portal")

    def subscriptions_of(self, *, customer_id: str) -> Sequence[Subscription]:
        """What was sold to a customer."""
        found = self._subscriptions.get(customer_id)
        return [found] if found is not None else []

    def page_of_subscriptions(self, *, cursor: str | None, limit: int) -> SubscriptionPage:
        """The first of all that were sold."""
        found = tuple(self._subscriptions.values())[:limit] if cursor is None else ()
        return SubscriptionPage(subscriptions=found, next_cursor=None)

    def end_with_period(self, *, subscription_id: str, ends: bool) -> None:
        """Change it."""
        for customer_id, found in self._subscriptions.items():
            if found.subscription_id == subscription_id:
                ends_at = found.period_ends_at if ends else None
                self._subscriptions[customer_id] = replace(found, ends_at=ends_at)

    def read_event(self, *, body: bytes, signature: str | None, now: datetime) -> Event:
        """Word of the latest sale, whatever comes."""
        customer_id = next(reversed(self._subscriptions))
        return Event(
            event_id=f"evt_{len(body)}_{signature}_{customer_id}",
            kind="customer.subscription.updated",
            customer_id=customer_id,
            created_at=now,
        )


@contextmanager
def prompt(app: "Flask") -> Iterator[PromptPayments]:
    """Have them take payments within the block."""
    from app.extensions import EXTENSION

    providers, made = vars(app.extensions[EXTENSION]), PromptPayments()
    before = {name: value for name, value in providers.items() if name == "payments"}
    providers["payments"] = made
    try:
        yield made
    finally:
        providers.pop("payments")
        providers.update(before)


def bought(app: "Flask", *, ask: Callable[..., Any], token: str) -> str:
    """Have whoever holds the token buy growth; the subscription's id."""
    from app.billing import service as billing
    from app.core import clock
    from app.extensions import providers, settings

    answer = ask("POST", "/stripe/create-checkout-session", CHECKOUT, token)
    assert answer.status_code == 200, answer.text
    user_id = ask("GET", "/users/me", token=token).json["user_id"]
    customer_id = ask("GET", "/users/billing", token=token).json["stripe_customer_id"]
    with app.app_context():
        providers.payments.sell(customer_id=customer_id, now=clock.now())  # type: ignore[union-attr]
        billing.follow(
            user_id=user_id,
            payments=billing.configured(payments=providers.payments),
            jobs=providers.job_queue,
            settings=settings,
            now=clock.now(),
        )
    return str(ask("GET", "/users/billing", token=token).json["subscription_id"])
