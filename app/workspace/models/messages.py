"""What is stored of a message?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from app.core import dynamo
from app.workspace.rules.answers import ANSWERED, ASSISTANT, FAILED, PENDING, SENT, USER

WAITING: Final = "waiting"


class MessagesBySession(GlobalSecondaryIndex["Message"]):
    """Messages by session and time."""

    class Meta:
        """Index `session-index`."""

        index_name = "session-index"
        projection = AllProjection()

    session_id = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class MessagesWaiting(GlobalSecondaryIndex["Message"]):
    """Answers that are still to come. All stand in one partition, which stays small."""

    class Meta:
        """Index `waiting-index`."""

        index_name = "waiting-index"
        projection = KeysOnlyProjection()

    waiting = UnicodeAttribute(hash_key=True)
    asked_at = UTCDateTimeAttribute(range_key=True)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What an answer holds."""

    content: str
    citations: Sequence[Mapping[str, Any]]
    chart: Mapping[str, Any] | None
    usage: Mapping[str, Any]
    unverified: Sequence[str]


class Message(dynamo.Model):
    """What somebody asked in a session, or what they were answered."""

    class Meta(dynamo.Meta):
        """Table `messages`."""

        name = "messages"

    message_id = UnicodeAttribute(hash_key=True)
    session_id = UnicodeAttribute()
    project_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    role = UnicodeAttribute()
    content = UnicodeAttribute()
    status = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    # What only answers have.
    question_id = UnicodeAttribute(null=True)
    attempt = NumberAttribute(null=True)
    reservation_id = UnicodeAttribute(null=True)
    waiting = UnicodeAttribute(null=True)
    asked_at = UTCDateTimeAttribute(null=True)
    claimed_until = UTCDateTimeAttribute(null=True)
    answered_at = UTCDateTimeAttribute(null=True)
    citations = dynamo.JsonAttribute(null=True)
    chart = dynamo.JsonAttribute(null=True)
    usage = dynamo.JsonAttribute(null=True)
    unverified = dynamo.JsonAttribute(null=True)
    failure = UnicodeAttribute(null=True)
    rating = UnicodeAttribute(null=True)
    comment = UnicodeAttribute(null=True)
    rerun = dynamo.JsonAttribute(null=True)

    by_session = MessagesBySession()
    by_waiting = MessagesWaiting()

    @classmethod
    def of(cls, message_id: str) -> "Message | None":
        """The message with this id, whoever owns it."""
        return dynamo.find(cls, message_id, consistent_read=True)

    @classmethod
    def page_in(cls, *, session_id: str, limit: int, cursor: str | None) -> dynamo.Page["Message"]:
        """What was said in a session, the oldest first."""
        return dynamo.page(cls.by_session, session_id, limit=limit, cursor=cursor)

    @classmethod
    def last_in(cls, *, session_id: str, count: int) -> list["Message"]:
        """The newest messages of a session, the oldest of them first."""
        page = dynamo.page(cls.by_session, session_id, limit=count, cursor=None, newest_first=True)
        return list(reversed(page.items))

    @classmethod
    def last_before(cls, *, session_id: str, moment: datetime, limit: int) -> list["Message"]:
        """The newest messages of a session from before a moment, the oldest of them first."""
        page = dynamo.page(
            cls.by_session,
            session_id,
            limit=limit,
            cursor=None,
            range_key_condition=cls.created_at < moment,
            newest_first=True,
        )
        return list(reversed(page.items))

    @classmethod
    def all_in(cls, session_id: str) -> Iterator["Message"]:
        """All that was said in a session, the oldest first."""
        return dynamo.every(cls.by_session, session_id)

    @classmethod
    def waiting_since(cls, moment: datetime, *, limit: int) -> list[str]:
        """The ids of answers that were asked for before a moment and have not come, the oldest first."""
        page = dynamo.page(
            cls.by_waiting,
            WAITING,
            limit=limit,
            cursor=None,
            range_key_condition=cls.asked_at < moment,
        )
        return [item.message_id for item in page.items]

    @classmethod
    def question(
        cls,
        *,
        message_id: str,
        session_id: str,
        project_id: str,
        user_id: str,
        content: str,
        now: datetime,
    ) -> "Message":
        """What somebody asks; not stored yet."""
        return cls(
            message_id,
            session_id=session_id,
            project_id=project_id,
            user_id=user_id,
            role=USER,
            content=content,
            status=SENT,
            created_at=now,
        )

    def answer(self, *, message_id: str) -> "Message":
        """The answer to this question, which is still to come; not stored yet. It stands right after the question."""
        return Message(
            message_id,
            session_id=self.session_id,
            project_id=self.project_id,
            user_id=self.user_id,
            role=ASSISTANT,
            content="",
            status=PENDING,
            created_at=self.created_at + timedelta(microseconds=1),
            question_id=self.message_id,
            attempt=1,
            reservation_id=message_id,
            waiting=WAITING,
            asked_at=self.created_at,
        )

    @property
    def cited(self) -> list[dict[str, Any]]:
        """The queries that it rests on, with their results; none of a question."""
        return list(self.citations or [])

    @property
    def doubts(self) -> list[str]:
        """The numbers in it that no result holds."""
        return list(self.unverified or [])

    @property
    def has_chart(self) -> bool:
        """Whether there is a picture of it."""
        return self.chart is not None

    def arrival(self) -> dynamo.Write:
        """Store it."""
        return dynamo.put(self, Message.message_id.does_not_exist())

    def asked_again(self, *, reservation_id: str, now: datetime) -> dynamo.Write:
        """Wait for another answer in place of this one."""
        actions = [
            Message.status.set(PENDING),
            Message.content.set(""),
            Message.attempt.set(int(self.attempt) + 1),
            Message.reservation_id.set(reservation_id),
            Message.waiting.set(WAITING),
            Message.asked_at.set(now),
        ]
        emptied = (
            Message.claimed_until,
            Message.answered_at,
            Message.citations,
            Message.chart,
            Message.usage,
            Message.unverified,
            Message.failure,
            Message.rating,
            Message.comment,
            Message.rerun,
        )
        actions += [attribute.remove() for attribute in emptied]
        is_done = Message.status.is_in(ANSWERED, FAILED) & (Message.attempt == self.attempt)
        return dynamo.update(Message(self.message_id), actions, is_done)

    def claim(self, *, now: datetime, until: datetime) -> dynamo.Write:
        """Begin to answer, unless somebody is at it."""
        is_free = Message.claimed_until.does_not_exist() | (Message.claimed_until < now)
        return dynamo.update(
            Message(self.message_id),
            [Message.claimed_until.set(until)],
            self._is_this_attempt() & is_free,
        )

    def keep_claim(self, *, until: datetime) -> dynamo.Write:
        """Go on answering."""
        return dynamo.update(
            Message(self.message_id),
            [Message.claimed_until.set(until)],
            self._is_this_attempt(),
        )

    def answered(self, said: Said, *, now: datetime) -> dynamo.Write:
        """This is the answer."""
        actions = [
            Message.status.set(ANSWERED),
            Message.content.set(said.content),
            Message.citations.set([dict(citation) for citation in said.citations]),
            Message.usage.set(dict(said.usage)),
            Message.unverified.set(list(said.unverified)),
            Message.answered_at.set(now),
            Message.waiting.remove(),
            Message.claimed_until.remove(),
        ]
        if said.chart is not None:
            actions.append(Message.chart.set(dict(said.chart)))
        return dynamo.update(Message(self.message_id), actions, self._is_this_attempt())

    def failed(self, *, failure: str, usage: Mapping[str, Any], now: datetime) -> dynamo.Write:
        """There is no answer, and why."""
        actions = [
            Message.status.set(FAILED),
            Message.failure.set(failure),
            Message.usage.set(dict(usage)),
            Message.answered_at.set(now),
            Message.waiting.remove(),
            Message.claimed_until.remove(),
        ]
        return dynamo.update(Message(self.message_id), actions, self._is_this_attempt())

    def rated(self, *, rating: str, comment: str | None) -> dynamo.Write:
        """Note what its reader thinks of this answer."""
        noted = Message.comment.remove() if comment is None else Message.comment.set(comment)
        return dynamo.update(
            Message(self.message_id),
            [Message.rating.set(rating), noted],
            (Message.status == ANSWERED) & (Message.attempt == self.attempt),
        )

    def running_again(self, rerun: Mapping[str, Any]) -> dynamo.Write:
        """Note how a rerun of its queries stands."""
        return dynamo.update(
            Message(self.message_id),
            [Message.rerun.set(dict(rerun))],
            (Message.status == ANSWERED) & (Message.attempt == self.attempt),
        )

    def removal(self) -> dynamo.Write:
        """Remove it; it is fine if it is gone already."""
        return dynamo.delete(Message(self.message_id))

    def _is_this_attempt(self) -> Condition:
        # PynamoDB's operators are untyped.
        both: Condition = (Message.status == PENDING) & (Message.attempt == self.attempt)
        return both
