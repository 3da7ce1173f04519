"""What is stored of the WebSockets that hang on API Gateway? How far each has been told, until when it may stay."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from app.core import dynamo

KEPT_AFTER_ITS_END = timedelta(hours=1)


class ConnectionIndex(GlobalSecondaryIndex["FeedConnection"]):
    """Connections by their id alone, which is all that API Gateway tells when one ends."""

    class Meta:
        """Index `connection-index`."""

        index_name = "connection-index"
        projection = KeysOnlyProjection()

    connection_id = UnicodeAttribute(hash_key=True)


class OwnerIndex(GlobalSecondaryIndex["FeedConnection"]):
    """Connections by user."""

    class Meta:
        """Index `user-index`."""

        index_name = "user-index"
        projection = KeysOnlyProjection()

    user_id = UnicodeAttribute(hash_key=True)


class FeedConnection(dynamo.Model):
    """A connection to a channel.

    Attributes:
        cursor: the number of the last event that it was sent; None until it was sent the newest.
        credential: what it came with, without the token or the key itself, to ask again whether it still counts.
        until: when what it came with ends.
        held_until: a delivery is at it; after that moment, its worker is dead.
        wanted: there was news while another delivery was at it.
    """

    class Meta(dynamo.Meta):
        """Table `feed-connections`."""

        name = "feed-connections"

    channel = UnicodeAttribute(hash_key=True)
    connection_id = UnicodeAttribute(range_key=True)
    user_id = UnicodeAttribute()
    credential = dynamo.JsonAttribute()
    cursor = NumberAttribute(null=True)
    connected_at = UTCDateTimeAttribute()
    checked_at = UTCDateTimeAttribute()
    until = UTCDateTimeAttribute()
    holder = UnicodeAttribute(null=True)
    held_until = UTCDateTimeAttribute(null=True)
    wanted = BooleanAttribute(null=True)
    expires_at = TTLAttribute()

    by_id = ConnectionIndex()
    by_owner = OwnerIndex()

    @classmethod
    def opened(
        cls,
        *,
        channel: str,
        connection_id: str,
        user_id: str,
        credential: dict[str, Any],
        cursor: int | None,
        until: datetime,
        now: datetime,
    ) -> "FeedConnection":
        """A connection that begins now; not stored yet."""
        return cls(
            channel,
            connection_id,
            user_id=user_id,
            credential=credential,
            cursor=cursor,
            connected_at=now,
            checked_at=now,
            until=until,
            expires_at=until + KEPT_AFTER_ITS_END,
        )

    def arrival(self) -> dynamo.Write:
        """Store it, unless a repeated event of API Gateway's stored it already."""
        return dynamo.put(self, FeedConnection.channel.does_not_exist())

    @classmethod
    def of(cls, *, channel: str, connection_id: str) -> "FeedConnection | None":
        """The connection as it is now."""
        return dynamo.find(cls, channel, connection_id, consistent_read=True)

    @classmethod
    def ids_of(cls, *, channel: str, limit: int, beyond: str | None) -> list[str]:
        """Up to `limit` ids of a channel's connections, in order, beyond one of the page before."""
        found = dynamo.page(
            cls,
            channel,
            limit=limit,
            cursor=None,
            range_key_condition=cls.connection_id > beyond if beyond is not None else None,
            consistent_read=True,
        )
        return [row.connection_id for row in found.items]

    @classmethod
    def with_id(cls, connection_id: str) -> Iterator["FeedConnection"]:
        """The connections with this id: one, or none; keys only."""
        return dynamo.every(cls.by_id, connection_id)

    @classmethod
    def owned_by(cls, user_id: str) -> Collection["FeedConnection"]:
        """A user's connections; keys only."""
        return list(dynamo.every(cls.by_owner, user_id))

    def closing(self) -> dynamo.Write:
        """Forget it, there or not."""
        return dynamo.delete(FeedConnection(self.channel, self.connection_id))

    def taking(self, *, holder: str, now: datetime, until: datetime) -> dynamo.Write:
        """Begin a delivery, unless another is at it."""
        free = FeedConnection.held_until.does_not_exist() | (FeedConnection.held_until < now)
        return dynamo.update(
            FeedConnection(self.channel, self.connection_id),
            [
                FeedConnection.holder.set(holder),
                FeedConnection.held_until.set(until),
                FeedConnection.wanted.remove(),
            ],
            FeedConnection.channel.exists() & free,
        )

    def asking_again(self, *, now: datetime) -> dynamo.Write:
        """Tell the delivery that is at it that there is more; the condition fails where none is any more."""
        return dynamo.update(
            FeedConnection(self.channel, self.connection_id),
            [FeedConnection.wanted.set(True)],
            FeedConnection.held_until >= now,
        )

    def moved(
        self, *, holder: str, cursor: int | None, checked_at: datetime, until: datetime
    ) -> dynamo.Write:
        """Note how far it was told and hold it on, if the delivery still holds it."""
        actions = [FeedConnection.checked_at.set(checked_at), FeedConnection.held_until.set(until)]
        if cursor is not None:
            actions.append(FeedConnection.cursor.set(cursor))
        return dynamo.update(
            FeedConnection(self.channel, self.connection_id),
            actions,
            FeedConnection.holder == holder,
        )

    def taking_word(self, *, holder: str) -> dynamo.Write:
        """Note that the delivery heard that there is more."""
        return dynamo.update(
            FeedConnection(self.channel, self.connection_id),
            [FeedConnection.wanted.remove()],
            FeedConnection.holder == holder,
        )

    def giving_up(self, *, holder: str) -> dynamo.Write:
        """End the delivery although there is more, unless another took over."""
        return dynamo.update(
            FeedConnection(self.channel, self.connection_id),
            [FeedConnection.holder.remove(), FeedConnection.held_until.remove()],
            FeedConnection.holder == holder,
        )

    def release(self, *, holder: str) -> dynamo.Write:
        """End the delivery, unless there is more, or another took over."""
        return dynamo.update(
            FeedConnection(self.channel, self.connection_id),
            [FeedConnection.holder.remove(), FeedConnection.held_until.remove()],
            (FeedConnection.holder == holder) & FeedConnection.wanted.does_not_exist(),
        )
