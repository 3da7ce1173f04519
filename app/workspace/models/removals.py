"""What was removed, and still has contents to remove?"""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from app.core import dynamo

UNFINISHED = "unfinished"


class Removal(dynamo.Model):
    """That what stood in something is to be removed. All stand in one partition, which stays small."""

    class Meta(dynamo.Meta):
        """Table `workspace-removals`."""

        name = "workspace-removals"

    queue = UnicodeAttribute(hash_key=True)
    thing = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    thing_id = UnicodeAttribute()
    prefix = UnicodeAttribute(null=True)
    requested_at = UTCDateTimeAttribute()

    @classmethod
    def of(cls, *, kind: str, thing_id: str) -> "Removal | None":
        """What is still to be done for a thing; None when all is."""
        return dynamo.find(cls, UNFINISHED, f"{kind}#{thing_id}", consistent_read=True)

    @classmethod
    def unfinished(cls) -> Iterator["Removal"]:
        """Everything that still has contents to remove."""
        return dynamo.every(cls, UNFINISHED, consistent_read=True)

    @classmethod
    def wanted(cls, *, kind: str, thing_id: str, prefix: str | None, now: datetime) -> dynamo.Write:
        """Remember that the contents of a thing are to be removed.

        Args:
            prefix: how the keys of its objects begin; None where it has none.
        """
        made = cls(
            UNFINISHED,
            f"{kind}#{thing_id}",
            kind=kind,
            thing_id=thing_id,
            prefix=prefix,
            requested_at=now,
        )
        return dynamo.put(made)

    def done(self) -> dynamo.Write:
        """Forget it: nothing is left."""
        return dynamo.delete(Removal(self.queue, self.thing))
