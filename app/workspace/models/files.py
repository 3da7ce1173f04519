"""What is stored of a file?"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from app.core import dynamo
from app.workspace.rules import files as rules

WAITING = "waiting"


class FilesByProject(GlobalSecondaryIndex["File"]):
    """Files by project and time."""

    class Meta:
        """Index `project-index`."""

        index_name = "project-index"
        projection = AllProjection()

    project_id = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class FilesWaiting(GlobalSecondaryIndex["File"]):
    """Files that are still to be read. All stand in one partition, which stays small."""

    class Meta:
        """Index `waiting-index`."""

        index_name = "waiting-index"
        projection = KeysOnlyProjection()

    waiting = UnicodeAttribute(hash_key=True)
    updated_at = UTCDateTimeAttribute(range_key=True)


class File(dynamo.Model):
    """A CSV that somebody uploaded, and what was found in it."""

    class Meta(dynamo.Meta):
        """Table `files`."""

        name = "files"

    file_id = UnicodeAttribute(hash_key=True)
    project_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    filename = UnicodeAttribute()
    s3_key = UnicodeAttribute()
    size = NumberAttribute()
    status = UnicodeAttribute()
    waiting = UnicodeAttribute(null=True)
    encoding = UnicodeAttribute(null=True)
    delimiter = UnicodeAttribute(null=True)
    row_count = NumberAttribute(null=True)
    columns = dynamo.JsonAttribute(null=True)
    preview = dynamo.JsonAttribute(null=True)
    refusal = UnicodeAttribute(null=True)
    refused_line = NumberAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()

    by_project = FilesByProject()
    by_waiting = FilesWaiting()

    @classmethod
    def of(cls, file_id: str) -> "File | None":
        """The file with this id, whoever owns it."""
        return dynamo.find(cls, file_id, consistent_read=True)

    @classmethod
    def page_in(cls, *, project_id: str, limit: int, cursor: str | None) -> dynamo.Page["File"]:
        """A project's files, the newest first."""
        return dynamo.page(
            cls.by_project, project_id, limit=limit, cursor=cursor, newest_first=True
        )

    @classmethod
    def all_in(cls, project_id: str) -> Iterator["File"]:
        """All of a project's files, the oldest first."""
        return dynamo.every(cls.by_project, project_id)

    @classmethod
    def waiting_since(cls, moment: datetime, *, limit: int) -> list[str]:
        """The ids of files that were to be read before a moment and were not, the oldest first."""
        page = dynamo.page(
            cls.by_waiting,
            WAITING,
            limit=limit,
            cursor=None,
            range_key_condition=cls.updated_at < moment,
        )
        return [item.file_id for item in page.items]

    @classmethod
    def announced(
        cls,
        *,
        file_id: str,
        project_id: str,
        user_id: str,
        filename: str,
        size: int,
        status: str,
        now: datetime,
    ) -> "File":
        """A new file, whose content is to come or has come; not stored yet."""
        folder = rules.folder(user_id=user_id, project_id=project_id, file_id=file_id)
        return cls(
            file_id,
            project_id=project_id,
            user_id=user_id,
            filename=filename,
            s3_key=f"{folder}{rules.ORIGINAL}",
            size=size,
            status=status,
            waiting=WAITING if status == rules.PROCESSING else None,
            created_at=now,
            updated_at=now,
        )

    @property
    def parquet_key(self) -> str:
        """Where what questions read is kept."""
        return self.s3_key.removesuffix(rules.ORIGINAL) + rules.CONVERTED

    def arrival(self) -> dynamo.Write:
        """Store it."""
        return dynamo.put(self, File.file_id.does_not_exist())

    @classmethod
    def uploaded(cls, *, file_id: str, size: int, now: datetime) -> dynamo.Write:
        """Its content has come whole, so it is to be read; only once."""
        actions = [
            cls.status.set(rules.PROCESSING),
            cls.waiting.set(WAITING),
            cls.size.set(size),
            cls.updated_at.set(now),
        ]
        return dynamo.update(cls(file_id), actions, cls.status == rules.UPLOADING)

    @classmethod
    def read(
        cls,
        *,
        file_id: str,
        encoding: str,
        delimiter: str,
        row_count: int,
        columns: Sequence[Mapping[str, Any]],
        preview: Sequence[Sequence[str | None]],
        now: datetime,
    ) -> dynamo.Write:
        """It was read, and this is what is in it."""
        actions = [
            cls.status.set(rules.READY),
            cls.waiting.remove(),
            cls.encoding.set(encoding),
            cls.delimiter.set(delimiter),
            cls.row_count.set(row_count),
            cls.columns.set(list(columns)),
            cls.preview.set([list(row) for row in preview]),
            cls.updated_at.set(now),
        ]
        return dynamo.update(cls(file_id), actions, cls.status == rules.PROCESSING)

    @classmethod
    def refused(cls, *, file_id: str, reason: str, line: int | None, now: datetime) -> dynamo.Write:
        """It can't be read, and why."""
        actions = [
            cls.status.set(rules.REFUSED),
            cls.waiting.remove(),
            cls.refusal.set(reason),
            cls.updated_at.set(now),
        ]
        if line is not None:
            actions.append(cls.refused_line.set(line))
        return dynamo.update(cls(file_id), actions, cls.status == rules.PROCESSING)

    def removal(self) -> dynamo.Write:
        """Remove it, if it is still its owner's."""
        return dynamo.delete(File(self.file_id), File.user_id == self.user_id)
