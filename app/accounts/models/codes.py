"""What is stored of one-time tokens and of codes sent to phones? Only hashes; none of it outlasts a day."""

from datetime import datetime, timedelta

from pynamodb.attributes import (
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import Condition

from app.accounts.rules import codes
from app.core import dynamo


class OneTimeToken(dynamo.Model):
    """A token that was mailed to somebody, for one purpose.

    Attributes:
        bound_to: a mark of what the token dies with: the address that it confirms, the password that it replaces.
        used_at: kept, so that the same link opened again can be told from one that never was.
    """

    class Meta(dynamo.Meta):
        """Table `one-time-tokens`."""

        name = "one-time-tokens"

    token_hash = UnicodeAttribute(hash_key=True)
    purpose = UnicodeAttribute()
    user_id = UnicodeAttribute()
    bound_to = UnicodeAttribute()
    used_at = UTCDateTimeAttribute(null=True)
    expires_at = TTLAttribute()

    @classmethod
    def creation(
        cls, *, token: str, purpose: str, user_id: str, bound_to: str, now: datetime
    ) -> dynamo.Write:
        """Store a new token."""
        row = cls(
            codes.token_hash(token),
            purpose=purpose,
            user_id=user_id,
            bound_to=bound_to,
            expires_at=now + codes.TOKEN_LASTS[purpose],
        )
        return dynamo.put(row, cls.token_hash.does_not_exist())

    @classmethod
    def of(cls, token: str, *, purpose: str, now: datetime) -> "OneTimeToken | None":
        """The row of a token that has this purpose and has not expired, used or not."""
        row = dynamo.find(cls, codes.token_hash(token), consistent_read=True)
        if row is None or row.purpose != purpose or row.expires_at <= now:
            return None
        return row

    def use(self, now: datetime) -> dynamo.Write:
        """Use it; of those who try at once, one may."""
        cls = type(self)
        unused = cls.token_hash.exists() & cls.used_at.does_not_exist()
        return dynamo.update(cls(self.token_hash), [cls.used_at.set(now)], unused)


class LoginCode(dynamo.Model):
    """A code that was sent to a phone. The session is a secret of who asked; neither phone nor code is stored."""

    class Meta(dynamo.Meta):
        """Table `login-codes`."""

        name = "login-codes"

    session_hash = UnicodeAttribute(hash_key=True)
    code_hash = UnicodeAttribute()
    tries_key = UnicodeAttribute()
    expires_at = TTLAttribute()

    @classmethod
    def creation(
        cls, *, session: str, code_hash: str, tries_key: str, lasts: timedelta, now: datetime
    ) -> dynamo.Write:
        """Store a new code."""
        row = cls(
            codes.token_hash(session),
            code_hash=code_hash,
            tries_key=tries_key,
            expires_at=now + lasts,
        )
        return dynamo.put(row, cls.session_hash.does_not_exist())

    @classmethod
    def of(cls, session: str, *, now: datetime) -> "LoginCode | None":
        """The code of a session, if it was neither used nor has expired."""
        row = dynamo.find(cls, codes.token_hash(session), consistent_read=True)
        return None if row is None or row.expires_at <= now else row

    def use(self) -> dynamo.Write:
        """Use it; of those who try at once, one may."""
        return dynamo.delete(LoginCode(self.session_hash), LoginCode.session_hash.exists())


class LoginTries(dynamo.Model):
    """How many wrong codes were tried by who asked for them."""

    class Meta(dynamo.Meta):
        """Table `login-tries`."""

        name = "login-tries"

    key = UnicodeAttribute(hash_key=True)
    wrong = NumberAttribute()
    count_until = UTCDateTimeAttribute()
    expires_at = TTLAttribute()

    @classmethod
    def so_far(cls, key: str) -> codes.Tries | None:
        """What is counted under a key."""
        row = dynamo.find(cls, key, consistent_read=True)
        return codes.Tries(wrong=int(row.wrong), count_until=row.count_until) if row else None

    @classmethod
    def counted(cls, key: str, *, before: codes.Tries | None, after: codes.Tries) -> dynamo.Write:
        """Count a wrong try, unless another was counted since `before` was read."""
        row = cls(
            key,
            wrong=after.wrong,
            count_until=after.count_until,
            expires_at=after.count_until,
        )
        return dynamo.put(row, cls._unchanged(before))

    @classmethod
    def none_since(cls, key: str, *, before: codes.Tries | None) -> dynamo.Write:
        """Require that no wrong try was counted since `before` was read."""
        return dynamo.check(cls, key, condition=cls._unchanged(before))

    @classmethod
    def _unchanged(cls, before: codes.Tries | None) -> Condition:
        if before is None:
            return cls.key.does_not_exist()
        same: Condition = (cls.wrong == before.wrong) & (cls.count_until == before.count_until)
        return same
