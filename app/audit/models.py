"""What is stored of the audit log: numbered entries, each tied to the one before, and where the log ends."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.audit import rules
from app.core import dynamo

LOG = "audit"


class ByAdminIndex(GlobalSecondaryIndex["AdminAction"]):
    """Entries by who acted."""

    class Meta:
        """Index `admin-index`."""

        index_name = "admin-index"
        projection = AllProjection()

    admin_id = UnicodeAttribute(hash_key=True)
    sequence = NumberAttribute(range_key=True)


class ByTargetIndex(GlobalSecondaryIndex["AdminAction"]):
    """Entries by whom it was done to."""

    class Meta:
        """Index `target-index`."""

        index_name = "target-index"
        projection = AllProjection()

    target_user_id = UnicodeAttribute(hash_key=True)
    sequence = NumberAttribute(range_key=True)


class AdminAction(dynamo.Model):
    """One entry. Entries are only ever added."""

    class Meta(dynamo.Meta):
        """Table `admin-actions`."""

        name = "admin-actions"

    log = UnicodeAttribute(hash_key=True, default=LOG)
    sequence = NumberAttribute(range_key=True)
    entry_id = UnicodeAttribute()
    admin_id = UnicodeAttribute()
    action = UnicodeAttribute()
    target_user_id = UnicodeAttribute(null=True)
    metadata = dynamo.JsonAttribute()
    created_at = UTCDateTimeAttribute()
    previous_hash = UnicodeAttribute()
    entry_hash = UnicodeAttribute()

    by_admin = ByAdminIndex()
    by_target = ByTargetIndex()

    def facts(self) -> dict[str, Any]:
        """What the entry's hash covers besides the hash before it."""
        return {
            "sequence": int(self.sequence),
            "id": self.entry_id,
            "admin_id": self.admin_id,
            "action": self.action,
            "target_user_id": self.target_user_id,
            "metadata": self.metadata,
            "created_at": self.created_at.astimezone(UTC).isoformat(),
        }

    def appended(self) -> dynamo.Write:
        """Add it, where no entry has its number."""
        return dynamo.put(self, AdminAction.log.does_not_exist())

    @classmethod
    def in_order(cls) -> Iterator["AdminAction"]:
        """Every entry, oldest first."""
        return dynamo.every(cls, LOG, consistent_read=True)

    @classmethod
    def newest_first(
        cls, *, below: int | None, limit: int, cursor: str | None, filtered: Condition | None
    ) -> dynamo.Page["AdminAction"]:
        """A page of the log, from the entry before number `below`."""
        return dynamo.page(
            cls,
            LOG,
            range_key_condition=cls.sequence < below if below is not None else None,
            filter_condition=filtered,
            limit=limit,
            cursor=cursor,
            newest_first=True,
        )


class AuditHead(dynamo.Model):
    """Where the log ends: the number and the hash of its last entry."""

    class Meta(dynamo.Meta):
        """Table `audit-head`."""

        name = "audit-head"

    log = UnicodeAttribute(hash_key=True)
    sequence = NumberAttribute()
    entry_hash = UnicodeAttribute()

    @classmethod
    def current(cls) -> "AuditHead":
        """The head as of now; of an empty log, entry 0."""
        found = dynamo.find(cls, LOG, consistent_read=True)
        return found or cls(LOG, sequence=0, entry_hash=rules.GENESIS)

    def moved_to(self, entry: AdminAction) -> dynamo.Write:
        """Let the log end with `entry`, unless another entry came first."""
        moved = AuditHead(LOG, sequence=entry.sequence, entry_hash=entry.entry_hash)
        unmoved = AuditHead.entry_hash == self.entry_hash
        return dynamo.put(moved, AuditHead.log.does_not_exist() if self.sequence == 0 else unmoved)


def entry_after(
    head: AuditHead,
    *,
    entry_id: str,
    admin_id: str,
    action: str,
    target_user_id: str | None,
    metadata: dict[str, Any],
    now: datetime,
) -> AdminAction:
    """The entry that follows `head`, tied to it."""
    entry = AdminAction(
        LOG,
        int(head.sequence) + 1,
        entry_id=entry_id,
        admin_id=admin_id,
        action=action,
        target_user_id=target_user_id,
        metadata=metadata,
        created_at=now,
        previous_hash=head.entry_hash,
    )
    entry.entry_hash = rules.entry_hash(previous_hash=head.entry_hash, facts=entry.facts())
    return entry
