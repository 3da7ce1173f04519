"""Which items left the market, and may still have pending offers to close?"""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from app.core import dynamo

UNFINISHED = "unfinished"


class Departure(dynamo.Model):
    """That an item's time on the market is over, so its pending offers are to be closed.

    All stand in one partition, which stays small: a row is gone minutes after the last offer was closed.

    Attributes:
        quiet_since: when somebody first looked and found nothing pending; an index may show an offer a moment late.
    """

    class Meta(dynamo.Meta):
        """Table `item-departures`."""

        name = "item-departures"

    queue = UnicodeAttribute(hash_key=True)
    listing_id = UnicodeAttribute(range_key=True)
    quiet_since = UTCDateTimeAttribute(null=True)

    @classmethod
    def of(cls, listing_id: str) -> "Departure | None":
        """The note about this time on the market; None where it goes on, or all is done."""
        return dynamo.find(cls, UNFINISHED, listing_id, consistent_read=True)

    @classmethod
    def unfinished(cls) -> Iterator["Departure"]:
        """All that may still have something to close."""
        return dynamo.every(cls, UNFINISHED, consistent_read=True)

    @classmethod
    def noted(cls, listing_id: str) -> dynamo.Write:
        """Remember that the pending offers for it are to be closed."""
        return dynamo.put(cls(UNFINISHED, listing_id))

    def found_quiet(self, *, now: datetime) -> dynamo.Write:
        """Note that nothing is pending; the condition fails where that was noted before."""
        cls = type(self)
        unseen = cls.listing_id.exists() & cls.quiet_since.does_not_exist()
        return dynamo.update(cls(self.queue, self.listing_id), [cls.quiet_since.set(now)], unseen)

    def done(self) -> dynamo.Write:
        """Forget it: nothing is left."""
        return dynamo.delete(Departure(self.queue, self.listing_id))
