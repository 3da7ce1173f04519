"""What is stored of an import? How it goes and how it ended; the file and what became of its lines are objects.

row     user_id  import_id  by_time: created_at  waiting-index: waiting, asked_at
import  ann      i1         2026-11-20T12:00Z    "waiting", while it is to be carried out
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import (
    AllProjection,
    GlobalSecondaryIndex,
    KeysOnlyProjection,
    LocalSecondaryIndex,
)

from app.core import dynamo

WAITING: Final = "waiting"
PENDING: Final = "pending"
PROCESSING: Final = "processing"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
STATUSES: Final = (PENDING, PROCESSING, COMPLETED, FAILED)
KEPT_FOR: Final = timedelta(days=90)


def folder_of(user_id: str) -> str:
    """How the keys of all objects of a user's imports begin."""
    return f"imports/{user_id}/"


class ImportsByTime(LocalSecondaryIndex["Import"]):
    """A user's imports in the order of time."""

    class Meta:
        """Index `by-time`."""

        index_name = "by-time"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class ImportsWaiting(GlobalSecondaryIndex["Import"]):
    """Imports that are still to be carried out. All stand in one partition, which stays small."""

    class Meta:
        """Index `waiting-index`."""

        index_name = "waiting-index"
        projection = KeysOnlyProjection()

    waiting = UnicodeAttribute(hash_key=True)
    asked_at = UTCDateTimeAttribute(range_key=True)


class Import(dynamo.Model):
    """One file that somebody sent.

    Attributes:
        given: the mapping that came with it.
        mapping, unknown_columns, missing: how its columns were read, where its format has no columns of its own.
        total, done: lines of it, and how many of those were seen to.
        imported, duplicates, refused: what became of them; None until the end.
        claimed_until: until when the worker that carries it out has it for itself.
    """

    class Meta(dynamo.Meta):
        """Table `portfolio-imports`."""

        name = "portfolio-imports"

    user_id = UnicodeAttribute(hash_key=True)
    import_id = UnicodeAttribute(range_key=True)
    status = UnicodeAttribute()
    format = UnicodeAttribute()
    dry_run = BooleanAttribute()
    filename = UnicodeAttribute()
    size = NumberAttribute()
    given = dynamo.JsonAttribute()
    mapping = dynamo.JsonAttribute()
    unknown_columns = dynamo.JsonAttribute()
    missing = dynamo.JsonAttribute()
    total = NumberAttribute(null=True)
    done = NumberAttribute(default=0)
    imported = NumberAttribute(null=True)
    duplicates = NumberAttribute(null=True)
    refused = NumberAttribute(null=True)
    error = UnicodeAttribute(null=True)
    waiting = UnicodeAttribute(null=True)
    asked_at = UTCDateTimeAttribute()
    claimed_until = UTCDateTimeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    finished_at = UTCDateTimeAttribute(null=True)
    expires_at = TTLAttribute()

    by_time = ImportsByTime()
    by_waiting = ImportsWaiting()

    @classmethod
    def sent(
        cls,
        *,
        user_id: str,
        import_id: str,
        format_name: str,
        dry_run: bool,
        filename: str,
        size: int,
        given: Mapping[str, str],
        mapping: Mapping[str, str],
        unknown_columns: Sequence[str],
        missing: Sequence[str],
        now: datetime,
    ) -> "Import":
        """A new import, not stored yet; it waits for a worker."""
        return cls(
            user_id,
            import_id,
            status=PENDING,
            format=format_name,
            dry_run=dry_run,
            filename=filename,
            size=size,
            given=dict(given),
            mapping=dict(mapping),
            unknown_columns=list(unknown_columns),
            missing=list(missing),
            waiting=WAITING,
            asked_at=now,
            created_at=now,
            expires_at=now + KEPT_FOR,
        )

    @classmethod
    def of(cls, user_id: str, import_id: str) -> "Import | None":
        """The user's import with this id; None where the user has none such."""
        return dynamo.find(cls, user_id, import_id, consistent_read=True)

    @classmethod
    def page(cls, user_id: str, *, limit: int, cursor: str | None) -> dynamo.Page["Import"]:
        """Some of the user's imports, the newest first."""
        return dynamo.page(
            cls.by_time,
            user_id,
            limit=limit,
            cursor=cursor,
            newest_first=True,
            consistent_read=True,
        )

    @classmethod
    def owned_by(cls, user_id: str) -> Iterator["Import"]:
        """All of the user's imports, in no particular order."""
        return dynamo.every(cls, user_id, consistent_read=True)

    @classmethod
    def waiting_since(cls, moment: datetime, *, limit: int) -> list[tuple[str, str]]:
        """(user id, import id) of those that were sent before a moment and are not over, the oldest first."""
        page = dynamo.page(
            cls.by_waiting,
            WAITING,
            limit=limit,
            cursor=None,
            range_key_condition=cls.asked_at < moment,
        )
        return [(item.user_id, item.import_id) for item in page.items]

    @property
    def folder(self) -> str:
        """How the keys of its objects begin."""
        return f"{folder_of(self.user_id)}{self.import_id}/"

    @property
    def file_key(self) -> str:
        """Where the file is, until it was read."""
        return f"{self.folder}file"

    @property
    def rows_key(self) -> str:
        """Where it is told what became of each line."""
        return f"{self.folder}rows.json"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen with it."""
        return self.status in {COMPLETED, FAILED}

    def arrival(self) -> dynamo.Write:
        """Store it."""
        return dynamo.put(self, Import.import_id.does_not_exist())

    def claim(self, *, now: datetime, until: datetime) -> dynamo.Write:
        """Begin to carry it out, unless somebody is at it or it is over."""
        is_free = Import.claimed_until.does_not_exist() | (Import.claimed_until < now)
        actions = [Import.claimed_until.set(until), Import.status.set(PROCESSING)]
        return dynamo.update(self._key(), actions, self._is_waiting() & is_free)

    def progressed(self, *, done: int, total: int, until: datetime) -> dynamo.Write:
        """Say how far it is, and keep the claim."""
        actions = [
            Import.done.set(done),
            Import.total.set(total),
            Import.claimed_until.set(until),
        ]
        return dynamo.update(self._key(), actions, self._is_waiting())

    def released(self) -> dynamo.Write:
        """Let another worker try at once."""
        return dynamo.update(self._key(), [Import.claimed_until.remove()], self._is_waiting())

    def completed(
        self, *, total: int, imported: int, duplicates: int, refused: int, now: datetime
    ) -> dynamo.Write:
        """It is done, and this is what became of its lines."""
        actions = [
            Import.status.set(COMPLETED),
            Import.total.set(total),
            Import.done.set(total),
            Import.imported.set(imported),
            Import.duplicates.set(duplicates),
            Import.refused.set(refused),
            *self._over(now),
        ]
        return dynamo.update(self._key(), actions, self._is_waiting())

    def failed(self, *, error: str, now: datetime) -> dynamo.Write:
        """It can't be done, or not to the end, and why."""
        actions = [Import.status.set(FAILED), Import.error.set(error), *self._over(now)]
        return dynamo.update(self._key(), actions, self._is_waiting())

    def erased(self) -> dynamo.Write:
        """Its removal, whether it is still there or not: so an erasure can be run again."""
        return dynamo.delete(self._key())

    def _key(self) -> "Import":
        return Import(self.user_id, self.import_id)

    @staticmethod
    def _is_waiting() -> Any:
        return Import.waiting == WAITING

    @staticmethod
    def _over(now: datetime) -> list[Any]:
        return [
            Import.finished_at.set(now),
            Import.waiting.remove(),
            Import.claimed_until.remove(),
        ]
