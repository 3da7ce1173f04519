"""What is known of a user's subscription, and whom does a customer of Stripe's stand for?"""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from app.billing.rules.plans import FREE
from app.billing.rules.standing import Standing
from app.core import dynamo

WATCHED = "watched"


class StepIndex(GlobalSecondaryIndex["BillingRecord"]):
    """Only the subscriptions that are live, by when they have to be looked at."""

    class Meta:
        """Index `step-index`."""

        index_name = "step-index"
        projection = KeysOnlyProjection()

    watched = UnicodeAttribute(hash_key=True)
    next_step_at = UTCDateTimeAttribute(range_key=True)


class BillingRecord(dynamo.Model):
    """Where a user stands with Stripe, as of the last look.

    Every change raises `version` and requires the one that was read. Whoever reads the row, asks Stripe and then
    writes is therefore refused where somebody else wrote in between, and asks again: what is older than the row never
    replaces it.

    Attributes:
        held_plan: what the subscription gave at the last look.
        counted_as: the plan that the totals count this user under.
        looked_at: up to when reminders that fell due were sent.
        checkout_number: how many visits to Checkout were begun; names the latest to Stripe.
        checkout_mark: what the latest was for; None once it led to something.
    """

    class Meta(dynamo.Meta):
        """Table `subscriptions`."""

        name = "subscriptions"

    user_id = UnicodeAttribute(hash_key=True)
    version = NumberAttribute(default=0)
    customer_id = UnicodeAttribute(null=True)
    subscription_id = UnicodeAttribute(null=True)
    item_id = UnicodeAttribute(null=True)
    status = UnicodeAttribute(null=True)
    plan = UnicodeAttribute(null=True)
    started_at = UTCDateTimeAttribute(null=True)
    period_ends_at = UTCDateTimeAttribute(null=True)
    trial_ends_at = UTCDateTimeAttribute(null=True)
    ends_at = UTCDateTimeAttribute(null=True)
    unpaid_since = UTCDateTimeAttribute(null=True)
    held_plan = UnicodeAttribute(default=FREE)
    counted_as = UnicodeAttribute(null=True)
    looked_at = UTCDateTimeAttribute(null=True)
    watched = UnicodeAttribute(null=True)
    next_step_at = UTCDateTimeAttribute(null=True)
    checkout_number = NumberAttribute(default=0)
    checkout_mark = UnicodeAttribute(null=True)
    checkout_id = UnicodeAttribute(null=True)
    checkout_began_at = UTCDateTimeAttribute(null=True)

    by_step = StepIndex()

    @classmethod
    def of(cls, user_id: str) -> "BillingRecord":
        """The user's row as of now; an empty one, not stored, of somebody who never bought."""
        return dynamo.find(cls, user_id, consistent_read=True) or cls(user_id)

    @classmethod
    def of_many(cls, user_ids: Iterable[str]) -> dict[str, "BillingRecord"]:
        """The rows that there are, by user."""
        return {row.user_id: row for row in dynamo.get_many(cls, user_ids)}

    @classmethod
    def due(cls, *, now: datetime, limit: int) -> list[str]:
        """Whose subscription has to be looked at, those who wait longest first."""
        rows = cls.by_step.query(WATCHED, cls.next_step_at <= now, limit=limit)
        return [row.user_id for row in rows]

    @property
    def standing(self) -> Standing | None:
        """The subscription as it stood at the last look."""
        if self.subscription_id is None:
            return None
        return Standing(
            subscription_id=self.subscription_id,
            item_id=str(self.item_id),
            status=str(self.status),
            plan=str(self.plan),
            started_at=self.started_at,
            period_ends_at=self.period_ends_at,
            trial_ends_at=self.trial_ends_at,
            ends_at=self.ends_at,
            unpaid_since=self.unpaid_since,
        )

    def look(self, *, found: Standing | None, held_plan: str, counted_as: str | None) -> None:
        """Take over what Stripe says; not stored yet. A visit to Checkout that led to something is over."""
        for name in Standing.__dataclass_fields__:
            setattr(self, name, getattr(found, name) if found is not None else None)
        self.held_plan, self.counted_as = held_plan, counted_as
        if found is not None and found.is_live:
            self.checkout_mark = self.checkout_id = self.checkout_began_at = None

    def watch(self, *, next_step_at: datetime | None, now: datetime) -> None:
        """Say when to look again; never, where that is None. Not stored yet."""
        self.next_step_at, self.looked_at = next_step_at, now
        self.watched = WATCHED if next_step_at is not None else None

    def checkout_begins(self, *, mark: str, now: datetime) -> None:
        """Begin another visit to Checkout; not stored yet."""
        self.checkout_number += 1
        self.checkout_mark, self.checkout_began_at, self.checkout_id = mark, now, None

    def storing(self) -> dynamo.Write:
        """Store the row as it is now, unless somebody else stored it since it was read."""
        read = self.version
        self.version = read + 1
        unread = BillingRecord.user_id.does_not_exist()
        return dynamo.put(self, BillingRecord.version == read if read else unread)

    def erasing(self) -> dynamo.Write:
        """Remove the row as it was read."""
        return dynamo.delete(BillingRecord(self.user_id), BillingRecord.version == self.version)


class StripeCustomer(dynamo.Model):
    """Whom a customer of Stripe's stands for. A table of its own, because an index may be behind."""

    class Meta(dynamo.Meta):
        """Table `stripe-customers`."""

        name = "stripe-customers"

    customer_id = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()

    @classmethod
    def user_of(cls, customer_id: str) -> str | None:
        """The user whom a customer stands for."""
        row = dynamo.find(cls, customer_id, consistent_read=True)
        return row.user_id if row else None

    @classmethod
    def users_of(cls, customer_ids: Iterable[str]) -> dict[str, str]:
        """The users by customer, of the customers who are ours."""
        rows = dynamo.get_many(cls, dynamo.distinct(list(customer_ids)))
        return {row.customer_id: row.user_id for row in rows}

    @classmethod
    def creation(cls, *, customer_id: str, user_id: str) -> dynamo.Write:
        """Remember whom a customer stands for; the condition fails where it stands for somebody else."""
        mine = cls.user_id == user_id
        return dynamo.put(
            cls(customer_id, user_id=user_id), cls.customer_id.does_not_exist() | mine
        )

    @classmethod
    def removal(cls, customer_id: str) -> dynamo.Write:
        """Forget it."""
        return dynamo.delete(cls(customer_id))
