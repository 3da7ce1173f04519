"""How often may one address, phone or account do this? Counted in DynamoDB, so that all processes agree.

A window starts with the first try and lasts its length; exactly `limit` tries pass in it, however many
arrive at once. Each try costs one conditional update.
"""

import hashlib
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from app.core import dynamo, errors

KEPT_AFTER_WINDOW = timedelta(hours=1)


class TooManyAttempts(errors.TooManyRequests):
    """The limit of a window is used up."""

    code = "too_many_attempts"
    message = "Too many attempts. Wait as many seconds as retry_after says."


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most `count` times in `window_seconds`, for each subject."""

    name: str
    count: int
    window_seconds: int


class Throttle(dynamo.Model):
    """How often a subject did something in the window at hand. The subject is stored hashed."""

    class Meta(dynamo.Meta):
        """Table `throttles`."""

        name = "throttles"

    key = UnicodeAttribute(hash_key=True)
    tries = NumberAttribute()
    ends_at = NumberAttribute()
    expires_at = TTLAttribute()

    @classmethod
    def key_of(cls, limit: Limit, subject: str) -> str:
        """The row of one subject under one limit."""
        return f"{limit.name}#{hashlib.sha256(subject.encode()).hexdigest()}"

    @classmethod
    def count_try(cls, key: str, limit: Limit, now: datetime) -> None:
        """Count one try in the window that is open; the condition fails where none is or it is full."""
        moment = now.timestamp()
        actions = [cls.tries.add(1)]
        dynamo.commit(
            dynamo.update(
                cls(key), actions, (cls.ends_at > _thousandths(moment)) & (cls.tries < limit.count)
            )
        )

    @classmethod
    def open_window(cls, key: str, limit: Limit, now: datetime) -> None:
        """Start a window with its first try; the condition fails where one is open."""
        ends = now + timedelta(seconds=limit.window_seconds)
        row = cls(
            key,
            tries=1,
            ends_at=_thousandths(ends.timestamp()),
            expires_at=ends + KEPT_AFTER_WINDOW,
        )
        over = cls.key.does_not_exist() | (cls.ends_at <= _thousandths(now.timestamp()))
        dynamo.commit(dynamo.put(row, over))


def use(limit: Limit, *, subject: str, now: datetime) -> None:
    """Count one try of `subject`, or refuse it.

    Raises:
        TooManyAttempts: the window is full; says how many seconds are left of it.
    """
    key = Throttle.key_of(limit, subject)
    for step in (Throttle.count_try, Throttle.open_window, Throttle.count_try):
        try:
            step(key, limit, now)
        except dynamo.ConditionFailed:
            continue
        return
    row = dynamo.find(Throttle, key, consistent_read=True)
    left = (row.ends_at / 1000 - now.timestamp()) if row else limit.window_seconds
    seconds = max(1, math.ceil(left))
    raise TooManyAttempts(details={"retry_after": seconds}, retry_after_seconds=seconds)


def forget(limit: Limit, *, subject: str) -> None:
    """Give a subject its whole window back."""
    dynamo.commit(dynamo.delete(Throttle(Throttle.key_of(limit, subject))))


def _thousandths(seconds: float) -> int:
    return int(datetime.fromtimestamp(seconds, tz=UTC).timestamp() * 1000)
