"""What is stored of the archive that a user asked for, with everything that is held of them?"""

from datetime import datetime

from pynamodb.attributes import TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from app.core import dynamo


class DataExport(dynamo.Model):
    """A user's archive: being made until `ready_at` is set. There is one at a time."""

    class Meta(dynamo.Meta):
        """Table `data-exports`."""

        name = "data-exports"

    user_id = UnicodeAttribute(hash_key=True)
    export_id = UnicodeAttribute()
    requested_at = UTCDateTimeAttribute()
    ready_at = UTCDateTimeAttribute(null=True)
    expires_at = TTLAttribute()

    @classmethod
    def of(cls, user_id: str) -> "DataExport | None":
        """The user's archive, being made, ready or over."""
        return dynamo.find(cls, user_id, consistent_read=True)

    def beginning(self, *, instead_of: "DataExport | None") -> dynamo.Write:
        """Start an archive where none is, or in place of the one that was read."""
        free = (
            DataExport.user_id.does_not_exist()
            if instead_of is None
            else DataExport.export_id == instead_of.export_id
        )
        return dynamo.put(self, free)

    def completion(self, *, now: datetime, until: datetime) -> dynamo.Write:
        """Note that it is ready and lasts `until`, unless another took its place or the account was closed."""
        actions = [DataExport.ready_at.set(now), DataExport.expires_at.set(until)]
        return dynamo.update(
            DataExport(self.user_id), actions, DataExport.export_id == self.export_id
        )

    @classmethod
    def forgotten(cls, user_id: str) -> dynamo.Write:
        """Forget that there was one."""
        return dynamo.delete(cls(user_id))
