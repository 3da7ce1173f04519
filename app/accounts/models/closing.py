"""Which closed accounts are not erased yet?"""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from app.core import dynamo

UNFINISHED = "unfinished"


class Erasure(dynamo.Model):
    """That the rest of a closed account is to be erased. All stand in one partition, which stays small.

    Attributes:
        email: the canonical address that the account had proven to be its holder's; what is kept by address, as a
            place in the waitlist, is found by it.
    """

    class Meta(dynamo.Meta):
        """Table `account-erasures`."""

        name = "account-erasures"

    queue = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute(range_key=True)
    requested_at = UTCDateTimeAttribute()
    email = UnicodeAttribute(null=True)

    @classmethod
    def wanted(cls, *, user_id: str, email: str | None, now: datetime) -> dynamo.Write:
        """Remember that an account is to be erased."""
        return dynamo.put(cls(UNFINISHED, user_id, requested_at=now, email=email))

    @classmethod
    def of(cls, user_id: str) -> "Erasure | None":
        """What is still to be erased of an account, if anything is."""
        return dynamo.find(cls, UNFINISHED, user_id, consistent_read=True)

    @classmethod
    def done(cls, *, user_id: str) -> dynamo.Write:
        """Forget it: nothing is left to erase."""
        return dynamo.delete(cls(UNFINISHED, user_id))

    @classmethod
    def unfinished(cls) -> Iterator["Erasure"]:
        """Every account that is still to be erased."""
        return dynamo.every(cls, UNFINISHED, consistent_read=True)
