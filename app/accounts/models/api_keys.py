"""What is stored of API keys? Never a key: a hash tells whether the one that came is right."""

from datetime import datetime

from pynamodb.attributes import ListAttribute, UnicodeAttribute, UTCDateTimeAttribute

from app.core import dynamo


class ApiKey(dynamo.Model):
    """One key of a user, under its own id, which the key holds besides its owner's."""

    class Meta(dynamo.Meta):
        """Table `api-keys`."""

        name = "api-keys"

    user_id = UnicodeAttribute(hash_key=True)
    key_id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    prefix = UnicodeAttribute()
    key_hash = UnicodeAttribute()
    scopes = ListAttribute(of=UnicodeAttribute)
    created_at = UTCDateTimeAttribute()
    expires_at = UTCDateTimeAttribute(null=True)
    last_used_at = UTCDateTimeAttribute(null=True)

    @classmethod
    def owned_by(cls, user_id: str) -> list["ApiKey"]:
        """A user's keys, the newest first."""
        found = dynamo.every(cls, user_id, consistent_read=True)
        return sorted(found, key=lambda key: (key.created_at, key.key_id), reverse=True)

    def creation(self) -> dynamo.Write:
        """Store a new key."""
        return dynamo.put(self, ApiKey.user_id.does_not_exist())

    def used(self, *, now: datetime, unless_since: datetime) -> dynamo.Write:
        """Note a use, unless one was noted after `unless_since` or the key is gone."""
        older = ApiKey.last_used_at.does_not_exist() | (ApiKey.last_used_at <= unless_since)
        return dynamo.update(
            ApiKey(self.user_id, self.key_id),
            [ApiKey.last_used_at.set(now)],
            ApiKey.user_id.exists() & older,
        )

    @classmethod
    def revoked(cls, *, user_id: str, key_id: str) -> dynamo.Write:
        """Remove a key that is there."""
        return dynamo.delete(cls(user_id, key_id), cls.user_id.exists())

    @classmethod
    def erased(cls, *, user_id: str, key_id: str) -> dynamo.Write:
        """Remove a key, there or not."""
        return dynamo.delete(cls(user_id, key_id))
