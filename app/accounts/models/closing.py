"""Which closed accounts are not erased yet?"""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from app.core import dynamo

UNFINISHED = "unfinished"


class Erasure(dynamo.Model):
    """That the rest of a closed account is to be erased. All stand in one partition, which stays small."""

    class Meta(dynamo.Meta):
        """Table `account-erasures`."""

        name = "account-erasures"

    queue = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute(range_key=True)
    requested_at = UTCDateTimeAttribute()

    @classmethod
    def wanted(cls, *, user_id: str, now: datetime) -> dynamo.Write:
        """Remember that an account is to be erased."""
        return dynamo.put(cls(UNFINISHED, user_id, requested_at=now))

    @classmethod
    def done(cls, *, user_id: str) -> dynamo.Write:
        """Forget it: nothing is left to erase."""
        return dynamo.delete(cls(UNFINISHED, user_id))

    @classmethod
    def unfinished(cls) -> Iterator["Erasure"]:
        """Every account that is still to be erased."""
        return dynamo.every(cls, UNFINISHED, consistent_read=True)
