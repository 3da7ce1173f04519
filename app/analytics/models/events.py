"""What is stored when events are tracked: bundles of them, the ids that acted, and what arrived when?"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import (
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.analytics import rules
from app.core import dynamo, ids

AFTER_EVERYTHING = "~"


class OwnerIndex(GlobalSecondaryIndex["EventBundle"]):
    """Only the bundles of users, by type and time."""

    class Meta:
        """Index `owner-index`."""

        index_name = "owner-index"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True)
    type_and_time = UnicodeAttribute(range_key=True)


class EventBundle(dynamo.Model):
    """The events of one type and day that came in one call, under the time of the latest.

    Attributes:
        event_type: the type and its partition: page_view#2.
        timestamp: the latest event's time, and an id of the bundle's.
        events: [event_id, timestamp, anonymous_id, event_data] each.
        erased: what a user who was erased counts as from then on.
    """

    class Meta(dynamo.Meta):
        """Table `analytics`."""

        name = "analytics"

    event_type = UnicodeAttribute(hash_key=True)
    timestamp = UnicodeAttribute(range_key=True)
    user_id = UnicodeAttribute(null=True)
    type_and_time = UnicodeAttribute(null=True)
    erased = UnicodeAttribute(null=True)
    arrived_at = UnicodeAttribute()
    events = dynamo.JsonAttribute()
    expires_at = TTLAttribute()

    by_owner = OwnerIndex()

    @property
    def kind(self) -> str:
        """The event type, without its partition."""
        return self.event_type.rpartition("#")[0]

    def person_of(self, event: Sequence[Any]) -> str | None:
        """Whom one of its events counts for."""
        return self.erased or rules.person(user_id=self.user_id, anonymous_id=event[2])

    @classmethod
    def made(
        cls,
        *,
        event_type: str,
        user_id: str | None,
        events: Sequence[Sequence[Any]],
        now: datetime,
    ) -> "EventBundle":
        """A bundle that arrives now; not stored yet."""
        latest, name = max(event[1] for event in events), ids.new_id()
        return cls(
            f"{event_type}#{rules.shard_of(name)}",
            f"{latest}#{name}",
            user_id=user_id,
            type_and_time=f"{event_type}#{latest}" if user_id else None,
            arrived_at=rules.moment(now),
            events=events,
            expires_at=datetime.fromisoformat(latest) + rules.EVENTS_KEPT_FOR,
        )

    @classmethod
    def between(
        cls, *, event_type: str, first: str, last: str, consistent: bool = False
    ) -> Iterator["EventBundle"]:
        """Those of a type from one day to another, both included."""
        days = cls.timestamp.between(first, last + AFTER_EVERYTHING)
        for shard in range(rules.SHARDS):
            yield from dynamo.every(
                cls,
                f"{event_type}#{shard}",
                range_key_condition=days,
                consistent_read=consistent,
            )

    @classmethod
    def latest(cls, *, event_type: str, shard: int, first: str, limit: int) -> Any:
        """The newest of a partition, not before a day: one page."""
        return dynamo.page(
            cls,
            f"{event_type}#{shard}",
            range_key_condition=cls.timestamp >= first,
            limit=limit,
            cursor=None,
            newest_first=True,
            consistent_read=True,
        )

    @classmethod
    def latest_of(cls, *, user_id: str, event_type: str, first: str, limit: int) -> Any:
        """A user's newest of a type, not before a day: one page."""
        lowest, highest = f"{event_type}#{first}", f"{event_type}#{AFTER_EVERYTHING}"
        return dynamo.page(
            cls.by_owner,
            user_id,
            range_key_condition=cls.type_and_time.between(lowest, highest),
            limit=limit,
            cursor=None,
            newest_first=True,
        )

    @classmethod
    def owned_by(cls, user_id: str) -> Iterator["EventBundle"]:
        """All of a user's."""
        return dynamo.every(cls.by_owner, user_id)

    def creation(self) -> dynamo.Write:
        """Store it."""
        return dynamo.put(self)

    def erasure(self) -> dynamo.Write:
        """Leave its ids and times, and nothing of whose it was or what it held."""
        kept = [[event[0], event[1], None, {}] for event in self.events]
        actions = [
            EventBundle.erased.set(rules.erased(str(self.user_id))),
            EventBundle.events.set(kept),
            EventBundle.user_id.remove(),
            EventBundle.type_and_time.remove(),
        ]
        key = EventBundle(self.event_type, self.timestamp)
        return dynamo.update(key, actions, EventBundle.user_id == self.user_id)


class TakenId(dynamo.Model):
    """That an event of this id was counted."""

    class Meta(dynamo.Meta):
        """Table `analytics-event-ids`."""

        name = "analytics-event-ids"

    event_id = UnicodeAttribute(hash_key=True)
    expires_at = TTLAttribute()

    @classmethod
    def claim(cls, *, event_id: str, now: datetime) -> dynamo.Write:
        """Take it; the condition fails where it acted already."""
        row = cls(event_id, expires_at=now + rules.IDS_KEPT_FOR)
        return dynamo.put(row, cls.event_id.does_not_exist())


class Arrival(dynamo.Model):
    """What came in one transaction: which days changed, and what they gain until they are rolled up.

    Attributes:
        shard: one of a few partitions.
        arrived: when, and an id of its own.
        gains: [event_type, day, count, [persons], {hour: count}] each; those stored before hours were summed have none.
    """

    class Meta(dynamo.Meta):
        """Table `analytics-arrivals`."""

        name = "analytics-arrivals"

    shard = UnicodeAttribute(hash_key=True)
    arrived = UnicodeAttribute(range_key=True)
    gains = dynamo.JsonAttribute()
    expires_at = TTLAttribute()

    @property
    def at(self) -> str:
        """When it came."""
        return self.arrived.partition("#")[0]

    @classmethod
    def logged(cls, *, gains: Sequence[Sequence[Any]], now: datetime) -> dynamo.Write:
        """Note what comes now."""
        name = ids.new_id()
        row = cls(
            str(rules.shard_of(name)),
            f"{rules.moment(now)}#{name}",
            gains=gains,
            expires_at=now + rules.ARRIVALS_KEPT_FOR,
        )
        return dynamo.put(row)

    @classmethod
    def between(cls, *, start: str, end: str) -> Iterator["Arrival"]:
        """What came from one moment until before another."""
        for shard in range(rules.SHARDS):
            yield from dynamo.every(
                cls,
                str(shard),
                range_key_condition=cls.arrived.between(start, end),
                consistent_read=True,
            )

    @classmethod
    def since(cls, *, shard: int, start: str, limit: int) -> list["Arrival"]:
        """What came to one partition from a moment on: one page."""
        found: list[Arrival] = dynamo.page(
            cls,
            str(shard),
            range_key_condition=cls.arrived >= start,
            limit=limit,
            cursor=None,
            consistent_read=True,
        ).items
        return found
