"""What is stored of devices and of what was pushed to them?"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pynamodb.attributes import (
    BooleanAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.core import dynamo
from app.devices import rules

# A dead letter can be sent again for 14 days; for so long it must be known what was pushed already.
DELIVERY_KEPT_FOR = timedelta(days=15)


class OwnerIndex(GlobalSecondaryIndex["DeviceToken"]):
    """Devices by user, those not heard of for longest first."""

    class Meta:
        """Index `user-index`."""

        index_name = "user-index"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True)
    updated_at = UTCDateTimeAttribute(range_key=True)


class DeviceToken(dynamo.Model):
    """A device. Its token decides its key, which is the documented unique index: a token has one owner."""

    class Meta(dynamo.Meta):
        """Table `device-tokens`."""

        name = "device-tokens"

    device_id = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()
    token = UnicodeAttribute()
    platform = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()

    by_owner = OwnerIndex()

    @property
    def token_suffix(self) -> str:
        """How its token ends."""
        return rules.token_suffix(self.token)

    @classmethod
    def of(cls, device_id: str) -> "DeviceToken | None":
        """The device with this id, whoever owns it."""
        return dynamo.find(cls, device_id, consistent_read=True)

    @classmethod
    def owned_by(cls, user_id: str) -> Iterator["DeviceToken"]:
        """A user's devices, the one heard of last first."""
        return dynamo.every(cls.by_owner, user_id, newest_first=True)

    @classmethod
    def registered(cls, *, user_id: str, token: str, platform: str, now: datetime) -> "DeviceToken":
        """A device that is new to this user; not stored yet."""
        return cls(
            rules.device_id(token),
            user_id=user_id,
            token=token,
            platform=platform,
            created_at=now,
            updated_at=now,
        )

    def arrival(self) -> dynamo.Write:
        """Store it, unless the token is this user's already; from another user it is taken over."""
        elsewhere = DeviceToken.user_id != self.user_id
        return dynamo.put(self, DeviceToken.device_id.does_not_exist() | elsewhere)

    def refreshed(self) -> dynamo.Write:
        """Note that it was registered again, if the token is still this user's."""
        actions = [
            DeviceToken.platform.set(self.platform),
            DeviceToken.updated_at.set(self.updated_at),
        ]
        return dynamo.update(self, actions, DeviceToken.user_id == self.user_id)

    @classmethod
    def removal(cls, *, device_id: str, user_id: str) -> dynamo.Write:
        """Forget it, if it is this user's."""
        return dynamo.delete(cls(device_id), cls.user_id == user_id)

    def retirement(self) -> dynamo.Write:
        """Forget it as it was read: one that was registered again since stays."""
        unchanged = (DeviceToken.user_id == self.user_id) & (
            DeviceToken.updated_at == self.updated_at
        )
        return dynamo.delete(DeviceToken(self.device_id), unchanged)


class PushDelivery(dynamo.Model):
    """That one notification is on its way to one device, or has been delivered."""

    class Meta(dynamo.Meta):
        """Table `push-deliveries`."""

        name = "push-deliveries"

    notification_id = UnicodeAttribute(hash_key=True)
    device_id = UnicodeAttribute(range_key=True)
    delivered = BooleanAttribute(default=False)
    claimed_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()

    @classmethod
    def of(cls, *, notification_id: str, device_id: str) -> "PushDelivery | None":
        """The delivery, if anyone began it."""
        return dynamo.find(cls, notification_id, device_id, consistent_read=True)

    @classmethod
    def claimed(cls, *, notification_id: str, device_id: str, now: datetime) -> "PushDelivery":
        """A try that begins now; not stored yet."""
        return cls(notification_id, device_id, claimed_at=now, expires_at=now + DELIVERY_KEPT_FOR)

    def beginning(self, *, lapsed_before: datetime) -> dynamo.Write:
        """Claim it, unless it was delivered, or another try began since `lapsed_before` and still runs."""
        abandoned = (PushDelivery.delivered == False) & (  # noqa: E712 - a condition of DynamoDB's
            PushDelivery.claimed_at < lapsed_before
        )
        return dynamo.put(self, PushDelivery.notification_id.does_not_exist() | abandoned)

    def completion(self) -> dynamo.Write:
        """Note that it arrived, if no later try took it over."""
        actions = [PushDelivery.delivered.set(True)]
        return dynamo.update(self, actions, PushDelivery.claimed_at == self.claimed_at)

    def release(self) -> dynamo.Write:
        """Let the next try have it, if no later one took it over."""
        ours = (PushDelivery.claimed_at == self.claimed_at) & (PushDelivery.delivered == False)  # noqa: E712
        return dynamo.delete(self, ours)
