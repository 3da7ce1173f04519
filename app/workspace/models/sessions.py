"""What is stored of a session?"""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.core import dynamo


class SessionsByProject(GlobalSecondaryIndex["Session"]):
    """Sessions by project and time."""

    class Meta:
        """Index `project-index`."""

        index_name = "project-index"
        projection = AllProjection()

    project_id = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class Session(dynamo.Model):
    """A conversation about the data of a project."""

    class Meta(dynamo.Meta):
        """Table `sessions`."""

        name = "sessions"

    session_id = UnicodeAttribute(hash_key=True)
    project_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    name = UnicodeAttribute()
    was_named = BooleanAttribute(default=False)
    message_count = NumberAttribute(default=0)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()

    by_project = SessionsByProject()

    @classmethod
    def of(cls, session_id: str) -> "Session | None":
        """The session with this id, whoever owns it."""
        return dynamo.find(cls, session_id, consistent_read=True)

    @classmethod
    def page_in(cls, *, project_id: str, limit: int, cursor: str | None) -> dynamo.Page["Session"]:
        """A project's sessions, the newest first."""
        return dynamo.page(
            cls.by_project, project_id, limit=limit, cursor=cursor, newest_first=True
        )

    @classmethod
    def all_in(cls, project_id: str) -> Iterator["Session"]:
        """All of a project's sessions."""
        return dynamo.every(cls.by_project, project_id)

    @classmethod
    def begun(
        cls,
        *,
        session_id: str,
        project_id: str,
        user_id: str,
        name: str,
        was_named: bool,
        now: datetime,
    ) -> "Session":
        """A new session; not stored yet.

        Args:
            was_named: whether its owner chose the name; if not, the first question gives it one.
        """
        return cls(
            session_id,
            project_id=project_id,
            user_id=user_id,
            name=name,
            was_named=was_named,
            created_at=now,
            updated_at=now,
        )

    def arrival(self) -> dynamo.Write:
        """Store it."""
        return dynamo.put(self, Session.session_id.does_not_exist())

    @classmethod
    def renaming(cls, *, session_id: str, user_id: str, name: str, now: datetime) -> dynamo.Write:
        """Let its owner name it."""
        actions = [cls.name.set(name), cls.was_named.set(True), cls.updated_at.set(now)]
        return dynamo.update(cls(session_id), actions, cls.user_id == user_id)

    @classmethod
    def titling(cls, *, session_id: str, title: str, now: datetime) -> dynamo.Write:
        """Name it after what is asked in it, unless its owner did."""
        actions = [cls.name.set(title), cls.was_named.set(True), cls.updated_at.set(now)]
        unnamed = cls.was_named == False  # noqa: E712 - a condition of DynamoDB's
        return dynamo.update(cls(session_id), actions, unnamed)

    @classmethod
    def gaining_messages(
        cls, *, session_id: str, user_id: str, count: int, most: int, now: datetime
    ) -> dynamo.Write:
        """Count more messages, if the session is this user's and has room for them."""
        actions = [cls.message_count.add(count), cls.updated_at.set(now)]
        # A row from before messages were counted has none.
        room = cls.message_count.does_not_exist() | (cls.message_count <= most - count)
        return dynamo.update(cls(session_id), actions, (cls.user_id == user_id) & room)

    def removal(self) -> dynamo.Write:
        """Remove it, if it is still its owner's."""
        return dynamo.delete(Session(self.session_id), Session.user_id == self.user_id)
