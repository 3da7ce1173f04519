"""What can be asked of the service that takes payments for plans?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol


class TryAgain(Exception):
    """The service did not answer; the same call may work later.

    Attributes:
        retry_after_seconds: how long to wait, where the service said so.
    """

    def __init__(self, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class GiveUp(Exception):
    """The service refused, and will again: what we send, our key or our account's set-up is wrong."""


class NoSuchThing(GiveUp):
    """What the call names is not there, or not in a state that allows it."""


class UntrustedEvent(Exception):
    """What came is no genuine event.

    Attributes:
        reason: no_signature, wrong_signature, outside_tolerance or not_an_event.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """A subscription as the service knows it at this moment.

    Attributes:
        status: trialing, active, past_due, unpaid, paused, incomplete, incomplete_expired or canceled.
        price_key: what the price is sold under (`Plan.lookup_key`); None for a price that is not ours.
        item_id: the line of the subscription whose price a change of plan replaces.
        ends_at: when it ends by itself, where that was asked for.
        owed_since: when the oldest invoice that is still owed was made; None where none is.
    """

    subscription_id: str
    customer_id: str
    status: str
    price_key: str | None
    item_id: str
    created_at: datetime
    period_ends_at: datetime
    trial_ends_at: datetime | None
    ends_at: datetime | None
    owed_since: datetime | None


@dataclass(frozen=True, kw_only=True)
class SubscriptionPage:
    """Some of all subscriptions, and where the next ones start (None at the end)."""

    subscriptions: tuple[Subscription, ...]
    next_cursor: str | None


@dataclass(frozen=True, kw_only=True)
class Door:
    """A page of the service that a person is sent to, and what the service calls this visit."""

    door_id: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """Another price for a subscription, which its holder is to confirm."""

    subscription_id: str
    item_id: str
    price_key: str


@dataclass(frozen=True, kw_only=True)
class Event:
    """That something happened at the service. What is so now is asked for, not read here.

    Attributes:
        customer_id: whom it is about; None where it is about no customer.
    """

    event_id: str
    kind: str
    customer_id: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A plan as it is to be sold."""

    name: str
    title: str
    price_key: str
    monthly_price: Decimal
    currency: str


class Payments(Protocol):
    """Payments, as the product sees them. Every call ends within its time limit and raises TryAgain or GiveUp."""

    def make_customer(self, *, user_id: str, email: str | None) -> str:
        """The customer who stands for a user; the same, however often or at once it is asked for."""

    def start_checkout(
        self,
        *,
        customer_id: str,
        user_id: str,
        price_key: str,
        trial_days: int,
        success_url: str,
        cancel_url: str,
        key: str,
    ) -> Door:
        """Where a plan is bought; of one `key` there is one visit."""

    def abandon_checkout(self, *, door_id: str) -> None:
        """See to it that nothing can be bought there any more.

        Raises:
            NoSuchThing: it is over already; something may have been bought.
        """

    def open_portal(self, *, customer_id: str, return_url: str, change: Change | None) -> Door:
        """Where a customer sees invoices and cards, or confirms a change of plan."""

    def subscriptions_of(self, *, customer_id: str) -> Sequence[Subscription]:
        """All that a customer has and had, as of now; none of a customer whom the service does not know."""

    def page_of_subscriptions(self, *, cursor: str | None, limit: int) -> SubscriptionPage:
        """Some of everybody's."""

    def end_with_period(self, *, subscription_id: str, ends: bool) -> None:
        """Let a subscription end with the period that is paid for, or go on after it.

        Raises:
            NoSuchThing: it has ended.
        """

    def end_now(self, *, subscription_id: str) -> None:
        """End a subscription at once; one that has ended is left as it is."""

    def forget_customer(self, *, customer_id: str) -> None:
        """Remove a customer with what is known of them, and end all that they pay for."""

    def read_event(self, *, body: bytes, signature: str | None, now: datetime) -> Event:
        """What a signed message says.

        Raises:
            UntrustedEvent.
        """


class PaymentsAccount(Protocol):
    """Our account with the service, as whoever sets it up sees it."""

    def set_up(
        self, *, offers: Sequence[Offer], webhook_url: str | None, return_url: str
    ) -> list[str]:
        """Make what is missing of products, prices, portal and webhook; one line for each thing.

        Args:
            webhook_url: where events go; None to leave webhooks alone.

        Raises:
            TryAgain, GiveUp.
        """
