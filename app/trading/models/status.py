"""Is the bot running? One row says since when, and of when viewers were told the balance last."""

from datetime import datetime

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from app.core import dynamo

BOT = "bot"


class SystemStatus(dynamo.Model):
    """Whether the bot is running; there is one bot an installation."""

    class Meta(dynamo.Meta):
        """Table `system-status`."""

        name = "system-status"

    system = UnicodeAttribute(hash_key=True)
    started_at = UTCDateTimeAttribute(null=True)
    heartbeat_at = UTCDateTimeAttribute(null=True)

    @classmethod
    def current(cls) -> "SystemStatus":
        """The row as of now; of a bot that was never started, one without a start."""
        return dynamo.find(cls, BOT, consistent_read=True) or cls(BOT)

    @classmethod
    def starting(cls, *, now: datetime) -> dynamo.Write:
        """Let it run from now on; the condition fails where it is running already."""
        return dynamo.update(cls(BOT), [cls.started_at.set(now)], cls.started_at.does_not_exist())

    @classmethod
    def stopping(cls) -> dynamo.Write:
        """Let it stand still; the condition fails where it does already."""
        return dynamo.update(cls(BOT), [cls.started_at.remove()], cls.started_at.exists())

    @classmethod
    def telling(cls, due_at: datetime) -> dynamo.Write:
        """Note that the heartbeat due then was told; the condition fails where that or a later one was."""
        is_news = cls.heartbeat_at.does_not_exist() | (cls.heartbeat_at < due_at)
        return dynamo.update(cls(BOT), [cls.heartbeat_at.set(due_at)], is_news)
