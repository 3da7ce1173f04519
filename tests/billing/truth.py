"""What is so at Stripe, as a test says it: a provider whose answer is the truth of the moment and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from app.accounts.models import User
from app.billing.models import BillingRecord, StripeCustomer
from app.core import dynamo
from app.providers.payments.interface import Subscription, SubscriptionPage
from tests.conftest import NOON

MONTH = timedelta(days=30)
SUBSCRIPTION = Subscription(
    subscription_id="sub_1",
    customer_id="cus_ada",
    status="active",
    price_key="growth_monthly",
    item_id="si_1",
    created_at=NOON,
    period_ends_at=NOON + MONTH,
    trial_ends_at=None,
    ends_at=None,
    owed_since=None,
)


@dataclass
class Truth:
    """Stripe as it is now. `meanwhile` happens after Stripe has answered and before the answer is acted on."""

    subscriptions: dict[str, list[Subscription]] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    asked: int = 0
    trouble: Exception | None = None
    meanwhile: Callable[[], None] | None = None

    def is_so(self, customer_id: str, *found: Subscription) -> None:
        """From now on these are the customer's subscriptions."""
        self.subscriptions[customer_id] = [replace(each, customer_id=customer_id) for each in found]

    def subscriptions_of(self, *, customer_id: str) -> list[Subscription]:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        answer = list(self.subscriptions.get(customer_id, []))
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
        return answer

    def page_of_subscriptions(self, *, cursor: str | None, limit: int) -> SubscriptionPage:
        if self.trouble is not None:
            raise self.trouble
        rows = [each for found in self.subscriptions.values() for each in found]
        start = int(cursor or 0)
        more = start + limit < len(rows)
        return SubscriptionPage(
            subscriptions=tuple(rows[start : start + limit]),
            next_cursor=str(start + limit) if more else None,
        )

    def end_now(self, *, subscription_id: str) -> None:
        self.ended.append(subscription_id)
        for customer_id, found in self.subscriptions.items():
            self.subscriptions[customer_id] = [
                replace(each, status="canceled")
                if each.subscription_id == subscription_id
                else each
                for each in found
            ]

    def forget_customer(self, *, customer_id: str) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.forgotten.append(customer_id)
        self.subscriptions.pop(customer_id, None)


@dataclass
class RememberedJobs:
    """A job queue that only remembers what was enqueued."""

    enqueued: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def enqueue(self, task: str, arguments: dict[str, Any], *, delay_seconds: int = 0) -> None:
        assert delay_seconds == 0
        self.enqueued.append((task, arguments))


def buyer(name: str, *, email: str | None = "", status: str = "active") -> str:
    """Somebody whom Stripe knows as a customer; what Stripe calls them."""
    customer_id = f"cus_{name}"
    user = User(
        name,
        email=f"{name}@example.com" if email == "" else email,
        first_name=name.title(),
        status=status,
        stripe_customer_id=customer_id,
        created_at=NOON,
        updated_at=NOON,
    )
    record = BillingRecord(name, customer_id=customer_id)
    dynamo.commit(
        user.creation(),
        record.storing(),
        StripeCustomer.creation(customer_id=customer_id, user_id=name),
    )
    return customer_id
