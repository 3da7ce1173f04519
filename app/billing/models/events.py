"""Which events of Stripe's have come, and which still wait to be acted on?

Only ids are kept: what is so is asked of Stripe when the event is acted on.
"""

from datetime import datetime, timedelta

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from app.core import dynamo

WAITING = "waiting"
KEPT_FOR = timedelta(days=90)
"""Stripe sends an event again for 3 days by itself and for 30 days by hand."""


class WaitingIndex(GlobalSecondaryIndex["StripeEvent"]):
    """Only the events that were not acted on yet, by when they came."""

    class Meta:
        """Index `waiting-index`."""

        index_name = "waiting-index"
        projection = KeysOnlyProjection()

    waiting = UnicodeAttribute(hash_key=True)
    received_at = UTCDateTimeAttribute(range_key=True)


class StripeEvent(dynamo.Model):
    """One event. It leaves the index in the transaction that acts on it."""

    class Meta(dynamo.Meta):
        """Table `stripe-events`."""

        name = "stripe-events"

    event_id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    waiting = UnicodeAttribute(null=True)
    happened_at = UTCDateTimeAttribute()
    received_at = UTCDateTimeAttribute()
    processed_at = UTCDateTimeAttribute(null=True)
    expires_at = TTLAttribute()

    by_waiting = WaitingIndex()

    @classmethod
    def of(cls, event_id: str) -> "StripeEvent | None":
        """The event with this id, as of now."""
        return dynamo.find(cls, event_id, consistent_read=True)

    @classmethod
    def arrival(
        cls, *, event_id: str, kind: str, customer_id: str, happened_at: datetime, now: datetime
    ) -> dynamo.Write:
        """Store an event that is new; the condition fails where it came before."""
        row = cls(
            event_id,
            kind=kind,
            customer_id=customer_id,
            waiting=WAITING,
            happened_at=happened_at,
            received_at=now,
            expires_at=now + KEPT_FOR,
        )
        return dynamo.put(row, cls.event_id.does_not_exist())

    def processing(self, *, now: datetime) -> dynamo.Write:
        """Note that it was acted on; of several who act on it, one."""
        actions = [StripeEvent.waiting.remove(), StripeEvent.processed_at.set(now)]
        return dynamo.update(StripeEvent(self.event_id), actions, StripeEvent.waiting.exists())

    @classmethod
    def overdue(cls, *, before: datetime, limit: int) -> list[str]:
        """The ids of events that came before a moment and still wait, oldest first."""
        late = cls.by_waiting.query(WAITING, cls.received_at < before, limit=limit)
        return [row.event_id for row in late]
