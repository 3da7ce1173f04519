"""What is stored of the feeds: a log for each channel, and where it ends."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from app.core import dynamo
from app.feeds import rules


class LoggedEvent(dynamo.Model):
    """One event; its number is one more than that of the event before it on its channel."""

    class Meta(dynamo.Meta):
        """Table `feed-events`."""

        name = "feed-events"

    channel = UnicodeAttribute(hash_key=True)
    sequence = NumberAttribute(range_key=True)
    event = UnicodeAttribute()
    data = dynamo.JsonAttribute()
    appended_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()

    @classmethod
    def numbered(
        cls, *, channel: str, sequence: int, event: str, data: Mapping[str, Any], now: datetime
    ) -> "LoggedEvent":
        """An event with its number; not stored yet."""
        return cls(
            channel,
            sequence,
            event=event,
            data=dict(data),
            appended_at=now,
            expires_at=now + rules.KEPT_FOR,
        )

    def arrival(self) -> dynamo.Write:
        """Store it, if no other event has its number."""
        return dynamo.put(self, LoggedEvent.channel.does_not_exist())

    @classmethod
    def following(cls, *, channel: str, after: int, limit: int) -> Sequence["LoggedEvent"]:
        """Up to `limit` events with higher numbers than `after` that are still kept, in order."""
        return dynamo.page(
            cls,
            channel,
            limit=limit,
            cursor=None,
            range_key_condition=cls.sequence > after,
            consistent_read=True,
        ).items


class FeedHead(dynamo.Model):
    """Where a channel's log ends. It holds the newest event, which so outlives the log's retention."""

    class Meta(dynamo.Meta):
        """Table `feed-heads`."""

        name = "feed-heads"

    channel = UnicodeAttribute(hash_key=True)
    last = NumberAttribute(default=0)
    event = UnicodeAttribute(null=True)
    data = dynamo.JsonAttribute(null=True)

    @classmethod
    def of(cls, channel: str) -> "FeedHead":
        """The end of a channel's log; of an empty log, number 0."""
        return dynamo.find(cls, channel, consistent_read=True) or cls(channel)

    @classmethod
    def glimpsed(cls, channels: Sequence[str]) -> dict[str, int]:
        """About where logs end, in one cheap request that may be a moment behind; 0 for an empty log."""
        found = {head.channel: int(head.last) for head in dynamo.get_many(cls, channels)}
        return {channel: found.get(channel, 0) for channel in channels}

    def moving(self, newest: LoggedEvent) -> dynamo.Write:
        """Let the log end with `newest`, if it still ends where this head says."""
        here = FeedHead.last == self.last if self.last else FeedHead.channel.does_not_exist()
        made = FeedHead(self.channel, last=newest.sequence, event=newest.event, data=newest.data)
        return dynamo.put(made, here)
