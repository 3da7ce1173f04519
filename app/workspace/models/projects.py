"""What is stored of a project?"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.core import dynamo


class ProjectsByUser(GlobalSecondaryIndex["Project"]):
    """Projects by user and time."""

    class Meta:
        """Index `user-index`."""

        index_name = "user-index"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class Project(dynamo.Model):
    """Something that somebody works on.

    It counts its sessions and files, so that a list of projects reads nothing else.
    """

    class Meta(dynamo.Meta):
        """Table `projects`."""

        name = "projects"

    project_id = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    live_tables = dynamo.JsonAttribute(null=True)
    session_count = NumberAttribute(default=0)
    file_count = NumberAttribute(default=0)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()

    by_user = ProjectsByUser()

    @classmethod
    def of(cls, project_id: str) -> "Project | None":
        """The project with this id, whoever owns it."""
        return dynamo.find(cls, project_id, consistent_read=True)

    @classmethod
    def page_of(cls, *, user_id: str, limit: int, cursor: str | None) -> dynamo.Page["Project"]:
        """A user's projects, the newest first."""
        return dynamo.page(cls.by_user, user_id, limit=limit, cursor=cursor, newest_first=True)

    @classmethod
    def owned_by(cls, user_id: str) -> Iterator["Project"]:
        """All of a user's projects."""
        return dynamo.every(cls.by_user, user_id)

    @classmethod
    def begun(
        cls, *, project_id: str, user_id: str, name: str, description: str | None, now: datetime
    ) -> "Project":
        """A new project; not stored yet."""
        return cls(
            project_id,
            user_id=user_id,
            name=name,
            description=description,
            created_at=now,
            updated_at=now,
        )

    @property
    def live(self) -> list[str]:
        """The tables that it holds without a file."""
        return list(self.live_tables or [])

    def arrival(self) -> dynamo.Write:
        """Store it."""
        return dynamo.put(self, Project.project_id.does_not_exist())

    @classmethod
    def change(
        cls, *, project_id: str, user_id: str, changes: Mapping[str, Any], now: datetime
    ) -> dynamo.Write:
        """Set its name, its description or both, if it is this user's."""
        actions = [getattr(cls, name).set(value) for name, value in changes.items()]
        return dynamo.update(
            cls(project_id), [*actions, cls.updated_at.set(now)], cls._is_of(user_id)
        )

    @classmethod
    def gaining_session(cls, *, project_id: str, user_id: str, most: int) -> dynamo.Write:
        """Count one more session, if the project is this user's and has fewer than `most`."""
        room = cls.session_count < most
        return dynamo.update(
            cls(project_id), [cls.session_count.add(1)], cls._is_of(user_id) & room
        )

    @classmethod
    def losing_session(cls, *, project_id: str) -> dynamo.Write:
        """Count one session less, if the project is still there."""
        return dynamo.update(cls(project_id), [cls.session_count.add(-1)], cls.project_id.exists())

    @classmethod
    def gaining_file(cls, *, project_id: str, user_id: str, most: int) -> dynamo.Write:
        """Count one more file, if the project is this user's and has fewer than `most`."""
        room = cls.file_count < most
        return dynamo.update(cls(project_id), [cls.file_count.add(1)], cls._is_of(user_id) & room)

    @classmethod
    def losing_file(cls, *, project_id: str) -> dynamo.Write:
        """Count one file less, if the project is still there."""
        return dynamo.update(cls(project_id), [cls.file_count.add(-1)], cls.project_id.exists())

    @classmethod
    def removal(cls, *, project_id: str, user_id: str) -> dynamo.Write:
        """Remove it, if it is this user's."""
        return dynamo.delete(cls(project_id), cls._is_of(user_id))

    @classmethod
    def _is_of(cls, user_id: str) -> Condition:
        return cls.user_id == user_id
