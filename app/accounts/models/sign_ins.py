"""What is stored of sign-ins and of the tokens that were revoked?"""

from datetime import datetime, timedelta

from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from app.core import dynamo

PHONE = "phone"


class SignIn(dynamo.Model):
    """One sign-in of a user: a device and the tokens that it was given.

    `token_version` is the account's when it began: where the account's moved on, the sign-in is over.
    The refresh token's id matters while tokens rotate; the one before it is accepted for a moment more.
    """

    class Meta(dynamo.Meta):
        """Table `sign-ins`."""

        name = "sign-ins"

    user_id = UnicodeAttribute(hash_key=True)
    sign_in_id = UnicodeAttribute(range_key=True)
    user_agent = UnicodeAttribute(null=True)
    ip = UnicodeAttribute(null=True)
    came_by = UnicodeAttribute(null=True)
    token_version = NumberAttribute(default=0)
    refresh_token_id = UnicodeAttribute(null=True)
    previous_refresh_token_id = UnicodeAttribute(null=True)
    rotated_at = UTCDateTimeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    last_used_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()

    @classmethod
    def of(cls, *, user_id: str, sign_in_id: str) -> "SignIn | None":
        """One sign-in of a user."""
        return dynamo.find(cls, user_id, sign_in_id, consistent_read=True)

    @classmethod
    def owned_by(cls, user_id: str) -> list["SignIn"]:
        """Every sign-in of a user that is still stored, over or not."""
        return list(dynamo.every(cls, user_id, consistent_read=True))

    @classmethod
    def page_owned_by(
        cls, user_id: str, *, token_version: int, now: datetime, limit: int, cursor: str | None
    ) -> dynamo.Page["SignIn"]:
        """Those of a user that last; a page may hold fewer than `limit` and a cursor."""
        return dynamo.page(
            cls,
            user_id,
            filter_condition=(cls.token_version == token_version) & (cls.expires_at > now),
            limit=limit,
            cursor=cursor,
            consistent_read=True,
        )

    def creation(self) -> dynamo.Write:
        """Store a new sign-in."""
        return dynamo.put(self, SignIn.user_id.does_not_exist())

    @classmethod
    def used(
        cls, *, user_id: str, sign_in_id: str, now: datetime, lasts: timedelta
    ) -> dynamo.Write:
        """Remember that its refresh token was used."""
        actions = [cls.last_used_at.set(now), cls.expires_at.set(now + lasts)]
        return dynamo.update(cls(user_id, sign_in_id), actions, cls.user_id.exists())

    def rotated(
        self, *, refresh_token_id: str, successor_id: str, now: datetime, lasts: timedelta
    ) -> dynamo.Write:
        """Let another refresh token take the place of this one, if it is still the sign-in's."""
        actions = [
            SignIn.refresh_token_id.set(successor_id),
            SignIn.previous_refresh_token_id.set(refresh_token_id),
            SignIn.rotated_at.set(now),
            SignIn.last_used_at.set(now),
            SignIn.expires_at.set(now + lasts),
        ]
        return dynamo.update(
            SignIn(self.user_id, self.sign_in_id),
            actions,
            SignIn.refresh_token_id == refresh_token_id,
        )

    @classmethod
    def ended(cls, *, user_id: str, sign_in_id: str) -> dynamo.Write:
        """Take it off the list."""
        return dynamo.delete(cls(user_id, sign_in_id))

    @classmethod
    def revoked(cls, *, user_id: str, sign_in_id: str) -> dynamo.Write:
        """Take one off the list that is there."""
        return dynamo.delete(cls(user_id, sign_in_id), cls.user_id.exists())


class RevokedToken(dynamo.Model):
    """The token blacklist: a token's id, or a sign-in's, which revokes every token of it."""

    class Meta(dynamo.Meta):
        """Table `token-blacklist`."""

        name = "token-blacklist"

    token_id = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()
    revoked_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()

    @classmethod
    def revocation(
        cls, *, token_id: str, user_id: str, now: datetime, until: datetime
    ) -> dynamo.Write:
        """Refuse this id from now on; the row goes when the tokens would have expired anyway."""
        return dynamo.put(cls(token_id, user_id=user_id, revoked_at=now, expires_at=until))
