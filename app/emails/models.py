"""What is stored of emails: the outbox, and who is not to be mailed.

A row of the outbox is written in the transaction of what it tells about. While it waits (queued, or in a sender's
hands) it stands in `due-index` under the moment from which it may be taken; that moment is the time of the next
attempt or, while somebody sends it, the end of their lease. A row that is settled leaves the index and forgets its
context, which may hold a link that opens an account, and its pictures.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from app.core import dynamo
from app.emails import rules

WAITING = "waiting"


class DueIndex(GlobalSecondaryIndex["Email"]):
    """Only the emails that wait, by when they may be taken."""

    class Meta:
        """Index `due-index`."""

        index_name = "due-index"
        projection = KeysOnlyProjection()

    waiting = UnicodeAttribute(hash_key=True)
    next_attempt_at = UTCDateTimeAttribute(range_key=True)


class UserIndex(GlobalSecondaryIndex["Email"]):
    """The emails to one user."""

    class Meta:
        """Index `user-index`."""

        index_name = "user-index"
        projection = AllProjection()

    user_id = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class Email(dynamo.Model):
    """One email to one person.

    Attributes:
        context: what the template is filled with; gone once the email is settled.
        pictures: what it shows, as SVG and packed; drawn at every try, and gone once it is settled.
        attempts: how often it was taken; the number tells one taking from the next.
        next_attempt_at: from when on it may be taken; None once it is settled.
        reason: why it failed or waits, in a word.
    """

    class Meta(dynamo.Meta):
        """Table `email-outbox`."""

        name = "email-outbox"

    email_id = UnicodeAttribute(hash_key=True)
    template = UnicodeAttribute()
    to = UnicodeAttribute()
    user_id = UnicodeAttribute(null=True)
    context = dynamo.JsonAttribute(null=True)
    pictures = BinaryAttribute(null=True, legacy_encoding=False)
    state = UnicodeAttribute(default=rules.QUEUED)
    attempts = NumberAttribute(default=0)
    waiting = UnicodeAttribute(null=True)
    next_attempt_at = UTCDateTimeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    sent_at = UTCDateTimeAttribute(null=True)
    expires_at = TTLAttribute()

    by_due = DueIndex()
    by_user = UserIndex()

    @classmethod
    def creation(
        cls,
        *,
        email_id: str,
        template: str,
        to: str,
        user_id: str | None,
        context: Mapping[str, Any],
        pictures: bytes | None,
        now: datetime,
    ) -> dynamo.Write:
        """Put an email into the outbox; the condition fails where it is there already."""
        row = cls(
            email_id,
            template=template,
            to=to,
            user_id=user_id,
            context=dict(context),
            pictures=pictures,
            waiting=WAITING,
            next_attempt_at=now,
            created_at=now,
            expires_at=now + rules.KEPT_FOR,
        )
        return dynamo.put(row, cls.email_id.does_not_exist())

    @classmethod
    def of(cls, email_id: str) -> "Email | None":
        """The email with this id, as of now."""
        return dynamo.find(cls, email_id, consistent_read=True)

    @classmethod
    def overdue(cls, *, now: datetime, limit: int) -> list[str]:
        """The ids of emails that should have been taken a while ago, those that wait longest first."""
        late = cls.by_due.query(
            WAITING, cls.next_attempt_at <= now - rules.OVERDUE_AFTER, limit=limit
        )
        return [row.email_id for row in late]

    @classmethod
    def sent_to(cls, user_id: str) -> Iterator["Email"]:
        """The emails to a user, oldest first."""
        return dynamo.every(cls.by_user, user_id)

    def may_be_taken(self, now: datetime) -> bool:
        """Whether it waits, its time has come, and nobody is sending it."""
        return self.next_attempt_at is not None and self.next_attempt_at <= now

    def taking(self, *, now: datetime) -> dynamo.Write:
        """Have the email to oneself for the length of a lease, of those who want it at once one."""
        cls = type(self)
        return dynamo.update(
            cls(self.email_id),
            [
                cls.state.set(rules.SENDING),
                cls.attempts.set(self.attempts + 1),
                cls.next_attempt_at.set(now + rules.LEASE),
            ],
            self._still_there(now) & (cls.attempts == self.attempts),
        )

    def sending_ended(self, *, now: datetime) -> dynamo.Write:
        """Say that it was sent. That is true even of a sender whose lease has run out, so no lease is asked for."""
        cls = type(self)
        settled = [*self._settled(rules.SENT), cls.sent_at.set(now), cls.reason.remove()]
        return dynamo.update(cls(self.email_id), settled, cls.waiting.exists())

    def postponing(self, *, until: datetime, reason: str) -> dynamo.Write:
        """Give it back for later; only by the sender who took it last."""
        cls = type(self)
        actions = [
            cls.state.set(rules.QUEUED),
            cls.next_attempt_at.set(until),
            cls.reason.set(reason),
        ]
        return dynamo.update(cls(self.email_id), actions, self._taken_once_more())

    def giving_up(self, *, reason: str) -> dynamo.Write:
        """Never send it; only by the sender who took it last."""
        cls = type(self)
        actions = [*self._settled(rules.FAILED), cls.reason.set(reason)]
        return dynamo.update(cls(self.email_id), actions, self._taken_once_more())

    def dropping(self, *, state: str, reason: str, now: datetime) -> dynamo.Write:
        """Settle it unsent and untaken; only while nobody is sending it."""
        cls = type(self)
        actions = [*self._settled(state), cls.reason.set(reason)]
        return dynamo.update(cls(self.email_id), actions, self._still_there(now))

    def erasing(self) -> dynamo.Write:
        """Remove the row."""
        return dynamo.delete(Email(self.email_id))

    @classmethod
    def _settled(cls, state: str) -> list[Any]:
        return [
            cls.state.set(state),
            cls.waiting.remove(),
            cls.next_attempt_at.remove(),
            cls.context.remove(),
            cls.pictures.remove(),
        ]

    @classmethod
    def _still_there(cls, now: datetime) -> Any:
        return cls.waiting.exists() & (cls.next_attempt_at <= now)

    def _taken_once_more(self) -> Any:
        cls = type(self)
        return (cls.state == rules.SENDING) & (cls.attempts == self.attempts + 1)


class Suppression(dynamo.Model):
    """Somebody who is not to be mailed: at all, or not with one category. The address is kept hashed.

    It stays when an account is erased, because an address that bounced or said no has not said yes.
    """

    class Meta(dynamo.Meta):
        """Table `email-suppressions`."""

        name = "email-suppressions"

    key = UnicodeAttribute(hash_key=True)
    reason = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()

    @classmethod
    def key_of(cls, scope: str, address_key: str) -> str:
        """The row of one address under a category, or under every email."""
        return f"{scope}#{address_key}"

    @classmethod
    def creation(cls, *, scope: str, address_key: str, reason: str, now: datetime) -> dynamo.Write:
        """Mail them no more; the condition fails where that is so already."""
        row = cls(cls.key_of(scope, address_key), reason=reason, created_at=now)
        return dynamo.put(row, cls.key.does_not_exist())

    @classmethod
    def withdrawal(cls, *, scope: str, address_key: str, reason: str) -> dynamo.Write:
        """Mail them again; the condition fails where they are not suppressed for this reason."""
        return dynamo.delete(cls(cls.key_of(scope, address_key)), cls.reason == reason)

    @classmethod
    def reasons(cls, *, address_key: str, scopes: Collection[str]) -> dict[str, str]:
        """Why an address is not to be mailed, by scope; empty where it may be."""
        keys = {cls.key_of(scope, address_key): scope for scope in scopes}
        return {keys[row.key]: row.reason for row in dynamo.get_many(cls, list(keys))}
